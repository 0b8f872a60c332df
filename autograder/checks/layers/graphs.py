"""Checks of the graph, the neuron, copies and the numeric gradient."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import SINGLE, as_single, drawn_until, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.graphs import copy_sums
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed

# The widgets that draw these graphs work out the same numbers.
_DRAWN_GRAPH = ("course_utils.widgets.graph.product_graph",)
_DRAWN_NEURON = ("course_utils.widgets.graph.neuron_graph",)


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
    with student.case("backward called twice", 0.5):
        layer.expect_twice(df, w, x)
    with student.case("two neurons at once", 0.5):
        layer.expect_own_cache(df, (w, x), other, {}, {})
    with student.case("the slopes of your own sigmoid_neuron_forward", 0.5):
        layer.expect_slopes(df, w, x)


@check("copy_forward")
def copy_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    x = mixed(rng, (3, 2))
    with student.case("three users", 2):
        _expect_copies(student.call("copy_forward", x, 3, returns=""), x, 3)
    with student.case("five users of an array with four axes"):
        images = mixed(rng, (2, 1, 3, 2))
        _expect_copies(student.call("copy_forward", images, 5, returns=""), images, 5)
    with student.case("a single user", 0.5):
        _expect_copies(student.call("copy_forward", x, 1, returns=""), x, 1)
    with student.case("x is left as it was", 0.5):
        _expect_copies(student.call("copy_forward", x, 2, returns=""), x, 2)
        student.expect_unchanged()


def _expect_copies(copies: object, x: np.ndarray, n: int) -> None:
    kind = "one array" if isinstance(copies, np.ndarray) else f"one {type(copies).__name__}"
    expect(isinstance(copies, list | tuple), f"copy_forward must return a list of {n} arrays, not {kind}")
    expect_close(list(copies), [x] * n, "copies")


@check("copy_backward", forbids=NUMERIC_HELPERS)
def copy_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_sum(douts: list[np.ndarray], **tolerance: float) -> None:
        dx = student.call("copy_backward", douts)
        with told(dx, lambda: copy_sums(douts)):
            expect_close(dx, reference.copy_backward(douts), "dx", sizes={"n": len(douts)}, **tolerance)

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


@check("numeric_gradient", forbids=NUMERIC_HELPERS)
def numeric_gradient(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    with student.case("a function of one axis", 2):
        a = mixed(rng, (4,))
        _expect_gradient(student, lambda x: np.sum(a * x) * x[0] + x[1] ** 2 * x[2], mixed(rng, (4,)))
    with student.case("a function of three axes", 2):
        a = mixed(rng, (2, 3, 4))
        _expect_gradient(
            student, lambda x: np.sum(np.sin(a * x)) + x[0, 1, 2] * x[1, 2, 3], mixed(rng, a.shape)
        )
    with student.case("centred differences", 3):
        # For a cubic the centred difference with step h is the slope plus h², the one-sided one is not.
        _expect_gradient(
            student, lambda x: np.sum(x) ** 3, rng.uniform(0.2, 1.0, size=(3, 2)), h=0.25, rtol=1e-8
        )
    with student.case("the step h that was asked for"):
        x = rng.uniform(0.2, 1.0, size=(2, 3))
        _expect_gradient(student, lambda x: np.sum(x) ** 5, x, h=0.5, rtol=1e-8)
        _expect_gradient(student, lambda x: np.sum(x) ** 5, x, h=0.125, rtol=1e-8)
    with student.case("the step h when none is asked for"):
        # |x| has a kink: how far from it the difference still sees both sides tells the step.
        x = np.array([4e-6, -4e-6, 1.6e-5, -1.6e-5])
        _expect_gradient(student, lambda x: np.sum(np.abs(x)), x, rtol=1e-4)
    with student.case("x afterwards"):
        x = _awkward_to_restore(rng)
        _expect_gradient(student, lambda x: np.sum(x) ** 2, x, h=0.1, rtol=1e-8)
        with advice("Keep each old number and put it back: x - h + h is not always x"):
            student.expect_unchanged()
    with student.case("one number, in an array of shape (1, 1)", 0.5):
        _expect_gradient(student, lambda x: x[0, 0] ** 2, rng.uniform(1.0, 2.0, size=(1, 1)))


def _expect_gradient(
    student: Student,
    f: Callable[[np.ndarray], float],
    x: np.ndarray,
    h: float | None = None,
    rtol: float = 1e-6,
) -> None:
    points: list[np.ndarray] = []

    def watched(*args: object) -> float:
        point = args[0] if len(args) == 1 else None
        if not isinstance(point, np.ndarray) or point.shape != x.shape:
            return float("nan")
        points.append(point)
        return float(f(point))

    given = {} if h is None else {"h": h}
    grad = student.call("numeric_gradient", watched, x, **given)
    expected = _centred(f, x, 1e-5 if h is None else h)
    try:
        expect_close(grad, expected, "the gradient", rtol=rtol, atol=1e-7)
    except CheckFailed as failed:
        raise CheckFailed(failed.failure.advised(*_seen(points, x))) from failed


def _centred(f: Callable[[np.ndarray], float], x: np.ndarray, h: float) -> np.ndarray:
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        grad[index] = (f(above) - f(below)) / (2 * h)
    return grad


def _seen(points: list[np.ndarray], x: np.ndarray) -> tuple[str, ...]:
    """What the points at which f was called say about the mistake."""
    if not points:
        return ("f was never called with an array of x's shape",)
    moves = [point - x for point in points]
    if any(np.count_nonzero(move) > 1 for move in moves):
        return ("f was called where more than one number of x had moved: put each back before the next",)
    ahead, behind = (sum(bool((sign * move > 0).any()) for move in moves) for sign in (1, -1))
    if not ahead or not behind:
        side = "behind" if not behind else "ahead of"
        return (f"f was never called {side} x: take a step to both sides",)
    return ()


def _awkward_to_restore(rng: np.random.Generator) -> np.ndarray:
    """Numbers that stepping there and back with h = 0.1 does not restore, in whichever order one steps."""

    def all_differ(x: np.ndarray) -> bool:
        h = 0.1
        ways = (x + h - 2 * h + h, x - h + 2 * h - h, x + h - h, x - h + h)
        return all((way != x).any() for way in ways)

    return drawn_until(lambda: mixed(rng, (3, 4)), all_differ)
