"""Plainer ways to do what a trick of the fast layers does, for `benchmarks.ablation`: the same numbers, another time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.lib.stride_tricks import as_strided

from course_utils import layers
from course_utils.layers import convolution, pooling
from course_utils.layers.columns import Unfolder, Windows
from course_utils.layers.workspace import workspace, zeros

_multiply_transposed = vars(convolution)["_multiply_transposed"]
_from_x, _PoolCache = vars(convolution)["_backward_from_x"], vars(pooling)["_Cache"]
_pool_back, _pool_blocks = pooling.max_pool_backward_fast, vars(pooling)["_for_each_block"]


class Narrow(Windows):
    """No places where a window wraps round the edge."""

    def __init__(self, channels, image, kernel, stride, pads, places) -> None:
        super().__init__(channels, image, kernel, stride, pads, places)
        self.pitch, self.image, self.pads = places[1], image, pads
        self.padded = tuple(
            max(pads[axis] + image[axis], (places[axis] - 1) * stride + kernel[axis]) for axis in (0, 1)
        )


class _NarrowPlanes:
    def __init__(self, windows: Narrow, n: int, dtype: np.dtype) -> None:
        self.windows = windows
        self.planes = zeros(type(self).__name__, (windows.channels, n, *windows.padded), dtype)

    def pixels(self, n: int) -> np.ndarray:
        (top, left), (H, W) = self.windows.pads, self.windows.image
        return self.planes[:, :n, top : top + H, left : left + W].transpose(1, 0, 2, 3)

    def seen(self, n: int, rows: range) -> np.ndarray:
        """View (C, HH, WW, n, rows, OW): every window."""
        windows, s = self.windows, self.windows.stride
        channel, image, row, item = self.planes.strides
        shape = (windows.channels, *windows.kernel, n, len(rows), windows.places[1])
        strides = (channel, row, item, image, s * row, s * item)
        return as_strided(self.planes[:, :, rows.start * s :], shape, strides)


class NarrowUnfolder(_NarrowPlanes):
    """Columns from windows of the padded images, row of places by row of places."""

    def __init__(self, windows: Narrow, n: int, rows: int, dtype: np.dtype) -> None:
        super().__init__(windows, n, dtype)
        self.memory = workspace("columns", (windows.taps * n * rows * windows.pitch,), dtype)

    def load(self, x: np.ndarray) -> None:
        self.pixels(len(x))[:] = x

    def columns(self, n: int, rows: range) -> np.ndarray:
        places, taps = n * len(rows) * self.windows.pitch, self.windows.taps
        matrix = self.memory[: taps * places].reshape(taps, places)
        seen = self.seen(n, rows)
        np.copyto(matrix.reshape(seen.shape), seen)
        return matrix


class NarrowFolder(_NarrowPlanes):
    """The way back."""

    def clear(self) -> None:
        self.planes[:] = 0

    def add_columns(self, columns: np.ndarray, n: int, rows: range) -> None:
        seen = self.seen(n, rows)
        parts = columns.reshape(seen.shape)
        for i, j in np.ndindex(self.windows.kernel):
            seen[:, i, j] += parts[:, i, j]

    def store(self, dx: np.ndarray) -> None:
        dx[:] = self.pixels(len(dx))


class Padded(Windows):
    """Every row with padding of its own at both ends."""

    def _pitch(self, width: int, pad: int, first: int) -> int:
        return max(super()._pitch(width, pad, first), math.ceil((width + 2 * pad - first) / self.stride))


class Keeping(Unfolder):
    """Columns that the forward pass keeps for the backward pass, in memory that stays from call to call."""

    kept: dict[tuple[int, int], np.ndarray] = {}  # noqa: RUF012 - shared on purpose

    def load(self, x: np.ndarray) -> None:
        self.address = x.ctypes.data
        super().load(x)

    def columns(self, n: int, rows: range) -> np.ndarray:
        key, size = (self.address, rows.start), n * self.windows.taps * len(rows) * self.windows.pitch
        if key not in self.kept or len(self.kept[key]) < size:
            self.kept[key] = np.empty(size, self.dtype)
        self._columns = self.kept[key]
        return super().columns(n, rows)


class Kept(Keeping):
    """The same columns, as the forward pass left them."""

    def load(self, x: np.ndarray) -> None:
        self.address = x.ctypes.data

    def columns(self, n: int, rows: range) -> np.ndarray:
        places, taps = n * len(rows) * self.windows.pitch, self.windows.taps
        return self.kept[self.address, rows.start][: taps * places].reshape(taps, places)


def from_kept(dout: np.ndarray, cache: Any, need_dx: bool) -> Any:
    """The general way back, beside `Keeping`."""
    with patch.object(convolution, "Unfolder", Kept):
        return _from_x(dout, cache, need_dx)


def multiply_other_way(columns: np.ndarray, others: np.ndarray, n: int, out: np.ndarray) -> None:
    """others · columnsᵀ, turned round afterwards; products image by image stay as they are."""
    if vars(convolution)["_small"](others, columns, n):
        _multiply_transposed(columns, others, n, out=out)
    else:
        out[:] = (others @ columns.T).T


def all_from_x(dout: np.ndarray, cache: Any) -> Any:
    """The general way back."""
    return _from_x(dout, cache, True)


def _pooled(x: np.ndarray, pool_param: Mapping[str, int]) -> tuple[np.ndarray, Any]:
    """An empty result and its cache; windows of 2x2 that tile the image."""
    N, C, H, W = x.shape
    out = np.empty((N, C, H // 2, W // 2), x.dtype)
    return out, _PoolCache(x, (2, 2, 2), out.shape[2:], np.empty((3, *out.shape), bool))


def pool_in_place(x: np.ndarray, pool_param: Mapping[str, int]) -> tuple[np.ndarray, Any]:
    """Taps compared where they lie, without a copy."""
    out, cache = _pooled(x, pool_param)

    def largest(some: slice) -> None:
        first, *others = cache.taps(x[some])
        np.copyto(out[some], first)
        for k, other in enumerate(others):
            np.greater(other, out[some], out=cache.higher[k, some])
            np.maximum(out[some], other, out=out[some])

    _pool_blocks(x, largest, passes=4)
    return out, cache


def equal_forward(x: np.ndarray, pool_param: Mapping[str, int]) -> tuple[np.ndarray, Any]:
    """The largest, and no note of where it was."""
    out, cache = _pooled(x, pool_param)

    def largest(some: slice) -> None:
        first, *others = cache.taps(x[some])
        np.copyto(out[some], first)
        for other in others:
            np.maximum(out[some], other, out=out[some])

    _pool_blocks(x, largest, passes=4)
    return out, (cache, out)


def equal_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """The gradient to the first that equals the largest."""
    cache, out = cache
    x = cache.x
    dx = np.empty(x.shape, x.dtype)

    def hand_back(some: slice) -> None:
        free = np.ones(out[some].shape, bool)
        for tap, dtap in zip(cache.taps(x[some]), cache.taps(dx[some]), strict=True):
            here = (tap == out[some]) & free
            np.multiply(dout[some], here, out=dtap)
            free &= ~here

    _pool_blocks(x, hand_back, passes=4)
    return dx


class _Zeroing:
    """NumPy, whose new arrays are zero."""

    empty = staticmethod(np.zeros)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def pool_back_zeroed(dout: np.ndarray, cache: Any) -> np.ndarray:
    """As if windows left gaps."""
    with patch.object(pooling, "np", _Zeroing()):
        return _pool_back(dout, cache)


def relu_first(x, w, b, conv_param, pool_param) -> tuple[np.ndarray, Any]:
    """ReLU on all of the map, then the pool."""
    out, conv_cache = layers.conv_relu_forward(x, w, b, conv_param)
    pooled, pool_cache = layers.max_pool_forward_fast(out, pool_param)
    return pooled, (conv_cache, pool_cache)


def relu_last_backward(dout: np.ndarray, cache: Any, *, need_dx: bool) -> Any:
    """Backward pass of `relu_first`."""
    conv_cache, pool_cache = cache
    return layers.conv_relu_backward(
        layers.max_pool_backward_fast(dout, pool_cache), conv_cache, need_dx=need_dx
    )


def adam_as_printed(w: np.ndarray, dw: np.ndarray, config: dict) -> tuple[np.ndarray, dict]:
    """Algorithm 1 of Kingma and Ba, line by line."""
    m, v, t = config.get("m", np.zeros_like(w)), config.get("v", np.zeros_like(w)), config.get("t", 0) + 1
    m = 0.9 * m + 0.1 * dw
    v = 0.999 * v + 0.001 * dw**2
    w = w - 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w, {"m": m, "v": v, "t": t}
