"""A kernel's reply, held to its form before anything in it is believed.

Whoever sends the reply may have written it by hand: what is not of the form is a mistake of the student's, never a
fault of the grader's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from course_utils.grading.wire import WireError

# More arguments than any function of a course takes.
_MOST_ARGUMENTS = 64
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


@dataclass(frozen=True)
class Raised:
    """What the student's code raised.

    Attributes:
        kind: name of the exception's type.
        message: its text.
        where: the line of the student's own code that it came from, in brackets, or "".
    """

    kind: str
    message: str
    where: str = ""


@dataclass(frozen=True)
class Reply:
    """A reply of the right form.

    Attributes:
        value: the tree of what was returned, not decoded yet; None where something was raised.
        changed: positions and names of the arguments that were changed in place.
        changed_since: the same of what forward passes were given whose caches the call got, with the forward passes' names.
        raised: what was raised instead, or None.
    """

    value: Any = None
    changed: tuple[int | str, ...] = ()
    changed_since: tuple[tuple[str, int | str], ...] = ()
    raised: Raised | None = None

    def changes(self, label: str) -> Iterator[str]:
        """The arguments that a call of this label has changed, in words."""
        for which in self.changed:
            yield f"{_argument(which)} of {label}"[:200]
        for forward, which in self.changed_since:
            yield f"{_argument(which)} of {forward} (during {label})"[:200]


def _argument(which: int | str) -> str:
    known = isinstance(which, int) and which < len(_ORDINALS)
    return f"the {_ORDINALS[int(which)]} argument" if known else f"`{which}`"


def parse_reply(header: dict[str, Any]) -> Reply:
    """Read a reply's header.

    Raises:
        WireError: it is not of the form that a kernel sends.
    """
    if "error" in header:
        return Reply(raised=_raised(header["error"]))
    if "value" not in header:
        raise WireError("a reply holds neither a value nor an error")
    changed, since = header.get("changed", []), header.get("changed_since", [])
    return Reply(header["value"], _changed(changed), _changed_since(since) if since != [] else ())


def parse_row(header: dict[str, Any], buffers: Sequence[bytes]) -> Iterator[tuple[Reply, list[bytes]]]:
    """The replies to the requests of a row, each with the buffers that it refers to.

    Raises:
        WireError: the header, or a reply, is not of the form that a kernel sends.
    """
    replies, start = header.get("replies"), 0
    if not isinstance(replies, list) or not all(isinstance(reply, dict) for reply in replies):
        raise WireError("a row's replies have an unknown form")
    for reply in replies:
        count = reply.get("buffers")
        if type(count) is not int or not 0 <= count <= len(buffers) - start:
            raise WireError("a row's reply refers to arrays that are not there")
        yield parse_reply(reply), list(buffers[start : start + count])
        start += count


def _changed_since(pairs: object) -> tuple[tuple[str, int | str], ...]:
    if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise WireError("a reply names arguments changed since in an unknown form")
    names, labels = ([pair[k] for pair in pairs] for k in (0, 1))
    if not all(isinstance(name, str) for name in _changed(names)):
        raise WireError("a reply names a function in an unknown form")
    return tuple(zip(names, _changed(labels), strict=True))


def _changed(labels: object) -> tuple[int | str, ...]:
    if not isinstance(labels, list) or len(labels) > _MOST_ARGUMENTS or not all(map(_is_label, labels)):
        raise WireError("a reply names changed arguments in an unknown form")
    return tuple(labels)


def _is_label(label: object) -> bool:
    if type(label) is int:
        return 0 <= label < _MOST_ARGUMENTS
    return isinstance(label, str) and len(label) <= 80


def _raised(error: object) -> Raised:
    if not isinstance(error, dict):
        raise WireError("a reply holds an error of unknown form")
    kind, message = _text(error, "type", 80), _text(error, "message", 500)
    line = error.get("line")
    if line is None:
        return Raised(kind, message)
    if type(line) is not int or not 0 <= line < 2**31:
        raise WireError("a reply holds an error in a line of no number")
    source, function = _text(error, "source", 200), _text(error, "function", 80)
    return Raised(kind, message, f" (in {function}, line {line}: {source})")


def _text(error: dict[str, Any], name: str, length: int) -> str:
    text = error.get(name)
    if not isinstance(text, str):
        raise WireError(f"a reply holds an error whose {name} is no text")
    return text[:length]
