"""The fast layers: the same numbers as plain loops, for any shape; errors that state the rule; nothing global changed."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

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
@settings(deadline=None)
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
@settings(deadline=None)
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


@given(shape=st.tuples(SIZES, SIZES, SIZES, SIZES), pool=st.tuples(*[st.integers(1, 4)] * 3), data=st.data())
@settings(deadline=None)
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


def test_the_number_of_threads_does_not_matter(monkeypatch):
    monkeypatch.setattr(parallel, "WORTH_THREADS", 0)
    monkeypatch.setattr(parallel, "WORTH_PARTS", 0)
    rng = np.random.default_rng(1)
    x, w, b = (rng.normal(size=shape).astype(np.float32) for shape in ((13, 6, 20, 17), (7, 6, 3, 5), (7,)))
    results = []
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("COURSE_THREADS", threads)
        out, cache = layers.conv_forward_fast(x, w, b, {"stride": 2, "pad": 1})
        results.append((out, *layers.conv_backward_fast(np.cos(out), cache)))
    for other in results[1:]:
        for first, second in zip(results[0], other, strict=True):
            np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-5)


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
@settings(deadline=None)
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
@settings(deadline=None)
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


IMAGE = np.zeros((2, 3, 5, 6))
BAD_CONVOLUTIONS = [
    (IMAGE[0], (4, 3, 3, 3), 4, 1, 0, r"x has shape \(3, 5, 6\).*\(N, C, H, W\)"),
    (IMAGE, (4, 2, 3, 3), 4, 1, 0, r"x has 3 channels and each filter 2"),
    (IMAGE, (3, 3, 3), 4, 1, 0, r"w has shape \(3, 3, 3\)"),
    (IMAGE, (4, 3, 3, 3), 5, 1, 0, r"b has shape \(5,\).*\(4,\)"),
    (IMAGE, (4, 3, 8, 3), 4, 1, 1, r"filter's height 8 does not fit into 7 pixels \(5 \+ 2·1"),
    (IMAGE, (4, 3, 3, 7), 4, 1, 0, r"filter's width 7 does not fit into 6 pixels"),
    (IMAGE, (4, 3, 3, 3), 4, 0, 0, r"conv_param\['stride'\] is 0; expected a whole number, at least 1"),
    (IMAGE, (4, 3, 3, 3), 4, 1.5, 0, r"conv_param\['stride'\] is 1.5"),
    (IMAGE, (4, 3, 3, 3), 4, 1, -1, r"conv_param\['pad'\] is -1; expected a whole number, at least 0"),
]


@pytest.mark.parametrize(("x", "w_shape", "F", "stride", "pad", "sentence"), BAD_CONVOLUTIONS)
@pytest.mark.parametrize("road", ["fast", "im2col"])
def test_an_impossible_convolution_is_refused_with_its_numbers(road, x, w_shape, F, stride, pad, sentence):
    with pytest.raises(ValueError, match=sentence):
        getattr(layers, f"conv_forward_{road}")(
            x, np.zeros(w_shape), np.zeros(F), {"stride": stride, "pad": pad}
        )


@pytest.mark.parametrize("kind", POOLS)
def test_impossible_pooling_is_refused_with_its_numbers(kind):
    forward, backward, _ = POOLS[kind]
    with pytest.raises(ValueError, match=r"pool's height 6 does not fit into 5 pixels"):
        forward(IMAGE, {"pool_height": 6, "pool_width": 2, "stride": 1})
    with pytest.raises(
        ValueError, match=r"pool_param has no key 'stride'; it holds 'pool_height', 'pool_width'"
    ):
        forward(IMAGE, {"pool_height": 2, "pool_width": 2})
    _, cache = forward(IMAGE, {"pool_height": 2, "pool_width": 2, "stride": 2})
    with pytest.raises(ValueError, match=r"dout has shape \(2, 3, 5, 6\); it must have .* \(2, 3, 2, 3\)"):
        backward(IMAGE, cache)


def test_a_gradient_of_another_shape_is_refused():
    _, cache = layers.conv_forward_fast(IMAGE, np.zeros((4, 3, 3, 3)), np.zeros(4), {"stride": 1, "pad": 1})
    with pytest.raises(ValueError, match=r"dout has shape \(2, 4, 5, 5\).*\(2, 4, 5, 6\)"):
        layers.conv_backward_fast(np.zeros((2, 4, 5, 5)), cache)


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_the_matrix_library_has_its_threads_back_afterwards():
    before = blas_threads()
    with parallel.single_threaded_blas():
        assert set(blas_threads()) <= {1}
        with parallel.single_threaded_blas():
            pass
        assert set(blas_threads()) <= {1}
    assert blas_threads() == before
    with pytest.raises(ZeroDivisionError), parallel.single_threaded_blas():
        _ = 1 / 0
    assert blas_threads() == before


def test_an_error_in_a_thread_arrives(monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", "3")

    def fail(part, images):
        raise MemoryError(f"part {part}")

    with pytest.raises(MemoryError, match="part"):
        parallel.for_each_part(9, parallel.WORTH_THREADS, lambda images: fail)


def test_several_threads_may_use_the_layers_at_once():
    rng = np.random.default_rng(3)
    x, w, b = rng.normal(size=(16, 8, 20, 20)), rng.normal(size=(12, 8, 3, 3)), rng.normal(size=12)
    expected, _ = layers.conv_forward_im2col(x, w, b, {"stride": 1, "pad": 1})
    found = [None] * 4

    def work(k):
        found[k] = layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})[0]

    workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for out in found:
        np.testing.assert_allclose(out, expected, rtol=1e-10, atol=1e-10)


FORKED = """
import os
import numpy as np
from course_utils import layers
x, w, b = np.ones((16, 8, 20, 20)), np.ones((12, 8, 3, 3)), np.zeros(12)
layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
child = os.fork()
out, _ = layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
assert out[5, 3, 10, 10] == 72
if child == 0:
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_threads_of_its_own():
    subprocess.run(
        [sys.executable, "-c", FORKED], check=True, timeout=120, env=os.environ | {"COURSE_THREADS": "2"}
    )
