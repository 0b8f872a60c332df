"""The machine of notebook 07 against numeric gradients of random expressions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from autograder.course.manifest import Course
from autograder.course.reference import load_reference

STEPS = {
    "tanh": lambda a, b: (a + b).tanh(),
    "sigmoid": lambda a, b: (a * b).sigmoid() - a,
    "shared": lambda a, b: a * a - 2.0 * b,
    "divide": lambda a, b: a / (1.5 + b * b),
    "power": lambda a, b: (1.0 + a * a) ** b.tanh(),
    "log": lambda a, b: (2.0 + (a * b).tanh()).log(),
    "exp": lambda a, b: (-(a * a)).exp() + b,
    "centred": lambda a, b: a - b.mean(axis=0, keepdims=True),
    "repeated": lambda a, b: a + b.sum() * a[[0, 0, -1]].sum(axis=0),
    "transposed": lambda a, b: (a @ a.T @ b if a.shape == b.shape else a) * 0.1,
}


@pytest.fixture(scope="module")
def machine():
    return vars(load_reference("07_autograd", Course(ROOT)))


def numeric(f, x, h=1e-6):
    slopes = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        slopes[place] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


def expression(a, b, steps):
    """A graph in which every new node uses two of the nodes before, shared ones among them."""
    nodes = [a + 0.0 * b, b + 0.0 * a, a, b]
    for name, i, j in steps:
        nodes.append(STEPS[name](nodes[i % 2], nodes[j % len(nodes)]).tanh())
        nodes[i % 2] = nodes[-1]
    return sum((node.sum() for node in nodes[:2]), start=nodes[-1].mean())


@settings(max_examples=40, deadline=None)
@given(
    shapes=st.sampled_from([((3, 4), (3, 4)), ((3, 4), (4,)), ((1, 4), (3, 1)), ((2, 1, 3), (4, 1))]),
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9)),
        min_size=1,
        max_size=4,
    ),
    seed=st.integers(0, 2**32 - 1),
)
def test_gradients_of_random_graphs_agree_with_numeric_ones(machine, shapes, steps, seed):
    tensor, rng = machine["Tensor"], np.random.default_rng(seed)
    # The matrix products of STEPS need two axes.
    steps = [s for s in steps if s[0] != "transposed" or len(shapes[0]) == 2]
    a, b = (rng.standard_normal(shape) for shape in shapes)
    ta, tb = tensor(a, requires_grad=True), tensor(b, requires_grad=True)
    expression(ta, tb, steps).backward()
    np.testing.assert_allclose(
        ta.grad, numeric(lambda x: expression(tensor(x), tensor(b), steps).data, a), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        tb.grad, numeric(lambda x: expression(tensor(a), tensor(x), steps).data, b), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize(
    "shapes", [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((5, 2, 3), (3, 4)), ((3,), (5, 3, 2))]
)
def test_matrix_products_of_every_rank(machine, shapes):
    tensor, rng = machine["Tensor"], np.random.default_rng(0)
    a, b = (rng.standard_normal(shape) for shape in shapes)
    ta, tb = tensor(a, requires_grad=True), tensor(b, requires_grad=True)
    dout = rng.standard_normal((a @ b).shape)
    (ta @ tb).backward(dout)
    np.testing.assert_allclose(ta.grad, numeric(lambda x: np.sum(dout * (x @ b)), a), atol=1e-7)
    np.testing.assert_allclose(tb.grad, numeric(lambda x: np.sum(dout * (a @ x)), b), atol=1e-7)


def test_a_deep_chain_and_two_backward_calls(machine):
    x = machine["Tensor"](1.0, requires_grad=True)
    out = x
    for _ in range(10_000):
        out = out + 1.0
    out.backward()
    out.backward()
    assert x.grad == 2.0


def test_what_cannot_be_done_says_what_to_do(machine):
    x = machine["Tensor"](np.ones(3), requires_grad=True)
    with pytest.raises(ValueError, match="needs grad, of that shape; or take its sum first"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"add cannot take shapes \(3,\) and \(4,\)"):
        x + np.ones(4)


def test_checkpointed_gives_the_same_gradients(machine):
    rng = np.random.default_rng(0)
    net = machine["Sequential"](
        machine["Linear"](3, 4, rng), lambda x: x.relu(), machine["Linear"](4, 2, rng)
    )
    x, y = machine["Tensor"](rng.standard_normal((5, 3)), requires_grad=True), np.array([0, 1, 1, 0, 1])
    machine["softmax_loss"](net(x), y).backward()
    plain = [t.grad for t in [x, *net.parameters()]]
    machine["zero_grad"]([x, *net.parameters()])
    machine["softmax_loss"](machine["checkpointed"](net, x), y).backward()
    for one, other in zip(plain, [x, *net.parameters()], strict=True):
        np.testing.assert_allclose(one, other.grad, rtol=1e-12)


def test_losses_stay_finite(machine):
    scores = machine["Tensor"]([[1000.0, -1000.0]], requires_grad=True)
    loss = machine["bce_loss"](scores, np.array([[0.0, 1.0]]))
    loss.backward()
    assert loss.data == 2000.0
    np.testing.assert_allclose(scores.grad, [[1.0, -1.0]])


@pytest.mark.parametrize("name", sorted(STEPS))
def test_forward_mode_agrees_with_backward(machine, name):
    rng = np.random.default_rng(0)
    a, b, v, dout = (rng.standard_normal((3, 4)) for _ in range(4))
    other = machine["Tensor"](b)

    def f(x):
        return STEPS[name](x, other) + other * x.relu()

    value, change = machine["jvp"](f, a, v)
    x = machine["Tensor"](a, requires_grad=True)
    out = f(x)
    out.backward(dout)
    np.testing.assert_allclose(value, out.data)
    np.testing.assert_allclose(np.sum(change * dout), np.sum(v * x.grad), rtol=1e-10)


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
@pytest.mark.parametrize("keepdims", [True, False])
@pytest.mark.parametrize("name", ["sum", "mean", "max"])
def test_reductions(machine, name, axis, keepdims):
    rng = np.random.default_rng(0)
    a = rng.permutation(24).reshape(2, 3, 4) / 10.0
    x = machine["Tensor"](a, requires_grad=True)
    out = getattr(x, name)(axis=axis, keepdims=keepdims)
    dout = rng.standard_normal(out.shape)
    out.backward(dout)
    slopes = numeric(lambda z: np.sum(dout * getattr(z, name)(axis=axis, keepdims=keepdims)), a)
    np.testing.assert_allclose(x.grad, slopes, atol=1e-7)


def test_zero_size_bool_index_and_transposes(machine):
    tensor = machine["Tensor"]
    x = tensor(np.zeros((0, 3)), requires_grad=True)
    (x.sum() + x.T.reshape(0).sum()).backward()
    assert x.grad.shape == (0, 3)
    a = np.arange(24.0).reshape(2, 3, 4)
    x = tensor(a, requires_grad=True)
    x.transpose(2, 0, 1).backward(np.transpose(a, (2, 0, 1)))
    np.testing.assert_array_equal(x.grad, a)
    machine["zero_grad"]([x])
    x[a > 20].sum().backward()
    np.testing.assert_array_equal(x.grad, a > 20)


def test_no_grad_records_nothing_and_ends_after_an_error(machine):
    x = machine["Tensor"](1.0, requires_grad=True)
    with machine["no_grad"]():
        assert (x * 2).parents == ()
    with pytest.raises(IndexError), machine["no_grad"]():
        x[5]
    assert (x * 2).parents != ()


def test_leaves_that_need_no_gradient_get_none(machine):
    x, y = machine["Tensor"](2.0), machine["Tensor"](3.0, requires_grad=True)
    (x * y).backward()
    assert x.grad is None
    assert y.grad == 2.0


def test_no_two_gradients_share_memory(machine):
    x, y = (machine["Tensor"](np.ones(3), requires_grad=True) for _ in range(2))
    given_grad = np.ones(3)
    (x + y).reshape(3).backward(given_grad)
    x.grad *= 5
    np.testing.assert_array_equal(y.grad, np.ones(3))
    np.testing.assert_array_equal(given_grad, np.ones(3))


def test_binary_cross_entropy_with_its_penalty(machine):
    rng = np.random.default_rng(0)
    s, w, t = rng.standard_normal((4, 3)), rng.standard_normal((2, 3)), rng.integers(0, 2, (4, 3))
    s[0, 0] = 0.0
    scores, weights = (machine["Tensor"](z, requires_grad=True) for z in (s, w))
    loss = machine["bce_loss"](scores, t, [weights], penalty=0.3)
    loss.backward()
    p = 1 / (1 + np.exp(-s))
    expected = -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)) / 4 + 0.3 / 8 * np.sum(w**2)
    np.testing.assert_allclose(loss.data, expected)
    np.testing.assert_allclose(scores.grad, (p - t) / 4)
    np.testing.assert_allclose(weights.grad, 0.3 / 4 * w)
