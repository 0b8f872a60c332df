"""When a training ends before its time, and what it says of the cause."""

import math

import numpy as np
import pytest
from models_for_training import DATA, Linear, SmallNet, quiet

from course_utils.training import Callback


def test_patience():
    def disturb(call, loss, grads):
        return loss, {name: 0 * dw for name, dw in grads.items()}  # nothing is learned

    history = quiet(Linear(disturb=disturb), patience=2, num_epochs=9).train()
    assert (history.stop.kind, history.epoch[-1]) == ("patience", 2)
    assert "no better validation accuracy" in str(history.stop)
    # Accuracy that goes on rising is waited for.
    assert quiet(Linear(), patience=9, num_epochs=9).train().stop.kind == "finished"


def test_a_loss_of_more_than_three_times_the_first():
    def rising(factor):
        return lambda call, loss, grads: (factor ** (call - 1), grads)

    history = quiet(Linear(disturb=rising(2.0))).train()
    assert (history.stop.kind, history.loss) == ("diverged", [1, 2, 4])
    assert "4 times the first" in str(history.stop)
    assert "try a tenth" in str(history.stop)
    assert (
        quiet(Linear(disturb=lambda call, loss, grads: (3.0 if call > 1 else 1.0, grads))).train().stop.kind
        == "finished"
    )
    assert quiet(Linear(disturb=rising(2.0)), max_loss_ratio=None).train().stop.kind == "finished"


@pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")
@pytest.mark.parametrize(
    ("model", "settings", "data", "words"),
    [
        (
            Linear(),
            {"optim_config": {"learning_rate": 1e308}, "max_loss_ratio": None},
            DATA,
            "learning rate, 1e+308, is most likely too high",
        ),
        (
            Linear(disturb=lambda call, loss, grads: (math.inf if call == 4 else loss, grads)),
            {},
            DATA,
            "a probability became 0",
        ),
        (
            Linear(disturb=lambda call, loss, grads: (math.nan, grads)),
            {},
            DATA,
            "initial weights too large, or data not scaled",
        ),
        (
            Linear(
                disturb=lambda call, loss, grads: (
                    loss * (math.nan if call == 3 else 1),
                    grads | {"b": grads["b"] * (math.nan if call == 2 else 1)},
                )
            ),
            {},
            DATA,
            "b went non-finite first, in the update of step 1. The loss had not grown before",
        ),
        (
            Linear(
                disturb=lambda call, loss, grads: (
                    loss,
                    grads | {"W": grads["W"] * (math.nan if call == 2 else 1)},
                )
            ),
            {"clip_norm": 1.0},
            DATA,
            "step 1: the gradient of W is not finite",
        ),
        (SmallNet(), {}, DATA | {"X_train": DATA["X_train"] * np.inf}, "The batch itself holds NaN or inf"),
        (Linear(scale=math.inf), {}, DATA, "W was not finite before the first step"),
    ],
)
def test_what_is_not_finite_gets_a_likely_cause(model, settings, data, words):
    solver = quiet(model, data, **settings)
    history = solver.train()
    assert history.stop.kind == "non-finite"
    assert words in str(history.stop)
    assert f"step {len(history.loss) - 1}" in str(history.stop)


def test_a_batch_that_is_not_finite_does_not_reach_the_parameters():
    model = Linear(disturb=lambda call, loss, grads: (math.nan if call == 2 else loss, grads))
    solver = quiet(model)
    solver.step()
    before = {name: w.copy() for name, w in model.params.items()}
    assert math.isnan(solver.step())
    for name, w in model.params.items():
        np.testing.assert_array_equal(w, before[name])


def test_stop_from_a_callback_ends_after_the_step_and_measures():
    class Impatient(Callback):
        def on_step(self, solver):
            if solver.steps_done == 3:
                solver.stop("Seen enough.")

    solver = quiet(callbacks=[Impatient()])
    history = solver.train()
    assert (history.stop.kind, str(history.stop), len(history.loss), history.epoch_step) == (
        "asked",
        "Seen enough.",
        3,
        [1, 3],
    )
    whole = quiet().train()
    solver.callbacks.clear()
    assert solver.train().loss[3] == pytest.approx(whole.loss[3], abs=0.3)
    assert len(solver.history.loss) == len(whole.loss)
