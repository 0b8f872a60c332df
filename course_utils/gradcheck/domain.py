"""Where no difference can be taken, or on one side only: what is no number, edges of a domain, chaos."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.compare import Cause, Certainty, show_index
from course_utils.gradcheck.judge import Judgement
from course_utils.gradcheck.report import ArgumentResult


def not_finite(points: Mapping[str, np.ndarray], out: np.ndarray) -> list[ArgumentResult]:
    """One result for each argument that holds a nan or an infinity; else one for outputs that are nan."""
    found = [
        ArgumentResult(name, False, f"{name} holds {place}: a gradient can be checked at finite numbers only")
        for name, place in ((name, _first(point, np.isfinite(point))) for name, point in points.items())
        if place
    ]
    place = "" if found else _first(out, ~np.isnan(out))
    if place:
        found.append(
            ArgumentResult(
                "forward", False, f"forward returned {place}: check it at a point where it is defined"
            )
        )
    return found


def no_number(label: str, gradient: Any, shape: tuple[int, ...]) -> str:
    """What is said of a gradient of the right shape that holds a nan or an infinity; "" where that is not so."""
    if not (isinstance(gradient, (np.ndarray, np.floating, float)) and np.shape(gradient) == shape):
        return ""
    array = np.asarray(gradient)
    place = _first(array, np.isfinite(array)) if array.dtype.kind == "f" else ""
    return f"{label} is {place}, expected finite numbers" if place else ""


def _first(array: np.ndarray, usable: np.ndarray) -> str:
    """The first number that is not usable and where it is; "" when there is none."""
    if usable.all():
        return ""
    index = tuple(int(i) for i in np.argwhere(~usable)[0])
    return f"{array[index]} at {show_index(index)}" if index else f"{array}"


def edge(found: Judgement, name: str) -> Cause | None:
    """What is known of a wrong gradient at a point beside which forward has no value."""
    for entry in found.of("bug"):
        sides = [
            word
            for word, slope in (("below", entry.left), ("above", entry.right))
            if not math.isfinite(slope)
        ]
        if sides:
            clause = (
                f"forward is no number just {' and '.join(sides)} {name}{show_index(entry.index)}, at the edge of where it is "
                "defined: check it at a point inside"
            )
            return Cause("edge", clause, certainty=Certainty.KNOWN)
    return None


def rough(label: str, name: str) -> str:
    """What is said where the outputs are too rough for differences."""
    return (
        f"{label} cannot be checked: forward is chaotic (or noisy), since changes of {name} by a billionth move out by far more "
        "than rounding does; check fewer steps of it at a time"
    )
