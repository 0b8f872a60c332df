"""What well-known mistakes in pooling give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.checks.mistakes.convolution import OVERWRITTEN, covered
from autograder.checks.mistakes.known import Values

Gradient = Callable[[np.ndarray], np.ndarray]

_EVERYWHERE = "each place of a window got the whole gradient of its output"
_IN_CORNER = "a place within its window was taken for a place in the image: add the window's corner, i·stride and j·stride"


def max_pool_outs(x: np.ndarray, pool_param: dict[str, int]) -> Values:
    """Mistakes of max pooling on the way forward."""
    largest = _pooled(np.max, x, pool_param)
    return {
        "the mean of each window came back: it is the largest number": _pooled(np.mean, x, pool_param),
        "the smallest number of each window came back: it is the largest one": _pooled(np.min, x, pool_param),
        "numbers below 0 became 0: a window of negative numbers has a largest one, too": np.maximum(
            largest, 0
        ),
        "the number largest in size came back: signs count": _pooled(_largest_in_size, x, pool_param),
        "the largest number of all channels came back: each channel has its own": np.broadcast_to(
            largest.max(axis=1, keepdims=True), largest.shape
        ),
        **_of_windows(np.max, x, pool_param),
    }


def avg_pool_outs(x: np.ndarray, pool_param: dict[str, int]) -> Values:
    """Mistakes of average pooling on the way forward."""
    total = _pooled(np.sum, x, pool_param)
    size = "divide by pool_height · pool_width"
    return {
        f"the sum of each window came back: {size}": total,
        **{
            f"the sum was divided by {divisor}: {size}": total / n
            for divisor, n in _divisors(pool_param).items()
        },
        "the largest number of each window came back: it is their mean": _pooled(np.max, x, pool_param),
        **_of_windows(np.mean, x, pool_param),
    }


def _divisors(pool_param: dict[str, int]) -> dict[str, int]:
    """What a window's sum is divided by instead of its size; numbers that are equal here are told as one."""
    height, width, stride = _numbers(pool_param)
    names: dict[int, list[str]] = {}
    for name, n in (("pool_height", height), ("pool_width", width), ("the stride", stride)):
        names.setdefault(n, []).append(name)
    squares = {f"the square of {' or '.join(named)}": n**2 for n, named in names.items()}
    found = squares | {"pool_height + pool_width": height + width}
    return {name: n for name, n in found.items() if n != height * width}


def _of_windows(reduce: Callable[..., Any], x: np.ndarray, pool_param: dict[str, int]) -> Values:
    """Windows that lie elsewhere or have another form, where they still fit into the images."""
    height, width, stride = _numbers(pool_param)
    rows, columns = ((size - n) // stride + 1 for size, n in zip(x.shape[2:], (height, width), strict=True))
    start = "a window starts at i·stride and j·stride"
    others = {
        f"the windows lie one pixel apart whatever the stride is: {start}": ((height, width), (1, 1)),
        f"the windows lie side by side whatever the stride is: {start}": ((height, width), (height, width)),
        "pool_height and pool_width were swapped": ((width, height), (stride, stride)),
        "pool_height was taken for pool_width, too": ((height, height), (stride, stride)),
        "pool_width was taken for pool_height, too": ((width, width), (stride, stride)),
        "the stride was taken for pool_width": ((height, stride), (stride, stride)),
        "the stride was taken for pool_height": ((stride, width), (stride, stride)),
        "the stride was taken for pool_height and pool_width": ((stride, stride), (stride, stride)),
    }
    found = {}
    for did, ((h, w), (down, right)) in others.items():
        if (rows - 1) * down + h <= x.shape[2] and (columns - 1) * right + w <= x.shape[3]:
            windows = np.lib.stride_tricks.sliding_window_view(x, (h, w), axis=(2, 3))
            found[did] = reduce(windows[:, :, ::down, ::right][:, :, :rows, :columns], axis=(4, 5))
    usual = _pooled(reduce, x, pool_param)
    fewer_rows, fewer_columns = ((x.shape[2] - width) // stride + 1, (x.shape[3] - height) // stride + 1)
    found["OH was computed with pool_width: it is 1 + (H - pool_height) // stride"] = usual[:, :, :fewer_rows]
    found["OW was computed with pool_height: it is 1 + (W - pool_width) // stride"] = usual[
        ..., :fewer_columns
    ]
    return {did: values for did, values in found.items() if not np.array_equal(values, usual)}


def _pooled(reduce: Callable[..., Any], x: np.ndarray, pool_param: dict[str, int]) -> np.ndarray:
    height, width, stride = _numbers(pool_param)
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))
    return reduce(windows[:, :, ::stride, ::stride], axis=(4, 5))


