"""The graph of batch normalization, with gradients that appear one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from course_utils.plotting.style import GRADIENT, VALUE, tint
from course_utils.widgets.explorer import Explorer, gradients_slider


@dataclass(frozen=True)
class _Node:
    x: float
    y: float
    sign: str


@dataclass(frozen=True)
class _Edge:
    """From one node to another, with the value that travels forward on it."""

    start: str
    end: str
    value: str = ""
    place: float = 0.5
    lift: float = 0.28


@dataclass(frozen=True)
class _Step:
    """One step backwards: what is found, in terms of what is known, and where it stands in the picture."""

    name: str
    formula: str
    x: float
    y: float


_NODES = {
    "x": _Node(0.0, 3.0, "$x$"),
    "mean": _Node(1.6, 1.4, "mean"),
    "minus": _Node(3.0, 3.0, "−"),
    "square": _Node(4.4, 1.4, "( )²"),
    "mean2": _Node(5.9, 1.4, "mean"),
    "root": _Node(7.5, 1.4, "√(·+ε)"),
    "divide": _Node(8.9, 3.0, "÷"),
    "times": _Node(11.0, 3.0, "×"),
    "plus": _Node(12.9, 3.0, "+"),
    "gamma": _Node(11.0, 1.4, "$\\gamma$"),
    "beta": _Node(12.9, 1.4, "$\\beta$"),
    "out": _Node(14.6, 3.0, "out"),
}
_ENDS = {"x", "gamma", "beta", "out"}
_EDGES = (
    _Edge("x", "mean"),
    _Edge("x", "minus", "$x$  (N, D)"),
    _Edge("mean", "minus", "$\\mu$  (D,)", 0.4, -0.5),
    _Edge("minus", "square"),
    _Edge("minus", "divide", "$c = x - \\mu$  (N, D)"),
    _Edge("square", "mean2", "$c^2$"),
    _Edge("mean2", "root", "$\\sigma^2$  (D,)"),
    _Edge("root", "divide", "std (D,)", 0.4, -0.62),
    _Edge("divide", "times", "$\\hat x$  (N, D)"),
    _Edge("times", "plus"),
    _Edge("gamma", "times"),
    _Edge("beta", "plus"),
    _Edge("plus", "out"),
)
_STEPS = (
    _Step("dβ", "Σₙ dout", 13.0, 0.75),
    _Step("dγ", "Σₙ dout · x̂", 11.0, 0.75),
    _Step("dx̂", "γ · dout", 10.0, 2.55),
    _Step("dstd", "−Σₙ dx̂ · c / std²", 8.5, 0.75),
    _Step("dσ²", "dstd / (2 std)", 6.2, 0.25),
    _Step("dc", "dx̂ / std + 2 c · dσ² / N", 5.9, 2.55),
    _Step("dμ", "−Σₙ dc", 2.3, 0.55),
    _Step("dx", "dc + dμ / N", 0.9, 3.85),
)


def batchnorm_graph_explorer(shown: int = len(_STEPS)) -> Explorer:
    """The graph of batch normalization; a slider reveals the gradients, from the output backwards.

    Args:
        shown: how many gradients are shown at first, 0 to 8.
    """

    def draw(figure: Figure, shown: int) -> None:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-0.6, 15.3), ylim=(-0.1, 4.6), aspect="equal")
        axes.axis("off")
        axes.text(-0.4, 4.5, "value, forwards →", color=VALUE, va="top")
        axes.text(15.1, 4.5, "← gradient, backwards", color=GRADIENT, va="top", ha="right")
        boxes = {name: _draw_node(axes, node, name in _ENDS) for name, node in _NODES.items()}
        for edge in _EDGES:
            _draw_edge(axes, edge, boxes)
        for step in _STEPS[:shown]:
            _draw_step(axes, step)

    def describe(shown: int) -> str:
        found = "; ".join(f"{step.name} = {step.formula}" for step in _STEPS[:shown])
        return f"Graph of batch normalization, from x to out. Gradients: {found or 'none shown'}."

    return Explorer(
        draw, {"shown": gradients_slider(shown, len(_STEPS))}, size=(11.6, 3.45), describe=describe
    )


def _draw_edge(axes: Axes, edge: _Edge, boxes: Mapping[str, Patch]) -> None:
    start, end = _NODES[edge.start], _NODES[edge.end]
    axes.annotate(
        "",
        xy=(end.x, end.y),
        xytext=(start.x, start.y),
        arrowprops={
            "arrowstyle": "-|>",
            "color": tint(0.55),
            "linewidth": 1.4,
            # The box as it is drawn, whatever its text's size: an arrow ends at its edge, not behind it.
            "patchA": boxes[edge.start],
            "patchB": boxes[edge.end],
            "shrinkA": 1,
            "shrinkB": 2,
        },
    )
    if edge.value:
        x = start.x + edge.place * (end.x - start.x)
        y = start.y + edge.place * (end.y - start.y)
        side = 0.0 if start.y == end.y else 0.65
        axes.text(x + side, y + edge.lift, edge.value, color=VALUE, ha="center", va="center", fontsize=11)


def _draw_node(axes: Axes, node: _Node, end: bool) -> Patch:
    """Draw an operation in its box, or an input or the output in an invisible one; returns the box."""
    look = (
        {"facecolor": "none", "edgecolor": "none"}
        if end
        else {"facecolor": tint(0.06), "edgecolor": tint(0.65)}
    )
    box = {"boxstyle": "round,pad=0.3"} | look
    size = 13 if end else 11
    text = axes.text(node.x, node.y, node.sign, ha="center", va="center", fontsize=size, bbox=box)
    patch = text.get_bbox_patch()
    assert patch is not None
    return patch


def _draw_step(axes: Axes, step: _Step) -> None:
    axes.text(
        step.x,
        step.y,
        f"{step.name} = {step.formula}",
        color=GRADIENT,
        ha="center",
        va="center",
        fontsize=11,
    )
