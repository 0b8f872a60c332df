"""Fast pooling: the same numbers as plain loops, for any shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import layers

SIZES = st.integers(1, 9)


@given(shape=st.tuples(SIZES, SIZES, SIZES, SIZES), pool=st.tuples(*[st.integers(1, 4)] * 3), data=st.data())
def test_pooling_agrees_with_pytorch(shape, pool, data):
    torch = pytest.importorskip("torch")
    height, width, stride = min(pool[0], shape[2]), min(pool[1], shape[3]), pool[2]
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    x = rng.permutation(np.prod(shape)).astype(np.float64).reshape(shape)
    for kind in POOLS:
        forward, backward, _ = POOLS[kind]
        out, cache = forward(x, {"pool_height": height, "pool_width": width, "stride": stride})
        dout = rng.normal(size=out.shape)
        leaf = torch.from_numpy(x).requires_grad_()
        theirs = getattr(torch.nn.functional, {"max": "max_pool2d", "average": "avg_pool2d"}[kind])(
            leaf, (height, width), stride
        )
        theirs.backward(torch.from_numpy(dout))
        np.testing.assert_allclose(out, theirs.detach().numpy(), rtol=1e-12)
        np.testing.assert_allclose(backward(dout, cache), leaf.grad.numpy(), rtol=1e-12, atol=1e-12)


POOLS = {
    "max": (layers.max_pool_forward_fast, layers.max_pool_backward_fast, np.max),
    "average": (layers.avg_pool_forward_fast, layers.avg_pool_backward_fast, np.mean),
}


@pytest.mark.parametrize("kind", POOLS)
@given(
    shape=st.tuples(SIZES, st.integers(1, 4), st.integers(4, 9), st.integers(4, 9)),
    pool=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 6)),
    seed=st.integers(0, 1000),
)
def test_pooling_agrees_with_loops(kind, shape, pool, seed):
    forward, backward, reduce = POOLS[kind]
    rng = np.random.default_rng(seed)
    x = rng.permutation(float(np.prod(shape)) - np.arange(np.prod(shape)) * 2).reshape(shape)
    height, width, stride = pool
    out, cache = forward(x, {"pool_height": height, "pool_width": width, "stride": stride})
    dout = rng.normal(size=out.shape)
    dx = backward(dout, cache)
    wanted, dwanted = np.zeros(out.shape), np.zeros(shape)
    for n, c, i, j in np.ndindex(out.shape):
        place = (n, c, slice(i * stride, i * stride + height), slice(j * stride, j * stride + width))
        window = x[place]
        wanted[n, c, i, j] = reduce(window)
        share = (window == window.max()) if kind == "max" else np.full(window.shape, 1 / window.size)
        dwanted[place] += dout[n, c, i, j] * share
    assert out.shape == (*shape[:2], 1 + (shape[2] - height) // stride, 1 + (shape[3] - width) // stride)
    np.testing.assert_allclose(out, wanted, rtol=1e-12)
    np.testing.assert_allclose(dx, dwanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_first_of_equal_values_gets_the_gradient(stride):
    x = np.ones((1, 1, 4, 4))
    _, cache = layers.max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": stride})
    places = 3 if stride == 1 else 2
    dx = layers.max_pool_backward_fast(np.ones((1, 1, places, places)), cache)
    expected = np.zeros((4, 4))
    expected[:3:stride, :3:stride] = 1
    np.testing.assert_array_equal(dx[0, 0], expected)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_of_many_equal_values_gets_the_gradient(order, dtype):
    rng = np.random.default_rng(0)
    x = np.asarray(rng.integers(0, 3, (9, 4, 6, 8)), dtype, order=order)
    out, cache = layers.max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    dout = rng.normal(size=out.shape).astype(dtype)
    expected = np.zeros(x.shape, dtype)
    for n, c, i, j in np.ndindex(out.shape):
        row, column = np.unravel_index(x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].argmax(), (2, 2))
        expected[n, c, 2 * i + row, 2 * j + column] = dout[n, c, i, j]
    np.testing.assert_array_equal(layers.max_pool_backward_fast(dout, cache), expected)


@pytest.mark.parametrize("kind", POOLS)
def test_impossible_pooling_is_refused_with_its_numbers(kind):
    forward, backward, _ = POOLS[kind]
    image = np.zeros((2, 3, 5, 6))
    with pytest.raises(ValueError, match=r"pool's height 6 does not fit into 5 pixels"):
        forward(image, {"pool_height": 6, "pool_width": 2, "stride": 1})
    with pytest.raises(
        ValueError, match=r"pool_param has no key 'stride'; it holds 'pool_height', 'pool_width'"
    ):
        forward(image, {"pool_height": 2, "pool_width": 2})
    _, cache = forward(image, {"pool_height": 2, "pool_width": 2, "stride": 2})
    with pytest.raises(ValueError, match=r"dout has shape \(2, 3, 5, 6\); it must have .* \(2, 3, 2, 3\)"):
        backward(image, cache)
