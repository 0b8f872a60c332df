"""Normalization layers, the student's beside the reference's, and the dict that batch normalization keeps."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import told
from autograder.checks.asking.inputs import Tolerances, as_double, as_single, mixed
from autograder.checks.asking.layer import Layer
from autograder.checks.mistakes.known import Results, Values
from autograder.checks.mistakes.normalization import EPS, running_averages, scaled_outs, test_mode_outs
from autograder.checks.mistakes.normalization_backward import of_gamma_and_beta, scaled_dx
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student

# Far from zero the inputs themselves keep only ten digits; a variance as E[x²] - E[x]² keeps four.
FAR: Tolerances = {"rtol": 1e-7, "atol": 1e-7}


class Normalization(Layer):
    """A normalization layer, the student's beside the reference's; the entries of its dict are keyword arguments.

    `args` are x, gamma, beta and what else forward takes before the dict.

    Args:
        name: of the layer, as "batchnorm".
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

    def forward_call(self, *args: Any, **param: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """The call, with the settings in a dict as its last argument."""
        return f"{self.name}_forward", (*args, self._always | param), {}

    def forward_of(self, param: Any, *args: Any) -> Any:
        """`out` of the student for a dict that stays in the kernel."""
        return self._student.call(f"{self.name}_forward", *args, param)[0]

    def expected_out_of(self, param: dict[str, Any], *args: Any) -> np.ndarray:
        """`out` of the reference, which writes its running averages into the dict."""
        return getattr(self._reference, f"{self.name}_forward")(*map(as_double, args), param)[0]

    def expected_out(self, *args: Any, **param: Any) -> Any:
        """`out` of the reference."""
        return super().expected_out(*args, self._always | param)

    def expected_gradients(self, dout: Any, *args: Any, **param: Any) -> list[Any]:
        """dx, dgamma and dbeta of the reference."""
        return super().expected_gradients(dout, *args, self._always | param)

    def mistaken_outs(self, *args: Any, **param: Any) -> Values:
        """What known mistakes give, in training mode or by the running averages that the dict holds in test mode."""
        param, eps = self._always | param, param.get("eps", EPS)
        x, _, _, *more = args
        rows, scale, shift, axes = self.aligned(*args)
        if param.get("mode") == "test" and "running_mean" in param:
            running = self.aligned(x, param["running_mean"], param["running_var"], *more)[1:3]
            outs = dict(test_mode_outs(rows, scale, shift, running, axes, eps))
        else:
            outs = {
                did: scale * x_hat.reshape(rows.shape) + shift
                for did, x_hat in self.mixed_up(x, eps, *more).items()
            }
            outs |= scaled_outs(rows, scale, shift, axes, eps)
        return {did: values.reshape(x.shape) for did, values in outs.items()}

    def mistaken_gradients(self, dout: Any, *args: Any, **param: Any) -> Results:
        """What known mistakes of the backward pass give, by a gradient's name."""
        rows, scale, _, axes = self.aligned(*args)
        eps, upstream = param.get("eps", EPS), dout.reshape(rows.shape)
        dx = scaled_dx(upstream, rows, scale, axes, eps)
        in_shape = {did: values.reshape(args[0].shape) for did, values in dx.items()}
        return {"dx": in_shape, **of_gamma_and_beta(upstream, rows, scale, axes, eps, args[1].shape)}

    def aligned(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, *more: Any) -> tuple[Any, ...]:
        """x, gamma and beta with as many axes as the statistics need, and the axes that they go over."""
        raise NotImplementedError(f"{type(self).__name__} does not say which axes it goes over")

    def mixed_up(self, x: np.ndarray, eps: float, *more: Any) -> Values:
        """`x` as it is normalized over the wrong axes, by what was done."""
        return {}


def drawn_inputs(
    rng: np.random.Generator, N: int, D: int, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs of a normalization that no other axis than the right one fits.

    Args:
        N, D: number of rows and of columns.
        spread: what x is multiplied by.

    Returns:
        x of shape (N, D) with rows and columns of their own mean and spread, gamma of both signs and beta, shape (D,).
    """
    x = rng.normal(size=(N, D)) * rng.uniform(0.5, 3, size=D) * rng.uniform(0.7, 1.4, size=(N, 1))
    x += rng.uniform(-4, 4, size=D) + rng.uniform(-2, 2, size=(N, 1))
    return spread * x, mixed(rng, (D,)), rng.normal(size=D)


class BatchNormState:
    """A bn_param in the student's kernel and its counterpart here.

    Args:
        layer: what it belongs to.
        entries: what the dict holds at first.

    Attributes:
        wanted: what the reference has made of the dict.
    """

    def __init__(self, student: Student, layer: Normalization, **entries: Any):
        self._student = student
        self._layer = layer
        self._handle = student.run("result = {}")
        self.wanted: dict[str, Any] = {}
        self._before: dict[str, Any] = {}
        self._inputs: tuple[np.ndarray, ...] = ()
        self.update(**entries)

    def update(self, **entries: Any) -> None:
        """Set entries of both dicts."""
        self._handle.update(entries)
        self.wanted |= {key: as_double(value) for key, value in entries.items()}

    def forward(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> Any:
        """`out` of the student; the reference goes forward beside it."""
        self._inputs, self._before = (x, gamma, beta), self.wanted.copy()
        self._wanted_out = self._layer.expected_out_of(self.wanted, *self._inputs)
        return self._layer.forward_of(self._handle, *self._inputs)

    def expect_out(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> None:
        """Fail the case unless the forward pass gives what the reference gives."""
        out = self.forward(x, gamma, beta)
        with told(out, self._mistaken_outs):
            expect_close(out, self._wanted_out, "out")

    def expect_averages(self, **tolerances: Unpack[Tolerances]) -> None:
        """Fail the case unless the student's running averages are the reference's."""
        found = self._handle.copy()
        single = self._inputs[0].dtype == np.float32
        for name in ("running_mean", "running_var"):
            expect(name in found, f"bn_param holds no {name!r} after the forward pass")
            wanted = as_single(self.wanted[name]) if single else self.wanted[name]
            with told(found[name], partial(self._mistaken_averages, name)):
                expect_close(found[name], wanted, f"bn_param[{name!r}]", **tolerances)

    def _mistaken_outs(self) -> Values:
        zeros = np.zeros(len(self._inputs[1]))
        start = {"running_mean": zeros, "running_var": zeros}
        return self._layer.mistaken_outs(*self._inputs, **start | self._before)

    def _mistaken_averages(self, name: str) -> Values:
        x = self._inputs[0]
        rows, *_, axes = self._layer.aligned(*self._inputs)
        statistics = {"running_mean": rows.mean(axis=axes), "running_var": rows.var(axis=axes)}
        old = self._before.get(name, np.zeros_like(statistics[name]))
        n = x.size // statistics[name].size
        param = self._before
        return running_averages(name, old, statistics, n, param.get("momentum"), param.get("eps", EPS))
