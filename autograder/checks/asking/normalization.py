"""Normalization layers, the student's beside the reference's, and the dict that batch normalization keeps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.inputs import Tolerances, as_double, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.normalization import scaled_dx, scaled_outs, standardized
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student

# Far from zero the inputs themselves keep only ten digits; a variance as E[x²] - E[x]² keeps four.
FAR: Tolerances = {"rtol": 1e-7, "atol": 1e-7}
# A gradient that cancels to nothing is compared absolutely.
CANCELS: Tolerances = {"rtol": 1e-8, "atol": 1e-9}


class Normalization(Layer):
    """A normalization layer: student beside reference; the entries of its dict are keyword arguments.

    Args:
        name: "batchnorm" or "layernorm".
        backward: name of the backward function asked, where it is another than `<name>_backward`.
        always: entries of the dict in every call.
    """

    def __init__(
        self,
        student: Student,
        reference: SimpleNamespace,
        name: str,
        backward: str = "",
        always: dict[str, Any] | None = None,
    ):
        super().__init__(student, reference, name, "dx, dgamma, dbeta", backward)
        self._always = always or {}

    def forward(self, *args: Any, **param: Any) -> Any:
        return self._student.call(f"{self.name}_forward", *args, self._always | param)

    def expected_out(self, *args: Any, **param: Any) -> Any:
        return super().expected_out(*args, self._always | param)

    def expected_gradients(self, dout: Any, *args: Any, **param: Any) -> list:
        return super().expected_gradients(dout, *args, self._always | param)

    def mistaken_outs(
        self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, *more: Any, **param: Any
    ) -> Values:
        if (self._always | param).get("mode") == "test":
            return {}
        eps = param.get("eps", 1e-5)
        rows, scale, shift, axes = self.aligned(x, gamma, beta, *more)
        scaled = scaled_outs(rows, scale, shift, axes, eps)
        mixed_up = {
            did: scale * v.reshape(rows.shape) + shift for did, v in self.mixed_up(x, eps, *more).items()
        }
        return {did: values.reshape(x.shape) for did, values in (mixed_up | scaled).items()}

    def mistaken_gradients(
        self, dout: np.ndarray, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, *more: Any, **param: Any
    ) -> dict[str, Values]:
        rows, scale, _, axes = self.aligned(x, gamma, beta, *more)
        dx = scaled_dx(dout.reshape(rows.shape), rows, scale, axes, param.get("eps", 1e-5))
        _, dgamma, dbeta = self.expected_gradients(dout, x, gamma, beta, *more, **param)
        return {
            "dx": {did: values.reshape(x.shape) for did, values in dx.items()},
            "dgamma": {"it is dbeta, the sum of dout; dgamma is the sum of dout·x_hat": dbeta},
            "dbeta": {"it is dgamma; backward returns dx, dgamma, dbeta": dgamma},
        }

    def aligned(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, *more: Any) -> tuple:
        """x, gamma and beta with as many axes as the statistics need, and the axes that they go over."""
        return x, gamma, beta, {"batchnorm": 0, "layernorm": 1}[self.name]

    def mixed_up(self, x: np.ndarray, eps: float, *more: Any) -> Values:
        """`x` as it is normalized over the wrong axes, by what was done."""
        over_all = {"all numbers were normalized together": standardized(x, None, eps)}
        if self.name == "batchnorm":
            return over_all | {
                "each example was normalized by itself; mean and variance are those of a feature, over the batch": (
                    standardized(x, 1, eps)
                )
            }
        return over_all | {
            "each feature was normalized over the batch; mean and variance are those of an example": (
                standardized(x, 0, eps)
            )
        }


def drawn_inputs(
    rng: np.random.Generator, N: int, D: int, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x with rows and columns of their own mean and spread, gamma of both signs, beta."""
    x = rng.normal(size=(N, D)) * rng.uniform(0.5, 3, size=D) * rng.uniform(0.7, 1.4, size=(N, 1))
    x += rng.uniform(-4, 4, size=D) + rng.uniform(-2, 2, size=(N, 1))
    return spread * x, mixed(rng, (D,)), rng.normal(size=D)


class BatchNormState:
    """A bn_param in the student's kernel and its counterpart here.

    Args:
        entries: what the dict holds at first.
    """

    def __init__(self, student: Student, reference: SimpleNamespace, **entries: Any):
        self._student = student
        self._reference = reference
        self._handle = student.run("result = {}")
        self.wanted: dict[str, Any] = {}
        self._single = False
        self.update(**entries)

    def update(self, **entries: Any) -> None:
        self._student.call_method(self._handle, "update", entries)
        self.wanted |= {key: as_double(value) for key, value in entries.items()}

    def forward(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> tuple[Any, np.ndarray]:
        """`out` of the student and of the reference."""
        self._single = x.dtype == np.float32
        out, _ = self._student.call("batchnorm_forward", x, gamma, beta, self._handle)
        wanted = self._reference.batchnorm_forward(*map(as_double, (x, gamma, beta)), self.wanted)[0]
        return out, wanted

    def expect_averages(self, **tolerances: Unpack[Tolerances]) -> None:
        found = self._student.call_method(self._handle, "copy")
        for name in ("running_mean", "running_var"):
            expect(name in found, f"bn_param holds no {name!r} after the forward pass")
            wanted = as_single(self.wanted[name]) if self._single else self.wanted[name]
            expect_close(found[name], wanted, f"bn_param[{name!r}]", **tolerances)
