"""The masks of the student's networks, read off the gradient of their last weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.chance import expect_share
from autograder.checks.asking.expectations import expect_shape
from autograder.checks.asking.fully_connected import GRADS, Nets
from autograder.checks.asking.network import StudentNet, gradient
from autograder.checks.asking.parameters import Params
from autograder.checks.mistakes.normalization import standardized
from autograder.verdict.expect import expect_close

_RULE = "Dropout comes behind the ReLU of every hidden layer: each unit is 0 or divided by dropout_keep_ratio"


class HiddenMasks:
    """The masks of the student's networks.

    The last weights are zero, so that the scores, and with them the gradient of the scores, do not depend on any mask.
    """

    def __init__(self, nets: Nets, rng: np.random.Generator):
        self._nets = nets
        self._rng = rng

    def factors(
        self, p: float, H: int, examples: int = 1, layers: int = 1, normalization: str | None = None
    ) -> np.ndarray:
        """What each hidden unit of a new network was multiplied by.

        Args:
            p: the ratio that is kept.
            H: number of units in each hidden layer.
            examples: one or two.
            layers: one or two hidden layers. The second one passes the first one on as it is, so that both factors
                show as their product.
            normalization: None, or "layernorm" with one hidden layer.

        Returns:
            Shape (examples, H).
        """
        dims = (4, *[H] * layers, 3)
        net = self._nets.student_net(dims, dropout_keep_ratio=p, normalization=normalization)
        X = self._rng.uniform(0.5, 1.5, size=(examples, 4))
        params, whole = self._hidden_layer(X, H, normalization)
        if layers == 2:
            params |= {"W2": np.eye(H), "b2": np.zeros(H)}
        params |= {f"W{layers + 1}": np.zeros((H, 3)), f"b{layers + 1}": np.zeros(3)}
        return _last_hidden(StudentNet(net, params), X, H, layers + 1) / whole

    def _hidden_layer(self, X: np.ndarray, H: int, normalization: str | None) -> tuple[Params, np.ndarray]:
        """Parameters of the first hidden layer, and what leaves it where nothing is dropped."""
        params = {
            "W1": self._rng.uniform(0.5, 1.5, size=(4, H)),
            "b1": self._rng.uniform(0.1, 0.5, size=H),
        }
        whole = X @ params["W1"] + params["b1"]
        if normalization:
            params |= {
                "gamma1": self._rng.uniform(0.3, 0.6, size=H),
                "beta1": self._rng.uniform(4, 5, size=H),
            }
            whole = params["gamma1"] * standardized(whole, 1) + params["beta1"]
        return params, whole

    def expect_kept(
        self, p: float, H: int, examples: int = 1, layers: int = 1, normalization: str | None = None
    ) -> np.ndarray:
        """Which hidden units were kept; fails unless it is the right share of them, and they are divided by it.

        Args and shape as of `factors`.
        """
        factors = self.factors(p, H, examples, layers, normalization)
        kept = np.abs(factors) > 1e-6
        with advice(_RULE):
            expect_share(kept, p**layers, "hidden units")
            expect_close(factors, kept / p**layers, "the factor of the hidden units", rtol=1e-6, atol=1e-6)
        return kept

    def works(self, p: float = 0.6) -> None:
        """Fail the case unless units are dropped at all, and a ratio of p is kept."""
        self.expect_kept(p, 200)


def _last_hidden(net: StudentNet, X: np.ndarray, H: int, last: int) -> np.ndarray:
    """What goes into the last layer, shape (examples, H), read off the gradient of its weights, which are zero."""
    y = np.arange(len(X))
    loss, grads = net.loss(X, y)
    expect_close(loss, np.log(3), "the loss of scores that are all zero")
    dscores = (np.full((len(X), 3), 1 / 3) - np.eye(3)[y]) / len(X)
    db = shaped_gradient(grads, f"b{last}", (3,))
    expect_close(db, dscores.sum(axis=0), f"grads['b{last}']", **GRADS)
    # grads[W] = hiddenᵀ · dscores; the rows of dscores are independent for two examples of two classes.
    dW = shaped_gradient(grads, f"W{last}", (H, 3))
    hidden = (dW @ np.linalg.pinv(dscores)).T
    expect_close(dW, hidden.T @ dscores, f"grads['W{last}']", rtol=1e-6, atol=1e-9)
    return hidden


def shaped_gradient(grads: dict[str, Any], name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of the parameter of that name, which must be there and an array of that shape."""
    return expect_shape(gradient(grads, name), shape, f"grads[{name!r}]")
