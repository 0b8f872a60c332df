"""What well-known mistakes in losses give."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.mistakes.known import Results, Values, mistakes_in

# What is added to a probability, or the least that it may be, so that its logarithm is finite.
_LITTLES = (
    *(digit * 10.0**-power for power in range(2, 11) for digit in range(1, 10)),
    *(10.0**-power for power in (*range(11, 51), 100, 200, 300, 307, 308)),
    2.2e-16,
    *(float(np.finfo(kind).eps) for kind in (np.float64, np.float32)),
    *(float(np.finfo(kind).tiny) for kind in (np.float64, np.float32)),
)
# Below these what was added and what was cut off cannot be told apart where it matters.
_CUTS = tuple(10.0**-power for power in range(2, 9))


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
    every_label = _log_softmax(x, 1)[:, y]
    on_paper = "take the log on paper first"
    littles = {
        f"the logarithm saw no less than {little:.3g} (added, or cut off there): {on_paper}": (
            -np.log(p + little).mean()
        )
        for little in _LITTLES
    }
    cuts = {
        f"probabilities below {cut:g} were cut off before the logarithm: {on_paper}": (
            -np.log(np.maximum(p, cut)).mean()
        )
        for cut in _CUTS
    }
    return (
        littles
        | cuts
        | _losses_over_wrong_axes(x, at_right)
        | {
            "p[:, y] takes every label of the batch for each example: the right class is p[np.arange(N), y]": (
                -every_label.mean()
            ),
            "p[:, y] takes every label of the batch for each example, and all were added up: the right class is "
            "p[np.arange(N), y]": -every_label.sum() / len(x),
            "the maximum was subtracted inside exp alone: subtract it from the score of the right class, too": (
                -(log_p + x.max(axis=1)).mean()
            ),
            "the losses of the examples were added up: the loss is their mean": -log_p.sum(),
            "the loss was divided by the number of classes: divide by N": -log_p.sum() / x.shape[1],
            "the loss was divided by the number of classes, too: divide by N alone": -log_p.mean()
            / x.shape[1],
            "exp was divided by its sum over the batch; each example has a sum of its own": -over_batch.mean(),
            "exp was divided by its sum over all scores; each example has a sum of its own": -over_all.mean(),
            "the losses of all classes were averaged, not of the right one alone": -_log_softmax(x, 1).mean(),
            "the losses of all classes were added up, not of the right one alone": -_log_softmax(x, 1).sum()
            / len(x),
            "the logarithm has base 2; it is the natural one": -log_p.mean() / np.log(2),
            "the logarithm has base 10; it is the natural one": -log_p.mean() / np.log(10),
            "the probability of the right class itself came back; the loss is -log of it": p.mean(),
            "the logarithm was forgotten: the loss is -log p": -p.mean(),
            "the minus was forgotten: the loss is -log p": log_p.mean(),
            "the logarithm of the mean probability was taken; the loss is the mean of the logarithms": (
                -np.log(p.mean())
            ),
        }
    )


def _losses_over_wrong_axes(x: np.ndarray, at_right: tuple[np.ndarray, np.ndarray]) -> dict[str, Any]:
    shifted = x - x.max(axis=1, keepdims=True)
    return {
        "exp was divided by its sum over the batch, axis 0; sum each example's own, axis 1": (
            -(shifted - np.log(np.exp(shifted).sum(axis=0)))[at_right].mean()
        ),
        "exp was divided by its sum over the whole batch; sum each example's own, axis 1": (
            -(shifted - np.log(np.exp(shifted).sum()))[at_right].mean()
        ),
        "the maximum over the batch was subtracted, axis 0: subtract each example's own, axis 1": (
            -_log_softmax(x - x.max(axis=0), 1)[at_right].mean()
        ),
    }


def _softmax_gradients(x: np.ndarray, y: np.ndarray) -> Values:
    N, C = x.shape
    log_p = _log_softmax(x, 1)
    p = np.exp(log_p)
    exp = np.exp(x - x.max(axis=1, keepdims=True))

    def gradient(share: float = 1.0, p: np.ndarray = p) -> np.ndarray:
        dx = p.copy()
        dx[np.arange(N), y] -= share
        return dx / N

    at_every_label = p.copy()
    at_every_label[:, y] -= 1
    mistakes = (
        {}
        if N == 1
        else {
            "p[:, y] -= 1 subtracts at every label of the batch: the right class is p[np.arange(N), y]": (
                at_every_label / N
            )
        }
    )
    return mistakes | {
        "the 1 was not subtracted at the right class: dx is (p - 1 at the right class) / N": p / N,
        "1/N was subtracted at the right class before the division by N: subtract 1 there": gradient(1 / N),
        "1 was subtracted at the right class after the division by N: subtract it before": gradient(N),
        "dx was divided by the number of classes: divide by N": gradient() * N / C,
        "dx was not divided by N, as the loss is": N * gradient(),
        "1 was added at the right class: it is subtracted": gradient(-1),
        "log p was taken for p: dx is (p - 1 at the right class) / N": gradient(p=log_p),
        "exp was divided by its sum over the batch, axis 0; sum each example's own, axis 1": gradient(
            p=exp / exp.sum(axis=0)
        ),
        "exp was divided by its sum over the whole batch; sum each example's own, axis 1": gradient(
            p=exp / exp.sum()
        ),
        "the maximum over the batch was subtracted, axis 0: subtract each example's own, axis 1": gradient(
            p=np.exp(_log_softmax(x - x.max(axis=0), 1))
        ),
        "dx has the wrong sign": -gradient(),
    }


@mistakes_in("svm_loss")
def svm_mistakes(x: np.ndarray, y: np.ndarray) -> Results:
    raw = x - x[np.arange(len(x)), y][:, None] + 1
    margins = np.maximum(raw, 0)
    margins[np.arange(len(x)), y] = 0
    return {"loss": _svm_losses(raw, margins), "dx": _svm_gradients(raw, margins, y)}


def _svm_losses(raw: np.ndarray, margins: np.ndarray) -> Values:
    """Mistaken losses from the margins before and after the cut at 0, both of shape (N, C)."""
    N, C = margins.shape
    turned = np.maximum(2 - raw, 0)  # of x[y] - x[j] + 1
    return {
        "the margins were not cut off at 0: it is max(0, x[j] - x[y] + 1)": (raw.sum() - N) / N,
        "the margins were not cut off at 0, and the right class was counted, too": raw.sum() / N,
        "the scores were subtracted the wrong way round: it is max(0, x[j] - x[y] + 1)": (turned.sum() - N)
        / N,
        "the margin of 1 was subtracted: it is max(0, x[j] - x[y] + 1)": np.maximum(raw - 2, 0).sum() / N,
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


def _svm_gradients(raw: np.ndarray, margins: np.ndarray, y: np.ndarray) -> Values:
    N, C = margins.shape
    broken = 1.0 * (margins > 0)

    def gradient(at_right: Any, at_wrong: np.ndarray = broken) -> np.ndarray:
        dx = at_wrong.copy()
        dx[np.arange(N), y] = at_right
        return dx / N

    def of(broken: np.ndarray) -> np.ndarray:
        others = 1.0 * broken
        others[np.arange(N), y] = 0
        return gradient(-others.sum(axis=1), others)

    right = gradient(-broken.sum(axis=1))
    return {
        "every wrong class got a gradient: only those that broke the margin do": of(np.ones_like(margins)),
        "the margin of 1 was forgotten: who comes within 1 of the right class gets a gradient, too": of(
            raw > 1
        ),
        "the scores were subtracted the wrong way round: a class breaks the margin where x[j] - x[y] + 1 > 0": of(
            raw < 2
        ),
        "the margins were squared: the slope of max(0, ·) is 1": gradient(
            -2 * margins.sum(axis=1), 2 * margins
        ),
        "the right class lost 1, however many classes broke the margin: count them": gradient(-1),
        "the right class got no gradient: it loses 1 for each class that broke the margin": gradient(0),
        "the broken margins were counted over the batch, axis 0: count each example's own, axis 1": gradient(
            -broken.sum(axis=0)[y]
        ),
        "the right class got its gradient with the wrong sign": gradient(broken.sum(axis=1)),
        "the margins themselves came back; their slopes are 1 and 0": gradient(-margins.sum(axis=1), margins),
        "the gradient was not divided by N, as the loss is": N * right,
        "the gradient was divided by the number of classes: divide by N": right * N / C,
    }
