"""Planted answers: ascent on a score, and on a layer's energy."""

import numpy as np

from answers import right, wrong


def _gradient(model, x, y):
    scores, caches = model.forward(x[None])
    return model.backward(np.eye(scores.shape[1])[[y]], caches)[0]


def _rms(g):
    return np.sqrt(np.mean(g**2)) + 1e-8


@wrong("activation_maximization", "the picture")
def goes_downhill(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        g = _gradient(model, x, y)
        x = x - learning_rate * g / _rms(g) - decay * x
    return x


@wrong("activation_maximization", "the picture")
def gradient_as_it_is(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        x = x + learning_rate * _gradient(model, x, y) - decay * x
    return x


@wrong("activation_maximization", "the picture")
def no_decay(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        g = _gradient(model, x, y)
        x = x + learning_rate * g / _rms(g)
    return x


@wrong("activation_maximization", "the picture")
def decay_after_the_step(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        g = _gradient(model, x, y)
        x = (x + learning_rate * g / _rms(g)) * (1 - decay)
    return x


@wrong("activation_maximization", "the picture")
def divided_by_the_length(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        g = _gradient(model, x, y)
        x = x + learning_rate * g / (np.linalg.norm(g) + 1e-8) - decay * x
    return x


@wrong("activation_maximization", "the picture", earns=(0.3, 0.7))
def the_first_gradient_over_and_over(
    model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None
):
    g, x = _gradient(model, x, y), np.array(x)
    for _ in range(steps):
        x = x + learning_rate * g / _rms(g) - decay * x
    return x


@wrong("activation_maximization", "the picture", earns=(0.5, 0.95))
def no_jitter(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        g = _gradient(model, x, y)
        x = x + learning_rate * g / _rms(g) - decay * x
    return x


@wrong("activation_maximization", "the picture", earns=(0.5, 0.95))
def never_rolled_back(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        if jitter:
            x = np.roll(x, rng.integers(-jitter, jitter + 1, size=2), axis=(1, 2))
        g = _gradient(model, x, y)
        x = x + learning_rate * g / _rms(g) - decay * x
    return x


@wrong("activation_maximization", "changed in place", earns=(0.0, 0.97))
def paints_over_the_first_picture(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    for _ in range(steps):
        shift = rng.integers(-jitter, jitter + 1, size=2) if jitter else (0, 0)
        g = np.roll(_gradient(model, np.roll(x, shift, axis=(1, 2)), y), -np.array(shift), axis=(1, 2))
        x += learning_rate * g / _rms(g) - decay * x
    return x


@right("activation_maximization")
def rolled_there_and_back(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    for _ in range(steps):
        down, across = rng.integers(-jitter, jitter + 1, size=2) if jitter else (0, 0)
        moved = np.roll(np.roll(x, down, axis=1), across, axis=2)
        g = _gradient(model, moved, y)
        moved = (1 - decay) * moved + learning_rate * g / _rms(g)
        x = np.roll(np.roll(moved, -down, axis=1), -across, axis=2)
    return np.array(x)


@right("activation_maximization")
def the_gradient_is_rolled(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    x = np.array(x)
    for _ in range(steps):
        shift = rng.integers(-jitter, jitter + 1, size=2) if jitter else np.zeros(2, int)
        g = np.roll(_gradient(model, np.roll(x, shift, axis=(1, 2)), y), -shift, axis=(1, 2))
        x = x + learning_rate * g / _rms(g) - decay * x
    return x


@right("activation_maximization")
def as_a_batch_of_one(model, y, x, steps=100, learning_rate=0.1, decay=0.01, jitter=0, rng=None):
    X = np.array(x)[None]
    for _ in range(steps):
        shift = rng.integers(-jitter, jitter + 1, size=2) if jitter else np.array([0, 0])
        X = np.roll(X, shift, axis=(2, 3))
        scores, caches = model.forward(X)
        dscores = np.zeros(scores.shape)
        dscores[0, y] = 1
        g = model.backward(dscores, caches)
        X = X + learning_rate * g / (np.sqrt((g * g).mean()) + 1e-8) - decay * X
        X = np.roll(X, -shift, axis=(2, 3))
    return X[0]


def _stepped(X, dX, learning_rate):
    return X + learning_rate * dX / (np.abs(dX).mean(axis=(1, 2, 3), keepdims=True) + 1e-8)


@wrong("dream_step", "the pictures")
def asks_for_all_alike(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    return _stepped(X, model.backward(np.ones_like(a), caches), learning_rate)


@wrong("dream_step", "the pictures")
def asks_for_less(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    return _stepped(X, model.backward(-a, caches), learning_rate)


@wrong("dream_step", "the pictures")
def divided_over_the_batch(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    dX = model.backward(a, caches)
    return X + learning_rate * dX / (np.abs(dX).mean() + 1e-8)


@wrong("dream_step", "the pictures")
def divided_by_the_root_mean_square(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    dX = model.backward(a, caches)
    return X + learning_rate * dX / (np.sqrt((dX**2).mean(axis=(1, 2, 3), keepdims=True)) + 1e-8)


@wrong("dream_step", "the pictures")
def undivided(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    return X + learning_rate * model.backward(a, caches)


@wrong("dream_step", "the pictures")
def returns_the_step(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    return _stepped(X, model.backward(a, caches), learning_rate) - X


@wrong("dream_step", "the pictures", earns=(0.0, 0.6))
def squares_of_what_is_seen(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    return _stepped(X, model.backward(a**2, caches), learning_rate)


@wrong("dream_step", "changed in place", earns=(0.0, 0.97))
def dreams_over_the_picture(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    X[...] = _stepped(X, model.backward(a, caches), learning_rate)
    return X


@right("dream_step")
def by_its_mean(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    return _stepped(X, model.backward(a, caches), learning_rate)


@right("dream_step")
def picture_by_picture(model, X, layer, learning_rate=0.05):
    dreamed = []
    for x in X:
        a, caches = model.forward(x[None], to=layer)
        g = model.backward(a, caches)[0]
        dreamed.append(x + learning_rate * g / (np.mean(np.abs(g)) + 1e-8))
    return np.stack(dreamed)


@right("dream_step")
def by_flat_rows(model, X, layer, learning_rate=0.05):
    a, caches = model.forward(X, to=layer)
    rows = model.backward(a, caches).reshape(len(X), -1)
    size = np.abs(rows).sum(axis=1) / rows.shape[1]
    return X + (learning_rate / (size + 1e-8))[:, None, None, None] * rows.reshape(X.shape)
