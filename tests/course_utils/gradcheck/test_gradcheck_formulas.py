"""Formulas taken for others are told by their line; what several readings explain is told as such, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from course_utils.gradcheck import gradient_check, loss_gradient_check, model_gradient_check


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(q, k, v):
    p = softmax(q @ k.T)
    return p @ v, (q, k, v, p)


def attention_arguments(rng):
    return rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.normal(size=(4, 2))


def diagonal(dout, cache):
    q, k, v, p = cache
    dp = dout @ v.T
    ds = dp * p * (1 - p)
    return ds @ k, ds.T @ q, p.T @ dout


def first_term(dout, cache):
    q, k, v, p = cache
    dp = dout @ v.T
    ds = p * dp
    return ds @ k, ds.T @ q, p.T @ dout


def taken_for_each_other(dout, cache):
    q, k, v, p = cache
    dp = dout @ v.T
    ds = p * (dp - np.sum(dp * p, axis=1, keepdims=True))
    return ds @ q, ds.T @ k, p.T @ dout


def gate_forward(x, w):
    f, g = 1 / (1 + np.exp(-x @ w)), np.tanh(x)
    return f * g, (x, w, f, g)


def gate_arguments(rng):
    return rng.normal(size=(4, 4)), rng.normal(size=(4, 4))


def tanh_for_sigmoid(dout, cache):
    x, w, f, g = cache
    da = dout * g * (1 - f**2)
    dx = da @ w.T + dout * f * (1 - g**2)
    return dx, x.T @ da


def sigmoid_for_tanh(dout, cache):
    x, w, f, g = cache
    da = dout * g * f * (1 - f)
    db = dout * f * g * (1 - g)
    return da @ w.T + db, x.T @ da


def heads_forward(x):
    return x.reshape(4, 2, 3).swapaxes(0, 1) ** 2, x


def heads_arguments(rng):
    return (rng.normal(size=(4, 6)),)


def reshaped(dout, x):
    inner = x.reshape(2, 4, 3)
    return (2 * dout * inner).swapaxes(0, 1).reshape(4, 6)


def excited_forward(x):
    s = x.sum(axis=1, keepdims=True)
    return x * np.tanh(s), (x, np.tanh(s))


def sums(dout, cache):
    x, t = cache
    ds = np.sum(dout, axis=1, keepdims=True) * np.sum(x, axis=1, keepdims=True)
    return dout * t + ds * (1 - t**2)


def shared_forward(x, a):
    return x * a * a, (x, a, np.ones_like(a))


def shared_arguments(rng):
    return rng.normal(size=(4, 3)), rng.normal(size=3)


def twice_another(dout, cache):
    x, a, one = cache
    dx = dout * one * one
    return dx, 2 * np.sum(dout * x * a, axis=0)


def scaled_backward(dout, cache):
    x, a, _ = cache
    return dout * a * a, 2 * np.sum(dout * x * a, axis=0)


def after_a_call(dout, cache):
    dx, da = scaled_backward(dout, cache)
    dx = dx.copy()
    dx = dx.reshape(dout.shape)[::-1]
    return dx, da


LINES = [
    (shared_forward, shared_arguments, after_a_call, "[::-1]", "another sign"),
    (attention_forward, attention_arguments, diagonal, "ds =", "the softmax's whole Jacobian"),
    (attention_forward, attention_arguments, first_term, "ds =", "the softmax's whole Jacobian"),
    (gate_forward, gate_arguments, tanh_for_sigmoid, "da =", "another slope"),
    (gate_forward, gate_arguments, sigmoid_for_tanh, "db =", "another slope"),
    (heads_forward, heads_arguments, reshaped, "inner =", "a transpose beside the reshape"),
    (excited_forward, heads_arguments, sums, "ds =", "a sum of products"),
    (shared_forward, shared_arguments, twice_another, "dx =", "another variable"),
]


@pytest.mark.parametrize(
    ("forward", "arguments", "backward", "text", "kind"), LINES, ids=[case[2].__name__ for case in LINES]
)
def test_a_formula_taken_for_another_is_told_by_its_line(forward, arguments, backward, text, kind, rng):
    found = gradient_check(forward, backward, *arguments(rng), rng=rng, line_seconds=0).locate(seconds=20)
    first = backward.__code__.co_firstlineno
    lines = Path(__file__).read_text().splitlines()
    expected = next(n for n, line in enumerate(lines[first - 1 :], first) if text in line)
    assert (found.line, found.kind) == (expected, kind)


def test_two_variables_taken_for_each_other_are_told(rng):
    report = gradient_check(
        attention_forward, taken_for_each_other, *attention_arguments(rng), line_seconds=20
    )
    assert "`q` and `k` are taken for each other: exchanged, both gradients agree" in str(report)
    assert report.locate(seconds=20) is None


def test_a_place_of_each_row_is_told_from_places_of_all_rows(rng):
    def loss(x, y):
        p = softmax(x)
        dx = p / len(x)
        dx[:, y] -= 1 / len(x)
        return -np.mean(np.log(p[np.arange(len(y)), y])), dx

    report = loss_gradient_check(loss, rng.normal(size=(5, 6)), np.array([0, 2, 2, 1, 4]), line_seconds=20)
    assert "another index there, and dx agrees" in str(report)


def pool(x, ph, pw, stride):
    rows, columns = (x.shape[2] - ph) // stride + 1, (x.shape[3] - pw) // stride + 1
    out = np.zeros((*x.shape[:2], rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = x[:, :, i * stride : i * stride + ph, j * stride : j * stride + pw]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, ph, pw, stride)


def unpool(dout, cache, share, pictures=slice(None)):
    x, ph, pw, stride = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            inside = np.s_[pictures, :, i * stride : i * stride + ph, j * stride : j * stride + pw]
            dx[inside] += share(x[inside]) * dout[pictures, :, i : i + 1, j : j + 1]
    return dx


def largest(window):
    return window == window.max(axis=(2, 3), keepdims=True)


@pytest.mark.parametrize("seed", range(4))
def test_pictures_left_out_are_no_other_reading_of_dout(seed):
    """Where the first picture's dout is positive and the other's negative, both would explain the wrong entries."""
    rng = np.random.default_rng(seed)
    dout = np.abs(rng.normal(size=(2, 2, 2, 2))) * np.array([1, -1])[:, None, None, None]
    dout[0, 0, 0, 0] *= -1
    report = gradient_check(
        pool,
        lambda d, c: unpool(d, c, largest, slice(0, 1)),
        rng.normal(size=(2, 2, 4, 4)),
        dout=dout,
        ph=2,
        pw=2,
        stride=2,
        line_seconds=0,
    )
    assert "never filled in at index 1 of axis 0" in str(report)


def test_a_pool_is_known_by_other_names_of_its_window(rng):
    even = lambda window: np.full(window.shape, 1 / 6)  # noqa: E731
    x = rng.permutation(60).reshape(1, 2, 6, 5) / 10.0
    report = gradient_check(pool, lambda d, c: unpool(d, c, even), x, ph=3, pw=2, stride=1, line_seconds=0)
    assert "spread over the whole window" in str(report)


def test_two_gradients_that_should_be_alike_are_no_copies(rng):
    report = gradient_check(
        lambda a, b: (np.sin(a + b), a + b),
        lambda dout, s: (dout * np.cos(s) ** 2,) * 2,
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 4)),
        line_seconds=0,
    )
    assert "itself" not in str(report), report


@pytest.mark.parametrize(("axis", "words"), [(0, "axis 1"), (1, "the batch")])
def test_of_sequences_the_missing_sum_is_told_by_its_axis(axis, words, rng):
    report = gradient_check(
        lambda x, b: (x + b, None),
        lambda dout, _: (dout, dout.sum(axis=axis)),
        rng.normal(size=(3, 3, 4)),
        rng.normal(size=4),
        line_seconds=0,
    )
    assert f"the sum over {words} of dout is missing" in str(report["db"])


class Ridge:
    """A linear model whose loss has reg·sum(W²), without a half."""

    def __init__(self, rng, used):
        self.params, self.reg, self.used = {"W": rng.normal(size=(3, 2))}, 0.3, used

    def loss(self, X, y):
        W = self.params["W"]
        apart = X @ W - y
        return np.sum(apart**2) + self.reg * np.sum(W**2), {"W": 2 * X.T @ apart + self.used * W}


@pytest.mark.parametrize(
    ("used", "words"),
    [
        (0.0, "the regularization term is left out: 0.6·W is missing"),
        (0.3, "the regularization term is wrong: 0.3·W was added, the loss needs 0.6·W"),
    ],
)
def test_a_regularization_term_is_told_as_the_loss_asks_for_it(used, words, rng):
    report = model_gradient_check(Ridge(rng, used), rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    assert words in str(report)


def test_examples_in_columns_are_counted_there(rng):
    def forward(X, Y, W):
        apart = W @ X - Y
        return np.sum(apart**2) / Y.shape[1], (X, apart)

    def backward(dout, cache):
        X, apart = cache
        return dout * 2 * apart @ X.T / apart.shape[1] ** 2

    args = rng.normal(size=(3, 6)), rng.normal(size=(1, 6)), rng.normal(size=(1, 3))
    report = gradient_check(forward, backward, *args, wrt=["W"], line_seconds=0)
    assert "N = 6 times too small" in str(report)


class Gate:
    """A layer that remembers what it needs, and hands a cache on all the same."""

    def forward(self, x):
        self.x = x
        return np.tanh(x), None

    def backward(self, dout, cache=None):
        assert cache is None
        return dout * (1 - np.tanh(self.x) ** 2)


def test_an_object_may_be_the_cache_beside_another_cache(rng):
    gate = Gate()
    assert gradient_check(gate.forward, gate.backward, rng.normal(size=(3, 4))).passed
