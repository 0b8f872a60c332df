"""What every augmentation function has to keep, checked in one call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_utils.compare import CheckFailed


def check_change(change: Callable[[np.ndarray, np.random.Generator], np.ndarray], X: np.ndarray) -> None:
    """Print "✓ ..." when a change keeps what it must; does not look at what it changes.

    Args:
        change: change(X, rng) -> new pictures.
        X: float pictures in 0..1, shape (N, C, H, W), enough of them that chance cannot leave all as they
            are.

    Raises:
        CheckFailed: shape, dtype (floats and uint8) or range are lost, X is modified, or the random numbers
            come from anywhere but rng.
    """
    for pictures, top in ((X, 1), (np.rint(255 * X).astype(np.uint8), 255)):
        kept = pictures.copy()
        first, again = (np.asarray(change(pictures, np.random.default_rng(0))) for _ in range(2))
        other = change(pictures, np.random.default_rng(1))
        for fine, sentence in (
            (np.array_equal(pictures, kept), "X itself was changed: work on a copy"),
            (first.shape == X.shape, f"the result has shape {first.shape}, expected {X.shape}"),
            (first.dtype == pictures.dtype, f"{pictures.dtype} pictures came back as {first.dtype}"),
            (
                first.min() >= 0 and first.max() <= top,
                f"values run from {first.min():.3g} to {first.max():.3g}, expected 0 to {top}",
            ),
            (
                np.array_equal(first, again),
                "the same generator gave two different results: draw from rng alone",
            ),
            (
                not np.array_equal(first, other),
                "two different generators gave the same result: draw from rng",
            ),
        ):
            if not fine:
                raise CheckFailed(f"✗ {sentence}")
    print("✓ shape, type and range are kept, X is left alone, and chance comes from rng")
