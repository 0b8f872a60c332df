"""Checks of the running average of parameters."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Unpack

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.copies import expect_copy
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single, mixed
from autograder.checks.asking.parameters import Params
from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.schedules import average_mistakes
from autograder.checks.optimizers.forbidden import LIBRARY
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import difference, listed

_RULE = "The average becomes decay · average + (1 - decay) · params, name by name"


def _drawn(rng: np.random.Generator) -> Params:
    return {"W1": mixed(rng, (4, 3)), "b1": mixed(rng, (3,)), "W2": mixed(rng, (3, 2, 2, 1))}


def _single(params: Params) -> Params:
    return {name: as_single(value) for name, value in params.items()}


def _mistakes(average: Params | None, params: Params, decay: float = 0.995) -> Values:
    return {} if average is None else average_mistakes(average["W1"], params["W1"], decay)


@check("ema_update", forbids=LIBRARY)
def ema_update(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_update(
        average: Params | None, params: Params, *decay: float, **tolerances: Unpack[Tolerances]
    ) -> None:
        found = student.call("ema_update", average, params, *decay)
        wanted = reference.ema_update(average, params, *decay)
        first = found.get("W1") if isinstance(found, dict) else None
        with told(first, lambda: _mistakes(average, params, *decay)):
            expect_close(found, wanted, "the average", **tolerances)
        extra = [key for key in found if key not in wanted]
        expect(not extra, f"the average has keys that params has not: {listed(extra)}")

    with student.case("one step of a given average", 3), advice(_RULE):
        expect_update(_drawn(rng), _drawn(rng), 0.9)
        expect_update(_drawn(rng), _drawn(rng), 0.2)
    with student.case("the decay is 0.995 when none is given"), advice(_RULE):
        expect_update(_drawn(rng), _drawn(rng))
    with (
        student.case("no average yet: it starts as the parameters"),
        advice("Where average is None there is nothing to decay: return the parameters, copied"),
    ):
        expect_update(None, _drawn(rng))
        expect_update(None, _drawn(rng), 0.9)
        params = _drawn(rng)
        found = student.call("ema_update", _drawn(rng), params, 0.9)
        same = difference(found, params, "the average") is None
        expect(not same, "a given average became the parameters themselves: only None does")
    with student.case("five steps from nothing", 2), advice(_RULE):
        average = wanted = None
        for _ in range(5):
            params = _drawn(rng)
            average = student.call("ema_update", average, params, 0.8)
            wanted = reference.ema_update(wanted, params, 0.8)
            expect_close(average, wanted, "the average")
    with student.case("the first average is a copy, which later updates of the parameters leave alone", 2):
        expect_copy(student, "ema_update", "the first average", None)
    with student.case("a decay of 0 follows the parameters, of 1 stays"):
        for decay in (0.0, 1.0):
            expect_update(_drawn(rng), _drawn(rng), decay)
    with student.case("single precision", 0.5):
        average, params = _single(_drawn(rng)), _single(_drawn(rng))
        expect_update(average, params, 0.9, **SINGLE)
    with student.case("params stay as they were"):
        for average in (None, _drawn(rng)):
            expect_update(average, _drawn(rng), 0.7)
            student.changed.discard("the first argument of ema_update")
            student.expect_unchanged()
