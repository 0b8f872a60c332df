"""What well-known mistakes in affine and maxout layers give."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.mistakes.activations import NO_DOUT
from autograder.checks.mistakes.known import Results, Values, mistakes_in


def rows(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1)


@mistakes_in("affine_forward", gives="out")
def affine_outs(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Values:
    sums = rows(x) @ w
    by_columns = x.reshape(len(x), -1, order="F")
    mixed_up = x.reshape(-1, len(x)).T
    return {
        "the numbers of different examples were mixed up: x.reshape(-1, N).T has the shape of x.reshape(N, -1) and "
        "another order": mixed_up @ w + b,
        "the bias was forgotten": sums,
        "the bias was subtracted": sums - b,
        "the sums were divided by N": sums / len(x) + b,
        "negative numbers became 0: the ReLU is a layer of its own": np.maximum(sums + b, 0),
        'the numbers of an example were flattened in another order, as order="F" or a transpose does': by_columns
        @ w
        + b,
    }


@mistakes_in("affine_backward")
def affine_gradients(dout: np.ndarray, x: np.ndarray, w: np.ndarray, b: np.ndarray) -> Results:
    ones, over_batch = np.ones_like(dout), "db sums over the batch (axis 0), one number for each output"
    no_dout = "dout was forgotten: it is the upstream gradient, and every gradient contains it"
    return {
        "dx": {
            "it is dw; backward returns dx, dw, db": rows(x).T @ dout,
            no_dout: (ones @ w.T).reshape(x.shape),
            "nothing but ones came back": np.ones_like(x),
        },
        "dw": {
            "it is dx; backward returns dx, dw, db": dout @ w.T,
            no_dout: rows(x).T @ ones,
            "nothing but ones came back": np.ones_like(w),
        },
        "db": {
            no_dout: ones.sum(axis=0),
            "nothing but ones came back": np.ones_like(b),
            f"dout was summed over the outputs (axis 1): {over_batch}": dout.sum(axis=1),
            f"dout was summed up to one number: {over_batch}": dout.sum(),
        },
    }


@mistakes_in("maxout_forward", gives="out")
def maxout_outs(x: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray) -> Values:
    first, second = rows(x) @ w1 + b1, rows(x) @ w2 + b2
    larger = np.maximum(first, second)
    return {
        "the smaller piece was taken": np.minimum(first, second),
        "the pieces were added; the larger one counts": first + second,
        "the mean of the pieces was taken; the larger one counts": (first + second) / 2,
        "w1 was taken for both pieces: the second one has w2": np.maximum(first, rows(x) @ w1 + b2),
        "w2 was taken for both pieces: the first one has w1": np.maximum(rows(x) @ w2 + b1, second),
        "the second piece was never looked at": first,
        "the first piece was never looked at": second,
        "the biases were added after the maximum: each piece has its own": np.maximum(first - b1, second - b2)
        + b1
        + b2,
        "both pieces got b1: the second one has b2": np.maximum(first, second - b2 + b1),
        "both pieces got b2: the first one has b1": np.maximum(first - b1 + b2, second),
        "the second bias was forgotten": np.maximum(first, second - b2),
        "the first bias was forgotten": np.maximum(first - b1, second),
        "the larger piece was compared with 0, too: maxout has no ReLU": np.maximum(larger, 0),
        "sizes were compared instead of numbers": np.where(np.abs(first) > np.abs(second), first, second),
    }


@mistakes_in("maxout_backward")
def maxout_gradients(
    dout: np.ndarray, x: np.ndarray, w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> Results:
    first, second = rows(x) @ w1 + b1, rows(x) @ w2 + b2
    won = first > second

    def gradients(dfirst: np.ndarray, dsecond: np.ndarray) -> tuple[np.ndarray, ...]:
        dx = (dfirst @ w1.T + dsecond @ w2.T).reshape(x.shape)
        return dx, rows(x).T @ dfirst, dfirst.sum(axis=0), rows(x).T @ dsecond, dsecond.sum(axis=0)

    parts = {
        "both pieces got the whole gradient; it belongs to the one that was larger": (dout, dout),
        "the first piece got the whole gradient; it belongs to the one that was larger": (dout, dout * ~won),
        "the second piece got the whole gradient; it belongs to the one that was larger": (dout * won, dout),
        "each piece got half of the gradient; all of it belongs to the larger one": (dout / 2, dout / 2),
        "the second piece got nothing": (dout * won, 0 * dout),
        "the first piece got nothing": (0 * dout, dout * ~won),
        "the sign of dout decided which piece gets it; the larger piece does": (
            dout * (dout > 0),
            dout * (dout <= 0),
        ),
        "the sign of the first piece decided which piece gets it; the larger piece does": (
            dout * (first > 0),
            dout * (first <= 0),
        ),
        "each piece got the gradient where it is positive, as a ReLU does; the larger piece gets it": (
            dout * (first > 0),
            dout * (second > 0),
        ),
        NO_DOUT: (1.0 * won, 1.0 * ~won),
    }
    found: dict[str, dict[str, Any]] = {name: {} for name in ("dx", "dw1", "db1", "dw2", "db2")}
    for did, pair in parts.items():
        for name, value in zip(found, gradients(*pair), strict=True):
            found[name][did] = value
    dx1, dx2 = ((part @ w.T).reshape(x.shape) for part, w in ((dout * won, w1), (dout * ~won, w2)))
    found["dx"]["the larger of the two pieces' gradients was taken: they add up"] = np.maximum(dx1, dx2)
    for name, value in zip(found, gradients(dout * ~won, dout * won), strict=True):
        did = "the gradient of the other piece came: each piece gets dout where it was the larger one"
        found[name][
            "the smaller piece got the gradient; it belongs to the larger one" if name == "dx" else did
        ] = value
    return found
