"""Checks of receptive fields."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, known
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure, quoted

Network = list[dict[str, Any]]
_IN_ITS_INPUT = "All three grow by the jump of the layer's input: change the jump last"


class Fields:
    """receptive_field, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        self._student = student
        self._reference = reference

    def expect(self, network: Network) -> None:
        """Fail the case unless size, jump and start are right."""
        found = self._student.call("receptive_field", network, returns="size, jump, start")
        wanted = self._reference.receptive_field(network)
        whole = isinstance(found, tuple | list) and all(
            type(n) is int or isinstance(n, np.integer) for n in found
        )
        if whole and tuple(found) == tuple(wanted):
            return
        fact = f"(size, jump, start) behind {quoted(network)} is {wanted}, and {quoted(found)} came"
        did = [did for did, values in _mistaken(network).items() if whole and tuple(found) == values]
        raise CheckFailed(Failure(fact, "the field", known(did[0]) if len(did) == 1 else None))


def _mistaken(network: Network) -> dict[str, tuple[int, ...]]:
    """What well-known mistakes give."""
    jumped, forgotten, sizes, outside = (1, 1, 0), (1, 1, 0), (1, 1, 0), (1, 1, 0)
    for layer in network:
        K, S, P = layer.get("size", 1), layer.get("stride", 1), layer.get("pad", 0)
        size, jump, start = jumped
        jumped = size + (K - 1) * jump * S, jump * S, start - P * jump * S
        size, jump, start = forgotten
        forgotten = size + K - 1, jump * S, start - P
        size, jump, start = sizes
        sizes = size + K * jump, jump * S, start - P * jump
        size, jump, start = outside
        outside = size + (K - 1) * jump, jump * S, start + P * jump
    return {
        "the stride was multiplied into the jump too early: a layer's own window lies on its input": jumped,
        "the jump was forgotten: behind a stride, neighbours are several pixels apart": forgotten,
        "a window of K numbers was taken to see K jumps more; it sees K - 1 more": sizes,
        "start was moved to the wrong side: padding lies before the picture": outside,
    }


@check("receptive_field")
def receptive_field(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    fields = Fields(student, reference)

    def drawn(kind: str, *keys: str) -> dict[str, Any]:
        low = {"size": 2, "stride": 2, "pad": 1}
        return {"type": kind} | {key: int(rng.integers(low[key], 6)) for key in keys}

    with student.case("convolutions of stride 1", 2):
        for depth in (1, 2, 4):
            fields.expect([drawn("conv", "size") | {"stride": 1, "pad": 0} for _ in range(depth)])
    with student.case("padding"):
        fields.expect([drawn("conv", "size", "pad") | {"stride": 1} for _ in range(3)])
    with student.case("strides", 3), advice(_IN_ITS_INPUT, student):
        for _ in range(3):
            fields.expect([drawn("conv", "size", "stride") | {"pad": 0} for _ in range(3)])
    with student.case("strides and padding", 2), advice(_IN_ITS_INPUT, student):
        for _ in range(3):
            fields.expect([drawn("conv", "size", "stride", "pad") for _ in range(3)])
    with student.case("pools between convolutions, which may have padding as well"):
        conv = drawn("conv", "size", "pad") | {"filters": 8}
        fields.expect(
            [conv, drawn("pool", "size", "stride"), conv, drawn("pool", "size", "stride", "pad"), conv]
        )
    with student.case("strides and padding that are not given"):
        fields.expect([drawn("conv", "size"), drawn("conv", "size", "stride"), drawn("conv", "size", "pad")])
    with student.case("layers without a window", 0.5):
        fields.expect(
            [
                drawn("conv", "size", "stride"),
                {"type": "relu"},
                drawn("pool", "size", "stride"),
                {"type": "relu"},
            ]
        )
        fields.expect([{"type": "relu"}, drawn("conv", "size", "pad")])
    with student.case("windows of 1, and strides larger than the window", 0.5):
        fields.expect([drawn("conv", "stride") | {"size": 1}, drawn("conv", "size", "pad")])
        fields.expect([{"type": "pool", "size": 2, "stride": 3}, drawn("conv", "size")])
    with student.case("no layer at all, after a network with some", 0.5):
        fields.expect([drawn("conv", "size", "stride", "pad")])
        expect(
            tuple(student.call("receptive_field", [], returns="size, jump, start")) == (1, 1, 0),
            "without a layer a number is a pixel: (1, 1, 0)",
        )
    with student.case("the network stays as it was", 0.5):
        fields.expect([drawn("conv", "size", "stride", "pad")])
        student.expect_unchanged()
