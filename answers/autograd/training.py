"""Planted answers: batch normalization made of Tensors, and a step of gradient descent."""

import numpy as np

from answers import right, wrong
from answers.autograd.tensors import Plain


def _normalized(reason, earns=(0.0, 0.5)):
    return wrong("batchnorm", reason, earns=earns, Tensor=Plain)


def formula(x, mean, variance, gamma, beta, eps):
    return (x - mean) / (variance + eps) ** 0.5 * gamma + beta


def variance_of(x):
    return ((x - x.mean(axis=0)) ** 2).mean(axis=0)


@_normalized("the path through the mean is cut")
def with_a_constant_mean(x, gamma, beta, eps=1e-5):
    return formula(x, x.data.mean(axis=0), variance_of(x), gamma, beta, eps)


@_normalized("the path through the variance is cut")
def with_a_constant_variance(x, gamma, beta, eps=1e-5):
    return formula(x, x.mean(axis=0), x.data.var(axis=0), gamma, beta, eps)


@_normalized("the paths through mean and variance are cut")
def with_constant_statistics(x, gamma, beta, eps=1e-5):
    return formula(x, x.data.mean(axis=0), x.data.var(axis=0), gamma, beta, eps)


@_normalized("divided by N - 1")
def by_one_less(x, gamma, beta, eps=1e-5):
    N = x.shape[0]
    return formula(x, x.mean(axis=0), variance_of(x) * (N / (N - 1)), gamma, beta, eps)


@_normalized("eps stands outside the root", earns=(0.0, 0.4))
def with_eps_outside(x, gamma, beta, eps=1e-5):
    return (x - x.mean(axis=0)) / (variance_of(x) ** 0.5 + eps) * gamma + beta


@_normalized("where its root belongs")
def without_a_root(x, gamma, beta, eps=1e-5):
    return (x - x.mean(axis=0)) / (variance_of(x) + eps) * gamma + beta


@_normalized("the output")
def over_the_features(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / ((centred * centred).mean(axis=1, keepdims=True) + eps) ** 0.5 * gamma + beta


@_normalized("the output")
def forgets_beta(x, gamma, beta, eps=1e-5):
    return formula(x, x.mean(axis=0), variance_of(x), gamma, 0.0 * beta, eps)


@_normalized("gamma.grad is None", earns=(0.0, 0.3))
def with_plain_gamma(x, gamma, beta, eps=1e-5):
    return formula(x, x.mean(axis=0), variance_of(x), gamma.data, beta, eps)


@_normalized("eps, inside the root: ", earns=(0.6, 0.9))
def with_an_eps_of_its_own(x, gamma, beta, eps=1e-5):
    return formula(x, x.mean(axis=0), variance_of(x), gamma, beta, 1e-5)


@right("batchnorm", Tensor=Plain)
def by_the_formula(x, gamma, beta, eps=1e-5):
    return formula(x, x.mean(axis=0), variance_of(x), gamma, beta, eps)


@right("batchnorm", Tensor=Plain)
def by_the_mean_of_squares(x, gamma, beta, eps=1e-5):
    ones = np.ones((1, x.shape[0])) / x.shape[0]
    centred = x - ones @ x
    return gamma * (centred * (ones @ (centred * centred) + eps) ** -0.5) + beta


@right("batchnorm", Tensor=Plain)
def by_exp_and_log(x, gamma, beta, eps=1e-5):
    centred = x - x.sum(axis=0, keepdims=True) / x.shape[0]
    root = ((centred**2).mean(axis=0, keepdims=True) + eps).log() * 0.5
    return centred * (gamma * (-root).exp()) + beta


def _stepping(reason, earns=(0.0, 0.6)):
    return wrong("gradient_step", reason, earns=earns, Tensor=Plain)


def clear(parameters):
    for parameter in parameters:
        parameter.grad = None


def descend(parameters, learning_rate):
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.data = parameter.data - learning_rate * parameter.grad


@_stepping("gradients of before do not count: ", earns=(0.3, 0.7))
def never_clears(loss, parameters, learning_rate):
    loss.backward()
    descend(parameters, learning_rate)
    return float(loss.data)


@_stepping("gradients of before do not count: ", earns=(0.3, 0.8))
def clears_afterwards(loss, parameters, learning_rate):
    loss.backward()
    descend(parameters, learning_rate)
    clear(parameters)
    return float(loss.data)


@_stepping("data of the first parameter after the step", earns=(0.0, 0.2))
def clears_too_late(loss, parameters, learning_rate):
    loss.backward()
    clear(parameters)
    descend(parameters, learning_rate)
    return float(loss.data)


@_stepping("data of the first parameter after the step", earns=(0.0, 0.2))
def climbs(loss, parameters, learning_rate):
    clear(parameters)
    loss.backward()
    descend(parameters, -learning_rate)
    return float(loss.data)


@_stepping("data of the first parameter after the step", earns=(0.0, 0.2))
def gives_the_name_to_something_else(loss, parameters, learning_rate):
    clear(parameters)
    loss.backward()
    for parameter in parameters:
        if parameter.grad is not None:
            parameter = parameter - learning_rate * parameter.grad
    return float(loss.data)


@_stepping("data of the first parameter after the step", earns=(0.0, 0.2))
def forgets_the_rate(loss, parameters, learning_rate):
    clear(parameters)
    loss.backward()
    descend(parameters, 1.0)
    return float(loss.data)


@_stepping("as a plain number", earns=(0.0, 0.1))
def returns_the_graph(loss, parameters, learning_rate):
    clear(parameters)
    loss.backward()
    descend(parameters, learning_rate)
    return loss


@_stepping("raised TypeError", earns=(0.0, 0.1))
def expects_a_gradient_of_each(loss, parameters, learning_rate):
    clear(parameters)
    loss.backward()
    for parameter in parameters:
        parameter.data = parameter.data - learning_rate * parameter.grad
    return float(loss.data)


@_stepping("requires a gradient", earns=(0.5, 0.8))
def cuts_parameters_off(loss, parameters, learning_rate):
    value = of_right_order(loss, parameters, learning_rate)
    for parameter in parameters:
        parameter.requires_grad = False
    return value


@right("gradient_step", Tensor=Plain)
def of_right_order(loss, parameters, learning_rate):
    clear(parameters)
    loss.backward()
    descend(parameters, learning_rate)
    return float(loss.data)


@right("gradient_step", Tensor=Plain)
def in_place(loss, parameters, learning_rate):
    value = loss.data.item()
    clear(parameters)
    loss.backward()
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.data -= learning_rate * parameter.grad
    clear(parameters)
    return value


@right("gradient_step", Tensor=Plain)
def by_upstream_gradient(loss, parameters, learning_rate):
    """The rate goes backwards with the gradient."""
    clear(parameters)
    loss.backward(np.full(loss.shape, -learning_rate))
    for parameter in parameters:
        parameter.data = parameter.data + (0.0 if parameter.grad is None else parameter.grad)
    return np.float64(loss.data)
