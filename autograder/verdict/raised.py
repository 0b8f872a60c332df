"""What a well-known exception means in the code of this course, in a sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

Shape = tuple[int, ...]

_FLOAT = "A size or an index became a float here: / always gives a float, // a whole number"
_UNPACK = "What is taken apart does not have that many parts: what forward puts into its cache is what backward takes out, in the same order"
_FLATTEN = (
    "The inner sizes do not agree: examples with several axes are flattened first, with x.reshape(N, -1)"
)
_ONE_TRUTH = (
    "if, and, max and min look at one truth value; for arrays there are np.where, np.maximum and np.minimum"
)
_EQUAL_PARTS = (
    "np.split makes parts of one size alone; np.array_split makes parts that differ by one at most, too"
)
_WHOLE_ARRAY = (
    "The array holds whole numbers, and floats cannot be written into it: make it an array of floats"
)
_PADDED_CHANNELS = (
    "The channels do not agree: np.pad(x, pad) pads every axis; pad height and width alone, "
    "with ((0, 0), (0, 0), (pad, pad), (pad, pad))"
)
_WINDOW = (
    "If these are a window and a filter: a window holds HH rows and WW columns of the padded image, "
    "and there are OH rows of windows and OW columns"
)
_NO_BRANCH = "No line that has run gives it a value: is it set in another branch, for another mode?"
_NONE = "It is None here: what should have given it has returned nothing, or was not given, as config where there is none"
_ARGUMENTS = "The arguments stay as they stand in the notebook's first line of the function"


def hint(kind: str, message: str, inside: bool = True) -> str:
    """A sentence that says what an exception means and what to do; "" for one that speaks for itself.

    Args:
        kind: name of the exception's type.
        message: its text.
        inside: whether a line of the student's own raised it, not the call of their function.
    """
    if not inside:
        return _ARGUMENTS if kind == "TypeError" and "argument" in message else ""
    for kinds, pattern, said in _KNOWN:
        found = re.search(pattern, message) if kind in kinds else None
        if found:
            return said if isinstance(said, str) else said(found)
    return ""


def _of_key(found: re.Match[str]) -> str:
    key = found["key"]
    if re.fullmatch(r"(gamma|beta)\d+", key):
        return f"{key} exists only with a normalization, and only for a hidden layer: the last layer has none"
    if re.fullmatch(r"[Wb]\d+", key):
        return f"{key} is not there: layers are numbered from 1 to the number of layers"
    return f"The dict need not hold {key!r}: read it with .get({key!r}, and what it is by default)"


def _of_shapes(found: re.Match[str]) -> str:
    first, second = (_shape(found[name]) for name in ("a", "b"))
    large, small = sorted((first, second), key=len, reverse=True)
    fitting = [axis for axis, length in enumerate(large) if small == (length,)]
    if len(large) in (2, 4) and len(fitting) == 1 and fitting[0] < len(large) - 1:
        wanted = tuple(small[0] if axis == fitting[0] else 1 for axis in range(len(large)))
        return (
            f"NumPy lines shapes up from the last axis; what belongs to axis {fitting[0]} needs the shape {wanted}: "
            "keepdims=True, or reshape"
        )
    if 1 < len(small) < len(large) and large[: len(small)] == small:
        wanted = small + (1,) * (len(large) - len(small))
        return f"NumPy lines shapes up from the last axis; {small} needs the shape {wanted}: keepdims=True, or reshape"
    return _of_windows(first, second)


def _of_windows(window: Shape, other: Shape) -> str:
    """What is wrong with a window (C, HH, WW) or (N, C, HH, WW) that does not fit a filter, or a part of an image."""
    window, other = window[-3:], other[-3:]
    if len(window) < 3 or len(other) < 3:
        return ""
    more = window[0] - other[0]
    if more > 0 and more % 2 == 0 and window[1:] == other[1:]:
        return _PADDED_CHANNELS
    return _WINDOW if more == 0 else ""


def _of_copied(found: re.Match[str]) -> str:
    empty = 0 in _shape(found["b"])
    return "The slice is empty: [pad:-pad] takes nothing where pad is 0" if empty else ""


def _shape(text: str) -> Shape:
    """The shape written in `text`, which a student's code may have made up; () where it is none."""
    try:
        shape = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return ()
    return shape if isinstance(shape, tuple) else ()


_SHAPES = r"(?P<a>\([\d,]{1,40}\)),? (?:and|into shape)? ?(?P<b>\([\d,]{1,40}\))"
_OPTIONAL = (
    *("eps", "epsilon", "mode", "momentum", "seed", "running_mean", "running_var"),
    *("velocity", "cache", "m", "v", "t", "learning_rate", "decay_rate"),
)
_KEY = rf"^'(?P<key>(gamma|beta|W|b)\d{{1,3}}|{'|'.join(_OPTIONAL)})'$"
# kinds of exception, pattern of their text, what to say
_KNOWN: tuple[tuple[tuple[str, ...], str, str | Callable[[re.Match[str]], str]], ...] = (
    (("TypeError",), r"'(numpy\.)?float(64|32)?' object cannot be interpreted as an integer", _FLOAT),
    (("TypeError",), r"slice indices must be integers|^expected a sequence of integers", _FLOAT),
    (("IndexError",), r"^only integers, slices|must be of integer", _FLOAT),
    (("ValueError",), r"values to unpack", _UNPACK),
    (("ValueError",), r"^array split does not result in an equal division", _EQUAL_PARTS),
    (("ValueError",), r"truth value of an array", _ONE_TRUTH),
    (("ValueError",), rf"could not broadcast input array from shape {_SHAPES}", _of_copied),
    (("ValueError",), rf"broadcast together with shapes {_SHAPES}", _of_shapes),
    (("ValueError",), r"^non-broadcastable output operand with shape \((\d+,){2,3}\d+\)", _WINDOW),
    (("ValueError",), r"^shapes \(\d+,\d+,[\d,]+\) and \(\d+,\d+\) not aligned", _FLATTEN),
    (("UFuncTypeError",), r"from dtype\('float\d+'\) to dtype\('u?int\d+'\)", _WHOLE_ARRAY),
    (("UnboundLocalError",), r"where it is not associated|before assignment", _NO_BRANCH),
    (("TypeError", "AttributeError"), r"NoneType", _NONE),
    (("KeyError",), _KEY, _of_key),
)
