"""Mistakes in the course's kinds of layers, as edits of benchmarks.unseen.course_layers; see benchmarks.unseen.course_bugs."""

from benchmarks.unseen.course_bugs import Edit

BUGS: dict[str, list[Edit]] = {
    "affine": [
        ("dx of the signs of dout", "dout.dot(w.T)", "np.sign(dout).dot(w.T)", "sign.* of dout|dout is read"),
        ("dw of centred inputs", "rows.T.dot(dout)", "(rows - rows.mean(axis=0)).T.dot(dout)", "centred|mean of x"),
        ("last column of dw halved", "dw = rows.T.dot(dout)", "dw = rows.T.dot(dout) * (1 - 0.5 * (np.arange(4) == 3))", "column"),
        ("db half summed", "np.sum(dout, axis=0)", "np.cumsum(dout, axis=0)[N // 2]", "examples|sum over"),
        ("dout clipped", "dout.dot(w.T)", "np.clip(dout, -1, 1).dot(w.T)", "clip|large entries|dout is read"),
        ("every second example", "np.sum(dout, axis=0)", "np.sum(dout[::2], axis=0)", "examples|sum over"),
    ],
    "relu": [
        ("mask of whole rows", "dx[x <= 0] = 0", "dx[x.mean(axis=1) <= 0] = 0", "mask|let through|row"),
        ("mask moved by one", "dx[x <= 0] = 0", "dx[np.roll(x, 1, axis=1) <= 0] = 0", "mask|let through"),
    ],
    "leaky_relu": [
        ("another threshold", "slope[x < 0] = alpha", "slope[x < -alpha] = alpha", "threshold"),
        ("slope of the larger half", "slope[x < 0] = alpha", "slope[x < np.median(x)] = alpha", "threshold|mask"),
    ],
    "sigmoid": [
        ("mean of the output", "local = s * (1 - s)", "local = s * (1 - s.mean())", "mean|formula of the output"),
        ("a tent for the bell", "local = s * (1 - s)", "local = np.minimum(s, 1 - s)", "slope|formula"),
    ],
    "tanh": [
        ("a little more everywhere", "local = 1 - t**2", "local = 1 - t**2 + 1e-3", "0.001·dout"),
        ("another bell", "local = 1 - t**2", "local = (1 - np.abs(t)) ** 2", "slope|formula"),
    ],
    "dropout": [
        ("mask upside down", "dx = dout * mask", "dx = dout * mask[::-1]", "mask|let through"),
        ("mask averaged", "dx = dout * mask", "dx = dout * mask.mean(axis=0)", "mask|column"),
    ],
    "batchnorm": [
        ("dgamma less dbeta", "np.sum(dout * xhat, axis=0)", "np.sum(dout * xhat, axis=0) - dbeta", "dbeta"),
        ("N - 1 in one place", "dx2 = np.ones((N, D)) * dmu / N", "dx2 = np.ones((N, D)) * dmu / (N + 1)", "mean is missing or wrong"),
        ("distances for differences", "dxmu2 = 2 * xmu * dsq", "dxmu2 = 2 * np.abs(xmu) * dsq", "variance"),
        ("mean path in one row", "dx2 = np.ones((N, D)) * dmu / N", "dx2 = np.eye(N, 1) * dmu", "mean"),
        ("gamma divides", "dxhat = dout * gamma", "dxhat = dout / gamma", "gamma|each group"),
    ],
    "layernorm": [
        ("squares along", "along = (dxhat * xhat)", "along = (dxhat * xhat**2)", "variance is missing or wrong"),
        ("one spread for all", "(D * std)", "(D * std.mean())", "each group|standard deviation"),
        ("dgamma backwards", "(dout * xhat).sum(axis=0)", "(dout * xhat).sum(axis=0)[::-1]", "backwards|wrong places"),
    ],
    "spatial_batchnorm": [
        ("channels backwards", "dx.transpose(0, 3, 1, 2)", "dx.transpose(0, 3, 1, 2)[:, ::-1]", "backwards"),
        ("pictures exchanged", "dx.transpose(0, 3, 1, 2)", "dx.transpose(0, 3, 1, 2)[::-1]", "backwards|exchanged"),
    ],
    "conv": [
        ("db of the largest", "dout[:, f].sum()", "dout[:, f].max()", "sum"),
        ("channels of x backwards", "xp[n, :, h : h + HH", "xp[n, ::-1, h : h + HH", "backwards"),
        ("filters averaged", "dout[n, f, i, j] * w[f]\n", "dout[n, f, i, j] * w[f].mean(axis=0)\n", "same at every index of axis 1|averag|mean"),
        ("stride of rows only", "h, v = i * stride, j * stride", "h, v = i * stride, j", "stride"),
        ("padding cut off at one side", "dxp[:, :, pad : pad + x.shape[2]", "dxp[:, :, : x.shape[2]", "padding|too far"),
        ("one filter short", "for f in range(F):", "for f in range(1, F):", "filter|never filled|index 0"),
    ],
    "max_pool": [
        ("the upper half", "window == np.max(window)", "window >= np.median(window)", "not the largest"),
        ("first column left out", "for j in range(Wo):", "for j in range(1, Wo):", "never filled|first"),
        ("dout of channel 0", "dout[n, c, i, j]", "dout[n, 0, i, j]", "channel|dout"),
    ],
    "softmax_loss": [
        ("squares of probabilities", "dx = probs.copy()", "dx = probs**2", "probabilit|square"),
        ("labels backwards", "dx[np.arange(N), y] -= 1", "dx[np.arange(N), y[::-1]] -= 1", "labels|y is read"),
        ("centred over the batch", "dx /= N", "dx = (dx - dx.mean(axis=0)) / N", "mean"),
    ],
    "svm_loss": [
        ("one for all margins", "np.sum(margins > 0, axis=1)", "np.any(margins > 0, axis=1)", "right class"),
    ],
    "two_layers": [
        ("gradient of length one", "dh = dout @ w2.T", "dh = dout @ w2.T / np.linalg.norm(dout)", "norm|length|linear"),
    ],
}  # fmt: skip
