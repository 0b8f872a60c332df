"""Where one small change makes all gradients agree: a line, or no more than what kind of change it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Location:
    """The only line where one small change makes all gradients agree.

    Attributes:
        line: its number, in the cell or the file.
        text: how the line begins, e.g. "dvar = ...".
        kind: what is to change, completes "... there".
        change: the line with the change.
        labels: the gradients that were wrong.
    """

    line: int
    text: str
    kind: str
    change: str
    labels: tuple[str, ...]

    def __str__(self) -> str:
        if self.kind.startswith(ADDS):
            return f"after line {self.line}, `{self.text}`: {self.kind} is missing, with which {_agree(self.labels)}"
        return f"line {self.line}, `{self.text}`: {self.kind} there, and {_agree(self.labels)}"


# How a kind of change begins that is a line more after the one that is told.
ADDS = "a line that adds to "
# The kind of change that takes two variables for each other wherever they stand.
TAKEN = "two variables taken for each other"
# What is wrong where a change of any of several lines puts it right.
ANYWHERE = {
    "another sign": "a sign is wrong",
    "a term more": "a term is missing",
    "a term less": "there is a term too many",
    "another number": "a number is wrong",
    "a factor more": "a factor is missing",
    "a factor less": "there is a factor too many",
    "a slope more": "the slope of an activation is missing",
}


@dataclass(frozen=True)
class Way:
    """A kind of change that, made once, makes all gradients agree, on whichever of several lines; which one is not said.

    Attributes:
        names: what the lines compute, or the two variables that are taken for each other.
        kind: what is to change at one of them.
        labels: the gradients that were wrong.
    """

    names: tuple[str, ...]
    kind: str
    labels: tuple[str, ...]

    def __str__(self) -> str:
        if self.kind == TAKEN:
            one, other = self.names
            return f"`{one}` and `{other}` are taken for each other: exchanged, {_agree(self.labels)}"
        *most, last = self.labels
        to = f"{', '.join(most)} and {last}" if most else last
        return f"{ANYWHERE[self.kind]} on the way to {to}: put right once, {_agree(self.labels)}"


def _agree(labels: tuple[str, ...]) -> str:
    words = {1: f"{labels[0]} agrees", 2: "both gradients agree", 3: "all three gradients agree"}
    return words.get(len(labels), f"all {len(labels)} gradients agree")
