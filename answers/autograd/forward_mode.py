"""Planted answers: forward mode."""

import numpy as np

from answers import right, wrong
from answers.autograd.tensors import Plain, rows
from course_utils.autograd import Operators


class Pair(Operators):
    """A right dual number, in small parts that a wrong one replaces."""

    def __init__(self, data, tangent):
        self.data, self.tangent = data, tangent

    @classmethod
    def apply(cls, name, *inputs, **settings):
        pairs = [value if isinstance(value, Pair) else cls(cls.constant(value), None) for value in inputs]
        values = [pair.data for pair in pairs]
        result = rows()[name][0](*values, **settings)
        changes = [
            cls.change(name, k, pair.tangent, result, values, settings)
            for k, pair in enumerate(pairs)
            if pair.tangent is not None
        ]
        return cls(result, np.zeros(np.shape(result)) + cls.together(changes))

    @staticmethod
    def constant(value):
        return value.data if isinstance(value, Operators) else np.asarray(value, dtype=float)

    @staticmethod
    def together(changes):
        return sum(changes)

    @classmethod
    def change(cls, name, k, tangent, result, values, settings):
        forward, *local = rows()[name]
        if name in ("sum", "reshape", "transpose", "index", "matmul"):
            return forward(*[tangent if i == k else value for i, value in enumerate(values)], **settings)
        if name == "max":
            x = values[0]
            largest = x == x.max(axis=settings["axis"], keepdims=True)
            return (tangent * largest).sum(**settings)
        return local[k](tangent, result, *values)


def by(pairs):
    """A jvp with that class of dual numbers."""

    def jvp(f, x, v):
        out = f(pairs(np.array(x, dtype=float), np.array(v, dtype=float)))
        return out.data, out.tangent

    jvp.__name__ = pairs.__name__
    return jvp


def _wrong(reason, earns=(0.0, 0.9)):
    def plant(answer):
        function = by(answer) if isinstance(answer, type) else answer
        wrong("jvp", reason, earns=earns, Tensor=Plain)(function)
        return answer

    return plant


@_wrong("sums, differences, products, quotients: J v", earns=(0.0, 0.6))
class forgets_the_second_half_of_a_product(Pair):
    @staticmethod
    def together(changes):
        return changes[0]


@_wrong("functions of each number: J v", earns=(0.2, 0.9))
class passes_functions_unchanged(Pair):
    @classmethod
    def change(cls, name, k, tangent, result, values, settings):
        if name in ("exp", "tanh", "sigmoid", "relu", "log"):
            return tangent
        return super().change(name, k, tangent, result, values, settings)


@_wrong("sums, means and maxima: ", earns=(0.4, 0.95))
class takes_the_largest_change(Pair):
    @classmethod
    def change(cls, name, k, tangent, result, values, settings):
        if name == "max":
            return tangent.max(**settings)
        return super().change(name, k, tangent, result, values, settings)


@_wrong("matrix products: ", earns=(0.4, 0.95))
class multiplies_tangents_with_each_other(Pair):
    @classmethod
    def change(cls, name, k, tangent, result, values, settings):
        if name == "matmul" and k == 1:
            return 0.0
        return super().change(name, k, tangent, result, values, settings)


@_wrong("Tensors beside x: .*f used Tensors", earns=(0.6, 0.98))
class knows_no_tensors(Pair):
    @staticmethod
    def constant(value):
        if isinstance(value, Operators):
            raise TypeError("what is this?")
        return np.asarray(value, dtype=float)


@_wrong("J v of", earns=(0.0, 0.2))
def by_a_difference(f, x, v):
    step = 1e-6
    there, here = f(Plain(x + step * v)).data, f(Plain(x)).data
    return here, (there - here) / step


@_wrong("J v of", earns=(0.0, 0.4))
def by_a_centred_difference(f, x, v):
    step = 1e-5
    ahead, behind = f(Plain(x + step * v)).data, f(Plain(x - step * v)).data
    return f(Plain(x)).data, (ahead - behind) / (2 * step)


@_wrong("J v of", earns=(0.0, 0.6))
def the_gradient_of_the_sum(f, x, v):
    leaf = Plain(x, requires_grad=True)
    out = f(leaf)
    out.backward(np.ones(out.shape))
    return out.data, leaf.grad * v


@_wrong("must return \\(f\\(x\\), J v\\)|returned")
def the_change_alone(f, x, v):
    return by(Pair)(f, x, v)[1]


@_wrong("J v of", earns=(0.0, 0.5))
def along_ones(f, x, v):
    return by(Pair)(f, x, np.ones_like(v))


@right("jvp", Tensor=Plain)
def with_pairs(f, x, v):
    return by(Pair)(f, x, v)


@right("jvp", Tensor=Plain)
def as_a_polynomial(f, x, v):
    """J v is linear in v."""
    value, half = by(Pair)(f, x, 0.5 * v)
    return value, 2.0 * half


@right("jvp", Tensor=Plain)
def by_a_backward_pass_for_each_output(f, x, v):
    leaf = Plain(x, requires_grad=True)
    out = f(leaf)
    change = np.zeros(out.shape)
    params = [node for node in out.order() if not node.parents and node is not leaf]
    before = [node.grad for node in params]
    for place in np.ndindex(out.shape):
        upstream = np.zeros(out.shape)
        upstream[place], leaf.grad = 1.0, None
        out.backward(upstream)
        change[place] = np.sum(leaf.grad * v)
    for node, grad in zip(params, before, strict=True):
        node.grad = grad
    return out.data, change
