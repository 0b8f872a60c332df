"""A network, the student's beside the reference's, and what its parameters must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import note, told
from autograder.checks.asking.inputs import NUMERIC, Tolerances, as_double, as_single, slope
from autograder.checks.asking.parameters import Params, expect_object
from autograder.checks.mistakes.known import Values
from autograder.checks.mistakes.networks import gradient_mistakes, loss_mistakes, scores_mistakes
from autograder.checks.mistakes.passes import mistaken_passes
from autograder.verdict.expect import expect, expect_close
from course_utils.compare import CheckFailed, difference, listed
from course_utils.gradcheck.sizes import named_numbers


class StudentNet:
    """A student's network with parameters of the check's choosing.

    Everywhere `X` is a batch of shape (N, ...) and `y` are its labels, shape (N,).

    Args:
        net: what calling the student's class gave.
        params: written into it.

    Attributes:
        net: the network in the student's kernel.
        params: what was written into it.
    """

    def __init__(self, net: Any, params: Params):
        self.net = expect_object(net)
        self.params = params
        self.net.write_items("params", params)

    def scores(self, X: np.ndarray) -> Any:
        """What the student's loss gives without labels."""
        return self.net.loss(X)

    def loss(self, X: np.ndarray, y: np.ndarray) -> tuple[Any, dict[str, Any]]:
        """(loss, grads) of the student."""
        result = self.net.loss(X, y)
        if not (isinstance(result, tuple | list) and len(result) == 2 and isinstance(result[1], dict)):
            raise CheckFailed(
                "loss(X, y) must return a pair (loss, grads) with grads a dict such as {'W1': ...}"
            )
        return result[0], result[1]

    def expect_params_kept(self) -> None:
        """Fail the case unless the parameters are still those that were written into the network."""
        kept = self.net.read("params")
        for name, value in self.params.items():
            expect_close(kept[name], value, f"params[{name!r}] after loss", rtol=0, atol=0)

    def expect_own_slopes(
        self, X: np.ndarray, y: np.ndarray, grads: dict[str, Any], sizes: Mapping[str, float] | None = None
    ) -> None:
        """Fail the case unless `grads` are the slopes of the student's own loss, which must not draw anew each time."""
        self.compare(grads, lambda name: self._slope(name, X, y), sizes, **NUMERIC)

    def compare(
        self,
        grads: dict[str, Any],
        expected: Callable[[str], Any],
        sizes: Mapping[str, float] | None = None,
        mistakes: Callable[[str], Values] = lambda name: {},
        **tolerances: Unpack[Tolerances],
    ) -> None:
        """Fail the case unless `grads` holds for each parameter what is expected of it.

        Args:
            expected: makes the gradient of the parameter of that name.
            sizes: numbers that a wrong factor may turn out to be, by name.
            mistakes: makes what known mistakes give instead.
        """
        for name in self.params:
            found = gradient(grads, name)
            with told(found, partial(mistakes, name)):
                expect_close(found, expected(name), f"grads[{name!r}]", sizes=sizes, **tolerances)

    def _slope(self, name: str, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        def losses(values: list[np.ndarray]) -> list[Any]:
            asked = [
                each
                for value in values
                for each in (self.net.writing("params", {name: value}), self.net.asking("loss", X, y))
            ]
            return self.net.ask_each(asked)[1::2]

        try:
            return slope(losses, self.params[name])
        finally:
            self.net.write_items("params", {name: self.params[name]})


class Net(StudentNet):
    """A student's network with parameters of the check's choosing, and what the reference makes of the same ones.

    Args:
        student_net, reference_net: made with the same arguments.
        params: written into both.

    Attributes:
        reference: the reference's network.
    """

    def __init__(self, student_net: Any, reference_net: Any, params: Params):
        super().__init__(student_net, params)
        self.reference = reference_net
        for name, value in params.items():
            self.reference.params[name] = as_double(value)

    def train(self, *batches: tuple[np.ndarray, np.ndarray]) -> None:
        """Have both compute the loss of each batch (X, y), so that running averages move on in both alike."""
        for X, y in batches:
            self.loss(X, y)
            self.reference.loss(as_double(X), y)

    def expect_scores(self, X: np.ndarray, **tolerances: Unpack[Tolerances]) -> None:
        """Fail the case unless the student's scores are the reference's."""
        scores, wanted = self.scores(X), self.reference.loss(as_double(X))
        with told(scores, lambda: scores_mistakes(wanted, self.params, X)):
            expect_close(scores, self._wanted(wanted), "scores", **tolerances)

    def expect_loss(self, X: np.ndarray, y: np.ndarray, **tolerances: Unpack[Tolerances]) -> None:
        """Fail the case unless the student's loss is the reference's."""
        loss, (wanted, _) = self.loss(X, y)[0], self.reference.loss(as_double(X), y)
        with told(loss, lambda: self._mistaken_losses(wanted, X, y)):
            expect_close(loss, self._wanted(wanted), "loss", **tolerances)

    def _mistaken_losses(self, wanted: float, X: np.ndarray, y: np.ndarray) -> Values:
        other = {did: loss for did, (loss, _) in self.passes(X, y).items()}
        return other | loss_mistakes(wanted, self.params, self.reference.reg, len(X))

    def passes(self, X: np.ndarray, y: np.ndarray) -> dict[str, tuple[float, Params]]:
        """(loss, grads) of networks whose layers stand or pass back another way."""
        kind, params = getattr(self.reference, "normalization", None), self.reference.params
        return mistaken_passes(params, as_double(X), y, self.reference.reg, kind)

    def expect_grads(self, X: np.ndarray, y: np.ndarray, **tolerances: Unpack[Tolerances]) -> None:
        """Fail the case unless the student's gradients are the reference's."""
        grads, (_, wanted) = self.loss(X, y)[1], self.reference.loss(as_double(X), y)

        def mistakes(name: str) -> Values:
            passes = self.passes(X, y)
            other = {did: found[name] for did, (_, found) in passes.items() if name in found}
            return other | gradient_mistakes(name, wanted, self.params, self.reference.reg)

        self.compare(grads, lambda name: self._wanted(wanted[name]), self._sizes(X), mistakes, **tolerances)

    def expect_slopes(self, X: np.ndarray, y: np.ndarray) -> None:
        """Fail the case unless the gradients are the slopes of the student's own loss.

        Where that is not right, it is no measure: then the reference's gradients are.
        """
        loss, grads = self.loss(X, y)
        if difference(loss, self.reference.loss(as_double(X), y)[0], "loss"):
            self.expect_grads(X, y)
            return
        with note("Compared with the numeric gradient of your own loss"):
            self.expect_own_slopes(X, y, grads, self._sizes(X))

    def expect_unmoved(self, X: np.ndarray, y: np.ndarray) -> None:
        """Fail the case when a loss changes parameters, or depends on the call before; the caller looks at the batch.

        Args:
            X, y: at least three examples and their labels.
        """
        self.expect_scores(X)
        self.expect_loss(X, y)
        self.expect_loss(X[:2], y[:2])
        self.expect_loss(X, y)
        self.expect_grads(X, y)
        self.expect_params_kept()

    def _sizes(self, X: np.ndarray) -> dict[str, float]:
        return named_numbers({"X": X, "reg": float(self.reference.reg)})

    def _wanted(self, value: Any) -> Any:
        single = any(param.dtype == np.float32 for param in self.params.values())
        return as_single(value) if single else value


def gradient(grads: dict[str, Any], name: str) -> Any:
    """The gradient of the parameter of that name, which must be there."""
    expect(name in grads, f"grads has no key {name!r}; it holds {listed(grads)}")
    return grads[name]
