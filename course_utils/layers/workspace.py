"""Memory that layers keep between calls.

What a layer works in is needed again at the next step of the training. Given back to the system in between, it would come
anew page by page, which takes a small layer as long as all the rest.
"""

from __future__ import annotations

import math
import threading

import numpy as np
from numpy.typing import DTypeLike

# Larger pieces are given back: what little time their pages cost is not worth the memory.
KEPT_BYTES = 1 << 24


class _Kept(threading.local):
    """Each thread's own pieces, by name."""

    def __init__(self) -> None:
        self.pieces: dict[str, np.ndarray] = {}


_kept = _Kept()


def workspace(name: str, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
    """An array with anything in it, good until this thread asks for the same name again.

    Args:
        name: what it is for; two that are used at a time need two names.
        shape: of the array.
        dtype: of its numbers.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    piece = _kept.pieces.get(name)
    if piece is None or len(piece) < size:
        piece = np.empty(size, np.uint8)
        if size <= KEPT_BYTES:
            _kept.pieces[name] = piece
    return piece[:size].view(dtype).reshape(shape)


def zeros(name: str, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
    """The same, filled with zeros."""
    array = workspace(name, shape, dtype)
    array.fill(0)
    return array
