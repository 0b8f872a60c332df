"""A filter on its way over an image: what it sees, what it makes of it, and the map it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from ipywidgets import Dropdown, IntSlider, Layout
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from course_utils.layers import conv_forward_fast
from course_utils.plotting.style import DIVERGING, MARK, tint
from course_utils.widgets.explorer import Explorer

_WINDOW = "C1"
FILTERS: dict[str, np.ndarray] = {
    "vertical edges": np.array([[-1.0, 0.0, 1.0]] * 3),
    "horizontal edges": np.array([[-1.0, 0.0, 1.0]] * 3).T,
    "blur": np.full((3, 3), 1 / 9),
    "sharpen": np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]),
    "spots": np.array([[-1.0, -1.0, -1.0], [-1.0, 8.0, -1.0], [-1.0, -1.0, -1.0]]) / 8,
}


def filter_explorer(
    image: np.ndarray | None = None,
    filters: Mapping[str, np.ndarray] | None = None,
    *,
    stride: int = 1,
    pad: int = 1,
    place: int = 24,
) -> Explorer:
    """Slide a filter over an image; choose the filter, stride and padding.

    Args:
        image: shape (H, W); a small house when not given.
        filters: arrays of shape (HH, WW) by name; five classics when not given.
        stride: where its slider starts.
        pad: where its slider starts.
        place: where its slider starts; it counts the windows row by row.

    Returns:
        The widget. Windows whose turn has not come yet are blank in the map.

    Raises:
        ValueError: the image or a filter has not two axes, or a filter is larger than the image.
    """
    image = _house() if image is None else np.asarray(image, dtype=np.float64)
    chosen = FILTERS if filters is None else filters
    filters = {name: np.asarray(w, dtype=np.float64) for name, w in chosen.items()}
    _expect_planes(image, filters)
    controls = _controls(image, filters, stride, pad, place)

    def draw(figure: Figure, name: str, stride: int, pad: int, place: int) -> None:
        out = slide(image, filters[name], stride, pad)
        place = min(place, out.size - 1)
        panels = figure.subplots(1, 3, width_ratios=(1.15, 0.95, 1))
        _draw_image(panels[0], image, filters[name], stride, pad, divmod(place, out.shape[1]))
        _draw_products(panels[1], image, filters[name], stride, pad, divmod(place, out.shape[1]))
        _draw_map(panels[2], out, place)

    def describe(name: str, stride: int, pad: int, place: int) -> str:
        out = slide(image, filters[name], stride, pad)
        row, column = divmod(min(place, out.size - 1), out.shape[1])
        size = " by ".join(map(str, out.shape))
        return (
            f"The filter {name} with stride {stride} and padding {pad} makes a map of {size}; "
            f"at row {row}, column {column} it gives {out[row, column]:.2f}."
        )

    return Explorer(draw, controls, size=(11.2, 4.2), describe=describe)


def _controls(
    image: np.ndarray, filters: Mapping[str, np.ndarray], stride: int, pad: int, place: int
) -> dict[str, Any]:
    """The controls, of which the last one never points beyond the last window."""
    wide = {"layout": Layout(width="300px"), "style": {"description_width": "90px"}}
    controls = {
        "name": Dropdown(options=list(filters), description="filter", **wide),
        "stride": IntSlider(value=stride, min=1, max=4, description="stride", **wide),
        "pad": IntSlider(value=pad, min=0, max=3, description="padding", **wide),
        "place": IntSlider(value=place, min=0, max=10_000, description="window", **wide),
    }

    def fit_places(_change: object = None) -> None:
        out = slide(image, filters[controls["name"].value], controls["stride"].value, controls["pad"].value)
        controls["place"].max = out.size - 1

    # Observed here, before the explorer does, so that the slider is right when the picture is drawn anew.
    fit_places()
    for name in ("name", "stride", "pad"):
        controls[name].observe(fit_places, names="value")
    return controls


def slide(image: np.ndarray, w: np.ndarray, stride: int, pad: int) -> np.ndarray:
    """The map (OH, OW) that a filter (HH, WW) makes of an image (H, W)."""
    out, _ = conv_forward_fast(image[None, None], w[None, None], np.zeros(1), {"stride": stride, "pad": pad})
    return out[0, 0]


def _expect_planes(image: np.ndarray, filters: Mapping[str, np.ndarray]) -> None:
    if not filters:
        raise ValueError('filter_explorer needs at least one filter, e.g. {"blur": np.full((3, 3), 1 / 9)}')
    for name, plane in {"the image": image, **filters}.items():
        if plane.ndim != 2:
            raise ValueError(f"{name} has shape {plane.shape}; filter_explorer shows planes, shape (H, W)")
    for name, w in filters.items():
        if w.shape[0] > image.shape[0] or w.shape[1] > image.shape[1]:
            raise ValueError(
                f"the filter {name!r} of shape {w.shape} is larger than the image, {image.shape}"
            )


def _house() -> np.ndarray:
    """A bright house with a door on a dark ground, 10 × 10: edges of all directions."""
    image = np.full((10, 10), 0.1)
    for row, half in enumerate((1, 2, 3, 4), start=1):
        image[row, 5 - half : 5 + half] = 0.75
    image[5:9, 2:8] = 1.0
    image[6:9, 4:6] = 0.3
    return image


def _window(w: np.ndarray, stride: int, at: tuple[int, int]) -> tuple[int, int, int, int]:
    """Top, left, height and width of a window in the padded image."""
    return at[0] * stride, at[1] * stride, *w.shape


def _draw_image(
    axes: Axes, image: np.ndarray, w: np.ndarray, stride: int, pad: int, at: tuple[int, int]
) -> None:
    H, W = image.shape
    axes.imshow(np.pad(image, pad), cmap="gray", vmin=min(0, image.min()), vmax=max(1, image.max()))
    axes.add_patch(Rectangle((pad - 0.5, pad - 0.5), W, H, fill=False, edgecolor="C4", linewidth=1.5))
    top, left, HH, WW = _window(w, stride, at)
    axes.add_patch(Rectangle((left - 0.5, top - 0.5), WW, HH, fill=False, edgecolor=_WINDOW, linewidth=3))
    padding = f", {pad} of padding around" if pad else ""
    axes.set_title(f"Image: {H}×{W}{padding}", fontsize=11)
    _bare(axes)


def _draw_products(
    axes: Axes, image: np.ndarray, w: np.ndarray, stride: int, pad: int, at: tuple[int, int]
) -> None:
    top, left, HH, WW = _window(w, stride, at)
    window = np.pad(image, pad)[top : top + HH, left : left + WW]
    products = window * w
    limit = max(np.abs(w).max() * max(1.0, np.abs(image).max()), 1e-9)
    axes.set_facecolor("white")  # which shines through
    axes.imshow(products, cmap=DIVERGING, norm=TwoSlopeNorm(0, -limit, limit), alpha=0.55)
    for i, j in np.ndindex(w.shape):
        words = f"{window[i, j]:z.2g}\n× {_short(float(w[i, j]))}"
        axes.text(j, i, words, ha="center", va="center", fontsize=10, color=MARK)
    axes.set_title(f"Pixel × weight, added up: {products.sum():z.2f}", fontsize=11, color=_WINDOW)
    _bare(axes)


def _short(weight: float) -> str:
    return f"({weight:z.2g})" if weight < 0 else f"{weight:z.2g}"


def _draw_map(axes: Axes, out: np.ndarray, place: int) -> None:
    OH, OW = out.shape
    limit = max(np.abs(out).max(), 1e-9)
    seen = np.ma.masked_array(out, np.arange(out.size).reshape(out.shape) > place)
    axes.set_facecolor(tint(0.1))
    axes.imshow(seen, cmap=DIVERGING, norm=TwoSlopeNorm(0, -limit, limit))
    row, column = divmod(place, OW)
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=_WINDOW, linewidth=2.5))
    axes.set_title(f"Map: {OH}×{OW}, red > 0, blue < 0", fontsize=11)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
