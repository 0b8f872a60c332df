"""The picture of a search."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting import _in_course_style
from course_utils.training.results import Results, Trial


@_in_course_style
def scatter(results: Results, x: str, y: str, title: str | None) -> Figure:
    """See `Results.scatter`."""
    for name in (x, y):
        if not results or any(not _is_positive(trial.settings.get(name)) for trial in results):
            raise ValueError(
                f"not every trial has a positive {name}; name two numbers that were searched, as x and y"
            )
    figure, axes = plt.subplots(figsize=(6.4, 4.4))
    scored = [trial for trial in results if trial.score is not None]
    without = [trial for trial in results if trial.score is None]
    if scored:
        _draw_scored(axes, scored, x, y)
        axes.scatter(
            *_places([results.best], x, y),
            s=190,
            facecolors="none",
            edgecolors="#D55E00",
            linewidths=2,
            label="best",
        )
    if without:
        axes.scatter(*_places(without, x, y), marker="x", c="0.6", s=40, label="no score")
    axes.set(xscale="log", yscale="log", xlabel=x.replace("_", " "), ylabel=y.replace("_", " "))
    best = f", best {results.best.score:.3g}" if scored else ""
    axes.set_title(title or f"{len(results)} runs{best}")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), ncols=3)
    return figure


def _draw_scored(axes: Axes, scored: list[Trial], x: str, y: str) -> None:
    limits = {"vmin": min(trial.score for trial in scored), "vmax": max(trial.score for trial in scored)}
    for status, size, words in (("hopeless", 22, "ended early"), ("finished", 70, None)):
        chosen = [trial for trial in scored if trial.status == status]
        if chosen:
            colours = [trial.score for trial in chosen]
            dots = axes.scatter(*_places(chosen, x, y), c=colours, s=size, label=words, **limits)
    axes.figure.colorbar(dots, ax=axes, label="score")


def _places(trials: list[Trial], x: str, y: str) -> tuple[list[float], list[float]]:
    return [trial.settings[x] for trial in trials], [trial.settings[y] for trial in trials]


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and value > 0
