"""Right sums of wrong numbers, copies and gaps are named, and the nearest other mistake is not."""

import numpy as np
import pytest

from benchmarks.unseen.course_layers import affine_backward, affine_forward, conv_backward, conv_forward
from benchmarks.unseen.other_layers import embedding_backward, embedding_forward
from benchmarks.unseen.right import by_slope
from course_utils.gradcheck import gradient_check


def again(dout, cache, **changes):
    """The convolution's right gradients for other arguments."""
    names = ("x", "w", "stride", "pad")
    return conv_backward(dout, tuple({**dict(zip(names, cache, strict=True)), **changes}.values()))


def of_conv(dx=None, dw=None):
    """What is guessed of a convolution's gradients, of which dx(right, dout, cache) or dw(...) makes wrong ones."""
    rng = np.random.default_rng(0)
    args = rng.normal(size=(2, 3, 7, 7)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)

    def backward(dout, cache):
        right = again(dout, cache)
        return (
            dx(right[0], dout, cache) if dx else right[0],
            dw(right[1], dout, cache) if dw else right[1],
            right[2],
        )

    report = gradient_check(conv_forward, backward, *args, stride=2, pad=1, line_seconds=0)
    return report["dx" if dx else "dw"].cause


def bordered(dx, dout, cache):
    dx[:, :, 0], dx[:, :, -1], dx[..., 0], dx[..., -1] = 0, 0, 0, 0
    return dx


def last_copied(dw, dout, cache):
    dw[-1] = dw[0]
    return dw


SAID = {
    "dout is read with its axes 2 and 3 exchanged": {"dx": lambda g, d, c: again(d.swapaxes(2, 3), c)[0]},
    "dout is read backwards along axis 3": {"dw": lambda g, d, c: again(d[..., ::-1], c)[1]},
    "dout is read without its negative entries": {"dx": lambda g, d, c: again(np.maximum(d, 0), c)[0]},
    "w is read with its axes 2 and 3 exchanged": {
        "dx": lambda g, d, c: again(d, c, w=c[1].swapaxes(2, 3))[0]
    },
    "dout is read backwards along axis 1, or w is read backwards along axis 0": {
        "dx": lambda g, d, c: again(d, c, w=c[1][::-1])[0]
    },
    "w is used after its update: the gradient is right for w - 0.01·dw": {
        "dx": lambda g, d, c: again(d, c, w=c[1] - 0.01 * again(d, c)[1])[0]
    },
    "it was never filled in at index 0, 6 of axis 2 and index 0, 6 of axis 3; the rest is right": {
        "dx": bordered
    },
    "along axis 0, index 3 is a copy of index 0": {"dw": last_copied},
}


@pytest.mark.parametrize("words", SAID)
def test_what_was_read_or_copied_is_said(words):
    assert of_conv(**SAID[words]).clause == words


NEAR = {
    "dout of another draw": {
        "dx": lambda g, d, c: again(np.random.default_rng(1).permutation(d.ravel()).reshape(d.shape), c)[0]
    },
    "w in another order": {"dx": lambda g, d, c: again(d, c, w=c[1][[2, 0, 3, 1]])[0]},
    "w after a step elsewhere": {"dx": lambda g, d, c: again(d, c, w=c[1] + 0.01 * np.cos(c[1]))[0]},
    "half of the border": {"dx": lambda g, d, c: g * (np.arange(49).reshape(7, 7) % 5 != 1)},
    "nearly a copy": {"dw": lambda g, d, c: np.concatenate([g[:-1], 1.001 * g[:1]])},
}


@pytest.mark.parametrize("name", NEAR)
def test_nothing_is_said_of_what_is_only_near(name):
    cause = of_conv(**NEAR[name])
    assert cause is None, cause


def of_affine(wrong):
    rng = np.random.default_rng(0)
    args = rng.normal(size=(5, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
    report = gradient_check(
        affine_forward,
        lambda dout, cache: wrong(dout, *cache, affine_backward(dout, cache)),
        *args,
        line_seconds=0,
    )
    return next(result.cause.clause for result in report.results if not result.passed)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda d, x, w, b, g: (g[0], g[1], g[1][1]), "db is index 1 of dw along axis 0"),
        (lambda d, x, w, b, g: (g[0], g[1][:, [2, 3, 0, 1]], g[2]), "index 0 holds what belongs at 2"),
        (
            lambda d, x, w, b, g: (np.broadcast_to(g[0][:1], x.shape), g[1], g[2]),
            "it is the same at every index of axis 0",
        ),
    ],
)
def test_slices_that_are_not_where_they_belong_are_told(wrong, words):
    assert words in of_affine(wrong)


def overwritten(dout, tokens, rows):
    table = np.zeros((rows, dout.shape[-1]))
    table[tokens] = dout
    return table


def test_an_index_that_is_overwritten_is_told_from_one_that_is_averaged(rng):
    args = rng.normal(size=(5, 3)), np.array([0, 2, 2, 4])

    def said(backward):
        return str(gradient_check(embedding_forward, backward, *args, line_seconds=0))

    assert "np.add.at belongs" in said(lambda dout, c: overwritten(dout, args[1], 5))
    halved = lambda dout, c: embedding_backward(dout, c) / np.array([[1], [1], [2], [1], [1]])  # noqa: E731
    assert "np.add.at" not in said(halved)


@pytest.mark.parametrize(
    ("slope", "is_said"),
    [
        (lambda x: 1 / (1 + np.exp(-x)), True),
        (lambda x: x * np.exp(-x) / (1 + np.exp(-x)) ** 2, True),
        (lambda x: 1 / (1 + np.exp(-x)) + x * np.exp(-x), False),
    ],
)
def test_one_term_of_a_product_rule_is_told(slope, is_said, rng):
    layer = by_slope(lambda x: x / (1 + np.exp(-x)), slope)
    report = gradient_check(*layer, rng.normal(size=(4, 5)), line_seconds=0)
    assert ("only one term of the product rule is there" in str(report)) == is_said


def test_rows_of_few_numbers_are_alike_and_no_copies():
    """A hinge loss that counts every margin in its gradient, also those that are met."""
    y = np.array([0, 3, 1, 3, 4, 0, 1])
    rows = np.arange(7)

    def forward(x):
        margins = np.maximum(0, x - x[rows, y][:, None] + 1)
        margins[rows, y] = 0
        return np.array(margins.sum()), x.shape

    def backward(dout, shape):
        dx = np.ones(shape)
        dx[rows, y] -= shape[1]
        return dout * dx

    checked = [np.random.default_rng(seed).normal(size=(7, 5)) for seed in range(10)]
    results = [gradient_check(forward, backward, x, line_seconds=0)["dx"] for x in checked]
    assert not any(result.passed for result in results)
    assert "copied" not in [result.cause.kind for result in results if result.cause]
