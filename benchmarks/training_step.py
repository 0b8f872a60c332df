"""One training step of a small network, with the course's layers and with PyTorch's, for `benchmarks.layers`.

conv 7x7 with 32 filters - ReLU - 2x2 max pool - affine 500 - ReLU - affine 10, on 50 pictures, with Adam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def _first_params(rng):
    """conv 7x7 with 32 filters - ReLU - 2x2 max pool - affine 500 - ReLU - affine 10."""
    shapes = {"W1": (32, 3, 7, 7), "b1": 32, "W2": (32 * 16 * 16, 500), "b2": 500, "W3": (500, 10), "b3": 10}
    return {
        name: (1e-2 * rng.standard_normal(shape)).astype("float32")
        if name[0] == "W"
        else 0 * rng.random(shape)
        for name, shape in shapes.items()
    }


def _batch(rng):
    return rng.standard_normal((50, 3, 32, 32)).astype("float32"), rng.integers(10, size=50)


def course_step() -> Callable[[], None]:
    """The step with the course's layers."""
    from course_utils.layers import conv_relu_pool_backward, conv_relu_pool_forward
    from course_utils.training.rules import adam

    rng = np.random.default_rng(0)
    params = {name: value.astype("float32") for name, value in _first_params(rng).items()}
    (X, y), configs = _batch(rng), {name: {} for name in params}
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

    def step():
        pooled, cache = conv_relu_pool_forward(
            X, params["W1"], params["b1"], {"stride": 1, "pad": 3}, pool_param
        )
        features = pooled.reshape(50, -1)
        hidden = np.maximum(features @ params["W2"] + params["b2"], 0)
        scores = hidden @ params["W3"] + params["b3"]
        dscores = np.exp(scores - scores.max(axis=1, keepdims=True))
        dscores /= dscores.sum(axis=1, keepdims=True)
        dscores[np.arange(50), y] -= 1
        dscores /= 50
        dhidden = dscores @ params["W3"].T * (hidden > 0)
        dpooled = (dhidden @ params["W2"].T).reshape(pooled.shape)
        _, dW1, db1 = conv_relu_pool_backward(dpooled, cache, need_dx=False)
        grads = {
            "W1": dW1,
            "b1": db1,
            "W2": features.T @ dhidden,
            "b2": dhidden.sum(axis=0),
            "W3": hidden.T @ dscores,
            "b3": dscores.sum(axis=0),
        }
        for name, w in params.items():
            params[name], configs[name] = adam(w, grads[name], configs[name])

    return step


def torch_step(torch: Any) -> Callable[[], None]:
    """The step with PyTorch's layers."""
    rng = np.random.default_rng(0)
    params = {name: torch.from_numpy(v.astype("float32")) for name, v in _first_params(rng).items()}
    X, y = map(torch.from_numpy, _batch(rng))
    for value in params.values():
        value.requires_grad_()
    adam = torch.optim.Adam(params.values())
    functional = torch.nn.functional

    def step():
        adam.zero_grad()
        maps = functional.relu(functional.conv2d(X, params["W1"], params["b1"], 1, 3))
        features = functional.max_pool2d(maps, 2).reshape(50, -1)
        hidden = functional.relu(features @ params["W2"] + params["b2"])
        functional.cross_entropy(hidden @ params["W3"] + params["b3"], y).backward()
        adam.step()

    return step
