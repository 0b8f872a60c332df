"""Fast convolution: the same numbers as plain loops, for any shape, and as the readable road."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils import layers
from course_utils.gradcheck import gradient_check
from course_utils.layers import parallel

SIZES = st.integers(1, 9)


def loops_forward(x, w, b, stride, pad):
    """One window, one filter at a time."""
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    padded[:, :, pad : pad + H, pad : pad + W] = x
    out = np.zeros((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    for n, f, r, c in np.ndindex(out.shape):
        window = padded[n, :, r * stride : r * stride + HH, c * stride : c * stride + WW]
        out[n, f, r, c] = np.sum(window * w[f]) + b[f]
    return out


def loops_backward(dout, x, w, stride, pad):
    N, C, H, W = x.shape
    HH, WW = w.shape[2:]
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    padded[:, :, pad : pad + H, pad : pad + W] = x
    dpadded, dw = np.zeros_like(padded), np.zeros(w.shape)
    for n, f, r, c in np.ndindex(dout.shape):
        window = (n, slice(None), slice(r * stride, r * stride + HH), slice(c * stride, c * stride + WW))
        dpadded[window] += dout[n, f, r, c] * w[f]
        dw[f] += dout[n, f, r, c] * padded[window]
    return dpadded[:, :, pad : pad + H, pad : pad + W], dw, dout.sum(axis=(0, 2, 3))


@st.composite
def convolutions(draw):
    N, C, F, HH, WW = draw(
        st.tuples(SIZES, st.integers(1, 4), st.integers(1, 6), st.integers(1, 5), st.integers(1, 5))
    )
    stride, pad = draw(st.integers(1, 6)), draw(st.integers(0, 4))
    H = draw(st.integers(max(1, HH - 2 * pad), 11))
    W = draw(st.integers(max(1, WW - 2 * pad), 11))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    x, w, b = rng.normal(size=(N, C, H, W)), rng.normal(size=(F, C, HH, WW)), rng.normal(size=F)
    return x, w, b, {"stride": stride, "pad": pad}, rng


@pytest.mark.parametrize("road", ["fast", "im2col"])
@given(case=convolutions())
def test_convolution_agrees_with_loops(road, case):
    x, w, b, conv_param, rng = case
    out, cache = getattr(layers, f"conv_forward_{road}")(x, w, b, conv_param)
    np.testing.assert_allclose(out, loops_forward(x, w, b, **conv_param), rtol=1e-10, atol=1e-12)
    dout = rng.normal(size=out.shape)
    kept = [a.copy() for a in (x, w, b, dout)]
    for _ in range(2):
        gradients = getattr(layers, f"conv_backward_{road}")(dout, cache)
        for actual, expected in zip(gradients, loops_backward(dout, x, w, **conv_param), strict=True):
            np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-11)
    for before, after in zip(kept, (x, w, b, dout), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("pad", [3, 5])
def test_filters_wider_than_the_image_agree_with_the_readable_road(width, stride, pad):
    rng = np.random.default_rng(0)
    for F in (2, 9):  # both ways back
        x, w, b = rng.normal(size=(3, 2, 4, width)), rng.normal(size=(F, 2, 3, 7)), rng.normal(size=F)
        out, cache = layers.conv_forward_fast(x, w, b, {"stride": stride, "pad": pad})
        expected, other = layers.conv_forward_im2col(x, w, b, {"stride": stride, "pad": pad})
        np.testing.assert_allclose(out, expected, rtol=1e-10, atol=1e-12)
        dout = rng.normal(size=out.shape)
        for actual, wanted in zip(
            layers.conv_backward_fast(dout, cache), layers.conv_backward_im2col(dout, other), strict=True
        ):
            np.testing.assert_allclose(actual, wanted, rtol=1e-10, atol=1e-12)


@given(case=convolutions())
def test_convolution_agrees_with_pytorch(case):
    torch = pytest.importorskip("torch")
    x, w, b, conv_param, rng = case
    out, cache = layers.conv_forward_fast(x, w, b, conv_param)
    dout = rng.normal(size=out.shape)
    leaves = [torch.from_numpy(a).requires_grad_() for a in (x, w, b)]
    theirs = torch.nn.functional.conv2d(*leaves, stride=conv_param["stride"], padding=conv_param["pad"])
    theirs.backward(torch.from_numpy(dout))
    np.testing.assert_allclose(out, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)
    for actual, leaf in zip(layers.conv_backward_fast(dout, cache), leaves, strict=True):
        np.testing.assert_allclose(actual, leaf.grad.numpy(), rtol=1e-10, atol=1e-11)


LARGE = [
    pytest.param((9, 16, 40, 33), (5, 16, 5, 3), 1, 2, id="rows of one image at a time"),
    pytest.param((9, 16, 40, 33), (40, 16, 5, 3), 1, 0, id="more filters than twice the channels"),
    pytest.param((21, 3, 31, 30), (8, 3, 3, 4), 2, 1, id="stride"),
    pytest.param((1, 8, 64, 64), (8, 8, 3, 3), 1, 1, id="one image"),
    pytest.param((17, 32, 16, 16), (8, 32, 1, 1), 1, 0, id="1x1"),
    pytest.param((11, 32, 23, 23), (16, 32, 2, 2), 3, 0, id="stride larger than the kernel"),
]


@pytest.mark.parametrize(("x_shape", "w_shape", "stride", "pad"), LARGE)
@pytest.mark.parametrize("threads", ["1", "2", "5"])
def test_large_batches_agree_with_the_readable_road(monkeypatch, x_shape, w_shape, stride, pad, threads):
    monkeypatch.setenv("COURSE_THREADS", threads)
    monkeypatch.setattr(parallel, "WORTH_THREADS", 0)
    monkeypatch.setattr(parallel, "WORTH_PARTS", 0)
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=x_shape), rng.normal(size=w_shape), rng.normal(size=w_shape[0])
    conv_param = {"stride": stride, "pad": pad}
    out, cache = layers.conv_forward_fast(x, w, b, conv_param)
    expected, other = layers.conv_forward_im2col(x, w, b, conv_param)
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-10)
    dout = rng.normal(size=out.shape)
    for actual, wanted in zip(
        layers.conv_backward_fast(dout, cache), layers.conv_backward_im2col(dout, other), strict=True
    ):
        np.testing.assert_allclose(actual, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    rng = np.random.default_rng(0)
    x, w, b = (rng.normal(size=shape).astype(dtype) for shape in ((3, 2, 6, 7), (4, 2, 3, 3), (4,)))
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    out, cache = layers.conv_relu_pool_forward(x, w, b, {"stride": 1, "pad": 1}, pool_param)
    average, avg_cache = layers.avg_pool_forward_fast(x, pool_param)
    found = [
        out,
        *layers.conv_relu_pool_backward(out, cache),
        average,
        layers.avg_pool_backward_fast(average, avg_cache),
    ]
    assert {a.dtype for a in found} == {np.dtype(dtype)}


def test_the_sandwiches_have_the_gradients_of_their_parts():
    rng = np.random.default_rng(2)
    x, w, b = rng.normal(size=(3, 2, 7, 6)), rng.normal(size=(4, 2, 3, 2)), rng.normal(size=4)
    conv_param = {"stride": 1, "pad": 1}
    pool_param = {"pool_height": 3, "pool_width": 2, "stride": 2}
    out, _ = layers.conv_relu_forward(x, w, b, conv_param)
    np.testing.assert_allclose(out, np.maximum(loops_forward(x, w, b, 1, 1), 0), atol=1e-12)
    pooled, _ = layers.conv_relu_pool_forward(x, w, b, conv_param, pool_param)
    np.testing.assert_array_equal(pooled, layers.max_pool_forward_fast(out, pool_param)[0])
    gradient_check(layers.conv_relu_forward, layers.conv_relu_backward, x, w, b, conv_param).raise_if_failed()
    gradient_check(
        layers.conv_relu_pool_forward, layers.conv_relu_pool_backward, x, w, b, conv_param, pool_param
    ).raise_if_failed()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("F", [2, 9])
def test_the_gradient_of_the_pictures_is_left_out_on_demand(stride, F):
    rng = np.random.default_rng(4)
    x, w, b = rng.normal(size=(3, 2, 9, 8)), rng.normal(size=(F, 2, 3, 3)), rng.normal(size=F)
    out, cache = layers.conv_relu_pool_forward(
        x, w, b, {"stride": stride, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}
    )
    dout = rng.normal(size=out.shape)
    _, *expected = layers.conv_relu_pool_backward(dout, cache)
    dx, *found = layers.conv_relu_pool_backward(dout, cache, need_dx=False)
    assert dx is None
    for actual, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-12)


@given(case=convolutions())
def test_col2im_is_the_transpose_of_im2col(case):
    x, w, _, conv_param, rng = case
    HH, WW = w.shape[2:]
    columns = layers.im2col(x, HH, WW, **conv_param)
    other = rng.normal(size=columns.shape)
    back = layers.col2im(other, x.shape, HH, WW, **conv_param)
    assert np.sum(columns * other) == pytest.approx(np.sum(x * back), rel=1e-9, abs=1e-9)


def test_a_column_is_a_window():
    x = np.arange(2 * 3 * 5 * 6.0).reshape(2, 3, 5, 6)
    columns = layers.im2col(x, 2, 3, stride=2)
    np.testing.assert_array_equal(columns[:, 4 + 2 + 1], x[1, :, 2:4, 2:5].ravel())
