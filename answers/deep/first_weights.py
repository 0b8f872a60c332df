"""Planted answers: orthogonal and data-dependent first weights."""

import numpy as np

from answers import right, wrong


def _q(fan_in, fan_out, rng):
    q, r = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return q * np.sign(np.diag(r))


def _turned(q, fan_in, fan_out):
    return q if fan_in >= fan_out else q.T


@wrong("orthogonal_init", "drawn evenly: .*mean", earns=(0.5, 0.9))
def leaves_the_signs(fan_in, fan_out, rng):
    q, _ = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return _turned(q, fan_in, fan_out)


@wrong("orthogonal_init", "It looks as if the weights were scaled", earns=(0.0, 0.4))
def scales_for_relu(fan_in, fan_out, rng):
    return np.sqrt(2) * _turned(_q(fan_in, fan_out, rng), fan_in, fan_out)


@wrong("orthogonal_init", "orthonormal rows: .*shape", earns=(0.2, 0.8))
def factorizes_a_wide_matrix(fan_in, fan_out, rng):
    q, r = np.linalg.qr(rng.normal(size=(fan_in, fan_out)))
    return q * np.sign(np.diag(r))


@wrong("orthogonal_init", "WᵀW", earns=(0.0, 0.4))
def draws_gaussian_weights(fan_in, fan_out, rng):
    return rng.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in)


@wrong("orthogonal_init", "gave different weights", earns=(0.6, 0.95))
def draws_from_a_generator_of_its_own(fan_in, fan_out, rng):
    return _turned(_q(fan_in, fan_out, np.random.default_rng()), fan_in, fan_out)


@wrong("orthogonal_init", "fourth powers|mean square|has mean", earns=(0.5, 0.9))
def shuffles_the_identity(fan_in, fan_out, rng):
    n, m = max(fan_in, fan_out), min(fan_in, fan_out)
    w = np.eye(n)[rng.permutation(n)][:, :m] * rng.choice([-1.0, 1.0], size=m)
    return _turned(w, fan_in, fan_out)


@wrong("orthogonal_init", "gave the same weights", earns=(0.3, 0.9))
def seeds_by_the_shape(fan_in, fan_out, rng):
    return _turned(_q(fan_in, fan_out, np.random.default_rng(fan_in)), fan_in, fan_out)


@right("orthogonal_init")
def by_singular_values(fan_in, fan_out, rng):
    u, _, vt = np.linalg.svd(rng.normal(size=(fan_in, fan_out)), full_matrices=False)
    return u @ vt


@right("orthogonal_init")
def by_gram_and_schmidt(fan_in, fan_out, rng):
    columns = []
    for _ in range(min(fan_in, fan_out)):
        v = rng.normal(size=max(fan_in, fan_out))
        for _ in range(2):
            for u in columns:
                v = v - (u @ v) * u
        columns.append(v / np.linalg.norm(v))
    return _turned(np.array(columns).T, fan_in, fan_out)


@right("orthogonal_init")
def by_random_signs(fan_in, fan_out, rng):
    q, r = np.linalg.qr(rng.normal(size=(max(fan_in, fan_out), min(fan_in, fan_out))))
    return _turned(q @ np.diag(np.sign(r.diagonal())), fan_in, fan_out)


def _lsuv(layers, X, nonlinearity, tol, max_steps, size=np.std, f=None, behind=False, keep=False):
    f = f or (np.tanh if nonlinearity == "tanh" else lambda s: np.maximum(s, 0))
    x, found = X, []
    for w, b in layers:
        old = w
        for _ in range(max_steps):
            s = size(f(x @ w + b) if behind else x @ w + b)
            if np.all(s == 0):
                raise ValueError("does not vary")
            if np.all(np.abs(s - 1) < tol):
                break
            w = w / s
        found.append(w)
        x = f(x @ (old if keep else w) + b)
    return found


@wrong("lsuv_init", "Here the weights were divided by the variance", earns=(0.0, 0.4))
def divides_by_the_variance(layers, X, nonlinearity="relu", tol=0.01, max_steps=1):
    return _lsuv(layers, X, nonlinearity, tol, 1, np.var)


@wrong("lsuv_init", "Here the standard deviation was taken behind the nonlinearity", earns=(0.0, 0.4))
def measures_behind_the_nonlinearity(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return _lsuv(layers, X, nonlinearity, tol, max_steps, behind=True)


@wrong("lsuv_init", "Here the layer got what the old weights", earns=(0.2, 0.7))
def goes_on_with_the_old_weights(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return _lsuv(layers, X, nonlinearity, tol, max_steps, keep=True)


@wrong("lsuv_init", "Here each unit was divided by its own", earns=(0.0, 0.4))
def goes_by_unit(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return _lsuv(layers, X, nonlinearity, tol, max_steps, lambda s: s.std(axis=0))


@wrong("lsuv_init", "Here the root mean square", earns=(0.0, 0.4))
def takes_off_no_mean(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return _lsuv(layers, X, nonlinearity, tol, max_steps, lambda s: np.sqrt(np.mean(s**2)))


@wrong("lsuv_init", "layers with biases", earns=(0.4, 0.9))
def divides_once(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return _lsuv(layers, X, nonlinearity, tol, min(max_steps, 1))


@wrong("lsuv_init", "layers with biases", earns=(0.3, 0.9))
def forgets_the_biases(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return _lsuv([(w, 0) for w, _ in layers], X, nonlinearity, tol, max_steps)


@wrong("lsuv_init", "Here the nonlinearity between the layers was forgotten", earns=(0.1, 0.6))
def forgets_the_nonlinearity(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return _lsuv(layers, X, nonlinearity, tol, max_steps, f=lambda s: s)


@wrong("lsuv_init", "changed in place", earns=(0.8, 0.99))
def divides_in_place(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    found = _lsuv(layers, X, nonlinearity, tol, max_steps)
    for (w, _), new in zip(layers, found, strict=True):
        w[...] = new
    return found


@wrong("lsuv_init", "should raise a ValueError", earns=(0.8, 0.99))
def lets_nothing_vary(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    try:
        return _lsuv(layers, X, nonlinearity, tol, max_steps)
    except ValueError:
        return [w for w, _ in layers]


@right("lsuv_init")
def by_while(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    new = []
    for w, b in layers:
        steps, current = 0, w.copy()
        sums = X @ current + b
        if sums.std() == 0:
            raise ValueError("a layer of one number")
        while abs(sums.std() - 1) >= tol and steps < max_steps:
            current /= sums.std()
            sums = X @ current + b
            steps += 1
        new.append(current)
        X = np.tanh(sums) if nonlinearity == "tanh" else sums * (sums > 0)
    return new


@right("lsuv_init")
def by_recursion(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    if not layers:
        return []
    (w, b), *rest = layers
    scale = 1.0
    for _ in range(max_steps):
        std = np.sqrt(np.var(X @ w * scale + b))
        if std == 0:
            raise ValueError("nothing varies")
        if -tol < std - 1 < tol:
            break
        scale = scale / std
    sums = scale * (X @ w) + b
    out = np.tanh(sums) if nonlinearity == "tanh" else np.where(sums > 0, sums, 0)
    return [w * scale, *by_recursion(rest, out, nonlinearity, tol, max_steps)]


@right("lsuv_init")
def with_tuples(layers, X, nonlinearity="relu", tol=0.01, max_steps=10):
    return tuple(_lsuv(layers, X, nonlinearity, tol, max_steps))
