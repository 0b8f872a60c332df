"""Text that strangers wrote, made fit for a terminal, a page and a file."""

from __future__ import annotations

import codecs
import io
import re
import sys
import unicodedata
from collections.abc import Sequence

_NAMES = 3

# Terminal sequences, control characters, and marks that reverse the direction of writing.
_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)


def plain(text: str) -> str:
    """Text that a terminal, a page and a file can take: no control characters, no broken Unicode."""
    return _CONTROL.sub("", well_formed(text))


def one_line(text: str, length: int = 4000) -> str:
    """Text for one row: no control characters, one space for each gap, and three dots where it goes on too long."""
    line = " ".join(plain(text).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def counted(number: float, what: str) -> str:
    """A number of things: "1 point", "2.5 points"."""
    return f"{number:g} {what}{'' if number == 1 else 's'}"


def some_of(names: Sequence[str]) -> str:
    """As many names that strangers chose as fit on a line: "ada, bao, chidi…"."""
    return ", ".join(shown(name) for name in names[:_NAMES]) + ("…" if len(names) > _NAMES else "")


def well_formed(text: str) -> str:
    """Text that can be written as UTF-8: half surrogates become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shown(name: str, most: int = 120) -> str:
    """A name that a stranger chose, as one line of a terminal can show it: question marks for what does not print."""
    return "".join(char if char.isprintable() else "?" for char in well_formed(name))[:most]


# What the terminal shows, for consoles of few characters.
_LIKE = str.maketrans({
    "✓": "+", "✗": "x", "○": "o", "◐": "~", "■": "#", "█": "#", "→": "->", "…": "...", "—": "-", "·": ".",
    "−": "-", "×": "x", "≥": ">=", "≤": "<=", "≈": "~=", "±": "+-", "∞": "inf", "½": "1/2", "‖": "||",
    "√": "sqrt", "∑": "sum", "∏": "prod", "∂": "d", "∈": " in ", "′": "'",
    "\u0302": "_hat", "\u0303": "_tilde", "\u0304": "_bar",
})  # fmt: skip


def let_any_character_out() -> None:
    """Let this process print any character on any console: what its encoding does not have is shown by its like."""
    codecs.register_error("likeness", _likeness)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="likeness")


def _likeness(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = "".join(_greek(char) for char in error.object[error.start : error.end].translate(_LIKE))
    return text.encode("ascii", "replace").decode(), error.end


def _greek(char: str) -> str:
    """The name of a Greek letter, "sigma"; any other character as it is."""
    name = unicodedata.name(char, "")
    return name.rpartition(" ")[2].lower() if name.startswith("GREEK SMALL LETTER") else char
