"""What a well-known exception means is said; one that speaks for itself is left alone."""

import numpy as np
import pytest

from autograder.verdict.raised import hint


def unassigned(mode):
    if mode == "train":
        out = 1
    return out


X, NOTHING = np.ones((4, 3)), None


@pytest.mark.parametrize(
    ("raises", "words"),
    [
        (lambda: np.zeros((2, 5 / 2)), "/ always gives a float, //"),
        (lambda: np.zeros(5 / 2), "/ always gives a float, //"),
        (lambda: range(np.float64(3)), "/ always gives a float, //"),
        (lambda: X.reshape(2, 6.0), "/ always gives a float, //"),
        (lambda: X[: 4 / 2], "/ always gives a float, //"),
        (lambda: X[2.0], "/ always gives a float, //"),
        (lambda: X - np.ones(4), r"axis 0 needs the shape (4, 1): keepdims=True"),
        (lambda: np.ones((2, 5, 3, 4)) * np.ones(5), r"axis 1 needs the shape (1, 5, 1, 1)"),
        (
            lambda: np.ones((2, 5, 3, 4)) == np.ones((2, 5)) + np.ones((2, 5, 3, 4)),
            "needs the shape (2, 5, 1, 1)",
        ),
        (lambda: np.ones((5, 3, 2)) * np.ones((3, 3, 2)), "np.pad(x, pad) pads every axis"),
        (lambda: np.ones((4, 5, 3, 2)) * np.ones((3, 3, 2)), "np.pad(x, pad) pads every axis"),
        (lambda: np.ones((3, 3, 3)) * np.ones((3, 3, 2)), "a window holds HH rows and WW columns"),
        (lambda: np.ones((4, 3, 3, 2)) * np.ones((3, 2, 2)), "a window holds HH rows and WW columns"),
        (lambda: np.ones((3, 3, 1)).__iadd__(np.ones((3, 3, 2))), "a window holds HH rows and WW columns"),
        (lambda: np.ones((4, 3, 2)) * np.ones((3, 3, 2)), None),
        (lambda: X.__setitem__(np.s_[0:-0], X), "[pad:-pad] takes nothing where pad is 0"),
        (lambda: np.ones((2, 3, 4)).dot(np.ones((12, 5))), "x.reshape(N, -1)"),
        (lambda: max(0, X), "np.maximum"),
        (lambda: np.ones(3, dtype=int).__isub__(0.5), "array of floats"),
        (lambda: unassigned("test"), "another branch"),
        (lambda: NOTHING["m"], "None"),
        (lambda: 2 * NOTHING, "None"),
        (lambda: (lambda a, b: a)(*X), None),
        (lambda: [a for a, b in [X[0]]], "the same order"),
        (lambda: {}["gamma2"], "gamma2 exists only with a normalization, and only for a hidden layer"),
        (lambda: {}["W3"], "numbered from 1"),
        (lambda: {}["eps"], "need not hold 'eps': read it with .get('eps'"),
        (lambda: {}["pool"], None),
        (lambda: X - np.ones((2, 2)), None),
        (lambda: X @ np.ones((5, 2)), None),
        (lambda: 1 / 0, None),
    ],
)
def test_a_well_known_exception_is_explained(raises, words):
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of many kinds
        raises()
    said = hint(type(caught.value).__name__, str(caught.value))
    assert words in said if words else said == "", (said, caught.value)
    assert not said.endswith(".")


def test_the_call_itself_is_told_from_what_happens_inside():
    with pytest.raises(TypeError) as caught:
        unassigned()
    assert "stay as they stand" in hint("TypeError", str(caught.value), inside=False)
    assert hint("TypeError", str(caught.value)) == ""


@pytest.mark.parametrize("shapes", ["(" * 60, "(9,9,9,9,)" * 9, "(1,)" * 500, "(,) (,)", "(4,3) (1e9,)"])
def test_made_up_shapes_are_no_trouble(shapes):
    assert isinstance(
        hint("ValueError", f"operands could not be broadcast together with shapes {shapes}"), str
    )
