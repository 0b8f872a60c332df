"""The unseen mistakes are mistakes, and the right code beside them is right; how they are named is measured, not held."""

import numpy as np
import pytest

from benchmarks.fresh import right as fresh_right
from benchmarks.unseen import right, trials
from course_utils.gradcheck import gradient_check, loss_gradient_check

SETS = ["course", "other", "fresh course", "fresh other"]


@pytest.mark.slow
@pytest.mark.parametrize("whose", SETS)
def test_unseen_mistakes_are_found(whose):
    missed = [bug for bug in trials.mistakes(whose) if bug.check(0).passed]
    assert not missed, missed


@pytest.mark.parametrize("whose", SETS)
def test_the_layers_they_are_planted_in_are_right(whose):
    for bug in {bug.layer: bug for bug in trials.mistakes(whose)}.values():
        rng = np.random.default_rng(0)
        args, kwargs = bug.arguments(0)
        if bug.layer.endswith("_loss"):
            loss_gradient_check(getattr(bug.module, bug.layer), *args, **kwargs).raise_if_failed()
        else:
            both = (getattr(bug.module, f"{bug.layer}_{way}") for way in ("forward", "backward"))
            gradient_check(*both, *args, rng=rng, **kwargs).raise_if_failed()


@pytest.mark.parametrize(
    "case",
    [c for each in (right, fresh_right) for c in each.cases(np.random.default_rng(0))],
    ids=lambda case: case[0],
)
def test_odd_but_right_functions_pass(case):
    _, forward, backward, args = case
    gradient_check(forward, backward, *args).raise_if_failed()
