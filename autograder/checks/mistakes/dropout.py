"""Well-known mistakes about what is kept and what becomes of it."""

from __future__ import annotations

import numpy as np

from autograder.checks.mistakes.known import Values

DROPS_WITH_P = "p were the probability of dropping; here p is the probability of KEEPING"
DREW_NORMAL = "normal numbers were compared with p (randn?): draw uniform ones, between 0 and 1"


def factors_of_the_kept(p: float) -> dict[float, str]:
    """What may have been done with numbers that were kept, by what they were multiplied by."""
    turned = (
        {1 - p: f"multiplied by 1 - p = {1 - p:g}", 1 / (1 - p): f"divided by 1 - p = {1 - p:g}"}
        if p < 1
        else {}
    )
    return turned | {1.0: "left as it was", p: f"multiplied by p = {p:g}", 1 / p: f"divided by p = {p:g}"}


def predicted(x: np.ndarray, p: float) -> Values:
    """What comes at test time of vanilla dropout instead of p·x."""
    rule = "everything is multiplied by p"
    return {
        f"nothing was scaled: at test time {rule}": x,
        f"everything was divided by p: {rule}": x / p,
        f"p was taken for the probability of dropping: {rule}, the probability of KEEPING": (1 - p) * x,
    }


def way_back(dx: np.ndarray, dout: np.ndarray, mask: np.ndarray, p: float) -> Values:
    """What comes back through inverted dropout instead of dout times the mask of the forward pass.

    Args:
        dx: the student's; where it is zero, something was dropped.
        mask: of the forward pass, zero where something was dropped.
    """
    mistakes = {
        "dout came back as it was: it is multiplied by the mask of the forward pass": dout,
        "nothing was dropped on the way back, only divided by p": dout / p,
    }
    if dx.shape == dout.shape and np.any(dx == 0) and np.any((dx == 0) != (mask == 0)):
        did = "another mask was taken than on the way forward: keep that one in the cache"
        mistakes[did] = np.where(dx == 0, 0, dout / p)
    return mistakes
