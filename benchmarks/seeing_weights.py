"""Train the ConvNets that notebook 09 looks into, and keep their weights: `python -m benchmarks.seeing_weights [FILE]`.

The network is notebook 4's deep one: three sandwiches {conv, ReLU, 2×2 max pool} of 16, 32 and 32 filters, then an affine
layer; but its first filters are 7×7 and begin small, so that one sees what they have learned. Three are trained, each from
other first weights; the weights are kept as float16.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from course_utils import layers
from course_utils.data import load_pictures
from course_utils.training.rules import sgd_momentum

SEEDS, EPOCHS, BATCH_SIZE, LEARNING_RATE, MOMENTUM, REG = (0, 1, 2), 6, 100, 0.05, 0.9, 5e-4
FILTERS, SIZES = (16, 32, 32), (7, 3, 3)
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
SMALL = 0.2  # of He's scale, at which the first filters begin
Params = dict[str, np.ndarray]


def first_weights(rng: np.random.Generator) -> Params:
    """He's: normal, with variance 2 / fan_in; biases zero."""
    params, channels = {}, 3
    shapes: list[tuple[int, ...]] = []
    for filters, size in zip(FILTERS, SIZES, strict=True):
        shapes.append((filters, channels, size, size))
        channels = filters
    shapes.append((channels * 4 * 4, 10))
    for i, shape in enumerate(shapes, start=1):
        fan_in = int(np.prod(shape[1:])) if len(shape) == 4 else shape[0]
        params[f"W{i}"] = (rng.normal(size=shape) * np.sqrt(2 / fan_in)).astype(np.float32)
        params[f"b{i}"] = np.zeros(shape[0] if len(shape) == 4 else shape[1], np.float32)
    params["W1"] *= np.float32(SMALL)
    return params


def forward(params: Params, X: np.ndarray) -> tuple[np.ndarray, list]:
    """Scores (N, 10) of pictures (N, 3, 32, 32), and what the backward pass needs."""
    caches, last = [], len(FILTERS) + 1
    for i in range(1, last):
        conv = {"stride": 1, "pad": SIZES[i - 1] // 2}
        X, cache = layers.conv_relu_pool_forward(X, params[f"W{i}"], params[f"b{i}"], conv, POOL)
        caches.append(cache)
    caches.append(X)
    return X.reshape(len(X), -1) @ params[f"W{last}"] + params[f"b{last}"], caches


def gradients(params: Params, X: np.ndarray, y: np.ndarray) -> Params:
    """Gradients of the softmax loss with its penalty."""
    scores, caches = forward(params, X)
    dscores = np.exp(scores - scores.max(axis=1, keepdims=True))
    dscores /= dscores.sum(axis=1, keepdims=True)
    dscores[np.arange(len(y)), y] -= 1
    dscores /= len(y)
    last, maps = len(FILTERS) + 1, caches.pop()
    grads = {f"W{last}": maps.reshape(len(X), -1).T @ dscores, f"b{last}": dscores.sum(axis=0)}
    dout = (dscores @ params[f"W{last}"].T).reshape(maps.shape)
    for i in range(last - 1, 0, -1):
        back = layers.conv_relu_pool_backward(dout, caches[i - 1], need_dx=i > 1)
        dout, grads[f"W{i}"], grads[f"b{i}"] = back
    for i in range(1, last + 1):
        grads[f"W{i}"] += REG * params[f"W{i}"]
    return grads


def train(X: np.ndarray, y: np.ndarray, seed: int) -> Params:
    """One network: momentum, a rate that falls to zero, half of the pictures mirrored."""
    rng = np.random.default_rng(seed)
    params = first_weights(rng)
    configs: dict[str, dict] = {name: {"momentum": MOMENTUM} for name in params}
    steps = EPOCHS * (len(X) // BATCH_SIZE)
    for step in range(steps):
        batch = rng.choice(len(X), size=BATCH_SIZE, replace=False)
        images = X[batch]
        mirrored = rng.random(BATCH_SIZE) < 0.5
        images[mirrored] = images[mirrored, :, :, ::-1]
        rate = LEARNING_RATE * min(1, (step + 1) / 30) * (1 - step / steps)
        for name, grad in gradients(params, images, y[batch]).items():
            configs[name]["learning_rate"] = rate
            sgd_momentum(params[name], grad, configs[name])
    return params


def main(path: Path) -> None:
    """Train all, and say what part of the validation pictures each names rightly."""
    data = load_pictures("shapes10")
    mean_image = data.X_train.mean(axis=0)
    X_train, X_val = (np.float32(4) * (X - mean_image) for X in (data.X_train, data.X_val))
    kept = {}
    for seed in SEEDS:
        params = train(X_train, data.y_train, seed)
        kept |= {f"{seed}/{name}": value.astype(np.float16) for name, value in params.items()}
        right = np.mean(forward(params, X_val)[0].argmax(axis=1) == data.y_val)
        print(f"seed {seed}: {right:.1%} of the validation pictures right", flush=True)
    with path.open("wb") as file:
        np.savez_compressed(file, **kept)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("course_utils") / "seeing.npz")
