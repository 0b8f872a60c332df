"""What well-known mistakes in losses give."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Values

# losses: (x, y) -> {"loss": values, "dx": values}


def softmax_mistakes(x: np.ndarray, y: np.ndarray) -> dict[str, Values]:
    N, rows = len(x), np.arange(len(x))

    def log_softmax(axis: int | None) -> np.ndarray:
        shifted = x - x.max(axis=axis, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))

    def added(little: float) -> float:
        return -np.log(p[rows, y] + little).mean()

    def gradient(p: np.ndarray, share: float = 1.0) -> np.ndarray:
        dx = p.copy()
        dx[rows, y] -= share
        return dx / N

    log_p, over_batch, over_all = log_softmax(1), log_softmax(0), log_softmax(None)
    p = np.exp(log_p)
    littles = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
    return {
        "loss": {
            **{
                f"the logarithm saw no less than {n:g} (added, or cut off there): take the log on paper first": added(
                    n
                )
                for n in littles
            },
            "the losses of the examples were added up: the loss is their mean": -log_p[rows, y].sum(),
            "the loss was divided by the number of classes: divide by N": -log_p[rows, y].sum() / x.shape[1],
            "the loss was divided by the number of classes, too: divide by N alone": -log_p[rows, y].mean()
            / x.shape[1],
            "exp was divided by its sum over the batch; each example has a sum of its own": -over_batch[
                rows, y
            ].mean(),
            "exp was divided by its sum over all scores; each example has a sum of its own": -over_all[
                rows, y
            ].mean(),
            "the logarithm has base 2; it is the natural one": -log_p[rows, y].mean() / np.log(2),
            "the logarithm has base 10; it is the natural one": -log_p[rows, y].mean() / np.log(10),
            "the probability of the right class itself came back; the loss is -log of it": p[rows, y].mean(),
            "the minus was forgotten: the loss is -log p": log_p[rows, y].mean(),
            "the logarithm of the mean probability was taken; the loss is the mean of the logarithms": -np.log(
                p[rows, y].mean()
            ),
        },
        "dx": {
            "the 1 was not subtracted at the right class: dx is (p - 1 at the right class) / N": p / N,
            "1/N was subtracted at the right class before the division by N: subtract 1 there": gradient(
                p, 1 / N
            ),
            "1 was subtracted at the right class after the division by N: subtract it before": gradient(p, N),
            "dx was divided by the number of classes: divide by N": gradient(p) * N / x.shape[1],
            "dx was not divided by N, as the loss is": N * gradient(p),
            "dx has the wrong sign": -gradient(p),
        },
    }


def svm_mistakes(x: np.ndarray, y: np.ndarray) -> dict[str, Values]:
    N, rows = len(x), np.arange(len(x))
    raw = x - x[rows, y][:, None] + 1
    with_right = np.maximum(raw, 0)
    margins = with_right.copy()
    margins[rows, y] = 0
    bare = np.maximum(raw - 1, 0)
    broken = 1.0 * (margins > 0)

    def gradient(at_right: Any, at_wrong: np.ndarray = broken) -> np.ndarray:
        dx = at_wrong.copy()
        dx[rows, y] = at_right
        return dx / N

    return {
        "loss": {
            "the right class was counted, too: it adds its margin of 1 for each example": with_right.sum()
            / N,
            "the margin was forgotten: it is max(0, x[j] - x[y] + 1)": bare.sum() / N,
            "the losses of the examples were added up: the loss is their mean": margins.sum(),
            "the loss was divided by the number of classes: divide by N": margins.sum() / x.shape[1],
            "the loss was averaged over the classes, too: they are added up": margins.mean(),
            "the loss was averaged over the wrong classes: they are added up": margins.sum()
            / N
            / (x.shape[1] - 1),
            "the margins were squared": (margins**2).sum() / N,
            "only the worst class of each example was counted": margins.max(axis=1).sum() / N,
        },
        "dx": {
            "the right class lost 1, however many classes broke the margin: count them": gradient(-1),
            "the right class got no gradient: it loses 1 for each class that broke the margin": gradient(0),
            "the right class got its gradient with the wrong sign": gradient(broken.sum(axis=1)),
            "the margins themselves came back; their slopes are 1 and 0": gradient(
                -margins.sum(axis=1), margins
            ),
            "the gradient was not divided by N, as the loss is": N * gradient(-broken.sum(axis=1)),
            "the gradient was divided by the number of classes: divide by N": (
                gradient(-broken.sum(axis=1)) * N / x.shape[1]
            ),
        },
    }
