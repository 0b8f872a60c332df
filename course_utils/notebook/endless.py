"""A cell that seems never to end: said after ten seconds, with how to stop it."""

from __future__ import annotations

import re
import sys
import threading
from typing import Any

from course_utils.study.desk import desk_here
from course_utils.study.questions import read_ungraded

_SECONDS = 10.0
_CHECKS = re.compile(r"\b(check|check_close|gradient_check|loss_gradient_check|model_gradient_check)\(")


class Endless:
    """Watches one cell at a time; the experiments of the course's notebooks may take as long as they like."""

    def __init__(self, seconds: float = _SECONDS):
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def begin(self, info: Any) -> None:
        """A cell begins: an IPython ExecutionInfo."""
        self.end()
        self._timer = threading.Timer(self._seconds, self._say, [info.raw_cell or ""])
        self._timer.daemon = True
        self._timer.start()

    def end(self, result: Any = None) -> None:
        """The cell has ended."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _say(self, source: str) -> None:
        if _may_take_long(source):
            return
        print(
            f"This cell has been running for {self._seconds:g} seconds. Is there a loop in your code that never ends? Stop "
            "it with ■ above, or by pressing I twice. A training of your own may take longer.",
            file=sys.stderr,
            flush=True,
        )


def _may_take_long(source: str) -> bool:
    """Whether a cell checks nothing and the notebook has it; where no notebook is found, any such cell may be an experiment."""
    if _CHECKS.search(source):
        return False
    chapter = desk_here().here
    return chapter is None or source.strip() in read_ungraded(chapter.path)
