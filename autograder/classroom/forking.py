"""Where workers come from: one process that imports all they need and is forked for each."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext

_SAFE_PATH = "PYTHONSAFEPATH"


def ready_context() -> ForkServerContext:
    """Where workers are forked from: a process that has imported all that grading needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.grading.job"])
    return context


def begin_imports() -> None:
    """Have that process import all that while this one still does other things; where there is none, nothing happens."""
    if sys.platform == "linux":
        from multiprocessing import forkserver

        ready_context()
        with safe_path():
            forkserver.ensure_running()


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
