"""Mistakes planted in the backward passes of answers.gradcheck.layers, each with the guesses that name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import answers.gradcheck.layers as L


@dataclass(frozen=True)
class Bug:
    """A planted mistake.

    Attributes:
        trial: name of the trial it belongs to.
        title: the mistake in words.
        answer: the wrong backward function or loss; for a model a function of a Generator that makes it.
        label: the gradient that is to be found wrong.
        kinds: the kinds of guess that name it.
    """

    trial: str
    title: str
    answer: Any
    label: str
    kinds: tuple[str, ...]


def bugs() -> list[Bug]:
    """All planted mistakes."""
    return [
        *_changed_results(),
        *_layers(),
        *_losses(),
        *_normalization(),
        *_pictures(),
        *_models(),
        *_second_set(),
    ]


def _change(backward: Callable, place: int, change: Callable) -> Callable:
    """The same backward pass with one of its gradients changed: change(gradient, dout, cache)."""

    def changed(dout, c):
        gradients = backward(dout, c)
        if not isinstance(gradients, tuple):
            return change(gradients, dout, c)
        wrong = change(gradients[place], dout, c)
        return (*gradients[:place], wrong, *gradients[place + 1 :])

    return changed


def _changed_results() -> list[Bug]:
    """Mistakes that any layer can have."""

    def bug(trial, title, label, place, change, *kinds):
        return Bug(trial, title, _change(L.REFERENCES[trial], place, change), label, kinds)

    return [
        bug("affine", "sign of dx", "dx", 0, lambda g, d, c: -g, "sign"),
        bug("affine", "db averaged", "db", 2, lambda g, d, c: g / len(d), "factor"),
        bug("affine", "dw times N", "dw", 1, lambda g, d, c: g * len(d), "factor"),
        bug("affine", "dw doubled", "dw", 1, lambda g, d, c: 2 * g, "factor"),
        bug("affine", "dw halved", "dw", 1, lambda g, d, c: g / 2, "factor"),
        bug("affine", "dw transposed", "dw", 1, lambda g, d, c: g.T, "transposed"),
        bug("affine", "db not summed", "db", 2, lambda g, d, c: d, "sum missing"),
        bug("affine", "db summed over the wrong axis", "db", 2, lambda g, d, c: d.sum(axis=1), "wrong axis"),
        bug("affine", "db keeps an axis", "db", 2, lambda g, d, c: g[None], "keepdims"),
        bug("affine", "db of the first example", "db", 2, lambda g, d, c: d[0], "sum missing"),
        bug("affine", "dx left flat", "dx", 0, lambda g, d, c: g.reshape(len(g), -1), "reshape"),
        bug(
            "affine",
            "dout not used in db",
            "db",
            2,
            lambda g, d, c: np.full(g.shape, float(len(d))),
            "upstream",
        ),
        bug("affine", "dw in float32", "dw", 1, lambda g, d, c: g.astype(np.float32), "precision"),
        bug("affine", "dw through float32", "dw", 1, lambda g, d, c: g.astype(np.float32) * 1.0, "precision"),
        bug(
            "affine",
            "computed in float32, returned in float64",
            "dw",
            1,
            lambda g, d, c: (c["x"].reshape(len(d), -1).T.astype("f") @ d.astype("f")).astype(float),
            "precision",
        ),
        bug("affine", "dw cut to integers", "dw", 1, lambda g, d, c: np.trunc(g), "integer"),
        bug("affine", "integer division", "dw", 1, lambda g, d, c: g // 1, "integer"),
        bug("affine", "db never filled in", "db", 2, lambda g, d, c: np.zeros_like(g), "zero"),
        bug("graph", "sign of dz", "dz", 2, lambda g, d, c: -g, "sign"),
        bug("graph", "df not used in dx", "dx", 0, lambda g, d, c: c["z"], "upstream"),
        bug(
            "sigmoid_neuron",
            "df not used in dw",
            "dw",
            0,
            lambda g, d, c: np.append(c["x"], 1) * c["f"] * (1 - c["f"]),
            "upstream",
        ),
        bug("sigmoid_neuron", "sign of dw", "dw", 0, lambda g, d, c: -g, "sign"),
        bug("copy", "averaged", "dx", 0, lambda g, d, c: g / len(d), "factor"),
        bug("copy", "only the last copy", "dx", 0, lambda g, d, c: d[-1], "sum missing"),
        bug("dropout", "keep probability forgotten", "dx", 0, lambda g, d, c: g * c["p"], "factor"),
        bug("dropout", "mask forgotten", "dx", 0, lambda g, d, c: d.copy(), "mask"),
        bug("dropout", "scaled twice", "dx", 0, lambda g, d, c: g / c["p"], "factor", "slope twice"),
        bug("dropconnect", "mask missing from dw", "dw", 1, lambda g, d, c: c["x"].T @ d, "mask"),
        bug("dropconnect", "mask missing from dx", "dx", 0, lambda g, d, c: d @ c["w"].T, "mask"),
        bug("max_pool", "sign", "dx", 0, lambda g, d, c: -g, "sign"),
        bug(
            "avg_pool", "not divided by the window", "dx", 0, lambda g, d, c: g * c["hh"] * c["ww"], "factor"
        ),
    ]


def _layers() -> list[Bug]:
    def other_mask(dout, c):
        return dout * (np.random.default_rng(5).random(dout.shape) < c["p"]) / c["p"]

    def both_branches(dout, c):
        _, dw1, db1, dw2, db2 = L.maxout_backward(dout, c)
        return (dout @ (c["w1"] + c["w2"]).T).reshape(c["x"].shape), dw1, db1, dw2, db2

    def other_branches(dout, c):
        dx, dw1, db1, dw2, db2 = L.maxout_backward(dout, c)
        return dx, dw2, db2, dw1, db1

    def swapped(dout, c):
        dx, dw, db = L.affine_backward(dout, c)
        return dx, db, dw

    def stale(dout, c):
        dx = L.tanh_backward(dout, c)
        c["out"] *= 0.5
        return dx

    return [
        Bug("relu", "mask from dout", lambda d, c: d * (d > 0), "dx", ("mask",)),
        Bug("relu", "mask forgotten", lambda d, c: d.copy(), "dx", ("mask",)),
        Bug("relu", "mask the wrong way round", lambda d, c: d * (c["x"] < 0), "dx", ("mask",)),
        Bug("relu", "dout not used", lambda d, c: (c["x"] > 0) * 1.0, "dx", ("upstream",)),
        Bug("leaky_relu", "mask from dout", lambda d, c: d * np.where(d > 0, 1, c["alpha"]), "dx", ("mask",)),
        Bug("leaky_relu", "leak forgotten", lambda d, c: d * (c["x"] > 0), "dx", ("one side",)),
        Bug(
            "leaky_relu",
            "alpha squared",
            lambda d, c: d * np.where(c["x"] > 0, 1, c["alpha"] ** 2),
            "dx",
            ("one side", "slope twice"),
        ),
        Bug(
            "elu",
            "slope from x",
            lambda d, c: d * np.where(c["x"] > 0, 1, c["x"] + c["alpha"]),
            "dx",
            ("one side", "wrong array"),
        ),
        Bug(
            "elu",
            "alpha forgotten",
            lambda d, c: d * np.where(c["x"] > 0, 1, np.exp(c["x"])),
            "dx",
            ("one side", "constant"),
        ),
        Bug("elu", "nothing below zero", lambda d, c: d * (c["x"] > 0), "dx", ("one side",)),
        Bug("tanh", "slope from x", lambda d, c: d * (1 - c["x"] ** 2), "dx", ("wrong array",)),
        Bug("tanh", "slope from dout", lambda d, c: d * (1 - d**2), "dx", ("wrong array",)),
        Bug("tanh", "dout not used", lambda d, c: 1 - c["out"] ** 2, "dx", ("upstream",)),
        Bug("tanh", "cache damaged", stale, "dx", ("repeat",)),
        Bug("sigmoid", "slope from x", lambda d, c: d * c["x"] * (1 - c["x"]), "dx", ("wrong array",)),
        Bug("sigmoid", "slope forgotten", lambda d, c: d.copy(), "dx", ("mask",)),
        Bug(
            "sigmoid",
            "slope twice",
            lambda d, c: d * (c["out"] * (1 - c["out"])) ** 2,
            "dx",
            ("slope twice",),
        ),
        Bug("sigmoid", "sign", lambda d, c: -L.sigmoid_backward(d, c), "dx", ("sign",)),
        Bug("dropout", "another mask", other_mask, "dx", ("mask",)),
        Bug("maxout", "both branches get dx", both_branches, "dx", ("mask",)),
        Bug("maxout", "branches exchanged", other_branches, "dw1", ("swapped",)),
        Bug("affine", "dw and db exchanged", swapped, "dw", ("swapped",)),
    ]


def _losses() -> list[Bug]:
    def softmax(change):
        def loss(x, y):
            value, dx = L.softmax_loss(x, y)
            return value, change(dx, np.arange(len(x)), y)

        return loss

    def svm(change):
        def loss(x, y):
            value, dx = L.svm_loss(x, y)
            return value, change(dx, np.arange(len(x)), y)

        return loss

    def add_one_hot(by):
        def change(dx, rows, y):
            dx = dx.copy()
            dx[rows, y] += by / len(dx)
            return dx

        return change

    def no_right_class(dx, rows, y):
        dx = dx.copy()
        dx[rows, y] = 0
        return dx

    def minus_one(dx, rows, y):
        dx = dx.copy()
        dx[rows, y] = -1 / len(dx)
        return dx

    def both(dx, rows, y):
        return len(dx) * add_one_hot(1)(dx, rows, y)

    return [
        Bug("softmax_loss", "one-hot missing", softmax(add_one_hot(1)), "dx", ("one-hot",)),
        Bug("softmax_loss", "one-hot added", softmax(add_one_hot(2)), "dx", ("one-hot",)),
        Bug("softmax_loss", "1/N missing", softmax(lambda dx, r, y: dx * len(dx)), "dx", ("factor",)),
        Bug("softmax_loss", "1/N twice", softmax(lambda dx, r, y: dx / len(dx)), "dx", ("factor",)),
        Bug("softmax_loss", "one-hot and 1/N missing", softmax(both), "dx", ("one-hot",)),
        Bug("softmax_loss", "sign", softmax(lambda dx, r, y: -dx), "dx", ("sign",)),
        Bug(
            "softmax_loss",
            "float32",
            softmax(lambda dx, r, y: dx.astype("f").astype(float)),
            "dx",
            ("precision",),
        ),
        Bug("svm_loss", "right class missing", svm(no_right_class), "dx", ("one-hot",)),
        Bug("svm_loss", "right class counted once", svm(minus_one), "dx", ("one-hot",)),
        Bug("svm_loss", "1/N missing", svm(lambda dx, r, y: dx * len(dx)), "dx", ("factor",)),
        Bug(
            "l2_regularization",
            "doubled",
            lambda W, reg: (L.l2_regularization(W, reg)[0], 2 * reg * W),
            "dW",
            ("factor",),
        ),
        Bug(
            "l2_regularization",
            "reg forgotten",
            lambda W, reg: (L.l2_regularization(W, reg)[0], W),
            "dW",
            ("factor",),
        ),
        Bug(
            "l1_regularization",
            "absolute value",
            lambda W, reg: (L.l1_regularization(W, reg)[0], reg * np.abs(W)),
            "dW",
            ("column factor",),
        ),
        Bug(
            "l1_regularization",
            "reg forgotten",
            lambda W, reg: (L.l1_regularization(W, reg)[0], np.sign(W)),
            "dW",
            ("factor",),
        ),
        Bug(
            "elastic_net",
            "L1 term missing",
            lambda W, l1, l2: (L.elastic_net(W, l1, l2)[0], l2 * W),
            "dW",
            ("reg",),
        ),
        Bug(
            "elastic_net",
            "L2 term missing",
            lambda W, l1, l2: (L.elastic_net(W, l1, l2)[0], l1 * np.sign(W)),
            "dW",
            ("reg",),
        ),
    ]


def _normalized(axis, mean=True, variance=True, gamma=True, power=1):
    """dx of batch norm (axis 0) or layer norm (axis 1) without some of its parts."""

    def dx(d, c):
        dxhat = d * c["gamma"] if gamma else d
        out = dxhat.copy()
        if mean:
            out -= dxhat.mean(axis=axis, keepdims=True)
        if variance:
            out -= c["xhat"] * (dxhat * c["xhat"]).mean(axis=axis, keepdims=True)
        return out / c["std"] ** power

    return dx


def _normalization() -> list[Bug]:
    found = []
    for trial, axis in (("batchnorm", 0), ("layernorm", 1), ("spatial_batchnorm", 0)):
        backward = L.REFERENCES[trial]

        def with_dx(dx, trial=trial, backward=backward):
            def changed(dout, c):
                rest = backward(dout, c)[1:]
                if trial == "spatial_batchnorm":
                    return (L._picture(dx(L._rows(dout), c), dout.shape), *rest)
                return (dx(dout, c), *rest)

            return changed

        parts = [
            ("mean path missing", {"mean": False}, ("mean path",)),
            ("variance path missing", {"variance": False}, ("variance path",)),
            ("both paths missing", {"mean": False, "variance": False}, ("statistics",)),
            ("gamma forgotten", {"gamma": False}, ("gamma",)),
            ("divided by the variance", {"power": 2}, ("column factor",)),
        ]
        found += [
            Bug(trial, title, with_dx(_normalized(axis, **part)), "dx", kinds) for title, part, kinds in parts
        ]
    found += [
        Bug(
            "batchnorm",
            "dgamma from x",
            _change(L.batchnorm_backward, 1, lambda g, d, c: (d * c["x"]).sum(axis=0)),
            "dgamma",
            ("wrong array",),
        ),
        Bug(
            "batchnorm",
            "dgamma not summed",
            _change(L.batchnorm_backward, 1, lambda g, d, c: d * c["xhat"]),
            "dgamma",
            ("sum missing",),
        ),
        Bug(
            "batchnorm",
            "dbeta averaged",
            _change(L.batchnorm_backward, 2, lambda g, d, c: d.mean(axis=0)),
            "dbeta",
            ("factor",),
        ),
        Bug(
            "batchnorm",
            "dgamma and dbeta exchanged",
            lambda d, c: tuple(L.batchnorm_backward(d, c)[k] for k in (0, 2, 1)),
            "dgamma",
            ("swapped",),
        ),
        Bug(
            "layernorm",
            "dgamma summed over the features",
            _change(L.layernorm_backward, 1, lambda g, d, c: (d * c["xhat"]).sum(axis=1)),
            "dgamma",
            ("wrong axis",),
        ),
        Bug(
            "layernorm",
            "normalized over the batch",
            lambda d, c: (_normalized(0)(d, c), *L.layernorm_backward(d, c)[1:]),
            "dx",
            ("other",),
        ),
        Bug(
            "spatial_batchnorm",
            "dbeta keeps its positions",
            _change(L.spatial_batchnorm_backward, 2, lambda g, d, c: d.sum(axis=0)),
            "dbeta",
            ("spatial sum",),
        ),
        Bug(
            "spatial_groupnorm",
            "dbeta loses its axes",
            _change(L.spatial_groupnorm_backward, 2, lambda g, d, c: g.ravel()),
            "dbeta",
            ("reshape", "keepdims"),
        ),
        Bug(
            "spatial_groupnorm",
            "dgamma not summed over the batch",
            _change(
                L.spatial_groupnorm_backward,
                1,
                lambda g, d, c: (d * c["xhat"]).sum(axis=(2, 3), keepdims=True),
            ),
            "dgamma",
            ("sum missing",),
        ),
        Bug("spatial_groupnorm", "mean path missing", _group_dx(mean=False), "dx", ("mean path",)),
        Bug(
            "spatial_groupnorm", "variance path missing", _group_dx(variance=False), "dx", ("variance path",)
        ),
        Bug("spatial_groupnorm", "gamma forgotten", _group_dx(gamma=False), "dx", ("gamma",)),
    ]
    return found


def _group_dx(**parts):
    def backward(dout, c):
        n, g = len(dout), c["G"]
        rows = {"std": c["std"].reshape(n * g, 1), "xhat": c["xhat"].reshape(n * g, -1)}
        ones = np.broadcast_to(c["gamma"], dout.shape) if parts.get("gamma", True) else np.ones(dout.shape)
        dxhat = (dout * ones).reshape(n * g, -1)
        kept = {key: value for key, value in parts.items() if key != "gamma"}
        dx = _normalized(1, gamma=False, **kept)(dxhat, rows).reshape(dout.shape)
        return (dx, *L.spatial_groupnorm_backward(dout, c)[1:])

    return backward


def _conv(step_dx=None, stride=None, pad=None, dx_pad=None, assign=False, flip=False, moved=False):
    """The conv backward pass with one thing done wrong."""

    def backward(dout, c):
        x, w = c["x"], c["w"]
        used_stride = stride or c["stride"]
        used_pad = c["pad"] if pad is None else pad
        hh, ww = w.shape[2:]
        # Enough room at the end for windows that are counted from the wrong place.
        xp = np.pad(x, ((0, 0), (0, 0), (used_pad, 2 * c["pad"] + hh), (used_pad, 2 * c["pad"] + ww)))
        dxp, dw = np.zeros_like(xp), np.zeros_like(w)
        kernel = w[:, :, ::-1, ::-1] if flip else w
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                top, left = i * used_stride, j * used_stride
                here = slice(None), slice(None), slice(top, top + hh), slice(left, left + ww)
                part = np.tensordot(dout[:, :, i, j], kernel, (1, 0))
                dxp[here] = part if assign else dxp[here] + part
                dw += np.tensordot(dout[:, :, i, j], xp[here], (0, 0))
        cut = 0 if moved else used_pad
        dx = dxp[:, :, cut : cut + x.shape[2], cut : cut + x.shape[3]]
        return dx, dw, dout.sum(axis=(0, 2, 3))

    return backward


def _pictures() -> list[Bug]:
    def changed_conv(title, label, place, change, *kinds, trial="conv"):
        return Bug(trial, title, _change(L.conv_backward, place, change), label, kinds)

    def pool(choose):
        def backward(dout, c):
            x, hh, ww = c["x"], c["hh"], c["ww"]
            dx = np.zeros_like(x)
            for i, j, top, left in L.windows(x.shape[2:], hh, ww, c["stride"]):
                here = slice(None), slice(None), slice(top, top + hh), slice(left, left + ww)
                part = choose(x[here]) * dout[:, :, i, j][:, :, None, None]
                dx[here] += part
            return dx

        return backward

    def first_place(window):
        out = np.zeros_like(window)
        out[:, :, 0, 0] = 1
        return out

    def assigned(dout, c):
        x, hh, ww = c["x"], c["hh"], c["ww"]
        dx = np.zeros_like(x)
        for i, j, top, left in L.windows(x.shape[2:], hh, ww, c["stride"]):
            here = slice(None), slice(None), slice(top, top + hh), slice(left, left + ww)
            dx[here] = (x[here] == x[here].max(axis=(2, 3), keepdims=True)) * dout[:, :, i, j][
                :, :, None, None
            ]
        return dx

    def empty_slice(g, d, c):
        p = c["pad"]
        return np.pad(g, ((0, 0), (0, 0), (p, p), (p, p)))[:, :, p:-p, p:-p]

    smallest = pool(lambda w: w == w.min(axis=(2, 3), keepdims=True))
    spread = pool(lambda w: np.full_like(w, 1 / (w.shape[2] * w.shape[3])))
    everywhere = pool(np.ones_like)
    return [
        changed_conv("db without its spatial sum", "db", 2, lambda g, d, c: d.sum(axis=0), "spatial sum"),
        changed_conv("db without its batch sum", "db", 2, lambda g, d, c: d.sum(axis=(2, 3)), "sum missing"),
        changed_conv("db without any sum", "db", 2, lambda g, d, c: d, "sum missing"),
        changed_conv("db averaged over positions", "db", 2, lambda g, d, c: g / d[0, 0].size, "factor"),
        changed_conv(
            "padding not cut off",
            "dx",
            0,
            lambda g, d, c: np.pad(g, ((0, 0), (0, 0), (1, 1), (1, 1))),
            "padding",
        ),
        changed_conv("[pad:-pad] with pad 0", "dx", 0, empty_slice, "padding", trial="conv_plain"),
        changed_conv("dw flipped", "dw", 1, lambda g, d, c: g[:, :, ::-1, ::-1].copy(), "flipped"),
        changed_conv(
            "dw summed over nothing but the first example",
            "dw",
            1,
            lambda g, d, c: L.conv_backward(d[:1], {**c, "x": c["x"][:1]})[1],
            "sum missing",
            "other",
        ),
        Bug("conv", "stride ignored", _conv(stride=1), "dx", ("stride",)),
        Bug("conv", "stride ignored in dw", _conv(stride=1), "dw", ("stride",)),
        Bug("conv", "padding ignored", _conv(pad=0), "dw", ("padding",)),
        Bug("conv", "padding cut off on the wrong side", _conv(moved=True), "dx", ("padding",)),
        Bug("conv", "kernel flipped in dx", _conv(flip=True), "dx", ("flipped",)),
        Bug("conv_plain", "kernel flipped in dx", _conv(flip=True), "dx", ("flipped",)),
        Bug("conv_plain", "windows assigned, not added", _conv(assign=True), "dx", ("overlap",)),
        Bug("conv", "windows assigned, not added", _conv(assign=True), "dx", ("overlap",)),
        Bug("max_pool", "to the smallest", smallest, "dx", ("routing",)),
        Bug("max_pool", "to the first place", pool(first_place), "dx", ("routing",)),
        Bug("max_pool", "spread over the window", spread, "dx", ("routing",)),
        Bug("max_pool", "to all entries", everywhere, "dx", ("routing",)),
        Bug("max_pool", "windows assigned, not added", assigned, "dx", ("overlap",)),
        Bug(
            "avg_pool",
            "to the largest",
            pool(lambda w: w == w.max(axis=(2, 3), keepdims=True)),
            "dx",
            ("routing",),
        ),
    ]


def _models() -> list[Bug]:
    def net(**changes):
        return lambda rng: L.Net([8, 7, 6, 4], rng, reg=0.4, steps=changes)

    def conv_net(**changes):
        return lambda rng: L.ConvNet(rng, reg=0.4, steps=changes)

    def term(name, factor):
        def grads(grads, params, reg):
            return {**grads, name: grads[name] + factor * reg * params[name]}

        return {"grads": grads}

    def without(name):
        return {"grads": lambda grads, params, reg: {k: v for k, v in grads.items() if k != name}}

    def unscaled(x, y):
        loss, dx = L.softmax_loss(x, y)
        return loss, dx * len(x)

    def flat_db(dout, c):
        dx, dw, db = L.affine_backward(dout, c)
        return dx, dw, db / len(dout)

    return [
        Bug("net", "regularization left out of W2", net(**term("W2", -1)), "W2", ("reg",)),
        Bug("net", "regularization doubled in W1", net(**term("W1", 1)), "W1", ("reg",)),
        Bug("net", "regularization added to b1", net(**term("b1", 1)), "b1", ("reg",)),
        Bug("net", "W2 missing", net(**without("W2")), "W2", ("missing",)),
        Bug("net", "ReLU forgotten on the way back", net(relu_backward=lambda d, c: d), "W2", ("located",)),
        Bug("net", "ReLU masked by dout", net(relu_backward=lambda d, c: d * (d > 0)), "W2", ("located",)),
        Bug("net", "1/N missing in the loss", net(softmax_loss=unscaled), "b3", ("factor",)),
        Bug("net", "biases averaged", net(affine_backward=flat_db), "b2", ("factor",)),
        Bug("net", "sign of W3", net(grads=lambda g, p, reg: {**g, "W3": -g["W3"]}), "W3", ("sign",)),
        Bug("conv_net", "regularization left out of W1", conv_net(**term("W1", -1)), "W1", ("reg",)),
        Bug(
            "conv_net",
            "ReLU forgotten on the way back",
            conv_net(relu_backward=lambda d, c: d),
            "W1",
            ("located",),
        ),
        Bug(
            "conv_net",
            "conv bias averaged",
            conv_net(grads=lambda g, p, reg: {**g, "b1": g["b1"] / 5}),
            "b1",
            ("factor",),
        ),
    ]


def _second_set() -> list[Bug]:
    """Further mistakes, of every function."""

    def bug(trial, title, label, place, change, *kinds):
        return Bug(trial, title, _change(L.REFERENCES[trial], place, change), label, kinds)

    def graph_sum(df, c):
        return df * c["z"], df * c["z"], df * c["x"]

    def neuron_x(df, c):
        dw, dx = L.sigmoid_neuron_backward(df, c)
        return dw, dx * c["f"]

    def other_side(dout, c):
        dx, dw1, db1, dw2, db2 = L.maxout_backward(dout, {**c, "first": ~c["first"]})
        return dx, dw1, db1, dw2, db2

    def hinge_without_margin(x, y):
        loss, _ = L.svm_loss(x, y)
        rows = np.arange(len(x))
        dx = (x > x[rows, y][:, None]).astype(float)
        dx[rows, y] = -dx.sum(axis=1)
        return loss, dx / len(x)

    def divided_by_classes(x, y):
        loss, dx = L.softmax_loss(x, y)
        return loss, dx * len(x) / x.shape[1]

    def log_probabilities(x, y):
        loss, dx = L.softmax_loss(x, y)
        rows = np.arange(len(x))
        p = dx * len(x)
        p[rows, y] += 1
        dx = np.log(p)
        dx[rows, y] -= 1
        return loss, dx / len(x)

    def assigned_average(dout, c):
        dx = np.zeros_like(c["x"])
        for i, j, top, left in L.windows(dx.shape[2:], c["hh"], c["ww"], c["stride"]):
            part = dout[:, :, i, j][:, :, None, None] / (c["hh"] * c["ww"])
            dx[:, :, top : top + c["hh"], left : left + c["ww"]] = part
        return dx

    def pool_turned(dout, c):
        x, hh, ww, dx = c["x"], c["hh"], c["ww"], np.zeros_like(c["x"])
        for i, j, top, left in L.windows(x.shape[2:], hh, ww, c["stride"]):
            window = x[:, :, top : top + hh, left : left + ww]
            mask = (window == window.max(axis=(2, 3), keepdims=True))[:, :, ::-1, ::-1]
            dx[:, :, top : top + hh, left : left + ww] += mask * dout[:, :, i, j][:, :, None, None]
        return dx

    def conv_db_last(g, d, c):
        return d[-1].sum(axis=(1, 2))

    def double_reg(grads, params, reg):
        return {k: v + (reg * params[k] if k[0] == "W" else 0) for k, v in grads.items()}

    def no_reg(grads, params, reg):
        return {k: v - (reg * params[k] if k[0] == "W" else 0) for k, v in grads.items()}

    def turned(grads, params, reg):
        return {**grads, "W2": grads["W2"].T}

    def net(**steps):
        return lambda rng: L.Net([8, 7, 6, 4], rng, reg=0.4, steps=steps)

    def conv_net(**steps):
        return lambda rng: L.ConvNet(rng, reg=0.4, steps=steps)

    return [
        Bug("graph", "dz without y", graph_sum, "dz", ("branch",)),
        bug("graph", "dy doubled", "dy", 1, lambda g, d, c: 2 * g, "factor"),
        Bug("sigmoid_neuron", "f twice in dx", neuron_x, "dx", ("factor",)),
        bug("sigmoid_neuron", "bias gradient first", "dw", 0, lambda g, d, c: np.roll(g, 1), "places"),
        bug("copy", "not summed", "dx", 0, lambda g, d, c: d, "sum missing"),
        bug("copy", "only the first copy", "dx", 0, lambda g, d, c: d[0], "sum missing"),
        bug("affine", "dx averaged over M", "dx", 0, lambda g, d, c: g / d.shape[1], "factor"),
        bug(
            "affine",
            "dw without dout",
            "dw",
            1,
            lambda g, d, c: c["x"].reshape(len(d), -1).T @ np.ones_like(d),
            "upstream",
        ),
        bug(
            "affine",
            "dw of the last example",
            "dw",
            1,
            lambda g, d, c: np.outer(c["x"][-1], d[-1]),
            "sum missing",
        ),
        bug("affine", "dx in half precision", "dx", 0, lambda g, d, c: g.astype(np.float16), "precision"),
        bug("relu", "mask and sign", "dx", 0, lambda g, d, c: -g, "sign"),
        bug("relu", "larger than one only", "dx", 0, lambda g, d, c: d * (c["x"] > 1), "one side", "mask"),
        bug(
            "leaky_relu",
            "sides exchanged",
            "dx",
            0,
            lambda g, d, c: d * np.where(c["x"] > 0, c["alpha"], 1),
            "mask",
        ),
        bug(
            "elu",
            "mask from dout",
            "dx",
            0,
            lambda g, d, c: d * np.where(d > 0, 1, c["out"] + c["alpha"]),
            "mask",
        ),
        bug(
            "elu",
            "alpha left out of out + alpha",
            "dx",
            0,
            lambda g, d, c: d * np.where(c["x"] > 0, 1, c["out"]),
            "one side",
        ),
        bug("tanh", "1 - out", "dx", 0, lambda g, d, c: d * (1 - c["out"]), "formula"),
        bug("tanh", "slope forgotten", "dx", 0, lambda g, d, c: d * 1.0, "mask"),
        bug("sigmoid", "slope from dout", "dx", 0, lambda g, d, c: d * d * (1 - d), "wrong array"),
        Bug("maxout", "the smaller branch", other_side, "dw1", ("other", "swapped")),
        Bug("softmax_loss", "divided by C, not N", divided_by_classes, "dx", ("factor",)),
        Bug("softmax_loss", "log probabilities", log_probabilities, "dx", ("other",)),
        Bug("svm_loss", "margin forgotten", hinge_without_margin, "dx", ("other",)),
        bug("dropout", "p instead of the mask", "dx", 0, lambda g, d, c: d * c["p"], "mask"),
        bug(
            "dropout",
            "mask of what was dropped",
            "dx",
            0,
            lambda g, d, c: d * (c["mask"] == 0) / c["p"],
            "mask",
        ),
        bug(
            "batchnorm",
            "dgamma from the output",
            "dgamma",
            1,
            lambda g, d, c: (d * c["xhat"] * c["gamma"]).sum(axis=0),
            "column factor",
            "other",
        ),
        bug("batchnorm", "dx not divided by std", "dx", 0, lambda g, d, c: g * c["std"], "column factor"),
        bug("batchnorm", "dbeta of the first example", "dbeta", 2, lambda g, d, c: d[0], "sum missing"),
        bug("layernorm", "dx not divided by std", "dx", 0, lambda g, d, c: g * c["std"], "column factor"),
        bug(
            "layernorm", "dbeta summed over features", "dbeta", 2, lambda g, d, c: d.sum(axis=1), "wrong axis"
        ),
        bug(
            "spatial_batchnorm",
            "dgamma averaged",
            "dgamma",
            1,
            lambda g, d, c: g / (d.size // d.shape[1]),
            "factor",
        ),
        bug("spatial_groupnorm", "dx sign", "dx", 0, lambda g, d, c: -g, "sign"),
        bug(
            "conv",
            "dw with its axes exchanged",
            "dw",
            1,
            lambda g, d, c: g.transpose(1, 0, 2, 3),
            "transposed",
        ),
        bug("conv", "db of the last example", "db", 2, conv_db_last, "sum missing"),
        bug("conv", "dw doubled", "dw", 1, lambda g, d, c: 2 * g, "factor"),
        Bug(
            "conv_plain",
            "dw divided by N",
            _change(L.conv_backward, 1, lambda g, d, c: g / len(d)),
            "dw",
            ("factor",),
        ),
        Bug("avg_pool", "windows assigned, not added", assigned_average, "dx", ("overlap",)),
        Bug("max_pool", "turned within the window", pool_turned, "dx", ("routing",)),
        Bug("net", "regularization doubled", net(grads=double_reg), "W3", ("reg",)),
        Bug("net", "regularization forgotten", net(grads=no_reg), "W1", ("reg",)),
        Bug("net", "W2 transposed", net(grads=turned), "W2", ("transposed",)),
        Bug(
            "conv_net", "pooling spread", conv_net(max_pool_backward=L.avg_pool_backward), "W1", ("located",)
        ),
        Bug("conv_net", "regularization forgotten", conv_net(grads=no_reg), "W2", ("reg",)),
    ]


def held_out() -> list[Bug]:
    """Mistakes that were planted after the signatures were written: how the checker does on what it was not built on.

    They stay apart so that the figure keeps its meaning: no signature was added for them. A first look at them made
    three guesses more cautious (the picture's edges, a broken law, few wrong entries). Where no guess could be
    expected, the kinds are empty.
    """

    def bug(trial, title, label, place, change, *kinds):
        return Bug(trial, title, _change(L.REFERENCES[trial], place, change), label, kinds)

    def net(**steps):
        return lambda rng: L.Net([8, 7, 6, 4], rng, reg=0.4, steps=steps)

    def sum_of_losses(x, y):
        loss, dx = L.svm_loss(x, y)
        rows = np.arange(len(x))
        dx = dx.copy()
        dx[rows, y] *= -1
        return loss, dx

    def shifted_labels(x, y):
        loss, dx = L.softmax_loss(x, y)
        rows, dx = np.arange(len(x)), dx.copy()
        dx[rows, y] += 1 / len(x)
        dx[rows, y - 1] -= 1 / len(x)
        return loss, dx

    def half_pool(dout, c):
        dx = L.max_pool_backward(dout, c)
        dx[:, :, ::2] = 0
        return dx

    def first_maximum_of_rows(dout, c):
        x, hh, ww, dx = c["x"], c["hh"], c["ww"], np.zeros_like(c["x"])
        for i, j, top, left in L.windows(x.shape[2:], hh, ww, c["stride"]):
            window = x[:, :, top : top + hh, left : left + ww]
            mask = window == window.max(axis=3, keepdims=True)
            dx[:, :, top : top + hh, left : left + ww] += mask * dout[:, :, i, j][:, :, None, None]
        return dx

    def no_channels(dout, c):
        dx, dw, db = L.conv_backward(dout, c)
        return dx, np.repeat(dw[:, :1], dw.shape[1], axis=1), db

    def first_filter(dout, c):
        only = dout.copy()
        only[:, 1:] = 0
        return (L.conv_backward(only, c)[0], *L.conv_backward(dout, c)[1:])

    return [
        bug("graph", "dx times x, not z", "dx", 0, lambda g, d, c: d * c["x"]),
        bug(
            "sigmoid_neuron",
            "slope f(1 + f)",
            "dw",
            0,
            lambda g, d, c: g * (1 + c["f"]) / (1 - c["f"]),
            "factor",
        ),
        bug("copy", "sign", "dx", 0, lambda g, d, c: -g, "sign"),
        bug("affine", "dx sign and doubled", "dx", 0, lambda g, d, c: -2 * g, "factor"),
        bug("affine", "db times M", "db", 2, lambda g, d, c: g * d.shape[1], "factor"),
        bug("affine", "db as a column", "db", 2, lambda g, d, c: g[:, None], "keepdims"),
        bug(
            "affine",
            "dx and dw exchanged",
            "dx",
            0,
            lambda g, d, c: c["x"].reshape(len(d), -1).T @ d,
            "swapped",
        ),
        bug("affine", "dw rounded to two digits", "dw", 1, lambda g, d, c: np.round(g, 2)),
        bug("relu", "half the slope", "dx", 0, lambda g, d, c: g / 2, "factor"),
        bug(
            "relu", "mask of the absolute value", "dx", 0, lambda g, d, c: d * (np.abs(c["x"]) > 0.5), "mask"
        ),
        bug(
            "leaky_relu",
            "1 - alpha",
            "dx",
            0,
            lambda g, d, c: d * np.where(c["x"] > 0, 1, 1 - c["alpha"]),
            "one side",
        ),
        bug(
            "elu",
            "slope of x above zero",
            "dx",
            0,
            lambda g, d, c: d * np.where(c["x"] > 0, c["x"], c["out"] + c["alpha"]),
            "one side",
        ),
        bug(
            "tanh",
            "square forgotten twice",
            "dx",
            0,
            lambda g, d, c: d * (1 - c["out"] ** 2) ** 2,
            "slope twice",
        ),
        bug("sigmoid", "1 - out", "dx", 0, lambda g, d, c: d * (1 - c["out"]), "formula"),
        bug(
            "maxout",
            "mask missing from db2",
            "db2",
            4,
            lambda g, d, c: d.sum(axis=0),
            "mask",
            "another array",
        ),
        Bug("softmax_loss", "label one too low", shifted_labels, "dx", ("one-hot",)),
        Bug("svm_loss", "sign of the right class", sum_of_losses, "dx", ("one-hot",)),
        bug("dropout", "sign of the mask", "dx", 0, lambda g, d, c: -g, "sign"),
        bug("dropconnect", "dw not scaled by 1/p", "dw", 1, lambda g, d, c: g * 0.7, "factor"),
        bug("batchnorm", "dgamma sign", "dgamma", 1, lambda g, d, c: -g, "sign"),
        bug("batchnorm", "dx times gamma again", "dx", 0, lambda g, d, c: g * c["gamma"], "column factor"),
        bug("layernorm", "dx averaged over the batch", "dx", 0, lambda g, d, c: g / len(d), "factor"),
        bug(
            "layernorm", "dgamma from x", "dgamma", 1, lambda g, d, c: (d * c["x"]).sum(axis=0), "wrong array"
        ),
        bug(
            "spatial_batchnorm",
            "dx per picture",
            "dx",
            0,
            lambda g, d, c: g - g.mean(axis=(2, 3), keepdims=True),
        ),
        bug(
            "spatial_groupnorm",
            "dbeta averaged",
            "dbeta",
            2,
            lambda g, d, c: g / (d.size // d.shape[1]),
            "factor",
        ),
        bug("conv", "dx turned", "dx", 0, lambda g, d, c: g[:, :, ::-1, ::-1].copy(), "flipped"),
        Bug("conv", "every channel gets the first one's dw", no_channels, "dw", ("copied",)),
        Bug("conv", "only the first filter counts in dx", first_filter, "dx", ()),
        bug(
            "conv",
            "padding cut off twice",
            "dx",
            0,
            lambda g, d, c: g[:, :, 1:-1, 1:-1],
            "padding",
            "reshape",
        ),
        bug("conv_plain", "db averaged over positions", "db", 2, lambda g, d, c: g / d[0, 0].size, "factor"),
        Bug("max_pool", "every second row empty", half_pool, "dx", ("never filled",)),
        Bug("max_pool", "the largest of each row", first_maximum_of_rows, "dx", ("routing",)),
        bug("avg_pool", "divided by the height only", "dx", 0, lambda g, d, c: g * c["ww"], "factor"),
        Bug("net", "sign of b1", net(grads=lambda g, p, reg: {**g, "b1": -g["b1"]}), "b1", ("sign",)),
        Bug(
            "net",
            "regularization of W3 with W2's factor",
            net(grads=lambda g, p, reg: {**g, "W3": g["W3"] + 0.1 * p["W3"]}),
            "W3",
            ("reg",),
        ),
        Bug(
            "net",
            "db of the first example",
            net(affine_backward=lambda d, c: (*L.affine_backward(d, c)[:2], d[0])),
            "b3",
            ("located",),
        ),
    ]
