"""Planted answers: networks with normalization and dropout."""

import numpy as np

from answers import right, wrong

# One plain network with a door for each mistake; notebook 02 asks it without dropout, 03 with.


def _normalize(x, axis, eps=1e-5):
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    std = np.sqrt(var + eps)
    return (x - mean) / std, std, mean.ravel(), var.ravel()


def _normalize_backward(g, x_hat, std, axis):
    keep = {"axis": axis, "keepdims": True}
    return (g - g.mean(**keep) - x_hat * (g * x_hat).mean(**keep)) / std


def _softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    totals = np.exp(shifted).sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    dx = np.exp(shifted) / totals
    dx[rows, y] -= 1
    return (np.log(totals[:, 0]) - shifted[rows, y]).mean(), dx / len(x)


class Plain:
    """{affine - [normalize] - ReLU - [dropout]} × (L - 1) - affine - softmax."""

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.keep, self.seed = dropout_keep_ratio, seed
        dims = [input_dim, *hidden_dims, num_classes]
        self.L = len(dims) - 1
        self.params = {}
        for i in range(1, self.L + 1):
            self.params[f"W{i}"] = (
                weight_scale * np.random.default_rng().standard_normal(dims[i - 1 : i + 1])
            ).astype(dtype)
            self.params[f"b{i}"] = np.zeros(dims[i], dtype)
            if normalization and self.has_norm(i):
                self.params[f"gamma{i}"] = np.full(dims[i], self.first_gamma, dtype)
                self.params[f"beta{i}"] = np.zeros(dims[i], dtype)
        self.running = {}

    first_gamma = 1
    momentum = 0.9

    def has_norm(self, i):
        return i < self.L

    def running_averages(self):
        return self.running

    def training(self, y):
        return y is not None

    def norm(self, x, i, train):
        p = self.params
        if self.normalization is None or not self.normalizes(i):
            return x, None
        if self.normalization == "layernorm":
            x_hat, std, *_ = _normalize(x, self.layer_axis)
            return p[f"gamma{i}"] * x_hat + p[f"beta{i}"], (x_hat, std, self.layer_axis)
        running = self.running_averages()
        mean, var = running.get(i, (0.0, 0.0))
        if not train:
            return p[f"gamma{i}"] * (x - mean) / np.sqrt(var + 1e-5) + p[f"beta{i}"], None
        x_hat, std, m, v = _normalize(x, 0)
        running[i] = (self.mix(mean, m), self.mix(var, v))
        return p[f"gamma{i}"] * x_hat + p[f"beta{i}"], (x_hat, std, 0)

    layer_axis = 1

    def normalizes(self, i):
        return True

    def mix(self, old, new):
        return self.momentum * old + (1 - self.momentum) * new

    def mask(self, x, i, train):
        if not train or self.keep == 1:
            return 1.0
        rng = np.random.default_rng(self.seed)
        return self.scaled(rng.random(x.shape) < self.keep)

    def scaled(self, kept):
        return kept / self.keep

    def mask_back(self, mask):
        return mask

    def open(self, s):
        return s > 0

    def regularized(self, name):
        return name.startswith("W")

    def norm_grads(self, dout, x_hat):
        return (dout * x_hat).sum(axis=0), dout.sum(axis=0)

    def loss(self, X, y=None):
        p, L, train = self.params, self.L, self.training(y)
        out, caches = X.reshape(len(X), -1).astype(self.dtype), {}
        for i in range(1, L):
            x = out
            s, norm_cache = self.norm(x @ p[f"W{i}"] + p[f"b{i}"], i, train)
            out = np.maximum(s, 0)
            mask = self.mask(out, i, train)
            out = out * mask
            caches[i] = (x, s, norm_cache, mask)
        scores = self.last(out @ p[f"W{L}"] + p[f"b{L}"], train)
        if y is None:
            return scores
        loss, dout = _softmax_loss(scores, y)
        grads = {f"W{L}": out.T @ dout, f"b{L}": dout.sum(axis=0)}
        dout = dout @ p[f"W{L}"].T
        for i in range(L - 1, 0, -1):
            x, s, norm_cache, mask = caches[i]
            dout = dout * self.mask_back(mask) * self.open(s)
            if norm_cache is not None:
                x_hat, std, axis = norm_cache
                grads[f"gamma{i}"], grads[f"beta{i}"] = self.norm_grads(dout, x_hat)
                dout = self.through(_normalize_backward(dout * p[f"gamma{i}"], x_hat, std, axis), dout)
            elif self.normalization:
                grads[f"gamma{i}"], grads[f"beta{i}"] = (
                    np.zeros_like(p[f"gamma{i}"]),
                    np.zeros_like(p[f"beta{i}"]),
                )
            grads[f"W{i}"], grads[f"b{i}"] = x.T @ dout, dout.sum(axis=0)
            dout = dout @ p[f"W{i}"].T
        for name in p:
            if self.regularized(name):
                loss = loss + 0.5 * self.reg * np.sum(p[name] ** 2)
                grads[name] = grads[name] + self.reg * p[name]
        return loss, self.handed_out(grads)

    def last(self, scores, train):
        return scores

    def through(self, dx, dout):
        return dx

    def handed_out(self, grads):
        return grads


