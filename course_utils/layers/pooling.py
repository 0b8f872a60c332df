"""Max and average pooling in plain NumPy: one strided slice of the images for each place in the pool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from course_utils.layers.geometry import checked_pool, expect_upstream
from course_utils.layers.parallel import for_each_part

# Bytes of images worked on at a time, so that their slices are read from the cache.
_BLOCK_BYTES = 1 << 18


@dataclass(frozen=True)
class _Cache:
    x: np.ndarray
    out: np.ndarray | None
    pool: tuple[int, int, int]
    places: tuple[int, int]

    @property
    def overlapping(self) -> bool:
        return self.pool[2] < max(self.pool[:2])

    def taps(self, images: np.ndarray) -> Iterator[np.ndarray]:
        """What each place in the pool sees, (n, C, OH, OW) each, row by row of the pool."""
        height, width, stride = self.pool
        for i in range(height):
            for j in range(width):
                rows = slice(i, i + (self.places[0] - 1) * stride + 1, stride)
                columns = slice(j, j + (self.places[1] - 1) * stride + 1, stride)
                yield images[:, :, rows, columns]


def max_pool_forward_fast(x: np.ndarray, pool_param: dict) -> tuple[np.ndarray, object]:
    """The largest value in each window.

    x: images, shape (N, C, H, W)
    pool_param: "pool_height", "pool_width" and "stride", in pixels
    Returns (out, cache): out has shape (N, C, OH, OW), OH = 1 + (H - pool_height) // stride and OW alike, and x's dtype.
    Raises ValueError when sizes do not fit together.
    """
    height, width, stride, places = checked_pool(x, pool_param)
    out = np.empty((*x.shape[:2], *places), x.dtype)
    cache = _Cache(x, out, (height, width, stride), places)

    def largest(some: slice) -> None:
        first, *others = cache.taps(x[some])
        np.copyto(out[some], first)
        for tap in others:
            np.maximum(out[some], tap, out=out[some])

    _for_each_block(x, largest)
    return out, cache


def max_pool_backward_fast(dout: np.ndarray, cache: object) -> np.ndarray:
    """Backward pass of `max_pool_forward_fast`.

    dout: upstream gradient, shape (N, C, OH, OW)
    cache: what max_pool_forward_fast returned as its second result
    Returns dx, of x's shape: each window's gradient goes to its largest value, to the first of them (row by row) where
    several are equal.
    Raises ValueError when dout has another shape.
    """
    x, out = cache.x, cache.out
    expect_upstream(dout, out.shape)
    dx = np.zeros(x.shape, np.result_type(x, dout))

    def hand_back(some: slice) -> None:
        waiting = np.ones(out[some].shape, bool)
        for tap, dtap in zip(cache.taps(x[some]), cache.taps(dx[some]), strict=True):
            hit = tap == out[some]
            hit &= waiting
            waiting ^= hit
            if cache.overlapping:
                dtap += dout[some] * hit
            else:
                np.multiply(dout[some], hit, out=dtap)

    _for_each_block(x, hand_back)
    return dx


def avg_pool_forward_fast(x: np.ndarray, pool_param: dict) -> tuple[np.ndarray, object]:
    """The average of each window; arguments and results as in `max_pool_forward_fast`."""
    height, width, stride, places = checked_pool(x, pool_param)
    out = np.empty((*x.shape[:2], *places), np.result_type(x, np.float32))
    cache = _Cache(x, None, (height, width, stride), places)

    def average(some: slice) -> None:
        first, *others = cache.taps(x[some])
        np.copyto(out[some], first)
        for tap in others:
            out[some] += tap
        out[some] /= height * width

    _for_each_block(x, average)
    return out, cache


def avg_pool_backward_fast(dout: np.ndarray, cache: object) -> np.ndarray:
    """Backward pass of `avg_pool_forward_fast`: each value of a window gets an equal share of its gradient."""
    expect_upstream(dout, (*cache.x.shape[:2], *cache.places))
    dx = np.zeros(cache.x.shape, np.result_type(cache.x, dout, np.float32))

    def share_out(some: slice) -> None:
        share = dout[some] / (cache.pool[0] * cache.pool[1])
        for dtap in cache.taps(dx[some]):
            dtap += share

    _for_each_block(cache.x, share_out)
    return dx


def _for_each_block(x: np.ndarray, do) -> None:
    n = max(1, _BLOCK_BYTES // max(1, x[0].nbytes))

    def do_part(_part: int, images: range) -> None:
        for start in range(images.start, images.stop, n):
            do(slice(start, min(start + n, images.stop)))

    # A comparison or an addition counts like a few multiplications here: it waits for memory.
    for_each_part(len(x), 4 * x.size, lambda: do_part)
