"""Values, places and kinds in words."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from itertools import islice

import numpy as np

_QUOTED = 80
_LISTED = 6


class _Short(reprlib.Repr):
    """`repr`, cut before it is made whole; of an array only its kind and shape, of which NumPy may write much."""

    def repr1(self, x: object, level: int) -> str:
        if isinstance(x, np.ndarray):
            return f"{kind_of(x)} and shape {x.shape}"
        if isinstance(x, int) and x.bit_length() > 200:
            return f"a whole number of {x.bit_length()} bits"
        return super().repr1(x, level)


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = _QUOTED
_SHORT.maxlevel = 3


def cut(text: str, length: int = _QUOTED) -> str:
    """Text of at most so many characters; the end of a longer one is left out, and three dots say so."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def quoted(value: object) -> str:
    """Anybody's value as one would type it, in at most 80 characters, in little time and memory whatever it is."""
    return cut(_SHORT.repr(value))


def listed(values: Iterable[object]) -> str:
    """Values of anybody's, quoted and separated by commas: the first six, and how many more there are; or "nothing"."""
    known = list(values)
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return ", ".join(map(quoted, islice(known, _LISTED))) + more or "nothing"


def worst_index(actual: np.ndarray, expected: np.ndarray, close: np.ndarray) -> tuple[int, ...]:
    """Index of the largest difference among the entries that are not close."""
    error = np.abs(np.subtract(actual, expected, dtype=np.float64))
    error = np.where(close, -1.0, np.where(np.isnan(error), np.inf, error))
    return tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))


def show_index(index: tuple[int, ...]) -> str:
    """An index as one would type it: [2, 1]."""
    return f"[{', '.join(map(str, index))}]"


def two_numbers(a: float, b: float) -> tuple[str, str]:
    """Two different numbers in as few digits as keep them apart; counts in full."""
    if all(isinstance(number, int | np.integer) for number in (a, b)):
        return str(a), str(b)
    a, b = float(a), float(b)
    for digits in (3, 6, 9, 12):
        shown = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return repr(a), repr(b)


def wanted_in_words(expected: np.ndarray) -> str:
    """What was expected: "a single number", or an array of what shape."""
    return "a single number" if expected.ndim == 0 else f"an array of shape {expected.shape}"


def kind_of(value: object) -> str:
    """What a value is, in words, such as "a list of 3"; a value that stayed in a kernel is called what it is there."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        kinds = {"O": "an array of objects", "c": "an array of complex numbers", "U": "an array of strings"}
        return kinds.get(value.dtype.kind, f"an array of dtype {value.dtype}")
    if isinstance(value, complex | np.complexfloating):
        return "a complex number"
    if isinstance(value, type):
        return f"the class {cut(value.__name__)}"
    if callable(value):
        return "a function"
    there = getattr(value, "_type", None)
    kind = cut(there if isinstance(there, str) else type(value).__name__)
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    length = f" of {len(value)}" if isinstance(value, (list, tuple)) else ""
    return f"{article} {kind}{length}"


def axis_names(axes: tuple[int, ...]) -> str:
    """Axes in words: "the batch", "axis 1", "axes 0, 2 and 3"."""
    if axes == (0,):
        return "the batch"
    if len(axes) == 1:
        return f"axis {axes[0]}"
    return f"axes {', '.join(map(str, axes[:-1]))} and {axes[-1]}"
