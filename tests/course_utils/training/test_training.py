"""The training loop: what it does step by step, and what it keeps."""

import math
from collections import UserDict

import numpy as np
import pytest
from models_for_training import DATA, Linear, SmallNet, jitter, quiet

from course_utils.data import Dataset
from course_utils.data.loader import DataLoader
from course_utils.plotting import training_curves
from course_utils.training import Callback, Solver
from course_utils.training.rules import adam, ema_update


def test_steps_are_those_of_a_bare_loop():
    solver = quiet(
        update_rule="adam",
        optim_config={"learning_rate": 0.02, "beta1": 0.8},
        lr_decay=0.5,
        clip_norm=0.7,
        ema_decay=0.9,
        rng=np.random.default_rng(5),
    )
    history = solver.train()

    model, losses, configs = SmallNet(), [], {}
    averages = {name: w.copy() for name, w in model.params.items()}
    seed = int(np.random.default_rng(5).integers(2**63))
    clipped = 0
    for epoch in range(3):
        loader = DataLoader(
            DATA["X_train"],
            DATA["y_train"],
            20,
            rng=np.random.default_rng([seed, epoch]),
            workers=0,
            drop_last=True,
        )
        for X, y in loader:
            loss, grads = model.loss(X, y)
            losses.append(loss)
            norm = math.sqrt(sum(np.sum(dw**2) for dw in grads.values()))
            clipped += norm > 0.7
            for name in model.params:
                config = configs.setdefault(name, {"beta1": 0.8})
                config["learning_rate"] = 0.02 * 0.5**epoch
                dw = grads[name] * min(1, 0.7 / norm)
                model.params[name], configs[name] = adam(model.params[name], dw, config)
                ema_update(averages[name], model.params[name], 0.9)
    assert 0 < clipped < len(losses)  # the clipping has something to do, and something to leave alone
    np.testing.assert_allclose(history.loss, losses, rtol=1e-12)
    for name, average in averages.items():
        np.testing.assert_allclose(solver.averages[name], average, rtol=1e-10, atol=1e-12)


class OfOtherKinds(SmallNet):
    """The same network, its parameters and gradients in mappings that are no dicts, its pair a list."""

    def __init__(self):
        super().__init__()
        self.params = UserDict(self.params)

    def loss(self, X, y=None):
        found = super().loss(X, y)
        return found if y is None else [found[0], UserDict(found[1])]


def test_what_behaves_like_a_dict_or_a_pair_trains_like_one():
    plain, other = (quiet(model=kind(), rng=np.random.default_rng(5)) for kind in (SmallNet, OfOtherKinds))
    assert plain.train().loss == other.train().loss


def test_the_keywords_and_names_of_the_widely_used_solver_work():
    solver = Solver(
        SmallNet(),
        {name: list(values) for name, values in DATA.items()},
        update_rule="rmsprop",
        optim_config={"learning_rate": 1e-2, "decay_rate": 0.9},
        lr_decay=0.95,
        num_epochs=4,
        batch_size=30,
        print_every=100,
        verbose=False,
        num_train_samples=50,
        num_val_samples=20,
        checkpoint_name=None,
    )
    solver.train()
    assert len(solver.loss_history) == 4 * 3
    assert (
        len(solver.train_acc_history) == len(solver.val_acc_history) == 5
    )  # after the first step, and four epochs
    assert solver.best_val_acc == max(solver.val_acc_history)
    for name, w in solver.model.params.items():
        np.testing.assert_array_equal(w, solver.best_params[name])
        assert w is not solver.best_params[name]


def test_what_is_printed(capsys):
    Solver(SmallNet(), DATA, num_epochs=2, batch_size=30, print_every=3).train()
    printed = capsys.readouterr().out.splitlines()
    starts = [
        "(Iteration 1 / 6) loss: ",
        "(Epoch 0 / 2) train acc: ",
        "(Epoch 1 / 2)",
        "(Iteration 4 / 6)",
        "(Epoch 2 / 2)",
    ]
    assert [line[: len(start)] for line, start in zip(printed, starts, strict=True)] == starts
    quiet().train()
    assert capsys.readouterr() == ("", "")


def test_a_students_own_rule_gets_and_keeps_its_config():
    seen = []

    def rule(w, dw, config=None):
        config.setdefault("learning_rate", 0.25)
        config["calls"] = config.get("calls", 0) + 1
        seen.append((config["learning_rate"], config["calls"]))
        return w - config["learning_rate"] * dw, config

    model = Linear()
    solver = quiet(model, update_rule=rule, lr_decay=0.1, num_epochs=2, batch_size=45)
    seen.clear()  # the rule was asked for its own learning rate
    solver.train()
    assert seen == [
        (pytest.approx(rate), calls)
        for calls, rate in enumerate((0.25, 0.25, 0.025, 0.025), start=1)
        for _ in model.params
    ]


def test_a_schedule_is_asked_at_every_step():
    asked = []

    def schedule(t, T):
        asked.append((t, T))
        return 0.1 / (t + 1)

    history = quiet(schedule=schedule, num_epochs=2, batch_size=30).train()
    assert asked == [(t, 6) for t in range(6)]
    assert history.learning_rate == pytest.approx([0.1 / (t + 1) for t in range(6)])


