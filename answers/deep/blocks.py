"""Planted answers: residual blocks."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.

import numpy as np

from answers import plain, right, wrong
from course_utils import layers

FORWARD, BACKWARD = "residual_block_forward", "residual_block_backward"
_last = {}


def _norm(x, gamma, beta, bn):
    """Batch normalization of each channel: (out, cache)."""
    eps, momentum, axes = bn.get("eps", 1e-5), bn.get("momentum", 0.9), (0, 2, 3)
    if bn["mode"] == "test":
        zeros = np.zeros_like(gamma)
        mean, var = bn.get("running_mean", zeros), bn.get("running_var", zeros)
    else:
        mean, var = x.mean(axis=axes), x.var(axis=axes)
        for name, value in (("running_mean", mean), ("running_var", var)):
            bn[name] = momentum * bn.get(name, np.zeros_like(value)) + (1 - momentum) * value
    std = np.sqrt(var + eps)[:, None, None]
    x_hat = (x - mean[:, None, None]) / std
    return gamma[:, None, None] * x_hat + beta[:, None, None], (x_hat, std, gamma)


def _norm_back(dout, cache):
    x_hat, std, gamma = cache
    axes = (0, 2, 3)
    d = dout * gamma[:, None, None]
    mean, along = d.mean(axis=axes, keepdims=True), (d * x_hat).mean(axis=axes, keepdims=True)
    return (d - mean - x_hat * along) / std, (dout * x_hat).sum(axis=axes), dout.sum(axis=axes)


def conv_norm(x, params, k, stride, pad, bn):
    w = params[f"W{k}"]
    maps, conv = layers.conv_forward_fast(x, w, np.zeros(len(w), w.dtype), {"stride": stride, "pad": pad})
    out, norm = _norm(maps, params[f"gamma{k}"], params[f"beta{k}"], bn)
    return out, (conv, norm)


def conv_norm_back(dout, cache, k, grads):
    dmaps, grads[f"gamma{k}"], grads[f"beta{k}"] = _norm_back(dout, cache[1])
    dx, grads[f"W{k}"], _ = layers.conv_backward_fast(dmaps, cache[0])
    return dx


def block(x, params, stride, bns, join=lambda change, shortcut: np.maximum(change + shortcut, 0), **how):
    """A block; `how` are ways to go wrong: strides and paddings, dicts, and whether it has a projection."""
    strides, dicts = how.get("strides", (stride, 1, stride)), how.get("dicts", bns)
    hidden, first = conv_norm(x, params, 1, strides[0], 1, dicts[0])
    active = np.maximum(hidden, 0) if how.get("relu", True) else hidden
    change, second = conv_norm(active, params, 2, strides[1], 1, dicts[1])
    shortcut, third = x, None
    if how.get("projects", "W3" in params):
        shortcut, third = conv_norm(x, params, 3, strides[2], 0, dicts[2])
    out = join(change, shortcut)
    return out, (hidden, first, second, third, change + shortcut)


@plain
def residual_block_forward(x, params, stride, bn_params):
    return block(x, params, stride, bn_params)


def back(dout, cache, road=lambda dout, dsum: dsum, last=True, inner=True, add=True, through=True):
    hidden, first, second, third, total = cache
    grads = {}
    dsum = dout * (total > 0) if last else dout
    dactive = conv_norm_back(dsum, second, 2, grads)
    dx = conv_norm_back(dactive * (hidden > 0) if inner else dactive, first, 1, grads)
    dshort = road(dout, dsum)
    if third is not None:
        dshort = conv_norm_back(dshort, third, 3, grads)
    return (dx if through else 0) + (dshort if add else 0), grads


def _wrong_forward(name, reason, earns=(0.0, 0.4), **how):
    def answer(x, params, stride, bn_params):
        return block(x, params, stride, bn_params, **how)

    answer.__name__, answer.__module__ = name, __name__
    wrong(FORWARD, reason, earns=earns)(answer)


_wrong_forward("forgets_the_last_relu", "Here the ReLU behind the sum is missing", join=lambda a, b: a + b)
_wrong_forward("forgets_the_shortcut", "Here the shortcut is missing", join=lambda a, b: np.maximum(a, 0))
_wrong_forward(
    "adds_behind_the_relu", "Here the ReLU stands in front of the sum", join=lambda a, b: np.maximum(a, 0) + b
)
_wrong_forward(
    "takes_the_shortcut_off", "Here the shortcut was taken off", join=lambda a, b: np.maximum(a - b, 0)
)
_wrong_forward("forgets_the_relu_inside", "out is wrong|It looks as if", relu=False)


@wrong(FORWARD, "running averages", earns=(0.4, 0.9))
def shares_one_dict(x, params, stride, bn_params):
    first = bn_params[0]
    return block(x, params, stride, [first, {**first}, {**first}])


@wrong(FORWARD, "stride", earns=(0.3, 0.9))
def strides_the_second_convolution(x, params, stride, bn_params):
    return block(x, params, stride, bn_params, strides=(1, stride, stride))


@wrong(FORWARD, "a projection although nothing changes", earns=(0.6, 0.95))
def projects_only_where_channels_change(x, params, stride, bn_params):
    needed = "W3" in params and (stride != 1 or len(params["W3"]) != x.shape[1])
    return block(x, params, stride, bn_params, projects=needed)


@wrong(FORWARD, "test mode", earns=(0.5, 0.9))
def always_trains(x, params, stride, bn_params):
    return block(x, params, stride, [{**bn, "mode": "train"} for bn in bn_params])


@wrong(FORWARD, "changed in place", earns=(0.8, 0.99))
def adds_to_params(x, params, stride, bn_params):
    out = block(x, params, stride, bn_params)
    params["W1"] *= 2
    return out


@wrong(FORWARD, "IndexError|two dicts", earns=(0.8, 0.99))
def needs_three_dicts(x, params, stride, bn_params):
    first, second, third = bn_params[0], bn_params[1], bn_params[2]
    return block(x, params, stride, [first, second, third])


@right(FORWARD, BACKWARD)
class block_by_hand:
    def residual_block_forward(x, params, stride, bn_params):
        return block(x, params, stride, bn_params)

    def residual_block_backward(dout, cache):
        return back(dout, cache)


@right(FORWARD, BACKWARD)
class block_in_the_other_order:
    def residual_block_forward(x, params, stride, bn_params):
        shortcut, third = x, None
        if params.get("W3") is not None:
            shortcut, third = conv_norm(x, params, 3, stride, 0, bn_params[2])
        hidden, first = conv_norm(x, params, 1, stride, 1, bn_params[0])
        change, second = conv_norm(hidden * (hidden > 0), params, 2, 1, 1, bn_params[1])
        total = shortcut + change
        return np.where(total > 0, total, 0), {"1": first, "2": second, "3": third, "h": hidden, "t": total}

    def residual_block_backward(dout, cache):
        grads, dsum = {}, np.where(cache["t"] > 0, dout, 0)
        dx = conv_norm_back(dsum, cache["3"], 3, grads) if cache["3"] else dsum
        dhidden = np.where(cache["h"] > 0, conv_norm_back(dsum, cache["2"], 2, grads), 0)
        return conv_norm_back(dhidden, cache["1"], 1, grads) + dx, grads


@right(FORWARD, BACKWARD)
class block_with_closures:
    def residual_block_forward(x, params, stride, bn_params):
        out, cache = block(x, params, stride, bn_params)
        return out, lambda dout: back(dout, cache)

    def residual_block_backward(dout, cache):
        dx, grads = cache(dout)
        return [dx, grads]


def _wrong_backward(name, reason, earns=(0.0, 0.5), **how):
    def answer(dout, cache):
        return back(dout, cache, **how)

    answer.__name__, answer.__module__ = name, __name__
    wrong(BACKWARD, reason, earns=earns)(answer)


_wrong_backward("forgets_the_road", "Here the shortcut's part is missing", add=False)
_wrong_backward(
    "takes_dout_past_the_last_relu", "Here dout itself took the shortcut", road=lambda dout, dsum: dout
)
_wrong_backward("forgets_the_layers", "Here the way through the layers is missing", through=False)
_wrong_backward("forgets_the_last_relu_back", "dx is wrong|dx", last=False)
_wrong_backward("forgets_the_inner_relu_back", "dx is wrong|dx", inner=False)
_wrong_backward("halves_the_roads", "dx is wrong|dx", road=lambda dout, dsum: dsum / 2)


@wrong(BACKWARD, "grads holds .*expected W1", earns=(0.2, 0.7))
def forgets_the_projections_gradients(dout, cache):
    dx, grads = back(dout, cache)
    return dx, {name: value for name, value in grads.items() if name[-1] != "3"}


@wrong(BACKWARD, "grads holds", earns=(0.0, 0.2))
def names_them_with_a_d(dout, cache):
    dx, grads = back(dout, cache)
    return dx, {f"d{name}": value for name, value in grads.items()}


@wrong(
    BACKWARD,
    "by its cache alone|another input",
    earns=(0.0, 0.4),
    residual_block_forward=lambda *args: (_last.update(made=block(*args)), _last["made"])[1],
)
def goes_by_the_last_forward(dout, cache):
    return back(dout, _last["made"][1])


@wrong(BACKWARD, "changed in place", earns=(0.0, 0.99))
def masks_dout_itself(dout, cache):
    found = back(dout, cache)
    dout *= cache[-1] > 0
    return found
