"""The training loop: trains whatever has `params` and `loss(X, y)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from course_utils.data import Dataset
from course_utils.data.loader import Augment
from course_utils.training.accuracy import accuracy, sample
from course_utils.training.batches import Batches
from course_utils.training.best import Best
from course_utils.training.callbacks import Callback, ProgressBar, as_callback
from course_utils.training.checkpoints import read_checkpoint, write_checkpoint
from course_utils.training.descent import Descent
from course_utils.training.expectations import (
    expect_counts,
    expect_model,
    expect_no_more,
    expect_plan,
    parts_of,
)
from course_utils.training.history import History
from course_utils.training.rules import UpdateRule
from course_utils.training.schedules import Schedule
from course_utils.training.updates import Updates


class Solver(Descent):
    """Trains a model by minibatch gradient descent and keeps the record.

    Args:
        model: has `params`, a dict of float arrays by name, `loss(X, y)` -> (loss, gradients by name), and
            `loss(X)` -> scores, shape (N, C). Parameters may be updated in place.
        data: a course_utils Dataset, or a mapping with "X_train", "y_train", "X_val", "y_val".
        update_rule: name of a rule in `course_utils.training.rules`, or a function (w, dw, config) -> (next_w, config).
        optim_config: hyperparameters of the rule; each parameter gets a copy.
        lr_decay: factor on the learning rate after each epoch.
        num_epochs: how often the training goes through the training pictures.
        batch_size: examples in a batch; an epoch has max(N // batch_size, 1) of them, and what is left over waits for another.
        print_every: steps from one printed loss to the next.
        verbose: whether to print losses and accuracies; the reason of an early stop is always printed.
        num_train_samples: how many training examples accuracies are measured on, drawn anew each time; None for all.
        num_val_samples: how many validation examples, likewise.
        checkpoint_name: after each epoch the state is kept in the file checkpoint_name + ".npz"; see `resume`.
        schedule: (t, T) -> learning rate of step t (from 0) of T, in place of optim_config's and lr_decay.
        augment: (images, rng) -> changed images; runs in the background.
        clip_norm: gradients of a larger norm (all parameters together) are scaled down to it.
        ema_decay: keep averages of the parameters, average = ema_decay · average + (1 - ema_decay) · w; accuracies are measured with them,
            and they are what best_params holds.
        patience: stop after so many epochs without a better validation accuracy; None never to.
        max_loss_ratio: stop after an epoch whose median loss (of 10 steps at least) is more than so many times the first
            epoch's, and more than that of the one before; None never to.
        callbacks: `Callback` objects, or functions that get the solver after each epoch.
        rng: where batches, samples and augmentation come from; a fixed seed when not given. `np.random.seed` has no say in it.
        progress: whether to show a progress bar.
        ratio_every: steps from one measurement of ‖update‖ / ‖w‖ to the next; in a healthy training it is about 1e-3.
        checkpoint_every: steps from one checkpoint to the next, besides those after epochs.
        unknown: none; any other keyword is refused by its name.

    Attributes:
        history: a `History`; loss_history, train_acc_history and val_acc_history are its lists.
        best_val_acc: the best validation accuracy of all epochs.
        best_params: the parameters of that epoch; `model.params` ends as best_params.
        optim_configs: what the update rule remembers of each parameter, by name; a "learning_rate" that is changed there
            counts from the next step on.
        averages: the averages of the parameters, by name; None without ema_decay.
        epoch: whole epochs done.
        steps_done: steps made so far.
        total_steps: steps of the whole training.
        rate_factor: factor on the learning rate, to be changed while training runs.

    Raises:
        ValueError: an argument, the data or the model is not as said above.
    """

    def __init__(
        self,
        model: Any,
        data: Dataset | Mapping[str, np.ndarray],
        *,
        update_rule: str | UpdateRule = "sgd",
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
        max_loss_ratio: float | None = None,
        callbacks: Sequence[Callback | Callable[[Solver], object]] = (),
        rng: np.random.Generator | None = None,
        progress: bool = False,
        ratio_every: int = 20,
        checkpoint_every: int | None = None,
        **unknown: object,
    ) -> None:
        expect_no_more(unknown, Solver)
        expect_model(model)
        expect_plan(num_epochs, lr_decay, schedule)
        expect_counts(print_every=print_every, patience=patience, checkpoint_every=checkpoint_every)
        self.X_train, self.y_train, self.X_val, self.y_val = parts_of(data)
        super().__init__(
            model,
            Batches(self.X_train, self.y_train, batch_size, augment, rng),
            Updates(model.params, update_rule, optim_config, clip_norm, ema_decay, ratio_every),
            num_epochs=num_epochs,
            lr_decay=lr_decay,
            schedule=schedule,
            max_loss_ratio=max_loss_ratio,
            verbose=verbose,
        )
        self.optim_config = {} if optim_config is None else optim_config
        self.print_every, self.patience = print_every, patience
        self.num_train_samples, self.num_val_samples = num_train_samples, num_val_samples
        self.checkpoint_name, self.checkpoint_every = checkpoint_name, checkpoint_every
        self.callbacks = [*map(as_callback, callbacks), *([ProgressBar()] if progress else [])]
        self._best = Best()
        self._asked_to_stop: str | None = None

    @property
    def checkpoint_path(self) -> Path | None:
        """The file that checkpoints are written to."""
        return None if self.checkpoint_name is None else Path(f"{self.checkpoint_name}.npz")

    @property
    def best_val_acc(self) -> float:
        """The best validation accuracy so far, in [0, 1]."""
        return self._best.val_accuracy

    @property
    def best_params(self) -> dict[str, np.ndarray]:
        """The parameters of the epoch with the best validation accuracy."""
        return self._best.params

    def train(self) -> History:
        """Train until the end of the last epoch or an early stop; `model.params` is then the best of all epochs.

        After a training that went to its end, another call trains for num_epochs more.

        Returns:
            The history, whose `stop` says why the training ended.
        """
        if self.history.stop is not None and self.steps_done >= self.total_steps:
            self._planned_from = self.steps_done
        self.history.stop = None
        self._tell("on_train_begin")
        try:
            while self.history.stop is None and self.steps_done < self.total_steps:
                self._train_one_step()
            if self.history.stop is None:
                self._end("finished", f"Finished after {self.epoch} epochs, {self.steps_done} steps.")
            self._best.give_back(self.model)
        finally:
            self.batches.leave_epoch()
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

    def check_accuracy(
        self, X: np.ndarray, y: np.ndarray, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """Share of examples whose largest score is that of their label.

        Args:
            X: examples, shape (N, ...).
            y: labels, shape (N,).
            num_samples: measure on so many of them, drawn anew at every call; None for all.
            batch_size: examples that are scored at a time.

        Returns:
            A number in [0, 1].
        """
        return accuracy(self.model, *sample(X, y, num_samples, self.sampling), batch_size)

    def save(self, path: str | Path) -> None:
        """Write everything the training needs to go on, in one move; see `resume`."""
        write_checkpoint(Path(path), self, self._best)

    def resume(self, path: str | Path | None = None) -> Solver:
        """Go back to where a checkpoint was written; `train()` then continues exactly as the first training would have.

        The model, data and settings are those this Solver was made with; they must be the checkpoint's. Whatever is random in the
        model must come from a generator among its attributes or from `np.random` itself, which goes back too.

        Args:
            path: the file; that of checkpoint_name when not given.

        Returns:
            The Solver itself.

        Raises:
            CheckpointError: the file cannot be read or belongs to another training.
            ValueError: no file was named.
        """
        path = self.checkpoint_path if path is None else Path(path)
        if path is None:
            raise ValueError("resume needs a path, or a Solver with a checkpoint_name")
        self._best = read_checkpoint(path, self)
        return self

    def _train_one_step(self) -> None:
        loss, done = self.step(), self.steps_done
        if (done - 1) % self.print_every == 0:
            self._say(f"(Iteration {done} / {self.total_steps}) loss: {loss:f}")
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

    def _measure(self) -> None:
        """Measure the accuracies, keep the best parameters, and see whether patience is at its end."""
        present = dict(self.model.params)
        self.model.params.update(self.averages or {})
        try:
            train = self.check_accuracy(self.X_train, self.y_train, self.num_train_samples)
            val = self.check_accuracy(self.X_val, self.y_val, self.num_val_samples)
            self._best.offer(self.model, val, self.epoch)
        finally:
            self.model.params.update(present)
        self.history.add_accuracies(self.epoch, self.steps_done, train, val)
        self._say(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train:f}; val_acc: {val:f}")
        waited = self.epoch - self._best.epoch
        if self.patience is not None and waited >= self.patience and self.history.stop is None:
            self._end(
                "patience",
                f"Stopped after epoch {self.epoch}: no better validation accuracy than {self.best_val_acc:.1%} "
                f"(epoch {self._best.epoch}) in {waited} epochs.",
            )
        self._tell("on_epoch")

    def _print(self, text: str) -> None:
        bars = [callback for callback in self.callbacks if isinstance(callback, ProgressBar)]
        (bars[0].write if bars else print)(text)

    def _tell(self, what: str) -> None:
        for callback in self.callbacks:
            getattr(callback, what)(self)
