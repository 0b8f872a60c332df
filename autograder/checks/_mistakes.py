"""What well-known mistakes give, by what was done: so that a wrong answer is told for what it is.

Each function takes what the student's function took and returns values by a clause that completes "Here ...". A clause
is said only where every number agrees. Two mistakes may give the same numbers: then the clause has to be true of both,
and of two clauses the first one is said. Where a question is first asked no two agree (`tests/test_mistakes.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Values = Mapping[str, Any]

_NO_DOUT = "dout was forgotten: these are the slopes alone"
_OWN_ALPHA = "alpha was not used: it is {default:g} whatever is passed in"
_OTHER_DEFAULT = "alpha is {other:g} where none is passed in, and should be {default:g}"
_OTHER_ALPHAS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


# activations, forward: (x, alpha, default) -> values


def _relu(x: np.ndarray, *_: float) -> Values:
    return {
        "the negative side was kept instead of the positive one": np.minimum(x, 0),
        "x came back as it was: negative numbers become 0": x,
        "it is the absolute value: negative numbers become 0": np.abs(x),
        "negative numbers leak through, a hundredth of them: they become 0": np.where(x > 0, x, 0.01 * x),
        "the sign came back instead of the number": np.sign(np.maximum(x, 0)),
        "numbers up to 1 became 0: the threshold is 0": np.where(x > 1, x, 0),
    }


def _leaky_relu(x: np.ndarray, alpha: float, default: float) -> Values:
    def leaky(alpha: float) -> np.ndarray:
        return np.where(x > 0, x, alpha * x)

    return {
        **_by_alpha(leaky, alpha, default),
        "x came back as it was: negative numbers become alpha·x": x,
        "the wrong side leaks: alpha scales the negative numbers": np.where(x > 0, alpha * x, x),
        "nothing leaks: negative numbers become alpha·x, not 0": np.maximum(x, 0),
        "alpha was not multiplied with x: max(alpha, x) is not max(alpha·x, x)": np.maximum(x, alpha),
        "the negative side has the wrong sign: there it is alpha·x, below 0": np.where(x > 0, x, -alpha * x),
    }


def _elu(x: np.ndarray, alpha: float, default: float) -> Values:
    exp = np.exp(np.minimum(x, 0))

    def elu(alpha: float) -> np.ndarray:
        return np.where(x > 0, x, alpha * (exp - 1))

    return {
        **_by_alpha(elu, alpha, default),
        "the - 1 was forgotten: on the negative side it is alpha·(exp(x) - 1)": np.where(
            x > 0, x, alpha * exp
        ),
        "alpha multiplies exp(x) alone, and should multiply exp(x) - 1": np.where(x > 0, x, alpha * exp - 1),
        "alpha stands in the exponent, and should stand before the bracket": np.where(
            x > 0, x, np.exp(alpha * np.minimum(x, 0)) - 1
        ),
        "the negative side has the wrong sign: exp(x) - 1 is below 0, 1 - exp(x) above": np.where(
            x > 0, x, alpha * (1 - exp)
        ),
    }


def _by_alpha(activation: Callable[[float], np.ndarray], alpha: float, default: float) -> Values:
    """What other alphas give."""
    if alpha != default:
        return {_OWN_ALPHA.format(default=default): activation(default)}
    others = (other for other in _OTHER_ALPHAS if other != default)
    return {_OTHER_DEFAULT.format(other=other, default=default): activation(other) for other in others}


def _tanh(x: np.ndarray, *_: float) -> Values:
    return {
        "it is the sigmoid, between 0 and 1; tanh lies between -1 and 1": _sigmoid(x),
        "the exponent lacks a 2: tanh(x) = 2·sigmoid(2x) - 1": np.tanh(x / 2),
        "x was cut off at -1 and 1; tanh bends": np.clip(x, -1, 1),
        "it is the hyperbolic sine: divide by exp(x) + exp(-x)": np.sinh(x),
        "it is the hyperbolic cosine: the numerator is exp(x) - exp(-x)": np.cosh(x),
    }


def _sigmoid_outs(x: np.ndarray, *_: float) -> Values:
    return {
        "it falls where it should rise: it is 1 / (1 + exp(-x))": _sigmoid(-x),
        "it never lies below a half: where x is negative, it is exp(x) / (1 + exp(x))": _sigmoid(np.abs(x)),
        "it never lies above a half: where x is positive, it is 1 / (1 + exp(-x))": _sigmoid(-np.abs(x)),
        "it is tanh, between -1 and 1; the sigmoid lies between 0 and 1": np.tanh(x),
        "it lies between -1 and 1; the sigmoid lies between 0 and 1": 2 * _sigmoid(x) - 1,
        "the 1 + under the fraction was forgotten": np.exp(x),
        "the fraction was forgotten: it is 1 divided by this": 1 + np.exp(-x),
    }


# activations, backward: (dout, x, alpha, default) -> values of dx


def _of_any(slope: Callable[[np.ndarray], np.ndarray], dout: np.ndarray, x: np.ndarray) -> Values:
    return {
        "dout came back as it was": dout,
        _NO_DOUT: slope(x),
        "the slope was taken at dout; it is the one at x": dout * slope(dout),
    }


def _of_curves(
    slope: Callable[[np.ndarray], np.ndarray], dout: np.ndarray, x: np.ndarray, out: np.ndarray
) -> Values:
    return _of_any(slope, dout, x) | {
        "the slope was taken at out; it is the one at x": dout * slope(out),
        "the slope is multiplied by out instead of dout": slope(x) * out,
    }


def _relu_dx(dout: np.ndarray, x: np.ndarray, *_: float) -> Values:
    return {
        "dout passes where x is negative, and should pass where it is positive": dout * (x < 0),
        "the output is a factor too many: the slope is 1 or 0": dout * np.maximum(x, 0),
        "x is a factor too many: the slope is 1 or 0": dout * x,
        "dout passes where x is 0": dout * (x >= 0),
        "x came back where it is positive: dout passes there": np.maximum(x, 0),
        **_of_any(lambda v: 1.0 * (v > 0), dout, x),
    }


def _leaky_relu_dx(dout: np.ndarray, x: np.ndarray, alpha: float, default: float) -> Values:
    def slope(v: np.ndarray) -> np.ndarray:
        return np.where(v > 0, 1, alpha)

    return {
        "the sides are swapped: alpha is the slope where x is negative": dout * np.where(x > 0, alpha, 1),
        "nothing leaks back: where x is negative the slope is alpha": dout * (x > 0),
        "alpha itself came back where x is negative, and should be multiplied with dout": np.where(
            x > 0, dout, alpha
        ),
        _OWN_ALPHA.format(default=default): dout * np.where(x > 0, 1, default),
        **_of_any(slope, dout, x),
    }


def _elu_dx(dout: np.ndarray, x: np.ndarray, alpha: float, default: float) -> Values:
    exp = np.exp(np.minimum(x, 0))
    out = np.where(x > 0, x, alpha * (exp - 1))

    def slope(v: np.ndarray) -> np.ndarray:
        return np.where(v > 0, 1, alpha * np.exp(np.minimum(v, 0)))

    mistakes = {
        "dout came back as it was": dout,
        _OWN_ALPHA.format(default=default): dout * np.where(x > 0, 1, default * exp),
        "out was taken for the slope: where x is negative the slope is alpha·exp(x) = out + alpha": dout
        * np.where(x > 0, 1, out),
        "1 was added to out, and the slope is out + alpha": dout * np.where(x > 0, 1, out + 1),
        "the positive side is closed: there the slope is 1": dout * np.where(x > 0, 0, alpha * exp),
        "the sign of dout chose the side; that of x does": np.where(dout > 0, dout, dout * alpha * exp),
        **_of_curves(slope, dout, x, out),
    }
    if alpha != 1:
        did = "alpha was taken for the slope: where x is negative it is alpha·exp(x)"
        mistakes[did] = dout * np.where(x > 0, 1, alpha)
    return mistakes


def _tanh_dx(dout: np.ndarray, x: np.ndarray, *_: float) -> Values:
    out = np.tanh(x)
    return {
        "x was squared: the slope is 1 - out²": dout * (1 - x**2),
        "the square was forgotten: the slope is 1 - out²": dout * (1 - out),
        "it is the slope of the sigmoid: that of tanh is 1 - out²": dout * out * (1 - out),
        "the slope has a plus for a minus: it is 1 - out²": dout * (1 + out**2),
        "dout was squared: it is a factor, once": dout**2 * (1 - out**2),
        "the 1 - was forgotten: the slope is 1 - out²": dout * out**2,
        "out was multiplied, not its slope 1 - out²": dout * out,
        **_of_curves(lambda v: 1 - np.tanh(v) ** 2, dout, x, out),
    }


def _sigmoid_dx(dout: np.ndarray, x: np.ndarray, *_: float) -> Values:
    out = _sigmoid(x)
    return {
        "the slope has a plus for a minus: it is out·(1 - out)": dout * out * (1 + out),
        "x was taken for out: the slope is out·(1 - out)": dout * x * (1 - x),
        "it is the slope of tanh: that of the sigmoid is out·(1 - out)": dout * (1 - out**2),
        "half of the slope is missing, the factor 1 - out": dout * out,
        "half of the slope is missing, the factor out": dout * (1 - out),
        **_of_curves(lambda v: _sigmoid(v) * (1 - _sigmoid(v)), dout, x, out),
    }


ACTIVATION_OUTS = {
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "tanh": _tanh,
    "sigmoid": _sigmoid_outs,
}
ACTIVATION_GRADIENTS = {
    "relu": _relu_dx,
    "leaky_relu": _leaky_relu_dx,
    "elu": _elu_dx,
    "tanh": _tanh_dx,
    "sigmoid": _sigmoid_dx,
}


# the graph, the neuron and the copies


def graph_outs(x: float, y: float, z: float) -> Values:
    return {
        "all three numbers were added: it is (x + y)·z": x + y + z,
        "all three numbers were multiplied: it is (x + y)·z": x * y * z,
        "the brackets were forgotten: it is (x + y)·z": x + y * z,
        "x and y were multiplied and z was added: it is (x + y)·z": x * y + z,
        "y was subtracted: it is (x + y)·z": (x - y) * z,
    }


def graph_gradients(df: float, x: float, y: float, z: float) -> dict[str, Values]:
    no_df = "df was forgotten: every gradient is df times a slope"
    as_if_alone = "z was forgotten: on the way to x and y, df is multiplied by z"
    reversed_order = "it is dz; backward returns dx, dy, dz"
    return {
        "dx": {no_df: z, as_if_alone: df, reversed_order: df * (x + y), "df was divided by z": df / z},
        "dy": {no_df: z, as_if_alone: df, reversed_order: df * (x + y), "df was divided by z": df / z},
        "dz": {
            no_df: x + y,
            "it is df · z, which is dx; z's slope is what it is multiplied by, x + y": df * z,
            "df was multiplied by x alone; z's slope is x + y": df * x,
            "df was multiplied by y alone; z's slope is x + y": df * y,
            "df came back as it was; z's slope is x + y": df,
        },
    }


def sigmoid_neuron_outs(w: np.ndarray, x: np.ndarray) -> Values:
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    return {
        "the bias w[2] was forgotten": _sigmoid(s - w[2]),
        "the sigmoid was forgotten: it is 1 / (1 + exp(-s))": s,
        "the sign of the exponent is wrong: it is 1 / (1 + exp(-s))": _sigmoid(-s),
        "the first weight was taken for the bias; w[2] is": _sigmoid(w[0] + w[1] * x[0] + w[2] * x[1]),
        "it is exp(-s) + 1, and 1 divided by it is the answer": 1 + np.exp(-s),
        "it is tanh; the sigmoid lies between 0 and 1": np.tanh(s),
    }


def sigmoid_neuron_gradients(df: float, w: np.ndarray, x: np.ndarray) -> dict[str, Values]:
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    out = _sigmoid(s)

    def both(ds: float) -> tuple[np.ndarray, np.ndarray]:
        return ds * np.array([x[0], x[1], 1.0]), ds * w[:2]

    slope = out * (1 - out)
    found: dict[str, dict[str, Any]] = {"dw": {}, "dx": {}}
    for did, ds in {
        "df was forgotten: every gradient is df times a slope": slope,
        "the sigmoid's slope out·(1 - out) was forgotten": df,
        "s was taken for out: the sigmoid's slope is out·(1 - out)": df * s * (1 - s),
        "half of the sigmoid's slope is missing, the factor 1 - out": df * out,
        "half of the sigmoid's slope is missing, the factor out": df * (1 - out),
        "the slope has a plus for a minus: it is out·(1 - out)": df * out * (1 + out),
    }.items():
        found["dw"][did], found["dx"][did] = both(ds)
    ds = df * slope
    found["dw"] |= {
        "the bias got its own value as a factor; its slope is 1": ds * np.array([x[0], x[1], w[2]]),
        "the weights were multiplied by themselves; the slope of w[0] is x[0]": ds
        * np.array([w[0], w[1], 1.0]),
        "the bias got no gradient; its slope is 1": ds * np.array([x[0], x[1], 0.0]),
    }
    found["dx"] |= {
        "the inputs were multiplied by themselves; the slope of x[0] is w[0]": ds * x,
        "the wrong weights were taken: x[0] goes with w[0] and x[1] with w[1]": ds * w[1:],
        "the weights were taken in reverse: x[0] goes with w[0] and x[1] with w[1]": ds * w[1::-1],
    }
    return found


def copy_sums(douts: list[np.ndarray]) -> Values:
    stacked = np.stack(douts)
    loudest = np.abs(stacked).argmax(axis=0)[None]
    every = "gradients of several users add up"
    return {
        f"only the last user was heard: {every}": douts[-1],
        f"only the first user was heard: {every}": douts[0],
        f"the gradients were multiplied: {every}": stacked.prod(axis=0),
        f"the largest gradient was taken: {every}": stacked.max(axis=0),
        f"the gradient that is largest in size was taken: {every}": np.take_along_axis(stacked, loudest, 0)[
            0
        ],
        f"the mean was taken: {every}": stacked.mean(axis=0),
    }


# the affine layer and maxout


def _rows(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1)


def affine_outs(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Values:
    by_columns = x.reshape(len(x), -1, order="F")
    return {
        "the bias was forgotten": _rows(x) @ w,
        "the bias was subtracted": _rows(x) @ w - b,
        'the numbers of an example were flattened in another order, as order="F" or a transpose does': by_columns
        @ w
        + b,
    }


def affine_gradients(dout: np.ndarray, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> dict[str, Values]:
    ones = np.ones_like(dout)
    no_dout = "dout was forgotten: it is the upstream gradient, and every gradient contains it"
    return {
        "dx": {no_dout: (ones @ w.T).reshape(x.shape), "nothing but ones came back": np.ones_like(x)},
        "dw": {no_dout: _rows(x).T @ ones, "nothing but ones came back": np.ones_like(w)},
        "db": {no_dout: ones.sum(axis=0), "nothing but ones came back": np.ones_like(b)},
    }


def maxout_outs(x: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray) -> Values:
    first, second = _rows(x) @ w1 + b1, _rows(x) @ w2 + b2
    larger = np.maximum(first, second)
    return {
        "the smaller piece was taken": np.minimum(first, second),
        "the pieces were added; the larger one counts": first + second,
        "the mean of the pieces was taken; the larger one counts": (first + second) / 2,
        "the second piece was never looked at": first,
        "the first piece was never looked at": second,
        "the biases were added after the maximum: each piece has its own": np.maximum(first - b1, second - b2)
        + b1
        + b2,
        "the first bias was added after the maximum, to both pieces": np.maximum(first - b1, second - b2)
        + b1,
        "the second bias was forgotten": np.maximum(first, second - b2),
        "the first bias was forgotten": np.maximum(first - b1, second),
        "the larger piece was compared with 0, too: maxout has no ReLU": np.maximum(larger, 0),
        "sizes were compared instead of numbers": np.where(np.abs(first) > np.abs(second), first, second),
    }


def maxout_gradients(
    dout: np.ndarray, x: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> dict[str, Values]:
    won = _rows(x) @ w1 + b1 > _rows(x) @ w2 + b2

    def gradients(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, ...]:
        dx = (first @ w1.T + second @ w2.T).reshape(x.shape)
        return dx, _rows(x).T @ first, first.sum(axis=0), _rows(x).T @ second, second.sum(axis=0)

    parts = {
        "both pieces got the whole gradient; it belongs to the one that was larger": (dout, dout),
        "each piece got half of the gradient; all of it belongs to the larger one": (dout / 2, dout / 2),
        "the second piece got nothing": (dout * won, 0 * dout),
        "the first piece got nothing": (0 * dout, dout * ~won),
        "the sign of dout decided which piece gets it; the larger piece does": (
            dout * (dout > 0),
            dout * (dout <= 0),
        ),
        _NO_DOUT: (1.0 * won, 1.0 * ~won),
    }
    found: dict[str, dict[str, Any]] = {name: {} for name in ("dx", "dw1", "db1", "dw2", "db2")}
    for did, pair in parts.items():
        for name, value in zip(found, gradients(*pair), strict=True):
            found[name][did] = value
    for name, value in zip(found, gradients(dout * ~won, dout * won), strict=True):
        did = "the gradient of the other piece came: each piece gets dout where it was the larger one"
        found[name][
            "the smaller piece got the gradient; it belongs to the larger one" if name == "dx" else did
        ] = value
    return found


# losses: (x, y) -> {"loss": values, "dx": values}


def softmax_mistakes(x: np.ndarray, y: np.ndarray) -> dict[str, Values]:
    N, rows = len(x), np.arange(len(x))

    def log_softmax(axis: int | None) -> np.ndarray:
        shifted = x - x.max(axis=axis, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))

    def added(little: float) -> float:
        return -np.log(p[rows, y] + little).mean()

    def gradient(p: np.ndarray, share: float = 1.0) -> np.ndarray:
        dx = p.copy()
        dx[rows, y] -= share
        return dx / N

    log_p, over_batch, over_all = log_softmax(1), log_softmax(0), log_softmax(None)
    p = np.exp(log_p)
    littles = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
    return {
        "loss": {
            **{
                f"the logarithm saw no less than {n:g} (added, or cut off there): take the log on paper first": added(
                    n
                )
                for n in littles
            },
            "the losses of the examples were added up: the loss is their mean": -log_p[rows, y].sum(),
            "the loss was divided by the number of classes: divide by N": -log_p[rows, y].sum() / x.shape[1],
            "the loss was divided by the number of classes, too: divide by N alone": -log_p[rows, y].mean()
            / x.shape[1],
            "exp was divided by its sum over the batch; each example has a sum of its own": -over_batch[
                rows, y
            ].mean(),
            "exp was divided by its sum over all scores; each example has a sum of its own": -over_all[
                rows, y
            ].mean(),
            "the logarithm has base 2; it is the natural one": -log_p[rows, y].mean() / np.log(2),
            "the logarithm has base 10; it is the natural one": -log_p[rows, y].mean() / np.log(10),
            "the probability of the right class itself came back; the loss is -log of it": p[rows, y].mean(),
            "the minus was forgotten: the loss is -log p": log_p[rows, y].mean(),
            "the logarithm of the mean probability was taken; the loss is the mean of the logarithms": -np.log(
                p[rows, y].mean()
            ),
        },
        "dx": {
            "the 1 was not subtracted at the right class: dx is (p - 1 at the right class) / N": p / N,
            "1/N was subtracted at the right class before the division by N: subtract 1 there": gradient(
                p, 1 / N
            ),
            "1 was subtracted at the right class after the division by N: subtract it before": gradient(p, N),
            "dx was divided by the number of classes: divide by N": gradient(p) * N / x.shape[1],
            "dx was not divided by N, as the loss is": N * gradient(p),
            "dx has the wrong sign": -gradient(p),
        },
    }


def svm_mistakes(x: np.ndarray, y: np.ndarray) -> dict[str, Values]:
    N, rows = len(x), np.arange(len(x))
    raw = x - x[rows, y][:, None] + 1
    with_right = np.maximum(raw, 0)
    margins = with_right.copy()
    margins[rows, y] = 0
    bare = np.maximum(raw - 1, 0)
    broken = 1.0 * (margins > 0)

    def gradient(at_right: Any, at_wrong: np.ndarray = broken) -> np.ndarray:
        dx = at_wrong.copy()
        dx[rows, y] = at_right
        return dx / N

    return {
        "loss": {
            "the right class was counted, too: it adds its margin of 1 for each example": with_right.sum()
            / N,
            "the margin was forgotten: it is max(0, x[j] - x[y] + 1)": bare.sum() / N,
            "the losses of the examples were added up: the loss is their mean": margins.sum(),
            "the loss was divided by the number of classes: divide by N": margins.sum() / x.shape[1],
            "the loss was averaged over the classes, too: they are added up": margins.mean(),
            "the loss was averaged over the wrong classes: they are added up": margins.sum()
            / N
            / (x.shape[1] - 1),
            "the margins were squared": (margins**2).sum() / N,
            "only the worst class of each example was counted": margins.max(axis=1).sum() / N,
        },
        "dx": {
            "the right class lost 1, however many classes broke the margin: count them": gradient(-1),
            "the right class got no gradient: it loses 1 for each class that broke the margin": gradient(0),
            "the right class got its gradient with the wrong sign": gradient(broken.sum(axis=1)),
            "the margins themselves came back; their slopes are 1 and 0": gradient(
                -margins.sum(axis=1), margins
            ),
            "the gradient was not divided by N, as the loss is": N * gradient(-broken.sum(axis=1)),
            "the gradient was divided by the number of classes: divide by N": (
                gradient(-broken.sum(axis=1)) * N / x.shape[1]
            ),
        },
    }


# networks


def scores_mistakes(scores: np.ndarray, params: Mapping[str, np.ndarray], X: np.ndarray) -> Values:
    """What comes instead of a network's scores; `params` are W1, b1, W2, ... where it has affine layers alone."""
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    mistakes = {
        "probabilities came back; scores are what goes into the softmax": exp
        / exp.sum(axis=1, keepdims=True),
        "the scores went through a ReLU; the last layer has none": np.maximum(scores, 0),
    }
    layers = len(params) // 2
    weights = [params.get(f"W{i}", np.zeros(0)) for i in range(1, layers + 1)]
    if len(params) == 2 * layers and all(w.ndim == 2 for w in weights):
        out = by_first = _rows(X)
        for i, w in enumerate(weights, start=1):
            out, by_first = (v @ w + params[f"b{i}"] for v in (out, by_first))
            by_first = np.maximum(by_first, 0) if i == 1 else by_first
        mistakes["nothing stands between the affine layers: each but the last is followed by a ReLU"] = out
        if layers > 2:
            mistakes["only the first layer is followed by a ReLU: each but the last one is"] = by_first
    return mistakes


