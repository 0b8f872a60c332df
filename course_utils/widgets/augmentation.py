"""A few pictures, and what the augmentation functions make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from ipywidgets import Dropdown, FloatSlider, IntSlider, Layout
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.widgets.explorer import Explorer

Change = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]

_ALL = "all, one after the other"
_ROWS = 3


def augmentation_viewer(pictures: np.ndarray, changes: Mapping[str, tuple[Change, float]]) -> Explorer:
    """Choose a change and its strength; see each picture as it was and as three draws make it.

    Args:
        pictures: (N, 3, H, W) or (N, 1, H, W), uint8 or floats in 0..1.
        changes: (change, usual strength) by name; change(pictures, rng, strength) -> changed pictures,
            strength in [0, 1].

    Returns:
        The widget. "all" applies every change at its usual strength times that of the slider, doubled.

    Raises:
        ValueError: there is nothing to choose from. What the changes raise is passed on.
    """
    if not changes:
        raise ValueError('augmentation_viewer needs at least one change, e.g. {"flip": (flip, 0.5)}')
    # What is missing or broken should say so here: an error while a slider moves is shown to nobody.
    for name in changes:
        changed(pictures, changes, name, 0.5, np.random.default_rng(0))
    wide = {"layout": Layout(width="310px"), "style": {"description_width": "80px"}}
    controls = {
        "change": Dropdown(options=[*changes, _ALL], value=_ALL, description="change", **wide),
        "strength": FloatSlider(value=0.5, min=0, max=1, step=0.05, description="strength", **wide),
        "draw": IntSlider(value=0, min=0, max=50, description="draw", **wide),
    }

    def draw(figure: Figure, change: str, strength: float, draw: int) -> None:
        rng = np.random.default_rng(draw)
        rows = [pictures, *(changed(pictures, changes, change, strength, rng) for _ in range(_ROWS))]
        for k, axes in enumerate(figure.subplots(len(rows), len(pictures)).flat):
            row, column = divmod(k, len(pictures))
            _show(axes, rows[row][column])
            if column == 0:
                axes.set_title("original" if row == 0 else f"draw {row}", fontsize=10)

    def describe(change: str, strength: float, draw: int) -> str:
        return (
            f"{len(pictures)} pictures, and three random changes of each: {change}, strength {strength:.2f}."
        )

    return Explorer(draw, controls, size=(1.25 * len(pictures) + 0.3, 5.9), describe=describe)


def changed(
    pictures: np.ndarray,
    changes: Mapping[str, tuple[Change, float]],
    name: str,
    strength: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """The pictures after the change of that name, or after all of them."""
    if name != _ALL:
        return changes[name][0](pictures, rng, strength)
    for change, usual in changes.values():
        pictures = change(pictures, rng, min(2 * strength * usual, 1.0))
    return pictures


def _show(axes: Axes, picture: np.ndarray) -> None:
    shown = picture if picture.dtype == np.uint8 else np.clip(picture, 0, 1)
    axes.imshow(shown.transpose(1, 2, 0) if len(shown) == 3 else shown[0], cmap="gray")
    axes.axis("off")