def test_a_rate_changed_on_the_way_scales_what_is_planned():
    class Slower(Callback):
        def on_step(self, solver):
            if solver.steps_done == 2:
                solver.learning_rate = 0.01

    history = quiet(
        optim_config={"learning_rate": 0.1}, lr_decay=0.5, num_epochs=2, batch_size=30, callbacks=[Slower()]
    ).train()
    assert history.learning_rate == pytest.approx([0.1, 0.1, 0.01, 0.005, 0.005, 0.005])


def test_training_learns_and_a_second_call_goes_on():
    solver = quiet(update_rule="sgd_momentum", optim_config={"learning_rate": 0.1}, num_epochs=5)
    first = len(solver.train().loss)
    assert solver.history.loss[-1] < 0.5 * solver.history.loss[0]
    assert solver.best_val_acc > 0.8
    assert len(solver.train().loss) == 2 * first
    assert solver.history.epoch[-1] == 10


def test_the_best_parameters_come_with_the_running_averages_of_their_time():
    solver = quiet(optim_config={"learning_rate": 2.0}, num_epochs=12, num_val_samples=None)
    solver.train()
    assert solver.history.val_accuracy[-1] < solver.best_val_acc  # else this shows nothing
    assert solver.check_accuracy(DATA["X_val"], DATA["y_val"]) == solver.best_val_acc


def test_with_averages_accuracies_are_those_of_the_averages():
    solver = quiet(Linear(), optim_config={"learning_rate": 0.3}, ema_decay=0.8, num_epochs=1)
    solver.train()
    raw = quiet(Linear(), optim_config={"learning_rate": 0.3}, num_epochs=1)
    raw.train()
    assert solver.history.loss == raw.history.loss  # training itself is not changed
    for name, average in solver.averages.items():
        assert not np.array_equal(average, raw.best_params[name])
        np.testing.assert_array_equal(solver.best_params[name], average)


def test_a_dataset_and_augmentation_in_the_background():
    part = {name: DATA[name] for name in ("X_train", "y_train", "X_val", "y_val")}
    dataset = Dataset(
        "small",
        **part,
        X_test=DATA["X_val"],
        y_test=DATA["y_val"],
        class_names=("a", "b", "c"),
        source="drawn",
    )
    one, other = (quiet(data=data, augment=jitter).train() for data in (dataset, DATA))
    assert one.loss == other.loss
    assert one.loss != quiet().train().loss


def test_evaluation_and_callbacks_change_nothing_of_the_training():
    alone = quiet(num_train_samples=10, num_val_samples=5).train()
    watched = quiet(
        num_train_samples=None, callbacks=[lambda solver: solver.check_accuracy(DATA["X_val"], DATA["y_val"])]
    )
    assert watched.train().loss == alone.loss


def test_callbacks_are_told_everything_in_order():
    told = []

    class Listener(Callback):
        def __getattribute__(self, name):
            if name.startswith("on_"):
                return lambda solver: told.append((name, solver.steps_done))
            return super().__getattribute__(name)

    quiet(
        num_epochs=1,
        batch_size=45,
        callbacks=[Listener(), lambda solver: told.append(("plain", solver.steps_done))],
    ).train()
    assert told == [
        ("on_train_begin", 0),
        ("on_step", 1),
        ("on_epoch", 1),
        ("plain", 1),
        ("on_step", 2),
        ("on_epoch", 2),
        ("plain", 2),
        ("on_train_end", 2),
    ]


def test_an_error_in_the_loss_ends_the_training_and_says_so_to_callbacks():
    ended = []

    class Listener(Callback):
        def on_train_end(self, solver):
            ended.append(solver.steps_done)

    def disturb(call, loss, grads):
        if call == 3:
            raise RuntimeError("my own bug")
        return loss, grads

    solver = quiet(Linear(disturb=disturb), callbacks=[Listener()], augment=jitter)
    with pytest.raises(RuntimeError, match="my own bug"):
        solver.train()
    assert ended == [2]


def test_update_ratios_are_measured_and_the_history_makes_tables():
    solver = quiet(optim_config={"learning_rate": 0.1}, num_epochs=2, batch_size=30, ratio_every=2)
    before = {}

    class Watch(Callback):
        def on_step(self, solver):
            before[solver.steps_done] = {name: w.copy() for name, w in solver.model.params.items()}

    solver.callbacks.append(Watch())
    history = solver.train()
    assert history.ratio_step == [0, 2, 4]
    moved = before[3]["W1"] - before[2]["W1"]
    assert history.update_ratio["W1"][1] == pytest.approx(
        np.linalg.norm(moved) / np.linalg.norm(before[2]["W1"])
    )
    assert math.isnan(history.update_ratio["b2"][0])  # zeros at first
    tables = history.to_dict()
    assert {len(column) for column in tables["steps"].values()} == {6}
    assert {len(column) for column in tables["epochs"].values()} == {3}
    assert tables["steps"]["update_ratio W1"][2] == history.update_ratio["W1"][1]
    assert math.isnan(tables["steps"]["update_ratio W1"][3])
    assert tables["epochs"] == {
        "epoch": [0, 1, 2],
        "step": [1, 3, 6],
        "train_accuracy": history.train_accuracy,
        "val_accuracy": history.val_accuracy,
    }
    assert {key: len(values) for key, values in history.curves().items()} == {
        "loss": 6,
        "train_accuracy": 2,
        "val_accuracy": 2,
    }
    assert len(training_curves(history.curves()).axes) == 2