# a step of gradient descent, for a parameter and its gradient


def step_mistakes(param: np.ndarray, grad: np.ndarray, rate: float, N: int) -> Values:
    mistakes = {
        "it was not updated: step every name in params, and change the array there, not a copy of it": param,
        "it went uphill: subtract rate times gradient": param + rate * grad,
        "the learning rate was left out": param - grad,
        "the gradient was divided by N once more; the loss is a mean already": param - rate * grad / N,
        "the sign of the gradient was taken; its size counts, too": param - rate * np.sign(grad),
        "the gradient was scaled to length 1; its size counts, too": param
        - rate * grad / np.linalg.norm(grad),
        "rate · gradient came instead of the parameter: subtract it from the parameter": rate * grad,
        "it became -rate · gradient: is -= written as = - ?": -rate * grad,
    }
    own = (r for r in (1e-4, 1e-3, 1e-2, 1e-1) if r != rate)
    return mistakes | {f"the learning rate is {r:g} whatever is passed in": param - r * grad for r in own}


# normalization; `axes` are those of the mean, gamma and beta have x's number of axes


def standardized(x: np.ndarray, axes: Any, eps: float = 1e-5, shape: tuple | None = None) -> np.ndarray:
    """`x` with mean 0 and variance 1 over `axes`, which are counted after a reshape to `shape`."""
    parts = x.reshape(shape or x.shape)
    return ((parts - parts.mean(axis=axes, keepdims=True)) / _std(parts, axes, eps)).reshape(x.shape)


