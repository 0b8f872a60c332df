"""Planted answers: residual networks."""

import numpy as np

from answers import right, wrong
from answers.deep.blocks import back, block, conv_norm, conv_norm_back


class Written:
    """A ResNet written differently; what a mistake does otherwise is a method or an attribute of its own."""

    gain, affine_gain, first_gamma, kind = 2.0, 2.0, 1.0, None

    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=(16, 32, 64),
        blocks=3,
        num_classes=10,
        reg=0.0,
        dtype=np.float32,
    ):
        self.reg, self.dtype, rng = reg, dtype, np.random.default_rng()
        self.strides = [self.stride(s, b) for s in range(len(num_filters)) for b in range(blocks)]
        widths = [num_filters[0], *(F for F in num_filters for _ in range(blocks))]
        shapes = {"1": (widths[0], input_dim[0], 3, 3)}
        for k, stride in enumerate(self.strides, start=1):
            C, F = widths[k - 1], widths[k]
            shapes |= {f"{2 * k}": (F, C, 3, 3), f"{2 * k + 1}": (F, F, 3, 3)}
            if self.projects(C, F, stride):
                shapes[f"{2 * k}_skip"] = (F, C, 1, 1)
        self.last = str(2 * len(self.strides) + 2)
        self.params = {}
        for number, shape in shapes.items():
            self.params[f"W{number}"] = rng.normal(size=shape) * np.sqrt(self.gain / np.prod(shape[1:]))
            self.params[f"gamma{number}"] = self.first_gamma * np.ones(shape[0])
            self.params[f"beta{number}"] = np.zeros(shape[0])
        self.params[f"W{self.last}"] = rng.normal(size=(widths[-1], num_classes)) * np.sqrt(
            self.affine_gain / widths[-1]
        )
        self.params[f"b{self.last}"] = np.zeros(num_classes)
        self.params = {name: np.array(value, dtype=self.kind or dtype) for name, value in self.params.items()}
        self.running = self.dicts(len(self.strides) + 1)

    def stride(self, stage, block):
        return 2 if stage > 0 and block == 0 else 1

    def projects(self, C, F, stride):
        return C != F or stride > 1

    def dicts(self, count):
        return [[{}, {}, {}] for _ in range(count)]

    def modes(self, y):
        return "train" if y is not None else "test"

    def block(self, *args):
        return block(*args)

    def back(self, dout, cache):
        return back(dout, cache)

    def decayed(self, name):
        return name[0] == "W"

    def strength(self):
        return self.reg

    def mean(self, maps):
        return maps.mean(axis=(2, 3))

    def spread(self, dpooled, shape):
        return np.broadcast_to(dpooled[:, :, None, None] / (shape[2] * shape[3]), shape)

    def loss(self, X, y=None):
        X, P = X.astype(self.dtype), self.params
        for bn in (each for dicts in self.running for each in dicts):
            bn["mode"] = self.modes(y)
        hidden, first = conv_norm(X, P, 1, 1, 1, self.running[0][0])
        maps, caches = np.maximum(hidden, 0), []
        for k, stride in enumerate(self.strides, start=1):
            maps, cache = self.block(maps, self.own(k), stride, self.running[k])
            caches.append(cache)
        pooled = self.mean(maps)
        scores = pooled @ P[f"W{self.last}"] + P[f"b{self.last}"]
        if y is None:
            return scores
        shifted = scores - scores.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = -logs[np.arange(len(y)), y].mean()
        d = np.exp(logs)
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        grads = {f"W{self.last}": pooled.T @ d, f"b{self.last}": d.sum(axis=0)}
        dmaps = self.spread(d @ P[f"W{self.last}"].T, maps.shape)
        for k in range(len(self.strides), 0, -1):
            dmaps, own = self.back(dmaps, caches[k - 1])
            grads |= {name[:-1] + self.number(k, name[-1]): value for name, value in own.items()}
        conv_norm_back(dmaps * (hidden > 0), first, 1, grads)
        for name in P:
            if self.decayed(name):
                loss = loss + 0.5 * self.reg * np.sum(P[name] ** 2)
                grads[name] = grads[name] + self.strength() * P[name]
        return loss, grads

    def number(self, k, i):
        return {"1": f"{2 * k}", "2": f"{2 * k + 1}", "3": f"{2 * k}_skip"}[i]

    def own(self, k):
        names = ((a, i) for a in ("W", "gamma", "beta") for i in "123")
        return {
            a + i: self.params[a + self.number(k, i)]
            for a, i in names
            if a + self.number(k, i) in self.params
        }


def _plant(name, reason, earns=(0.0, 0.6), **changed):
    answer = type(name, (Written,), changed)
    answer.__module__ = __name__
    wrong("ResNet", reason, earns=earns)(answer)


_plant(
    "tests_as_it_trains", "the scores, when there are no labels", (0.4, 0.9), modes=lambda self, y: "train"
)
_plant(
    "strides_every_stage", "strides of", (0.0, 0.6), stride=lambda self, stage, block: 2 if block == 0 else 1
)
_plant("strides_nowhere", "strides of", (0.0, 0.6), stride=lambda self, stage, block: 1)
_plant("projects_always", "params holds", (0.0, 0.6), projects=lambda self, C, F, stride: True)
_plant(
    "regularizes_gammas",
    "the loss with regularization",
    (0.6, 0.95),
    decayed=lambda self, name: name[0] in "Wg",
)
_plant(
    "leaves_projections_unregularized",
    "the loss with regularization",
    (0.6, 0.95),
    decayed=lambda self, name: name[0] == "W" and "skip" not in name,
)
_plant("decays_twice", "the gradients with regularization", (0.6, 0.98), strength=lambda self: 2 * self.reg)
_plant(
    "starts_as_xavier", "the first parameters: .*1 was taken for 2", (0.7, 0.98), gain=1.0, affine_gain=1.0
)
_plant("starts_gammas_at_zero", "gamma1 should start at one", (0.5, 0.98), first_gamma=0.0)
_plant("is_always_double", "dtype float64, expected float32", (0.3, 0.98), kind=np.float64)
_plant(
    "sums_the_maps",
    "the loss without regularization",
    (0.0, 0.6),
    mean=lambda self, maps: maps.sum(axis=(2, 3)),
)
_plant(
    "hands_the_mean_back_whole",
    "the gradients without regularization",
    (0.2, 0.7),
    spread=lambda self, d, shape: np.broadcast_to(d[:, :, None, None], shape),
)
_plant(
    "shares_running_averages_between_blocks",
    "the scores, when there are no labels|scores come first",
    (0.0, 0.9),
    dicts=lambda self, count: [[{}, {}, {}]] * count,
)


@right("ResNet")
class written_otherwise(Written):
    pass


@right("ResNet")
class with_a_mapping_of_its_own(Written):
    def loss(self, X, y=None):
        found = super().loss(X, y)
        return found if y is None else (float(found[0]), dict(sorted(found[1].items())))


@right("ResNet")
class with_tuples(Written):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.strides = tuple(self.strides)
