"""First weights repeat, whether or not a model's constructor takes a generator."""

import numpy as np
import pytest

from course_utils.training import seeded


class Taking:
    def __init__(self, size, rng=None):
        self.W = rng.normal(size=size)


class ByTheGlobalGenerator:
    def __init__(self, size):
        self.W = np.random.randn(size)  # noqa: NPY002 (as real classes do)


@pytest.mark.parametrize("make", [Taking, ByTheGlobalGenerator])
def test_the_same_generator_gives_the_same_weights_and_another_gives_others(make):
    first, again, other = (seeded(make, 5, rng=np.random.default_rng(seed)).W for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.any(first == other)


def test_a_generator_is_handed_on_as_it_is():
    expected = np.random.default_rng(7).normal(size=4)
    np.testing.assert_array_equal(seeded(Taking, size=4, rng=np.random.default_rng(7)).W, expected)


def test_the_global_generator_goes_on_as_it_was():
    np.random.seed(3)  # noqa: NPY002
    expected = np.random.randn(2)  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    seeded(ByTheGlobalGenerator, 5, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(np.random.randn(2), expected)  # noqa: NPY002


def test_a_wrong_argument_is_the_class_s_own_error():
    with pytest.raises(TypeError, match="colour"):
        seeded(ByTheGlobalGenerator, 5, colour="red", rng=np.random.default_rng(0))
