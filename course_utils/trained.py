"""Networks that were trained once, for notebooks that look into them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np


def shapes10_weights() -> list[dict[str, np.ndarray]]:
    """Weights of three ConvNets trained alike on shapes10, from different first weights.

    Returns:
        By network a dict of float32 arrays: filters W1 (16, 3, 7, 7), W2 (32, 16, 3, 3), W3 (32, 32, 3, 3), each followed
        by ReLU and 2×2 max pooling, W4 (512, 10) of the scores, and biases b1 to b4. Pictures are expected as
        4·(x - mean of the training pictures), x in 0..1. `python -m benchmarks.seeing_weights` trains them anew.
    """
    with files("course_utils").joinpath("seeing.npz").open("rb") as file, np.load(file) as kept:
        by_network: dict[str, dict[str, np.ndarray]] = {}
        for key in kept.files:
            seed, name = key.split("/")
            by_network.setdefault(seed, {})[name] = kept[key].astype(np.float32)
    return [by_network[seed] for seed in sorted(by_network)]


def own_weights(*paths: str | Path) -> dict[str, np.ndarray] | None:
    """Weights that a learner kept with `np.savez`.

    Args:
        paths: where the file may lie; the first that is there is read.

    Returns:
        The arrays by name, as float32, or None where there is no such file.

    Raises:
        ValueError: the file holds no W1 with 4 axes: no ConvNet was kept in it.
    """
    path = next((Path(path) for path in paths if Path(path).is_file()), None)
    if path is None:
        return None
    with np.load(path) as kept:
        weights = {name: kept[name].astype(np.float32) for name in kept.files}
    if "W1" not in weights or weights["W1"].ndim != 4:
        raise ValueError(
            f"{path} holds {', '.join(weights)}; expected W1, b1, ... of a ConvNet, W1 with 4 axes"
        )
    return weights
