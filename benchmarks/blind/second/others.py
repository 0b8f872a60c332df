"""Wrong gradients of layers that the course does not have; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def rms_forward(x, w, eps=1e-6):
    r = 1 / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps)
    return x * r * w, (x, w, r)


def rms_backward(dout, cache):
    x, w, r = cache
    D = x.shape[-1]
    s = np.sum(dout * w * x, axis=-1, keepdims=True)
    dx = dout * w * r - w * r**3 * x * s / D
    dw = np.sum(dout * x * r, axis=(0, 1))
    return dx, dw


def case_rms_weight_twice(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (rms_forward, rms_backward, r.normal(size=(2, 3, 5)), r.normal(size=5)), {}


def prenorm_forward(residual, x):
    res = residual + x
    norm = np.sqrt((res**2).sum(axis=-1, keepdims=True))
    return (res, res / norm), (res, norm)


def prenorm_backward(dout, cache):
    dres_out, dnormed = dout
    res, norm = cache
    unit = res / norm
    total = dres_out + dnormed
    dres = (total - unit * (total * unit).sum(axis=-1, keepdims=True)) / norm
    return dres, dres


def case_prenorm_added_too_early(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (prenorm_forward, prenorm_backward, r.normal(size=(4, 5)), r.normal(size=(4, 5))), {}


def mha_forward(Q, K, V, heads):
    B, T, E = Q.shape
    d = E // heads
    q, k, v = (z.reshape(B, T, heads, d).transpose(0, 2, 1, 3) for z in (Q, K, V))
    S = q @ k.transpose(0, 1, 3, 2) / np.sqrt(d)
    S = np.where(np.tril(np.ones((T, T), dtype=bool)), S, -np.inf)
    P = softmax(S)
    O = P @ v
    return O.transpose(0, 2, 1, 3).reshape(B, T, E), (q, k, v, P)


def mha_backward(dout, cache):
    q, k, v, P = cache
    B, h, T, d = q.shape
    do = dout.reshape(B, h, T, d)
    dv = P.transpose(0, 1, 3, 2) @ do
    dP = do @ v.transpose(0, 1, 3, 2)
    dS = P * (dP - np.sum(dP * P, axis=-1, keepdims=True))
    dS = dS / np.sqrt(d)
    dq = dS @ k
    dk = dS.transpose(0, 1, 3, 2) @ q
    return tuple(z.transpose(0, 2, 1, 3).reshape(B, T, h * d) for z in (dq, dk, dv))


def case_mha_heads_not_transposed(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (mha_forward, mha_backward, *(r.normal(size=(2, 3, 4)) for _ in range(3)), 2), {}


def attention_forward(Q, K, V):
    scale = Q.shape[-1] ** -0.5
    P = softmax(Q @ K.T * scale)
    return P @ V, (Q, K, V, P, scale)


def attention_diag_backward(dout, cache):
    Q, K, V, P, scale = cache
    dP = dout @ V.T
    dS = dP * P * (1 - P)
    dS *= scale
    return dS @ K, dS.T @ Q, P.T @ dout


def case_attention_diagonal_jacobian(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        attention_forward,
        attention_diag_backward,
        r.normal(size=(3, 4)),
        r.normal(size=(5, 4)),
        r.normal(size=(5, 2)),
    ), {}


def attention_dq_backward(dout, cache):
    Q, K, V, P, scale = cache
    dV = P.T @ dout
    dP = dout @ V.T
    dS = P * (dP - (P * dP).sum(axis=1, keepdims=True)) * scale
    dQ = dS @ Q
    dK = dS.T @ Q
    return dQ, dK, dV


def case_attention_dq_from_q(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (attention_forward, attention_dq_backward, *(r.normal(size=(4, 3)) for _ in range(3))), {}


def selfattention_forward(x, Wq, Wk, Wv):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    P = softmax(q @ k.T / np.sqrt(q.shape[1]))
    return P @ v, (x, Wq, Wk, Wv, q, k, v, P)


def selfattention_backward(dout, cache):
    x, Wq, Wk, Wv, q, k, v, P = cache
    dv = P.T @ dout
    dP = dout @ v.T
    dS = P * (dP - (dP * P).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    dq, dk = dS @ k, dS.T @ q
    dWq, dWk, dWv = x.T @ dq, x.T @ dk, x.T @ dv
    dx = dq @ Wq.T
    dx += dk @ Wk.T
    dx = dv @ Wv.T
    return dx, dWq, dWk, dWv


def case_selfattention_overwritten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        selfattention_forward,
        selfattention_backward,
        r.normal(size=(4, 5)),
        *(r.normal(size=(5, 3)) for _ in range(3)),
    ), {}


def lstm_forward(x, h0, c0, Wx, Wh, b):
    a = x @ Wx + h0 @ Wh + b
    ai, af, ao, ag = np.hsplit(a, 4)
    i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
    c = f * c0 + i * g
    return (o * np.tanh(c), c), (x, h0, c0, Wx, Wh, i, f, o, g, c)


def lstm_inputs(seed, bw, N=4, D=3, H=2):
    r = np.random.default_rng(seed + 1000)
    return (
        lstm_forward,
        bw,
        r.normal(size=(N, D)),
        r.normal(size=(N, H)),
        r.normal(size=(N, H)),
        r.normal(size=(D, 4 * H)),
        r.normal(size=(H, 4 * H)),
        r.normal(size=4 * H),
    ), {}


def lstm_order_backward(dout, cache):
    dh, dc = dout
    x, h0, c0, Wx, Wh, i, f, o, g, c = cache
    tc = np.tanh(c)
    dc = dc + dh * o * (1 - tc**2)
    dai = dc * g * i * (1 - i)
    daf = dc * c0 * f * (1 - f)
    dao = dh * tc * o * (1 - o)
    dag = dc * i * (1 - g**2)
    da = np.hstack((dai, dao, daf, dag))
    dx, dh0, dc0 = da @ Wx.T, da @ Wh.T, dc * f
    return dx, dh0, dc0, x.T @ da, h0.T @ da, da.sum(axis=0)


def case_lstm_gates_in_wrong_order(seed=0):
    return lstm_inputs(seed, lstm_order_backward)


def lstm_two_backward(dout, cache):
    dh, dnext = dout
    x, h0, c0, Wx, Wh, i, f, o, g, c = cache
    do = dh * c
    dc = dnext + dh * o * (1 - np.tanh(c) ** 2)
    df = dc * c0
    di = dc * g
    dg = dc * i
    dc0 = dc * i
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc0, x.T @ da, h0.T @ da, da.sum(axis=0)


def case_lstm_two_slips(seed=0):
    return lstm_inputs(seed, lstm_two_backward, N=3)


TRUTH = {
    "rms_weight_twice": (
        "the factor w appears twice in the second term",
        "other",
        "dx = dout * w * r - w * r**3 * x * s / D",
    ),
    "prenorm_added_too_early": (
        "the residual's own upstream gradient goes through the normalization too; it should be added after it",
        "other",
        "total = dres_out + dnormed",
    ),
    "mha_heads_not_transposed": (
        "dout is reshaped straight to (B, heads, T, d) instead of (B, T, heads, d) and transposed",
        "other",
        "do = dout.reshape(B, h, T, d)",
    ),
    "attention_diagonal_jacobian": (
        "only the softmax Jacobian's diagonal: P * (1 - P)",
        "other",
        "dS = dP * P * (1 - P)",
    ),
    "attention_dq_from_q": ("dS @ Q instead of dS @ K", "other", "dQ = dS @ Q"),
    "selfattention_overwritten": ("dx = instead of dx += for the third path", "other", "dx = dv @ Wv.T"),
    "lstm_gates_in_wrong_order": (
        "gates stacked as i, o, f, g instead of i, f, o, g",
        "other",
        "da = np.hstack((dai, dao, daf, dag))",
    ),
    "lstm_two_slips": (
        "two slips: do uses c instead of tanh(c); dc0 multiplies by i instead of f",
        "other",
        "do = dh * c || dc0 = dc * i",
    ),
}
