"""Where a gradient is wrong."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from course_utils.plotting.style import DIVERGING, MARK, in_course_style, tint, whole_numbers


@in_course_style
def gradient_error_map(
    analytic: np.ndarray, numeric: np.ndarray, name: str = "gradient", *, wrong: np.ndarray | None = None
) -> Figure:
    """Show where a gradient is wrong: the gradient, the numeric gradient and their difference.

    Args:
        analytic: the gradient, any number of axes.
        numeric: the numeric gradient, of the same shape; NaN means "not checked" and is grey.
        name: the gradient's name, e.g. "dw".
        wrong: boolean, same shape: entries to mark with a ring; those that differ by more than 1e-5 of the
            largest when not given.

    Returns:
        The figure.

    Raises:
        ValueError: the shapes differ, or nothing is in them.
    """
    analytic, numeric = np.asarray(analytic, dtype=np.float64), np.asarray(numeric, dtype=np.float64)
    if analytic.shape != numeric.shape or analytic.size == 0:
        raise ValueError(
            f"gradient_error_map needs two arrays of one shape that is not empty; they have {analytic.shape} and {numeric.shape}"
        )
    error = analytic - numeric
    if wrong is None:
        wrong = np.abs(error) > 1e-5 * _extent(numeric)
    fields = {name: analytic, "numeric gradient": numeric, "difference": error}
    planes = {label: _as_plane(values) for label, values in fields.items()}
    height, width = planes[name].shape
    stacked = width > 3 * height
    shape = (3, 1) if stacked else (1, 3)
    size = (6.4, 1.5 + 3 * max(0.6, 5.2 * height / width)) if stacked else (9.0, 3.2)
    figure, grid = plt.subplots(*shape, figsize=size, sharex=True, sharey=True)
    shared = max(_extent(analytic), _extent(numeric))
    for axes, (label, plane) in zip(grid, planes.items(), strict=True):
        limit = _extent(plane) if label == "difference" else shared
        _draw_plane(axes, plane, label, limit)
    _mark(grid[-1], _as_plane(wrong))
    rows, columns = _axis_labels(analytic.ndim)
    for axes in grid:
        _set_ticks(axes, analytic.shape)
    for axes in grid if stacked else grid[:1]:
        axes.set_ylabel(rows)
    for axes in grid[-1:] if stacked else grid:
        axes.set_xlabel(columns)
    return figure


def _as_plane(values: np.ndarray) -> np.ndarray:
    """Two axes: four as tiles, one tile for each pair of leading indices; others as rows of the first axis."""
    if values.ndim == 4:
        n, c, h, w = values.shape
        return values.transpose(0, 2, 1, 3).reshape(n * h, c * w)
    return values.reshape(1, -1) if values.ndim < 2 else values.reshape(len(values), -1)


def _set_ticks(axes: Axes, shape: tuple[int, ...]) -> None:
    """Number the tiles of four axes and part them by lines; number rows and columns otherwise."""
    if len(shape) == 4:
        for count, size, axis, line in (
            (shape[0], shape[2], axes.yaxis, axes.axhline),
            (shape[1], shape[3], axes.xaxis, axes.axvline),
        ):
            every = max(1, count // 8)
            axis.set_ticks(
                [(k + 0.5) * size - 0.5 for k in range(0, count, every)], map(str, range(0, count, every))
            )
            axis.set_tick_params(length=0)
            for k in range(1, count):
                line(k * size - 0.5, color=MARK, linewidth=0.7)
        return
    whole_numbers(axes.xaxis)
    whole_numbers(axes.yaxis)
    if len(shape) < 2:
        axes.yaxis.set_visible(False)


def _axis_labels(ndim: int) -> tuple[str, str]:
    if ndim == 4:
        return "axis 0 (axis 2 within)", "axis 1 (axis 3 within)"
    if ndim < 2:
        return "", "index"
    return "axis 0", "axis 1" if ndim == 2 else f"axes 1 to {ndim - 1}, flattened"


def _extent(values: np.ndarray) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def _draw_plane(axes: Axes, plane: np.ndarray, label: str, limit: float) -> None:
    shown = np.ma.masked_invalid(plane)
    axes.set_facecolor(tint(0.2))
    axes.grid(visible=False)
    image = axes.imshow(shown, cmap=DIVERGING, norm=TwoSlopeNorm(0, -limit, limit), aspect="auto")
    axes.set_title(label)
    axes.figure.colorbar(image, ax=axes, shrink=0.9, format="%.2g")


def _mark(axes: Axes, wrong: np.ndarray) -> None:
    rows, columns = np.nonzero(np.nan_to_num(wrong) > 0)
    if 0 < rows.size <= 200 and rows.size < wrong.size:
        axes.scatter(columns, rows, s=60, facecolors="none", edgecolors=MARK, linewidths=1.2)
