"""Convolution as a sum over windows that are views: what the student's loops are compared with, at a tenth of their time.

The library's own fast layers cannot serve: while these questions are asked they are forbidden.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# The images with their padding, the filters, the padding and the stride.
Cache = tuple[np.ndarray, np.ndarray, int, int]


def conv_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: dict[str, Any]
) -> tuple[np.ndarray, Cache]:
    """(out, cache) of a convolution of x (N, C, H, W) with w (F, C, HH, WW) and b (F,)."""
    pad, stride = conv_param["pad"], conv_param["stride"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.einsum("ncijhw,fchw->nfij", _windows(padded, w, stride), w, optimize=True)
    return out + b[:, None, None], (padded, w, pad, stride)


def conv_backward(dout: np.ndarray, cache: Cache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(dx, dw, db) for the upstream gradient dout (N, F, OH, OW)."""
    padded, w, pad, stride = cache
    dw = np.einsum("ncijhw,nfij->fchw", _windows(padded, w, stride), dout, optimize=True)
    shares = np.einsum("nfij,fchw->ncijhw", dout, w, optimize=True)
    dx = np.zeros_like(padded)
    OH, OW = dout.shape[2:]
    for h, k in np.ndindex(w.shape[2:]):
        seen = dx[:, :, h : h + stride * OH : stride, k : k + stride * OW : stride]
        seen += shares[..., h, k]
    H, W = padded.shape[2] - 2 * pad, padded.shape[3] - 2 * pad
    return dx[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


def _windows(padded: np.ndarray, w: np.ndarray, stride: int) -> np.ndarray:
    """A view of shape (N, C, OH, OW, HH, WW)."""
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    return windows[:, :, ::stride, ::stride]
