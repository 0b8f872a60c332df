"""Planted answers: the sizes of gradients."""

import numpy as np

from answers import right, wrong


def _names(net):
    names = [name for name in net.params if name[0] == "W" and name[1:].isdigit()]
    return sorted(names, key=lambda name: int(name[1:]))


@wrong("gradient_statistics", "Here the names were sorted by letters", earns=(0.4, 0.8))
def sorts_by_letters(net, X, y):
    _, grads = net.loss(X, y)
    return [float(np.sqrt(np.mean(grads[name] ** 2))) for name in sorted(_names(net))]


@wrong("gradient_statistics", "Here the standard deviation was taken", earns=(0.0, 0.2))
def takes_the_standard_deviation(net, X, y):
    _, grads = net.loss(X, y)
    return [float(grads[name].std()) for name in _names(net)]


@wrong("gradient_statistics", "Here the norm was taken", earns=(0.0, 0.2))
def takes_the_norm(net, X, y):
    _, grads = net.loss(X, y)
    return [float(np.linalg.norm(grads[name])) for name in _names(net)]


@wrong("gradient_statistics", "Here the mean of the squares was taken without its root", earns=(0.0, 0.2))
def forgets_the_root(net, X, y):
    _, grads = net.loss(X, y)
    return [float(np.mean(grads[name] ** 2)) for name in _names(net)]


@wrong("gradient_statistics", "one number for each of W1, W2", earns=(0.2, 0.7))
def takes_everything(net, X, y):
    _, grads = net.loss(X, y)
    return [float(np.sqrt(np.mean(values**2))) for values in grads.values()]


@wrong("gradient_statistics", "biases and other entries", earns=(0.5, 0.9))
def takes_every_name_with_a_w(net, X, y):
    _, grads = net.loss(X, y)
    names = sorted(
        (n for n in grads if n.startswith("W")), key=lambda n: int("0" + "".join(filter(str.isdigit, n)))
    )
    return [float(np.sqrt(np.mean(grads[name] ** 2))) for name in names]


@wrong("gradient_statistics", "the sizes is wrong|the sizes", earns=(0.0, 0.2))
def measures_the_weights(net, X, y):
    return [float(np.sqrt(np.mean(net.params[name] ** 2))) for name in _names(net)]


@wrong("gradient_statistics", "numbers that do not start at 1", earns=(0.6, 0.95))
def counts_from_one(net, X, y):
    _, grads = net.loss(X, y)
    found = []
    while f"W{len(found) + 1}" in grads:
        found.append(float(np.sqrt(np.mean(grads[f"W{len(found) + 1}"] ** 2))))
    return found


@right("gradient_statistics")
def by_the_norm(net, X, y):
    grads = net.loss(X, y)[1]
    return [np.linalg.norm(grads[name]) / np.sqrt(grads[name].size) for name in _names(net)]


@right("gradient_statistics")
def by_a_pattern(net, X, y):
    import re

    grads = net.loss(X, y)[1]
    found = {int(m[1]): grads[name] for name in net.params if (m := re.fullmatch(r"W(\d+)", name))}
    return np.array([np.sqrt((found[k].ravel() @ found[k].ravel()) / found[k].size) for k in sorted(found)])


@right("gradient_statistics")
def by_a_loop(net, X, y):
    _, grads = net.loss(X, y)
    numbers = []
    for name in net.params:
        if name[:1] == "W" and name[1:].isdigit():
            numbers.append(int(name[1:]))
    numbers.sort()
    sizes = []
    for number in numbers:
        sizes.append(np.mean(np.square(grads["W" + str(number)])) ** 0.5)
    return sizes
