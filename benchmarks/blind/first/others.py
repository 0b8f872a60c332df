"""Wrong gradients of layers that the course does not have; see `benchmarks.blind`."""

from __future__ import annotations

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(Q, K, V):
    scale = 1 / np.sqrt(Q.shape[-1])
    P = softmax(Q @ K.swapaxes(-1, -2) * scale)
    return P @ V, (Q, K, V, P, scale)


def att_inputs(seed, bw, n=3):
    r = np.random.default_rng(seed + 1000)
    return (
        attention_forward,
        bw,
        r.normal(size=(2, 4, n)),
        r.normal(size=(2, 4, n)),
        r.normal(size=(2, 4, n)),
    ), {}


def attention_scale_backward(dout, cache):
    Q, K, V, P, scale = cache
    dV = P.swapaxes(-1, -2) @ dout
    dP = dout @ V.swapaxes(-1, -2)
    dS = P * (dP - (dP * P).sum(axis=-1, keepdims=True))
    dQ = dS @ K * scale
    dK = dS.swapaxes(-1, -2) @ Q
    return dQ, dK, dV


def case_attention_dk_scale(seed=0):
    return att_inputs(seed, attention_scale_backward)


def attention_axis_backward(dout, cache):
    Q, K, V, P, scale = cache
    dV = np.einsum("bts,btd->bsd", P, dout)
    dP = np.einsum("btd,bsd->bts", dout, V)
    inner = np.sum(dP * P, axis=1, keepdims=True)
    dS = P * (dP - inner) * scale
    dQ = dS @ K
    dK = dS.transpose(0, 2, 1) @ Q
    return dQ, dK, dV


def case_attention_softmax_axis(seed=0):
    return att_inputs(seed, attention_axis_backward)


def attention_dv_backward(dout, cache):
    Q, K, V, P, scale = cache
    dV = P @ dout
    dP = dout @ V.transpose(0, 2, 1)
    dS = P * dP
    dS -= P * dS.sum(axis=-1, keepdims=True)
    dS *= scale
    return dS @ K, dS.transpose(0, 2, 1) @ Q, dV


def case_attention_dv_not_transposed(seed=0):
    return att_inputs(seed, attention_dv_backward, n=2)


def lstm_forward(x, h0, c0, Wx, Wh, b):
    H = h0.shape[1]
    a = x @ Wx + h0 @ Wh + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 2 * H : 3 * H])
    g = np.tanh(a[:, 3 * H :])
    c = f * c0 + i * g
    h = o * np.tanh(c)
    return (h, c), (x, h0, c0, Wx, Wh, i, f, o, g, c)


def lstm_inputs(seed, bw, N=3, D=4, H=2):
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


def lstm_forget_backward(dout, cache):
    dh, dc = dout
    x, h0, c0, Wx, Wh, i, f, o, g, c = cache
    t = np.tanh(c)
    do = dh * t
    dc = dc + dh * o * (1 - t**2)
    di, df, dg = dc * g, dc * c0, dc * i
    dai = di * i * (1 - i)
    daf = df * (1 - f**2)
    dao = do * o * (1 - o)
    dag = dg * (1 - g**2)
    da = np.hstack([dai, daf, dao, dag])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, h0.T @ da, da.sum(axis=0)


def case_lstm_forget_gate_tanh_slope(seed=0):
    return lstm_inputs(seed, lstm_forget_backward)


def lstm_dc_backward(dout, cache):
    dh, dnext_c = dout
    x, h0, c0, Wx, Wh, i, f, o, g, c = cache
    t = np.tanh(c)
    do = dh * t
    dc = dh * o * (1 - t * t)
    dc0 = dc * f
    di = dc * g
    df = dc * c0
    dg = dc * i
    da = np.concatenate([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g * g)], axis=1)
    dx = da @ Wx.T
    dh0 = da @ Wh.T
    dWx = x.T @ da
    dWh = h0.T @ da
    db = da.sum(axis=0)
    return dx, dh0, dc0, dWx, dWh, db


def case_lstm_dc_ignored(seed=0):
    return lstm_inputs(seed, lstm_dc_backward)


def gru_forward(x, h0, Wz, Wr, Wc):
    xh = np.hstack([x, h0])
    z, r = sigmoid(xh @ Wz), sigmoid(xh @ Wr)
    xrh = np.hstack([x, r * h0])
    cand = np.tanh(xrh @ Wc)
    h = (1 - z) * h0 + z * cand
    return h, (x, h0, Wz, Wr, Wc, xh, z, r, xrh, cand)


def gru_backward(dout, cache):
    x, h0, Wz, Wr, Wc, xh, z, r, xrh, cand = cache
    D = x.shape[1]
    dz = dout * (cand - h0)
    dcand = dout * z
    dh0 = dout * (1 - z)
    dac = dcand * (1 - cand**2)
    dxrh = dac @ Wc.T
    dx = dxrh[:, :D]
    dr = dxrh[:, D:] * h0
    daz = dz * z * (1 - z)
    dar = dr * r * (1 - r)
    dxh = daz @ Wz.T + dar @ Wr.T
    dx = dx + dxh[:, :D]
    dh0 = dh0 + dxh[:, D:]
    return dx, dh0, xh.T @ daz, xh.T @ dar, xrh.T @ dac


def case_gru_reset_path_forgotten(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (
        gru_forward,
        gru_backward,
        r.normal(size=(4, 3)),
        r.normal(size=(4, 2)),
        r.normal(size=(5, 2)),
        r.normal(size=(5, 2)),
        r.normal(size=(5, 2)),
    ), {}


def gelu_forward(x):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    dinner = np.sqrt(2 / np.pi) * (1 + 0.044715 * x**2)
    dx = 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * dinner
    return dout * dx


def case_gelu_cube_rule(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (gelu_forward, gelu_backward, 1.5 * r.normal(size=(5, 5))), {}


def silu_forward(x):
    s = sigmoid(x)
    return x * s, (x, s)


def silu_backward(dout, cache):
    x, s = cache
    slope = s + x * s
    return slope * dout


def case_silu_one_minus_s(seed=0):
    r = np.random.default_rng(seed + 1000)
    return (silu_forward, silu_backward, r.normal(size=(4, 6))), {}


TRUTH = {
    "attention_dk_scale": ("dK lacks the factor 1/sqrt(d)", "other", "dK = dS.swapaxes(-1, -2) @ Q"),
    "attention_softmax_axis": (
        "softmax's inner sum is over the queries (axis 1) instead of the keys (last axis)",
        "other",
        "inner = np.sum(dP * P, axis=1, keepdims=True)",
    ),
    "attention_dv_not_transposed": ("dV = P @ dout instead of P.T @ dout", "other", "dV = P @ dout"),
    "lstm_forget_gate_tanh_slope": (
        "forget gate gets tanh's slope 1 - f**2 instead of f (1 - f)",
        "other",
        "daf = df * (1 - f**2)",
    ),
    "lstm_dc_ignored": (
        "the upstream gradient of c is not added (missing: + dnext_c)",
        "other",
        "dc = dh * o * (1 - t * t)",
    ),
    "gru_reset_path_forgotten": (
        "h0's path through r * h0 forgotten (missing: + dxrh[:, D:] * r)",
        "other",
        "dh0 = dh0 + dxh[:, D:]",
    ),
    "gelu_cube_rule": (
        "derivative of x**3 lacks the factor 3",
        "other",
        "dinner = np.sqrt(2 / np.pi) * (1 + 0.044715 * x**2)",
    ),
    "silu_one_minus_s": ("x * s instead of x * s * (1 - s)", "other", "slope = s + x * s"),
}
