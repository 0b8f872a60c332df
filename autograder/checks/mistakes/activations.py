"""What well-known mistakes in activation functions give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.checks.mistakes.known import Values, mistakes_in

NO_DOUT = "dout was forgotten: these are the slopes alone"
_OWN_ALPHA = "alpha was not used: it is {default:g} whatever is passed in"
_OTHER_DEFAULT = "alpha is {other:g} where none is passed in, and should be {default:g}"
# alpha where none is passed in.
_LEAKY_RELU_ALPHA, _ELU_ALPHA = 0.1, 1.0
_OTHER_ALPHAS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@mistakes_in("relu_forward", gives="out")
def relu_outs(x: np.ndarray) -> Values:
    return {
        "the negative side was kept instead of the positive one": np.minimum(x, 0),
        "x came back as it was: negative numbers become 0": x,
        "it is the absolute value: negative numbers become 0": np.abs(x),
        "negative numbers leak through, a hundredth of them: they become 0": np.where(x > 0, x, 0.01 * x),
        "the sign came back instead of the number": np.sign(np.maximum(x, 0)),
        "numbers up to 1 became 0: the threshold is 0": np.where(x > 1, x, 0),
    }


@mistakes_in("leaky_relu_forward", gives="out")
def leaky_relu_outs(x: np.ndarray, alpha: float = _LEAKY_RELU_ALPHA) -> Values:
    def leaky(alpha: float) -> np.ndarray:
        return np.where(x > 0, x, alpha * x)

    return {
        **_by_alpha(leaky, alpha, _LEAKY_RELU_ALPHA),
        "x came back as it was: negative numbers become alpha·x": x,
        "the wrong side leaks: alpha scales the negative numbers": np.where(x > 0, alpha * x, x),
        "nothing leaks: negative numbers become alpha·x, not 0": np.maximum(x, 0),
        "alpha was not multiplied with x: max(alpha, x) is not max(alpha·x, x)": np.maximum(x, alpha),
        "the negative side has the wrong sign: there it is alpha·x, below 0": np.where(x > 0, x, -alpha * x),
    }


@mistakes_in("elu_forward", gives="out")
def elu_outs(x: np.ndarray, alpha: float = _ELU_ALPHA) -> Values:
    exp = np.exp(np.minimum(x, 0))

    def elu(alpha: float) -> np.ndarray:
        return np.where(x > 0, x, alpha * (exp - 1))

    return {
        **_by_alpha(elu, alpha, _ELU_ALPHA),
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


@mistakes_in("tanh_forward", gives="out")
def tanh_outs(x: np.ndarray) -> Values:
    return {
        "it is the sigmoid, between 0 and 1; tanh lies between -1 and 1": sigmoid(x),
        "the exponent lacks a 2: tanh(x) = 2·sigmoid(2x) - 1": np.tanh(x / 2),
        "x was cut off at -1 and 1; tanh bends": np.clip(x, -1, 1),
        "it is the hyperbolic sine: divide by exp(x) + exp(-x)": np.sinh(x),
        "it is the hyperbolic cosine: the numerator is exp(x) - exp(-x)": np.cosh(x),
    }


@mistakes_in("sigmoid_forward", gives="out")
def sigmoid_outs(x: np.ndarray) -> Values:
    return {
        "it falls where it should rise: it is 1 / (1 + exp(-x))": sigmoid(-x),
        "it never lies below a half: where x is negative, it is exp(x) / (1 + exp(x))": sigmoid(np.abs(x)),
        "it never lies above a half: where x is positive, it is 1 / (1 + exp(-x))": sigmoid(-np.abs(x)),
        "it is tanh, between -1 and 1; the sigmoid lies between 0 and 1": np.tanh(x),
        "it lies between -1 and 1; the sigmoid lies between 0 and 1": 2 * sigmoid(x) - 1,
        "the 1 + under the fraction was forgotten": np.exp(x),
        "the fraction was forgotten: it is 1 divided by this": 1 + np.exp(-x),
    }


def _of_any(slope: Callable[[np.ndarray], np.ndarray], dout: np.ndarray, x: np.ndarray) -> Values:
    return {
        "dout came back as it was": dout,
        NO_DOUT: slope(x),
        "the slope was taken at dout; it is the one at x": dout * slope(dout),
    }


def _of_curves(
    slope: Callable[[np.ndarray], np.ndarray], dout: np.ndarray, x: np.ndarray, out: np.ndarray
) -> Values:
    return {
        **_of_any(slope, dout, x),
        "the slope was taken at out; it is the one at x": dout * slope(out),
        "the slope is multiplied by out instead of dout": slope(x) * out,
    }


@mistakes_in("relu_backward", gives="dx")
def relu_dx(dout: np.ndarray, x: np.ndarray) -> Values:
    return {
        "dout passes where x is negative, and should pass where it is positive": dout * (x < 0),
        "the output is a factor too many: the slope is 1 or 0": dout * np.maximum(x, 0),
        "x is a factor too many: the slope is 1 or 0": dout * x,
        "dout passes where x is 0": dout * (x >= 0),
        "x came back where it is positive: dout passes there": np.maximum(x, 0),
        **_of_any(lambda v: 1.0 * (v > 0), dout, x),
    }


@mistakes_in("leaky_relu_backward", gives="dx")
def leaky_relu_dx(dout: np.ndarray, x: np.ndarray, alpha: float = _LEAKY_RELU_ALPHA) -> Values:
    def slope(v: np.ndarray) -> np.ndarray:
        return np.where(v > 0, 1, alpha)

    return {
        "the sides are swapped: alpha is the slope where x is negative": dout * np.where(x > 0, alpha, 1),
        "nothing leaks back: where x is negative the slope is alpha": dout * (x > 0),
        "alpha itself came back where x is negative, and should be multiplied with dout": np.where(
            x > 0, dout, alpha
        ),
        "alpha·x came back where x is negative: there dx is alpha·dout": np.where(x > 0, dout, alpha * x),
        "x is a factor too many where it is negative: there dx is alpha·dout": dout
        * np.where(x > 0, 1, alpha * x),
        _OWN_ALPHA.format(default=_LEAKY_RELU_ALPHA): dout * np.where(x > 0, 1, _LEAKY_RELU_ALPHA),
        **_of_any(slope, dout, x),
    }


@mistakes_in("elu_backward", gives="dx")
def elu_dx(dout: np.ndarray, x: np.ndarray, alpha: float = _ELU_ALPHA) -> Values:
    exp = np.exp(np.minimum(x, 0))
    out = np.where(x > 0, x, alpha * (exp - 1))

    def slope(v: np.ndarray) -> np.ndarray:
        return np.where(v > 0, 1, alpha * np.exp(np.minimum(v, 0)))

    mistakes = {
        "dout came back as it was": dout,
        _OWN_ALPHA.format(default=_ELU_ALPHA): dout * np.where(x > 0, 1, _ELU_ALPHA * exp),
        "out was taken for the slope: where x is negative the slope is alpha·exp(x) = out + alpha": dout
        * np.where(x > 0, 1, out),
        "1 was added to out, and the slope is out + alpha": dout * np.where(x > 0, 1, out + 1),
        "the slope itself came back where x is negative, and should be multiplied with dout": np.where(
            x > 0, dout, alpha * exp
        ),
        "the positive side is closed: there the slope is 1": dout * np.where(x > 0, 0, alpha * exp),
        "the sign of dout chose the side; that of x does": np.where(dout > 0, dout, dout * alpha * exp),
        **_of_curves(slope, dout, x, out),
    }
    if alpha != 1:
        did = "alpha was taken for the slope: where x is negative it is alpha·exp(x)"
        mistakes[did] = dout * np.where(x > 0, 1, alpha)
    return mistakes


@mistakes_in("tanh_backward", gives="dx")
def tanh_dx(dout: np.ndarray, x: np.ndarray) -> Values:
    out = np.tanh(x)
    return {
        "x was squared: the slope is 1 - out²": dout * (1 - x**2),
        "the square was forgotten: the slope is 1 - out²": dout * (1 - out),
        "1 - out was squared, and not out: the slope is 1 - out²": dout * (1 - out) ** 2,
        "it is the slope of the sigmoid: that of tanh is 1 - out²": dout * out * (1 - out),
        "the slope has a plus for a minus: it is 1 - out²": dout * (1 + out**2),
        "dout was squared: it is a factor, once": dout**2 * (1 - out**2),
        "the 1 - was forgotten: the slope is 1 - out²": dout * out**2,
        "out was multiplied, not its slope 1 - out²": dout * out,
        **_of_curves(lambda v: 1 - np.tanh(v) ** 2, dout, x, out),
    }


@mistakes_in("sigmoid_backward", gives="dx")
def sigmoid_dx(dout: np.ndarray, x: np.ndarray) -> Values:
    out = sigmoid(x)
    return {
        "the slope has a plus for a minus: it is out·(1 - out)": dout * out * (1 + out),
        "x was taken for out: the slope is out·(1 - out)": dout * x * (1 - x),
        "it is the slope of tanh: that of the sigmoid is out·(1 - out)": dout * (1 - out**2),
        "half of the slope is missing, the factor 1 - out": dout * out,
        "half of the slope is missing, the factor out": dout * (1 - out),
        **_of_curves(lambda v: sigmoid(v) * (1 - sigmoid(v)), dout, x, out),
    }
