"""The figures of the course, all in one style (course.mplstyle)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

STYLE = str(Path(__file__).with_name("course.mplstyle"))
# A gradient's sign is told by hue and its size by lightness, with white for zero.
DIVERGING = "RdBu_r"


def use_course_style() -> None:
    """Draw every later figure of this session in the course's style."""
    plt.style.use(STYLE)


def in_course_style(draw: Callable) -> Callable:
    @functools.wraps(draw)
    def styled(*args, **kwargs):
        with plt.style.context(STYLE):
            drawn = draw(*args, **kwargs)
            interactive = matplotlib.is_interactive()
        # A notebook's backend switches interactive drawing on when the first figure loads it, and leaving the context
        # would switch that off again: later figures would not be shown.
        matplotlib.interactive(interactive)
        return drawn

    return styled


@in_course_style
def image_grid(
    images: np.ndarray,
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    scale: str = "auto",
    size: float = 1.1,
    title: str | None = None,
) -> Figure:
    """Show images or weights side by side.

    images: (N, C, H, W) with C 1 or 3, or (N, H, W); uint8, or floats
    titles: one for each image
    columns: images in a row; about a square when not given
    scale: "none" shows floats as they are, 0 black and 1 white; "each" stretches every image to its own range, "shared"
        stretches all by one range (for weights, whose sizes one wants to compare); "auto" means "none" for uint8 and
        for floats within [0, 1], "shared" for other floats
    size: width of one image in inches
    title: title of the figure
    Returns the figure. Raises ValueError when the shape or scale cannot be shown.
    """
    pictures = _as_pictures(images, scale)
    count = len(pictures)
    if titles is not None and len(titles) != count:
        raise ValueError(f"image_grid got {len(titles)} titles for {count} images; pass one for each")
    columns = columns or min(10, math.ceil(math.sqrt(count)))
    rows = math.ceil(count / columns)
    extra = 0.3 if titles is not None else 0.05
    height = pictures[0].shape[0] / pictures[0].shape[1]
    figure = plt.figure(
        figsize=(columns * (size + 0.05), rows * (size * height + extra) + (0.4 if title else 0))
    )
    for k, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.axis("off")
        if k < count:
            axes.imshow(pictures[k], cmap="gray", vmin=0, vmax=1)
            if titles is not None:
                axes.set_title(str(titles[k]), fontsize=10, loc="center", pad=3)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=13)
    return figure


def _as_pictures(images: np.ndarray, scale: str) -> np.ndarray:
    """Floats in [0, 1], (N, H, W) or (N, H, W, 3)."""
    images = np.asarray(images)
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[1] not in (1, 3)) or images.size == 0:
        raise ValueError(
            f"image_grid got shape {images.shape}; it shows (N, 3, H, W), (N, 1, H, W) or (N, H, W). "
            "Put a single image into images[None]."
        )
    if scale not in ("auto", "none", "each", "shared"):
        raise ValueError(f'scale is {scale!r}; it must be "auto", "none", "each" or "shared"')
    pictures = images / 255.0 if images.dtype == np.uint8 else images.astype(np.float64)
    if scale == "auto":
        inside = pictures.min() >= 0 and pictures.max() <= 1
        scale = "none" if inside else "shared"
    if scale != "none":
        axes = tuple(range(1, pictures.ndim)) if scale == "each" else None
        low, high = (f(pictures, axis=axes, keepdims=True) for f in (np.min, np.max))
        pictures = (pictures - low) / np.where(high > low, high - low, 1)
    if pictures.ndim == 4:
        pictures = pictures.transpose(0, 2, 3, 1) if pictures.shape[1] == 3 else pictures[:, 0]
    return np.clip(pictures, 0, 1)


@in_course_style
def training_curves(
    history: Mapping[str, Sequence[float]] | Mapping[str, Mapping[str, Sequence[float]]],
    *,
    smooth: int | None = None,
    title: str | None = None,
) -> Figure:
    """Plot the loss of every step and the accuracies of every epoch, of one run or of several.

    history: one run, a mapping with any of "loss" (a number for each step), "train_accuracy" and "val_accuracy" (a
        number in [0, 1] for each epoch; "_history" may follow each name); or several, a mapping from a run's name to such a mapping
    smooth: number of steps in the moving average of the loss; 2 % of the steps when not given; 1 for none
    title: title of the figure
    Returns the figure: loss on the left, accuracies on the right, either alone where the other was not given.
    Raises ValueError when there is nothing to draw.
    """
    several = bool(history) and all(isinstance(run, Mapping) for run in history.values())
    runs = {name: _series(run) for name, run in (history if several else {"": history}).items()}
    panels = [kind for kind in ("loss", "accuracy") if any(_has(run, kind) for run in runs.values())]
    if not panels:
        raise ValueError('training_curves needs a history with "loss", "train_accuracy" or "val_accuracy"')
    figure, all_axes = plt.subplots(1, len(panels), figsize=(5 * len(panels), 3.6), squeeze=False)
    for axes, kind in zip(all_axes[0], panels, strict=True):
        draw = _draw_loss if kind == "loss" else _draw_accuracy
        for colour, (name, run) in zip(_colours(), runs.items(), strict=False):
            draw(axes, run, name, colour, smooth)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=13)
    return figure


