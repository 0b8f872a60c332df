"""One run of a search, in a process or a thread of its own, and what it may say while it runs."""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from threadpoolctl import threadpool_limits

from course_utils.layers.parallel import single_threaded_blas
from course_utils.training.stopping import has_diverged
from course_utils.training.trials import Settings, Trial

Run = Callable[[Settings, "Report"], float]


class Hopeless(Exception):
    """Raised by `report` in a run that is worse than half of the others; let it pass."""


class Report:
    """What a run is given to tell how it is doing; call it with a score, higher being better, e.g. after each epoch.

    report(score, loss) also ends the run when the loss is NaN or infinite, or more than 3 times the first one reported
    while the score is no better than it was.

    Args:
        connection: the run's end of its pipe.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._losses: list[float] = []
        self._best_score = -math.inf

    def __call__(self, score: float, loss: float | None = None) -> None:
        """Tell a score; raises `Hopeless` when the run need not go on."""
        self._connection.send(("report", float(score)))
        go_on = self._connection.recv()
        if loss is not None:
            self._losses.append(float(loss))
            worse = has_diverged(self._losses) and score <= self._best_score
            go_on = go_on and math.isfinite(loss) and not worse
        self._best_score = max(self._best_score, score)
        if not go_on:
            raise Hopeless


class Runner:
    """One run: a forked process where that is safe, so that a notebook's functions and data need not be sent; else a thread.

    Args:
        run: what is run.
        settings: with which settings.
        cores: for the matrix library of a process.
        others: the searching ends of the pipes of other runs, which a forked process must not keep open.

    Attributes:
        trial: what is known of the run.
        connection: the searching end of its pipe.
    """

    def __init__(self, run: Run, settings: Settings, cores: int, others: list[Connection]) -> None:
        self.trial = Trial(settings)
        self._started = time.monotonic()
        self.connection, end = multiprocessing.Pipe()
        self._process: BaseProcess | None = None
        if not can_fork():
            threading.Thread(target=_run_in_thread, args=(run, settings, end), daemon=True).start()
            return
        arguments = run, settings, end, cores, [self.connection, *others]
        self._process = multiprocessing.get_context("fork").Process(
            target=_run_in_process, args=arguments, daemon=True
        )
        with warnings.catch_warnings():
            # Python 3.12 warns of locks that other threads may hold while it forks; a kernel always has such threads,
            # and the child uses nothing of theirs.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        end.close()

    def close(self) -> None:
        """End the run if it has not ended, and let go of its process; a thread ends at its next report."""
        self.trial.seconds = round(time.monotonic() - self._started, 3)
        self.connection.close()
        if self._process is not None:
            if self.trial.status == "running":
                self._process.kill()
            self._process.join()


def can_fork() -> bool:
    """Whether a run may be a forked process.

    macOS and Windows cannot fork a process that has used its matrix library, and new ones do not know a notebook's functions.
    """
    return sys.platform == "linux"


def _run_in_process(
    run: Run, settings: Settings, connection: Connection, cores: int, searching_ends: list[Connection]
) -> None:
    # As long as one is open anywhere, a run would wait for ever for the answer of a search that was killed.
    for end in searching_ends:
        end.close()
    os.environ["COURSE_THREADS"] = str(cores)
    with threadpool_limits(cores):
        _run_and_tell(run, settings, connection)


def _run_in_thread(run: Run, settings: Settings, connection: Connection) -> None:
    with single_threaded_blas(), connection:
        _run_and_tell(run, settings, connection)


def _run_and_tell(run: Run, settings: Settings, connection: Connection) -> None:
    message: tuple[str, Any]
    try:
        message = "finished", float(run(dict(settings), Report(connection)))
    except Hopeless:
        message = "hopeless", None
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return  # the search itself was ended
    except BaseException:
        message = "failed", traceback.format_exc()
    try:
        connection.send(message)
    except BrokenPipeError:
        return
