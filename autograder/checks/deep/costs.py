"""Checks of what networks cost."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.expectations import expect_value_error
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student
from course_utils.compare import quoted

Network = list[dict[str, Any]]
_RESULTS = ("parameters", "multiplications", "activations")
_AT_EACH_PLACE = "Each weight of a convolution works once at every place of its output"
_NORM, _RELU, _MEAN = ({"type": kind} for kind in ("norm", "relu", "mean"))
_RECURSION = "A branch is counted as a network is, with the input of the layer it stands in"


class Costs:
    """count_network, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        self._student = student
        self._reference = reference

    def expect(self, network: Network, input_shape: tuple[int, int, int]) -> None:
        """Fail the case unless the three numbers are right."""
        found = self._student.call("count_network", network, input_shape, returns=", ".join(_RESULTS))
        wanted = self._reference.count_network(network, input_shape)
        for name, mine, right in zip(_RESULTS, found, wanted, strict=True):
            whole = type(mine) is int or isinstance(mine, np.integer)
            expect(
                whole and int(mine) == int(right),
                f"{name} of {quoted(network)} on {input_shape}: {right} expected, and {quoted(mine)} came",
            )

    def expect_refused(
        self, branches: list[Network], join: str, why: str, input_shape: tuple[int, int, int] = (4, 7, 9)
    ) -> None:
        """Fail the case unless branches that do not fit together raise a ValueError."""
        network = [{"type": "branches", "branches": branches, "join": join}]
        expect_value_error(
            partial(self._student.call, "count_network", network, input_shape), f"joining by {join!r} {why}"
        )


def _conv(F: int, size: int, **more: Any) -> dict[str, Any]:
    return {"type": "conv", "filters": F, "size": size, **more}


def _joined(join: str, *branches: Network) -> dict[str, Any]:
    return {"type": "branches", "branches": list(branches), "join": join}


@check("count_network")
def count_network(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    costs = Costs(student, reference)
    _ask_layers(student, costs, rng)
    _ask_branches(student, costs)
    with student.case("a whole network", 2):
        network = [_conv(8, 5, stride=2, pad=2), _NORM, {"type": "pool", "size": 3, "stride": 2, "pad": 1}]
        block = _joined("add", [_conv(8, 3, pad=1, bias=False), _NORM, _conv(8, 3, pad=1, groups=8)], [])
        costs.expect(
            [*network, block, block, _MEAN, {"type": "affine", "units": int(rng.integers(8, 12))}],
            (3, 21, 30),
        )
    with student.case("the network stays as it was", 0.5):
        costs.expect([_joined("concat", [_conv(3, 1)], []), _conv(2, 2)], (4, 7, 8))
        student.expect_unchanged()


def _ask_layers(student: Student, costs: Costs, rng: np.random.Generator) -> None:
    """Layers one behind the other."""

    def number(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    with student.case("one convolution", 2), advice(_AT_EACH_PLACE, student):
        for _ in range(2):
            conv = _conv(number(5, 9), number(2, 4), stride=1, pad=0)
            costs.expect([conv], (number(2, 5), number(6, 9), number(10, 13)))
    with student.case("stride and padding, given or not"):
        costs.expect([_conv(7, 3, stride=2, pad=number(1, 4))], (3, 9, 12))
        costs.expect([_conv(5, 4)], (3, 9, 11))
    with student.case("groups, and no bias"):
        for groups, C in ((2, 6), (3, 9), (4, 4)):
            costs.expect([_conv(12, 3, pad=1, groups=groups)], (C, 7, 8))
        costs.expect([_conv(6, 3, bias=False), _conv(5, 1, bias=True)], (3, 7, 8))
    with student.case("pools, with padding and without"):
        for size, stride, pad in ((2, 2, 0), (3, 2, 1), (2, 3, 0)):
            costs.expect(
                [{"type": "pool", "size": size, "stride": stride, "pad": pad}, _conv(4, 2)], (3, 8, 12)
            )
        costs.expect([{"type": "pool", "size": 3, "stride": 1}, _conv(4, 2)], (3, 8, 12))
    with student.case("normalization and ReLU"):
        costs.expect([_conv(6, 3), _NORM, _RELU, _conv(5, 1), _NORM], (3, 7, 8))
        costs.expect([_NORM, _RELU], (5, 3, 4))
    with student.case("affine layers, on maps and on numbers"):
        costs.expect([{"type": "affine", "units": number(5, 9)}, {"type": "affine", "units": 11}], (2, 3, 4))
    with student.case("global average pooling"):
        costs.expect([_conv(6, 3), _MEAN, {"type": "affine", "units": number(5, 9)}], (3, 7, 8))


def _ask_branches(student: Student, costs: Costs) -> None:
    """Networks side by side."""
    with student.case("branches that add", 2), advice(_RECURSION, student):
        body = [_conv(4, 3, pad=1), _NORM, _RELU, _conv(4, 3, pad=1)]
        costs.expect([_joined("add", body, []), _conv(5, 2)], (4, 7, 8))
        wider = [_conv(6, 3, pad=1, stride=2), _conv(6, 3, pad=1)]
        costs.expect(
            [_joined("add", wider, [_conv(6, 1, stride=2)]), _NORM, {"type": "affine", "units": 3}], (4, 7, 8)
        )
    with student.case("branches side by side", 2), advice(_RECURSION, student):
        roads = (
            [_conv(3, 1)],
            [_conv(2, 1), _conv(5, 3, pad=1)],
            [{"type": "pool", "size": 3, "stride": 1, "pad": 1}],
        )
        costs.expect([_joined("concat", *roads), _conv(4, 2), _NORM], (4, 7, 8))
        costs.expect([_joined("concat", *roads[:2], []), _NORM, {"type": "affine", "units": 3}], (6, 5, 4))
        vectors = ([_MEAN], [_conv(3, 2), _MEAN])
        costs.expect([_joined("concat", *vectors), {"type": "affine", "units": 3}], (6, 5, 4))
    with student.case("a single branch", 0.5), advice(_RECURSION, student):
        for join in ("add", "concat"):
            costs.expect([_joined(join, [_conv(3, 2), _NORM]), _conv(2, 1)], (4, 6, 5))
    with student.case("branches in branches"), advice(_RECURSION, student):
        inner = _joined("concat", [_conv(3, 1)], [_conv(1, 3, pad=1)])
        costs.expect([_joined("add", [inner, _conv(4, 1)], []), _joined("concat", [inner], [])], (4, 6, 5))
    with student.case("branches that do not fit together raise ValueError"):
        costs.expect([_joined("add", [_conv(4, 1)], [])], (4, 7, 9))
        costs.expect_refused([[_conv(5, 1)], []], "add", "4 channels and 5")
        costs.expect_refused([[_conv(4, 1, stride=2)], []], "add", "maps of 7×9 and of 4×5")
        costs.expect_refused([[_conv(5, 3)], []], "concat", "maps of 7×9 and of 5×7")
        costs.expect_refused([[], [_conv(4, 1)], [_conv(4, 2)]], "concat", "maps of 7×9 and of 6×8")
        costs.expect_refused([[_MEAN], []], "concat", "numbers and maps")
        for shape, why in (((4, 8, 9), "maps of 4×4 and of 3×4"), ((4, 9, 8), "maps of 4×4 and of 4×3")):
            for join in ("concat", "add"):
                costs.expect_refused([[_conv(4, 2, stride=2)], [_conv(4, 3, stride=2)]], join, why, shape)