def _series(run: Mapping[str, Sequence[float]]) -> dict[str, np.ndarray]:
    short = {"train_acc": "train_accuracy", "val_acc": "val_accuracy"}
    named = {key.removesuffix("_history"): values for key, values in run.items()}
    return {short.get(key, key): np.asarray(values, dtype=np.float64) for key, values in named.items()}


def _has(run: dict[str, np.ndarray], kind: str) -> bool:
    return any(key.endswith(kind) and values.size for key, values in run.items())


def _colours():
    wheel = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    return wheel * 10


def _draw_loss(axes: Axes, run, name: str, colour: str, smooth: int | None) -> None:
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


def _draw_accuracy(axes: Axes, run, name: str, colour: str, smooth: int | None) -> None:
    axes.set(xlabel="epoch", ylabel="accuracy (%)", title="Accuracy")
    prefix = f"{name}, " if name else ""
    for key, words, dash in (("train_accuracy", "training", "--"), ("val_accuracy", "validation", "-")):
        values = run.get(key)
        if values is not None and values.size:
            epochs = np.arange(1, len(values) + 1)
            marker = "o" if len(values) <= 30 else None
            axes.plot(epochs, 100 * values, dash, color=colour, marker=marker, label=prefix + words)
    axes.xaxis.get_major_locator().set_params(integer=True)


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

    activations: one array of any shape for each layer
    names: of the layers; "layer 1", "layer 2", ... when not given
    bins: number of bars
    limits: range of the horizontal axis; from the smallest to the largest value of all layers when not given
    title: title of the figure
    Returns the figure. Mean and standard deviation stand above each histogram; values outside the limits are left out,
    and so are NaN and inf, whose share is told.
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
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=13)
    return figure


def _common_limits(layers: Sequence[np.ndarray]) -> tuple[float, float]:
    values = np.concatenate([layer[np.isfinite(layer)] for layer in layers])
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _draw_histogram(axes: Axes, values: np.ndarray, name: str, bins: int, limits) -> None:
    finite = values[np.isfinite(values)]
    weights = np.full(finite.size, 1 / max(values.size, 1))
    axes.hist(finite, bins=bins, range=limits, weights=weights, color=_colours()[0])
    figures = f"mean {finite.mean():.2g}\nstd {finite.std():.2g}" if finite.size else "nothing finite"
    if finite.size < values.size:
        figures += f"\n{1 - finite.size / values.size:.0%} not finite"
    axes.set_title(f"{name}\n{figures}", fontsize=10)
    axes.grid(axis="x", visible=False)
    axes.set_xlim(limits)


@in_course_style
def gradient_error_map(
    analytic: np.ndarray, numeric: np.ndarray, name: str = "gradient", *, wrong: np.ndarray | None = None
) -> Figure:
    """Show where a gradient is wrong: the gradient, the numeric gradient and their difference.

    analytic, numeric: arrays of one shape, any number of axes; NaN in numeric means "not checked" and is grey
    name: the gradient's name, e.g. "dw"
    wrong: boolean, same shape: entries to mark with a ring; those that differ by more than 1e-5 of the largest when not given
    Returns the figure. Raises ValueError when the shapes differ.
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
            axis.set_ticks([(k + 0.5) * size - 0.5 for k in range(0, count, every)], range(0, count, every))
            axis.set_tick_params(length=0)
            for k in range(1, count):
                line(k * size - 0.5, color="black", linewidth=0.7)
        return
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.get_major_locator().set_params(integer=True)
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
    axes.set_facecolor("0.8")
    axes.grid(visible=False)
    image = axes.imshow(shown, cmap=DIVERGING, norm=TwoSlopeNorm(0, -limit, limit), aspect="auto")
    axes.set_title(label)
    axes.figure.colorbar(image, ax=axes, shrink=0.9, format="%.2g")


def _mark(axes: Axes, wrong: np.ndarray) -> None:
    rows, columns = np.nonzero(np.nan_to_num(wrong) > 0)
    if 0 < rows.size <= 200 and rows.size < wrong.size:
        axes.scatter(columns, rows, s=60, facecolors="none", edgecolors="black", linewidths=1.2)
