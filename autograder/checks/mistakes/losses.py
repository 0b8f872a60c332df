"""What well-known mistakes in losses give."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Results, Values, mistakes_in

_LITTLES = (1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)


@mistakes_in("softmax_loss")
def softmax_mistakes(x: np.ndarray, y: np.ndarray) -> Results:
    return {"loss": _softmax_losses(x, y), "dx": _softmax_gradients(x, y)}


def _log_softmax(x: np.ndarray, axis: int | None) -> np.ndarray:
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def _softmax_losses(x: np.ndarray, y: np.ndarray) -> Values:
    at_right = np.arange(len(x)), y
    log_p, over_batch, over_all = (_log_softmax(x, axis)[at_right] for axis in (1, 0, None))
    p = np.exp(log_p)
    littles = {
        f"the logarithm saw no less than {little:g} (added, or cut off there): take the log on paper first": (
            -np.log(p + little).mean()
        )
        for little in _LITTLES
    }
    return littles | {
        "the losses of the examples were added up: the loss is their mean": -log_p.sum(),
        "the loss was divided by the number of classes: divide by N": -log_p.sum() / x.shape[1],
        "the loss was divided by the number of classes, too: divide by N alone": -log_p.mean() / x.shape[1],
        "exp was divided by its sum over the batch; each example has a sum of its own": -over_batch.mean(),
        "exp was divided by its sum over all scores; each example has a sum of its own": -over_all.mean(),
        "the logarithm has base 2; it is the natural one": -log_p.mean() / np.log(2),
        "the logarithm has base 10; it is the natural one": -log_p.mean() / np.log(10),
        "the probability of the right class itself came back; the loss is -log of it": p.mean(),
        "the minus was forgotten: the loss is -log p": log_p.mean(),
        "the logarithm of the mean probability was taken; the loss is the mean of the logarithms": (
            -np.log(p.mean())
        ),
    }


def _softmax_gradients(x: np.ndarray, y: np.ndarray) -> Values:
    N, C = x.shape
    p = np.exp(_log_softmax(x, 1))

    def gradient(share: float = 1.0) -> np.ndarray:
        dx = p.copy()
        dx[np.arange(N), y] -= share
        return dx / N

    return {
        "the 1 was not subtracted at the right class: dx is (p - 1 at the right class) / N": p / N,
        "1/N was subtracted at the right class before the division by N: subtract 1 there": gradient(1 / N),
        "1 was subtracted at the right class after the division by N: subtract it before": gradient(N),
        "dx was divided by the number of classes: divide by N": gradient() * N / C,
        "dx was not divided by N, as the loss is": N * gradient(),
        "dx has the wrong sign": -gradient(),
    }


@mistakes_in("svm_loss")
def svm_mistakes(x: np.ndarray, y: np.ndarray) -> Results:
    raw = x - x[np.arange(len(x)), y][:, None] + 1
    margins = np.maximum(raw, 0)
    margins[np.arange(len(x)), y] = 0
    return {"loss": _svm_losses(raw, margins), "dx": _svm_gradients(margins, y)}


def _svm_losses(raw: np.ndarray, margins: np.ndarray) -> Values:
    """Mistaken losses from the margins before and after the cut at 0, both of shape (N, C)."""
    N, C = margins.shape
    return {
        "the right class was counted, too: it adds its margin of 1 for each example": (
            np.maximum(raw, 0).sum() / N
        ),
        "the margin was forgotten: it is max(0, x[j] - x[y] + 1)": np.maximum(raw - 1, 0).sum() / N,
        "the losses of the examples were added up: the loss is their mean": margins.sum(),
        "the loss was divided by the number of classes: divide by N": margins.sum() / C,
        "the loss was averaged over the classes, too: they are added up": margins.mean(),
        "the loss was averaged over the wrong classes: they are added up": margins.sum() / N / (C - 1),
        "the margins were squared": (margins**2).sum() / N,
        "only the worst class of each example was counted": margins.max(axis=1).sum() / N,
    }


def _svm_gradients(margins: np.ndarray, y: np.ndarray) -> Values:
    N, C = margins.shape
    broken = 1.0 * (margins > 0)

    def gradient(at_right: Any, at_wrong: np.ndarray = broken) -> np.ndarray:
        dx = at_wrong.copy()
        dx[np.arange(N), y] = at_right
        return dx / N

    right = gradient(-broken.sum(axis=1))
    return {
        "the right class lost 1, however many classes broke the margin: count them": gradient(-1),
        "the right class got no gradient: it loses 1 for each class that broke the margin": gradient(0),
        "the right class got its gradient with the wrong sign": gradient(broken.sum(axis=1)),
        "the margins themselves came back; their slopes are 1 and 0": gradient(-margins.sum(axis=1), margins),
        "the gradient was not divided by N, as the loss is": N * right,
        "the gradient was divided by the number of classes: divide by N": right * N / C,
    }
