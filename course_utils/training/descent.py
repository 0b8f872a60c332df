"""How one step is made: a batch, its loss and gradients, a learning rate, an update, and a look at where it led."""

from __future__ import annotations

import math
from typing import Any

from course_utils.training.batches import Batches
from course_utils.training.expectations import expect_loss_and_gradients
from course_utils.training.history import History
from course_utils.training.schedules import Schedule
from course_utils.training.stopping import (
    StopReason,
    diagnose_divergence,
    diagnose_non_finite,
    has_diverged,
)
from course_utils.training.updates import Updates


class Descent:
    """Goes down the loss of a model step by step; a `Solver` makes a training of it.

    Args:
        model: see `Solver`.
        batches: what each step is made on.
        updates: how the parameters follow their gradients.
        num_epochs: how often to go through all batches.
        lr_decay: factor on the learning rate after each epoch.
        schedule: (t, T) -> learning rate of step t (from 0) of T, in place of the rule's and lr_decay.
        max_loss_ratio: stop when the loss is more than so many times the first one; None never to.
        verbose: whether to print the reason of an early stop.

    Attributes:
        history: the record.
        steps_done: steps made so far.
        total_steps: steps of the whole training.
        rate_factor: factor on the learning rate, to be changed while training runs.
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
        self.steps_done, self.total_steps = 0, num_epochs * batches.per_epoch
        self.rate_factor = 1.0
        self._first_rate = updates.learning_rate() if schedule is None else math.nan

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return self.batches.per_epoch

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

    def _planned_rate(self) -> float:
        if self.schedule is not None:
            return float(self.schedule(self.steps_done, self.total_steps))
        return self._first_rate * self.lr_decay**self.epoch

    def step(self) -> float:
        """Make one step on the next batch and return its loss; where the loss or the gradient is not finite, change nothing.

        `history.stop` then says why.
        """
        X, y = self.batches.take(self.steps_done)
        answer = self.model.loss(X, y)
        if self.steps_done == 0:
            expect_loss_and_gradients(answer, self.model.params)
        loss, grads = float(answer[0]), answer[1]
        rate, history = self.learning_rate, self.history
        history.loss.append(loss)
        history.learning_rate.append(rate)
        grads, norm = self.updates.clipped(grads, self.model.params)
        finite = math.isfinite(loss) and math.isfinite(norm)
        if finite:
            ratios = self.updates.make(self.model.params, grads, rate, self.steps_done)
            if ratios is not None:
                history.add_ratios(self.steps_done, ratios)
        self.steps_done += 1
        if not finite:
            evidence = history.loss, rate, history.last_ratios, self.model.params, grads, X
            self._end("non-finite", diagnose_non_finite(*evidence))
        elif self.max_loss_ratio is not None and has_diverged(history.loss, self.max_loss_ratio):
            self._end("diverged", diagnose_divergence(history.loss, rate, history.last_ratios))
        return loss

    def _end(self, kind: str, message: str) -> None:
        self.history.stop = StopReason(kind, len(self.history.loss) - 1, message)
        if kind != "finished":
            self._say(message)

    def _say(self, text: str) -> None:
        if self.verbose:
            print(text)
