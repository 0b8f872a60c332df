"""What is particular to the hidden checks of 05_optimizers; test_bars.py holds them to what all are held to."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_checks import checks_of, sentences

from autograder.checks.mistakes.second_order import inverse_hessian, newest_scale
from autograder.checks.optimizers.second_order import drawn_pairs
from course_utils.training import rules, schedules

OPTIMIZERS = checks_of("optimizers")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def called(function):
    return lambda *args, **kwargs: function(*args, **kwargs)


@pytest.mark.parametrize("question", sorted(set(OPTIMIZERS.checks) - {"newton_step", "lbfgs_direction"}))
def test_the_librarys_own_function_may_not_stand_in(question):
    module = rules if hasattr(rules, question) else schedules
    stand_ins = {part: getattr(module, part) for part in OPTIMIZERS.parts(question)}
    for answers in (stand_ins, {part: called(stand_in) for part, stand_in in stand_ins.items()}):
        verdict = OPTIMIZERS.ask_with_all(question, answers)
        found = sentences(verdict)
        assert len(found) == len(verdict.cases)
        assert all("write this one yourself" in sentence for sentence in found), found


@given(D=st.integers(1, 8), count=st.integers(0, 8), seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_the_matrix_that_lbfgs_is_compared_with_is_the_one_of_scipy(D, count, seed):
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(seed)
    pairs = drawn_pairs(rng, D, count)
    dw = rng.normal(size=D)
    # SciPy's starts from the identity: in units of the square root of the scale, ours does too.
    unit = np.sqrt(newest_scale(pairs))
    s, y = [
        [part / unit ** (1 - 2 * k) for part in side] for k, side in enumerate(zip(*pairs, strict=True))
    ] or ([], [])
    H = unit**2 * optimize.LbfgsInvHessProduct(np.array(s), np.array(y)).todense() if pairs else np.eye(D)
    assert inverse_hessian(D, pairs) == pytest.approx(H, rel=1e-6, abs=1e-8)
    direction = OPTIMIZERS.reference.lbfgs_direction(dw, [s for s, _ in pairs], [y for _, y in pairs])
    assert direction == pytest.approx(-H @ dw, rel=1e-6, abs=1e-8)


@given(D=st.integers(1, 6), count=st.integers(1, 6), seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_the_matrix_that_lbfgs_is_compared_with_explains_the_newest_pair_and_is_positive(D, count, seed):
    pairs = drawn_pairs(np.random.default_rng(seed), D, count)
    H = inverse_hessian(D, pairs)
    assert pytest.approx(H.T, rel=1e-6, abs=1e-8) == H
    assert H @ pairs[-1][1] == pytest.approx(pairs[-1][0], rel=1e-6, abs=1e-8)
    assert np.linalg.eigvalsh(H).min() > 0


def test_an_average_that_shares_memory_with_the_parameters_is_told_so():
    [sentence] = sentences(OPTIMIZERS.ask_with("ema_update", shares_memory))
    assert "copy every array" in sentence


def shares_memory(average, params, decay=0.995):
    if average is None:
        return dict(params)
    return {name: decay * average[name] + (1 - decay) * value for name, value in params.items()}
