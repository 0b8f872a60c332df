"""A cell of checks that seems never to end: said after ten seconds, with how to stop it."""

from __future__ import annotations

import re
import sys
import threading
from typing import Any

_SECONDS = 10.0
_CHECKS = re.compile(r"\b(check|check_close|gradient_check|loss_gradient_check|model_gradient_check)\(")


class Endless:
    """Watches one cell at a time; cells that check nothing, as long trainings, may take as long as they like."""

    def __init__(self, seconds: float = _SECONDS):
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def begin(self, info: Any) -> None:
        """A cell begins: an IPython ExecutionInfo."""
        self.end()
        if _CHECKS.search(info.raw_cell or ""):
            self._timer = threading.Timer(self._seconds, self._say)
            self._timer.daemon = True
            self._timer.start()

    def end(self, result: Any = None) -> None:
        """The cell has ended."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _say(self) -> None:
        print(
            f"This cell has been checking for {self._seconds:g} seconds. Is there a loop in your function that never "
            "ends? Stop it with ■ above, or by pressing I twice.",
            file=sys.stderr,
            flush=True,
        )
