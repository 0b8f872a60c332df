"""Cells that did not run to their end: whoever needs a name that one of them defines is told so."""

from __future__ import annotations

import re
from typing import Any

_DEFINITION = re.compile(r"^(?:async\s+def|def|class)\s+(\w+)", re.MULTILINE)


class BrokenCells:
    """Remembers which cell failed to define which names, and why."""

    def __init__(self) -> None:
        self._why: dict[str, str] = {}

    def remember(self, result: Any) -> None:
        """Look at a cell that has run: an IPython ExecutionResult."""
        names = _DEFINITION.findall(result.info.raw_cell or "")
        error = result.error_before_exec or result.error_in_exec
        for name in names:
            self._why.pop(name, None)
            if error is not None:
                self._why[name] = f"In[{result.execution_count}], {_reason(error)}"

    def why(self, name: str) -> str:
        """The cell that should have defined `name` and how it failed, or ""."""
        return self._why.get(name, "")


def _reason(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        place = f" in line {error.lineno}" if error.lineno else ""
        return f"could not be read{place} ({error.msg})"
    return f"stopped with {type(error).__name__}"
