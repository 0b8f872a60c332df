"""Whether numbers agree, place by place."""

from __future__ import annotations

import numpy as np


def close_values(actual: np.ndarray, expected: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """What `np.isclose` says with equal_nan=True, at a quarter of the price for the small arrays of a check.

    Args:
        actual: booleans or numbers.
        expected: of the same shape.
        rtol: |actual - expected| <= atol + rtol * |expected| counts as equal.
        atol: see `rtol`.

    Returns:
        Booleans of the same shape; NaN agrees with NaN, and an infinite number with itself.
    """
    if expected.dtype.kind not in "fc":
        expected = expected.astype(np.float64)
    with np.errstate(all="ignore"):
        near = np.abs(actual - expected) <= atol + rtol * np.abs(expected)
        close = (near & np.isfinite(expected)) | (actual == expected)
    return close if close.all() else close | (np.isnan(actual) & np.isnan(expected))
