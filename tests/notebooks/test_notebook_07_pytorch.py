"""The machine of notebook 07 against PyTorch: the same random graph in both."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from places import ROOT

from autograder.course.manifest import Course
from autograder.course.reference import load_reference


def largest(x):
    """Along the last axis, which stays; those that are equally large share the gradient."""
    return x.amax(-1, keepdim=True) if hasattr(x, "amax") else x.max(axis=-1, keepdims=True)


# Of two nodes and a leaf of shape (3, 4), which every node can be repeated to.
STEPS = {
    "add": lambda x, y, a: x + y * 0.5,
    "subtract": lambda x, y, a: 1.5 - x - y,
    "multiply": lambda x, y, a: x * y,
    "divide": lambda x, y, a: x / (1.5 + y * y),
    "power": lambda x, y, a: (0.5 + x * x) ** y.tanh(),
    "square": lambda x, y, a: -(x**2) + 2.0**y,
    "relu": lambda x, y, a: x.relu() - (-y).relu(),
    "sigmoid": lambda x, y, a: (x * y).sigmoid(),
    "exp": lambda x, y, a: x.tanh().exp(),
    "log": lambda x, y, a: (1.5 + x * x).log() * y,
    "sum": lambda x, y, a: (x * x).sum(axis=0, keepdims=True) - y,
    "mean": lambda x, y, a: x - x.mean(axis=-1, keepdims=True),
    "max": lambda x, y, a: largest(x) - y,
    "matmul": lambda x, y, a: (x + 0.0 * a) @ (y + 0.0 * a).T @ a * 0.1,
    "rows": lambda x, y, a: (x + 0.0 * a)[[0, 2, 2]] * y,
    "slice": lambda x, y, a: (x + 0.0 * a)[1:, ::2].sum() * y,
    "mask": lambda x, y, a: (x + 0.0 * a)[a.data > 0].sum() + y,
    "turned": lambda x, y, a: (x + 0.0 * a).reshape(4, 3).T,
}
SHAPES = ((3, 4), (4,), (3, 1), (1, 4))


def graph(leaves, steps):
    """Each new node uses two of the nodes before, shared ones among them."""
    nodes = list(leaves)
    for name, i, j in steps:
        nodes.append(STEPS[name](nodes[-1 - i % len(nodes)], nodes[j % len(nodes)], leaves[0]).tanh())
    return nodes[-1], nodes[-1 - len(nodes) // 3].sum()


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 9), st.integers(0, 9)),
        min_size=1,
        max_size=8,
    ),
    asks=st.tuples(*4 * [st.booleans()]).filter(any),
    seed=st.integers(0, 2**32 - 1),
)
def test_values_and_gradients_are_those_of_pytorch(steps, asks, seed):
    torch = pytest.importorskip("torch")
    tensor = load_reference("07_autograd", Course(ROOT)).Tensor
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for shape in SHAPES]
    ours = [tensor(array, requires_grad=asked) for array, asked in zip(arrays, asks, strict=True)]
    theirs = [torch.tensor(array, requires_grad=asked) for array, asked in zip(arrays, asks, strict=True)]
    # A result of any shape with a gradient for it, twice, and one number of the same leaves without.
    for one, other in zip(graph(ours, steps), graph(theirs, steps), strict=True):
        np.testing.assert_allclose(one.data, other.detach().numpy(), rtol=1e-10, atol=1e-12)
        assert one.requires_grad == other.requires_grad
        if one.requires_grad:
            dout = rng.standard_normal(one.shape)
            for _ in range(2):
                one.backward(dout)
                other.backward(torch.tensor(dout), retain_graph=True)
    for leaf, wanted in zip(ours, theirs, strict=True):
        assert (leaf.grad is None) == (wanted.grad is None)
        if leaf.grad is not None:
            np.testing.assert_allclose(leaf.grad, wanted.grad.numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("shapes", [((0, 3), (3,)), ((0, 3), (1, 3)), ((2, 0), (0, 3))])
def test_arrays_without_numbers_are_differentiated_as_by_pytorch(shapes):
    torch = pytest.importorskip("torch")
    tensor = load_reference("07_autograd", Course(ROOT)).Tensor
    arrays = [np.linspace(-1, 1, int(np.prod(shape))).reshape(shape) for shape in shapes]
    ours = [tensor(array, requires_grad=True) for array in arrays]
    theirs = [torch.tensor(array, requires_grad=True) for array in arrays]
    for x, y in (ours, theirs):
        ((x @ y if x.shape[1] == 0 else x * y).sum(axis=0) + y * y).sum().backward()
    for leaf, wanted in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(leaf.grad, wanted.grad.numpy())
