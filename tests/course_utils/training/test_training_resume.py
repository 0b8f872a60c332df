"""Checkpoints: a training that is killed goes on as if nothing had happened."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from models_for_training import Linear, SmallNet, jitter, small_data
from places import TESTS

from course_utils.training import Callback, CheckpointError, Solver
from course_utils.training.schedules import cosine_restarts
from course_utils.training.state import load_state, read_model_state, save_state, write_model_state

SECONDS = 60  # for a busy machine; nothing waits so long where nothing is wrong


def everything(checkpoint, **changes):
    """A training with all that a checkpoint has to keep; 5 steps an epoch."""
    settings = {
        "update_rule": "adam",
        "num_epochs": 8,
        "batch_size": 20,
        "num_train_samples": 30,
        "verbose": False,
        "checkpoint_name": checkpoint,
        "checkpoint_every": 3,
        "schedule": partial(cosine_restarts, learning_rate=0.02, period=7),
        "augment": jitter,
        "clip_norm": 1.0,
        "ema_decay": 0.8,
        "rng": np.random.default_rng(11),
    }
    return Solver(SmallNet(), small_data(train=100), **settings | changes)


class Halt(Callback):
    """Say so and wait to be killed after a step."""

    def __init__(self, after: int):
        self.after = after

    def on_step(self, solver):
        if solver.steps_done == self.after:
            print("here", flush=True)
            signal.pause()


def kill_when_it_speaks(code: str, folder: Path) -> None:
    """Run code in a process of its own, which is killed for real as soon as it has printed a line."""
    places = [str(Path(__file__).parent), str(TESTS)]
    program = f"import sys; sys.path[:0] = {places!r}\n{code}"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=folder) as child:
        try:
            assert child.stdout.readline() == b"here\n"
        finally:
            os.kill(child.pid, signal.SIGKILL)
            assert child.wait(SECONDS) == -signal.SIGKILL


def expect_same(one: Solver, other: Solver) -> None:
    """Bit for bit."""
    assert one.history.stop == other.history.stop
    np.testing.assert_equal(one.history.to_dict(), other.history.to_dict())
    assert one.best_val_acc == other.best_val_acc
    assert read_model_state(one.model)["norm_params"][1].keys() == {"running_mean", "running_var"}
    for found, wanted in (
        (one.model.params, other.model.params),
        (one.averages, other.averages),
        (one.model.norm_params[1], other.model.norm_params[1]),
        *((one.optim_configs[name], other.optim_configs[name]) for name in other.optim_configs),
    ):
        assert found.keys() == wanted.keys()
        for name in wanted:
            np.testing.assert_array_equal(found[name], wanted[name])
    assert one.model.rng.bit_generator.state == other.model.rng.bit_generator.state


# Checkpoints are written after every 3 steps and after each epoch of 5; the kill comes just before or after one is written,
# within an epoch, at its end, in the last epoch.
@pytest.mark.parametrize("after", [4, 5, 7, 14, 38])
def test_after_a_kill_the_trajectory_is_the_same(tmp_path, after):
    whole = everything(tmp_path / "whole")
    whole.train()
    code = f"from test_training_resume import Halt, everything; everything('killed', callbacks=[Halt({after})]).train()"
    kill_when_it_speaks(code, tmp_path)

    solver = everything(tmp_path / "killed", rng=np.random.default_rng(999))
    solver.model.rng = np.random.default_rng(999)
    solver.resume()
    assert solver.steps_done in (after, after - 1, after - 2)
    solver.train()
    expect_same(solver, whole)
    assert len(whole.history.loss) == 40


class SeededDropout(SmallNet):
    """Its masks come from np.random.default_rng(seed), as those of a layer that is handed a dict of settings."""

    def __init__(self):
        super().__init__()
        self.dropout_param = {"p": 0.8, "seed": np.random.default_rng()}

    def loss(self, X, y=None):
        self.rng = np.random.default_rng(self.dropout_param["seed"])
        return super().loss(X, y)


def drawing_from(source):
    model = SmallNet()
    model.rng = source
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda: drawing_from(np.random),
        lambda: drawing_from(np.random.RandomState()),
        lambda: drawing_from(np.random.Generator(np.random.MT19937())),
        SeededDropout,
    ],
)
def test_masks_that_nobody_seeded_go_on_where_they_were(tmp_path, make):
    """What a run draws cannot be said before it; but from a checkpoint on, it is always the same."""
    settings = {"num_epochs": 4, "batch_size": 30, "verbose": False}
    whole = Solver(make(), small_data(), **settings)
    whole.callbacks.append(SaveAfter(5, tmp_path / "c.npz"))
    whole.train()
    np.random.random(7)  # noqa: NPY002 (other draws in the meantime)
    again = Solver(make(), small_data(), **settings).resume(tmp_path / "c.npz")
    assert again.train().loss == whole.history.loss
    assert Solver(make(), small_data(), **settings).train().loss != whole.history.loss


@pytest.mark.parametrize("after", [3, 4, 6])
def test_a_decaying_rate_of_ones_own_goes_on_where_it_was(tmp_path, after):
    settings = {"num_epochs": 4, "batch_size": 30, "verbose": False, "lr_decay": 0.5}
    settings["optim_config"] = {"learning_rate": 0.1}
    whole = Solver(Linear(), small_data(), **settings, checkpoint_name=tmp_path / "epoch")
    whole.optim_configs["W"]["learning_rate"] = 0.3
    whole.callbacks.append(SaveAfter(after, tmp_path / "c.npz"))
    whole.train()
    again = Solver(Linear(), small_data(), **settings).resume(tmp_path / "c.npz")
    assert again.train().loss == whole.history.loss
    assert again.optim_configs == whole.optim_configs
    more = Solver(Linear(), small_data(), **settings | {"num_epochs": 6}).resume(tmp_path / "epoch.npz")
    more.train()
    assert more.optim_configs["W"]["learning_rate"] == pytest.approx(0.3 * 0.5**6)


class SaveAfter(Callback):
    def __init__(self, after: int, path: Path):
        self.after, self.path = after, path

    def on_step(self, solver):
        if solver.steps_done == self.after:
            solver.save(self.path)


def test_a_kill_while_writing_leaves_a_whole_checkpoint(tmp_path):
    code = """
