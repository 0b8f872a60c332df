"""Learning curves: losses of steps, accuracies of epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting.style import colours, entitle, in_course_style, whole_numbers

Run = dict[str, np.ndarray]


@in_course_style
def training_curves(
    history: Mapping[str, Sequence[float]] | Mapping[str, Mapping[str, Sequence[float]]],
    *,
    smooth: int | None = None,
    title: str | None = None,
) -> Figure:
    """Plot the loss of every step and the accuracies of every epoch, of one run or of several.

    Args:
        history: one run, a mapping with any of "loss" (a number for each step), "train_accuracy" and
            "val_accuracy" (a number in [0, 1] for each epoch; "_history" may follow each name); or several, a
            mapping from a run's name to such a mapping.
        smooth: number of steps in the moving average of the loss; 2 % of the steps when not given; 1 for
            none.
        title: title of the figure.

    Returns:
        The figure: loss on the left, accuracies on the right, either alone where the other was not given.

    Raises:
        ValueError: there is nothing to draw.
    """
    runs = _runs(history)
    panels = [kind for kind in ("loss", "accuracy") if any(_has(run, kind) for run in runs.values())]
    if not panels:
        raise ValueError('training_curves needs a history with "loss", "train_accuracy" or "val_accuracy"')
    figure, all_axes = plt.subplots(1, len(panels), figsize=(5 * len(panels), 3.6), squeeze=False)
    for axes, kind in zip(all_axes[0], panels, strict=True):
        draw = _draw_loss if kind == "loss" else _draw_accuracy
        for colour, (name, run) in zip(colours(), runs.items(), strict=False):
            draw(axes, run, name, colour, smooth)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    entitle(figure, title)
    return figure


def _runs(history: Mapping[str, Any]) -> dict[str, Run]:
    """The runs by name; one run alone has none."""
    several = bool(history) and all(isinstance(run, Mapping) for run in history.values())
    return {name: _series(run) for name, run in (history if several else {"": history}).items()}


def _series(run: Mapping[str, Sequence[float]]) -> Run:
    short = {"train_acc": "train_accuracy", "val_acc": "val_accuracy"}
    named = {key.removesuffix("_history"): values for key, values in run.items()}
    return {short.get(key, key): np.asarray(values, dtype=np.float64) for key, values in named.items()}


def _has(run: Run, kind: str) -> bool:
    return any(key.endswith(kind) and values.size for key, values in run.items())


def _draw_loss(axes: Axes, run: Run, name: str, colour: str, smooth: int | None) -> None:
    axes.set(xlabel="step", ylabel="loss", title="Loss")
    loss = run.get("loss")
    if loss is None or not loss.size:
        return
    width = max(1, len(loss) // 50) if smooth is None else smooth
    steps = np.arange(1, len(loss) + 1)
    if width > 1:
        axes.plot(steps, loss, color=colour, alpha=0.25, linewidth=0.8)
        kernel = np.ones(width)
        mean = np.convolve(loss, kernel) / np.convolve(np.ones_like(loss), kernel)
        loss = mean[: len(loss)]
    axes.plot(steps, loss, color=colour, label=name or None)


def _draw_accuracy(axes: Axes, run: Run, name: str, colour: str, smooth: int | None) -> None:
    axes.set(xlabel="epoch", ylabel="accuracy (%)", title="Accuracy")
    prefix = f"{name}, " if name else ""
    for key, words, dash in (("train_accuracy", "training", "--"), ("val_accuracy", "validation", "-")):
        values = run.get(key)
        if values is not None and values.size:
            epochs = np.arange(1, len(values) + 1)
            marker = "o" if len(values) <= 30 else None
            axes.plot(epochs, 100 * values, dash, color=colour, marker=marker, label=prefix + words)
    whole_numbers(axes.xaxis)
