"""Odd functions with right gradients: algebra, iterations, orders, views, ties and sizes that a checker must bear."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator

import numpy as np

from benchmarks.unseen.right import Right, by_slope

Pair = namedtuple("Pair", ["one", "other"])


def cases(rng: np.random.Generator) -> Iterator[Right]:
    """All of them, with inputs drawn from `rng`."""
    yield from algebra(rng)
    yield from decompositions(rng)
    yield from iterations(rng)
    yield from orders(rng)
    yield from interfaces(rng)


def algebra(rng: np.random.Generator) -> Iterator[Right]:
    n = rng.normal
    square = n(size=(4, 4)) + 4 * np.eye(4)
    yield (
        "log of a determinant",
        lambda a: (np.linalg.slogdet(a)[1], a),
        lambda d, a: d * np.linalg.inv(a).T,
        (square,),
    )
    yield (
        "inverse",
        lambda a: (np.linalg.inv(a),) * 2,
        lambda d, b: -b.T @ d @ b.T,
        (square,),
    )
    yield (
        "solution of a system",
        lambda a, b: (np.linalg.solve(a, b), (a, np.linalg.solve(a, b))),
        lambda d, c: (
            -np.outer(np.linalg.solve(c[0].T, d), c[1]),
            np.linalg.solve(c[0].T, d),
        ),
        (square, n(size=4)),
    )


def decompositions(rng: np.random.Generator) -> Iterator[Right]:
    n = rng.normal
    yield (
        "nuclear norm",
        lambda a: (np.linalg.norm(a, "nuc"), a),
        lambda d, a: d * (lambda u, _s, v: u @ v)(*np.linalg.svd(a, full_matrices=False)),
        (n(size=(4, 3)),),
    )
    yield (
        "largest eigenvalue",
        lambda a: (np.linalg.eigvalsh(a + a.T)[-1], a),
        lambda d, a: 2 * d * np.outer(*(np.linalg.eigh(a + a.T)[1][:, -1],) * 2),
        (n(size=(4, 4)),),
    )
    yield (
        "circular convolution",
        lambda x, w: (np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(w))), (x, w)),
        lambda d, c: tuple(
            np.real(np.fft.ifft(np.fft.fft(d) * np.conj(np.fft.fft(other)))) for other in c[::-1]
        ),
        (n(size=8), n(size=8)),
    )
    yield (
        "all pairs of distances",
        lambda x: (np.sum((x[:, None] - x[None]) ** 2, axis=2), x),
        lambda d, x: 2 * np.einsum("ij,ijk->ik", d + d.T, x[:, None] - x[None]),
        (n(size=(4, 3)),),
    )
    yield "trace of a product", lambda a, b: (np.sum(a * b.T), (a, b)), lambda d, c: (d * c[1].T, d * c[0].T), (n(size=(3, 4)), n(size=(4, 3)))  # fmt: skip
    yield "a large map", lambda x, w: (x @ w, (x, w)), lambda d, c: (d @ c[1].T, c[0].T @ d), (n(size=(3, 60)), n(size=(60, 90)))  # fmt: skip


def roots(a: np.ndarray) -> np.ndarray:
    x = np.ones_like(a)
    for _ in range(60):
        x = 0.5 * (x + a / x)
    return x


def settled(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    z = np.zeros_like(b)
    for _ in range(200):
        z = np.tanh(0.3 * w @ z + b)
    return z


def settled_backward(dout, cache):
    w, z = cache
    slope = 1 - z**2
    u = np.linalg.solve(np.eye(len(z)) - (0.3 * w * slope[:, None]).T, dout) * slope
    return 0.3 * np.outer(u, z), u


def iterations(rng: np.random.Generator) -> Iterator[Right]:
    n = rng.normal
    yield "roots by Newton", *by_slope(roots, lambda a: 0.5 / np.sqrt(a)), (1 + rng.random((3, 4)),)

    def equilibrium(w, b):
        z = settled(w, b)
        return z, (w, z)

    yield "an equilibrium", equilibrium, settled_backward, (n(size=(4, 4)), n(size=4))
    yield (
        "decay in fifty steps",
        lambda x: ((1 - 0.02) ** 50 * x, None),
        lambda d, _: (1 - 0.02) ** 50 * d,
        (n(size=(3, 4)),),
    )
    yield (
        "discounted sum",
        lambda x: (np.array([np.sum(x[k:] * 0.9 ** np.arange(len(x) - k)) for k in range(len(x))]), None),
        lambda d, _: np.array([np.sum(d[: k + 1][::-1] * 0.9 ** np.arange(k + 1)) for k in range(len(d))]),
        (n(size=7),),
    )
    yield (
        "logistic map, three times",
        *by_slope(
            lambda x: (lambda f: f(f(f(x))))(lambda z: 3 * z * (1 - z)),
            lambda x: np.prod([3 * (1 - 2 * z) for z in (x, 3 * x * (1 - x), 9 * x * (1 - x) * (1 - 3 * x * (1 - x)))], axis=0),
        ),
        (rng.random((3, 4)),),
    )  # fmt: skip
    yield "products of all", lambda x: (np.prod(x, axis=1), x), lambda d, x: d[:, None] * np.prod(x, axis=1, keepdims=True) / x, (1 + rng.random((4, 5)),)  # fmt: skip


def sorted_backward(dout, order):
    dx = np.empty_like(dout)
    np.put_along_axis(dx, order, dout, axis=1)
    return dx


def orders(rng: np.random.Generator) -> Iterator[Right]:
    n = rng.normal
    yield (
        "sorted rows",
        lambda x: (np.sort(x, axis=1), np.argsort(x, axis=1)),
        sorted_backward,
        (n(size=(4, 5)),),
    )
    yield (
        "the two largest",
        lambda x: (np.sort(x, axis=1)[:, -2:].sum(axis=1), x),
        lambda d, x: d[:, None] * (x >= np.sort(x, axis=1)[:, -2:-1]),
        (n(size=(4, 5)),),
    )
    yield (
        "median of five",
        lambda x: (np.median(x, axis=1), x),
        lambda d, x: d[:, None] * (x == np.median(x, axis=1, keepdims=True)),
        (n(size=(4, 5)),),
    )
    yield (
        "range of a row",
        lambda x: (np.ptp(x, axis=1), x),
        lambda d, x: d[:, None] * ((x == x.max(1, keepdims=True)) * 1.0 - (x == x.min(1, keepdims=True))),
        (n(size=(4, 5)),),
    )
    yield "smaller of two", lambda x, y: (np.minimum(x, y), (x, y)), lambda d, c: (d * (c[0] < c[1]), d * (c[0] >= c[1])), (n(size=(4, 5)), n(size=(4, 5)))  # fmt: skip
    yield "smaller of two alike", lambda x, y: (np.minimum(x, y), (x, y)), lambda d, c: (d * (c[0] < c[1]), d * (c[0] >= c[1])), (np.ones((3, 4)), np.ones((3, 4)))  # fmt: skip
    yield "running maximum", lambda x: (np.maximum.accumulate(x), x), running_backward, (n(size=8),)
    yield "wrapped angles", *by_slope(lambda x: np.sin(np.mod(x, 2 * np.pi)), np.cos), (9 * n(size=(3, 4)),)


def running_backward(dout, x):
    dx = np.zeros_like(x)
    best = 0
    for k in range(len(x)):
        best = k if x[k] > x[best] else best
        dx[best] += dout[k]
    return dx


def interfaces(rng: np.random.Generator) -> Iterator[Right]:
    n = rng.normal
    yield "a view that repeats", lambda x: (x.sum(axis=0), x.shape), lambda d, shape: np.broadcast_to(d, shape), (n(size=(4, 5)),)  # fmt: skip
    yield "Fortran order", lambda x: (np.asfortranarray(2 * x), None), lambda d, _: np.asfortranarray(2 * d), (n(size=(4, 5)),)  # fmt: skip
    yield "a named tuple", lambda x, y: (x * y, Pair(x, y)), lambda d, c: Pair(d * c.other, d * c.one), (n(size=(4, 5)), n(size=(4, 5)))  # fmt: skip
    yield "parameters in tuples of lists", lambda p: (p[0][0] @ p[1], p), lambda d, p: (([d @ p[1].T], p[0][0].T @ d),), (([n(size=(2, 3))], n(size=(3, 4))),)  # fmt: skip
    yield "outputs in a dict", lambda x: ({"s": np.sin(x), "m": x.mean()}, x), lambda d, x: d["s"] * np.cos(x) + d["m"] / x.size, (n(size=(3, 4)),)  # fmt: skip
    yield "five axes", *by_slope(np.arctan, lambda x: 1 / (1 + x**2)), (n(size=(2, 1, 3, 2, 2)),)
    yield "no examples", lambda x, w: (x @ w, (x, w)), lambda d, c: (d @ c[1].T, c[0].T @ d), (np.empty((0, 3)), n(size=(3, 2)))  # fmt: skip
