"""The training step of a two-layer network: notebook 07's machine beside the backward pass written by hand.

    python -m benchmarks.autograd

Both compute in double precision, on one BLAS thread, and neither takes the gradient of the pictures. Processor time,
median of steps made in turn. The bar: at most 1.5 times as long.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np

from autograder.course.manifest import Course
from autograder.course.reference import load_reference

BAR = 1.5
SIZES = (128, 3072, 100, 10)  # examples, pixels, hidden units, classes


def steps() -> tuple[Callable[[], float], Callable[[], float]]:
    """The step by hand and by the machine, from the same weights; each returns the loss."""
    machine = load_reference("07_autograd", Course.find(__file__))
    rng = np.random.default_rng(0)
    N, D, H, C = SIZES
    X, y = rng.normal(size=(N, D)), rng.integers(C, size=N)
    layers = machine.Linear(D, H, rng), machine.Linear(H, C, rng)
    net = machine.Sequential(layers[0], lambda x: x.relu(), layers[1])
    params = [parameter.data.copy() for parameter in net.parameters()]

    def by_hand() -> float:
        W1, b1, W2, b2 = params
        before = X @ W1 + b1
        hidden = np.maximum(before, 0)
        scores = hidden @ W2 + b2
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = shifted / shifted.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(N), y]).mean()
        p[np.arange(N), y] -= 1
        dscores = p / N
        dbefore = (dscores @ W2.T) * (before > 0)
        grads = X.T @ dbefore, dbefore.sum(axis=0), hidden.T @ dscores, dscores.sum(axis=0)
        for w, dw in zip(params, grads, strict=True):
            w -= 0.01 * dw
        return float(loss)

    def by_machine() -> float:
        machine.zero_grad(net.parameters())
        loss = machine.softmax_loss(net(X), y)
        loss.backward()
        for parameter in net.parameters():
            parameter.data -= 0.01 * parameter.grad
        return float(loss.data)

    return by_hand, by_machine


def ratio(times: int = 31) -> float:
    """How many times as long the machine takes."""
    both = steps()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        losses = []
        for step, seconds in zip(both, taken, strict=True):
            before = process_time()
            losses.append(step())
            seconds.append(process_time() - before)
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-9)
    by_hand, by_machine = map(median, taken)
    print(
        f"by hand {1e3 * by_hand:.1f} ms, by the machine {1e3 * by_machine:.1f} ms: {by_machine / by_hand:.2f} times"
    )
    return by_machine / by_hand


if __name__ == "__main__":
    raise SystemExit(ratio() > BAR)
