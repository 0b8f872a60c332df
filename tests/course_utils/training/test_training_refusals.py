"""What the training loop refuses, in a sentence."""

import inspect

import numpy as np
import pytest
from models_for_training import DATA, Linear, quiet

from course_utils.training import Solver


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: quiet(object()), "object has no dict `params`"),
        (lambda: quiet(type("Net", (), {"params": {"W": np.zeros(3)}})()), r"Net has no method loss\(X, y\)"),
        (
            lambda: quiet(type("Net", (), {"params": {"W": np.zeros(3, int)}, "loss": print})()),
            r"params\['W'\] is an array of int64",
        ),
        (
            lambda: quiet(type("Net", (), {"params": {"W": [1.0]}, "loss": print})()),
            r"params\['W'\] is a list",
        ),
        (
            lambda: quiet(data={"X_train": DATA["X_train"]}),
            "the data have no y_train; a Solver needs X_train, y_train, X_val, y_val",
        ),
        (
            lambda: quiet(data=DATA | {"y_val": np.zeros(3, int)}),
            "X_val holds 40 examples and y_val 3 labels",
        ),
        (lambda: quiet(data=DATA | {"X_train": [], "y_train": []}), "X_train holds 0 examples"),
        (lambda: quiet(update_rule="adm"), "update_rule is 'adm'; choose one of adagrad, adam,"),
        (lambda: quiet(update_rule=lambda w, dw, config: (w, config)), "pass optim_config"),
        (lambda: quiet(schedule=lambda t, T: 0.1, lr_decay=0.9), "a schedule and lr_decay"),
        (lambda: quiet(batch_size=0), "batch_size is 0; it must be at least 1"),
        (lambda: quiet(patience=0), "patience is 0"),
        (lambda: quiet(num_epochs=-1), "num_epochs is -1"),
        (lambda: quiet(ema_decay=1.0), r"ema_decay is 1.0; it must be in \[0, 1\)"),
        (lambda: quiet(clip_norm=0), "clip_norm is 0; it must be positive"),
        (lambda: quiet(callbacks=[3]), "3 is no callback"),
        (
            lambda: quiet(Linear(disturb=lambda call, loss, grads: (loss, {"W": grads["W"]}))).train(),
            "returned no gradient of b",
        ),
        (
            lambda: quiet(
                Linear(disturb=lambda call, loss, grads: (loss, grads | {"b": np.zeros((1, 3))}))
            ).train(),
            r"the gradient of b has shape \(1, 3\); expected \(3,\)",
        ),
        (
            lambda: quiet(Linear(disturb=lambda call, loss, grads: (loss, 1.0))).train(),
            "returned a float as its second result",
        ),
        (
            lambda: quiet(Linear(disturb=lambda call, loss, grads: loss)).train(),
            "returned a float64; expected",
        ),
        (
            lambda: quiet(update_rule=lambda w, dw, config: w, optim_config={"learning_rate": 1.0}).train(),
            r"<lambda> returned a ndarray; expected \(next_w, config\)",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_every_argument_is_described():
    described = inspect.getdoc(Solver)
    for name in inspect.signature(Solver).parameters:
        assert f"{name}:" in described or f"{name}, " in described or f", {name}:" in described, name
