"""Odd but right functions, which a gradient checker must pass: as (name, forward, backward, inputs)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Right = tuple[str, Callable, Callable, tuple]


def cases(rng: np.random.Generator) -> Iterator[Right]:
    """All of them, with inputs drawn from `rng`."""
    yield from elementwise(rng)
    yield from reductions(rng)
    yield from rearranged(rng)
    yield from linear_algebra(rng)


def by_slope(f: Callable, slope: Callable) -> tuple[Callable, Callable]:
    """A layer of a function of one number and its derivative."""

    def forward(x: Any) -> tuple:
        return f(x), x

    def backward(dout: Any, cache: Any) -> Any:
        return dout * slope(cache)

    return forward, backward


def elementwise(rng: np.random.Generator) -> Iterator[Right]:
    x = rng.normal(size=(4, 5))
    apart = np.where(np.abs(x) < 0.05, 0.3, x)
    positive = np.abs(x) + 0.2
    sig = lambda z: 1 / (1 + np.exp(-z))  # noqa: E731
    table = [
        ("softplus", lambda x: np.logaddexp(0, x), sig, x),
        ("softplus far out", lambda x: np.logaddexp(0, x), sig, 40 * x),
        ("mish", lambda x: x * np.tanh(np.logaddexp(0, x)),
         lambda x: np.tanh(np.logaddexp(0, x)) + x * (1 - np.tanh(np.logaddexp(0, x)) ** 2) * sig(x), x),
        ("soft sign", lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2, x),
        ("soft sign at zero", lambda x: x / (1 + np.abs(x)), lambda x: 1 / (1 + np.abs(x)) ** 2, 0 * x),
        ("hard tanh", lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) < 1) * 1.0, 2 * x),
        ("hard sigmoid", lambda x: np.clip(x / 6 + 0.5, 0, 1), lambda x: (np.abs(x) < 3) / 6, 4 * x),
        ("ReLU6 on its corner", lambda x: np.clip(x, 0, 6), lambda x: ((x > 0) & (x < 6)) * 1.0, np.rint(3 * x)),
        ("absolute value", np.abs, np.sign, apart),
        ("absolute value at zero", np.abs, np.sign, np.rint(x)),
        ("x |x|", lambda x: x * np.abs(x), lambda x: 2 * np.abs(x), x),
        ("floor", np.floor, lambda x: 0 * x, apart + 0.01),
        ("sign", np.sign, lambda x: 0 * x, apart),
        ("a constant", lambda x: 0 * x + 3, lambda x: 0 * x, x),
        ("identity", lambda x: x.copy(), lambda x: np.ones_like(x), x),
        ("minus", lambda x: -x, lambda x: -np.ones_like(x), x),
        ("square", lambda x: x**2, lambda x: 2 * x, x),
        ("square of zeros", lambda x: x**2, lambda x: 2 * x, 0 * x),
        ("cube of large numbers", lambda x: x**3, lambda x: 3 * x**2, 1e4 * x),
        ("seventh power", lambda x: x**7, lambda x: 7 * x**6, x),
        ("reciprocal", lambda x: 1 / x, lambda x: -1 / x**2, positive),
        ("root", np.sqrt, lambda x: 0.5 / np.sqrt(x), positive),
        ("cube root", np.cbrt, lambda x: 1 / (3 * np.cbrt(x) ** 2), apart),
        ("log", np.log, lambda x: 1 / x, positive),
        ("exp", np.exp, np.exp, x),
        ("exp of ten", np.exp, np.exp, 10 * x),
        ("sine, a hundred times as fast", lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x), x),
        ("arc tangent", np.arctan, lambda x: 1 / (1 + x**2), 3 * x),
        ("bell", lambda x: np.exp(-(x**2)), lambda x: -2 * x * np.exp(-(x**2)), x),
        ("ramp of integers", lambda x: np.interp(x, [-1.5, 0.25, 1.5], [0.0, 1.0, -2.0]),
         lambda x: np.where((x < -1.5) | (x > 1.5), 0, np.where(x < 0.25, 1 / 1.75, -3 / 1.25)), x),
        ("one number", np.tanh, lambda x: 1 - np.tanh(x) ** 2, np.array([0.3])),
        ("tiny numbers", np.tanh, lambda x: 1 - np.tanh(x) ** 2, 1e-8 * x),
        ("a million more than needed", np.tanh, lambda x: 1 - np.tanh(x) ** 2, x + 10),
        ("tiny outputs", lambda x: 1e-9 * np.sin(x), lambda x: 1e-9 * np.cos(x), x),
        ("on a large constant", lambda x: np.sin(x) + 1e4, np.cos, x),
    ]  # fmt: skip
    for name, f, slope, inputs in table:
        yield name, *by_slope(f, slope), (inputs,)


def reductions(rng: np.random.Generator) -> Iterator[Right]:
    x = rng.normal(size=(4, 5))

    def layer(f: Callable, back: Callable) -> tuple[Callable, Callable]:
        return (lambda x: (f(x), x)), back

    yield "sum to a number", *layer(np.sum, lambda d, x: d * np.ones_like(x)), (x,)
    yield "mean over rows", *layer(lambda x: x.mean(0), lambda d, x: np.ones_like(x) * d / len(x)), (x,)
    yield (
        "log of a sum",
        *layer(
            lambda x: np.log(np.exp(x).sum(1)),
            lambda d, x: d[:, None] * np.exp(x) / np.exp(x).sum(1, keepdims=True),
        ),
        (x,),
    )
    yield "length", *layer(np.linalg.norm, lambda d, x: d * x / np.linalg.norm(x)), (x,)
    yield (
        "largest",
        *layer(lambda x: x.max(1), lambda d, x: d[:, None] * (x == x.max(1, keepdims=True))),
        (x,),
    )
    yield "product", *layer(lambda x: x.prod(1), lambda d, x: (d * x.prod(1))[:, None] / x), (x,)
    yield (
        "variance",
        *layer(lambda x: x.var(1), lambda d, x: 2 * d[:, None] * (x - x.mean(1, keepdims=True)) / x.shape[1]),
        (x,),
    )
    yield (
        "mean absolute value",
        *layer(lambda x: np.abs(x).mean(), lambda d, x: d * np.sign(x) / x.size),
        (x,),
    )
    yield (
        "median of five",
        *layer(
            lambda x: np.median(x, axis=1), lambda d, x: d[:, None] * (x == np.median(x, axis=1)[:, None])
        ),
        (x,),
    )
    yield "trace", *layer(lambda x: np.trace(x[:, :4]), lambda d, x: d * np.eye(4, 5)), (x,)
    yield (
        "range",
        *layer(lambda x: np.ptp(x, axis=0), lambda d, x: d * ((x == x.max(0)) * 1.0 - (x == x.min(0)))),
        (x,),
    )


def rearranged(rng: np.random.Generator) -> Iterator[Right]:
    x = rng.normal(size=(4, 5))
    yield "transposed", lambda x: (x.T, None), lambda d, c: d.T, (x,)
    yield "reversed", lambda x: (x[:, ::-1], None), lambda d, c: d[:, ::-1], (x,)
    yield "rolled", lambda x: (np.roll(x, 2), None), lambda d, c: np.roll(d, -2), (x,)
    yield "one column", lambda x: (x[:, 2], None), lambda d, c: np.outer(d, np.eye(5)[2]), (x,)
    yield "sorted", lambda x: (np.sort(x, 1), np.argsort(x, 1)), sorted_back, (x,)
    yield "running sum", lambda x: (np.cumsum(x, 1), None), lambda d, c: d[:, ::-1].cumsum(1)[:, ::-1], (x,)
    yield "enlarged", lambda x: (x.repeat(2, 0).repeat(2, 1), x), enlarged_back, (x,)
    yield "padded", lambda x: (np.pad(x, 2), None), lambda d, c: d[2:-2, 2:-2], (x,)
    yield "joined with itself", lambda x: (np.hstack([x, x]), None), lambda d, c: d[:, :5] + d[:, 5:], (x,)
    yield "a list as cache", lambda x: (x * 2, [x]), lambda d, c: c.copy() and 2 * d, (x,)
    yield (
        "differences",
        lambda x: (np.diff(x, axis=1), None),
        lambda d, c: -np.diff(np.pad(d, ((0, 0), (1, 1)))),
        (x,),
    )
    yield "an unused row", lambda x: (x[1:] ** 2, x), lambda d, x: np.vstack([0 * x[:1], 2 * d * x[1:]]), (x,)


def sorted_back(dout: Any, order: Any) -> Any:
    dx = np.empty_like(dout)
    np.put_along_axis(dx, order, dout, 1)
    return dx


def enlarged_back(dout: Any, x: Any) -> Any:
    return dout.reshape(len(x), 2, x.shape[1], 2).sum(axis=(1, 3))


def linear_algebra(rng: np.random.Generator) -> Iterator[Right]:
    a, b = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    spd = a @ a.T + np.eye(4)
    yield "square of a matrix", lambda a: (a @ a, a), lambda d, a: d @ a.T + a.T @ d, (a,)
    yield "inverse", lambda a: (np.linalg.inv(a),) * 2, lambda d, i: -i.T @ d @ i.T, (spd,)
    yield (
        "log determinant",
        lambda a: (np.linalg.slogdet(a)[1], a),
        lambda d, a: d * np.linalg.inv(a).T,
        (spd,),
    )
    yield "with itself", lambda a: (a.T @ a, a), lambda d, a: a @ (d + d.T), (a,)
    yield (
        "the same argument twice",
        lambda a, b: (a @ b, (a, b)),
        lambda d, c: (d @ c[1].T, c[0].T @ d),
        (a, a),
    )
    yield "broadcast sum", lambda a, b: (a + b, None), lambda d, c: (d, d.sum(0)), (a, b[0])
    yield (
        "outer product",
        lambda a, b: (np.outer(a, b), (a, b)),
        lambda d, c: (d @ c[1], c[0] @ d),
        (a[0], b[0]),
    )
    yield "an argument that does nothing", lambda a, b: (a * 2, b), lambda d, b: (2 * d, 0 * b), (a, b)
    yield "cosine transform", lambda a: (dct(4) @ a, None), lambda d, c: dct(4).T @ d, (a,)
    yield "solve", lambda a, b: (np.linalg.solve(a, b), (a, np.linalg.solve(a, b))), solve_back, (spd, b)


def dct(n: int) -> np.ndarray:
    return np.cos(np.pi / n * np.outer(np.arange(n), np.arange(n) + 0.5))


def solve_back(dout: Any, cache: Any) -> tuple:
    a, out = cache
    db = np.linalg.solve(a.T, dout)
    return -db @ out.T, db
