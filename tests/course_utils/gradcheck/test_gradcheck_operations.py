"""Mistakes in the machine of notebook 07: found, named by what they are, silent where nothing tells."""

from collections import Counter

import numpy as np
import pytest

from answers.gradcheck.operations import operations, slips
from course_utils.gradcheck import gradient_check


@pytest.mark.parametrize("name", list(operations()))
@pytest.mark.parametrize("seed", range(3))
def test_a_right_operation_passes(name, seed):
    report = operations()[name].check(seed)
    assert report.passed, report.explain()


def test_mistakes_are_found_named_and_seldom_named_wrongly():
    said = {(slip.operation, slip.title): slip.outcome(seed=0) for slip in slips()}
    counts = Counter(outcome for outcome, _ in said.values())
    assert counts["missed"] == 0
    assert counts["named"] >= 0.85 * counts.total(), said
    assert counts["wrongly"] <= 0.03 * counts.total(), said


def report_on(function, slope, x):
    return gradient_check(
        lambda x: (function(x), x),
        lambda dout, x: dout * slope(x),
        x,
        rng=np.random.default_rng(1),
        line_seconds=0,
    )


def test_no_side_is_said_to_be_wrong_where_all_numbers_are_of_one(rng):
    x = rng.uniform(0.5, 2, size=(4, 3))
    assert "zero" not in str(report_on(np.log, lambda x: np.sqrt(x) + 1, x))


@pytest.mark.parametrize("off", [0.0, 1e-3])
def test_a_slope_upside_down_is_told_only_where_it_is_one(off, rng):
    x = rng.uniform(0.5, 2, size=(4, 3))
    said = str(report_on(np.log, lambda x: x + off, x))
    assert ("one over what it should be" in said) == (off == 0)


@pytest.mark.parametrize("off", [0.0, 1e-3])
def test_what_a_slope_leaves_of_one_is_told_only_where_it_is_that(off, rng):
    x = rng.normal(size=(4, 3))
    said = str(report_on(lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(x)) + off, x))
    assert ("one minus what it should be" in said) == (off == 0)


@pytest.mark.parametrize("used", [lambda x: x > 0, lambda x: x > 0.1])
def test_the_slope_of_relu_is_told_only_where_it_begins_at_zero(used):
    x = np.array([[-1.0, 0.05, 2.0], [0.7, -0.3, 1.1]])
    said = str(report_on(lambda x: np.logaddexp(0, x), used, x))
    assert ("slope of ReLU" in said) == bool(np.array_equal(used(x), x > 0))


def test_a_side_that_is_missing_is_not_told_as_the_slope_of_relu(rng):
    x = rng.normal(size=(6, 4))
    said = str(report_on(lambda x: np.where(x > 0, x, np.expm1(x)), lambda x: x > 0, x))
    assert "the slope below zero is missing" in said


@pytest.mark.parametrize("sign", [-1, 1, -1.01])
def test_terms_of_a_product_that_are_subtracted_are_told(sign, rng):
    x = rng.normal(size=(4, 3))
    said = str(
        report_on(lambda x: x * np.tanh(x), lambda x: np.tanh(x) + sign * x * (1 - np.tanh(x) ** 2), x)
    )
    assert ("has the wrong sign" in said) == (sign == -1)


PLACES = np.array([0, 2, 2, 1])


def gathered(backward, rng):
    """The report on x[PLACES], whose index the checker does not see."""
    return str(
        gradient_check(
            lambda x: (x[PLACES], None), backward, rng.normal(size=(4, 3)), rng=rng, line_seconds=0
        )
    )


@pytest.mark.parametrize("spoil", [lambda dx: dx, lambda dx: 1.01 * dx, lambda dx: dx[::-1].copy()])
def test_rows_that_overwrite_each_other_are_told_without_a_look_at_the_index(spoil, rng):
    def backward(dout, _):
        dx = np.zeros((4, 3))
        dx[PLACES] = dout
        return spoil(dx)

    assert ("only one counts" in gathered(backward, rng)) == (spoil(np.arange(3.0)) == np.arange(3.0)).all()


def test_the_wrong_one_of_two_rows_is_not_taken_for_an_overwritten_one(rng):
    def backward(dout, _):
        dx = np.zeros((4, 3))
        np.add.at(dx, PLACES, dout)
        dx[2] = dout[0]
        return dx

    assert "only one counts" not in gathered(backward, rng)


@pytest.mark.parametrize("factor", [1.0, 1.01])
def test_a_sum_of_dout_alone_is_told(factor, rng):
    def backward(dout, cache):
        _, b = cache
        return dout * b, factor * dout.sum(axis=0)

    report = gradient_check(
        lambda a, b: (a * b, (a, b)),
        backward,
        rng.normal(size=(4, 3)),
        rng.normal(size=3),
        rng=rng,
        line_seconds=0,
    )
    assert ("db is dout summed over the batch" in str(report)) == (factor == 1)


def test_dout_in_the_shape_of_out_is_told(rng):
    for factor in (1.0, 1.01):
        report = gradient_check(
            lambda x: (x.sum(axis=1), None),
            lambda dout, _, f=factor: f * dout,
            rng.normal(size=(4, 3)),
            line_seconds=0,
        )
        assert ("still in the shape of out" in str(report)) == (factor == 1)
