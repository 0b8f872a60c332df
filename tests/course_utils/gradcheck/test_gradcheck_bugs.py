"""Planted mistakes are found, and named for what they are."""

import numpy as np
import pytest

from answers.gradcheck import bugs as planted
from answers.gradcheck import layers
from course_utils.gradcheck import gradient_check

BUGS = planted.bugs()
HELD_OUT = planted.held_out()


def check(bug, seed=0):
    rng = np.random.default_rng(seed)
    trial = layers.trials(rng)[bug.trial]
    answer = bug.answer(rng) if trial.kind == "model" else bug.answer
    return trial.check(answer, np.random.default_rng(seed + 1))[bug.label]


@pytest.mark.parametrize("bug", [*BUGS, *HELD_OUT], ids=lambda bug: f"{bug.trial}: {bug.title}")
def test_a_planted_bug_is_found(bug):
    assert not check(bug).passed


@pytest.mark.slow
def test_at_least_85_percent_of_the_bugs_are_named_and_at_most_3_percent_wrongly():
    kinds = [(bug, cause and cause.kind) for bug in BUGS for cause in (check(bug, seed=1).cause,)]
    named = [bug for bug, kind in kinds if kind in bug.kinds]
    wrongly = [(bug.title, kind) for bug, kind in kinds if kind is not None and kind not in bug.kinds]
    assert len(BUGS) >= 60
    assert len(named) >= 0.85 * len(BUGS)
    assert len(wrongly) <= 0.03 * len(BUGS), wrongly


def test_the_kinds_of_mistake_that_students_make_are_all_among_the_bugs():
    kinds = {kind for bug in BUGS for kind in bug.kinds}
    usual = (
        "sign, factor, transposed, sum missing, wrong axis, spatial sum, mean path, variance path, gamma, reg, mask, "
        "routing, stride, padding, one-hot, upstream, precision, integer, swapped, overlap, flipped"
    )
    assert set(usual.split(", ")) <= kinds


def large_conv(rng):
    args = rng.normal(size=(2, 28, 5, 6)), rng.normal(size=(40, 28, 3, 3)), rng.normal(size=40)
    return layers.Trial("layer", layers.conv_forward, (*args, {"stride": 2, "pad": 1}))


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.trial == "conv"], ids=lambda bug: bug.title)
def test_in_a_layer_of_ten_thousand_weights_bugs_are_found_at_a_fiftieth_of_a_sweep(bug):
    rng = np.random.default_rng(3)
    trial = large_conv(rng)
    report = trial.check(bug.answer, rng)
    assert not report[bug.label].passed
    assert report.evaluations <= 2 * sum(a.size for a in trial.args[:3]) / 50


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (len, "N = 7 times too large"),
        (lambda dout: 1 / len(dout), "N = 7 times too small"),
        (lambda dout: 2.0, "doubled"),
        (lambda dout: -1.0, "the sign is flipped"),
    ],
)
def test_a_factor_is_told_by_the_name_of_the_number_it_is(factor, words):
    rng = np.random.default_rng(0)
    trial = layers.trials(rng)["batchnorm"]

    def backward(dout, c):
        dx, dgamma, dbeta = layers.batchnorm_backward(dout, c)
        return dx, dgamma, factor(dout) * dbeta

    assert words in str(trial.check(backward, rng)["dbeta"])


def test_the_forgotten_keep_probability_is_told_by_name():
    rng = np.random.default_rng(0)
    report = layers.trials(rng)["dropout"].check(lambda d, c: layers.dropout_backward(d, c) * c["p"], rng)
    assert "p = 0.7" in str(report)


def test_two_mistakes_at_once_are_found_and_not_named():
    rng = np.random.default_rng(0)
    trial = layers.trials(rng)["tanh"]
    report = trial.check(lambda d, c: 3 * d * (1 - c["x"] ** 2) + 0.2 * d * c["x"], rng)
    assert not report.passed
    assert report["dx"].cause is None


def test_a_backward_pass_that_goes_by_the_last_forward_pass_is_told_so():
    kept = {}

    def forward(x):
        out, kept["cache"] = layers.tanh_forward(x)
        return out, None

    x = np.random.default_rng(0).normal(size=(4, 3))
    report = gradient_check(forward, lambda dout, cache: layers.tanh_backward(dout, kept["cache"]), x)
    assert "goes by the last forward pass, not by the cache" in str(report)


def test_a_forward_pass_in_single_precision_is_told_so():
    def forward(x):
        return np.tanh(x.astype(np.float32)), x

    x = np.random.default_rng(0).normal(size=(4, 3))
    report = gradient_check(forward, lambda dout, x: dout * (1 - np.tanh(x) ** 2), x)
    assert "forward computes in single precision (float32) from float64 inputs" in str(report)
    assert gradient_check(lambda x: (1.0 * x, None), lambda dout, _: dout, x.astype(np.float32)).passed


def test_errors_as_small_as_those_of_eps_are_not_taken_for_numbers_in_wrong_places():
    rng = np.random.default_rng(0)
    trial = layers.trials(rng)["batchnorm"]

    def backward(dout, c):
        std = np.sqrt(c["std"] ** 2 - 1e-5)
        dx, dgamma, dbeta = layers.batchnorm_backward(dout, c)
        return dx, dgamma * c["std"] / std, dbeta

    assert "eps is forgotten" in str(trial.check(backward, rng)["dgamma"])


def test_the_wrong_formula_of_a_slope_is_repeated_to_its_author():
    rng = np.random.default_rng(0)
    report = layers.trials(rng)["tanh"].check(lambda d, c: d * (1 - np.tanh(c["x"])), rng)
    assert "the wrong formula of the output: 1 - out was used" in str(report)
