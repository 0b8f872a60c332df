"""How one step is made: a batch, its loss and gradients, a learning rate, an update, and a look at where it led."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from course_utils.training.batches import Batches
from course_utils.training.expectations import expect_loss_and_gradients
from course_utils.training.history import History
from course_utils.training.rules import Config, UpdateRule
from course_utils.training.schedules import Schedule
from course_utils.training.stopping import (
    StopReason,
    diagnose_divergence,
    diagnose_non_finite,
    is_lost,
    keeps_rising,
)
from course_utils.training.updates import Updates

# A loss is never judged by fewer steps than these, or than an epoch has.
_LEAST_WINDOW = 10
# Keeps the generator of samples apart from those of epochs, which follow from the same seed.
_SAMPLING = 1


class Descent:
    """Goes down the loss of a model step by step; a `Solver` makes a training of it.

    Args:
        model: see `Solver`.
        batches: what each step is made on.
        updates: how the parameters follow their gradients.
        num_epochs: how often to go through all batches.
        lr_decay: factor on the learning rate after each epoch.
        schedule: (t, T) -> learning rate of step t (from 0) of T, in place of the rule's and lr_decay.
        max_loss_ratio: see `Solver`.
        verbose: whether to print more than the reason of an early stop.

    Attributes:
        history: the record.
        steps_done: steps made so far.
        rate_factor: factor on the learning rate, to be changed while training runs.
        sampling: where the samples come from that accuracies are measured on.
    """

    def __init__(
        self,
        model: Any,
        batches: Batches,
        updates: Updates,
        *,
        num_epochs: int,
        lr_decay: float,
        schedule: Schedule | None,
        max_loss_ratio: float | None,
        verbose: bool,
    ) -> None:
        self.model, self.batches, self.updates = model, batches, updates
        self.num_epochs, self.lr_decay, self.schedule = num_epochs, lr_decay, schedule
        self.max_loss_ratio, self.verbose = max_loss_ratio, verbose
        self.history = History()
        self.steps_done, self._planned_from = 0, 0
        self.rate_factor = 1.0
        self.sampling = np.random.default_rng([batches.seed, 0, _SAMPLING])
        self._first_rate = math.nan
        if schedule is None:
            self._first_rate = updates.rate = updates.learning_rate()

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return self.batches.per_epoch

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self._planned_from + self.num_epochs * self.steps_per_epoch

    @property
    def epoch(self) -> int:
        """Whole epochs done."""
        return self.steps_done // self.steps_per_epoch

    @property
    def update_rule(self) -> UpdateRule:
        """The update rule, a function."""
        return self.updates.rule

    @property
    def batch_size(self) -> int:
        """Examples in a batch."""
        return self.batches.batch_size

    @property
    def optim_configs(self) -> dict[str, Config]:
        """What the update rule remembers of each parameter, by name."""
        return self.updates.configs

    @property
    def averages(self) -> dict[str, np.ndarray] | None:
        """Running averages of the parameters, by name."""
        return self.updates.averages

    @property
    def loss_history(self) -> list[float]:
        """The loss of every step."""
        return self.history.loss

    @property
    def train_acc_history(self) -> list[float]:
        """Training accuracies, measured after the first step and after each epoch."""
        return self.history.train_accuracy

    @property
    def val_acc_history(self) -> list[float]:
        """Validation accuracies, measured after the first step and after each epoch."""
        return self.history.val_accuracy

    @property
    def learning_rate(self) -> float:
        """The learning rate of the coming step. Setting it changes rate_factor, so that a schedule goes on in proportion."""
        return self.rate_factor * self._planned_rate()

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        planned = self._planned_rate()
        if planned > 0:
            self.rate_factor = rate / planned

    def _planned_rate(self) -> float:
        if self.schedule is not None:
            return float(self.schedule(self.steps_done, self.total_steps))
        return self._first_rate * self.lr_decay**self.epoch

    def step(self) -> float:
        """Make one step on the next batch and return its loss; where a gradient is not finite, change nothing.

        `history.stop` then says why.
        """
        X, y = self.batches.take(self.steps_done)
        answer = self.model.loss(X, y)
        if self.steps_done == 0:
            expect_loss_and_gradients(answer, self.model.params)
        loss, rate, params = np.asarray(answer[0]).item(), self.learning_rate, self.model.params
        grads, norm = self.updates.clipped(answer[1], params)
        self.history.loss.append(loss)
        self.history.learning_rate.append(rate)
        lost = not math.isfinite(norm) or (not math.isfinite(loss) and is_lost(params, grads))
        if not lost:
            self._update(grads, rate)
        self.steps_done += 1
        if not math.isfinite(loss) or lost:
            self._face_what_is_not_finite(lost, rate, grads, X)
        elif self.steps_done % self.steps_per_epoch == 0:
            self._leave_epoch(rate)
        return loss

    def _update(self, grads: Mapping[str, np.ndarray], rate: float) -> None:
        ratios = self.updates.make(self.model.params, grads, rate, self.steps_done)
        if ratios is not None:
            self.history.add_ratios(self.steps_done, ratios)

    @property
    def _window(self) -> int:
        return max(self.steps_per_epoch, _LEAST_WINDOW)

    def _face_what_is_not_finite(
        self, lost: bool, rate: float, grads: Mapping[str, np.ndarray], X: np.ndarray
    ) -> None:
        """End where all is lost; a loss alone may overflow where its gradient does not, which is said once."""
        losses = self.history.loss
        cause = diagnose_non_finite(losses, rate, self.history.last_ratios, self.model.params, grads, X)
        if lost:
            self._end("non-finite", f"Stopped at step {len(losses) - 1}: {cause}")
        elif all(map(math.isfinite, losses[:-1])):
            self._say(
                f"Step {len(losses) - 1} is no reason to stop, for its gradients are finite, but {cause}"
            )

    def _leave_epoch(self, rate: float) -> None:
        """Let the rate decay, where it is one that decays, and judge the loss, where that was asked for."""
        if self.schedule is None:
            self.updates.tell_rate(self.learning_rate)
        losses, ratio = self.history.loss, self.max_loss_ratio
        if ratio is not None and keeps_rising(losses, self._window, ratio):
            self._end("diverged", diagnose_divergence(losses, self._window, rate, self.history.last_ratios))

    def _end(self, kind: str, message: str) -> None:
        """Note why the training ends; anything but its plan is said even to those who asked for silence."""
        self.history.stop = StopReason(kind, len(self.history.loss) - 1, message)
        if kind != "finished":
            self._print(message)

    def _say(self, text: str) -> None:
        if self.verbose:
            self._print(text)

    def _print(self, text: str) -> None:
        print(text)
