"""Mistakes that people ask about, each told by its line and the kind of change, or by the way that it lies on."""

from pathlib import Path

import numpy as np
import pytest

from course_utils.gradcheck import gradient_check


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def gated_forward(x, h, w, u):
    z, n = sigmoid(x @ w), np.tanh(h @ u)
    return (1 - z) * n + z * h, {"x": x, "h": h, "w": w, "u": u, "z": z, "n": n}


def gated_arguments(rng):
    return tuple(rng.normal(size=shape) for shape in ((4, 3), (4, 5), (3, 5), (5, 5)))


def complement(dout, cache):
    x, h, w, u, z, n = cache.values()
    dn = dout * z
    dz = dout * (h - n)
    dan = dn * (1 - n**2)
    daz = dz * z * (1 - z)
    return daz @ w.T, dan @ u.T + dout * z, x.T @ daz, h.T @ dan


def slope(dout, cache):
    x, h, w, u, z, n = cache.values()
    dan = dout * (1 - z)
    daz = dout * (h - n) * z * (1 - z)
    return daz @ w.T, dan @ u.T + dout * z, x.T @ daz, h.T @ dan


def branch(dout, cache):
    x, h, w, u, z, n = cache.values()
    dan = dout * (1 - z) * (1 - n**2)
    daz = dout * (h - n) * z * (1 - z)
    dh = dan @ u.T
    return daz @ w.T, dh, x.T @ daz, h.T @ dan


def key(dout, cache):
    x, w, u, n = cache["x"], cache["w"], cache["u"], cache["n"]
    h = cache["h"]
    dan = dout * (1 - cache["z"]) * (1 - n**2)
    daz = dout * (h - n) * cache["n"] * (1 - cache["z"])
    return daz @ w.T, dan @ u.T + dout * cache["z"], x.T @ daz, h.T @ dan


def unpacked(dout, cache):
    x, h, w, u, n, z = cache.values()
    dan = dout * (1 - z) * (1 - n**2)
    daz = dout * (h - n) * z * (1 - z)
    return daz @ w.T, dan @ u.T + dout * z, x.T @ daz, h.T @ dan


def bilinear_forward(x, y, w):
    return np.einsum("ni,kij,nj->nk", x, w, y), (x, y, w)


def bilinear_arguments(rng):
    return tuple(rng.normal(size=shape) for shape in ((4, 3), (4, 3), (2, 3, 3)))


def subscripts(dout, cache):
    x, y, w = cache
    dx = np.einsum("nk,kji,nj->ni", dout, w, y)
    return dx, np.einsum("nk,kij,ni->nj", dout, w, x), np.einsum("nk,ni,nj->kij", dout, x, y)


def rnn_forward(x, u):
    h = np.zeros((x.shape[1] + 1, len(x), x.shape[2]))
    for t in range(x.shape[1]):
        h[t + 1] = np.tanh(x[:, t] + h[t] @ u)
    return h[1:].transpose(1, 0, 2), (h, u)


def rnn_arguments(rng):
    return rng.normal(size=(3, 4, 5)), 0.5 * rng.normal(size=(5, 5))


def neighbour(dout, cache):
    h, u = cache
    dx, du, dh = np.zeros_like(dout), np.zeros_like(u), np.zeros(dout[:, 0].shape)
    for t in reversed(range(dout.shape[1])):
        da = (dout[:, t] + dh) * (1 - h[t] ** 2)
        dx[:, t] = da
        du += h[t].T @ da
        dh = da @ u.T
    return dx, du


def forwards(dout, cache):
    h, u = cache
    dx, du, dh = np.zeros_like(dout), np.zeros_like(u), np.zeros(dout[:, 0].shape)
    for t in range(dout.shape[1]):
        da = (dout[:, t] + dh) * (1 - h[t + 1] ** 2)
        dx[:, t] = da
        du += h[t].T @ da
        dh = da @ u.T
    return dx, du


def rms_forward(x):
    r = np.sqrt(np.mean(x**2, axis=1, keepdims=True))
    return x / r, (x, r)


def rms_arguments(rng):
    return (rng.normal(size=(5, 5)),)


def summed(dout, cache):
    x, r = cache
    along = dout * x
    return dout / r - x * along / r**3


LAYERS = {
    "gated": (gated_forward, gated_arguments),
    "bilinear": (bilinear_forward, bilinear_arguments),
    "rnn": (rnn_forward, rnn_arguments),
    "rms": (rms_forward, rms_arguments),
}


