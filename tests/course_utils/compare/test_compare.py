"""What a student reads when an answer differs."""

import math
from collections import UserDict, namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from course_utils.compare import CheckFailed, Match, check_close, close_values, difference, guess_shape

W = np.array([[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]])
ANYTHING = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.lists(st.integers(), max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128, object, "U3", "M8[s]"]),
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3),
    ),
)


def said(*args, **kwargs):
    """What `difference` says, or None."""
    failure = difference(*args, **kwargs)
    return None if failure is None else str(failure)


class Hostile:
    """Raises whatever is done with it."""

    def __getattribute__(self, name):
        raise RuntimeError("no")


NUMBERS = [0.0, 1.0, 1 + 1e-9, 1 + 1e-7, -1.0, 5e-12, -5e-13, 1e308, -1e308, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("tolerance", [(1e-8, 1e-12), (1e-6, 1e-7), (1e-9, 1e-15)], ids=str)
@pytest.mark.parametrize("expected", [np.float64, np.float32, np.int64, np.bool_])
@pytest.mark.parametrize("actual", [np.float64, np.float32, np.longdouble, np.int64, np.bool_])
def test_values_are_close_where_numpy_says_so(actual, expected, tolerance):
    """Every number beside every other one, in a grid and alone."""
    with np.errstate(all="ignore"):
        pairs = np.array(NUMBERS).astype(actual)[:, None], np.array(NUMBERS).astype(expected)[None]
        grid = tuple(np.ascontiguousarray(each) for each in np.broadcast_arrays(*pairs))
        for a, b in (grid, *zip(*map(np.ravel, grid), strict=True)):
            found = close_values(np.asarray(a), np.asarray(b), *tolerance)
            assert np.array_equal(found, np.isclose(a, b, *tolerance, equal_nan=True)), (a, b)


@pytest.mark.parametrize("actual", [W, W.copy(order="F"), W.astype(np.longdouble), W + 1e-13])
def test_equal_values_of_equal_or_higher_precision_agree(actual):
    assert said(actual, W, "dw") is None


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (None, "missing"),
        ("text", "a str"),
        ([1.0, 2.0], "a list of 2"),
        (W.tolist(), "a list"),
        (np.array([[None] * 3] * 2), "an array of objects"),
        (W.astype(complex), "complex"),
        (W[0], "has shape (3,), expected (2, 3)"),
        (1.0, "is a single number, expected (2, 3)"),
        (W.T, "transposed"),
        (W[None], "keepdims"),
        (np.stack([W, W]) / 2, "the sum over the batch is missing"),
        (W.ravel(), "reshape"),
        (W.astype(np.float32), "float32"),
        (W.astype(int), "whole numbers (int64)"),
        (np.where(W > 2, np.nan, W), "nan at [1, 0]"),
        (np.where(W > 2, np.inf, W), "inf at [1, 0]"),
        (-W, "the sign is flipped"),
        (2 * W, "doubled"),
        (W / 2, "halved"),
        (7 * W, "7 times what it should be"),
        (W / 7, "7 times too small"),
        (-3 * W, "sign flipped"),
        (W[:, ::-1], "backwards along axis 1"),
        (np.zeros_like(W), "zero everywhere"),
        (np.trunc(W), "whole numbers"),
        (np.array([[-2.0, 1.0, 0.5], [3.0, 0.25, -1.5]]), "wrong places"),
        (
            W.astype(np.float32).astype(float) * (1 + 3e-8 * np.sign([[1, -1, 1], [-1, 1, -1]])),
            "single precision",
        ),
    ],
)
def test_the_sentence_says_what_is_wrong(actual, words):
    sentence = said(actual, W, "dw")
    assert sentence.startswith("dw ")
    assert words in sentence
    assert "\n" not in sentence
    assert not sentence.endswith(".")


def test_the_worst_entry_is_shown_with_both_values_and_the_number_of_wrong_ones():
    actual = W.copy()
    actual[0, 1], actual[1, 2] = 5.0, -1.6
    assert said(actual, W, "dw") == "dw is wrong in 2 of 6 values, at [0, 1] it is 5, expected -2"


def test_no_guess_is_made_when_none_fits():
    actual = W.copy()
    actual[0, 1] = 5.0
    assert "looks like" not in said(actual, W, "dw")


