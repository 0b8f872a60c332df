"""A training that is only slow, noisy or badly begun goes on to its end, as it does with the widely used Solver."""

import math

import numpy as np
import pytest
from models_for_training import quiet

from course_utils.data import load_dataset
from course_utils.training import Solver


class DropoutNet:
    """affine - ReLU - inverted dropout - affine - softmax, whose masks come from NumPy's global generator.

    Its loss is inf where a probability is 0, while its gradients are all right.
    """

    def __init__(self, input_dim, hidden_dim, num_classes, keep, weight_scale, seed):
        rng = np.random.default_rng(seed)
        self.params = {
            "W1": rng.normal(scale=weight_scale, size=(input_dim, hidden_dim)),
            "b1": np.zeros(hidden_dim),
            "W2": rng.normal(scale=weight_scale, size=(hidden_dim, num_classes)),
            "b2": np.zeros(num_classes),
        }
        self.keep = keep

    def loss(self, X, y=None):
        x = X.reshape(len(X), -1)
        hidden = np.maximum(x @ self.params["W1"] + self.params["b1"], 0)
        mask = 1.0
        if y is not None:
            mask = (np.random.rand(*hidden.shape) < self.keep) / self.keep  # noqa: NPY002
        scores = (hidden * mask) @ self.params["W2"] + self.params["b2"]
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log(p[rows, y]).mean()
        dscores = p
        dscores[rows, y] -= 1
        dscores /= len(y)
        dhidden = dscores @ self.params["W2"].T * mask * (hidden > 0)
        grads = {
            "W1": x.T @ dhidden,
            "b1": dhidden.sum(axis=0),
            "W2": (hidden * mask).T @ dscores,
            "b2": dscores.sum(axis=0),
        }
        return loss, grads


@pytest.mark.filterwarnings("ignore:divide by zero encountered in log:RuntimeWarning")
@pytest.mark.parametrize("seed", range(10))
def test_dropout_with_adam_on_pictures_that_are_not_scaled_trains_to_its_end(seed):
    """The loss begins near log 10, is five times that a step later, and falls then: no reason to stop."""
    digits = load_dataset("digits", num_train=200, num_val=100)
    mean = digits.X_train.mean(axis=0)
    data = {
        "X_train": 255 * (digits.X_train - mean),
        "y_train": digits.y_train,
        "X_val": 255 * (digits.X_val - mean),
        "y_val": digits.y_val,
    }
    solver = Solver(
        DropoutNet(64, 200, 10, keep=0.25, weight_scale=1e-3, seed=seed),
        data,
        num_epochs=25,
        batch_size=20,
        update_rule="adam",
        optim_config={"learning_rate": 2e-2},
        verbose=False,
        print_every=100,
    )
    solver.train()
    assert max(solver.loss_history[:20]) > 3 * solver.loss_history[0]
    assert len(solver.loss_history) == 25 * 10
    assert solver.train_acc_history[-1] > 0.85


@pytest.mark.filterwarnings("ignore:divide by zero encountered in log:RuntimeWarning")
@pytest.mark.parametrize(
    ("settings", "weight_scale"),
    [
        ({"batch_size": 1, "optim_config": {"learning_rate": 0.4}}, 0.3),
        ({"optim_config": {"learning_rate": 30.0}, "lr_decay": 0.2, "num_epochs": 12}, 0.3),
        ({"optim_config": {"learning_rate": 1.0}, "num_epochs": 12}, 500.0),  # many losses are inf
        (
            {
                "update_rule": "rmsprop",
                "optim_config": {"learning_rate": 1.0},
                "lr_decay": 0.7,
                "num_epochs": 12,
            },
            0.3,
        ),
    ],
)
def test_what_begins_badly_is_not_given_up(settings, weight_scale):
    solver = quiet(DropoutNet(16, 12, 3, keep=1.0, weight_scale=weight_scale, seed=0), **settings)
    assert solver.train().stop.kind == "finished"
    assert len(solver.loss_history) == solver.num_epochs * (90 // solver.batch_size)
    assert max(solver.loss_history) > 3 * solver.loss_history[0] or math.isinf(solver.loss_history[0])
    assert solver.train_acc_history[-1] > 0.7
