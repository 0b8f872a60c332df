"""Text that strangers wrote, made fit for a terminal, a page and a file."""

from __future__ import annotations

import re

# Terminal sequences, control characters, and marks that reverse the direction of writing.
_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """Text that a terminal, a page and a file can take: no control characters, no broken Unicode."""
    return _CONTROL.sub("", well_formed(text))


def well_formed(text: str) -> str:
    """Text that can be written as UTF-8: half surrogates become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shown(name: str, most: int = 120) -> str:
    """A name that a stranger chose, as one line of a terminal can show it: question marks for what does not print."""
    return "".join(char if char.isprintable() else "?" for char in well_formed(name))[:most]
