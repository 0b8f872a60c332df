"""Learning curves of made-up trainings, each with one thing wrong or nothing, for practice in reading them."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

CONDITIONS = (
    "diverged",
    "bad init",
    "rate too low",
    "rate too high",
    "batch too small",
    "overfitting",
    "underfitting",
    "healthy",
)
Curve = dict[str, np.ndarray]


def example_curves() -> dict[str, list[tuple[Curve, int]]]:
    """Curves of each condition, and the number of classes of each.

    Returns:
        By condition, pairs (history, num_classes). A history holds "loss", one for each step, and "train_accuracy" and
        "val_accuracy", in [0, 1], one for each epoch; float64 arrays. The loss of guessing is log(num_classes).
    """
    with files("course_utils").joinpath("curves.npz").open("rb") as file, np.load(file) as kept:
        cuts = {name: np.cumsum(kept[name])[:-1] for name in ("steps", "epochs")}
        parts = [
            np.split(kept[name].astype(np.float64), cuts[axis])
            for name, axis in (("loss", "steps"), ("train_accuracy", "epochs"), ("val_accuracy", "epochs"))
        ]
        classes = kept["num_classes"].tolist()
    curves = [
        ({"loss": loss, "train_accuracy": train, "val_accuracy": val}, C)
        for loss, train, val, C in zip(*parts, classes, strict=True)
    ]
    each = len(curves) // len(CONDITIONS)
    return {condition: curves[i * each : (i + 1) * each] for i, condition in enumerate(CONDITIONS)}
