"""Measure what a Solver costs over a bare loop that does the same work.

    python -m benchmarks.training                 # the Solver alone, with a progress bar, with the dashboard
    python -m benchmarks.training --repeat 81

A two-layer network (3072 - 100 - 10, float64) learns 2,000 pictures in batches of 100 with Adam, and its accuracies are
measured after every epoch. Loop and Solver take turns, epoch by epoch, in one process, and each pair of neighbours gives
a ratio, so that other work on the machine meets both. Two ratios are told: of the time on the clock, and of the processor time,
which other work changes less; for the latter to mean something, the matrix library has one thread. Memory that was freed
is kept by the process: else a thread whose arrays happen to lie at the end of its memory gets each page anew from the
kernel, and two equal loops differ by a quarter.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from course_utils.training import Solver
from course_utils.training.rules import adam
from course_utils.widgets.dashboard import TrainingDashboard

N, D, H, C, BATCH = 2000, 3072, 100, 10, 100
# Read by glibc when a process starts; other systems ignore them.
MEMORY = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(4 << 30),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=41, help="epochs of each (41)")
    repeat = parser.parse_args().repeat
    if not MEMORY.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | MEMORY)
    rng = np.random.default_rng(0)
    data = {
        "X_train": rng.normal(size=(N, D)),
        "y_train": rng.integers(C, size=N),
        "X_val": rng.normal(size=(500, D)),
        "y_val": rng.integers(C, size=500),
    }
    contenders = {
        "bare loop, again": None,
        "Solver": {},
        "Solver, progress bar": {"progress": True},
        "Solver, dashboard": {"callbacks": [TrainingDashboard()]},
    }
    print(f"{'over the bare loop':<24}{'ms a step':>10}{'clock':>9}{'processor':>11}   middle half")
    with threadpool_limits(1):
        for name, extras in contenders.items():
            other = _bare(data) if extras is None else _solver(data, repeat, extras)
            _compare(name, _bare(data), other, repeat)


def _compare(name: str, bare: Iterator[None], other: Iterator[None], repeat: int) -> None:
    (
        _timed(bare),
        _timed(other),
    )  # memory is touched and the first picture is drawn in an epoch that is not counted
    pairs = []
    for k in range(repeat):
        # Who goes first in one pair goes second in the next.
        if k % 2:
            pairs.append((_timed(bare), _timed(other)))
        else:
            later = _timed(other)
            pairs.append((_timed(bare), later))
    milliseconds = 1000 * statistics.median(bare[0] for bare, _ in pairs) / (N // BATCH)
    clock, processor = ([other[k] / bare[k] for bare, other in pairs] for k in range(2))
    low, middle, high = (100 * (ratio - 1) for ratio in statistics.quantiles(processor, n=4))
    said = f"{100 * (statistics.median(clock) - 1):>8.1f}%{middle:>10.1f}%   {low:.1f}% .. {high:.1f}%"
    # The dashboard draws in few epochs, which a median would not see.
    total = sum(other[1] for _, other in pairs) / sum(bare[1] for bare, _ in pairs) - 1
    print(f"{name:<24}{milliseconds:>10.2f}{said}   all epochs together {100 * total:.1f}%", flush=True)


def _timed(epochs: Iterator[None]) -> tuple[float, float]:
    """Seconds of one epoch, on the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    next(epochs)
    return time.perf_counter() - clock, time.process_time() - processor


class _Net:
    """affine - ReLU - affine - softmax."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        self.params = {
            "W1": rng.normal(scale=1e-2, size=(D, H)),
            "b1": np.zeros(H),
            "W2": rng.normal(scale=1e-2, size=(H, C)),
            "b2": np.zeros(C),
        }

    def loss(self, X: np.ndarray, y: np.ndarray | None = None):
        W1, b1, W2, b2 = self.params.values()
        hidden = np.maximum(X @ W1 + b1, 0)
        scores = hidden @ W2 + b2
        if y is None:
            return scores
        scores -= scores.max(axis=1, keepdims=True)
        probabilities = np.exp(scores)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.mean(np.log(probabilities[rows, y]))
        probabilities[rows, y] -= 1
        dscores = probabilities / len(y)
        dhidden = dscores @ W2.T * (hidden > 0)
        grads = {"W1": X.T @ dhidden, "b1": dhidden.sum(0), "W2": hidden.T @ dscores, "b2": dscores.sum(0)}
        return loss, grads


def _taking_turns(train: Callable[[Callable[[], None]], object]) -> Iterator[None]:
    """One epoch of train(after_epoch) for each `next`, in a thread that waits in between.

    Loop and Solver both have a thread, since memory is handed out differently there than in the main one.
    """
    turn, done = threading.Semaphore(0), threading.Semaphore(0)

    def after_epoch() -> None:
        done.release()
        turn.acquire()

    threading.Thread(target=train, args=(after_epoch,), daemon=True).start()
    while True:
        done.acquire()
        yield
        turn.release()


def _bare(data: dict[str, np.ndarray]) -> Iterator[None]:
    """The loop a person would write."""

    def train(after_epoch: Callable[[], None]) -> None:
        model, rng = _Net(), np.random.default_rng(0)
        X, y = data["X_train"], data["y_train"]
        configs: dict[str, dict] = {name: {} for name in model.params}
        losses = []
        while True:
            order = rng.permutation(N)
            for start in range(0, N, BATCH):
                chosen = order[start : start + BATCH]
                loss, grads = model.loss(X[chosen], y[chosen])
                losses.append(loss)
                for name, w in model.params.items():
                    model.params[name], configs[name] = adam(w, grads[name], configs[name])
            _accuracy(model, X[:1000], y[:1000])
            _accuracy(model, data["X_val"], data["y_val"])
            after_epoch()

    return _taking_turns(train)


def _accuracy(model: _Net, X: np.ndarray, y: np.ndarray) -> float:
    parts = range(0, len(X), BATCH)
    return float(
        np.mean([np.mean(model.loss(X[k : k + BATCH]).argmax(1) == y[k : k + BATCH]) for k in parts])
    )


def _solver(data: dict[str, np.ndarray], repeat: int, extras: dict) -> Iterator[None]:
    """The same by a Solver."""

    def train(after_epoch: Callable[[], None]) -> None:
        def told(solver: Solver) -> None:
            if solver.steps_done > 1:
                after_epoch()

        callbacks = [*extras.get("callbacks", []), told]
        # One epoch more than is asked for: the last picture, drawn once, is no part of an epoch.
        settings = {"update_rule": "adam", "num_epochs": repeat + 2, "verbose": False}
        Solver(_Net(), data, **settings | extras | {"callbacks": callbacks}).train()

    return _taking_turns(train)


if __name__ == "__main__":
    main()
