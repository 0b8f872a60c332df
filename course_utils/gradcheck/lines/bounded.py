"""Runs a changed version of somebody's function, which may never end, for so long and no longer."""

from __future__ import annotations

import contextlib
import gc
import io
import sys
import sysconfig
import time
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from course_utils.gradcheck.lines.source import TRIED

_LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | {"<frozen"}
)


class TookTooLong(BaseException):
    """A version ran for longer than it may; no `except Exception` of it catches this."""


class Clock:
    """Time of this process, which others that are busy do not use up; but no longer than three times as long.

    Args:
        seconds: how long.
    """

    def __init__(self, seconds: float) -> None:
        self._own = time.process_time() + seconds
        self._last = time.perf_counter() + 3 * seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.process_time() > self._own or time.perf_counter() > self._last


def within(seconds: float, action: Callable[[], Any], values: dict[str, Any] | None = None) -> Any:
    """What the action returns; None when it raises, or takes too long.

    Time is looked at whenever a Python function is called that is of no library, and at each line of a version's own.

    Args:
        values: where the variables of a version are put when it returns.
    """
    deadline = time.perf_counter() + seconds
    told = {getattr(each, "__code__", None) for each in gc.callbacks}

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        if values is not None and event == "return" and frame.f_code.co_filename == TRIED:
            values.update(frame.f_locals)
        # What is raised while an object is taken away, or while the collector tells of its work, reaches nobody; who
        # listens to that is of a library, and what a version calls there ends.
        silent = frame.f_code.co_filename.startswith(_LIBRARIES) or frame.f_code in told
        if time.perf_counter() > deadline and not silent:
            raise TookTooLong
        return trace if frame.f_code.co_filename == TRIED else None

    return traced(action, trace)


def traced(action: Callable[[], Any], trace: Callable[[FrameType, str, Any], Any]) -> Any:
    """What the action returns; None when it raises, or the trace function raises `TookTooLong`.

    Args:
        trace: sees what the action runs, as `sys.settrace` says.
    """
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return action()
    except (Exception, TookTooLong):
        return None
    finally:
        sys.settrace(before)


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Nothing printed, no warnings, and NumPy's old random numbers as they were."""
    state = np.random.get_state()  # noqa: NPY002  (a student may use them)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