IMAGES = np.arange(1.0, 121).reshape(2, 3, 4, 5)


@pytest.mark.parametrize(
    ("actual", "expected", "words"),
    [
        (
            np.ones((1, 1)),
            np.ones(1),
            "(1, 1), expected (1,): it looks like an axis of length 1 is left over (keepdims?)",
        ),
        (W[:1, :1], W[0, :1], "keepdims?"),
        (IMAGES[None, None, None], IMAGES, "it looks like 3 axes of length 1 are left over (keepdims?)"),
        (
            np.arange(1.0, 4),
            np.arange(1.0, 4).reshape(1, 3, 1, 1),
            "3 axes of length 1 are missing: sum with keepdims=True",
        ),
        (IMAGES[:, :, 0:-0], IMAGES, "a slice such as [pad:-pad] takes nothing where pad is 0"),
        (np.pad(IMAGES, ((0, 0), (0, 0), (2, 2), (2, 2))), IMAGES, "the padding is still there"),
        (IMAGES[:, :, :3, :4], IMAGES, "its end is missing"),
        (2 * W.T, W, "its axes are in another order"),
    ],
)
def test_a_wrong_shape_is_explained(actual, expected, words):
    assert words in said(actual, expected, "db")


def test_of_a_wrong_shape_nothing_is_said_that_its_values_refute():
    assert said(np.ones((2, 3, 6, 7)), IMAGES, "dx") == "dx has shape (2, 3, 6, 7), expected (2, 3, 4, 5)"
    assert said(-IMAGES[:, :, :3], IMAGES, "dx") == "dx has shape (2, 3, 3, 5), expected (2, 3, 4, 5)"


def test_a_shape_is_compared_with_values_at_some_places():
    places = np.nonzero(np.arange(20).reshape(4, 5) % 3 == 0)
    right = np.arange(1.0, 21).reshape(4, 5)
    cause = guess_shape(right[:3], right.shape, Match(right[places], places))
    assert cause is None


def test_two_values_that_differ_late_are_shown_with_enough_digits():
    assert "1.000001, expected 1" in said(1.000001, 1.0, "loss")


def test_an_empty_array_does_not_pass_for_another_shape():
    assert "has shape (0,)" in said(np.empty(0), np.ones(1), "db")
    assert said(np.empty((0, 3)), np.empty((0, 3)), "db") is None


def test_broadcasting_does_not_hide_an_extra_axis():
    assert "has shape (1, 3), expected (3,)" in said(np.ones((1, 3)), np.ones(3), "db")


@pytest.mark.parametrize("actual", [2, 2.0, np.float64(2), np.array(2.0), np.int64(2)])
def test_a_single_number_may_come_in_any_kind(actual):
    assert said(actual, 2.0, "loss") is None


def test_a_number_in_an_array_is_not_a_single_number():
    assert "has shape (1,), expected a single number" in said(np.ones(1), 1.0, "loss")


def test_nan_is_equal_to_nan_and_to_nothing_else():
    assert said(math.nan, math.nan, "x") is None
    assert "nan" in said(math.nan, 1.0, "x")
    assert said(np.array([np.inf, 1.0]), np.array([np.inf, 1.0]), "x") is None
    assert said(np.array([1.0, 1.0]), np.array([np.inf, 1.0]), "x") is not None


def test_lists_and_dicts_are_compared_part_by_part():
    assert said([W, W], [W, W], "copies") is None
    assert said([W, -W], [W, W], "copies").startswith("copies[1] is wrong")
    assert said([W], [W, W], "copies") == "copies has 1 entries, expected 2"
    assert said({"a": 1.0}, {"a": 1.0, "b": 2.0}, "config") == "config has no key 'b'"
    assert said({"a": 1.5}, {"a": 1.0}, "config").startswith("config['a'] is 1.5")


@given(ANYTHING, ANYTHING)
def test_it_never_raises_and_always_answers_with_a_sentence_or_none(actual, expected):
    answer = said(actual, expected, "x")
    assert answer is None or answer.startswith("x")


def test_objects_that_raise_are_answered_with_a_sentence():
    assert said(Hostile(), W, "x").startswith("x ")


