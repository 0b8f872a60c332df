"""What well-known mistakes in convolution give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Results, Values

OVERWRITTEN = "what a window wrote is lost where the next one overlaps it: add with +="

# (dout, x, w, **changed) -> what the right layer gives for other arrays, with another stride or pad where it is given.
Gradients = Callable[..., list[Any]]


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
        "only the last channel is left: add up those of all, with +=": out(x[:, -1:], w[:, -1:], b),
        "the bias was added once for each channel: it is added once, after the sum": out(
            x, w, b * w.shape[1]
        ),
        "the mean of each window was taken: it is the sum": unbiased / w[0].size + b[:, None, None],
        "w[0] was taken for all filters: filter f is w[f]": out(x, np.broadcast_to(w[:1], w.shape), b),
        "the first image was taken for all": out(np.broadcast_to(x[:1], x.shape), w, b),
        "negative numbers became 0: the ReLU is a layer of its own": np.maximum(out(x, w, b), 0),
    }


def conv_gradients(
    gradients: Gradients, dout: np.ndarray, x: np.ndarray, w: np.ndarray, conv_param: dict[str, int]
) -> Results:
    """Mistakes of the backward pass.

    Args:
        gradients: (dout, x, w, **changed) -> [dx, dw, db] of the right convolution.
    """
    turned, *_ = gradients(dout, x, w[:, :, ::-1, ::-1])
    dx = {
        "the filters were turned round": turned,
        OVERWRITTEN: _overwritten(dout, x, w, conv_param),
        "only the last share is left at each place: add those of all filters and windows with +=": (
            _overwritten(dout[:, -1:], x, w[-1:], conv_param)
        ),
    }
    dw: dict[str, np.ndarray] = {
        "the first image was taken for all": gradients(dout, np.broadcast_to(x[:1], x.shape), w)[1]
    }
    db = _wrong_sums(dout)
    only_last = "the last window alone counts: add each window's share with +="
    for did, images in ((only_last, slice(-1, None)), (f"in each image {only_last}", slice(None))):
        last = np.zeros_like(dout)
        last[images, :, -1, -1] = dout[images, :, -1, -1]
        _, dw[did], db[did] = gradients(last, x, w)
    if pad := conv_param["pad"]:
        padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        left = gradients(dout, padded, w, pad=0)[0][:, :, : x.shape[2], : x.shape[3]]
        dx["the wrong end of the padding was cut off: dx is [pad : pad + H, pad : pad + W]"] = left
    for did, (of_x, of_w, _) in _wrong_ways(gradients, dout, x, w, conv_param).items():
        dx[did], dw[did] = of_x, of_w
    of_x, of_w, _ = gradients(dout, x, w)
    dx["it is dw; backward returns dx, dw, db"] = of_w
    dw["it is dx; backward returns dx, dw, db"] = of_x
    return {"dx": dx, "dw": dw, "db": db}


def _wrong_sums(dout: np.ndarray) -> dict[str, np.ndarray]:
    """Mistakes in db."""
    right = dout.sum(axis=(0, 2, 3))
    return {
        "dout was summed up to one number: db has one for each filter": dout.sum(),
        "all of a map was added for each of its places: add dout[n, f, i, j] once": right * dout[0, 0].size,
        "each filter got the sum of all of dout: filter f has that of dout[:, f]": np.full(
            right.shape, dout.sum()
        ),
    }


def _wrong_ways(
    gradients: Gradients, dout: np.ndarray, x: np.ndarray, w: np.ndarray, conv_param: dict[str, int]
) -> dict[str, list[Any]]:
    """Mistakes that dx and dw share; arguments as of `conv_gradients`."""
    no_dout = "dout was forgotten: each share is multiplied by the number of dout that it belongs to"
    ways = {no_dout: gradients(np.ones_like(dout), x, w)}
    if conv_param["stride"] > 1:
        did = "the windows lie one pixel apart whatever the stride is: they start at i·stride and j·stride"
        ways[did] = gradients(_by_pixel(dout, x, w, conv_param["pad"]), x, w, stride=1)
    return ways


def _by_pixel(dout: np.ndarray, x: np.ndarray, w: np.ndarray, pad: int) -> np.ndarray:
    """What stands for `dout` where the windows lie one pixel apart."""
    places = [have + 2 * pad - size + 1 for have, size in zip(x.shape[2:], w.shape[2:], strict=True)]
    wide = np.zeros((*dout.shape[:2], *places))
    wide[:, :, : dout.shape[2], : dout.shape[3]] = dout
    return wide


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
