"""What is written for the widely used Solver trains unchanged; what is different is said in docs/training.md."""

from collections import OrderedDict, UserDict

import numpy as np
import pytest
from models_for_training import DATA, Linear, quiet, small_data


@pytest.mark.parametrize(
    ("examples", "batch_size", "steps"),
    [(230, 100, 2), (200, 100, 2), (99, 100, 1), (100, 100, 1), (7, 2, 3), (1, 1, 1)],
)
def test_steps_of_an_epoch(examples, batch_size, steps):
    sizes = []

    class Watched(Linear):
        def loss(self, X, y=None):
            if y is not None:
                sizes.append(len(X))
            return super().loss(X, y)

    solver = quiet(Watched(), small_data(train=examples), batch_size=batch_size, num_epochs=3)
    solver.train()
    assert len(solver.loss_history) == 3 * steps
    assert solver.epoch == 3
    assert set(sizes) == {min(batch_size, examples)}


def test_what_is_left_over_in_one_epoch_comes_in_another():
    seen = []

    class Watched(Linear):
        def loss(self, X, y=None):
            if y is not None:
                seen.extend(X[:, 0, 0, 0])
            return super().loss(X, y)

    quiet(Watched(), batch_size=40, num_epochs=1).train()
    assert len(set(seen)) == len(seen) == 80
    quiet(Watched(), batch_size=40, num_epochs=12).train()
    assert len(set(seen)) == 90


def test_attributes_are_those_of_the_arguments():
    config = {"learning_rate": 1e-2, "decay_rate": 0.9}
    solver = quiet(
        update_rule="rmsprop",
        optim_config=config,
        lr_decay=0.9,
        num_epochs=2,
        batch_size=30,
        print_every=7,
        num_train_samples=50,
        num_val_samples=20,
        checkpoint_name=None,
    )
    before = [solver.epoch, solver.best_val_acc, solver.best_params, solver.loss_history]
    assert before == [0, 0, {}, []]
    solver.train()
    found = {name: getattr(solver, name) for name in ("lr_decay", "num_epochs", "batch_size", "print_every")}
    assert found == {"lr_decay": 0.9, "num_epochs": 2, "batch_size": 30, "print_every": 7}
    assert (solver.verbose, solver.epoch, solver.checkpoint_name) == (False, 2, None)
    assert (solver.num_train_samples, solver.num_val_samples) == (50, 20)
    assert solver.update_rule.__name__ == "rmsprop"
    assert solver.optim_config is config
    assert solver.optim_configs["W1"]["learning_rate"] == pytest.approx(1e-2 * 0.9**2)
    assert [type(loss) for loss in solver.loss_history] == 6 * [float]
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 3


def test_the_name_of_checkpoints_is_kept_and_may_be_changed(tmp_path):
    solver = quiet(num_epochs=1, checkpoint_name=f"{tmp_path}/first")
    assert solver.checkpoint_name == f"{tmp_path}/first"
    solver.train()
    solver.checkpoint_name = f"{tmp_path}/second"
    solver.train()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.npz", "second.npz"]


def test_a_cell_that_ends_with_a_training_shows_no_long_lists():
    solver = quiet()
    assert repr(solver.history) == "<History of 0 steps: the training has not ended>"
    assert repr(solver.train()) == "<History of 12 steps: Finished after 3 epochs, 12 steps.>"


def test_the_number_of_epochs_may_be_changed_before_a_training():
    solver = quiet(batch_size=30, num_epochs=1)
    solver.num_epochs = 3
    assert len(solver.train().loss) == 9


def test_accuracies_are_measured_on_a_new_sample_each_time():
    solver = quiet(Linear(scale=1.0))
    X, y = np.random.default_rng(1).normal(size=(400, 1, 4, 4)), np.arange(400) % 3
    found = {solver.check_accuracy(X, y, num_samples=60) for _ in range(8)}
    assert len(found) > 1
    assert len({solver.check_accuracy(X, y) for _ in range(8)}) == 1
    assert solver.check_accuracy(X, y, num_samples=4000) == solver.check_accuracy(X, y)
    assert solver.check_accuracy(X.tolist(), y.tolist()) == solver.check_accuracy(X, y)