@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=st.floats(-10, 10)))
def test_every_array_agrees_with_itself_and_not_with_itself_and_one(array):
    assert said(array, array, "x") is None
    assert said(array + 1, array, "x") is not None


def test_check_close_prints_when_right_and_raises_the_sentence_when_wrong(capsys):
    check_close(W, W, "dw")
    assert capsys.readouterr().out == "✓ dw is right\n"
    with pytest.raises(CheckFailed, match="the sign is flipped"):
        check_close(-W, W, "dw")
    assert issubclass(CheckFailed, AssertionError)


def test_a_factor_is_told_by_the_name_of_the_number_it_is():
    assert "N = 10 times too large" in said(10 * W, W, "db", sizes={"N": 10})
    assert "N = 10 times too small" in said(W / 10, W, "db", sizes={"N": 10})
    assert "multiplied by p = 0.7 once too often" in said(0.7 * W, W, "dx", sizes={"p": 0.7})
    assert "divided by p = 0.7 once too often" in said(W / 0.7, W, "dx", sizes={"p": 0.7})


def test_a_factor_that_may_be_one_of_several_numbers_is_told_by_all_their_names():
    sizes = {"N": 4, "M": 4, "C": 3}
    assert "N = M = 4 times too large (is a division by N or M missing?)" in said(4 * W, W, "db", sizes=sizes)
    assert "halved, N = 2 times too small" in said(W / 2, W, "db", sizes={"N": 2})
    assert "doubled" in said(2 * W, W, "db", sizes=sizes)


def test_tolerances_are_those_asked_for():
    assert said(1.0 + 1e-6, 1.0, "x", rtol=1e-5) is None
    assert said(1.0 + 1e-6, 1.0, "x", rtol=1e-7) is not None
    assert said(1e-13, 0.0, "x", atol=0) is not None


def test_a_missing_term_is_told_from_a_factor():
    expected = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    bias = np.array([1.0, -2.0, 0.5])[:, None, None]
    assert "each channel (axis 1) is off by a number of its own" in said(expected - bias, expected, "out")
    assert "each column is off by a number" in said(expected[0, 0] - np.arange(5), expected[0, 0], "out")
    assert "it is 7 too small everywhere" in said(expected - 7, expected, "out")
    assert "it is 7 too large everywhere" in said(expected + 7, expected, "out")
    # Any constant is a multiple of another constant.
    assert "looks like" not in said(np.array([-4.0, -4.0]), np.array([6.0, 6.0]), "out")


def test_a_count_is_shown_in_full_and_not_called_a_factor():
    assert said(1, 2, "steps") == "steps is 1, expected 2"
    assert said(2000, 1999, "steps") == "steps is 2000, expected 1999"


def test_a_variance_divided_by_one_less_is_told():
    sentence = said(W * 20 / 19, W, "variances", sizes={"N": 20})
    assert "divided by N - 1 = 19 instead of N = 20" in sentence


def test_kinds_are_named_in_words():
    class Kept:
        _type = "Tensor"

    assert said(Kept(), 1.0, "loss") == "loss is a Tensor, expected a single number"
    assert said(2j, 1.0, "rate") == "rate is a complex number, expected a single number"
    assert said(np.complex128(2j), 1.0, "rate") == "rate is a complex number, expected a single number"


def test_any_mapping_is_a_dict_and_any_tuple_a_tuple():
    pair = namedtuple("Pair", "loss grads")(1.0, UserDict(W=W))
    assert difference(pair, (1.0, {"W": W}), "loss") is None
    assert difference(UserDict(b=W), {"W": W}, "grads").fact == "grads has no key 'W'"


@pytest.mark.parametrize("cut", [np.trunc, np.floor, np.round])
def test_numbers_that_were_cut_are_told(cut):
    expected = np.array([-1.6, 0.4, 1.2, 2.7, 3.5])
    assert "cut to whole numbers" in str(difference(cut(expected), expected, "out"))


@pytest.mark.parametrize("found", [np.ones(4), np.zeros(4), np.array([1.0, 0, 1, 2])])
def test_whole_numbers_that_no_cut_gives_are_not_called_cut(found):
    failure = difference(found, np.array([0.0, 0.3, 0.6, 0.9]), "out")
    assert failure
    assert "whole numbers" not in str(failure)
