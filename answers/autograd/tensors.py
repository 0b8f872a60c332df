"""Planted answers: Tensors."""

from functools import cache

import numpy as np

from answers import right, wrong
from answers.autograd.arrays import all_axes_at_once, number_by_number, times_ones
from answers.autograd.order import by_counting_children, depth_first
from course_utils import autograd

Operators = autograd.Operators


@cache
def rows():
    """Of each operation its forward pass, and one function of (dout, out, *inputs) for each input."""
    sigmoid = autograd.stable_sigmoid
    return {
        "add": (np.add, lambda d, o, a, b: d, lambda d, o, a, b: d),
        "subtract": (np.subtract, lambda d, o, a, b: d, lambda d, o, a, b: -d),
        "multiply": (np.multiply, lambda d, o, a, b: d * b, lambda d, o, a, b: d * a),
        "divide": (np.divide, lambda d, o, a, b: d / b, lambda d, o, a, b: -d * a / b**2),
        "power": (
            np.power,
            lambda d, o, a, b: d * b * a ** (b - 1),
            lambda d, o, a, b: d * o * np.log(np.abs(a)),
        ),
        "matmul": (
            np.matmul,
            lambda d, o, a, b: autograd.matmul_first(d, a, b),
            lambda d, o, a, b: autograd.matmul_second(d, a, b),
        ),
        "exp": (np.exp, lambda d, o, x: d * np.exp(x)),
        "log": (np.log, lambda d, o, x: d / x),
        "tanh": (np.tanh, lambda d, o, x: d / np.cosh(x) ** 2),
        "relu": (lambda x: x * (x > 0), lambda d, o, x: np.where(x > 0, d, 0.0)),
        "sigmoid": (sigmoid, lambda d, o, x: d * sigmoid(x) * sigmoid(-x)),
        "softplus": (
            lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
            lambda d, o, x: d * sigmoid(x),
        ),
        "sum": (np.sum, lambda d, o, x, axis, keepdims: times_ones(d, x.shape, axis, keepdims)),
        "max": (
            np.max,
            lambda d, o, x, axis, keepdims: (
                times_ones(d, x.shape, axis, keepdims) * (x == times_ones(o, x.shape, axis, keepdims))
            ),
        ),
        "reshape": (np.reshape, lambda d, o, x, shape: np.reshape(d, x.shape)),
        "transpose": (np.transpose, lambda d, o, x, axes: np.transpose(d, axes and np.argsort(axes))),
        "index": (lambda x, index: x[index], lambda d, o, x, index: number_by_number(d, x.shape, index)),
    }


class Plain(Operators):
    """A right Tensor, in small parts that a wrong one replaces."""

    recording = True

    def __init__(self, data, parents=(), requires_grad=False):
        self.data = self.numbers(data)
        self.parents = tuple(parents)
        self.requires_grad = bool(requires_grad) or any(parent.requires_grad for parent in self.parents)
        self.grad = None
        self.shares = None

    @staticmethod
    def numbers(data):
        return np.array(data, dtype=float)

    @classmethod
    def apply(cls, name, *inputs, **settings):
        tensors = tuple(value if isinstance(value, Plain) else cls(value) for value in inputs)
        forward, *local = rows()[name]
        values = [tensor.data for tensor in tensors]
        result = forward(*values, **settings)
        if not cls.noted(tensors):
            return cls(result)
        out = cls(result, cls.kept(tensors))
        out.shares = [lambda dout, one=one: one(dout, result, *values, **settings) for one in local]
        return out

    @classmethod
    def noted(cls, tensors):
        return Plain.recording and any(tensor.requires_grad for tensor in tensors)

    @classmethod
    def kept(cls, tensors):
        return tensors

    def backward(self, grad=None):
        arrived = {id(self): self.first(grad)}
        for node in reversed(self.order()):
            if node.wants():
                dout = node.handed_on(arrived[id(node)])
                node.remember(arrived[id(node)])
                for parent, share in zip(node.parents, node.shares or (), strict=False):
                    if parent.wants():
                        self.arrive(arrived, parent, self.fitted(share(dout), parent))

    def first(self, grad):
        if not self.requires_grad:
            raise ValueError("requires no gradient")
        if grad is None:
            if self.data.size > 1:
                raise ValueError("which gradient?")
            return np.ones_like(self.data)
        if np.shape(grad) != self.data.shape:
            raise ValueError("another shape")
        return 1.0 * np.asarray(grad)

    def order(self):
        return depth_first(self)

    def wants(self):
        return self.requires_grad

    def handed_on(self, arrived):
        return arrived

    def remember(self, arrived):
        self.grad = np.array(arrived) if self.grad is None else self.grad + arrived

    def fitted(self, grad, parent):
        return all_axes_at_once(grad, parent.data.shape)

    def arrive(self, arrived, parent, share):
        arrived[id(parent)] = arrived[id(parent)] + share if id(parent) in arrived else share


