"""The graph that an expression of Tensors wrote down, its values and gradients filled in step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from ipywidgets import IntSlider, Layout
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from course_utils.plotting.style import GRADIENT, VALUE, tint
from course_utils.widgets.explorer import Explorer
from course_utils.widgets.graph import Point, show

_SIGNS = {"add": "+", "subtract": "−", "multiply": "×", "divide": "÷", "matmul": "@", "power": "^"}
_LARGEST = 24
_APART = 0.95
# How far up the middle of an arrow may be bent, the least first.
_LIFTS = (0.0, 1.4, -1.4, 2.2, -2.2, 3.0, -3.0)


@dataclass
class Node:
    """One tensor of the graph.

    Attributes:
        tensor: what it stands for.
        label: an input's name, an operation's sign, a constant's number.
        parents: numbers of the nodes that it was computed from.
        column: how many operations lie before it.
        height: where it stands in its column.
    """

    tensor: Any
    label: str
    parents: list[int]
    column: int = 0
    height: float = 0.0


def expression_explorer(f: Callable[..., Any], **leaves: Any) -> Explorer:
    """A slider that fills values and gradients into the graph of f(**leaves).

    Args:
        f: takes the leaves by name and returns a Tensor: with `data`, `parents`, `grad`, `backward` and `operation`.
        leaves: Tensors without parents; what their `grad` held is lost.

    Returns:
        The widget, with everything filled in.

    Raises:
        ValueError: the graph has more than 24 tensors, too many for a picture.
    """
    for leaf in leaves.values():
        leaf.grad = None
    out = f(**leaves)
    nodes = graph_of(out, {id(leaf): name for name, leaf in leaves.items()})
    out.backward(np.ones(np.shape(out.data)))
    backwards = [k for k in reversed(range(len(nodes))) if nodes[k].tensor.grad is not None]
    steps = len(nodes) + len(backwards)
    slider = IntSlider(
        value=steps,
        min=0,
        max=steps,
        description="steps",
        layout=Layout(width="420px"),
        style={"description_width": "50px"},
    )

    def draw(figure: Figure, steps: int) -> None:
        _draw(figure.add_subplot(), nodes, steps, set(backwards[: max(0, steps - len(nodes))]))

    def describe(steps: int) -> str:
        return _in_words(nodes, steps, backwards[: max(0, steps - len(nodes))])

    columns = 1 + max(node.column for node in nodes)
    return Explorer(draw, {"steps": slider}, size=(max(6.0, 1.5 * columns + 1), 4.0), describe=describe)


def graph_of(out: Any, names: dict[int, str]) -> list[Node]:
    """The tensors that `out` came from, parents first, each with its place.

    Args:
        names: of the leaves, by id.

    Raises:
        ValueError: there are too many of them for a picture.
    """
    nodes: list[Node] = []
    numbers: dict[int, int] = {}

    def visit(tensor: Any) -> int:
        if id(tensor) not in numbers:
            parents = [visit(parent) for parent in tensor.parents]
            if len(nodes) == _LARGEST:
                raise ValueError(
                    f"the graph has more than {_LARGEST} tensors, too many for a picture: draw a part"
                )
            nodes.append(Node(tensor, names.get(id(tensor)) or _label(tensor), parents))
            numbers[id(tensor)] = len(nodes) - 1
        return numbers[id(tensor)]

    visit(out)
    _place(nodes)
    return nodes


def _label(tensor: Any) -> str:
    operation = getattr(tensor, "operation", "")
    return _SIGNS.get(operation, operation) or _number(tensor.data)


def _number(data: Any) -> str:
    array = np.asarray(data)
    return show(float(array.reshape(-1)[0])) if array.size == 1 else f"{array.shape}"


def _place(nodes: list[Node]) -> None:
    """Columns by depth, leaves just before their first use, heights near the parents' and apart from each other."""
    for node in nodes:
        node.column = 1 + max((nodes[k].column for k in node.parents), default=-1)
    for k, node in enumerate(nodes):
        if not node.parents:
            users = [other.column for other in nodes if k in other.parents]
            node.column = min(users, default=1) - 1
    # Who is used far away stands on top, so that its arrow goes over the others.
    leaves = sorted((n for n in nodes if not n.parents), key=lambda n: n.column - _last_use(nodes, n))
    for k, node in enumerate(leaves):
        node.height = -_APART * 1.3 * k
    for node in nodes:
        if node.parents:
            node.height = float(np.mean([nodes[k].height for k in node.parents]))
    for column in range(1 + max(node.column for node in nodes)):
        standing = sorted((n for n in nodes if n.column == column), key=lambda n: -n.height)
        for above, below in pairwise(standing):
            below.height = min(below.height, above.height - _APART)


