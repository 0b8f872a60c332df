"""What a graded kernel prints, kept short where it is printed: a kernel that holds a gigabyte of output dies of it.

The grader names this class to the kernel that it starts; a student's own JupyterLab prints as ever.
"""

from __future__ import annotations

from ipykernel.iostream import OutStream


class CappedStream(OutStream):
    """Standard output or error of a kernel, of which each cell's first characters are kept."""

    CHARACTERS = 4_000_000

    _cell: str | None = None
    _left = CHARACTERS

    def __setattr__(self, name: str, value: object) -> None:
        """Set any attribute but `write`, which IPython replaces by one that also keeps all it is given."""
        if name != "write":
            super().__setattr__(name, value)

    def write(self, string: str) -> int:
        """Write what is left of the cell's share, and say as any stream that all of it was written."""
        if not isinstance(string, str):
            return int(super().write(string) or 0)  # which says what is wrong
        cell = self.parent_header.get("msg_id")
        if cell != self._cell:
            self._cell, self._left = cell, self.CHARACTERS
        kept = string[: self._left]
        self._left -= len(kept)
        if kept:
            super().write(kept)
        return len(string)
