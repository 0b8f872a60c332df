"""Wrong gradients of layers that the course does not have; see `benchmarks.blind`."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.blind.second.others import sigmoid, softmax


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    prev = h0
    for t in range(T):
        prev = np.tanh(x[:, t] @ Wx + prev @ Wh + b)
        h[:, t] = prev
    return h, (x, h0, Wx, Wh, h)


def rnn_backward(dout, cache):
    x, h0, Wx, Wh, h = cache
    N, T, H = dout.shape
    dx, dWx, dWh, db = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        da = (dout[:, t] + dprev) * (1 - h[:, t] ** 2)
        dx[:, t] = da @ Wx.T
        dWx += x[:, t].T @ da
        dWh += h[:, t].T @ da
        db += da.sum(axis=0)
        dprev = da @ Wh.T
    return dx, dprev, dWx, dWh, db


def case_rnn_state_of_same_step(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        rnn_forward,
        rnn_backward,
        r.normal(size=(2, 4, 3)),
        r.normal(size=(2, 3)),
        0.5 * r.normal(size=(3, 3)),
        0.5 * r.normal(size=(3, 3)),
        r.normal(size=3),
    ), {}


def gru_forward(x, h0, Wz, Uz, Wh, Uh):
    z = sigmoid(x @ Wz + h0 @ Uz)
    n = np.tanh(x @ Wh + h0 @ Uh)
    h = z * h0 + (1 - z) * n
    return h, (x, h0, Wz, Uz, Wh, Uh, z, n)


def gru_backward(dout, cache):
    x, h0, Wz, Uz, Wh, Uh, z, n = cache
    dz = dout * (n - h0)
    dn = dout * (1 - z)
    daz = dz * z * (1 - z)
    dan = dn * (1 - n * n)
    dx = daz @ Wz.T + dan @ Wh.T
    dh0 = dout * z + daz @ Uz.T + dan @ Uh.T
    return dx, dh0, x.T @ daz, h0.T @ daz, x.T @ dan, h0.T @ dan


def case_gru_update_gate_sign(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        gru_forward,
        gru_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(4, 2)),
        r.normal(size=(3, 2)),
        r.normal(size=(2, 2)),
        r.normal(size=(3, 2)),
        r.normal(size=(2, 2)),
    ), {}


erf = np.vectorize(math.erf)


def gelu_forward(x):
    cdf = 0.5 * (1 + erf(x / np.sqrt(2)))
    return x * cdf, (x, cdf)


def gelu_backward(dout, cache):
    x, cdf = cache
    pdf = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    dx = dout * cdf + x * pdf
    return dx


def case_gelu_dout_on_one_term(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (gelu_forward, gelu_backward, r.normal(size=(4, 5))), {}


def swiglu_forward(x, W, V):
    a, b = x @ W, x @ V
    s = sigmoid(a)
    return a * s * b, (x, W, V, a, b, s)


def swiglu_backward(dout, cache):
    x, W, V, a, b, s = cache
    da = dout * b * (s + a * s * (1 - s))
    db = dout * s
    dx = da @ W.T + db @ V.T
    return dx, x.T @ da, x.T @ db


def case_swiglu_gate_without_a(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        swiglu_forward,
        swiglu_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(3, 5)),
        r.normal(size=(3, 5)),
    ), {}


def softsign_forward(x):
    return x / (1 + np.abs(x)), x


def softsign_backward(dout, cache):
    x = cache
    return dout / (1 + np.abs(x))


def case_softsign_not_squared(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (softsign_forward, softsign_backward, r.normal(size=(3, 7))), {}


def embed_forward(W, tokens, padding):
    out = W[tokens] * (tokens != padding)[..., None]
    return out, (W.shape, tokens, padding)


def embed_backward(dout, cache):
    shape, tokens, padding = cache
    dW = np.zeros(shape)
    np.add.at(dW, tokens.ravel(), dout.reshape(-1, shape[1]))
    return dW


def case_embedding_padding_row(seed=0):
    r = np.random.default_rng(seed + 1000)
    tokens = r.integers(1, 5, size=(3, 4))
    tokens[:, -1] = 0
    return (embed_forward, embed_backward, r.normal(size=(5, 3)), tokens, 0), {}


def unit_forward(x):
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    return x / norm, (x / norm, norm)


def unit_backward(dout, cache):
    y, norm = cache
    along = dout.sum(axis=1, keepdims=True)
    return (dout - y * along) / norm


def case_unit_vector_projection(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (unit_forward, unit_backward, r.normal(size=(4, 6))), {}


def infonce_forward(a, b, tau=0.5):
    S = a @ b.T / tau
    P, Q = softmax(S), softmax(S.T)
    loss = -(np.log(np.diag(P)).mean() + np.log(np.diag(Q)).mean()) / 2
    return loss, (a, b, P, Q, tau)


def infonce_backward(dout, cache):
    a, b, P, Q, tau = cache
    N = len(a)
    dS = (P - np.eye(N)) / (2 * N) + (Q - np.eye(N)) / (2 * N)
    dS *= dout / tau
    return dS @ b, dS.T @ a


def case_infonce_second_not_transposed(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (infonce_forward, infonce_backward, r.normal(size=(4, 3)), r.normal(size=(4, 3))), {
        "tau": 0.7,
        "wrt": ["a", "b"],
    }


def triplet_forward(a, p, n, margin=1.0):
    near = ((a - p) ** 2).sum(axis=1)
    far = ((a - n) ** 2).sum(axis=1)
    gap = near - far + margin
    return np.maximum(gap, 0).mean(), (a, p, n, gap > 0)


def triplet_backward(dout, cache):
    a, p, n, active = cache
    w = (2 * dout / len(a)) * active[:, None]
    da = w * (a - p)
    dp = -w * (a - p)
    dn = w * (a - n)
    return da, dp, dn


def case_triplet_anchor_one_path(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (triplet_forward, triplet_backward, *(r.normal(size=(6, 3)) for _ in range(3))), {
        "margin": 1.5,
        "wrt": ["a", "p", "n"],
    }


TRUTH = {
    "rnn_state_of_same_step": (
        "dWh uses the state of the same step instead of the one before",
        "other",
        "dWh += h[:, t].T @ da",
    ),
    "gru_update_gate_sign": ("sign: dz = dout * (h0 - n)", "other", "dz = dout * (n - h0)"),
    "gelu_dout_on_one_term": (
        "brackets: dout multiplies only the first term",
        "other",
        "dx = dout * cdf + x * pdf",
    ),
    "swiglu_gate_without_a": ("db = dout * s instead of dout * a * s", "other", "db = dout * s"),
    "softsign_not_squared": ("denominator is not squared", "other", "return dout / (1 + np.abs(x))"),
    "embedding_padding_row": (
        "the padding token's row gets a gradient (missing: dW[padding] = 0)",
        "other",
        "np.add.at(dW, tokens.ravel(), dout.reshape(-1, shape[1]))",
    ),
    "unit_vector_projection": (
        "the projection sums dout instead of dout * y",
        "other",
        "along = dout.sum(axis=1, keepdims=True)",
    ),
    "infonce_second_not_transposed": (
        "the second direction's gradient belongs to S.T and is not transposed back",
        "other",
        "dS = (P - np.eye(N)) / (2 * N) + (Q - np.eye(N)) / (2 * N)",
    ),
    "triplet_anchor_one_path": (
        "the anchor's path through the negative is missing: - w * (a - n)",
        "other",
        "da = w * (a - p)",
    ),
}