@pytest.mark.parametrize(
    ("layer", "backward", "text", "kind"),
    [
        ("gated", complement, "dn = ", "a complement to one"),
        ("gated", slope, "dan = ", "a slope more"),
        ("gated", branch, "dh = ", "a term more"),
        ("gated", key, "daz = ", "another key"),
        ("bilinear", subscripts, "dx = ", "other subscripts"),
        ("rnn", neighbour, "da = ", "another index"),
        ("rnn", forwards, "for t in range", "the other way round"),
        ("rms", summed, "along = ", "a sum more"),
    ],
)
def test_the_line_of_a_well_known_mistake_is_told(layer, backward, text, kind, rng):
    forward, arguments = LAYERS[layer]
    report = gradient_check(forward, backward, *arguments(rng), rng=rng, line_seconds=0)
    found = report.locate(seconds=20)
    lines = Path(__file__).read_text().splitlines()
    first = backward.__code__.co_firstlineno
    expected = next(n for n, line in enumerate(lines[first - 1 :], first) if text in line)
    assert (found.line, found.kind) == (expected, kind)


def sign(dout, cache):
    x, h, w, u, z, n = cache.values()
    dz = dout * (n - h)
    daz = dz * z * (1 - z)
    dan = dout * (1 - z) * (1 - n**2)
    return daz @ w.T, dan @ u.T + dout * z, x.T @ daz, h.T @ dan


def test_a_sign_that_may_be_turned_on_several_lines_is_told_without_a_line(rng, capsys):
    report = gradient_check(gated_forward, sign, *gated_arguments(rng), rng=rng, line_seconds=20)
    words = "a sign is wrong on the way to dx and dw: put right once, both gradients agree"
    assert words in str(report)
    assert "`" not in str(report)
    assert "line" not in str(report)
    assert report.locate(show=True, seconds=20) is None
    assert words in capsys.readouterr().out


def test_a_cache_taken_apart_in_another_order_is_told_by_the_variables(rng):
    report = gradient_check(gated_forward, unpacked, *gated_arguments(rng), rng=rng, line_seconds=20)
    assert "`n` and `z` are taken for each other: exchanged, all 4 gradients agree" in str(report)


@pytest.mark.parametrize("seconds", [0, 20])
def test_a_line_is_told_alone_where_the_numbers_only_say_what_they_are(seconds, rng):
    def forward(x):
        return 0.5 * x + 2 * np.roll(x, 1, axis=1), x

    def backward(dout, x):
        dx = 2 * np.roll(dout, -1, axis=1)
        dx = 0.5 * dout
        return dx

    report = gradient_check(forward, backward, rng.normal(size=(3, 4)), line_seconds=seconds)
    assert ("diagonal of the Jacobian" in str(report)) == (not seconds)
    assert ("+= for = there" in str(report)) == bool(seconds)


def memory_forward(x, c_prev, w):
    gates = np.tanh(x @ w)
    c = gates * c_prev
    h = gates * np.tanh(c)
    return np.concatenate([h, c], axis=1), (x, c_prev, w, gates, c)


def one_path(dout, cache):
    x, c_prev, w, gates, c = cache
    H = c.shape[1]
    dh, dc = dout[:, :H], dout[:, H:]
    t = np.tanh(c)
    dgates = dh * t + dc * c_prev
    da = dgates * (1 - gates**2)
    return da @ w.T, dc * gates, x.T @ da


def test_a_line_that_is_missing_is_told_by_what_it_adds_to(rng, capsys):
    args = rng.normal(size=(3, 4)), rng.normal(size=(3, 5)), rng.normal(size=(4, 5))
    report = gradient_check(memory_forward, one_path, *args, rng=rng, line_seconds=0)
    found = report.locate(show=True, seconds=20)
    assert "a line that adds to `dc` is missing, with which all three gradients agree" in str(found)
    assert "dc = dc + dh * gates * (1 - t ** 2)" in capsys.readouterr().out


def flat_forward(x, w):
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    return (flat * w).reshape(N, H, W, C).transpose(0, 3, 1, 2), (x, w)


def flat_as_it_lies(dout, cache):
    x, w = cache
    C = x.shape[1]
    rows = dout.reshape(-1, C)
    values = x.transpose(0, 2, 3, 1).reshape(-1, C)
    return dout * w[:, None, None], np.sum(rows * values, axis=0)


def test_pictures_made_rows_as_they_lie_are_told_and_located(rng):
    args = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=3)
    report = gradient_check(flat_forward, flat_as_it_lies, *args, rng=rng, line_seconds=0)
    assert "dout is read as it lies in memory, reshaped without bringing axis 1 to the end first" in str(
        report
    )
    found = report.locate(seconds=20)
    assert (found.text, found.kind) == ("rows = ...", "a transpose before the reshape")


@pytest.mark.parametrize("change", [lambda rows: 1.01 * rows, lambda rows: rows[::-1], lambda rows: rows + 1])
def test_other_mistakes_in_rows_are_not_told_so(change, rng):
    def backward(dout, cache):
        x, w = cache
        values = x.transpose(0, 2, 3, 1).reshape(-1, 3)
        return dout * w[:, None, None], np.sum(change(dout.reshape(-1, 3)) * values, axis=0)

    args = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=3)
    assert "as it lies" not in str(gradient_check(flat_forward, backward, *args, rng=rng, line_seconds=0))
