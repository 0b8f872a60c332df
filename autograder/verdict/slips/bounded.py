"""Runs a version, which may never end, for so many of its lines and no more."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from course_utils.gradcheck.lines.bounded import TookTooLong, traced
from course_utils.gradcheck.lines.source import TRIED

_MOST_LINES = 200_000
# Of processor time: far more than so many lines take, but where a number grows with each.
_MOST_SECONDS = 2.0
_LOOKS_AFTER = 64


def bounded(action: Callable[[], Any], most: int = _MOST_LINES, seconds: float = _MOST_SECONDS) -> Any:
    """What the action returns; None when it raises, or runs more lines of versions than it may.

    Lines are counted, not seconds, so that the same is found on a machine that is busy. Seconds end what multiplies a whole
    number for ever: each of its lines takes longer than the one before.

    Args:
        most: how many lines.
        seconds: of processor time.
    """
    left, until = most, time.thread_time() + seconds

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != TRIED:
            return None
        left -= 1
        if left < 0 or (left % _LOOKS_AFTER == 0 and time.thread_time() > until):
            raise TookTooLong
        return trace

    return traced(action, trace)
