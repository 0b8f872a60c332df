"""Models that the checks make: one that is alike in the student's kernel and here, and one that is broken."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.verdict.handle import Handle
from autograder.verdict.student import Student

# A linear softmax model, made alike in the student's kernel and here.
_MODEL = """
class LinearModel:
    def __init__(self):
        rng = np.random.default_rng({seed})
        self.params = {{"W": {scale} * rng.normal(size=({D}, {C})), "b": {scale} * rng.normal(size={C})}}
        self.reg = {reg}

    def loss(self, X, y=None):
        rows = X.reshape(len(X), -1)
        scores = rows @ self.params["W"] + self.params["b"]
        if y is None:
            return scores
        exp = np.exp(scores - scores.max(axis=1, keepdims=True))
        p = exp / exp.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(len(y)), y])) + {sign} * 0.5 * self.reg * np.sum(self.params["W"] ** 2)
        p[np.arange(len(y)), y] -= 1
        grads = {{"W": rows.T @ p / len(y) + self.reg * self.params["W"], "b": p.sum(axis=0) / len(y)}}
        return loss, grads

result = LinearModel()
"""

_BROKEN = """
class BrokenModel:
    params, reg = {}, 0.4

    def loss(self, X, y=None):
        if self.reg > 1:
            raise ValueError("no such batch")
        return 0.7, {}

result = BrokenModel()
"""


def twin_models(student: Student, **settings: Any) -> tuple[Handle, Any]:
    """The same model in the student's kernel and in this process."""
    source = _MODEL.format(**{"scale": 1e-3, "reg": 0.0, "sign": 1} | settings)
    scope: dict[str, Any] = {"np": np}
    exec(compile(source, "<model>", "exec"), scope)
    return student.run(source), scope["result"]


def params_of(model: Handle) -> dict[str, Any]:
    """The parameters of a model in the student's kernel."""
    return model.read("params")


def broken_model(student: Student) -> Handle:
    """A model in the student's kernel whose reg is 0.4, and whose loss raises "no such batch" where reg is above 1."""
    return student.run(_BROKEN)
