"""What a check asks for, as data: requests, of which many can travel in one message, and another kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# As many as a kernel answers well within the time that one call may take.
TOGETHER = 32


@dataclass(frozen=True)
class Afresh:
    """What a question wants that is to be asked in another kernel.

    Attributes:
        endpoint: the socket that this kernel connects to, and no other.
        prepare: source text that runs before its cells.
    """

    endpoint: str
    prepare: str


@dataclass(frozen=True)
class Asked:
    """What a kernel is asked for.

    Attributes:
        header: of the request, but for what travels in it.
        values: what travels in it: arguments, or items.
        label: how errors name what is asked.
        key: under which the header holds the values.
        returns: names of the results, as in "dx, dw, db"; "" where whatever comes is taken.
    """

    header: dict[str, Any]
    values: Any
    label: str
    key: str = "arguments"
    returns: str = ""


@dataclass(frozen=True)
class Made:
    """Stands, among the values of a request, for an object that an earlier request of the same row makes.

    Attributes:
        position: of that request in the row.
        part: which of its results is meant; None where it has but one.
    """

    position: int
    part: int | None = None

    def node(self) -> dict[str, Any]:
        """As it travels."""
        return {"made": [self.position, self.part]}


def together(asked: Sequence[Asked], trees: Sequence[Any]) -> dict[str, Any]:
    """The header of one request for all of these; of a pair or a longer sequence its first part alone comes back.

    Args:
        trees: the encoded values of each.
    """
    return {"op": "each", "requests": _requests(asked, trees)}


def row(asked: Sequence[Asked], trees: Sequence[Any]) -> dict[str, Any]:
    """The header of one request for these one after the other, up to the first error; each has a whole reply of its own."""
    return {"op": "row", "requests": _requests(asked, trees)}


def _requests(asked: Sequence[Asked], trees: Sequence[Any]) -> list[dict[str, Any]]:
    return [each.header | {each.key: tree} for each, tree in zip(asked, trees, strict=True)]
