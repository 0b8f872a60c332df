"""Planted answers: receptive fields and what networks cost."""

import numpy as np

from answers import right, wrong


def _read(layer):
    return layer.get("size", 1), layer.get("stride", 1), layer.get("pad", 0)


@wrong("receptive_field", "Here the stride was multiplied into the jump too early", earns=(0.2, 0.7))
def jumps_too_early(network):
    size, jump, start = 1, 1, 0
    for K, S, P in map(_read, network):
        jump *= S
        size += (K - 1) * jump
        start -= P * jump
    return size, jump, start


@wrong("receptive_field", "Here the jump was forgotten", earns=(0.2, 0.7))
def forgets_the_jump(network):
    size, jump, start = 1, 1, 0
    for K, S, P in map(_read, network):
        size, jump, start = size + K - 1, jump * S, start - P
    return size, jump, start


@wrong("receptive_field", "Here a window of K numbers", earns=(0.0, 0.3))
def adds_whole_windows(network):
    size, jump, start = 1, 1, 0
    for K, S, P in map(_read, network):
        size, jump, start = size + K * jump, jump * S, start - P * jump
    return size, jump, start


@wrong("receptive_field", "Here start was moved to the wrong side", earns=(0.3, 0.8))
def starts_on_the_other_side(network):
    size, jump, start = 1, 1, 0
    for K, S, P in map(_read, network):
        size, jump, start = size + (K - 1) * jump, jump * S, start + P * jump
    return size, jump, start


@wrong("receptive_field", "strides", earns=(0.2, 0.7))
def adds_the_strides(network):
    size, jump, start = 1, 1, 0
    for K, S, P in map(_read, network):
        size, start, jump = size + (K - 1) * jump, start - P * jump, jump + S - 1
    return size, jump, start


@wrong("receptive_field", "KeyError", earns=(0.3, 0.97))
def needs_every_key(network):
    size, jump, start = 1, 1, 0
    for layer in network:
        size, start = size + (layer["size"] - 1) * jump, start - layer.get("pad", 0) * jump
        jump *= layer.get("stride", 1)
    return size, jump, start


@wrong("receptive_field", "pools", earns=(0.5, 0.95))
def pads_no_pools(network):
    size, jump, start = 1, 1, 0
    for layer in network:
        K, S, P = _read(layer)
        size, start = size + (K - 1) * jump, start - (P if layer["type"] == "conv" else 0) * jump
        jump *= S
    return size, jump, start


@right("receptive_field")
def from_the_end(network):
    size, start = 1, 0
    for K, S, P in map(_read, reversed(network)):
        size, start = (size - 1) * S + K, start * S - P
    return size, int(np.prod([_read(layer)[1] for layer in network], dtype=int)), start


@right("receptive_field")
def by_first_and_last(network):
    first, last, jump = 0, 0, 1
    for K, S, P in map(_read, network):
        first, last, jump = first - P * jump, last + (K - 1 - P) * jump, jump * S
    return last - first + 1, jump, first


@right("receptive_field")
def by_places(network):
    ends = np.array([[0, 1], [0, 1]])  # first and last pixel of the first two numbers
    for layer in network:
        K, S, P = _read(layer)
        jump = ends[0, 1] - ends[0, 0]
        first = ends[0, 0] + np.array([-P, S - P]) * jump
        ends = np.array([first, first + (ends[1, 0] - ends[0, 0]) + (K - 1) * jump])
    return ends[1, 0] - ends[0, 0] + 1, ends[0, 1] - ends[0, 0], ends[0, 0]


def _out(n, layer):
    size, stride, pad = layer["size"], layer.get("stride", 1), layer.get("pad", 0)
    return 1 + (n + 2 * pad - size) // stride


