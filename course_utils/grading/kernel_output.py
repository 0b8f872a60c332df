"""What a graded kernel prints, kept short where it is printed: a kernel that holds a gigabyte of output dies of it.

The grader names this class to the kernel that it starts; a student's own JupyterLab prints as ever.
"""

from __future__ import annotations

import sys

from ipykernel.iostream import OutStream


class CappedStream(OutStream):
    """Standard output or error of a kernel: of each cell the first characters are kept, and the first flushes obeyed.

    Each flush is a message of its own; without them the stream sends what was written five times a second.
    """

    CHARACTERS = 4_000_000
    FLUSHES = 200

    _cell: str | None = None
    _left = CHARACTERS
    _flushes = FLUSHES

    def __setattr__(self, name: str, value: object) -> None:
        """Set any attribute but `write`, which IPython replaces by one that also keeps all it is given."""
        if name != "write":
            super().__setattr__(name, value)

    def write(self, string: str) -> int:
        """Write what is left of the cell's share, and say as any stream that all of it was written."""
        if not isinstance(string, str):
            return int(super().write(string) or 0)  # which says what is wrong
        self._begin_cell()
        kept = string[: self._left]
        self._left -= len(kept)
        if kept:
            super().write(kept)
        return len(string)

    def flush(self) -> None:
        """Send what was written, at once unless a cell has asked for that too often; the kernel's own word counts always."""
        self._begin_cell()
        if sys._getframe(1).f_globals.get("__name__", "").startswith("ipykernel."):
            super().flush()
        elif self._flushes > 0:
            self._flushes -= 1
            super().flush()

    def _begin_cell(self) -> None:
        cell = self.parent_header.get("msg_id")
        if cell != self._cell:
            self._cell, self._left, self._flushes = cell, self.CHARACTERS, self.FLUSHES
