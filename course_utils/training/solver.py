"""The training loop: trains whatever has `params` and `loss(X, y)`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from course_utils.data import Dataset
from course_utils.data.loader import Augment, DataLoader
from course_utils.training import rules
from course_utils.training.callbacks import Callback, ProgressBar
from course_utils.training.history import History
from course_utils.training.schedules import Schedule
from course_utils.training.state import (
    CheckpointError,
    load_state,
    read_model_state,
    save_state,
    write_model_state,
)
from course_utils.training.stopping import (
    StopReason,
    diagnose_divergence,
    diagnose_non_finite,
    has_diverged,
    update_ratio,
)

RULES: dict[str, rules.UpdateRule] = {
    name: getattr(rules, name) for name in rules.__all__ if name != "ema_update"
}
PARTS = ("X_train", "y_train", "X_val", "y_val")


class Solver:
    """Trains a model by minibatch gradient descent and keeps the record.

    Args:
        model: has `params`, a dict of float arrays by name, `loss(X, y)` -> (loss, gradients by name), and
            `loss(X)` -> scores, shape (N, C). Parameters may be updated in place.
        data: a course_utils Dataset, or a mapping with "X_train", "y_train", "X_val", "y_val".
        update_rule: name of a rule in `course_utils.training.rules`, or a function (w, dw, config) -> (next_w, config).
        optim_config: hyperparameters of the rule; each parameter gets a copy.
        lr_decay: factor on the learning rate after each epoch.
        num_epochs: how often the training goes through the training pictures.
        batch_size: examples in a batch; the last batch of an epoch may be smaller.
        print_every: steps from one printed loss to the next.
        verbose: whether to print losses, accuracies and the reason of an early stop.
        num_train_samples, num_val_samples: how many examples accuracies are measured on, the same ones each time; None for all.
        checkpoint_name: after each epoch the state is kept in the file checkpoint_name + ".npz"; see `resume`.
        schedule: (t, T) -> learning rate of step t (from 0) of T, in place of optim_config's and lr_decay.
        augment: (images, rng) -> changed images; runs in the background.
        clip_norm: gradients of a larger norm (all parameters together) are scaled down to it.
        ema_decay: keep averages of the parameters, average = ema_decay · average + (1 - ema_decay) · w; accuracies are measured with them,
            and they are what best_params holds.
        patience: stop after so many epochs without a better validation accuracy; None never to.
        max_loss_ratio: stop when the loss is more than so many times the first one; None never to.
        callbacks: `Callback` objects, or functions that get the solver after each epoch.
        rng: where batches and augmentation come from; a fixed seed when not given.
        progress: whether to show a progress bar.
        ratio_every: steps from one measurement of ‖update‖ / ‖w‖ to the next; in a healthy training it is about 1e-3.
        checkpoint_every: steps from one checkpoint to the next, besides those after epochs.

    Attributes:
        history: a `History`; loss_history, train_acc_history and val_acc_history are its lists.
        best_val_acc, best_params: of the epoch with the best validation accuracy; `model.params` ends as best_params.
        steps_done, total_steps: position in the training.
        rate_factor: factor on the learning rate, to be changed while training runs.

    Raises:
        ValueError: an argument, the data or the model is not as said above.
    """

    def __init__(
        self,
        model: Any,
        data: Dataset | Mapping[str, np.ndarray],
        *,
        update_rule: str | rules.UpdateRule = "sgd",
        optim_config: Mapping[str, Any] | None = None,
        lr_decay: float = 1.0,
        num_epochs: int = 10,
        batch_size: int = 100,
        print_every: int = 10,
        verbose: bool = True,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        checkpoint_name: str | Path | None = None,
        schedule: Schedule | None = None,
        augment: Augment | None = None,
        clip_norm: float | None = None,
        ema_decay: float | None = None,
        patience: int | None = None,
        max_loss_ratio: float | None = 3.0,
        callbacks: Sequence[Callback | Callable[[Solver], None]] = (),
        rng: np.random.Generator | None = None,
        progress: bool = False,
        ratio_every: int = 20,
        checkpoint_every: int | None = None,
    ):
        _expect_model(model)
        if schedule is not None and lr_decay != 1.0:
            raise ValueError(
                "Solver got a schedule and lr_decay; the schedule alone should say how the rate falls"
            )
        for name, value in (
            ("batch_size", batch_size),
            ("print_every", print_every),
            ("ratio_every", ratio_every),
            ("patience", patience),
            ("checkpoint_every", checkpoint_every),
        ):
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it must be at least 1")
        if num_epochs < 0:
            raise ValueError(f"num_epochs is {num_epochs}; it must be at least 0")
        if ema_decay is not None and not 0 <= ema_decay < 1:
            raise ValueError(f"ema_decay is {ema_decay}; it must be in [0, 1)")
        if clip_norm is not None and not clip_norm > 0:
            raise ValueError(f"clip_norm is {clip_norm}; it must be positive")
        self.model = model
        self.X_train, self.y_train, self.X_val, self.y_val = _parts(data)
        self.update_rule, self.rule_name = _rule(update_rule)
        self.optim_config = dict(optim_config or {})
        self.base_rate = _base_rate(self.update_rule, self.optim_config, needed=schedule is None)
        self.lr_decay = lr_decay
        self.num_epochs = num_epochs
        self.batch_size = batch_size
        self.print_every = print_every
        self.verbose = verbose
        self.num_train_samples = num_train_samples
        self.num_val_samples = num_val_samples
        self.checkpoint_path = None if checkpoint_name is None else Path(f"{checkpoint_name}.npz")
        self.schedule = schedule
        self.augment = augment
        self.clip_norm = clip_norm
        self.ema_decay = ema_decay
        self.patience = patience
        self.max_loss_ratio = max_loss_ratio
        self.ratio_every = ratio_every
        self.checkpoint_every = checkpoint_every
        self.callbacks = [_as_callback(callback) for callback in callbacks]
        if progress:
            self.callbacks.append(ProgressBar())
        self.rate_factor = 1.0
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}
        self.averages = None if ema_decay is None else {name: w.copy() for name, w in model.params.items()}
        self.history = History()
        self.best_val_acc = 0.0
        self.best_params: dict[str, np.ndarray] = {}
        self.steps_done = 0
        self.steps_per_epoch = math.ceil(len(self.X_train) / batch_size)
        self.total_steps = num_epochs * self.steps_per_epoch
        self._best_state: dict[str, Any] = {}
        self._best_epoch = 0
        self._before: dict[str, np.ndarray] = {}
        self._asked_to_stop: str | None = None
        self._batches: Iterator[tuple[np.ndarray, np.ndarray]] | None = None
        # Each epoch draws from a generator of its own, so that its batches depend on nothing that happened before.
        rng = np.random.default_rng(0) if rng is None else rng
        self._seed = int(rng.integers(2**63))

    @property
    def loss_history(self) -> list[float]:
        return self.history.loss

    @property
    def train_acc_history(self) -> list[float]:
        return self.history.train_accuracy

    @property
    def val_acc_history(self) -> list[float]:
        return self.history.val_accuracy

    @property
    def epoch(self) -> int:
        """Whole epochs done."""
        return self.steps_done // self.steps_per_epoch

    @property
    def learning_rate(self) -> float:
        """The learning rate of the coming step. Setting it changes rate_factor, so that a schedule goes on in proportion."""
        return self.rate_factor * self._planned_rate()

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        planned = self._planned_rate()
        if planned > 0:
            self.rate_factor = rate / planned

    def train(self) -> History:
        """Train until the end of the last epoch or an early stop; `model.params` is then the best of all epochs.

        After a training that went to its end, another call trains for num_epochs more.
        Returns the history, whose `stop` says why it ended.
        """
        if self.history.stop is not None and self.steps_done >= self.total_steps:
            self.total_steps = self.steps_done + self.num_epochs * self.steps_per_epoch
        self.history.stop = None
        self._tell("on_train_begin")
        try:
            while self.history.stop is None and self.steps_done < self.total_steps:
                self._train_one_step()
            if self.history.stop is None:
                self._end("finished", f"Finished after {self.epoch} epochs, {self.steps_done} steps.")
            self._take_best()
        finally:
            self._leave_epoch()
            self._tell("on_train_end")
            self._asked_to_stop = None
        return self.history

    def stop(self, message: str = "Stopped when asked to.") -> None:
        """Ask the training to end after its present step; may be called from a callback or another thread."""
        self._asked_to_stop = message

    @property
    def stopping(self) -> bool:
        """Whether the training was asked to stop."""
        return self._asked_to_stop is not None

    def train_in_background(self) -> Thread:
        """Train in a thread, so that the kernel is free at once; returns the thread, to be joined."""
        thread = Thread(target=self.train, name="training", daemon=True)
        thread.start()
        return thread

    def step(self) -> float:
        """Make one step on the next batch and return its loss; where the loss or the gradient is not finite, change nothing.

        `history.stop` then says why.
        """
        X, y = self._next_batch()
        answer = self.model.loss(X, y)
        if self.steps_done == 0:
            _expect_loss_and_gradients(answer, self.model.params)
        loss, grads = float(answer[0]), answer[1]
        rate = self.learning_rate
        self.history.loss.append(loss)
        self.history.learning_rate.append(rate)
        grads, norm = self._clipped(grads)
        finite = math.isfinite(loss) and math.isfinite(norm)
        if finite:
            self._update(grads, rate)
        self.steps_done += 1
        if not finite:
            evidence = self.history.loss, rate, self._last_ratios(), self.model.params, grads, X
            self._end("non-finite", diagnose_non_finite(*evidence))
        elif self.max_loss_ratio is not None and has_diverged(self.history.loss, self.max_loss_ratio):
            self._end("diverged", diagnose_divergence(self.history.loss, rate, self._last_ratios()))
        return loss

    def check_accuracy(
        self, X: np.ndarray, y: np.ndarray, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """Share of examples whose largest score is that of their label.

        X, y: examples and labels, N of each
        num_samples: measure on so many of them, the same ones at every call; None for all
        batch_size: examples that are scored at a time
        Returns a number in [0, 1].
        """
        if num_samples is not None and num_samples < len(X):
            chosen = np.random.default_rng(0).choice(len(X), num_samples, replace=False)
            X, y = X[chosen], y[chosen]
        correct = 0
        for start in range(0, len(X), batch_size):
            scores = self.model.loss(X[start : start + batch_size])
            correct += int(np.sum(np.argmax(scores, axis=1) == y[start : start + batch_size]))
        return correct / len(X)

    def save(self, path: str | Path) -> None:
        """Write everything the training needs to go on, in one move; see `resume`."""
        save_state(
            Path(path),
            {
                "settings": self._settings(),
                "params": self.model.params,
                "model": read_model_state(self.model),
                "optim_configs": self.optim_configs,
                "averages": self.averages,
                "steps_done": self.steps_done,
                "rate_factor": self.rate_factor,
                "seed": self._seed,
                "history": {name: getattr(self.history, name) for name in _RECORDED},
                "best": [self.best_val_acc, self._best_epoch, self.best_params, self._best_state],
            },
        )

    def resume(self, path: str | Path | None = None) -> Solver:
        """Go back to where a checkpoint was written; `train()` then continues exactly as the first training would have.

        The model, data and settings are those this Solver was made with; they must be the checkpoint's.
        path: the file; that of checkpoint_name when not given
        Returns self. Raises CheckpointError when the file cannot be read or belongs to another training.
        """
        path = self.checkpoint_path if path is None else Path(path)
        if path is None:
            raise ValueError("resume needs a path, or a Solver with a checkpoint_name")
        state = load_state(path)
        for name, wanted in self._settings().items():
            if state["settings"].get(name) != wanted:
                raise CheckpointError(
                    f"{path} was written with {name} {state['settings'].get(name)!r}, and this Solver has {wanted!r}; "
                    "make the Solver with the settings of the training that is to go on"
                )
        self._leave_epoch()
        self.model.params.clear()
        self.model.params.update(state["params"])
        write_model_state(self.model, state["model"])
        self.optim_configs = state["optim_configs"]
        self.averages = state["averages"]
        self.steps_done, self.rate_factor, self._seed = (
            state["steps_done"],
            state["rate_factor"],
            state["seed"],
        )
        self.history = History(**state["history"])
        self.best_val_acc, self._best_epoch, self.best_params, self._best_state = state["best"]
        return self

    def _settings(self) -> dict[str, Any]:
        """What must be the same for a checkpoint to fit; num_epochs may grow."""
        return {
            "update_rule": self.rule_name,
            "batch_size": self.batch_size,
            "len(X_train)": len(self.X_train),
            "ema_decay": self.ema_decay,
            "shapes of params": {name: tuple(w.shape) for name, w in self.model.params.items()},
        }

    def _train_one_step(self) -> None:
        loss, done = self.step(), self.steps_done
        if self.verbose and (done - 1) % self.print_every == 0:
            print(f"(Iteration {done} / {self.total_steps}) loss: {loss:f}")
        self._tell("on_step")
        if self.history.stop is not None:
            return
        if self._asked_to_stop is not None:
            self._end("asked", self._asked_to_stop)
        end_of_epoch = done % self.steps_per_epoch == 0
        if done == 1 or end_of_epoch or self._asked_to_stop is not None:
            self._measure()
        every = self.checkpoint_every
        if self.checkpoint_path is not None and (end_of_epoch or (every and done % every == 0)):
            self.save(self.checkpoint_path)

    def _next_batch(self) -> tuple[np.ndarray, np.ndarray]:
        if self._batches is None:
            epoch, done = divmod(self.steps_done, self.steps_per_epoch)
            loader = DataLoader(
                self.X_train,
                self.y_train,
                self.batch_size,
                rng=np.random.default_rng([self._seed, epoch]),
                augment=self.augment,
                workers=0 if self.augment is None else 1,
            )
            self._batches = iter(loader)
            for _ in range(done):
                next(self._batches)
        batch = next(self._batches)
        if (self.steps_done + 1) % self.steps_per_epoch == 0:
            self._leave_epoch()
        return batch

    def _leave_epoch(self) -> None:
        """Let go of the threads that make batches; the place in the epoch is known by steps_done."""
        if self._batches is not None:
            self._batches.close()
            self._batches = None

    def _planned_rate(self) -> float:
        if self.schedule is not None:
            return float(self.schedule(self.steps_done, self.total_steps))
        return self.base_rate * self.lr_decay**self.epoch

    def _clipped(self, grads: Mapping[str, np.ndarray]) -> tuple[Mapping[str, np.ndarray], float]:
        """The gradients, scaled down where their norm is too large, and that norm; 0 where it is not asked for."""
        if self.clip_norm is None:
            return grads, 0.0
        norm = math.sqrt(sum(float(np.vdot(grads[name], grads[name])) for name in self.model.params))
        if norm <= self.clip_norm or not math.isfinite(norm):
            return grads, norm
        return {name: dw * (self.clip_norm / norm) for name, dw in grads.items()}, norm

    def _update(self, grads: Mapping[str, np.ndarray], rate: float) -> None:
        params, measured = self.model.params, self.steps_done % self.ratio_every == 0
        if measured:
            self.history.ratio_step.append(self.steps_done)
        for name, w in params.items():
            config = self.optim_configs[name]
            config["learning_rate"] = rate
            size = self._keep(name, w) if measured else 0.0
            updated = self.update_rule(w, grads[name], config)
            if not isinstance(updated, tuple):
                raise ValueError(
                    f"{self.rule_name} returned a {type(updated).__name__}; expected (next_w, config)"
                )
            params[name], self.optim_configs[name] = updated
            if measured:
                ratios = self.history.update_ratio.setdefault(name, [])
                update = np.subtract(params[name], self._before[name], out=self._before[name])
                ratios.append(update_ratio(update, size))
            if self.averages is not None:
                rules.ema_update(self.averages[name], params[name], self.ema_decay)

    def _keep(self, name: str, w: np.ndarray) -> float:
        """Copy a parameter before its update, into memory that is used again; returns its norm."""
        if name not in self._before:
            self._before[name] = np.empty_like(w)
        np.copyto(self._before[name], w)
        return float(np.linalg.norm(w))

    def _last_ratios(self) -> dict[str, float]:
        return {name: ratios[-1] for name, ratios in self.history.update_ratio.items()}

    def _measure(self) -> None:
        """Measure the accuracies, keep the best parameters, and see whether patience is at its end."""
        history = self.history
        present = dict(self.model.params)
        self.model.params.update(self.averages or {})
        try:
            train = self.check_accuracy(self.X_train, self.y_train, self.num_train_samples)
            val = self.check_accuracy(self.X_val, self.y_val, self.num_val_samples)
            if val > self.best_val_acc or not self.best_params:
                self.best_val_acc, self._best_epoch = val, self.epoch
                self.best_params = {name: w.copy() for name, w in self.model.params.items()}
                self._best_state = read_model_state(self.model)
        finally:
            self.model.params.update(present)
        history.epoch.append(self.epoch)
        history.epoch_step.append(self.steps_done)
        history.train_accuracy.append(train)
        history.val_accuracy.append(val)
        if self.verbose:
            print(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train:f}; val_acc: {val:f}")
        waited = self.epoch - self._best_epoch
        if self.patience is not None and waited >= self.patience and history.stop is None:
            self._end(
                "patience",
                f"Stopped after epoch {self.epoch}: no better validation accuracy than {self.best_val_acc:.1%} "
                f"(epoch {self._best_epoch}) in {waited} epochs.",
            )
        self._tell("on_epoch")

    def _take_best(self) -> None:
        if self.best_params:
            self.model.params.update({name: w.copy() for name, w in self.best_params.items()})
            write_model_state(self.model, self._best_state, generators=False)

    def _end(self, kind: str, message: str) -> None:
        self.history.stop = StopReason(kind, len(self.history.loss) - 1, message)
        if self.verbose and kind != "finished":
            print(message)

    def _tell(self, what: str) -> None:
        for callback in self.callbacks:
            getattr(callback, what)(self)


_RECORDED = (
    "loss",
    "learning_rate",
    "ratio_step",
    "update_ratio",
    "epoch",
    "epoch_step",
    "train_accuracy",
    "val_accuracy",
)


class _AfterEpoch(Callback):
    """A plain function as a callback."""

    def __init__(self, function: Callable[[Solver], None]):
        self.on_epoch = function


def _as_callback(callback: Callback | Callable[[Solver], None]) -> Callback:
    if isinstance(callback, Callback):
        return callback
    if callable(callback) and not isinstance(callback, type):
        return _AfterEpoch(callback)
    raise ValueError(
        f"{callback!r} is no callback; pass a Callback object or a function that takes the solver"
    )


def _expect_model(model: Any) -> None:
    params = getattr(model, "params", None)
    if not isinstance(params, dict) or not params:
        raise ValueError(
            f"{type(model).__name__} has no dict `params` of arrays by name; a Solver needs one to update, e.g. "
            'self.params = {"W1": ...}'
        )
    if not callable(getattr(model, "loss", None)):
        raise ValueError(
            f"{type(model).__name__} has no method loss(X, y) -> (loss, grads); a Solver needs one"
        )
    for name, w in params.items():
        if not isinstance(w, np.ndarray) or w.dtype.kind != "f":
            found = f"an array of {w.dtype}" if isinstance(w, np.ndarray) else f"a {type(w).__name__}"
            raise ValueError(f"params[{name!r}] is {found}; a Solver updates arrays of floats")


def _expect_loss_and_gradients(answer: Any, params: Mapping[str, np.ndarray]) -> None:
    said = "model.loss(X, y) returned"
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise ValueError(f"{said} a {type(answer).__name__}; expected (loss, grads)")
    grads = answer[1]
    if not isinstance(grads, Mapping):
        raise ValueError(
            f"{said} a {type(grads).__name__} as its second result; expected a dict of gradients by name"
        )
    missing = [name for name in params if name not in grads]
    if missing:
        raise ValueError(f"{said} no gradient of {', '.join(missing)}; it needs one for each of params")
    for name, w in params.items():
        if np.shape(grads[name]) != w.shape:
            raise ValueError(
                f"the gradient of {name} has shape {np.shape(grads[name])}; expected {w.shape}, as {name} has"
            )


def _parts(data: Dataset | Mapping[str, np.ndarray]) -> list[np.ndarray]:
    found = []
    for name in PARTS:
        value = data.get(name) if isinstance(data, Mapping) else getattr(data, name, None)
        if value is None:
            raise ValueError(f"the data have no {name}; a Solver needs {', '.join(PARTS)}")
        found.append(np.asarray(value))
    for X, y, part in ((*found[:2], "train"), (*found[2:], "val")):
        if len(X) != len(y) or len(X) == 0:
            raise ValueError(
                f"X_{part} holds {len(X)} examples and y_{part} {len(y)} labels; there must be one for each, and some"
            )
    return found


def _rule(update_rule: str | rules.UpdateRule) -> tuple[rules.UpdateRule, str]:
    if callable(update_rule):
        return update_rule, getattr(update_rule, "__name__", type(update_rule).__name__)
    if update_rule not in RULES:
        raise ValueError(
            f"update_rule is {update_rule!r}; choose one of {', '.join(sorted(RULES))}, or pass a function"
        )
    return RULES[update_rule], update_rule


def _base_rate(rule: rules.UpdateRule, config: Mapping[str, Any], *, needed: bool) -> float | None:
    """The learning rate asked for, or else the rule's own default, which it writes into its config."""
    if "learning_rate" in config or not needed:
        return config.get("learning_rate")
    _, filled = rule(np.zeros(1), np.zeros(1), dict(config))
    if "learning_rate" not in filled:
        raise ValueError(
            'the update rule has no learning rate of its own; pass optim_config={"learning_rate": ...}'
        )
    return filled["learning_rate"]