def _last_use(nodes: list[Node], leaf: Node) -> int:
    """The last column that a leaf's value goes to."""
    return max((node.column for node in nodes if any(nodes[k] is leaf for k in node.parents)), default=0)


def _draw(axes: Axes, nodes: list[Node], steps: int, done: set[int]) -> None:
    heights = [node.height for node in nodes]
    right = max(node.column for node in nodes)
    axes.set(xlim=(-0.6, right + 0.6), ylim=(min(heights) - 0.8, max(heights) + 1.1))
    axes.axis("off")
    axes.text(-0.5, max(heights) + 1.05, "value, forwards →", color=VALUE, va="top")
    axes.text(right + 0.5, max(heights) + 1.05, "← gradient, backwards", color=GRADIENT, va="top", ha="right")
    for k, node in enumerate(nodes):
        for parent in node.parents:
            _draw_arrow(axes, nodes, nodes[parent], node, k in done)
        _draw_node(axes, node, forward=k < steps, gradient=k in done)


def _draw_arrow(axes: Axes, nodes: list[Node], start: Node, end: Node, passed: bool) -> None:
    """An arrow from node to node, bent where others stand in its way."""
    first, last = (start.column + 0.27, start.height), (end.column - 0.27, end.height)
    others = [node for node in nodes if node is not start and node is not end]
    bends = [_curve(first, last, lift) for lift in _LIFTS]
    middle, _ = min(bends, key=lambda bend: _met(bend[1], others))
    axes.add_patch(
        FancyArrowPatch(
            path=Path([first, middle, last], [Path.MOVETO, Path.CURVE3, Path.CURVE3]),
            arrowstyle="-|>",
            mutation_scale=13,
            color=GRADIENT if passed else tint(0.55),
            linewidth=1.4,
        )
    )


def _curve(first: Point, last: Point, lift: float) -> tuple[Point, np.ndarray]:
    """The middle point of a bent line, and points along it, shape (25, 2)."""
    middle = (0.5 * (first[0] + last[0]), 0.5 * (first[1] + last[1]) + lift)
    t = np.linspace(0, 1, 25)[:, None]
    along = (1 - t) ** 2 * np.array(first) + 2 * t * (1 - t) * np.array(middle) + t**2 * np.array(last)
    return middle, along


def _met(along: np.ndarray, nodes: list[Node]) -> int:
    """How many points of a line lie on nodes or the numbers beside them."""
    apart = np.abs(along[:, None] - np.array([(node.column, node.height) for node in nodes]).reshape(-1, 2))
    return int(np.sum((apart[..., 0] < 0.3) & (apart[..., 1] < 0.48)))


def _draw_node(axes: Axes, node: Node, forward: bool, gradient: bool) -> None:
    x, y = node.column, node.height
    colour = tint(0.04 if node.parents else 0.14)
    style = "round,pad=0,rounding_size=0.1"
    axes.add_patch(
        FancyBboxPatch(
            (x - 0.27, y - 0.2), 0.54, 0.4, boxstyle=style, facecolor=colour, edgecolor=tint(0.65), zorder=4
        )
    )
    axes.text(
        x, y, node.label, ha="center", va="center", zorder=5, fontsize=13 if len(node.label) < 3 else 10
    )
    if forward:
        axes.text(x, y + 0.26, _number(node.tensor.data), color=VALUE, ha="center", va="bottom")
    if gradient:
        axes.text(x, y - 0.26, _number(node.tensor.grad), color=GRADIENT, ha="center", va="top")


def _in_words(nodes: list[Node], steps: int, done: list[int]) -> str:
    values = ", ".join(f"{node.label} = {_number(node.tensor.data)}" for node in nodes[:steps])
    gradients = ", ".join(f"{_number(nodes[k].tensor.grad)} at {nodes[k].label}" for k in done)
    return f"Graph of {len(nodes)} tensors. Values: {values or 'none'}. Gradients: {gradients or 'none'}."
