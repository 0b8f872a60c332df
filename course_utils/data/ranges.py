"""Bring changed pictures back to the type and the range of the pictures they were made from."""

from __future__ import annotations

import numpy as np


def back_in_range(pictures: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Clip pictures to the range of `like` and give them its dtype.

    Args:
        pictures: floats of any shape, in the units of `like`.
        like: uint8 pictures, whose range is 0..255, or float pictures, whose range is 0..1.

    Returns:
        An array of the shape of `pictures` and the dtype of `like`; for uint8 the numbers are rounded first.

    Raises:
        TypeError: `like` is neither.
    """
    if like.dtype == np.uint8:
        return np.rint(np.clip(pictures, 0, 255)).astype(np.uint8)
    if like.dtype.kind == "f":
        return np.clip(pictures, 0, 1).astype(like.dtype, copy=False)
    raise TypeError(f"pictures have dtype {like.dtype}; expected uint8 (0..255) or floats (0..1)")
