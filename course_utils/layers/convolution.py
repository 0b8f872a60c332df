"""Convolution in plain NumPy, about as fast as a compiled one.

Windows become the columns of a matrix a few images at a time (see `columns`), so that one matrix product does the work
and the matrix never leaves the processor's cache. The backward pass makes the columns again instead of keeping them:
cheaper than fetching nine copies of the input from memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.layers.columns import Folder, Unfolder, Windows
from course_utils.layers.geometry import checked_conv, expect_upstream
from course_utils.layers.parallel import PARTS, Do, for_each_part
from course_utils.layers.workspace import workspace, zeros

# A product of at most so many multiplications OpenBLAS makes without rearranging its matrices first, which takes as long
# as the product itself when they have few rows.
SMALL_PRODUCT = 1_000_000


@dataclass(frozen=True)
class _Cache:
    x: np.ndarray
    w: np.ndarray
    stride: int
    pad: int
    places: tuple[int, int]
    dtype: np.dtype


def conv_forward_fast(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping[str, int]
) -> tuple[np.ndarray, Any]:
    """Slide F filters over a batch of images.

    Args:
        x: images, shape (N, C, H, W).
        w: filters, shape (F, C, HH, WW).
        b: biases, shape (F,).
        conv_param: "stride", pixels from one window to the next; "pad", zeros added on each side.

    Returns:
        (out, cache): out has shape (N, F, OH, OW), OH = 1 + (H + 2·pad - HH) // stride and OW alike, and the
        highest precision among x, w and b, at least float32.

    Raises:
        ValueError: sizes do not fit together.
    """
    stride, pad, places = checked_conv(x, w, b, conv_param)
    dtype = np.result_type(x, w, b, np.float32)
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    windows = Windows(C, (H, W), (HH, WW), stride, (pad, pad), places)
    out = np.empty((N, F, *places), dtype)
    filters, biases = np.ascontiguousarray(w.reshape(F, -1), dtype), np.asarray(b, dtype)[:, np.newaxis]

    def make(most: int) -> Do:
        n, rows = windows.block(most, dtype.itemsize, F)
        unfolder = Unfolder(windows, n, rows, dtype)
        product = workspace("product", (F * n * rows * windows.pitch,), dtype)

        def do(_part: int, images: range) -> None:
            for some in _blocks(images, n):
                unfolder.load(x[some])
                count = some.stop - some.start
                for band in _bands(places[0], rows):
                    columns = unfolder.columns(count, band)
                    result = product[: F * columns.shape[1]].reshape(F, -1)
                    _multiply(filters, columns, count, out=result)
                    result += biases
                    wide = result.reshape(F, count, len(band), windows.pitch)[..., : places[1]]
                    out[some, :, band.start : band.stop] = wide.transpose(1, 0, 2, 3)

        return do

    for_each_part(N, N * F * windows.taps * places[0] * places[1], make)
    return out, _Cache(x, w, stride, pad, places, dtype)


def conv_backward_fast(
    dout: np.ndarray, cache: Any, *, need_dx: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Backward pass of `conv_forward_fast`.

    Args:
        dout: upstream gradient, shape (N, F, OH, OW).
        cache: what conv_forward_fast returned as its second result.
        need_dx: False in a network's first layer, where nobody asks for the gradient of the pictures; dx is
            then None.

    Returns:
        (dx, dw, db) with the shapes of x, w and b.

    Raises:
        ValueError: dout has another shape.
    """
    x, w = cache.x, cache.w
    F, C, HH, WW = w.shape
    expect_upstream(dout, (len(x), F, *cache.places))
    # One set of columns can serve both gradients if it is the gradient's instead of the image's: F·HH·WW rows in
    # place of C·HH·WW, but none to be added up again. With a stride the gradient would have to be spread out first.
    if need_dx and cache.stride == 1 and F <= 2 * C and cache.pad < min(HH, WW):
        return _backward_from_dout(dout, cache)
    return _backward_from_x(dout, cache, need_dx)


