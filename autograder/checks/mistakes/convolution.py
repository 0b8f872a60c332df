"""What well-known mistakes in convolution give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Results, Values

OVERWRITTEN = "what a window wrote is lost where the next one overlaps it: add with +="

# What the right layer gives for other arrays, with the same stride, pad and windows.
Gradients = Callable[[np.ndarray, np.ndarray, np.ndarray], list[Any]]


def conv_outs(
    convolve: Callable[..., np.ndarray],
    x: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    conv_param: dict[str, int],
) -> Values:
    """Mistakes of the forward pass.

    Args:
        convolve: (x, w, b, conv_param) -> out of the right convolution.
    """

    def out(x: np.ndarray, w: np.ndarray, b: np.ndarray, **changed: int) -> np.ndarray:
        return convolve(x, w, b, conv_param | changed)

    unbiased = out(x, w, 0 * b)
    rows, columns = unbiased.shape[2:]
    mistakes = {
        "the bias was subtracted": unbiased - b[:, None, None],
        "the biases of all filters were added to each: filter f has b[f]": unbiased + b.sum(),
        "the bias was added once for each number of a window: it is added once, after the sum": out(
            x, w, b * w[0].size
        ),
    }
    if conv_param["stride"] > 1:
        did = "the windows lie one pixel apart whatever the stride is: they start at i·stride and j·stride"
        by_pixel = out(x, w, b, stride=1)
        mistakes |= {did: by_pixel[:, :, :rows, :columns], "the stride was left out": by_pixel}
    if conv_param["pad"] and all(have >= size for have, size in zip(x.shape[2:], w.shape[2:], strict=True)):
        mistakes["the padding was left out"] = out(x, w, b, pad=0)
    if pad := conv_param["pad"]:
        bordered = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
        mistakes["the padding repeats the border: it is zero"] = out(bordered, w, b, pad=0)
    return mistakes | {
        "the filters were turned round: w[f] is laid on the window as it is": out(x, w[:, :, ::-1, ::-1], b),
        "the bias b[f] was forgotten": out(x, w, 0 * b),
        "only the first channel was looked at": out(x[:, :1], w[:, :1], b),
    }


def conv_gradients(
    gradients: Gradients, dout: np.ndarray, x: np.ndarray, w: np.ndarray, conv_param: dict[str, int]
) -> Results:
    """Mistakes of the backward pass.

    Args:
        gradients: (dout, x, w) -> [dx, dw, db] of the right convolution.
    """
    turned, *_ = gradients(dout, x, w[:, :, ::-1, ::-1])
    dx = {
        "the filters were turned round": turned,
        OVERWRITTEN: _overwritten(dout, x, w, conv_param),
        "only the last share is left at each place: add those of all filters and windows with +=": (
            _overwritten(dout[:, -1:], x, w[-1:], conv_param)
        ),
    }
    dw: dict[str, np.ndarray] = {}
    db = {"dout was summed up to one number: db has one for each filter": dout.sum()}
    only_last = "the last window alone counts: add each window's share with +="
    for did, images in ((only_last, slice(-1, None)), (f"in each image {only_last}", slice(None))):
        last = np.zeros_like(dout)
        last[images, :, -1, -1] = dout[images, :, -1, -1]
        _, dw[did], db[did] = gradients(last, x, w)
    return {"dx": dx, "dw": dw, "db": db}


def _overwritten(dout: np.ndarray, x: np.ndarray, w: np.ndarray, conv_param: dict[str, int]) -> np.ndarray:
    """dx as it comes out when each window overwrites what was there before."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (HH, WW) = x.shape, w.shape[2:]
    dx = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for i, j in np.ndindex(dout.shape[2:]):
        dx[:, :, covered(i, HH, stride), covered(j, WW, stride)] = np.tensordot(dout[:, :, i, j], w, 1)
    return dx[:, :, pad : pad + H, pad : pad + W]


def covered(place: int, size: int, stride: int) -> slice:
    """What the window at a place covers of one axis."""
    return slice(place * stride, place * stride + size)