def _largest_in_size(windows: np.ndarray, axis: tuple[int, int]) -> np.ndarray:
    low, high = windows.min(axis=axis), windows.max(axis=axis)
    return np.where(-low > high, low, high)


def _numbers(pool_param: dict[str, int]) -> tuple[int, int, int]:
    return pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]


def avg_pool_gradient(
    gradient: Gradient, dout: np.ndarray, x: np.ndarray, pool_param: dict[str, int]
) -> Values:
    """Mistakes in dx of average pooling.

    Args:
        gradient: dout -> dx of the right layer.
    """
    total = gradient(dout) * pool_param["pool_height"] * pool_param["pool_width"]
    divided = {
        f"dout was divided by {divisor}: divide by pool_height · pool_width": total / n
        for divisor, n in _divisors(pool_param).items()
    }
    return divided | _any_gradient(gradient, dout, x, pool_param)


def _any_gradient(
    gradient: Gradient, dout: np.ndarray, x: np.ndarray, pool_param: dict[str, int]
) -> dict[str, np.ndarray]:
    """Mistakes in dx of a pooling layer, whatever it takes of a window."""
    by_windows, everywhere, in_corner = np.zeros((3, *x.shape))
    height, width, _ = _numbers(pool_param)
    for (i, j), window, share in _windows(gradient, dout, pool_param):
        by_windows[window] = share[window]
        everywhere[window] += dout[:, :, i, j, None, None]
        in_corner[:, :, :height, :width] += share[window]
    return {
        OVERWRITTEN: by_windows,
        _EVERYWHERE: everywhere,
        _IN_CORNER: in_corner,
    }


def max_pool_gradient(
    gradient: Gradient, dout: np.ndarray, x: np.ndarray, pool_param: dict[str, int]
) -> Values:
    """The same of max pooling, which writes to one place of each window."""
    by_places, size = np.zeros(x.shape), pool_param["pool_height"] * pool_param["pool_width"]
    for _, _, share in _windows(gradient, dout, pool_param):
        by_places[share != 0] = share[share != 0]
    return {
        **(others := _any_gradient(gradient, dout, x, pool_param)),
        "each place of a window got an equal share: the largest number's place gets all of it": others[
            _EVERYWHERE
        ]
        / size,
        "dout was forgotten: the largest number's place gets it": gradient(np.ones_like(dout)),
        "x is a factor too many: the largest number's place gets dout": gradient(dout) * x,
        "what a window wrote is lost where another one writes to the same place: add with +=": by_places,
    }


def _windows(
    gradient: Gradient, dout: np.ndarray, pool_param: dict[str, int]
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...], np.ndarray]]:
    """The place of each window in out, what it covers of x, and what it alone gives as dx."""
    height, width, stride = _numbers(pool_param)
    for i, j in np.ndindex(dout.shape[2:]):
        one = np.zeros_like(dout)
        one[:, :, i, j] = dout[:, :, i, j]
        yield (i, j), np.s_[:, :, covered(i, height, stride), covered(j, width, stride)], gradient(one)
