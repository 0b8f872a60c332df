"""Near misses on which a guess must not be made, and plain things that must be named; a bounded fuzz of linear maps."""

import numpy as np
import pytest

from benchmarks.unseen.course_layers import conv_backward, conv_forward, max_pool_backward, max_pool_forward
from benchmarks.unseen.other_layers import softmax_layer_backward, softmax_layer_forward
from benchmarks.unseen.right import by_slope
from course_utils.gradcheck import gradient_check


def of_conv(spoil, rng, **settings):
    """What is said of a convolution's dx that `spoil` makes of the right one."""
    args = rng.normal(size=(2, 3, 7, 7)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)

    def backward(dout, cache):
        dx, dw, db = conv_backward(dout, cache)
        return spoil(dx, dout, cache), dw, db

    return gradient_check(
        conv_forward, backward, *args, rng=rng, line_seconds=0, **{"stride": 2, "pad": 1, **settings}
    )["dx"]


def again(dx, dout, cache, **changes):
    x, w, stride, pad = cache
    values = {"x": x, "w": w, "stride": stride, "pad": pad, **changes}
    return conv_backward(dout, tuple(values.values()))[0]


def with_border_of_zeros(dx, dout, cache):
    dx[:, :, 0], dx[:, :, -1], dx[..., 0], dx[..., -1] = 0, 0, 0, 0
    return dx


def of_the_first_channel(dx, dout, cache):
    dx[:, 1:] = 0
    return dx


def a_random_map(dx, dout, cache):
    return (np.random.default_rng(5).normal(size=(dx.size, dout.size)) @ dout.ravel()).reshape(dx.shape)


NEAR_MISSES = {
    "border of zeros": with_border_of_zeros,
    "absolute weights": lambda dx, dout, cache: again(dx, dout, cache, w=np.abs(cache[1])),
    "+ 0.1": lambda dx, dout, cache: dx + 0.1 * dout.sum(),
    "first channel": of_the_first_channel,
    "filters reversed": lambda dx, dout, cache: again(dx, dout, cache, w=cache[1][::-1]),
    "random map": a_random_map,
}


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_overlap_is_said_only_of_an_overlap(name, rng):
    result = of_conv(NEAR_MISSES[name], rng)
    assert not result.passed
    assert "overlap" not in str(result)


@pytest.mark.parametrize("last_filter", [True, False])
def test_an_overlap_is_said(last_filter, rng):
    def assigned(dx, dout, cache):
        x, w, stride, pad = cache
        dxp = np.pad(np.zeros_like(x), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
        for i, j in np.ndindex(dout.shape[2:]):
            each = np.einsum("nf,fchw->nfchw", dout[:, :, i, j], w)
            window = np.s_[:, :, i * stride : i * stride + 3, j * stride : j * stride + 3]
            dxp[window] = each[:, -1] if last_filter else each.sum(axis=1)
        return dxp[:, :, pad:-pad, pad:-pad]

    assert of_conv(assigned, rng).cause.kind == "overlap"


def test_settings_by_name_count_as_those_in_a_dict(rng):
    assert of_conv(NEAR_MISSES["absolute weights"], rng).cause.kind == "absolute"
    reversed_w = lambda dx, dout, cache: again(dx, dout, cache, w=cache[1][..., ::-1, ::-1])  # noqa: E731
    assert of_conv(reversed_w, rng).cause.kind == "flipped"


@pytest.mark.parametrize(
    "spoil", [lambda dout: dout.swapaxes(2, 3), lambda dout: np.where(dout < 0, 0, dout)]
)
def test_pooling_is_not_told_of_places_where_dout_is_misread(spoil, rng):
    def backward(dout, cache):
        return max_pool_backward(spoil(dout), cache)

    report = gradient_check(
        max_pool_forward, backward, rng.normal(size=(2, 3, 6, 6)), rng=rng, line_seconds=0
    )
    assert not report.passed
    assert "place of each window" not in str(report)


@pytest.mark.parametrize("small", [1e-5, 1e-6])
def test_small_errors_of_a_slope_are_no_other_slope(small, rng):
    for wrong in (
        lambda x: 1 - np.tanh(x) ** 2 + small * x,
        lambda x: (1 - np.tanh(x) ** 2) * (1 + small * (x > 0)),
    ):
        report = gradient_check(*by_slope(np.tanh, wrong), 2 * rng.normal(size=(4, 5)), line_seconds=0)
        assert "not applied" not in str(report)
        assert "was used" not in str(report)


def test_a_missing_sum_is_no_other_order(rng):
    report = gradient_check(
        lambda x, b: (x + b, None),
        lambda dout, _: (dout, dout),
        rng.normal(size=(5, 3)),
        rng.normal(size=3),
        line_seconds=0,
    )
    assert "order" not in str(report)
    assert "sum over the batch is missing" in str(report)


PLAIN = {
    "another array": lambda dx, dout: dout,
    "one number": lambda dx, dout: 0 * dx + dout[0, 0],
    "offset": lambda dx, dout: dx + dout[0, 0],
    "sign lost": lambda dx, dout: np.abs(dx),
    "signs": lambda dx, dout: np.abs(dx) * np.sign(dout),
    "cut": lambda dx, dout: np.maximum(dx, 0),
    "never filled": lambda dx, dout: dx * (np.arange(dx.shape[1]) != 2),
}


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("seed", range(3))
def test_what_the_numbers_alone_tell_is_named(kind, seed):
    rng = np.random.default_rng(seed)

    def backward(dout, cache):
        return PLAIN[kind](softmax_layer_backward(dout, cache), dout)

    report = gradient_check(softmax_layer_forward, backward, rng.normal(size=(4, 5)), rng=rng, line_seconds=0)
    assert report["dx"].cause.kind == kind


def test_the_diagonal_of_a_jacobian_alone_is_named(rng):
    report = gradient_check(
        softmax_layer_forward, lambda dout, p: dout * p * (1 - p), rng.normal(size=(4, 5)), line_seconds=0
    )
    assert report["dx"].cause.kind == "diagonal"


@pytest.mark.parametrize("seed", range(20))
def test_of_random_linear_maps_nothing_is_guessed(seed):
    rng = np.random.default_rng(seed)
    shape = [(4, 5), (2, 3, 4), (2, 2, 4, 4)][seed % 3]
    size = int(np.prod(shape))
    right, wrong = rng.normal(size=(2, size, size))
    report = gradient_check(
        lambda x: ((right @ x.ravel()).reshape(shape), None),
        lambda dout, _: (wrong @ dout.ravel()).reshape(shape),
        rng.normal(size=shape),
        rng=rng,
        line_seconds=0,
    )
    assert not report.passed
    assert report["dx"].cause is None


def test_rtol_is_honoured(rng):
    x = rng.normal(size=(4, 5))
    layer = by_slope(np.tanh, lambda x: (1 - np.tanh(x) ** 2) * (1 + 1e-5 * np.sign(x)))
    assert gradient_check(*layer, x, rtol=1e-3).passed
    assert not gradient_check(*layer, x, line_seconds=0).passed
