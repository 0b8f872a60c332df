"""Planted answers: the convolutional networks."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.

import numpy as np

from answers import right, wrong
from course_utils import layers

POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


def _softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    totals = np.exp(shifted).sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    dx = np.exp(shifted) / totals
    dx[rows, y] -= 1
    return (np.log(totals[:, 0]) - shifted[rows, y]).mean(), dx / len(x)


class _Net:
    """Weights, biases, regularization: what both networks share. Each wrong net below overrides one step."""

    def set_up(self, shapes, scales, reg, dtype):
        self.reg, self.dtype = reg, dtype
        rng = np.random.default_rng()
        self.params = {}
        for i, (shape, scale) in enumerate(zip(shapes, scales, strict=True), start=1):
            outputs = shape[0] if len(shape) == 4 else shape[1]
            self.params[f"W{i}"] = self.first_weights(rng, scale, shape).astype(dtype)
            self.params[f"b{i}"] = self.first_biases(rng, outputs).astype(dtype)

    def first_weights(self, rng, scale, shape):
        return scale * rng.standard_normal(shape)

    def first_biases(self, rng, M):
        return np.zeros(M)

    def weights(self):
        return sorted(name for name in self.params if name.startswith("W"))

    def penalty(self):
        return 0.5 * self.reg * sum(np.sum(self.params[name] ** 2) for name in self.weights())

    def regularize(self, grads):
        for name in self.weights():
            grads[name] = grads[name] + self.reg * self.params[name]
        return grads

    def affine_gradients(self, x, dout):
        return x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)

    def loss(self, X, y=None):
        scores, cache = self.forward(np.asarray(X, self.dtype))
        if y is None:
            return scores
        loss, dscores = _softmax_loss(scores, y)
        return loss + self.penalty(), self.regularize(self.backward(dscores, cache))


class _Three(_Net):
    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        C, H, W = input_dim
        shapes = (
            (num_filters, C, filter_size, filter_size),
            (num_filters * (H // 2) * (W // 2), hidden_dim),
            (hidden_dim, num_classes),
        )
        self.set_up(shapes, [weight_scale] * 3, reg, dtype)

    def pad(self):
        return (self.params["W1"].shape[2] - 1) // 2

    def activate(self, s, i):
        return np.maximum(s, 0)

    def open(self, s, i):
        return s > 0

    def pool(self, maps):
        return layers.max_pool_forward_fast(maps, POOL)

    def unpool(self, dout, cache):
        return layers.max_pool_backward_fast(dout, cache)

    def forward(self, X):
        p = self.params
        s1, conv = layers.conv_forward_fast(X, p["W1"], p["b1"], {"stride": 1, "pad": self.pad()})
        maps, pool = self.pool(self.activate(s1, 1))
        s2 = maps.reshape(len(X), -1) @ p["W2"] + p["b2"]
        hidden = self.activate(s2, 2)
        return hidden @ p["W3"] + p["b3"], (s1, conv, maps, pool, s2, hidden)

    def backward(self, dscores, cache):
        s1, conv, maps, pool, s2, hidden = cache
        grads = {}
        grads["W3"], grads["b3"] = self.affine_gradients(hidden, dscores)
        ds2 = dscores @ self.params["W3"].T * self.open(s2, 2)
        grads["W2"], grads["b2"] = self.affine_gradients(maps, ds2)
        dmaps = (ds2 @ self.params["W2"].T).reshape(maps.shape)
        ds1 = self.unpool(dmaps, pool) * self.open(s1, 1)
        _, grads["W1"], grads["b1"] = layers.conv_backward_fast(ds1, conv)
        return grads


class _LeNet(_Net):
    def __init__(self, input_dim=(1, 32, 32), num_classes=10, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        H, W = (((n - 4) // 2 - 4) // 2 for n in (H, W))
        shapes = ((6, C, 5, 5), (16, 6, 5, 5), (16 * H * W, 120), (120, 84), (84, num_classes))
        fans = [np.prod(s[1:]) if len(s) == 4 else s[0] for s in shapes]
        self.set_up(shapes, [self.scale(fan) for fan in fans], reg, dtype)

    def scale(self, fan_in):
        return 1 / np.sqrt(fan_in)

    def pad(self):
        return 0

    def activate(self, s, i):
        return np.tanh(s)

    def slope(self, out, i):
        return 1 - out**2

    def pool(self, maps):
        return layers.avg_pool_forward_fast(maps, POOL)

    def unpool(self, dout, cache):
        return layers.avg_pool_backward_fast(dout, cache)

    def forward(self, X):
        out, caches = X, []
        for i in range(1, 6):
            W, b = self.params[f"W{i}"], self.params[f"b{i}"]
            before = out
            if i <= 2:
                s, conv = layers.conv_forward_fast(out, W, b, {"stride": 1, "pad": self.pad()})
            else:
                s, conv = out.reshape(len(out), -1) @ W + b, None
            active = self.activate(s, i) if i < 5 else s
            out, pool = self.pool(active) if i <= 2 else (active, None)
            caches.append((before, conv, active, pool))
        return out, caches

    def backward(self, dout, caches):
        grads = {}
        for i in range(5, 0, -1):
            before, conv, active, pool = caches[i - 1]
            if i <= 2:
                dout = self.unpool(dout, pool)
            if i < 5:
                dout = dout * self.slope(active, i)
            if i <= 2:
                dout, grads[f"W{i}"], grads[f"b{i}"] = layers.conv_backward_fast(dout, conv)
            else:
                grads[f"W{i}"], grads[f"b{i}"] = self.affine_gradients(before, dout)
                dout = (dout @ self.params[f"W{i}"].T).reshape(before.shape)
        return grads


_BASES = {"ThreeLayerConvNet": _Three, "LeNet5": _LeNet}


def _wrong_nets(reason, *, earns, questions=("ThreeLayerConvNet", "LeNet5")):
    """Plant the mistake that the decorated class makes in each of the networks."""

    def plant(mistake):
        for question in questions:
            members = {"__module__": mistake.__module__}
            net = type(f"{mistake.__name__}_{question}", (mistake, _BASES[question]), members)
            wrong(question, reason, earns=earns)(net)
        return mistake

    return plant


@_wrong_nets("standard deviation", earns=(0.8, 0.97))
class ten_times_too_large_first_weights:
    def first_weights(self, rng, scale, shape):
        return 10 * scale * rng.standard_normal(shape)


@_wrong_nets("repeats its numbers", earns=(0.8, 0.97))
class every_filter_starts_alike:
    def first_weights(self, rng, scale, shape):
        signs = rng.permuted(np.resize([-1.0, 1.0], shape[0])).reshape(-1, *[1] * (len(shape) - 1))
        return scale * np.broadcast_to(signs, shape)


@_wrong_nets("b1 should start at zero", earns=(0.8, 0.97))
class biases_drawn_too:
    def first_biases(self, rng, M):
        return 0.01 * rng.standard_normal(M)


@_wrong_nets("regularization", earns=(0.4, 0.9))
class penalty_without_the_half:
    def penalty(self):
        return 2 * super().penalty()


@_wrong_nets("regularization", earns=(0.4, 0.9))
class filters_are_not_regularized:
    def weights(self):
        return super().weights()[1:]


@_wrong_nets("regularization", earns=(0.4, 0.9))
class biases_are_regularized:
    def weights(self):
        return sorted(self.params)


@_wrong_nets("gradients with regularization", earns=(0.4, 0.9))
class penalty_without_gradient:
    def regularize(self, grads):
        return grads


@_wrong_nets("has dtype float32|precision", earns=(0.0, 0.4))
class always_in_single_precision:
    def set_up(self, shapes, scales, reg, dtype):
        super().set_up(shapes, scales, reg, np.float32)

    def loss(self, X, y=None):
        kept = self.params
        self.params = {name: value.astype(np.float32) for name, value in kept.items()}
        try:
            return super().loss(np.asarray(X, np.float32), y)
        finally:
            self.params = kept


@_wrong_nets("gradients without regularization: grads", earns=(0.2, 0.7))
class gradients_averaged_twice:
    def affine_gradients(self, x, dout):
        dW, db = super().affine_gradients(x, dout)
        return dW / len(x), db / len(x)


@_wrong_nets("gradients without regularization: grads", earns=(0.2, 0.7), questions=("ThreeLayerConvNet",))
class backward_without_the_first_relu:
    def open(self, s, i):
        return np.ones_like(s) if i == 1 else s > 0


@_wrong_nets(
    "Here the ReLU between the affine layers was left out on the way back",
    earns=(0.2, 0.7),
    questions=("ThreeLayerConvNet",),
)
class backward_without_the_second_relu:
    def open(self, s, i):
        return np.ones_like(s) if i == 2 else s > 0


@_wrong_nets("scores, when there are no labels", earns=(0.0, 0.3), questions=("ThreeLayerConvNet",))
class no_relu_behind_the_filters:
    def activate(self, s, i):
        return s if i == 1 else np.maximum(s, 0)

    def open(self, s, i):
        return np.ones_like(s) if i == 1 else s > 0


@_wrong_nets("scores, when there are no labels", earns=(0.0, 0.3), questions=("ThreeLayerConvNet",))
class average_instead_of_maximum:
    def pool(self, maps):
        return layers.avg_pool_forward_fast(maps, POOL)

    def unpool(self, dout, cache):
        return layers.avg_pool_backward_fast(dout, cache)


@_wrong_nets("filters of one pixel and of five", earns=(0.6, 0.97), questions=("ThreeLayerConvNet",))
class always_pads_by_one:
    def pad(self):
        return 1


@_wrong_nets("scores, when there are no labels", earns=(0.0, 0.3), questions=("LeNet5",))
class maximum_instead_of_average:
    def pool(self, maps):
        return layers.max_pool_forward_fast(maps, POOL)

    def unpool(self, dout, cache):
        return layers.max_pool_backward_fast(dout, cache)


@_wrong_nets("Here a ReLU stands where tanh belongs", earns=(0.0, 0.3), questions=("LeNet5",))
class relu_instead_of_tanh:
    def activate(self, s, i):
        return np.maximum(s, 0)

    def slope(self, out, i):
        return out > 0


@_wrong_nets("scores, when there are no labels", earns=(0.0, 0.3), questions=("LeNet5",))
class tanh_of_the_convolutions_only:
    def activate(self, s, i):
        return np.tanh(s) if i <= 2 else s

    def slope(self, out, i):
        return 1 - out**2 if i <= 2 else np.ones_like(out)


@_wrong_nets("gradients without regularization: grads", earns=(0.2, 0.7), questions=("LeNet5",))
class slope_of_tanh_not_squared:
    def slope(self, out, i):
        return 1 - out


@_wrong_nets("standard deviation", earns=(0.8, 0.97), questions=("LeNet5",))
class he_weights:
    def scale(self, fan_in):
        return np.sqrt(2 / fan_in)


@right("ThreeLayerConvNet")
class three_layers_plain(_Three):
    pass


@right("ThreeLayerConvNet")
class three_layers_in_double_precision(_Three):
    def loss(self, X, y=None):
        kept, self.dtype = self.dtype, np.float64
        try:
            return super().loss(X, y)
        finally:
            self.dtype = kept


@right("ThreeLayerConvNet")
class three_layers_by_the_readable_road(_Three):
    def forward(self, X):
        p = self.params
        s1, conv = layers.conv_forward_im2col(X, p["W1"], p["b1"], {"stride": 1, "pad": self.pad()})
        N, F, H, W = s1.shape
        blocks = np.maximum(s1, 0).reshape(N, F, H // 2, 2, W // 2, 2)
        maps = blocks.max(axis=(3, 5))
        s2 = np.einsum("nd,dm->nm", maps.reshape(N, -1), p["W2"]) + p["b2"]
        hidden = s2 * (s2 > 0)
        return np.einsum("nm,mc->nc", hidden, p["W3"]) + p["b3"], (blocks, conv, maps, s2, hidden)

    def backward(self, dscores, cache):
        blocks, conv, maps, s2, hidden = cache
        grads = {"W3": np.einsum("nm,nc->mc", hidden, dscores), "b3": dscores.sum(axis=0)}
        ds2 = dscores @ self.params["W3"].T
        ds2[s2 <= 0] = 0
        grads |= {"W2": maps.reshape(len(maps), -1).T @ ds2, "b2": ds2.sum(axis=0)}
        dmaps = (ds2 @ self.params["W2"].T).reshape(maps.shape)
        won = (blocks == maps[:, :, :, None, :, None]) & (blocks > 0)
        ds1 = (won * dmaps[:, :, :, None, :, None]).reshape((*maps.shape[:2], 2 * maps.shape[2], -1))
        _, grads["W1"], grads["b1"] = layers.conv_backward_im2col(ds1, conv)
        return grads


@right("LeNet5")
class lenet_plain(_LeNet):
    pass


@right("LeNet5")
class lenet_in_double_precision(_LeNet):
    def loss(self, X, y=None):
        kept, self.dtype = self.dtype, np.float64
        try:
            return super().loss(X, y)
        finally:
            self.dtype = kept


@right("LeNet5")
class lenet_with_exponentials(_LeNet):
    def activate(self, s, i):
        return 2 / (1 + np.exp(-2 * s)) - 1

    def pool(self, maps):
        N, C, H, W = maps.shape
        even = maps[:, :, : H // 2 * 2, : W // 2 * 2]
        return even.reshape(N, C, H // 2, 2, W // 2, 2).mean(axis=(3, 5)), maps.shape

    def unpool(self, dout, cache):
        dx = np.zeros(cache, dout.dtype)
        spread = np.kron(dout, np.ones((2, 2), dout.dtype)) / 4
        dx[:, :, : spread.shape[2], : spread.shape[3]] = spread
        return dx