def _wrong(reason, earns=(0.0, 0.985)):
    return wrong("FullyConnectedNet", reason, earns=earns)


@_wrong("params holds")
class gamma_for_the_last_layer_too(Plain):
    def has_norm(self, i):
        return True

    def handed_out(self, grads):
        return {n: grads.get(n, np.zeros_like(v)) for n, v in self.params.items()}


@_wrong("gamma1 should start at one")
class gamma_starts_at_zero(Plain):
    first_gamma = 0


@_wrong("three batches of training: scores")
class momentum_swapped(Plain):
    momentum = 0.1


@_wrong("three batches of training: scores")
class scores_in_training_mode(Plain):
    def training(self, y):
        return True


@_wrong("three batches of training: scores")
class a_fresh_dict_each_time(Plain):
    def running_averages(self):
        return {}


_shared = {}


@_wrong("share their running averages: scores|three batches")
class all_networks_share_their_averages(Plain):
    def running_averages(self):
        return _shared


class _OneDict(dict):
    def get(self, i, default):
        return super().get(0, default)

    def __setitem__(self, i, value):
        super().__setitem__(0, value)


@_wrong("three batches of training: (scores|FullyConnectedNet|_*\\w+.loss raised|loss)|raised")
class all_layers_share_their_averages(Plain):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.running = _OneDict()


@_wrong("batch normalization, three hidden layers: .*Here only the first hidden layer is normalized")
class normalizes_the_first_layer_only(Plain):
    def normalizes(self, i):
        return i == 1


@_wrong("layer normalization: .*Here batchnorm was taken for layernorm")
class layernorm_over_the_batch(Plain):
    layer_axis = 0


@_wrong("Here gamma and beta were penalized, too")
class regularizes_gamma_and_beta(Plain):
    def regularized(self, name):
        return name[0] in "Wg" or name.startswith("beta")


@_wrong("Here biases were penalized, too")
class regularizes_biases(Plain):
    def regularized(self, name):
        return name[0] in "Wb" and not name.startswith("beta")


@_wrong(r"grads\['(W1|b1)'\] is wrong.*Here the normalization was left out on the way back")
class skips_the_normalization_on_the_way_back(Plain):
    def through(self, dx, dout):
        return dout


@_wrong(r"grads\['W1'\] is wrong.*Here the ReLU was left out on the way back")
class everything_passes_on_the_way_back(Plain):
    def open(self, s):
        return 1.0


@_wrong("Here it is the gradient of beta1")
class gamma_and_beta_gradients_swapped(Plain):
    def norm_grads(self, dout, x_hat):
        return dout.sum(axis=0), (dout * x_hat).sum(axis=0)


@_wrong(r"grads has no key '(gamma1|beta1)'")
class leaves_out_gamma_and_beta(Plain):
    def handed_out(self, grads):
        return {
            name: value for name, value in grads.items() if name[0] in "Wb" and not name.startswith("beta")
        }


@_wrong("scores is wrong")
class gives_probabilities(Plain):
    def last(self, scores, train):
        if train:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


@_wrong("changes neither parameters nor batch")
class decays_its_weights(Plain):
    def handed_out(self, grads):
        self.params["W1"] *= 0.999
        return grads


@right("FullyConnectedNet")
class plain_network(Plain):
    pass


@right("FullyConnectedNet")
class network_in_double(Plain):
    def loss(self, X, y=None):
        asked, kept = self.dtype, self.params
        self.dtype, self.params = np.float64, {k: v.astype(np.float64) for k, v in kept.items()}
        try:
            return super().loss(X, y)
        finally:
            self.dtype, self.params = asked, kept


@right("FullyConnectedNet")
class network_that_fills_new_dicts(Plain):
    """Gradients in another order, in a dict of its own, the loss as a NumPy number."""

    def handed_out(self, grads):
        return {name: np.array(grads[name]) for name in sorted(grads, reverse=True)}

    def running_averages(self):
        self.running = dict(self.running)
        return self.running
