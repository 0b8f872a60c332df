"""Mistakes in layers and losses that the course does not have (benchmarks.unseen.other_layers); see course_bugs."""

from benchmarks.unseen.course_bugs import Edit

BUGS: dict[str, list[Edit]] = {
    "attention": [
        ("scale forgotten", "ds = ds * scale", "ds = ds", "too (large|small)|doubled"),
        ("scale twice", "ds = ds * scale", "ds = ds * scale * scale", "too (large|small)|halved"),
        (
            "inner of the wrong axis",
            "inner = np.sum(da * a, axis=-1",
            "inner = np.sum(da * a, axis=0",
            "axis",
        ),
        ("diagonal alone", "ds = a * (da - inner)", "ds = a * (1 - a) * da", "diagonal"),
        ("dk of k", "dk = ds.T @ q", "dk = ds @ q", "transpos|exchanged"),
        ("dv not transposed", "dv = a.T @ dout", "dv = a @ dout", "transpos|exchanged"),
        ("inner left out", "ds = a * (da - inner)", "ds = a * da", "term|inner"),
        ("da of dv", "da = dout @ v.T", "da = dout @ k.T", "-"),
    ],
    "causal_attention": [
        (
            "value path left out",
            "dx = dq @ wq.T + dk @ wk.T + dv @ wv.T",
            "dx = dq @ wq.T + dk @ wk.T",
            "term|path",
        ),
        ("keys through wq", "dk @ wk.T", "dk @ wq.T", "-"),
        ("dwk of dq", "dwk = x.T @ dk", "dwk = x.T @ dq", "dwq"),
        ("scaled by the number of tokens", "np.sqrt(q.shape[1])", "np.sqrt(q.shape[0])", "too (large|small)"),
        ("sum of da", "(a * da).sum(axis=1", "da.sum(axis=1", "-"),
    ],
    "lstm_step": [
        ("dh into c left out", "dc = dc + dh * o * (1 - t**2)", "dc = dc", "-"),
        ("c for tanh", "do = dh * t", "do = dh * c", "-"),
        ("forget gate of c", "df = dc * c_prev", "df = dc * c", "-"),
        ("gate slope of the candidate", "da_g = dg * (1 - g**2)", "da_g = dg * g * (1 - g)", "-"),
        (
            "order of gates",
            "[da_i, da_f, da_o, da_g]",
            "[da_f, da_i, da_o, da_g]",
            "block|order|exchanged|wrong places",
        ),
        ("candidate from f", "dc_prev = dc * f", "dc_prev = dc * i", "-"),
        ("output gate missing", "dh * o * (1 - t**2)", "dh * (1 - t**2)", "-"),
        ("hidden weights by x", "dh_prev = da @ wh.T", "dh_prev = da[:, : H] @ wh.T[: H]", "-"),
    ],
    "rnn": [
        ("slope of the step before", "hs[t + 1] ** 2", "hs[t] ** 2", "-"),
        (
            "weights of the last step",
            "dwx += x[:, t].T @ dz",
            "dwx = x[:, t].T @ dz",
            "\\+=|overwrit|last|first",
        ),
        ("time not passed on", "dh = dz @ wh.T", "dh = np.zeros_like(dh)", "time|zero|carried"),
        ("dh through wh", "dh = dz @ wh.T", "dh = dz @ wh", "transpos"),
        ("hidden after for before", "dwh += hs[t].T @ dz", "dwh += hs[t + 1].T @ dz", "-"),
        ("dout replaces dh", "dh = dh + dout[:, t]", "dh = dout[:, t]", "time|carried"),
    ],
    "gelu": [
        ("no 3", "1 + 3 * 0.044715 * x**2", "1 + 0.044715 * x**2", "-"),
        ("one term", "return dout * (left + right)", "return dout * left", "term|product"),
        ("other term", "return dout * (left + right)", "return dout * right", "term|product"),
        ("t not squared", "(1 - t**2) * dinner", "(1 - t) * dinner", "-"),
    ],
    "swish": [
        ("beta left out", "dx = dout * s + beta * ds", "dx = dout * s + ds", "beta"),
        ("x left out", "dx = dout * s + beta * ds", "dx = dout * s", "term|product"),
        ("dbeta of all", "dbeta = np.sum(x * ds, axis=0)", "dbeta = np.sum(ds, axis=0)", "x"),
    ],
    "rms_norm": [
        ("r squared", "r**3 * x * dot", "r**2 * x * dot", "-"),
        ("not divided by D", "x * dot / D", "x * dot", "-"),
        ("gain after", "dn = dout * gain", "dn = dout", "gain"),
        ("sign", "r * dn - r**3", "r * dn + r**3", "sign"),
        ("second term alone", "dx = r * dn - r**3", "dx = -(r**3)", "term"),
        (
            "gain of x",
            "dgain = np.sum(dout * x * r, axis=0)",
            "dgain = np.sum(dout * x, axis=0)",
            "normalized",
        ),
    ],
    "softmax_layer": [
        ("diagonal alone", "return p * (dout - inner)", "return p * (1 - p) * dout", "diagonal"),
        ("inner over the batch", "dout * p, axis=1", "dout * p, axis=0", "axis"),
        ("mean for sum", "inner = np.sum(", "inner = np.mean(", "-"),
    ],
    "embedding": [
        ("assigns", "np.add.at(dtable, tokens, dout)", "dtable[tokens] = dout", "overwrit|repeated|add"),
        (
            "adds once",
            "np.add.at(dtable, tokens, dout)",
            "dtable[tokens] += dout",
            "repeated|add\\.at|once|overwrit",
        ),
    ],
    "l2_normalize": [
        ("projection left out", "dout / n - x * dot / n**3", "dout / n", "term"),
        ("n once", "x * dot / n**3", "x * dot / n", "-"),
        ("sign", "dout / n - x", "dout / n + x", "sign"),
    ],
    "bce_loss": [
        ("mean forgotten", "dx = dx / x.size", "dx = dx", "too large"),
        ("by the batch", "dx = dx / x.size", "dx = dx / len(x)", "too large"),
        ("slope of the sigmoid twice", "dx = p - t", "dx = (p - t) * p * (1 - p)", "-"),
        ("sign", "dx = p - t", "dx = t - p", "sign"),
    ],
    "huber_loss": [
        ("square everywhere", "np.where(small, r, np.sign(r))", "r", "-"),
        ("sign everywhere", "np.where(small, r, np.sign(r))", "np.sign(r)", "-"),
        ("one for the sign", "np.sign(r))", "1.0)", "sign|absolute"),
    ],
    "smoothed_loss": [
        ("target of one", "dx = p - target", "dx = p.copy(); dx[np.arange(N), y] -= 1", "-"),
        ("mean over classes too", "dx /= N", "dx /= N * C", "too small"),
    ],
    "cosine_loss": [
        ("norm once", "cos * x / nx**2", "cos * x / nx", "-"),
        ("sign of both", "dx = cos * x / nx**2 - t", "dx = -cos * x / nx**2 - t", "sign"),
    ],
}
