"""A square over a picture, moved about: what a network still says, and what it would say elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from ipywidgets import IntSlider, Layout
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_utils.plotting.style import ink, tint
from course_utils.widgets.explorer import Explorer

_STRIDE = 2
_MARK = "C1"


def occlusion_explorer(
    scores: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    shown: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    *,
    picture: int = 0,
    size: int = 8,
) -> Explorer:
    """Cover a square of a picture; choose the picture, the square and its place.

    Args:
        scores: scores(X), shape (N, number of classes), of pictures X as the network takes them.
        images: pictures as the network takes them, shape (N, C, H, W); a covered pixel is 0.
        shown: the same pictures as one sees them, from 0 to 1.
        labels: the class of each, integers of shape (N,).
        class_names: of all classes.
        picture: where its slider starts.
        size: of the square, in pixels, where its slider starts.

    Returns:
        The widget: the picture with its square, which starts where it does most harm; the probabilities of all classes; and
        the right class's for every second place of the square.

    Raises:
        ValueError: the pictures are not (N, C, H, W), or there are not as many shown or labels.
    """
    images, shown, labels = np.asarray(images), np.asarray(shown), np.asarray(labels)
    _expect_together(images, shown, labels)
    asked = _Asked(scores, images, labels)

    def draw(figure: Figure, picture: int, size: int, row: int, column: int) -> None:
        square = asked.square(size, row, column)
        panels = figure.subplots(1, 3, width_ratios=(1, 1.05, 1.15))
        _draw_picture(panels[0], shown[picture], *square)
        _draw_bars(panels[1], asked.covered(picture, *square), int(labels[picture]), class_names)
        name = class_names[labels[picture]]
        _draw_harm(panels[2], asked.harm(picture, size), shown.shape[2:], *square, name)

    def describe(picture: int, size: int, row: int, column: int) -> str:
        square, label = asked.square(size, row, column), int(labels[picture])
        p, harm = asked.covered(picture, *square), asked.harm(picture, size)
        said = _told(p, harm, label, class_names)
        return f"Picture {picture} with a square of {size}×{size} pixels covered from row {square[1]}, column {square[2]}: {said}"

    harm = asked.harm(picture, size)
    row, column = divmod(int(harm.argmin()), harm.shape[1])
    controls = _controls(images, picture, size, _STRIDE * row, _STRIDE * column)
    return Explorer(draw, controls, size=(11.2, 3.9), describe=describe)


def _expect_together(images: np.ndarray, shown: np.ndarray, labels: np.ndarray) -> None:
    if images.ndim != 4 or images.shape != shown.shape or labels.shape != images.shape[:1]:
        raise ValueError(
            f"images {images.shape} and shown {shown.shape} should have one shape (N, C, H, W), and labels, "
            f"{labels.shape}, the shape (N,)"
        )


def _told(p: np.ndarray, harm: np.ndarray, label: int, class_names: Sequence[str]) -> str:
    """What the bars and the map say."""
    name, likeliest = class_names[label], class_names[int(p.argmax())]
    return (
        f"{name}, which is right, has probability {p[label]:.2f}, the likeliest is {likeliest} with {p.max():.2f}. "
        f"Over all places of the square {name} goes from {harm.min():.2f} to {harm.max():.2f}."
    )


class _Asked:
    """What a network says of covered pictures; a map is computed once."""

    def __init__(
        self, scores: Callable[[np.ndarray], np.ndarray], images: np.ndarray, labels: np.ndarray
    ) -> None:
        self._scores, self._images, self._labels = scores, images, labels
        self._maps: dict[tuple[int, int], np.ndarray] = {}

    def square(self, size: int, row: int, column: int) -> tuple[int, int, int]:
        """Size and place, moved back where the square would stand out of the picture."""
        height, width = self._images.shape[2:]
        return size, min(row, height - size), min(column, width - size)

    def covered(self, picture: int, size: int, row: int, column: int) -> np.ndarray:
        """The probabilities of all classes, with one square covered."""
        return self._probabilities(cover(self._images[picture], size, row, column)[None])[0]

    def harm(self, picture: int, size: int) -> np.ndarray:
        """The probability of the right class for each place of the square."""
        if (picture, size) not in self._maps:
            rows, columns = (range(0, n - size + 1, _STRIDE) for n in self._images.shape[2:])
            pictures = [cover(self._images[picture], size, i, j) for i in rows for j in columns]
            right = self._probabilities(np.stack(pictures))[:, self._labels[picture]]
            self._maps[picture, size] = right.reshape(len(rows), len(columns))
        return self._maps[picture, size]

    def _probabilities(self, X: np.ndarray) -> np.ndarray:
        found = self._scores(X).astype(np.float64)
        p = np.exp(found - found.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)


def cover(image: np.ndarray, size: int, row: int, column: int) -> np.ndarray:
    """A copy of a picture (C, H, W) with a square of zeros."""
    covered = image.copy()
    covered[:, row : row + size, column : column + size] = 0
    return covered


def _controls(images: np.ndarray, picture: int, size: int, row: int, column: int) -> dict[str, Any]:
    wide = {"layout": Layout(width="300px"), "style": {"description_width": "90px"}}
    height, width = images.shape[2:]
    largest = max(size, min(height, width) // 2)
    square = IntSlider(value=size, min=1, max=largest, description="square", **wide)
    rows = IntSlider(value=row, max=height - size, description="row", **wide)
    columns = IntSlider(value=column, max=width - size, description="column", **wide)

    def fit(change: dict[str, Any]) -> None:
        """Let the square go as far as it stays inside."""
        rows.max, columns.max = height - change["new"], width - change["new"]

    square.observe(fit, names="value")
    pictures = IntSlider(value=picture, max=len(images) - 1, description="picture", **wide)
    return {"picture": pictures, "size": square, "row": rows, "column": columns}


def _draw_picture(axes: Axes, image: np.ndarray, size: int, row: int, column: int) -> None:
    pixels = image.transpose(1, 2, 0) if len(image) == 3 else image[0]
    axes.imshow(np.clip(pixels, 0, 1), cmap="gray", vmin=0, vmax=1)
    corner = column - 0.5, row - 0.5
    axes.add_patch(Rectangle(corner, size, size, facecolor="0.5", edgecolor=_MARK, linewidth=2.5))
    axes.set_title(f"{size}×{size} pixels covered", fontsize=11)
    _bare(axes)


def _draw_bars(axes: Axes, p: np.ndarray, label: int, class_names: Sequence[str]) -> None:
    places = np.arange(len(p))
    axes.barh(places, p, color=[_MARK if k == label else tint(0.35) for k in places])
    for k in np.flatnonzero(p > 0.01):
        axes.text(p[k] + 0.02, float(k), f"{p[k]:.2f}", va="center", fontsize=9, color=ink())
    axes.set(xlim=(0, 1.2), ylim=(len(p) - 0.5, -0.5), xticks=[0, 0.5, 1])
    axes.set_yticks(places, class_names, fontsize=9)
    axes.grid(visible=False)
    axes.set_title("What the network says", fontsize=11)


def _draw_harm(
    axes: Axes, harm: np.ndarray, shape: tuple[int, ...], size: int, row: int, column: int, name: str
) -> None:
    # Each number stands at the middle of its square.
    low, half = (size - 1) / 2, _STRIDE / 2
    height, width = (_STRIDE * (n - 1) for n in harm.shape)
    extent = (low - half, low + width + half, low + height + half, low - half)
    drawn = axes.imshow(harm, vmin=0, vmax=1, extent=extent)
    axes.plot(column + low, row + low, "s", color=_MARK, markersize=9, markeredgecolor="white")
    axes.set(xlim=(-0.5, shape[1] - 0.5), ylim=(shape[0] - 0.5, -0.5))
    axes.figure.colorbar(drawn, ax=axes, fraction=0.046, pad=0.03)
    axes.set_title(f"p({name}), by the middle of the square", fontsize=11)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