class Counter:
    """Counts a network; what a mistake counts otherwise is a method of its own."""

    def conv(self, layer, shape, places):
        F, K = layer["filters"], layer["size"]
        weights = F * (shape[0] // layer.get("groups", 1)) * K * K
        return weights + (F if layer.get("bias", True) else 0), weights * places, F * places

    def norm(self, shape):
        return 2 * shape[0], 0, 0

    def affine(self, D, M):
        return D * M + M, D * M, M

    def walk(self, network, shape):
        total = [0, 0, 0]
        for layer in network:
            cost, kind = (0, 0, 0), layer["type"]
            if kind in ("conv", "pool"):
                H, W = (_out(n, layer) for n in shape[1:])
                if kind == "conv":
                    cost = self.conv(layer, shape, H * W)
                shape = (layer.get("filters", shape[0]) if kind == "conv" else shape[0], H, W)
            elif kind == "norm":
                cost = self.norm(shape)
            elif kind == "mean":
                shape = (shape[0],)
            elif kind == "affine":
                cost, shape = self.affine(int(np.prod(shape)), layer["units"]), (layer["units"],)
            elif kind == "branches":
                cost, shape = self.branches(layer, shape)
            total = [a + b for a, b in zip(total, cost, strict=True)]
        return total, shape

    def branches(self, layer, shape):
        found = [self.walk(branch, shape) for branch in layer["branches"]]
        shapes = [s for _, s in found]
        self.fit(shapes, layer["join"])
        channels = shapes[0][0] if layer["join"] == "add" else sum(s[0] for s in shapes)
        return [sum(costs) for costs in zip(*(c for c, _ in found), strict=True)], (channels, *shapes[0][1:])

    def fit(self, shapes, join):
        for s in shapes[1:]:
            if s[1:] != shapes[0][1:] or (join == "add" and s[0] != shapes[0][0]):
                raise ValueError("these branches do not fit together")

    def __call__(self, network, input_shape):
        return tuple(self.walk(network, tuple(input_shape))[0])


def _counts(name, **methods):
    counter = type(name, (Counter,), methods)()

    def answer(network, input_shape):
        return counter(network, input_shape)

    answer.__name__, answer.__module__ = name, __name__
    return answer


def _plant(name, reason, earns, **methods):
    wrong("count_network", reason, earns=earns)(_counts(name, **methods))


_plain = Counter()
_plant(
    "forgets_the_places",
    "multiplications of",
    (0.0, 0.5),
    conv=lambda self, layer, shape, places: (w := _plain.conv(layer, shape, 1), (w[0], w[1], w[2] * places))[
        1
    ],
)
_plant(
    "forgets_groups",
    "groups, and no bias: parameters of",
    (0.5, 0.95),
    conv=lambda self, layer, shape, places: _plain.conv(layer | {"groups": 1}, shape, places),
)
_plant(
    "always_counts_a_bias",
    "groups, and no bias: parameters of",
    (0.5, 0.97),
    conv=lambda self, layer, shape, places: _plain.conv(layer | {"bias": True}, shape, places),
)
_plant(
    "forgets_normalization",
    "normalization and ReLU: parameters of",
    (0.3, 0.9),
    norm=lambda self, shape: (0, 0, 0),
)
_plant(
    "multiplies_biases",
    "affine layers, on maps and on numbers: multiplications of",
    (0.4, 0.95),
    affine=lambda self, D, M: (D * M + M, D * M + M, M),
)
_plant(
    "counts_no_activations_of_affine_layers",
    "activations of",
    (0.3, 0.9),
    affine=lambda self, D, M: (D * M + M, D * M, 0),
)
_plant("lets_anything_fit", "should raise a ValueError", (0.8, 0.99), fit=lambda self, shapes, join: None)
_plant(
    "adds_channels_where_arrays_are_added",
    "branches that add",
    (0.4, 0.9),
    branches=lambda self, layer, shape: Counter.branches(self, {**layer, "join": "concat"}, shape),
)


@wrong("count_network", "branches that add", earns=(0.2, 0.8))
def knows_no_branches(network, input_shape):
    return _plain([layer for layer in network if layer["type"] != "branches"], input_shape)


@right("count_network")
def by_a_class(network, input_shape):
    return _plain(network, input_shape)


@right("count_network")
def by_arrays(network, input_shape):
    def go(network, shape):
        total = np.zeros(3, dtype=np.int64)
        for layer in network:
            if layer["type"] == "branches":
                costs, shapes = zip(*[go(branch, shape) for branch in layer["branches"]], strict=True)
                if len({s[1:] for s in shapes}) != 1 or (
                    layer["join"] == "add" and len({s[0] for s in shapes}) != 1
                ):
                    raise ValueError("no")
                total += np.sum(costs, axis=0)
                shape = (
                    sum(s[0] for s in shapes) if layer["join"] == "concat" else shapes[0][0],
                    *shapes[0][1:],
                )
            else:
                cost, shape = _plain.walk([layer], shape)
                total += np.array(cost)
        return total, shape

    return list(go(network, input_shape)[0])


@right("count_network")
def by_a_list_of_costs(network, input_shape):
    costs = []

    def go(network, shape):
        for layer in network:
            if layer["type"] == "branches":
                shapes = [go(branch, shape) for branch in layer["branches"]]
                _plain.fit(shapes, layer["join"])
                shape = (
                    sum(s[0] for s in shapes) if layer["join"] == "concat" else shapes[0][0],
                    *shapes[0][1:],
                )
            else:
                cost, shape = _plain.walk([layer], shape)
                costs.append(cost)
        return shape

    go(network, tuple(input_shape))
    return tuple(sum(cost[i] for cost in costs) for i in range(3))