def _std(x: np.ndarray, axes: Any, eps: float) -> np.ndarray:
    return np.sqrt(x.var(axis=axes, keepdims=True) + eps)


def scaled_outs(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, axes: Any, eps: float) -> Values:
    """Mistakes that have nothing to do with the choice of axes."""
    centred, std = x - x.mean(axis=axes, keepdims=True), _std(x, axes, eps)
    n = x.size / std.size
    x_hat = centred / std
    spread = x.std(axis=axes, keepdims=True)
    mistakes = {
        "eps stands outside the root: it is sqrt(var + eps)": gamma * centred / (spread + eps) + beta,
        "eps is missing, or far too small: it is sqrt(var + eps), with eps = 1e-5 unless it is given": (
            gamma * centred / spread + beta
        ),
        "the root was forgotten: divide by the standard deviation sqrt(var + eps)": gamma * centred / std**2
        + beta,
        "the numbers were not divided by their standard deviation": gamma * centred + beta,
        "the mean was not subtracted": gamma * x / std + beta,
        "gamma was forgotten": x_hat + beta,
        "beta was forgotten": gamma * x_hat,
        "gamma and beta were swapped": beta * x_hat + gamma,
    }
    if n > 1:
        mistakes["the variance was divided by one less than the number of values (ddof=1)"] = (
            gamma * centred / np.sqrt(spread**2 * n / (n - 1) + eps) + beta
        )
    for other in (1e-6, 1e-4, 1e-3, 1e-2):
        if eps == 1e-5:
            mistakes[f"eps is {other:g} where none is passed in, and should be 1e-5"] = (
                gamma * centred / _std(x, axes, other) + beta
            )
    if eps != 1e-5:
        mistakes["eps is 1e-5 whatever is passed in"] = gamma * centred / _std(x, axes, 1e-5) + beta
    return mistakes


