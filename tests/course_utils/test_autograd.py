"""What notebook 07 is handed for its machine."""

import numpy as np
import pytest

from course_utils import autograd


class Recorder(autograd.Operators):
    """Keeps what `apply` was called with."""

    def __init__(self, data):
        self.data, self.asked = np.asarray(data), None

    def apply(self, name, *inputs, **settings):
        made = Recorder(self.data)
        made.asked = (name, inputs, settings)
        return made


X = Recorder(np.ones((2, 3)))


@pytest.mark.parametrize(
    ("expression", "name", "inputs"),
    [
        (lambda x: x + 1, "add", (X, 1)),
        (lambda x: 2 - x, "subtract", (2, X)),
        (lambda x: x * 3, "multiply", (X, 3)),
        (lambda x: 4 / x, "divide", (4, X)),
        (lambda x: 5**x, "power", (5, X)),
        (lambda x: x @ x, "matmul", (X, X)),
        (lambda x: -x, "multiply", (X, -1.0)),
        (lambda x: x.softplus(), "softplus", (X,)),
    ],
)
def test_an_operator_asks_for_its_row(expression, name, inputs):
    made = expression(X)
    assert made.asked == (name, inputs, {})
    assert made.operation == name
    assert X.operation == ""


def test_settings_go_along():
    assert X.sum(axis=1).asked[2] == {"axis": 1, "keepdims": False}
    assert X.reshape(3, 2).asked[2] == X.reshape((3, 2)).asked[2] == {"shape": (3, 2)}
    assert X.T.asked[2] == {"axes": None}
    assert X.transpose(1, 0).asked[2] == X.transpose((1, 0)).asked[2] == {"axes": (1, 0)}
    assert X[:, 1].asked[2] == {"index": np.s_[:, 1]}


def test_an_array_on_the_left_asks_the_other_side():
    left = np.ones((2, 2))
    assert (left @ X).asked[:2] == ("matmul", (left, X))


class Dual(Recorder):
    tangent = 0.0


def test_a_dual_number_comes_first():
    dual = Dual(np.ones(3))
    assert (X * dual).asked[:2] == ("multiply", (X, dual))
    assert (dual * X).asked[:2] == ("multiply", (dual, X))


class Adding(Recorder):
    def apply(self, name, *inputs, **settings):
        return Recorder(np.add(*(getattr(value, "data", value) for value in inputs)))


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"add cannot take shapes \(2, 3\) and \(4,\): "):
        Adding(np.ones((2, 3))) + np.ones(4)


def test_slopes_of_a_power_at_its_edges():
    a, b = np.array([0.0, 0.0, 2.0]), np.array([0.0, 2.0, 3.0])
    np.testing.assert_array_equal(autograd.power_slope(a, b), [0.0, 0.0, 12.0])
    np.testing.assert_allclose(autograd.power_exponent_slope(a**b, a), [0.0, 0.0, 8 * np.log(2)])


def test_largest_numbers_share_equally():
    x = np.array([[1.0, 5.0, 5.0], [7.0, 2.0, 3.0]])
    np.testing.assert_array_equal(autograd.shares_of_max(x, axis=1), [[0, 0.5, 0.5], [1, 0, 0]])
    np.testing.assert_array_equal(autograd.shares_of_max(np.ones((2, 2))), np.full((2, 2), 0.25))


@pytest.mark.parametrize("axes", [None, (2, 0, 1), (-1, 0, 1), (1, -1, 0)])
def test_a_transpose_is_turned_back(axes):
    x = np.arange(24).reshape(2, 3, 4)
    np.testing.assert_array_equal(np.transpose(np.transpose(x, axes), autograd.turned_back(axes)), x)


def test_a_sigmoid_of_any_size():
    np.testing.assert_array_equal(autograd.stable_sigmoid(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])


@pytest.mark.parametrize("shapes", [((0,), (0, 2)), ((2, 0), (0,)), ((0,), (0,))])
def test_products_over_no_numbers_have_gradients_of_the_right_shape(shapes):
    a, b = map(np.zeros, shapes)
    dout = np.zeros(np.shape(a @ b))
    assert autograd.matmul_first(dout, a, b).shape == a.shape
    assert autograd.matmul_second(dout, a, b).shape == b.shape
