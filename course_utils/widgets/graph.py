"""Values that flow forwards through a graph and gradients that flow back, drawn on its edges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipywidgets import FloatSlider, Layout
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from course_utils.plotting.style import GRADIENT, VALUE, tint
from course_utils.widgets.edges import Edge, neuron_graph, product_graph
from course_utils.widgets.explorer import Explorer, gradients_slider

_NODE_RADIUS = 0.3
Point = tuple[float, float]


@dataclass(frozen=True)
class Layout2D:
    """Where a graph's parts stand.

    Attributes:
        operations: by name, (x, y, sign).
        ends: inputs and the output by name, (x, y).
    """

    operations: Mapping[str, tuple[float, float, str]]
    ends: Mapping[str, Point]

    def place(self, name: str) -> Point:
        """Where a part stands."""
        return self.operations[name][:2] if name in self.operations else self.ends[name]


_PRODUCT_LAYOUT = Layout2D(
    {"+": (2.6, 1.9, "+"), "*": (5.2, 1.2, "×")},
    {"x": (0.3, 2.7), "y": (0.3, 1.2), "z": (0.3, 0.2), "f": (7.6, 1.2)},
)
_NEURON_LAYOUT = Layout2D(
    {
        "mul0": (2.4, 5.2, "×"),
        "mul1": (2.4, 2.6, "×"),
        "add": (4.5, 3.9, "+"),
        "sum": (6.5, 2.5, "+"),
        "*-1": (8.3, 2.5, "×−1"),
        "exp": (10.1, 2.5, "exp"),
        "+1": (11.9, 2.5, "+1"),
        "1/x": (13.7, 2.5, "1/x"),
    },
    {
        "w0": (0.2, 6.0),
        "x0": (0.2, 4.4),
        "w1": (0.2, 3.4),
        "x1": (0.2, 1.8),
        "w2": (0.2, 0.3),
        "f": (15.5, 2.5),
    },
)


def graph_explorer(x: float = -2.0, y: float = 5.0, z: float = -4.0, *, shown: int = 5) -> Explorer:
    """Sliders for x, y and z and the graph of f = (x + y) z.

    Args:
        x: where its slider starts, in [-10, 10].
        y: where its slider starts, in [-10, 10].
        z: where its slider starts, in [-10, 10].
        shown: how many of the 5 gradients are shown at first.

    Returns:
        The widget. One more slider tells how many gradients are shown, counted from the output.
    """
    controls = {name: _slider(name, value) for name, value in (("x", x), ("y", y), ("z", z))}
    controls["shown"] = gradients_slider(shown, 5)

    def draw(figure: Figure, shown: int, **inputs: float) -> None:
        axes = _canvas(figure, (-0.3, 8.1), (-0.2, 3.5), "$f = (x + y)\\,z$")
        _draw_edges(axes, product_graph(**inputs), _PRODUCT_LAYOUT, shown)

    def describe(shown: int, **inputs: float) -> str:
        return _in_words("f = (x + y) z", product_graph(**inputs)[:shown], inputs)

    return Explorer(draw, controls, size=(8.4, 3.7), describe=describe)


def neuron_explorer(
    w: Sequence[float] = (2.0, -3.0, -3.0), x: Sequence[float] = (-1.0, -2.0), *, shown: int = 13
) -> Explorer:
    """Sliders for the weights and inputs of a sigmoid neuron, and its graph down to single operations.

    Args:
        w: two weights and the bias, each in [-10, 10].
        x: the two inputs, each in [-10, 10].
        shown: how many of the 13 gradients are shown at first.

    Returns:
        The widget. One more slider tells how many gradients are shown, counted from the output.
    """
    start = {"w0": w[0], "x0": x[0], "w1": w[1], "x1": x[1], "w2": w[2]}
    controls = {name: _slider(name, value) for name, value in start.items()}
    controls["shown"] = gradients_slider(shown, 13)

    def draw(figure: Figure, shown: int, **inputs: float) -> None:
        title = r"$f = \sigma(w_0 x_0 + w_1 x_1 + w_2)$"
        axes = _canvas(figure, (-0.3, 16.0), (-0.2, 7.1), title)
        edges = neuron_graph(**inputs)
        _draw_sigmoid_box(axes, edges[0].value)
        _draw_edges(axes, edges, _NEURON_LAYOUT, shown)

    def describe(shown: int, **inputs: float) -> str:
        return _in_words("the sigmoid neuron", neuron_graph(**inputs)[:shown], inputs)

    return Explorer(draw, controls, size=(11.6, 5.3), describe=describe)


def _slider(name: str, value: float) -> FloatSlider:
    return FloatSlider(
        value=value,
        min=-10,
        max=10,
        step=0.5,
        description=name,
        readout_format=".1f",
        layout=Layout(width="250px"),
        style={"description_width": "30px"},
    )


def _canvas(figure: Figure, xlim: tuple[float, float], ylim: tuple[float, float], title: str) -> Axes:
    axes = figure.add_subplot()
    axes.set(xlim=xlim, ylim=ylim, aspect="equal")
    axes.axis("off")
    axes.text(xlim[0], ylim[1], "value, forwards →", color=VALUE, va="top")
    axes.text(sum(xlim) / 2, ylim[1], title, va="top", ha="center", fontsize=15)
    axes.text(xlim[1], ylim[1], "← gradient, backwards", color=GRADIENT, va="top", ha="right")
    return axes


def _draw_edges(axes: Axes, edges: list[Edge], layout: Layout2D, shown: int) -> None:
    for k, edge in enumerate(edges):
        start, end = layout.place(edge.start), layout.place(edge.end)
        _draw_arrow(axes, start, end, edge.start in layout.ends, edge.end in layout.ends)
        above, below = _label_places(start, end, edge.start in layout.ends)
        axes.text(*above, show(edge.value), color=VALUE, ha="center", va="center")
        if k < shown:
            axes.text(*below, show(edge.gradient), color=GRADIENT, ha="center", va="center")
    for x, y, sign in layout.operations.values():
        axes.add_patch(
            _rounded(x - _NODE_RADIUS, y - _NODE_RADIUS, 2 * _NODE_RADIUS, 2 * _NODE_RADIUS, tint(0.06))
        )
        axes.text(x, y, sign, ha="center", va="center", fontsize=11 if len(sign) > 1 else 15, zorder=5)
    for name, (x, y) in layout.ends.items():
        axes.text(
            x, y, f"${name[0]}{'_' + name[1:] if name[1:] else ''}$", ha="center", va="center", fontsize=15
        )


def _draw_arrow(axes: Axes, start: Point, end: Point, from_input: bool, to_output: bool) -> None:
    length = math.dist(start, end)
    ux, uy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    tail = 0.25 if from_input else _NODE_RADIUS
    head = 0.25 if to_output else _NODE_RADIUS + 0.04
    axes.annotate(
        "",
        xy=(end[0] - head * ux, end[1] - head * uy),
        xytext=(start[0] + tail * ux, start[1] + tail * uy),
        arrowprops={"arrowstyle": "-|>", "color": tint(0.55), "linewidth": 1.4, "shrinkA": 0, "shrinkB": 0},
    )


def _label_places(start: Point, end: Point, from_input: bool) -> tuple[Point, Point]:
    """Where the value and the gradient of an edge stand: above and below it, clear of a sloping line."""
    # Inputs of one operation run together at its end; near their start there is room.
    t = 0.36 if from_input else 0.5
    x, y = start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])
    length = math.dist(start, end)
    across, up = (start[1] - end[1]) / length, (end[0] - start[0]) / length
    away = 0.22 + 0.14 * abs(across)
    return (x + away * across, y + away * up), (x - away * across, y - away * up)


def _draw_sigmoid_box(axes: Axes, f: float) -> None:
    axes.add_patch(_rounded(7.75, 1.75, 6.5, 1.5, tint(0.08), zorder=0))
    text = f"these four make σ; its slope in one step: (1 − f) f = {show((1 - f) * f)}"
    axes.text(11.0, 1.5, text, ha="center", va="top", color=tint(0.8))


def _rounded(
    x: float, y: float, width: float, height: float, colour: str, zorder: float = 4
) -> FancyBboxPatch:
    edge = tint(0.65) if zorder else "none"
    style = "round,pad=0,rounding_size=0.12"
    return FancyBboxPatch(
        (x, y), width, height, boxstyle=style, facecolor=colour, edgecolor=edge, linewidth=1.2, zorder=zorder
    )


def show(number: float) -> str:
    """A number short enough for an edge: -12, 0.73, 4e-05."""
    if number == round(number) and abs(number) < 1e5:
        return f"{number:z.0f}"
    return f"{number:.2f}" if 0.005 <= abs(number) < 1e5 else f"{number:.0e}"


def _in_words(name: str, edges: list[Edge], inputs: Mapping[str, float]) -> str:
    at = ", ".join(f"{key} = {show(value)}" for key, value in inputs.items())
    gradients = ", ".join(f"{show(edge.gradient)} from {edge.end} to {edge.start}" for edge in edges)
    return f"Graph of {name} at {at}. Gradients: {gradients or 'none shown'}."
