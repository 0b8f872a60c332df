"""What well-known mistakes in convolution and pooling give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Results, Values

_OVERWRITTEN = "what a window wrote is lost where the next one overlaps it: add with +="

# What the right layer gives for other arrays, with the same stride, pad and windows.
Out = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
Gradients = Callable[[np.ndarray, np.ndarray, np.ndarray], list[Any]]
Gradient = Callable[[np.ndarray], np.ndarray]


def conv_outs(out: Out, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Values:
    """Mistakes of the forward pass.

    Args:
        out: (x, w, b) -> out of the right convolution.
    """
    return {
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
        _OVERWRITTEN: _overwritten(dout, x, w, conv_param),
        "only the last share is left at each place: add those of all filters and windows with +=": (
            _overwritten(dout[:, -1:], x, w[-1:], conv_param)
        ),
    }
    dw, db = {}, {}
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
        dx[:, :, _covered(i, HH, stride), _covered(j, WW, stride)] = np.tensordot(dout[:, :, i, j], w, 1)
    return dx[:, :, pad : pad + H, pad : pad + W]


def _covered(place: int, size: int, stride: int) -> slice:
    """What the window at a place covers of one axis."""
    return slice(place * stride, place * stride + size)


def avg_pool_gradient(
    gradient: Gradient, dout: np.ndarray, x: np.ndarray, pool_param: dict[str, int]
) -> Values:
    """Mistakes in dx of a pooling layer, whatever it takes of a window.

    Args:
        gradient: dout -> dx of the right layer.
    """
    by_windows, everywhere = np.zeros((2, *x.shape))
    for (i, j), window, share in _windows(gradient, dout, pool_param):
        by_windows[window] = share[window]
        everywhere[window] += dout[:, :, i, j, None, None]
    return {
        _OVERWRITTEN: by_windows,
        "each place of a window got the whole gradient of its output": everywhere,
    }


def max_pool_gradient(
    gradient: Gradient, dout: np.ndarray, x: np.ndarray, pool_param: dict[str, int]
) -> Values:
    """The same of max pooling, which writes to one place of each window."""
    by_places = np.zeros(x.shape)
    for _, _, share in _windows(gradient, dout, pool_param):
        by_places[share != 0] = share[share != 0]
    return {
        **avg_pool_gradient(gradient, dout, x, pool_param),
        "what a window wrote is lost where another one writes to the same place: add with +=": by_places,
    }


def _windows(
    gradient: Gradient, dout: np.ndarray, pool_param: dict[str, int]
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...], np.ndarray]]:
    """The place of each window in out, what it covers of x, and what it alone gives as dx."""
    height, width, stride = (pool_param[key] for key in ("pool_height", "pool_width", "stride"))
    for i, j in np.ndindex(dout.shape[2:]):
        one = np.zeros_like(dout)
        one[:, :, i, j] = dout[:, :, i, j]
        yield (i, j), np.s_[:, :, _covered(i, height, stride), _covered(j, width, stride)], gradient(one)