def _backward_from_x(
    dout: np.ndarray, cache: _Cache, need_dx: bool
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Compute dw from dout and the columns of x; dx by adding up what each column should receive."""
    x, w, places, dtype = cache.x, cache.w, cache.places, cache.dtype
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    windows = Windows(C, (H, W), (HH, WW), cache.stride, (cache.pad, cache.pad), places)
    dx = np.zeros(x.shape, dtype) if need_dx else None
    dw, db = np.zeros((min(PARTS, N), windows.taps, F), dtype), np.zeros((min(PARTS, N), F), dtype)
    filters = np.ascontiguousarray(w.reshape(F, -1).T, dtype)

    def make(most: int) -> Do:
        n, rows = windows.block(most, dtype.itemsize, F)
        unfolder = Unfolder(windows, n, rows, dtype)
        gradients = None if dx is None else Folder(windows, n, dtype)
        # Zero in the columns where a window wraps round the edge, so that those count for nothing.
        wide = zeros("wide", (F, n, places[0], windows.pitch), dtype)
        step = workspace("step", (windows.taps, F), dtype)

        def do(part: int, images: range) -> None:
            db[part] = dout[images.start : images.stop].sum(axis=(0, 2, 3), dtype=dtype)
            for some in _blocks(images, n):
                count = some.stop - some.start
                unfolder.load(x[some])
                wide[:, :count, :, : places[1]] = dout[some].transpose(1, 0, 2, 3)
                if gradients is not None:
                    gradients.clear()
                for band in _bands(places[0], rows):
                    upstream = wide[:, :count, band.start : band.stop].reshape(F, -1)
                    columns = unfolder.columns(count, band)
                    _multiply_transposed(columns, upstream, count, out=step)
                    dw[part] += step
                    if gradients is not None:
                        # What the columns held is done with, and their memory is in the cache.
                        _multiply(filters, upstream, count, out=columns)
                        gradients.add_columns(columns, count, band)
                if gradients is not None and dx is not None:
                    gradients.store(dx[some])

        return do

    for_each_part(N, 2 * N * F * windows.taps * places[0] * places[1], make)
    return dx, dw.sum(axis=0).T.reshape(w.shape), db.sum(axis=0)


def _backward_from_dout(dout: np.ndarray, cache: _Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All from the columns of dout (stride 1): dx is a convolution of dout with the filters turned round."""
    x, w, dtype = cache.x, cache.w, cache.dtype
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    pads = (HH - 1 - cache.pad, WW - 1 - cache.pad)
    windows = Windows(F, cache.places, (HH, WW), 1, pads, (H, W))
    dx = np.empty(x.shape, dtype)
    dw, db = np.zeros((min(PARTS, N), windows.taps, C), dtype), np.zeros((min(PARTS, N), F), dtype)
    turned = np.ascontiguousarray(w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3).reshape(C, -1), dtype)

    def make(most: int) -> Do:
        n, rows = windows.block(most, dtype.itemsize, C)
        unfolder = Unfolder(windows, n, rows, dtype)
        wide = zeros("wide", (C, n, H, windows.pitch), dtype)
        step = workspace("step", (windows.taps, C), dtype)
        product = workspace("product", (C * n * rows * windows.pitch,), dtype)

        def do(part: int, images: range) -> None:
            db[part] = dout[images.start : images.stop].sum(axis=(0, 2, 3), dtype=dtype)
            for some in _blocks(images, n):
                count = some.stop - some.start
                unfolder.load(dout[some])
                wide[:, :count, :, :W] = x[some].transpose(1, 0, 2, 3)
                for band in _bands(H, rows):
                    columns = unfolder.columns(count, band)
                    seen = wide[:, :count, band.start : band.stop].reshape(C, -1)
                    _multiply_transposed(columns, seen, count, out=step)
                    dw[part] += step
                    result = product[: C * columns.shape[1]].reshape(C, -1)
                    _multiply(turned, columns, count, out=result)
                    narrow = result.reshape(C, count, len(band), windows.pitch)[..., :W]
                    dx[some, :, band.start : band.stop] = narrow.transpose(1, 0, 2, 3)

        return do

    for_each_part(N, 2 * N * C * windows.taps * H * W, make)
    dw = dw.sum(axis=0).reshape(F, HH, WW, C)[:, ::-1, ::-1].transpose(0, 3, 1, 2)
    return dx, dw.copy(), db.sum(axis=0)


def _multiply(weights: np.ndarray, columns: np.ndarray, n: int, out: np.ndarray) -> None:
    """Compute weights · columns, where the columns belong to n images."""
    if _small(weights, columns, n):
        np.matmul(weights, _by_image(columns, n), out=_by_image(out, n))
    else:
        np.matmul(weights, columns, out=out)


def _multiply_transposed(columns: np.ndarray, others: np.ndarray, n: int, out: np.ndarray) -> None:
    """Compute columns · othersᵀ; this way round, and not others · columnsᵀ, the matrix library has less to rearrange."""
    if _small(others, columns, n):
        np.matmul(_by_image(columns, n), _by_image(others, n).transpose(0, 2, 1)).sum(axis=0, out=out)
    else:
        np.matmul(columns, others.T, out=out)


def _small(other: np.ndarray, columns: np.ndarray, n: int) -> bool:
    """Whether to multiply image by image."""
    return len(other) * columns.size <= SMALL_PRODUCT * n


def _by_image(matrix: np.ndarray, n: int) -> np.ndarray:
    """View (n, rows, columns of one image)."""
    return matrix.reshape(len(matrix), n, -1).transpose(1, 0, 2)


def _blocks(images: range, n: int) -> list[slice]:
    """Slices of at most n images."""
    return [slice(start, min(start + n, images.stop)) for start in range(images.start, images.stop, n)]


def _bands(height: int, rows: int) -> list[range]:
    """Ranges of at most `rows` rows of places."""
    return [range(top, min(top + rows, height)) for top in range(0, height, rows)]
