"""Sizes of what slides over an image, and a sentence for every size that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def output_size(length: int, window: int, stride: int, pad: int, what: str = "window") -> int:
    """Places a window finds along one axis: 1 + (length + 2·pad - window) // stride.

    Pixels left over at the far end, too few for another place, are not looked at.

    Args:
        length: pixels along the axis.
        window: length of the filter or pool along the same axis, in pixels.
        stride: pixels from one place to the next.
        pad: pixels added at each end.
        what: what the window is called in an error, e.g. "filter height".

    Raises:
        ValueError: the window does not fit once.
    """
    if window > length + 2 * pad:
        raise ValueError(
            f"the {what} {window} does not fit into {length + 2 * pad} pixels ({length} + 2·{pad} of padding); "
            f"it must be at most length + 2·pad"
        )
    return 1 + (length + 2 * pad - window) // stride


def checked_conv(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping[str, Any]
) -> tuple[int, int, tuple[int, int]]:
    """(stride, pad, (OH, OW)) of a convolution whose arguments fit together.

    Raises:
        ValueError: they do not; the message has the numbers.
    """
    x_shape, w_shape, b_shape = np.shape(x), np.shape(w), np.shape(b)
    _expect_images(x_shape)
    if len(w_shape) != 4 or 0 in w_shape:
        raise ValueError(f"w has shape {w_shape}; filters must have shape (F, C, HH, WW), none of them 0")
    if w_shape[1] != x_shape[1]:
        raise ValueError(
            f"x has {x_shape[1]} channels and each filter {w_shape[1]} (x {x_shape}, w {w_shape}); they must agree"
        )
    if b_shape != w_shape[:1]:
        raise ValueError(
            f"b has shape {b_shape}; {w_shape[0]} filters need one number each, shape {w_shape[:1]}"
        )
    stride = whole_number(conv_param, "stride", "conv_param", at_least=1)
    pad = whole_number(conv_param, "pad", "conv_param", at_least=0)
    OH = output_size(x_shape[2], w_shape[2], stride, pad, "filter's height")
    OW = output_size(x_shape[3], w_shape[3], stride, pad, "filter's width")
    return stride, pad, (OH, OW)


def checked_pool(x: np.ndarray, pool_param: Mapping[str, Any]) -> tuple[int, int, int, tuple[int, int]]:
    """(pool height, pool width, stride, (OH, OW)) of pooling whose arguments fit together.

    Raises:
        ValueError: they do not; the message has the numbers.
    """
    _expect_images(np.shape(x))
    height, width, stride = (
        whole_number(pool_param, key, "pool_param", at_least=1)
        for key in ("pool_height", "pool_width", "stride")
    )
    H, W = np.shape(x)[2:]
    sizes = (
        output_size(H, height, stride, 0, "pool's height"),
        output_size(W, width, stride, 0, "pool's width"),
    )
    return height, width, stride, sizes


def whole_number(param: Mapping[str, Any], key: str, name: str, at_least: int) -> int:
    """`param[key]` as an int.

    Raises:
        ValueError: the key is missing or its value is no whole number from `at_least` up.
    """
    if key not in param:
        raise ValueError(f"{name} has no key {key!r}; it holds {', '.join(map(repr, param)) or 'nothing'}")
    value = param[key]
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < at_least:
        raise ValueError(f"{name}[{key!r}] is {value!r}; expected a whole number, at least {at_least}")
    return int(value)


def expect_upstream(dout: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless `dout` has the shape of the forward pass's output."""
    if np.shape(dout) != shape:
        raise ValueError(f"dout has shape {np.shape(dout)}; it must have the shape of out, {shape}")


def _expect_images(shape: tuple[int, ...]) -> None:
    if len(shape) != 4 or 0 in shape:
        raise ValueError(f"x has shape {shape}; images must have shape (N, C, H, W), none of them 0")