def scaled_dx(dout: np.ndarray, x: np.ndarray, gamma: np.ndarray, axes: Any, eps: float) -> Values:
    """Mistakes on the way back to x, whatever the axes."""

    def mean(values: np.ndarray) -> np.ndarray:
        return values.mean(axis=axes, keepdims=True)

    centred, std = x - mean(x), _std(x, axes, eps)

    def dx(
        scaled: np.ndarray, std: np.ndarray = std, by_mean: float = 1.0, by_var: float = 1.0
    ) -> np.ndarray:
        x_hat = centred / std
        return (scaled - by_mean * mean(scaled) - by_var * x_hat * mean(scaled * x_hat)) / std

    d = dout * gamma
    spread = x.std(axis=axes, keepdims=True)
    return {
        "the path through the variance was forgotten": dx(d, by_var=0),
        "the path through the mean was forgotten": dx(d, by_mean=0),
        "the paths through the mean and the variance were forgotten": d / std,
        "the path through the variance counts twice": dx(d, by_var=2),
        "the path through the mean has the wrong sign": dx(d, by_mean=-1),
        "the path through the variance has the wrong sign": dx(d, by_var=-1),
        "gamma was forgotten: dout reaches x_hat multiplied by gamma": dx(dout),
        "gamma came after the statistics: dout is multiplied by gamma first": gamma * dx(dout),
        "it was divided by the variance; divide by the standard deviation": dx(d) / std,
        "it was multiplied by the standard deviation; divide by it": dx(d) * std**2,
        "eps is missing in what dx is divided by, in backward or already in the std that forward kept": dx(
            d, spread
        ),
        "eps stands outside the root on the way back: divide by sqrt(var + eps)": dx(d, spread + eps),
        "eps is missing in the last division: divide by sqrt(var + eps)": dx(d) * std / spread,
        "eps stands outside the root in the last division: divide by sqrt(var + eps)": dx(d)
        * std
        / (spread + eps),
        "dout was forgotten": dx(gamma * np.ones_like(dout)),
    }


# of layers that take nothing but arrays, by name
OUTS: dict[str, Callable[..., Values]] = {
    "graph": graph_outs,
    "sigmoid_neuron": sigmoid_neuron_outs,
    "affine": affine_outs,
    "maxout": maxout_outs,
}
GRADIENTS: dict[str, Callable[..., dict[str, Values]]] = {
    "graph": graph_gradients,
    "sigmoid_neuron": sigmoid_neuron_gradients,
    "affine": affine_gradients,
    "maxout": maxout_gradients,
}
