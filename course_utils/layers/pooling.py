"""Max and average pooling in plain NumPy: one strided slice of the images for each place in the pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.layers.geometry import checked_pool, expect_upstream
from course_utils.layers.parallel import for_each_part
from course_utils.layers.workspace import workspace

# Bytes of images worked on at a time, so that their slices are read from the cache.
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class _Cache:
    x: np.ndarray
    pool: tuple[int, int, int]
    places: tuple[int, int]
    higher: np.ndarray | None = None

    def taps(self, images: np.ndarray) -> list[np.ndarray]:
        """What each place in the pool sees, (n, C, OH, OW) each, row by row of the pool."""
        height, width, stride = self.pool
        down, across = ((n - 1) * stride + 1 for n in self.places)
        return [
            images[:, :, i : i + down : stride, j : j + across : stride]
            for i in range(height)
            for j in range(width)
        ]


def max_pool_forward_fast(x: np.ndarray, pool_param: Mapping[str, int]) -> tuple[np.ndarray, Any]:
    """The largest value in each window.

    Args:
        x: images, shape (N, C, H, W).
        pool_param: "pool_height", "pool_width" and "stride", in pixels.

    Returns:
        (out, cache): out has shape (N, C, OH, OW), OH = 1 + (H - pool_height) // stride and OW alike, and x's
        dtype.

    Raises:
        ValueError: sizes do not fit together.
    """
    height, width, stride, places = checked_pool(x, pool_param)
    N, C, *_ = x.shape
    out = np.empty((N, C, *places), x.dtype)
    # Whether a tap is higher than all before it; the last one that is holds the (first) largest value.
    higher = np.empty((height * width - 1, *out.shape), bool)
    cache = _Cache(x, (height, width, stride), places, higher)

    def largest(some: slice) -> None:
        first, *others = cache.taps(x[some])
        highest = out[some]
        np.copyto(highest, first)
        # Copied before it is compared twice: only the copy has to jump from pixel to pixel.
        tap = workspace("tap", highest.shape, highest.dtype)
        for k, other in enumerate(others):
            np.copyto(tap, other)
            np.greater(tap, highest, out=higher[k, some])
            np.maximum(highest, tap, out=highest)

    _for_each_block(x, largest, passes=4)
    return out, cache


def max_pool_backward_fast(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Backward pass of `max_pool_forward_fast`.

    Args:
        dout: upstream gradient, shape (N, C, OH, OW).
        cache: what max_pool_forward_fast returned as its second result.

    Returns:
        dx, of x's shape: each window's gradient goes to its largest value, to the first of them (row by row)
        where several are equal.

    Raises:
        ValueError: dout has another shape.
    """
    x, higher = cache.x, cache.higher
    height, width, stride = cache.pool
    expect_upstream(dout, higher.shape[1:])
    # Where windows tile the image, each number is written once, so that nothing has to be zero before.
    tiled = all(
        size == stride and size * n == length
        for size, n, length in zip(cache.pool[:2], cache.places, x.shape[2:], strict=True)
    )
    dx = (np.empty if tiled else np.zeros)(x.shape, np.result_type(x, dout))
    overlap = stride < max(height, width)

    def give(tap: np.ndarray, part: np.ndarray) -> None:
        if overlap:
            tap += part
        else:
            np.copyto(tap, part)

    def hand_back(some: slice) -> None:
        remaining, taps = dout[some], cache.taps(dx[some])
        part, rest = workspace("parts", (2, *remaining.shape), dx.dtype)
        for k in range(len(taps) - 1, 0, -1):
            np.multiply(remaining, higher[k - 1, some], out=part)
            remaining = np.subtract(remaining, part, out=rest)
            give(taps[k], part)
        give(taps[0], remaining)

    _for_each_block(x, hand_back, passes=4)
    return dx


def avg_pool_forward_fast(x: np.ndarray, pool_param: Mapping[str, int]) -> tuple[np.ndarray, Any]:
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


def avg_pool_backward_fast(dout: np.ndarray, cache: Any) -> np.ndarray:
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
