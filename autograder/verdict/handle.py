"""Objects that stay in the student's kernel, as a hidden check sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

from autograder.verdict.asked import Asked
from autograder.verdict.refusals import StudentError


class Asker(Protocol):
    """Asks for things in the kernel; see `Student`."""

    def send(self, asked: Asked) -> Any:
        """Ask for one thing, and return the answer."""

    def send_with_next(self, asked: Asked) -> None:
        """Ask for something in one message with what is asked next."""

    def ask_each(self, asked: Sequence[Asked]) -> list[Any]:
        """Make many calls at once."""


# What an object has for a number that could not be made.
NEVER_MADE = 0


@dataclass(eq=False)
class Handle:
    """An object that stays in the student's kernel: a cache, a model.

    `net.loss(X, y)` calls a method, `net.read("params")` brings an attribute that is data,
    `net.write_items("params", {"W1": value})` sets entries of a dict, together with what is asked next.
    """

    _student: Asker
    number: int | None  # None until what makes it is sent
    kind: str

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._student.send(self.asking(name, *args, **kwargs))

    def read(self, attribute: str) -> Any:
        """An attribute that is data, or a handle of one that is not."""
        return self._student.send(
            Asked({"op": "read", "handle": self, "attribute": attribute}, (), attribute)
        )

    def write_items(self, attribute: str, items: Mapping[str, Any]) -> None:
        """Set entries of a dict that the object holds, together with what is asked next."""
        self._student.send_with_next(self.writing(attribute, deepcopy(dict(items))))

    def asking(self, name: str, *args: Any, **kwargs: Any) -> Asked:
        """A call of a method, not made yet; see `Student.ask_each`."""
        header = {"op": "call", "handle": self, "name": name}
        return Asked(header, {"args": list(args), "kwargs": kwargs}, f"{self.kind}.{name}")

    def writing(self, attribute: str, items: Mapping[str, Any]) -> Asked:
        """Entries of a dict, not set yet; see `Student.ask_each`."""
        header = {"op": "write_items", "handle": self, "attribute": attribute}
        return Asked(header, dict(items), f"{self.kind}.{attribute}", key="items")

    def ask_each(self, asked: Sequence[Asked]) -> list[Any]:
        """Make many calls at once; see `Student.ask_each`."""
        return self._student.ask_each(asked)

    def __repr__(self) -> str:
        return f"<{self.kind} in the student's kernel>"

    def settle(self, made: Any) -> None:
        """Stand for what has been made, which must be an object that stays in the kernel."""
        if not isinstance(made, Handle):
            raise StudentError(
                "the grader's own code did not run as it was sent: is the grade client patched?"
            )
        self.number, self.kind = made.number, made.kind
