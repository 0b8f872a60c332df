"""Runs a version, which may never end, for so many of its lines and no more."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any

from course_utils.gradcheck.lines.bounded import TookTooLong, traced
from course_utils.gradcheck.lines.source import TRIED

_MOST_LINES = 200_000


def bounded(action: Callable[[], Any], most: int = _MOST_LINES) -> Any:
    """What the action returns; None when it raises, or runs more lines of versions than it may.

    Lines are counted, not seconds, so that the same is found on a machine that is busy.

    Args:
        most: how many lines.
    """
    left = most

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != TRIED:
            return None
        left -= 1
        if left < 0:
            raise TookTooLong
        return trace

    return traced(action, trace)
