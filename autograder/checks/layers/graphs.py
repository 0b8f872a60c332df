"""Checks of the graph, the neuron and copies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, drawn_until, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.known import known_mistakes
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student

# The widgets that draw these graphs work out the same numbers.
_DRAWN_GRAPH = ("course_utils.widgets.edges.product_graph",)
_DRAWN_NEURON = ("course_utils.widgets.edges.neuron_graph",)


@check("graph_forward", forbids=_DRAWN_GRAPH)
def graph_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "graph", "dx, dy, dz")
    with student.case("x = -2, y = 5, z = -4"):
        layer.expect_out(-2.0, 5.0, -4.0)
    with student.case("any three numbers", 2):
        for _ in range(8):
            layer.expect_out(*mixed(rng, (3,)).tolist())


@check("graph_backward", forbids=(*NUMERIC_HELPERS, *_DRAWN_GRAPH))
def graph_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "graph", "dx, dy, dz")
    numbers = _distinct_numbers(rng)
    df = rng.uniform(1.5, 3.0)
    for name in ("dx", "dy", "dz"):
        with student.case(f"{name} for df = 1", 0.5):
            layer.expect_gradients(1.0, -2.0, 5.0, -4.0, only=name)
            layer.expect_gradients(1.0, *numbers, only=name)
        with student.case(f"{name} for another df"):
            layer.expect_gradients(-df, *numbers, only=name)
    with student.case("backward called twice", 0.5):
        layer.expect_twice(df, *numbers)
    with student.case("two graphs at once", 0.5):
        layer.expect_own_cache(df, numbers, (1.5, -0.5, 2.5), {}, {})
    with student.case("the slopes of your own graph_forward", 0.5):
        layer.expect_slopes(df, *numbers)


def _distinct_numbers(rng: np.random.Generator) -> tuple[float, ...]:
    """x, y and z whose sums and products are all different from each other, so that none can pass for another."""

    def told_apart(numbers: tuple[float, ...]) -> bool:
        x, y, z = numbers
        values = np.array([x, y, z, x + y, x * z, y * z, x * y, x - y, 0.0, 1.0])
        gaps = np.abs(np.abs(values[:, None]) - np.abs(values))
        return bool(gaps[~np.eye(len(values), dtype=bool)].min() > 0.01)

    return drawn_until(lambda: tuple(rng.uniform(-3.0, 3.0, size=3).tolist()), told_apart)


@check("sigmoid_neuron_forward", forbids=_DRAWN_NEURON)
def sigmoid_neuron_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "sigmoid_neuron", "dw, dx")
    w, x = mixed(rng, (3,)), mixed(rng, (2,))
    with student.case("w = [2, -3, -3], x = [-1, -2]"):
        layer.expect_out(np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]))
    with student.case("any weights and inputs", 3):
        for _ in range(8):
            layer.expect_out(mixed(rng, (3,)), mixed(rng, (2,)))
    with student.case("single precision", 0.5):
        layer.expect_out(as_single(w), as_single(x), **SINGLE)
    with student.case("w and x are left as they were", 0.5):
        layer.expect_out(w, x)
        student.expect_unchanged()


@check("sigmoid_neuron_backward", forbids=(*NUMERIC_HELPERS, *_DRAWN_NEURON))
def sigmoid_neuron_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Layer(student, reference, "sigmoid_neuron", "dw, dx")
    w, x = mixed(rng, (3,)), mixed(rng, (2,))
    other = mixed(rng, (3,)), mixed(rng, (2,))
    df = -rng.uniform(1.5, 3.0)
    for name in ("dw", "dx"):
        with student.case(f"{name} for df = 1"):
            layer.expect_gradients(1.0, np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]), only=name)
            layer.expect_gradients(1.0, w, x, only=name)
        with student.case(f"{name} for another df", 2):
            layer.expect_gradients(df, w, x, only=name)
    with student.case("single precision", 0.5):
        layer.expect_gradients(df, as_single(w), as_single(x), **SINGLE)
    with student.case("w and x are left as they were", 0.5):
        layer.expect_gradients(df, w, x)
        student.expect_unchanged()
    with student.case("backward called twice", 0.5):
        layer.expect_twice(df, w, x)
    with student.case("two neurons at once", 0.5):
        layer.expect_own_cache(df, (w, x), other, {}, {})
    with student.case("the slopes of your own sigmoid_neuron_forward", 0.5):
        layer.expect_slopes(df, w, x)


def _ask_copies(student: Student, rng: np.random.Generator) -> None:
    x = mixed(rng, (3, 2))
    with student.case("copies for three users"):
        _expect_copies(student.call("copy_forward", x, 3, returns=""), x, 3)
    with student.case("copies of an array with four axes, for five users", 0.5):
        images = mixed(rng, (2, 1, 3, 2))
        _expect_copies(student.call("copy_forward", images, 5, returns=""), images, 5)
    with student.case("a copy for a single user", 0.25):
        _expect_copies(student.call("copy_forward", x, 1, returns=""), x, 1)
    with student.case("x is left as it was", 0.25):
        _expect_copies(student.call("copy_forward", x, 2, returns=""), x, 2)
        student.expect_unchanged()


def _expect_copies(copies: Any, x: np.ndarray, n: int) -> None:
    kind = "one array" if isinstance(copies, np.ndarray) else f"one {type(copies).__name__}"
    expect(isinstance(copies, list | tuple), f"copy_forward must return a list of {n} arrays, not {kind}")
    expect_close(list(copies), [x] * n, "copies")


@check("copy_backward", forbids=NUMERIC_HELPERS)
def copy_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_sum(douts: list[np.ndarray], **tolerance: float) -> None:
        dx = student.call("copy_backward", douts)
        with told(dx, lambda: known_mistakes("copy_backward", douts)["dx"]):
            expect_close(dx, reference.copy_backward(douts), "dx", sizes={"n": len(douts)}, **tolerance)

    _ask_copies(student, rng)
    with student.case("three users", 3):
        expect_sum([mixed(rng, (4, 3)) for _ in range(3)])
    with student.case("as many users as rows"):
        expect_sum([mixed(rng, (2, 5)) for _ in range(2)])
    with student.case("arrays with one and with four axes"):
        expect_sum([mixed(rng, (4,)) for _ in range(3)])
        expect_sum([mixed(rng, (2, 1, 3, 2)) for _ in range(5)])
    with student.case("a single user", 0.25):
        expect_sum([mixed(rng, (3, 2))])
    with student.case("single precision", 0.5):
        expect_sum([as_single(mixed(rng, (3, 2))) for _ in range(4)], **SINGLE)
    with student.case("douts is left as it was"):
        expect_sum([mixed(rng, (3, 2)) for _ in range(3)])
        student.expect_unchanged()
