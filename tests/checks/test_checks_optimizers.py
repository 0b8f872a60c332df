"""The hidden checks of 05_optimizers: planted wrong answers fail for their reason, right ones earn everything."""

import numpy as np
import pytest
from check_bars import EMPTY, Bars, label, unfilled
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.checks.mistakes.second_order import inverse_hessian, newest_scale
from autograder.checks.optimizers.second_order import drawn_pairs
from course_utils.training import rules, schedules

BARS = Bars("optimizers", "05_optimizers")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.mark.parametrize("answer", BARS.wrong, ids=label)
def test_a_planted_wrong_answer_fails_for_its_reason(answer):
    BARS.fails_for_its_reason(answer, range(1))


@pytest.mark.parametrize("answer", BARS.right, ids=label)
def test_a_planted_right_answer_earns_everything(answer, seeds):
    BARS.earns_everything(answer.question, answer.namespace(BARS.reference), seeds)


@pytest.mark.parametrize("question", BARS.checks)
def test_the_reference_earns_everything(question, seeds):
    BARS.earns_everything(question, vars(BARS.reference), seeds)


@pytest.mark.parametrize("question", BARS.checks)
@pytest.mark.parametrize("empty", EMPTY, ids=lambda empty: empty.__name__)
def test_an_answer_that_says_nothing_earns_nothing(question, empty):
    BARS.earns_nothing(question, empty, range(1))


def test_nothing_written_is_no_attempt():
    for question in BARS.checks:
        assert not BARS.ask(question, dict.fromkeys(BARS.checks, unfilled), 0).attempted, question
        assert not BARS.ask(question, {}, 0).attempted, question


@pytest.mark.parametrize("question", BARS.checks)
def test_the_cases_do_not_depend_on_the_student(question):
    BARS.asks_every_student_alike(question)


@pytest.mark.parametrize("question", BARS.checks)
def test_every_check_has_planted_answers(question):
    BARS.has_planted_answers(question)


def test_no_planted_answer_is_left_over():
    assert {answer.question for answer in BARS.answers} <= set(BARS.checks)
    assert len({(answer.question, answer.name) for answer in BARS.answers}) == len(BARS.answers)


@pytest.mark.parametrize("question", sorted(set(BARS.checks) - {"newton_step", "lbfgs_direction"}))
def test_the_librarys_own_function_may_not_stand_in(question):
    module = rules if hasattr(rules, question) else schedules
    stand_in = getattr(module, question)
    for answer in (stand_in, lambda *args, **kwargs: stand_in(*args, **kwargs)):
        found = BARS.failures(question, vars(BARS.reference) | {question: answer}, 0)
        assert len(found) == len(BARS.ask(question, {}, 0).cases)
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
    direction = BARS.reference.lbfgs_direction(dw, [s for s, _ in pairs], [y for _, y in pairs])
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
    [sentence] = BARS.failures("ema_update", vars(BARS.reference) | {"ema_update": shares_memory}, 0)
    assert "copy every array" in sentence


def shares_memory(average, params, decay=0.995):
    if average is None:
        return dict(params)
    return {name: decay * average[name] + (1 - decay) * value for name, value in params.items()}
