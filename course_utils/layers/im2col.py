"""The trick behind fast convolution, written to be read: windows into columns, then one matrix product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.layers.geometry import checked_conv, expect_upstream, output_size


def im2col(x: np.ndarray, HH: int, WW: int, stride: int = 1, pad: int = 0) -> np.ndarray:
    """Write every window of a batch of images as a column.

    Args:
        x: images, shape (N, C, H, W).
        HH: height of a window.
        WW: width of a window.
        stride: pixels from one window to the next.
        pad: zeros added on each side.

    Returns:
        A matrix of shape (C·HH·WW, N·OH·OW), of x's dtype; column (n·OH + r)·OW + c is the window at place (r, c) of
        image n.

    Raises:
        ValueError: the window does not fit.
    """
    N, C, H, W = x.shape
    OH = output_size(H, HH, stride, pad, "window's height")
    OW = output_size(W, WW, stride, pad, "window's width")
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    columns = np.empty((C, HH, WW, N, OH, OW), x.dtype)
    for i in range(HH):
        for j in range(WW):
            # What tap (i, j) sees from all places at once is an image too: a shifted, thinned-out one.
            seen = padded[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
            columns[:, i, j] = seen.transpose(1, 0, 2, 3)
    return columns.reshape(C * HH * WW, N * OH * OW)


def col2im(
    columns: np.ndarray, x_shape: tuple[int, int, int, int], HH: int, WW: int, stride: int = 1, pad: int = 0
) -> np.ndarray:
    """Add every column back to where `im2col` took it from: its transpose, not its inverse.

    Args:
        columns: shape (C·HH·WW, N·OH·OW).
        x_shape: (N, C, H, W).
        HH: see `im2col`.
        WW: see `im2col`.
        stride: see `im2col`.
        pad: see `im2col`.

    Returns:
        An array of shape x_shape; a pixel that k windows saw is the sum of k entries.
    """
    N, C, H, W = x_shape
    OH = output_size(H, HH, stride, pad, "window's height")
    OW = output_size(W, WW, stride, pad, "window's width")
    columns = columns.reshape(C, HH, WW, N, OH, OW)
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), columns.dtype)
    for i in range(HH):
        for j in range(WW):
            seen = padded[:, :, i : i + stride * OH : stride, j : j + stride * OW : stride]
            seen += columns[:, i, j].transpose(1, 0, 2, 3)
    return padded[:, :, pad : pad + H, pad : pad + W]


def conv_forward_im2col(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping[str, int]
) -> tuple[np.ndarray, Any]:
    """`conv_forward_fast`, by the readable road."""
    stride, pad, (OH, OW) = checked_conv(x, w, b, conv_param)
    F, _, HH, WW = w.shape
    columns = im2col(x, HH, WW, stride, pad)
    out = w.reshape(F, -1) @ columns + b[:, None]
    return out.reshape(F, len(x), OH, OW).transpose(1, 0, 2, 3), (x.shape, w, stride, pad, (OH, OW), columns)


def conv_backward_im2col(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`conv_backward_fast`, by the readable road: the two gradients of a matrix product."""
    x_shape, w, stride, pad, places, columns = cache
    F, _, HH, WW = w.shape
    expect_upstream(dout, (x_shape[0], F, *places))
    dout = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dw = (dout @ columns.T).reshape(w.shape)
    dx = col2im(w.reshape(F, -1).T @ dout, x_shape, HH, WW, stride, pad)
    return dx, dw, dout.sum(axis=1)
