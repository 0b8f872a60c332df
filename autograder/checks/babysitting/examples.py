"""Examples that tell who is who, and those whose principal axes lie at odd angles."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.verdict.expect import expect, expect_close
from course_utils.compare import CheckFailed


def numbered(rng: np.random.Generator, N: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Examples and labels that tell who is who: labels are the numbers 0..N-1, out of order."""
    return rng.normal(size=(N, *shape)) + rng.normal(size=shape), rng.permutation(N)


def stretched(rng: np.random.Generator, N: int, D: int) -> np.ndarray:
    """Examples (N, D) whose principal axes lie at odd angles and scatter by clearly different amounts."""
    turn, _ = np.linalg.qr(rng.normal(size=(D, D)))
    loose, _ = np.linalg.qr(rng.normal(size=(N, D)) - 1e-3)
    strengths = rng.permutation(1.6 ** np.arange(D)) * rng.uniform(0.9, 1.1, size=D)
    return np.sqrt(N) * (loose * strengths) @ turn


def expect_who_is_who(X_part: Any, y_part: Any, X: np.ndarray, y: np.ndarray, name: str) -> np.ndarray:
    """The rows of X that a part holds; fails the case unless each example still has its label."""
    expect(
        isinstance(y_part, np.ndarray) and y_part.ndim == 1 and y_part.dtype.kind in "iu",
        f"y_{name} should be the labels of some examples, an array of one axis",
    )
    expect(bool(np.isin(y_part, y).all()), f"y_{name} holds labels that were never handed in")
    rows = np.argsort(y)[y_part]
    with advice(f"X_{name} and y_{name} have to be picked with the same indices"):
        expect_close(X_part, X[rows], f"X_{name}", rtol=0, atol=0)
    return rows


def expect_everybody_once(parts: dict[str, np.ndarray], N: int) -> None:
    """Fail the case unless each of 0..N-1 is in exactly one part."""
    seen = np.concatenate([np.asarray(rows).astype(np.int64) for rows in parts.values()])
    count = np.bincount(seen, minlength=N)
    for example in np.flatnonzero(count != 1):
        where = [name for name, rows in parts.items() for row in rows if row == example]
        expect(
            bool(where),
            f"example {example} of {N} is nowhere: nobody may be lost",
        )
        raise CheckFailed(
            f"example {example} is in {' and in '.join(where)}: the parts may not share an example"
        )
