"""Which numbers were kept, read off what came out."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.chance import expect_share, looks_turned
from autograder.checks.asking.expectations import expect_array
from autograder.checks.asking.inputs import Tolerances
from autograder.checks.mistakes.dropout import factors_of_the_kept
from autograder.verdict.expect import expect, expect_close
from course_utils.compare import CheckFailed

FORWARD_FIRST = "The forward pass has to be right before the way back can be compared"


def expect_mask(
    out: Any,
    x: np.ndarray,
    factor: float,
    p: float,
    name: str = "out",
    **tolerances: Unpack[Tolerances],
) -> np.ndarray:
    """Which numbers were kept; fails unless each is 0 or factor times what it was.

    Args:
        x: nowhere zero.
        factor: 1 or 1 / p.
    """
    out = expect_array(out, x.shape, name)
    kept = out != 0
    if looks_turned(kept, p) and not np.allclose(out[kept], (factor * x)[kept], rtol=1e-6):
        expect_share(kept, p)  # which explains a wrong factor as well
    words = factors_of_the_kept(p)
    right = min(words, key=lambda value: abs(value - factor))
    for other, said in words.items():
        if (
            kept.any()
            and not np.isclose(other, right)
            and np.allclose(out[kept], (other * x)[kept], rtol=1e-6)
        ):
            raise CheckFailed(f"what is kept is {said}; here it has to be {words[right]}")
    expect_close(out, np.where(kept, factor * x, 0.0), f"{name}, where a number was kept,", **tolerances)
    return kept


def expect_drops(mask: np.ndarray, function: str) -> None:
    """Fail the case when a mask drops nothing at all.

    Args:
        function: name of what made it.
    """
    expect(bool((mask == 0).any()), f"{function} has dropped nothing")
