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


def overflown(loss, grads):
    return loss, grads | {"b": math.nan * grads["b"]}


def with_losses(*losses):
    """A model whose loss is said to be these, one after the other, and the last one from then on."""
    return Linear(disturb=lambda call, loss, grads: (losses[min(call, len(losses)) - 1], grads))


def test_a_loss_that_keeps_rising():
    rising = [2.0**k for k in range(40)]
    history = quiet(with_losses(*rising), max_loss_ratio=3.0, num_epochs=10).train()
    # 4 steps an epoch, but at least 10 are judged together; 20 are looked at for the first time.
    assert (history.stop.kind, history.loss) == ("diverged", rising[:20])
    assert "in the last 10 steps it was 2.46e+04, 1.02e+03 times that of the first 10" in str(history.stop)
    assert "try a tenth" in str(history.stop)
    assert quiet(with_losses(*rising), num_epochs=10).train().stop.kind == "finished"


@pytest.mark.parametrize(
    "losses",
    [
        [0.01] + 39 * [2.0],  # a lucky first batch
        [2.0]
        + 9 * [1.0]
        + [900.0]
        + 29 * [1.0],  # one unlucky batch: the loss falls again before it is judged
        5 * [1.0] + [5.0, 50.0, 80.0, 60.0, 40.0, 20.0, 10.0] + 28 * [3.0],  # rises before it falls
        10 * [1.0] + 30 * [2.9],  # higher, but not so much
        [1.0, 50.0] * 20,  # thrown about, but not rising
    ],
)
def test_one_batch_never_ends_a_training_nor_a_rise_before_a_fall(losses):
    assert quiet(with_losses(*losses), max_loss_ratio=3.0, num_epochs=10).train().stop.kind == "finished"


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
            Linear(
                disturb=lambda call, loss, grads: (loss, grads) if call < 4 else overflown(math.inf, grads)
            ),
            {},
            DATA,
            "a probability became 0",
        ),
        (
            Linear(disturb=lambda call, loss, grads: overflown(math.nan, grads)),
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


def test_gradients_that_are_not_finite_do_not_reach_the_parameters():
    def disturb(call, loss, grads):
        return overflown(math.nan, grads) if call == 2 else (loss, grads)

    model = Linear(disturb=disturb)
    solver = quiet(model)
    solver.step()
    before = {name: w.copy() for name, w in model.params.items()}
    assert math.isnan(solver.step())
    assert solver.history.stop.kind == "non-finite"
    for name, w in model.params.items():
        np.testing.assert_array_equal(w, before[name])


@pytest.mark.parametrize("overflow", [math.inf, math.nan])
def test_a_loss_that_overflows_while_its_gradients_do_not_ends_nothing(overflow, capsys):
    """As -log(p) does for a probability of 0, where the gradient, p - 1, is all right."""
    usual = quiet(Linear(), optim_config={"learning_rate": 0.1}, num_epochs=9)
    usual.train()
    model = Linear(disturb=lambda call, loss, grads: (overflow if call < 30 else loss, grads))
    solver = quiet(model, optim_config={"learning_rate": 0.1}, num_epochs=9, verbose=True)
    assert solver.train().stop.kind == "finished"
    assert solver.loss_history[29:] == usual.loss_history[29:]
    (said,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Step")]
    assert said.startswith(
        f"Step 0 is no reason to stop, for its gradients are finite, but the loss is {overflow}. "
    )
    assert "initial weights too large, or data not scaled" in said


def test_a_stop_is_said_to_those_who_asked_for_silence_too(capsys):
    history = quiet(Linear(disturb=lambda call, loss, grads: overflown(math.nan, grads))).train()
    assert capsys.readouterr().out == f"{history.stop}\n"
    history = quiet(Linear(), callbacks=[lambda solver: solver.stop("Seen enough.")]).train()
    assert capsys.readouterr().out == "Seen enough.\n"
    assert quiet().train().stop.kind == "finished"
    assert capsys.readouterr() == ("", "")


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
