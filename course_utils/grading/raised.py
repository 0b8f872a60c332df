"""What a student's code raised, as it is told to the grader."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import Any

from course_utils.grading.forbidding import GRADER

_MESSAGE_LENGTH = 500
# The course's own code, whose lines are no help in finding a mistake.
_LIBRARY = str(Path(__file__).parents[1]) + os.sep


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "its message cannot be shown"


def describe_error(error: BaseException) -> dict[str, Any]:
    """What a student needs to find an error: its type, its text and the line of their own code it came from."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_LIBRARY)]
    foreign = ("<frozen", GRADER)
    own = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith(foreign)]
    message = _text_of(error).encode("utf-8", "replace").decode("utf-8")
    described: dict[str, Any] = {"type": type(error).__name__[:80], "message": message[:_MESSAGE_LENGTH]}
    if own:
        described["line"] = own[-1].lineno
        described["source"] = (own[-1].line or "")[:200]
        described["function"] = own[-1].name[:80]
    return described