def test_the_callers_optim_config_is_not_written_to():
    velocity = np.ones(3)
    config = {"learning_rate": 0.1, "momentum": 0.5, "velocity": velocity}
    model = Linear()
    model.params = {"b": model.params["b"]}
    model.loss = lambda X, y=None: np.zeros((len(X), 3)) if y is None else (1.0, {"b": np.ones(3)})
    solver = quiet(model, update_rule="sgd_momentum", optim_config=config, lr_decay=0.5)
    solver.train()
    assert config == {"learning_rate": 0.1, "momentum": 0.5, "velocity": velocity}
    assert config["velocity"] is velocity
    np.testing.assert_array_equal(velocity, np.ones(3))
    assert not np.array_equal(solver.optim_configs["b"]["velocity"], velocity)


def test_a_rate_that_the_caller_sets_for_one_parameter_stays_and_decays():
    solver = quiet(Linear(), optim_config={"learning_rate": 0.2}, lr_decay=0.5, batch_size=45, num_epochs=2)
    solver.optim_configs["b"]["learning_rate"] = 0.0
    solver.optim_configs["W"]["learning_rate"] = 0.4
    solver.train()
    np.testing.assert_array_equal(solver.model.params["b"], np.zeros(3))
    assert solver.optim_configs["b"]["learning_rate"] == 0.0
    assert solver.optim_configs["W"]["learning_rate"] == pytest.approx(0.4 * 0.5**2)


def test_a_rule_may_keep_a_schedule_of_its_own_in_its_config():
    def rule(w, dw, config=None):
        w = w - config["learning_rate"] * dw
        config["learning_rate"] *= 0.9
        return w, config

    solver = quiet(
        Linear(), update_rule=rule, optim_config={"learning_rate": 1.0}, batch_size=45, num_epochs=2
    )
    solver.train()
    assert solver.optim_configs["W"]["learning_rate"] == pytest.approx(0.9**4)


@pytest.mark.parametrize(
    "shaped",
    [
        lambda loss, grads: [loss, grads],
        lambda loss, grads: ([loss], grads),
        lambda loss, grads: (np.array([[loss]]), UserDict(grads)),
        lambda loss, grads: (np.float32(loss), OrderedDict(grads)),
    ],
)
def test_lists_and_arrays_of_one_number_are_as_good(shaped):
    model = Linear(disturb=lambda call, loss, grads: shaped(loss, grads))
    model.params = UserDict(model.params)
    solver = quiet(
        model, update_rule=lambda w, dw, config: [w - 0.1 * dw, config], optim_config={"learning_rate": 0.1}
    )
    solver.train()
    usual = quiet(Linear(), optim_config={"learning_rate": 0.1})
    usual.train()
    assert solver.loss_history == pytest.approx(usual.loss_history, rel=1e-5)
    assert {type(loss) for loss in solver.loss_history} == {float}


def test_a_loss_for_each_example_is_refused():
    model = Linear(disturb=lambda call, loss, grads: (np.ones(20), grads))
    with pytest.raises(ValueError, match=r"a loss of shape \(20,\); expected a number"):
        quiet(model).train()


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"num_epoch": 3}, r"the argument num_epoch \(did you mean num_epochs\?\): correct it"),
        (
            {"learning_rate_decay": 0.9, "batchsize": 10},
            r"learning_rate_decay.*batchsize \(did you mean batch_size\?\)",
        ),
        ({"xyz": None}, "the argument xyz: correct it"),
    ],
)
def test_unknown_keywords_are_refused_by_name(keywords, words):
    with pytest.raises(ValueError, match=words):
        quiet(**keywords)


def test_data_may_be_whatever_answers_to_the_four_names(tmp_path):
    np.savez(tmp_path / "data.npz", **DATA)
    with np.load(tmp_path / "data.npz") as arrays:
        losses = [quiet(data=data).train().loss for data in (DATA, UserDict(DATA), arrays)]
    assert losses[0] == losses[1] == losses[2]