def _wrong(reason, earns=(0.3, 0.98)):
    return wrong("Tensor", reason, earns=earns)


@_wrong("what broadcasting repeated: .*has shape|what broadcasting repeated: .*raised")
class forgets_what_broadcasting_repeated(Plain):
    def fitted(self, grad, parent):
        return grad


@_wrong("a tensor that is used several times: ")
class the_last_use_wins(Plain):
    def arrive(self, arrived, parent, share):
        arrived[id(parent)] = share


@_wrong("the gradients of earlier calls are lost")
class each_backward_begins_anew(Plain):
    def remember(self, arrived):
        self.grad = np.array(arrived)


@_wrong("Hand on only what has arrived in this call")
class hands_on_all_it_has(Plain):
    def handed_on(self, arrived):
        return arrived if self.grad is None else self.grad + arrived


@_wrong("must keep grad = None")
class gives_everybody_a_gradient(Plain):
    def wants(self):
        return True


@_wrong("requires none|no parents are kept")
class remembers_what_nobody_needs(Plain):
    @classmethod
    def noted(cls, tensors):
        return True


@_wrong("without a gradient should raise a ValueError")
class begins_with_ones(Plain):
    def first(self, grad):
        return super().first(np.ones_like(self.data) if grad is None else grad)


@_wrong("with a gradient of shape .* should raise a ValueError")
class stretches_the_first_gradient(Plain):
    def first(self, grad):
        fits = grad is not None and np.broadcast_shapes(np.shape(grad), self.data.shape) == self.data.shape
        return super().first(np.ones_like(self.data) * grad if fits else grad)


@_wrong("that requires no gradient should raise a ValueError")
class is_silent_where_nothing_is_to_do(Plain):
    def first(self, grad):
        return super().first(grad) if self.requires_grad else np.ones_like(self.data)


@_wrong("a chain of 4,000 steps: .*RecursionError")
class orders_by_recursion(Plain):
    def order(self):
        found = []

        def visit(node):
            if all(node is not other for other in found):
                for parent in node.parents:
                    visit(parent)
                found.append(node)

        visit(self)
        return found


@_wrong("data is float64")
class keeps_whole_numbers(Plain):
    @staticmethod
    def numbers(data):
        return np.array(data)


@_wrong("parents must be a tuple")
class holds_its_parents_in_a_list(Plain):
    def __init__(self, data, parents=(), requires_grad=False):
        super().__init__(data, parents, requires_grad)
        self.parents = list(self.parents)


@_wrong("b.grad, after a.grad was set to 0 in place|the gradient that backward was given")
class lends_its_memory(Plain):
    def first(self, grad):
        own = super().first(grad)
        return own if grad is None else grad

    def remember(self, arrived):
        self.grad = arrived if self.grad is None else self.grad + arrived

    def fitted(self, grad, parent):
        return grad if grad.shape == parent.data.shape else super().fitted(grad, parent)


@right("Tensor")
class plain_tensor(Plain):
    pass


@right("Tensor")
class keeps_gradients_at_leaves_alone(Plain):
    def remember(self, arrived):
        if not self.parents:
            super().remember(arrived)


@right("Tensor")
class counts_what_is_still_to_come(Plain):
    def order(self):
        return by_counting_children(self)
