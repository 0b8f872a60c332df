"""One block of text that says what is wrong: told apart by its sign, its words and its colour."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from enum import Enum

# What is read at a glance; a narrower page breaks a line again, between words (outputs.js).
_WIDTH = 79


class Look(Enum):
    """What kind of failure it is: (sign, words, ANSI colour)."""

    WRONG = ("✗", "", 31)
    CRASHED = ("✗", "stopped with an error: ", 35)
    NOT_WRITTEN = ("○", "", 34)
    STOPPED = ("■", "", 35)


@dataclass(frozen=True)
class Block:
    """What is told of a failure.

    Attributes:
        look: what kind of failure it is.
        lines: sentences, the most important one first; those that passed start with their own ✓.
        details: what supports the sentence at that place in `lines`.
        places: where to look, each some lines that are shown as they are.
        offer: what to call for more help, or "".
    """

    look: Look
    lines: tuple[str, ...]
    details: dict[int, tuple[str, ...]] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    offer: str = ""


def shown(block: Block) -> str:
    """The block as text for an error's place in a notebook or a terminal, with colours."""
    sign, words, colour = block.look.value
    parts = []
    for number, line in enumerate(block.lines):
        if line.startswith("✓"):
            parts.append(_wrapped(line, "", "  "))
            continue
        # Only the sign: a theme's red on its background of errors is hard to read, light or dark.
        sentence = _wrapped(f"{sign} {words}{line}", "", "  ").removeprefix(sign)
        parts.append(f"\x1b[{colour}m{sign}\x1b[0m\x1b[1m{sentence}\x1b[0m")
        parts += [_wrapped(detail, "  · ", "    ") for detail in block.details.get(number, ())]
    parts += [f"\n{place}" for place in block.places]
    parts += [f"\n→ {block.offer}"] if block.offer else []
    return "\n".join(parts)


def _wrapped(text: str, first: str, later: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
