"""Layers and losses that the course does not have."""

from __future__ import annotations

import numpy as np


def softmax(s):
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_forward(q, k, v):
    scale = 1 / np.sqrt(q.shape[-1])
    a = softmax(q @ k.T * scale)
    return a @ v, (q, k, v, a, scale)


def attention_backward(dout, cache):
    q, k, v, a, scale = cache
    dv = a.T @ dout
    da = dout @ v.T
    inner = np.sum(da * a, axis=-1, keepdims=True)
    ds = a * (da - inner)
    ds = ds * scale
    dq = ds @ k
    dk = ds.T @ q
    return dq, dk, dv


def causal_attention_forward(x, wq, wk, wv):
    q, k, v = x @ wq, x @ wk, x @ wv
    hidden = np.triu(np.ones((len(x), len(x)), dtype=bool), 1)
    s = np.where(hidden, -np.inf, q @ k.T / np.sqrt(wq.shape[1]))
    a = softmax(s)
    return a @ v, (x, wq, wk, wv, q, k, v, a)


def causal_attention_backward(dout, cache):
    x, wq, wk, wv, q, k, v, a = cache
    dv = a.T @ dout
    da = dout @ v.T
    ds = a * (da - (a * da).sum(axis=1, keepdims=True))
    ds /= np.sqrt(q.shape[1])
    dq, dk = ds @ k, ds.T @ q
    dwq = x.T @ dq
    dwk = x.T @ dk
    dwv = x.T @ dv
    dx = dq @ wq.T + dk @ wk.T + dv @ wv.T
    return dx, dwq, dwk, dwv


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_step_forward(x, h_prev, c_prev, wx, wh, b):
    H = h_prev.shape[1]
    gates = x @ wx + h_prev @ wh + b
    i, f, o = (sigmoid(gates[:, n * H : (n + 1) * H]) for n in range(3))
    g = np.tanh(gates[:, 3 * H :])
    c = f * c_prev + i * g
    return np.concatenate([o * np.tanh(c), c], axis=1), (x, h_prev, c_prev, wx, wh, i, f, o, g, c)


def lstm_step_backward(dout, cache):
    x, h_prev, c_prev, wx, wh, i, f, o, g, c = cache
    H = h_prev.shape[1]
    dh, dc = dout[:, :H], dout[:, H:]
    t = np.tanh(c)
    dc = dc + dh * o * (1 - t**2)
    do = dh * t
    df = dc * c_prev
    di = dc * g
    dg = dc * i
    dc_prev = dc * f
    da_i = di * i * (1 - i)
    da_f = df * f * (1 - f)
    da_o = do * o * (1 - o)
    da_g = dg * (1 - g**2)
    da = np.concatenate([da_i, da_f, da_o, da_g], axis=1)
    dx = da @ wx.T
    dh_prev = da @ wh.T
    dwx = x.T @ da
    dwh = h_prev.T @ da
    db = da.sum(axis=0)
    return dx, dh_prev, dc_prev, dwx, dwh, db


def rnn_forward(x, h0, wx, wh, b):
    hs = [h0]
    for t in range(x.shape[1]):
        hs.append(np.tanh(x[:, t] @ wx + hs[-1] @ wh + b))
    return np.stack(hs[1:], axis=1), (x, hs, wx, wh)


def rnn_backward(dout, cache):
    x, hs, wx, wh = cache
    dx = np.zeros_like(x)
    dwx = np.zeros_like(wx)
    dwh = np.zeros_like(wh)
    db = np.zeros(wx.shape[1])
    dh = np.zeros_like(hs[0])
    for t in reversed(range(x.shape[1])):
        dh = dh + dout[:, t]
        dz = dh * (1 - hs[t + 1] ** 2)
        dx[:, t] = dz @ wx.T
        dwx += x[:, t].T @ dz
        dwh += hs[t].T @ dz
        db += dz.sum(axis=0)
        dh = dz @ wh.T
    return dx, dh, dwx, dwh, db


def gelu_forward(x):
    inner = np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)
    t = np.tanh(inner)
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dout, cache):
    x, t = cache
    dinner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * x**2)
    left = 0.5 * (1 + t)
    right = 0.5 * x * (1 - t**2) * dinner
    return dout * (left + right)


def swish_forward(x, beta):
    s = sigmoid(beta * x)
    return x * s, (x, beta, s)


def swish_backward(dout, cache):
    x, beta, s = cache
    ds = dout * x * s * (1 - s)
    dx = dout * s + beta * ds
    dbeta = np.sum(x * ds, axis=0)
    return dx, dbeta


def rms_norm_forward(x, gain, eps=1e-6):
    r = 1 / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + eps)
    return x * r * gain, (x, r, gain)


def rms_norm_backward(dout, cache):
    x, r, gain = cache
    D = x.shape[-1]
    dgain = np.sum(dout * x * r, axis=0)
    dn = dout * gain
    dot = np.sum(dn * x, axis=-1, keepdims=True)
    dx = r * dn - r**3 * x * dot / D
    return dx, dgain


def softmax_layer_forward(x):
    p = softmax(x)
    return p, p


def softmax_layer_backward(dout, cache):
    p = cache
    inner = np.sum(dout * p, axis=1, keepdims=True)
    return p * (dout - inner)


def embedding_forward(table, tokens):
    return table[tokens], (table, tokens)


def embedding_backward(dout, cache):
    table, tokens = cache
    dtable = np.zeros_like(table)
    np.add.at(dtable, tokens, dout)
    return dtable


def l2_normalize_forward(x):
    n = np.sqrt(np.sum(x**2, axis=1, keepdims=True))
    return x / n, (x, n)


def l2_normalize_backward(dout, cache):
    x, n = cache
    dot = np.sum(dout * x, axis=1, keepdims=True)
    return dout / n - x * dot / n**3


def bce_loss(x, t):
    p = sigmoid(x)
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    dx = p - t
    dx = dx / x.size
    return loss, dx


def huber_loss(x, t):
    r = x - t
    small = np.abs(r) <= 1
    loss = np.mean(np.where(small, 0.5 * r**2, np.abs(r) - 0.5))
    dx = np.where(small, r, np.sign(r))
    dx = dx / r.size
    return loss, dx


def smoothed_loss(x, y, smooth=0.1):
    p = softmax(x)
    N, C = x.shape
    target = np.full((N, C), smooth / C)
    target[np.arange(N), y] += 1 - smooth
    loss = -np.sum(target * np.log(p)) / N
    dx = p - target
    dx /= N
    return loss, dx


def cosine_loss(x, t):
    nx = np.linalg.norm(x, axis=1, keepdims=True)
    nt = np.linalg.norm(t, axis=1, keepdims=True)
    cos = np.sum(x * t, axis=1, keepdims=True) / (nx * nt)
    loss = np.sum(1 - cos)
    dx = cos * x / nx**2 - t / (nx * nt)
    return loss, dx
