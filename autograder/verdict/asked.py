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
        values: what travels in it: arguments, or an item.
        label: how errors name what is asked.
        key: under which the header holds the values.
    """

    header: dict[str, Any]
    values: Any
    label: str
    key: str = "arguments"


def together(asked: Sequence[Asked], trees: Sequence[Any]) -> dict[str, Any]:
    """The header of one request for all of these; of a pair or a longer sequence its first part alone comes back.

    Args:
        trees: the encoded values of each.
    """
    requests = [each.header | {each.key: tree} for each, tree in zip(asked, trees, strict=True)]
    return {"op": "each", "requests": requests}
