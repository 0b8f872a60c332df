"""Planted answers to the questions of 07_autograd."""

import numpy as np

from answers import right, wrong


@wrong("autograd_scale", "the result is wrong")
def divides(x, factor=2.0):
    return x / factor


@wrong("autograd_scale", "the result is wrong")
def adds(x, factor=2.0):
    return x + factor


@wrong("autograd_scale", "it looks like the sign is flipped")
def turns_the_sign(x, factor=2.0):
    return -factor * x


@wrong("autograd_scale", "another factor: the result is wrong", earns=(0.5, 0.6))
def forgets_the_factor(x, factor=2.0):
    return 2.0 * x


@wrong("autograd_scale", "changed in place", earns=(0.8, 0.95))
def changes_x(x, factor=2.0):
    x *= factor
    return x


@right("autograd_scale")
def entry_by_entry(x, factor=2.0):
    out = np.zeros_like(x)
    for place, value in np.ndenumerate(x):
        out[place] = factor * value
    return out


@right("autograd_scale")
def by_a_library_function(x, factor=2.0):
    return np.multiply(x, factor)


@right("autograd_scale")
def into_a_copy(x, factor=2.0):
    out = np.array(x)
    out *= factor
    return out
