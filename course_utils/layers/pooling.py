"""Max and average pooling in plain NumPy: one strided slice of the images for each place in the pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.layers.geometry import checked_pool, expect_upstream
from course_utils.layers.parallel import for_each_part

# Bytes of images worked on at a time, so that their slices are read from the cache.
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class _Cache:
    x: np.ndarray
    pool: tuple[int, int, int]
    places: tuple[int, int]
    across: np.ndarray | None = None
    out: np.ndarray | None = None

    def rows(self, images: np.ndarray) -> list[np.ndarray]:
        """What each row of the pool sees of (n, C, H, ..), (n, C, OH, ..) each."""
        height, _, stride = self.pool
        last = (self.places[0] - 1) * stride + 1
        return [images[:, :, i : i + last : stride] for i in range(height)]

    def columns(self, images: np.ndarray) -> list[np.ndarray]:
        """What each column of the pool sees of (.., W), (.., OW) each."""
        _, width, stride = self.pool
        last = (self.places[1] - 1) * stride + 1
        return [images[..., j : j + last : stride] for j in range(width)]

    def taps(self, images: np.ndarray) -> list[np.ndarray]:
        """What each place in the pool sees, (n, C, OH, OW) each, row by row of the pool."""
        return [tap for rows in self.rows(images) for tap in self.columns(rows)]


def max_pool_forward_fast(x: np.ndarray, pool_param: dict) -> tuple[np.ndarray, object]:
    """The largest value in each window.

    x: images, shape (N, C, H, W)
    pool_param: "pool_height", "pool_width" and "stride", in pixels
    Returns (out, cache): out has shape (N, C, OH, OW), OH = 1 + (H - pool_height) // stride and OW alike, and x's dtype.
    Raises ValueError when sizes do not fit together.
    """
    *pool, places = checked_pool(x, pool_param)
    N, C, H, _ = x.shape
    # The largest of each row of a window first, then the largest of those: fewer comparisons than pixel by pixel.
    across = np.empty((N, C, H, places[1]), x.dtype)
    out = np.empty((N, C, *places), x.dtype)
    cache = _Cache(x, tuple(pool), places, across, out)

    def largest(some: slice) -> None:
        _maximum(cache.columns(x[some]), across[some])
        _maximum(cache.rows(across[some]), out[some])

    _for_each_block(x, largest, passes=4)
    return out, cache


def max_pool_backward_fast(dout: np.ndarray, cache: object) -> np.ndarray:
    """Backward pass of `max_pool_forward_fast`.

    dout: upstream gradient, shape (N, C, OH, OW)
    cache: what max_pool_forward_fast returned as its second result
    Returns dx, of x's shape: each window's gradient goes to its largest value, to the first of them (row by row) where
    several are equal.
    Raises ValueError when dout has another shape.
    """
    x, across, out = cache.x, cache.across, cache.out
    height, width, stride = cache.pool
    expect_upstream(dout, out.shape)
    # Where windows tile an axis, each number is written once, so that nothing has to be zero before.
    sizes = zip(cache.pool[:2], cache.places, x.shape[2:], strict=True)
    new = [np.empty if size == stride and size * n == length else np.zeros for size, n, length in sizes]
    dx = new[1](x.shape, np.result_type(x, dout))

    def hand_back(some: slice) -> None:
        dacross = new[0](across[some].shape, dx.dtype)
        _hand_back(dout[some], out[some], cache.rows(across[some]), cache.rows(dacross), stride < height)
        _hand_back(dacross, across[some], cache.columns(x[some]), cache.columns(dx[some]), stride < width)

    _for_each_block(x, hand_back, passes=8)
    return dx


def _maximum(taps: list[np.ndarray], out: np.ndarray) -> None:
    np.copyto(out, taps[0])
    for tap in taps[1:]:
        np.maximum(out, tap, out=out)


def _hand_back(
    dout: np.ndarray, out: np.ndarray, taps: list[np.ndarray], dtaps: list[np.ndarray], add: bool
) -> None:
    """Give the gradient of `out`, the maximum over taps, to the first tap that equals it; add it where windows overlap."""
    remaining = dout
    for tap, dtap in zip(taps[:-1], dtaps[:-1], strict=True):
        part = np.multiply(remaining, tap == out, out=None if add else dtap)
        if add:
            dtap += part
        remaining = remaining - part
    if add:
        dtaps[-1] += remaining
    else:
        np.copyto(dtaps[-1], remaining)


def avg_pool_forward_fast(x: np.ndarray, pool_param: dict) -> tuple[np.ndarray, object]:
    """The average of each window; arguments and results as in `max_pool_forward_fast`."""
    height, width, stride, places = checked_pool(x, pool_param)
    out = np.empty((*x.shape[:2], *places), np.result_type(x, np.float32))
    cache = _Cache(x, (height, width, stride), places)

    def average(some: slice) -> None:
        first, *others = cache.taps(x[some])
        np.copyto(out[some], first)
        for tap in others:
            out[some] += tap
        out[some] /= height * width

    _for_each_block(x, average, passes=4)
    return out, cache


def avg_pool_backward_fast(dout: np.ndarray, cache: object) -> np.ndarray:
    """Backward pass of `avg_pool_forward_fast`: each value of a window gets an equal share of its gradient."""
    expect_upstream(dout, (*cache.x.shape[:2], *cache.places))
    dx = np.zeros(cache.x.shape, np.result_type(cache.x, dout, np.float32))

    def share_out(some: slice) -> None:
        share = dout[some] / (cache.pool[0] * cache.pool[1])
        for dtap in cache.taps(dx[some]):
            dtap += share

    _for_each_block(cache.x, share_out, passes=4)
    return dx


def _for_each_block(x: np.ndarray, do: Callable[[slice], None], *, passes: int) -> None:
    """Do some images at a time; passes: how often each pixel is read or written, roughly."""
    n = max(1, _BLOCK_BYTES // x[0].nbytes)

    def do_part(_part: int, images: range) -> None:
        for start in range(images.start, images.stop, n):
            do(slice(start, min(start + n, images.stop)))

    # A comparison or an addition counts like a multiplication here: it waits for memory.
    for_each_part(len(x), passes * x.size, lambda _images: do_part, products=False)
