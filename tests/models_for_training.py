"""A small network with everything a checkpoint has to keep, and data for it."""

import numpy as np

from course_utils.training import Solver

PIXELS, CLASSES = (1, 4, 4), 3


class SmallNet:
    """affine - batch norm - ReLU - dropout - affine - softmax; params, running averages, and a generator for its masks."""

    def __init__(self, hidden=12, seed=0, keep=0.8, weight_scale=0.3):
        rng = np.random.default_rng(seed)
        self.params = {
            "W1": rng.normal(scale=weight_scale, size=(16, hidden)),
            "gamma": np.ones(hidden),
            "beta": np.zeros(hidden),
            "W2": rng.normal(scale=weight_scale, size=(hidden, CLASSES)),
            "b2": np.zeros(CLASSES),
        }
        self.norm_params = {1: {"running_mean": np.zeros(hidden), "running_var": np.ones(hidden)}}
        self.keep = keep
        self.rng = np.random.default_rng(seed + 1)
        self.activation = np.maximum  # no data: a checkpoint leaves it alone

    def loss(self, X, y=None):
        W1, gamma, beta, W2, b2 = self.params.values()
        x, running = X.reshape(len(X), -1), self.norm_params[1]
        z = x @ W1
        if y is None:
            normal = (z - running["running_mean"]) / np.sqrt(running["running_var"] + 1e-5)
            return self.activation(gamma * normal + beta, 0) @ W2 + b2
        mean, var = z.mean(axis=0), z.var(axis=0)
        running["running_mean"] = 0.9 * running["running_mean"] + 0.1 * mean
        running["running_var"] = 0.9 * running["running_var"] + 0.1 * var
        scale = 1 / np.sqrt(var + 1e-5)
        normal = (z - mean) * scale
        bent = gamma * normal + beta
        mask = (bent > 0) * (self.rng.random(bent.shape) < self.keep) / self.keep
        active = bent * mask
        scores = active @ W2 + b2
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.mean(np.log(p[rows, y]))
        p[rows, y] -= 1
        p /= len(y)
        dbent = p @ W2.T * mask
        dnormal = dbent * gamma
        dz = scale * (dnormal - dnormal.mean(axis=0) - normal * (dnormal * normal).mean(axis=0))
        grads = {
            "W1": x.T @ dz,
            "gamma": (dbent * normal).sum(axis=0),
            "beta": dbent.sum(axis=0),
            "W2": active.T @ p,
            "b2": p.sum(axis=0),
        }
        return loss, grads


class Linear:
    """Softmax on a linear map; its loss can be made to misbehave."""

    def __init__(self, scale=0.01, disturb=None):
        self.params = {
            "W": np.random.default_rng(0).normal(scale=scale, size=(16, CLASSES)),
            "b": np.zeros(CLASSES),
        }
        self.disturb = disturb
        self.calls = 0

    def loss(self, X, y=None):
        x = X.reshape(len(X), -1)
        scores = x @ self.params["W"] + self.params["b"]
        if y is None:
            return scores
        scores = scores - scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        p /= p.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.mean(np.log(p[rows, y] + 1e-300))
        p[rows, y] -= 1
        p /= len(y)
        grads = {"W": x.T @ p, "b": p.sum(axis=0)}
        self.calls += 1
        return (loss, grads) if self.disturb is None else self.disturb(self.calls, loss, grads)


def small_data(train=90, val=40, seed=0):
    """Three kinds of pictures, told apart by where they are bright, with noise."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(CLASSES, *PIXELS))
    data = {}
    for part, count in (("train", train), ("val", val)):
        y = rng.integers(CLASSES, size=count)
        data[f"X_{part}"] = centres[y] + rng.normal(size=(count, *PIXELS))
        data[f"y_{part}"] = y
    return data


def jitter(images, rng):
    """An augmentation: noise from the generator of the batch."""
    return images + 0.1 * rng.normal(size=images.shape)


DATA = small_data()


def quiet(model=None, data=DATA, **settings):
    """A Solver of few and silent steps."""
    return Solver(
        model or SmallNet(), data, **{"verbose": False, "num_epochs": 3, "batch_size": 20} | settings
    )
