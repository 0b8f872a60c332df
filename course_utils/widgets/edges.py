"""The numbers on the edges of two graphs, without the pictures: a kernel that only forbids them loads no plotting."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Edge:
    """One number on its way from a node to the next, and the gradient that comes back.

    Attributes:
        start: name of the node, or of the input, where the edge begins.
        end: name of the node where it ends, or "f" where the graph does.
        value: the number that flows forwards.
        gradient: derivative of f by it.
    """

    start: str
    end: str
    value: float
    gradient: float


def product_graph(x: float, y: float, z: float) -> list[Edge]:
    """Edges of f = (x + y) z in the order in which gradients reach them."""
    q = x + y
    return [
        Edge("*", "f", q * z, 1.0),
        Edge("+", "*", q, z),
        Edge("z", "*", z, q),
        Edge("x", "+", x, z),
        Edge("y", "+", y, z),
    ]


def neuron_graph(w0: float, x0: float, w1: float, x1: float, w2: float) -> list[Edge]:
    """Edges of f = 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))) in the order in which gradients reach them."""
    a, b = w0 * x0, w1 * x1
    s = a + b + w2
    e = math.exp(-s)
    u = 1 + e
    f = 1 / u
    du = -1 / u**2
    dneg = du * e
    ds = -dneg
    return [
        Edge("1/x", "f", f, 1.0),
        Edge("+1", "1/x", u, du),
        Edge("exp", "+1", e, du),
        Edge("*-1", "exp", -s, dneg),
        Edge("sum", "*-1", s, ds),
        Edge("w2", "sum", w2, ds),
        Edge("add", "sum", a + b, ds),
        Edge("mul0", "add", a, ds),
        Edge("mul1", "add", b, ds),
        Edge("w0", "mul0", w0, ds * x0),
        Edge("x0", "mul0", x0, ds * w0),
        Edge("w1", "mul1", w1, ds * x1),
        Edge("x1", "mul1", x1, ds * w1),
    ]
