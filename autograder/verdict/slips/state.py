"""A copy of a reference in which other versions of its cells can run, and what it holds kept as it is."""

from __future__ import annotations

import linecache
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.course.reference import importing_given
from autograder.verdict.slips.versions import code_of

_CONTAINERS = (dict, list, set, np.ndarray)


def made_again(reference: Mapping[str, Any]) -> dict[str, Any]:
    """A reference's names, its functions and classes made once more from their cells: what these change is their own."""
    space = dict(reference)
    own = (thing for thing in reference.values() if _is_own(thing, reference))
    with importing_given(reference):
        for name in dict.fromkeys(code.co_filename for thing in own if (code := code_of(thing))):
            exec(compile("".join(linecache.getlines(name)), name, "exec"), space)
    return space


@contextmanager
def kept(reference: Mapping[str, Any]) -> Iterator[None]:
    """Put back, in the end, what was changed in a reference's classes, and in dicts, lists, sets and arrays of it and them.

    A version of one cell works with what the other cells define, and may leave a setting switched off.

    Args:
        reference: the names that its cells define, and `__name__`.
    """
    classes = [each for each in reference.values() if isinstance(each, type) and _is_own(each, reference)]
    attributes = [(each, dict(vars(each))) for each in classes]
    contents = [
        (thing, thing.copy())
        for names in (reference, *(before for _, before in attributes))
        for name, thing in names.items()
        if isinstance(thing, _CONTAINERS) and not name.startswith("__")
    ]
    try:
        yield
    finally:
        for each, before in attributes:
            _put_back_attributes(each, before)
        for container, held in contents:
            _put_back(container, held)


def _is_own(thing: object, reference: Mapping[str, Any]) -> bool:
    return getattr(thing, "__module__", None) == reference["__name__"]


def _put_back_attributes(owner: type, before: Mapping[str, Any]) -> None:
    for name in vars(owner).keys() - before.keys():
        delattr(owner, name)
    for name, value in before.items():
        if name not in vars(owner) or vars(owner)[name] is not value:
            setattr(owner, name, value)


def _put_back(container: Any, before: Any) -> None:
    if isinstance(container, np.ndarray):
        np.copyto(container, before)
        return
    container.clear()
    add = container.extend if isinstance(container, list) else container.update
    add(before)
