"""What one number behind a stack of convolutions sees: its receptive field, and how much each pixel of it counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from ipywidgets import Checkbox, IntSlider, Layout
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from course_utils.plotting.style import MARK, tint
from course_utils.widgets.explorer import Explorer

# Rows of dots wider than this are drawn without dots.
_MOST_DOTS = 60


def receptive_field_explorer(depth: int = 4, size: int = 3, halve: bool = False) -> Explorer:
    """Stack convolutions, choose their size, and let every second one have stride 2.

    Args:
        depth: convolutions, 1 to 8.
        size: width of each filter: 1, 3, 5 or 7 numbers.
        halve: whether every second convolution has stride 2.

    Returns:
        The widget: a side view of all that one number hangs on, and how much it hangs on each pixel.
    """
    wide = {"layout": Layout(width="300px"), "style": {"description_width": "110px"}}
    controls = {
        "depth": IntSlider(value=depth, min=1, max=8, description="convolutions", **wide),
        "size": IntSlider(value=size, min=1, max=7, step=2, description="filter size", **wide),
        "halve": Checkbox(
            value=halve, description="stride 2 in every second", indent=False, layout=Layout(width="220px")
        ),
    }

    def draw(figure: Figure, depth: int, size: int, halve: bool) -> None:
        side, top = figure.subplots(1, 2, width_ratios=(1.5, 1))
        rows = seen_by_layer(size, strides(depth, halve))
        _draw_side_view(side, rows, size, strides(depth, halve))
        _draw_influence(top, influence(size, strides(depth, halve)))

    def describe(depth: int, size: int, halve: bool) -> str:
        share = influence(size, strides(depth, halve))
        return (
            f"{depth} convolution{'s' * (depth > 1)} of {size} by {size}{', every second one with stride 2' if halve else ''}: one number "
            f"sees {len(share)} by {len(share)} pixels, and nine tenths of its influence along an axis come from the "
            f"middle {middle(share)}."
        )

    return Explorer(draw, controls, size=(11.2, 4.4), describe=describe)


def strides(depth: int, halve: bool) -> list[int]:
    """The stride of each convolution, the first one first."""
    return [2 if halve and layer % 2 else 1 for layer in range(depth)]


def seen_by_layer(size: int, strides: list[int]) -> list[np.ndarray]:
    """What one number sees of the picture and of each layer's output, along one axis.

    Args:
        size: of each filter.
        strides: of each convolution, the first one first.

    Returns:
        For the picture, then each layer, the places (in pixels, 0 in the middle) of the numbers that it hangs on.
    """
    rows, jump = [np.zeros(1)], int(np.prod(strides))
    for stride in reversed(strides):
        jump //= stride
        reach = rows[0][-1] + jump * (size - 1) / 2
        rows.insert(0, np.arange(-reach, reach + jump / 2, jump))
    return rows


def influence(size: int, strides: list[int]) -> np.ndarray:
    """The share of each pixel, along one axis, in the expected squared gradient of one number by the picture.

    With independent random weights and no nonlinearity, that is the share of the paths that lead to the pixel.

    Args:
        size, strides: as of `seen_by_layer`.

    Returns:
        Shares that sum to 1, one for each pixel of the receptive field.
    """
    paths = np.ones(1)
    for stride in reversed(strides):
        apart = np.zeros((len(paths) - 1) * stride + 1)
        apart[::stride] = paths
        paths = np.convolve(apart, np.ones(size))
    return paths / paths.sum()


def middle(share: np.ndarray) -> int:
    """How many pixels in the middle hold nine tenths of the influence."""
    half = len(share) // 2
    widths = range(len(share) % 2 or 2, len(share) + 1, 2)
    return next(w for w in widths if share[half - w // 2 : half - w // 2 + w].sum() >= 0.9 or w == len(share))


def _draw_side_view(axes: Axes, rows: list[np.ndarray], size: int, strides: list[int]) -> None:
    lines = []
    for layer, stride in enumerate(strides):
        below, above = rows[layer], rows[layer + 1]
        for k, place in enumerate(above):
            window = below[k * stride : k * stride + size]
            lines += [((x, layer), (place, layer + 1)) for x in window]
    axes.add_collection(LineCollection(lines, colors=tint(0.35), linewidths=0.8))
    for layer, places in enumerate(rows):
        color = "C0" if layer == 0 else "C1" if layer == len(rows) - 1 else "C4"
        if len(places) <= _MOST_DOTS:
            axes.plot(places, np.full(len(places), layer), "o", color=color, markersize=4)
        else:
            axes.plot(places[[0, -1]], [layer, layer], "-", color=color, linewidth=4)
    names = ["picture", *(f"layer {k}" for k in range(1, len(rows)))]
    axes.set_yticks(range(len(rows)), names)
    axes.set(xlabel="pixels from the middle", ylim=(-0.5, len(rows) - 0.5))
    reach = 1.05 * max(rows[0][-1], 1)  # of a single pixel, one to either side as well
    axes.set_xlim(-reach, reach)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=False)
    axes.set_title(f"One number sees {len(rows[0])} × {len(rows[0])} pixels", fontsize=11)


def _draw_influence(axes: Axes, share: np.ndarray) -> None:
    field: Any = np.sqrt(np.outer(share, share))
    half, inner = len(share) / 2, middle(share) / 2
    axes.imshow(field / field.max(), extent=(-half, half, -half, half), cmap="viridis", vmin=0, vmax=1)
    axes.add_patch(Rectangle((-half, -half), 2 * half, 2 * half, fill=False, edgecolor=MARK, linewidth=1))
    axes.add_patch(
        Rectangle((-inner, -inner), 2 * inner, 2 * inner, fill=False, edgecolor="white", linewidth=2)
    )
    view = max(half, 1.5)
    axes.set(xlabel="pixels from the middle", xlim=(-view, view), ylim=(-view, view))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(f"What each counts; white: the middle {middle(share)} × {middle(share)}", fontsize=11)
    axes.grid(visible=False)
