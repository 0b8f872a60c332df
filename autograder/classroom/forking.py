"""Where workers come from: one process that imports all they need and is forked for each."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext

_SAFE_PATH = "PYTHONSAFEPATH"
# New objects that the collector waits for; a submission makes millions, and few in circles.
_COLLECTED_AFTER = 20_000


def ready_context() -> ForkServerContext:
    """Where workers are forked from: a process that has imported all that grading needs."""
    return forked_from("autograder.grading.job")


def forked_from(module: str) -> ForkServerContext:
    """Where processes are forked from: one that has imported a module, and is started if there is none in this process yet.

    Neither hears Ctrl-C, which reaches every process of a terminal: this process is the one that decides. Who is forked may unblock it.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([module])
    resource_tracker.ensure_running()  # which would unblock it meanwhile
    with undisturbed(), safe_path():
        forkserver.ensure_running()
    return context


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block, and never reach what is started in it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def at_once(wanted: int | None = None) -> int:
    """How many submissions to grade at once: so many, or one more than there are cores, since each waits now and then for its kernel."""
    return wanted or (os.cpu_count() or 1) + 1


def is_possible() -> bool:
    """Whether there can be such a process before anything is graded."""
    return sys.platform == "linux"


def begin_imports() -> None:
    """Have that process import all that while this one still does other things; where there is none, nothing happens."""
    if is_possible():
        ready_context()


def collect_rarely() -> None:
    """Have the garbage collector look at new objects seldom, and through what was imported and prepared by now not again."""
    gc.set_threshold(_COLLECTED_AFTER)
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


@contextmanager
def safe_path() -> Iterator[None]:
    """Let Python programs that start now import nothing from the working folder, where anything may lie."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        os.environ.pop(_SAFE_PATH)
        if before is not None:
            os.environ[_SAFE_PATH] = before
