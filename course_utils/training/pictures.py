"""The picture of a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting import in_course_style
from course_utils.plotting.style import colours, tint
from course_utils.training.trials import Trial


@in_course_style
def scatter(trials: Sequence[Trial], best: Trial | None, x: str, y: str, title: str | None) -> Figure:
    """See `Results.scatter`; best is the trial with the highest score, None where none has one."""
    for name in (x, y):
        if not trials or any(not _is_positive(trial.settings.get(name)) for trial in trials):
            raise ValueError(
                f"not every trial has a positive {name}; name two numbers that were searched, as x and y"
            )
    figure, axes = plt.subplots(figsize=(6.4, 4.4))
    if best is not None:
        _draw_scored(axes, trials, x, y)
        axes.scatter(
            *_places([best], x, y),
            s=190,
            facecolors="none",
            edgecolors=colours()[1],
            linewidths=2,
            label="best",
        )
    without = [trial for trial in trials if trial.score is None]
    if without:
        axes.scatter(*_places(without, x, y), marker="x", c=tint(0.55), s=40, label="no score")
    axes.set(xscale="log", yscale="log", xlabel=x.replace("_", " "), ylabel=y.replace("_", " "))
    score = "" if best is None else f", best {best.score:.3g}"
    axes.set_title(title or f"{len(trials)} runs{score}")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=3)
    return figure


def _draw_scored(axes: Axes, trials: Sequence[Trial], x: str, y: str) -> None:
    scores = [trial.score for trial in trials if trial.score is not None]
    low, high = min(scores), max(scores)
    for status, size, words in (("hopeless", 22, "ended early"), ("finished", 70, None)):
        chosen = [trial for trial in trials if trial.status == status and trial.score is not None]
        if chosen:
            scored = np.array([trial.score for trial in chosen], dtype=np.float64)
            dots = axes.scatter(*_places(chosen, x, y), c=scored, s=size, label=words, vmin=low, vmax=high)
    axes.figure.colorbar(dots, ax=axes, label="score")


def _places(trials: Sequence[Trial], x: str, y: str) -> tuple[list[float], list[float]]:
    return [trial.settings[x] for trial in trials], [trial.settings[y] for trial in trials]


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0
