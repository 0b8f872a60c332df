"""What well-known mistakes in small graphs give."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.mistakes.activations import sigmoid
from autograder.checks.mistakes.known import Results, Values, mistakes_in


@mistakes_in("graph_forward", gives="out")
def graph_outs(x: float, y: float, z: float) -> Values:
    return {
        "all three numbers were added: it is (x + y)·z": x + y + z,
        "all three numbers were multiplied: it is (x + y)·z": x * y * z,
        "the brackets were forgotten: it is (x + y)·z": x + y * z,
        "x and y were multiplied and z was added: it is (x + y)·z": x * y + z,
        "y was subtracted: it is (x + y)·z": (x - y) * z,
    }


@mistakes_in("graph_backward")
def graph_gradients(df: float, x: float, y: float, z: float) -> Results:
    no_df = "df was forgotten: every gradient is df times a slope"
    as_if_alone = "z was forgotten: on the way to x and y, df is multiplied by z"
    reversed_order = "it is dz; backward returns dx, dy, dz"
    return {
        "dx": {no_df: z, as_if_alone: df, reversed_order: df * (x + y), "df was divided by z": df / z},
        "dy": {no_df: z, as_if_alone: df, reversed_order: df * (x + y), "df was divided by z": df / z},
        "dz": {
            no_df: x + y,
            "it is df · z, which is dx; z's slope is what it is multiplied by, x + y": df * z,
            "df was multiplied by x alone; z's slope is x + y": df * x,
            "df was multiplied by y alone; z's slope is x + y": df * y,
            "df came back as it was; z's slope is x + y": df,
        },
    }


@mistakes_in("sigmoid_neuron_forward", gives="out")
def sigmoid_neuron_outs(w: np.ndarray, x: np.ndarray) -> Values:
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    return {
        "the bias w[2] was forgotten": sigmoid(s - w[2]),
        "the sigmoid was forgotten: it is 1 / (1 + exp(-s))": s,
        "the sign of the exponent is wrong: it is 1 / (1 + exp(-s))": sigmoid(-s),
        "the first weight was taken for the bias; w[2] is": sigmoid(w[0] + w[1] * x[0] + w[2] * x[1]),
        "it is exp(-s) + 1, and 1 divided by it is the answer": 1 + np.exp(-s),
        "it is tanh; the sigmoid lies between 0 and 1": np.tanh(s),
    }


@mistakes_in("sigmoid_neuron_backward")
def sigmoid_neuron_gradients(df: float, w: np.ndarray, x: np.ndarray) -> Results:
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    out = sigmoid(s)

    def both(ds: float) -> tuple[np.ndarray, np.ndarray]:
        return ds * np.array([x[0], x[1], 1.0]), ds * w[:2]

    slope = out * (1 - out)
    found: dict[str, dict[str, Any]] = {"dw": {}, "dx": {}}
    for did, ds in {
        "df was forgotten: every gradient is df times a slope": slope,
        "the sigmoid's slope out·(1 - out) was forgotten": df,
        "s was taken for out: the sigmoid's slope is out·(1 - out)": df * s * (1 - s),
        "half of the sigmoid's slope is missing, the factor 1 - out": df * out,
        "half of the sigmoid's slope is missing, the factor out": df * (1 - out),
        "the slope has a plus for a minus: it is out·(1 - out)": df * out * (1 + out),
        "it is the slope of tanh: that of the sigmoid is out·(1 - out)": df * (1 - out**2),
    }.items():
        found["dw"][did], found["dx"][did] = both(ds)
    ds = df * slope
    found["dw"] |= {
        "the bias got its own value as a factor; its slope is 1": ds * np.array([x[0], x[1], w[2]]),
        "the weights were multiplied by themselves; the slope of w[0] is x[0]": ds
        * np.array([w[0], w[1], 1.0]),
        "the bias got no gradient; its slope is 1": ds * np.array([x[0], x[1], 0.0]),
    }
    found["dx"] |= {
        "the inputs were multiplied by themselves; the slope of x[0] is w[0]": ds * x,
        "the wrong weights were taken: x[0] goes with w[0] and x[1] with w[1]": ds * w[1:],
        "the weights were taken in reverse: x[0] goes with w[0] and x[1] with w[1]": ds * w[1::-1],
    }
    return found


@mistakes_in("copy_backward", gives="dx")
def copy_sums(douts: list[np.ndarray]) -> Values:
    stacked = np.stack(douts)
    loudest = np.abs(stacked).argmax(axis=0)[None]
    every = "gradients of several users add up"
    return {
        f"only the last user was heard: {every}": douts[-1],
        f"only the first user was heard: {every}": douts[0],
        f"the gradients were multiplied: {every}": stacked.prod(axis=0),
        f"the largest gradient was taken: {every}": stacked.max(axis=0),
        f"the gradient that is largest in size was taken: {every}": np.take_along_axis(stacked, loudest, 0)[
            0
        ],
        f"the mean was taken: {every}": stacked.mean(axis=0),
    }
