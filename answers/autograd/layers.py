"""Planted answers: layers, and layers in a row."""

from functools import reduce
from itertools import chain

import numpy as np

from answers import right, wrong
from answers.autograd.tensors import Plain


class Affine:
    """A right Linear, in small parts that a wrong one replaces."""

    def __init__(self, n_in, n_out, rng):
        self.w = Plain(self.drawn(n_in, n_out, rng), requires_grad=True)
        self.b = Plain(np.zeros(n_out), requires_grad=True)

    def drawn(self, n_in, n_out, rng):
        return rng.normal(scale=(2 / n_in) ** 0.5, size=(n_in, n_out))

    def __call__(self, x):
        return x @ self.w + self.b

    def parameters(self):
        return [self.w, self.b]


def _wrong(reason, earns=(0.0, 0.95)):
    return wrong("Linear", reason, earns=earns, Tensor=Plain)


@_wrong("layer\\(x\\) is wrong|layer\\(x\\) ", earns=(0.3, 0.8))
class forgets_the_bias(Affine):
    def __call__(self, x):
        return x @ self.w + 0.0 * self.b


@_wrong("no gradient has arrived", earns=(0.3, 0.8))
class computes_with_data(Affine):
    def __call__(self, x):
        return x @ self.w + self.b.data


@_wrong("expected √\\(2/n_in\\)", earns=(0.6, 0.9))
class of_xavier(Affine):
    def drawn(self, n_in, n_out, rng):
        return rng.normal(size=(n_in, n_out)) / np.sqrt(n_in)


@_wrong("expected √\\(2/n_in\\)", earns=(0.6, 0.9))
class by_outputs(Affine):
    def drawn(self, n_in, n_out, rng):
        return rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_out)


@_wrong("not drawn from a normal distribution", earns=(0.6, 0.9))
class of_a_uniform_distribution(Affine):
    def drawn(self, n_in, n_out, rng):
        return rng.uniform(-1, 1, size=(n_in, n_out)) * np.sqrt(6 / n_in)


@_wrong("b must be 0 at first", earns=(0.6, 0.9))
class with_a_drawn_bias(Affine):
    def __init__(self, n_in, n_out, rng):
        super().__init__(n_in, n_out, rng)
        self.b = Plain(0.01 * rng.normal(size=n_out), requires_grad=True)


@_wrong("w must require a gradient", earns=(0.0, 0.3))
class asks_for_no_gradients(Affine):
    def __init__(self, n_in, n_out, rng):
        super().__init__(n_in, n_out, rng)
        self.w, self.b = Plain(self.w.data), Plain(self.b.data)


@_wrong("b has shape \\(1, \\d\\)", earns=(0.0, 0.3))
class with_a_row_for_a_bias(Affine):
    def __init__(self, n_in, n_out, rng):
        super().__init__(n_in, n_out, rng)
        self.b = Plain(np.zeros((1, n_out)), requires_grad=True)


@_wrong("those very Tensors", earns=(0.5, 0.9))
class hands_out_copies(Affine):
    def parameters(self):
        return [Plain(p.data, requires_grad=True) for p in (self.w, self.b)]


@_wrong("the same generator, started twice", earns=(0.6, 0.95))
class draws_from_its_own_generator(Affine):
    def drawn(self, n_in, n_out, rng):
        return super().drawn(n_in, n_out, np.random.default_rng())


@right("Linear", Tensor=Plain)
class plain_linear(Affine):
    pass


@right("Linear", Tensor=Plain)
class of_standard_numbers(Affine):
    def drawn(self, n_in, n_out, rng):
        return rng.standard_normal((n_out, n_in)).T / np.sqrt(n_in / 2)

    def parameters(self):
        return self.w, self.b


@right("Linear", Tensor=Plain)
class from_a_tensor(Affine):
    def __call__(self, x):
        x = x if isinstance(x, Plain) else Plain(x)
        return self.b + (self.w.T @ x.T).T


class Row:
    """A right Sequential, in small parts that a wrong one replaces."""

    def __init__(self, *layers):
        self.layers = list(layers)

    def __call__(self, x):
        return reduce(lambda value, layer: layer(value), self.layers, x)

    def having(self):
        return [layer for layer in self.layers if hasattr(layer, "parameters")]

    def parameters(self):
        return [*chain.from_iterable(layer.parameters() for layer in self.having())]


def _in_a_row(reason, earns=(0.0, 0.9)):
    return wrong("Sequential", reason, earns=earns, Tensor=Plain)


@_in_a_row("one layer after the other: net\\(x\\)")
class backwards(Row):
    def __call__(self, x):
        return reduce(lambda value, layer: layer(value), self.layers[::-1], x * 0.5)


@_in_a_row("net\\(x\\)")
class without_the_last(Row):
    def __call__(self, x):
        return reduce(lambda value, layer: layer(value), self.layers[:-1], x)


@_in_a_row("parameters.* raised AttributeError")
class asks_every_layer(Row):
    def having(self):
        return self.layers


@_in_a_row("one of each layer that has some")
class asks_the_first_layer(Row):
    def having(self):
        return super().having()[:1]


@_in_a_row("in the order of the layers")
class parameters_from_the_end(Row):
    def having(self):
        return super().having()[::-1]


@_in_a_row("net\\(x\\)|parameters|no layer at all")
class used_up_by_the_first_call(Row):
    def __init__(self, *layers):
        self.layers = iter(layers)


@_in_a_row("one of each layer that has some|those|parameters")
class a_list_for_each_layer(Row):
    def parameters(self):
        return [layer.parameters() for layer in self.having()]


@_in_a_row("the gradient of parameter")
class cuts_the_graph(Row):
    def __call__(self, x):
        for layer in self.layers:
            x = layer(Plain(x.data))
        return x


@right("Sequential", Tensor=Plain)
class plain_row(Row):
    pass


@right("Sequential", Tensor=Plain)
class one_layer_and_the_rest(Row):
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        found = []
        for layer in self.layers:
            try:
                found.extend(layer.parameters())
            except AttributeError:
                continue
        return tuple(found)


@right("Sequential", Tensor=Plain)
class by_getattr(Row):
    def parameters(self):
        asked = (getattr(layer, "parameters", list) for layer in self.layers)
        return [parameter for ask in asked for parameter in ask()]
