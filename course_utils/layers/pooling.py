"""Max and average pooling in plain NumPy: one strided slice of the images for each place in the pool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from course_utils.layers.geometry import checked_pool, expect_upstream
from course_utils.layers.parallel import for_each_part

# Bytes of images worked on at a time, so that their slices are read from the cache.
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class _Cache:
    x: np.ndarray
    out: np.ndarray | None
    pool: tuple[int, int, int]
    places: tuple[int, int]

    @property
    def overlapping(self) -> bool:
        return self.pool[2] < max(self.pool[:2])

    @property
    def tiles(self) -> bool:
        """Whether each pixel lies in exactly one window."""
        height, width, stride = self.pool
        covered = tuple(stride * n for n in self.places)
        return height == width == stride and covered == self.x.shape[2:]

    def rows(self, images: np.ndarray) -> Iterator[np.ndarray]:
        """What each row of the pool sees, (n, C, OH, W) each."""
        height, _, stride = self.pool
        for i in range(height):
            yield images[:, :, i : i + (self.places[0] - 1) * stride + 1 : stride]

    def across(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """What each place in a row of the pool sees, (n, C, OH, OW) each."""
        _, width, stride = self.pool
        for j in range(width):
            yield rows[..., j : j + (self.places[1] - 1) * stride + 1 : stride]

    def taps(self, images: np.ndarray) -> Iterator[np.ndarray]:
        """What each place in the pool sees, (n, C, OH, OW) each, row by row of the pool."""
        for rows in self.rows(images):
            yield from self.across(rows)


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
        # Down first: whole rows lie side by side in memory, and fewer numbers are left to compare across.
        down = reduce(np.maximum, cache.rows(x[some]))
        first, *others = cache.across(down)
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
    dx = (np.empty if cache.tiles else np.zeros)(x.shape, np.result_type(x, dout))

    def hand_back_pairs(some: slice) -> None:
        wide_out, wide_dout = (_twice(a[some]) for a in (out, dout))
        free = True
        for row, drow in zip(cache.rows(x[some]), cache.rows(dx[some]), strict=True):
            hit = np.equal(row, wide_out, out=np.empty(wide_out.shape, bool))
            # The two bytes of a window as one number: n & -n keeps the lowest bit of n, so the first hit alone.
            pairs = hit.view("<u2")
            pairs &= -pairs
            pairs *= free
            free = free & (pairs == 0)
            np.multiply(wide_dout, hit, out=drow)

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

    _for_each_block(x, hand_back_pairs if cache.tiles and cache.pool[1] == 2 else hand_back)
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

    # A comparison or an addition counts like several multiplications here: it waits for memory.
    for_each_part(len(x), 8 * x.size, lambda _images: do_part, products=False)


def _twice(a: np.ndarray) -> np.ndarray:
    """Each number two times, side by side: a faster `np.repeat(a, 2, axis=-1)`."""
    wide = np.empty((*a.shape[:-1], 2 * a.shape[-1]), a.dtype)
    wide[..., 0::2] = wide[..., 1::2] = a
    return wide
