"""How the values of layers are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.plotting.style import colours, entitle, in_course_style


@in_course_style
def activation_histograms(
    activations: Sequence[np.ndarray],
    names: Sequence[str] | None = None,
    *,
    bins: int = 40,
    limits: tuple[float, float] | None = None,
    title: str | None = None,
) -> Figure:
    """Show how the values of each layer are spread, one histogram a layer, on one scale.

    Args:
        activations: one array of any shape for each layer.
        names: of the layers; "layer 1", "layer 2", ... when not given.
        bins: number of bars.
        limits: range of the horizontal axis; from the smallest to the largest value of all layers when not
            given.
        title: title of the figure.

    Returns:
        The figure. Mean and standard deviation stand above each histogram; values outside the limits are left
        out, and so are NaN and inf, whose share is told.

    Raises:
        ValueError: there is no array, or not one name for each.
    """
    layers = [np.asarray(a, dtype=np.float64).ravel() for a in activations]
    if not layers:
        raise ValueError("activation_histograms needs at least one array")
    names = [f"layer {k + 1}" for k in range(len(layers))] if names is None else list(names)
    if len(names) != len(layers):
        raise ValueError(f"activation_histograms got {len(names)} names for {len(layers)} layers")
    limits = limits or _common_limits(layers)
    columns = min(len(layers), 5)
    rows = math.ceil(len(layers) / columns)
    size = (max(2.2 * columns, 4), 2.3 * rows + (0.4 if title else 0))
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, sharex=True)
    for k, axes in enumerate(grid.flat):
        if k < len(layers):
            _draw_histogram(axes, layers[k], names[k], bins, limits)
            axes.set_xlabel("activation" if k + columns >= len(layers) else "")
            axes.tick_params(labelbottom=k + columns >= len(layers))
        else:
            axes.axis("off")
    for axes in grid[:, 0]:
        axes.set_ylabel("share")
    entitle(figure, title)
    return figure


def _common_limits(layers: Sequence[np.ndarray]) -> tuple[float, float]:
    values = np.concatenate([layer[np.isfinite(layer)] for layer in layers])
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _draw_histogram(
    axes: Axes, values: np.ndarray, name: str, bins: int, limits: tuple[float, float]
) -> None:
    finite = values[np.isfinite(values)]
    weights = np.full(finite.size, 1 / max(values.size, 1))
    axes.hist(finite, bins=bins, range=limits, weights=weights, color=colours()[0])
    figures = f"mean {finite.mean():.2g}\nstd {finite.std():.2g}" if finite.size else "nothing finite"
    if finite.size < values.size:
        figures += f"\n{1 - finite.size / values.size:.0%} not finite"
    axes.set_title(f"{name}\n{figures}", fontsize=10)
    axes.grid(axis="x", visible=False)
    axes.set_xlim(limits)