from pathlib import Path
import numpy as np
from course_utils.training.state import save_state
for k in range(10**9):
    save_state(Path("state.npz"), {"k": k, "numbers": np.full(300_000, k)})
    if k == 5:
        print("here", flush=True)
"""
    for _ in range(3):
        kill_when_it_speaks(code, tmp_path)
        state = load_state(tmp_path / "state.npz")
        assert state["k"] >= 5
        np.testing.assert_array_equal(state["numbers"], np.full(300_000, state["k"]))
    assert {path.name for path in tmp_path.iterdir()} <= {"state.npz", ".state.npz.new"}


def test_a_finished_training_that_is_resumed_has_nothing_to_do(tmp_path):
    whole = everything(tmp_path / "c")
    whole.train()
    again = everything(tmp_path / "c").resume()
    assert again.train().loss == whole.history.loss
    for name, w in whole.model.params.items():
        np.testing.assert_array_equal(again.model.params[name], w)


def test_more_epochs_may_be_asked_for(tmp_path):
    everything(tmp_path / "c", num_epochs=2).train()
    solver = everything(tmp_path / "c", num_epochs=3).resume()
    assert len(solver.train().loss) == 15


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"batch_size": 30}, "was written with batch_size 20, and this Solver has 30"),
        ({"update_rule": "sgd"}, "update_rule 'adam', and this Solver has 'sgd'"),
        ({"ema_decay": None}, "ema_decay 0.8"),
    ],
)
def test_another_trainings_checkpoint_is_refused(tmp_path, changes, words):
    everything(tmp_path / "c", num_epochs=1).train()
    with pytest.raises(CheckpointError, match=words):
        everything(tmp_path / "c", **changes).resume()


def test_another_models_checkpoint_is_refused(tmp_path):
    everything(tmp_path / "c", num_epochs=1).train()
    solver = Solver(Linear(), small_data(train=100), update_rule="adam", batch_size=20, ema_decay=0.8)
    with pytest.raises(CheckpointError, match="shapes of params"):
        solver.resume(tmp_path / "c.npz")
    with pytest.raises(ValueError, match="resume needs a path"):
        solver.resume()


def test_what_is_no_checkpoint_is_refused(tmp_path):
    solver = everything(tmp_path / "c", num_epochs=1)
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        solver.resume()
    solver.train()
    whole = (tmp_path / "c.npz").read_bytes()
    for damaged in (b"", b"PK", whole[: len(whole) // 2], whole[:-1], b"\x80\x04." + whole):
        (tmp_path / "c.npz").write_bytes(damaged)
        with pytest.raises(CheckpointError, match=r"c\.npz is no checkpoint of this course, or is damaged"):
            solver.resume()
    np.savez(tmp_path / "c.npz", x=np.zeros(3))
    with pytest.raises(CheckpointError, match="no checkpoint"):
        solver.resume()
    with (tmp_path / "c.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(CheckpointError, match="no checkpoint"):
        solver.resume()


def test_nothing_in_a_checkpoint_is_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'run'}",)

    np.savez(tmp_path / "c.npz", json=np.array([Evil()], dtype=object))
    with pytest.raises(CheckpointError):
        everything(tmp_path / "c").resume()
    assert not (tmp_path / "run").exists()


def test_state_comes_back_as_it_was(tmp_path):
    rng = np.random.default_rng(3)
    rng.normal(size=5)
    state = {
        "numbers": [1, 2.5, float("inf"), float("-inf"), None, True, "text", 2**200],
        "pairs": {1: (2, [3]), "1": {}, (1, 2): "tuple"},
        "arrays": {
            "f": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
            "i": np.arange(3, dtype=np.int8),
            "s": np.float32(2.5),
        },
        "generators": [
            rng,
            np.random.Generator(np.random.MT19937(1)),
            np.random.Generator(np.random.Philox(1)),
            np.random.RandomState(4),
        ],
    }
    save_state(tmp_path / "s.npz", state)
    found = load_state(tmp_path / "s.npz")
    assert found["numbers"] == state["numbers"]
    assert found["pairs"] == state["pairs"]
    for name, array in state["arrays"].items():
        np.testing.assert_array_equal(found["arrays"][name], array)
        assert found["arrays"][name].dtype == array.dtype
    assert type(found["arrays"]["s"]) is np.float32
    for one, other in zip(found["generators"], state["generators"], strict=True):
        np.testing.assert_array_equal(one.normal(size=4), other.normal(size=4))
    with pytest.raises(TypeError, match="a checkpoint cannot keep a function"):
        save_state(tmp_path / "s.npz", {"f": lambda: 0})
    assert load_state(tmp_path / "s.npz")["numbers"] == state["numbers"]  # the old file is still there


def test_a_models_own_state_goes_back_into_its_own_objects():
    model = SmallNet()
    state = read_model_state(model)
    assert "activation" not in state
    assert "params" not in state
    running, rng, first = model.norm_params[1], model.rng, model.rng.random()
    model.loss(np.ones((4, 1, 4, 4)), np.array([0, 1, 2, 0]))
    write_model_state(model, state)
    assert model.norm_params[1] is running
    assert model.rng is rng
    assert rng.random() == first
    np.testing.assert_array_equal(running["running_mean"], np.zeros(12))
    model.rng.random()
    later = model.rng.bit_generator.state
    write_model_state(model, state, generators=False)
    assert model.rng.bit_generator.state == later
