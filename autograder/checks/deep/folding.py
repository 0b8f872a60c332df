"""Checks of batch normalization that is folded into the convolution in front of it."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import advice, told
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_double, as_single, mixed
from autograder.checks.mistakes.known import Results
from autograder.checks.mistakes.normalization import EPS
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student

_EPS = "eps is added to the variance, inside the root, and is 1e-5 unless bn_param says otherwise"
Folded = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]


class Folding:
    """fold_batchnorm, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        self._student = student
        self._reference = reference

    def expect(self, *args: Any, only: str | None = None, **tolerances: Unpack[Tolerances]) -> None:
        """Fail the case unless the new filters and biases are right, or those named `only`."""
        found = self._student.call("fold_batchnorm", *args, returns="w, b")
        double = [*map(as_double, args[:4]), {key: as_double(value) for key, value in args[4].items()}]
        wanted, mistakes = self._reference.fold_batchnorm(*double), _mistaken(*double)
        for name, mine, right in zip(("w", "b"), found, wanted, strict=True):
            if only in (None, name):
                with told(mine, partial(mistakes.__getitem__, name)):
                    expect_close(mine, as_single(right) if tolerances else right, name, **tolerances)


def _mistaken(
    w: np.ndarray, b: np.ndarray, gamma: np.ndarray, beta: np.ndarray, bn_param: dict[str, Any]
) -> Results:
    """What well-known mistakes give."""
    mean, var, eps = bn_param["running_mean"], bn_param["running_var"], bn_param.get("eps", 1e-5)
    scale, each = gamma / np.sqrt(var + eps), (slice(None), None, None, None)
    filters = {
        "gamma was forgotten": w / np.sqrt(var + eps)[each],
        "w was divided by the variance; its root is the standard deviation": w * (gamma / (var + eps))[each],
        "w stayed as it was": w,
    }
    biases = {
        "the bias of the convolution was forgotten": beta - scale * mean,
        "b was not scaled: the normalization scales what the convolution gives, bias and all": beta
        + b
        - scale * mean,
        "running_mean was not scaled": beta + scale * b - mean,
        "running_mean was added; it is subtracted": beta + scale * (b + mean),
        "running_mean was forgotten": beta + scale * b,
        "beta was forgotten": scale * (b - mean),
    }
    return {"w": filters, "b": biases}


@check("fold_batchnorm")
def fold_batchnorm(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    folding = Folding(student, reference)

    def drawn(*shape: int, least: float = 0.3, eps: float | None = EPS, **more: Any) -> Folded:
        F = shape[0]
        averages = {"running_mean": rng.normal(size=F), "running_var": least * rng.uniform(1, 9, size=F)}
        return (
            mixed(rng, shape),
            rng.normal(size=F),
            mixed(rng, (F,)),
            rng.normal(size=F),
            averages | more | ({} if eps is None else {"eps": eps}),
        )

    for name in ("w", "b"):
        with student.case(f"the new {'filters' if name == 'w' else 'biases'}", 2):
            folding.expect(*drawn(4, 3, 2, 5), only=name)
            folding.expect(*drawn(3, 3, 3, 3, mode="test"), only=name)
    with student.case("eps = 0.1"), advice(_EPS, student):
        folding.expect(*drawn(4, 3, 2, 5, eps=0.1))
    with student.case("the default eps, where variances are small"), advice(_EPS, student):
        folding.expect(*drawn(4, 3, 2, 5, least=2e-6, eps=None))
    with student.case("one filter, one channel, one pixel", 0.5):
        for shape in ((1, 3, 2, 4), (4, 1, 2, 3), (4, 3, 1, 1)):
            folding.expect(*drawn(*shape))
    with student.case("single precision", 0.5):
        *arrays, bn_param = drawn(4, 3, 2, 5)
        single = {key: as_single(value) if key != "eps" else value for key, value in bn_param.items()}
        folding.expect(*map(as_single, arrays), single, **SINGLE)
    with student.case("what came in stays as it was", 0.5):
        folding.expect(*drawn(4, 3, 2, 5))
        student.expect_unchanged()
