"""Mistakes in the machine of notebook 07, put to the gradient checker: its rows, what broadcasting repeated, sums, indices, uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from answers.autograd.tensors import rows
from course_utils.autograd import shares_of_max, stable_sigmoid
from course_utils.gradcheck import GradientReport, gradient_check


@dataclass(frozen=True)
class Operation:
    """A function of arrays as a layer.

    Attributes:
        forward: forward(*arrays) -> out.
        slopes: for each array a function (dout, out, *arrays) -> its gradient.
        sizes: of the arrays.
        is_positive: whether the arrays hold positive numbers only.
    """

    forward: Callable[..., Any]
    slopes: tuple[Callable[..., Any], ...]
    sizes: tuple[tuple[int, ...], ...]
    is_positive: bool = False

    def check(self, seed: int, wrong: Callable[..., Any] | None = None, place: int = 0) -> GradientReport:
        """The report on it, with another function for the gradient of one of its arrays."""
        rng = np.random.default_rng(seed)
        slopes = [wrong if wrong and k == place else slope for k, slope in enumerate(self.slopes)]

        def forward(*arrays: np.ndarray) -> tuple[Any, Any]:
            out = self.forward(*arrays)
            return out, (out, arrays)

        def backward(dout: Any, cache: Any) -> tuple[Any, ...]:
            out, arrays = cache
            return tuple(slope(dout, out, *arrays) for slope in slopes)

        draw = (
            (lambda size: rng.uniform(0.5, 2, size))
            if self.is_positive
            else (lambda size: rng.normal(size=size))
        )
        arrays = [draw(size) for size in self.sizes]
        names = ("a", "b")[: len(arrays)] if len(arrays) > 1 else ("x",)
        return gradient_check(forward, backward, *arrays, rng=rng, wrt=names, line_seconds=0)


def operations() -> dict[str, Operation]:
    """The rows of the table and what goes with them, by name."""
    pair = ((4, 3), (4, 3))
    made = {
        name: Operation(forward, slopes, pair[: len(slopes)]) for name, (forward, *slopes) in _rows().items()
    }
    made["divide"] = Operation(made["divide"].forward, made["divide"].slopes, pair, is_positive=True)
    made["power"] = Operation(made["power"].forward, made["power"].slopes, pair, is_positive=True)
    made["log"] = Operation(made["log"].forward, made["log"].slopes, pair[:1], is_positive=True)
    made["matmul"] = Operation(made["matmul"].forward, made["matmul"].slopes, ((4, 3), (3, 5)))
    settings: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
        "sum": ((4, 3), {"axis": 1, "keepdims": False}),
        "max": ((4, 3), {"axis": 1, "keepdims": False}),
        "reshape": ((4, 3), {"shape": (2, 6)}),
        "transpose": ((2, 3, 4), {"axes": (1, 2, 0)}),
        "index": ((4, 3), {"index": np.array([0, 2, 2])}),
    }
    for name, (size, given) in settings.items():
        forward, *slopes = _rows()[name]
        made[name] = Operation(
            lambda x, f=forward, given=given: f(x, **given),
            tuple(lambda d, o, x, s=slope, given=given: s(d, o, x, **given) for slope in slopes),
            (size,),
        )
    made["stretched"] = Operation(
        lambda a, b: a * b,
        (lambda d, o, a, b: d * b, lambda d, o, a, b: (d * a).sum(axis=0)),
        ((4, 3), (3,)),
    )
    made["column"] = Operation(
        lambda a, b: a + b,
        (lambda d, o, a, b: d, lambda d, o, a, b: d.sum(axis=1, keepdims=True)),
        ((4, 3), (4, 1)),
    )
    made["used twice"] = Operation(
        lambda x: x * np.tanh(x), (lambda d, o, x: d * np.tanh(x) + d * x * (1 - np.tanh(x) ** 2),), ((4, 3),)
    )
    made["used as it is"] = Operation(
        lambda x: x + np.exp(x), (lambda d, o, x: d + d * np.exp(x),), ((4, 3),)
    )
    return made


def _rows() -> dict[str, Any]:
    return rows()


@dataclass(frozen=True)
class Slip:
    """A planted mistake.

    Attributes:
        operation: where.
        title: the mistake in words.
        place: of the array whose gradient is wrong.
        wrong: (dout, out, *arrays) -> that gradient.
        words: pattern of what names it.
    """

    operation: str
    title: str
    place: int
    wrong: Callable[..., Any]
    words: str

    def outcome(self, seed: int) -> tuple[str, str]:
        """("named" | "unnamed" | "wrongly" | "missed", what was said) of one seed."""
        report = operations()[self.operation].check(seed, self.wrong, self.place)
        said = str(report)
        if report.passed:
            return "missed", said
        clauses = [each.cause.clause for each in report.results if each.cause is not None]
        clauses = [clause for clause in clauses if "everywhere" not in clause or "times" not in clause]
        if not clauses:
            return "unnamed", said
        return ("named" if all(re.search(self.words, clause) for clause in clauses) else "wrongly"), said


def _last_wins(d: np.ndarray, o: np.ndarray, x: np.ndarray) -> np.ndarray:
    dx = np.zeros_like(x)
    dx[np.array([0, 2, 2])] = d
    return dx


def slips() -> Iterator[Slip]:
    """All of them."""
    table: dict[str, list[tuple[str, int, Callable[..., Any], str]]] = {
        "add": [
            ("the second gets none", 1, lambda d, o, a, b: np.zeros_like(b), "never filled in|zero everywhere"),
            ("multiplied as in a product", 0, lambda d, o, a, b: d * b, "by b once too often"),
        ],
        "subtract": [
            ("no minus", 1, lambda d, o, a, b: d.copy(), "sign is flipped"),
            ("minus on both", 0, lambda d, o, a, b: -d, "sign is flipped"),
        ],
        "multiply": [
            ("own factor", 0, lambda d, o, a, b: d * a, "one expression used for both|in another order|changed places|a stands for b|instead of b"),
            ("own factor of the second", 1, lambda d, o, a, b: d * b, "one expression used for both|in another order|changed places|b stands for a|instead of a"),
            ("dout forgotten", 0, lambda d, o, a, b: b.copy(), "dout is not used"),
            ("passed on", 1, lambda d, o, a, b: d.copy(), "passed on unchanged|dout itself"),
            ("out for the other one", 0, lambda d, o, a, b: d * o, "by a once too often|out was used"),
        ],
        "divide": [
            ("multiplied", 0, lambda d, o, a, b: d * b, "one over"),
            ("sign of the second", 1, lambda d, o, a, b: d * a / b**2, "sign is flipped"),
            ("not squared", 1, lambda d, o, a, b: -d * a / b, "by b once too often|-out was used"),
            ("without a", 1, lambda d, o, a, b: -d / b**2, "multiplication by a is forgotten"),
            ("passed on", 0, lambda d, o, a, b: d.copy(), "passed on unchanged|dout itself"),
        ],
        "power": [
            ("exponent does not come down", 0, lambda d, o, a, b: d * a ** (b - 1), "multiplication by b is forgotten"),
            ("exponent not lowered", 0, lambda d, o, a, b: d * b * a**b, "by a once too often"),
            ("slope of the base for the exponent", 1, lambda d, o, a, b: d * b * a ** (b - 1), "one expression used for both|holds the gradient da"),
            ("without the logarithm", 1, lambda d, o, a, b: d * o, "wrong formula"),
        ],
        "matmul": [
            ("no transpose of the result", 0, lambda d, o, a, b: (b @ d.T), "transposed"),
            ("dout forgotten", 1, lambda d, o, a, b: a.T @ np.ones_like(d), "dout is not used"),
            ("averaged", 1, lambda d, o, a, b: a.T @ d / len(d), "= 4 times too small"),
            ("minus", 0, lambda d, o, a, b: -d @ b.T, "sign is flipped"),
            ("the largest product alone", 0, lambda d, o, a, b: d[:, :1] @ b.T[:1], "-"),
        ],
        "exp": [
            ("x for exp(x)", 0, lambda d, o, x: d * x, "computed from x"),
            ("passed on", 0, lambda d, o, x: d.copy(), "passed on unchanged|dout itself"),
            ("dout forgotten", 0, lambda d, o, x: o.copy(), "dout is not used"),
            ("exp of the output", 0, lambda d, o, x: d * np.exp(o), "computed from the output"),
            ("power rule", 0, lambda d, o, x: d * x * np.exp(x - 1), "-"),
        ],
        "log": [
            ("times x", 0, lambda d, o, x: d * x, "one over"),
            ("over the output", 0, lambda d, o, x: d / o, "-"),
            ("dout forgotten", 0, lambda d, o, x: 1 / x, "dout is not used"),
            ("squared", 0, lambda d, o, x: d / x**2, "divided by x once too often|applied twice"),
        ],
        "tanh": [
            ("not squared", 0, lambda d, o, x: d * (1 - o), "formula"),
            ("that of the sigmoid", 0, lambda d, o, x: d * o * (1 - o), "formula"),
            ("of x", 0, lambda d, o, x: d * (1 - x**2), "computed from"),
            ("plus", 0, lambda d, o, x: d * (1 + o**2), "formula"),
            ("the output alone", 0, lambda d, o, x: d * o, "formula"),
        ],
        "relu": [
            ("mask of dout", 0, lambda d, o, x: d * (d > 0), "mask"),
            ("no mask", 0, lambda d, o, x: d.copy(), "passed on unchanged|mask"),
            ("the other half", 0, lambda d, o, x: d * (x < 0), "mask"),
            ("times the output", 0, lambda d, o, x: d * o, "formula of the output|by x once too often"),
            ("the mask alone", 0, lambda d, o, x: (x > 0) * 1.0, "dout is not used"),
        ],
        "sigmoid": [
            ("plus", 0, lambda d, o, x: d * o * (1 + o), "formula"),
            ("the output alone", 0, lambda d, o, x: d * o, "formula"),
            ("of x", 0, lambda d, o, x: d * x * (1 - x), "computed from"),
            ("sigmoid twice", 0, lambda d, o, x: d * stable_sigmoid(o) * (1 - stable_sigmoid(o)), "computed from"),
            ("that of tanh", 0, lambda d, o, x: d * (1 - o**2), "formula"),
        ],
        "softplus": [
            ("sigmoid of -x", 0, lambda d, o, x: d * stable_sigmoid(-x), "one minus"),
            ("the output", 0, lambda d, o, x: d * o, "formula of the output"),
            ("slope of the sigmoid", 0, lambda d, o, x: d * stable_sigmoid(x) * (1 - stable_sigmoid(x)), "-"),
            ("that of relu", 0, lambda d, o, x: d * (x > 0), "ReLU"),
        ],
        "sum": [
            ("as of a mean", 0, lambda d, o, x: np.repeat(d[:, None], 3, 1) / 3, "= 3 times too small"),
            ("left as it is", 0, lambda d, o, x: d, "dout itself"),
            ("the first alone", 0, lambda d, o, x: np.eye(1, 3) * d[:, None], "zero|never filled"),
            ("ones", 0, lambda d, o, x: np.ones_like(x), "dout is not used"),
        ],
        "max": [
            ("all of the row", 0, lambda d, o, x: np.repeat(d[:, None], 3, 1), "largest|same at every index of axis 1"),
            ("shared equally", 0, lambda d, o, x: np.repeat(d[:, None], 3, 1) / 3, "largest|same at every index of axis 1"),
            ("the smallest", 0, lambda d, o, x: d[:, None] * (x == x.min(axis=1, keepdims=True)), "largest|place|smallest"),
            ("times the largest", 0, lambda d, o, x: (d * o)[:, None] * shares_of_max(x, 1), "by x once too often"),
            ("largest of all", 0, lambda d, o, x: d[:, None] * (x == x.max()), "never filled|zero"),
        ],
        "reshape": [
            ("left as it is", 0, lambda d, o, x: d, "reshape"),
            ("in columns", 0, lambda d, o, x: d.reshape(x.shape, order="F"), "wrong places|order"),
            ("turned first", 0, lambda d, o, x: d.T.reshape(x.shape), "wrong places|order"),
        ],
        "transpose": [
            ("turned on", 0, lambda d, o, x: d.transpose(1, 2, 0), "axes|order|transposed"),
            ("turned round", 0, lambda d, o, x: d.T, "axes|order|transposed"),
            ("reshaped", 0, lambda d, o, x: d.reshape(x.shape), "wrong places|order"),
        ],
        "index": [
            ("the last one wins", 0, _last_wins, "only one counts"),
            ("everywhere", 0, lambda d, o, x: np.repeat(d.sum(axis=0)[None], 4, 0), "same at every index of axis 0"),
            ("left as it is", 0, lambda d, o, x: d, "dout itself"),
        ],
        "stretched": [
            ("not summed", 1, lambda d, o, a, b: d * a, "sum over the batch is missing"),
            ("averaged", 1, lambda d, o, a, b: (d * a).mean(axis=0), "= 4 times too small"),
            ("the first row", 1, lambda d, o, a, b: (d * a)[0], "first|sum"),
            ("keeps the axis", 1, lambda d, o, a, b: (d * a).sum(axis=0, keepdims=True), "keepdims|axis"),
            ("without a", 1, lambda d, o, a, b: d.sum(axis=0), "dout summed"),
        ],
        "column": [
            ("not summed", 1, lambda d, o, a, b: d, "sum"),
            ("loses the axis", 1, lambda d, o, a, b: d.sum(axis=1), "axis|keepdims"),
            ("averaged", 1, lambda d, o, a, b: d.mean(axis=1, keepdims=True), "= 3 times too small"),
            ("of the other axis", 1, lambda d, o, a, b: np.resize(d.sum(axis=0), (4, 1)), "axis"),
        ],
        "used twice": [
            ("the last use wins", 0, lambda d, o, x: d * x * (1 - np.tanh(x) ** 2), "one term of the product rule"),
            ("the first use wins", 0, lambda d, o, x: d * np.tanh(x), "one term of the product rule"),
            ("uses subtracted", 0, lambda d, o, x: d * np.tanh(x) - d * x * (1 - np.tanh(x) ** 2), "wrong sign"),
            ("counted twice", 0, lambda d, o, x: 2 * (d * np.tanh(x) + d * x * (1 - np.tanh(x) ** 2)), "doubled"),
        ],
        "used as it is": [
            ("the last use wins", 0, lambda d, o, x: d * np.exp(x), "1·dout is missing|dout is missing"),
            ("the first use wins", 0, lambda d, o, x: d.copy(), "passed on unchanged"),
        ],
    }  # fmt: skip
    for operation, found in table.items():
        for slip in found:
            yield Slip(operation, *slip)
