"""Layers that are so often used together that they have a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.layers.convolution import conv_backward_fast, conv_forward_fast
from course_utils.layers.pooling import max_pool_backward_fast, max_pool_forward_fast


def conv_relu_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping[str, int]
) -> tuple[np.ndarray, Any]:
    """Convolution, then ReLU; arguments and shapes as in `conv_forward_fast`."""
    out, cache = conv_forward_fast(x, w, b, conv_param)
    np.maximum(out, 0, out=out)
    return out, (cache, out)


def conv_relu_backward(
    dout: np.ndarray, cache: Any, *, need_dx: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Backward pass of `conv_relu_forward`: (dx, dw, db); need_dx as in `conv_backward_fast`."""
    conv_cache, out = cache
    return conv_backward_fast(dout * (out > 0), conv_cache, need_dx=need_dx)


def conv_relu_pool_forward(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, conv_param: Mapping[str, int], pool_param: Mapping[str, int]
) -> tuple[np.ndarray, Any]:
    """Convolution, ReLU, max pooling; arguments as in `conv_forward_fast` and `max_pool_forward_fast`."""
    out, conv_cache = conv_forward_fast(x, w, b, conv_param)
    # The largest of what is left of numbers below 0 is what is left of the largest: pool first, and fewer are left to do.
    out, pool_cache = max_pool_forward_fast(out, pool_param)
    active = out > 0
    return np.maximum(out, 0), (conv_cache, pool_cache, active)


def conv_relu_pool_backward(
    dout: np.ndarray, cache: Any, *, need_dx: bool = True
) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    """Backward pass of `conv_relu_pool_forward`: (dx, dw, db); need_dx as in `conv_backward_fast`."""
    conv_cache, pool_cache, active = cache
    return conv_backward_fast(max_pool_backward_fast(dout * active, pool_cache), conv_cache, need_dx=need_dx)
