"""What a Solver calls while it trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from course_utils.training.history import History


class Training(Protocol):
    """What a callback may see of a training, and do to it: a `Solver`.

    Attributes:
        model: has `params`, a dict of arrays by name, and `loss`.
        X_train: the training examples, shape (N, ...).
        X_val: the validation examples, shape (N, ...).
        history: the record so far.
        steps_done: steps made, in all epochs.
        num_epochs: epochs of the whole training.
        learning_rate: of the coming step; may be set.
    """

    model: Any
    X_train: np.ndarray
    X_val: np.ndarray
    history: History
    steps_done: int
    num_epochs: int
    learning_rate: float

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""

    @property
    def epoch(self) -> int:
        """Whole epochs done."""

    @property
    def best_val_acc(self) -> float:
        """The best validation accuracy so far, in [0, 1]."""

    @property
    def stopping(self) -> bool:
        """Whether the training was asked to stop."""

    def stop(self, message: str = ...) -> None:
        """Ask the training to end after its present step."""


class Callback:
    """Override what you need; each method gets the solver, whose history and model may be read and `stop` called."""

    def on_train_begin(self, solver: Training) -> None:
        """Before the first step."""

    def on_step(self, solver: Training) -> None:
        """After every step; `solver.history.loss[-1]` is its loss."""

    def on_epoch(self, solver: Training) -> None:
        """After the accuracies were measured: after the first step and after every epoch."""

    def on_train_end(self, solver: Training) -> None:
        """After the last step, whatever ended the training; `solver.history.stop` says what."""


class AfterEpoch(Callback):
    """A plain function as a callback: it gets the solver after each epoch."""

    def __init__(self, function: Callable[[Any], object]) -> None:
        self._function = function

    def on_epoch(self, solver: Training) -> None:
        """Call the function."""
        self._function(solver)


class ProgressBar(Callback):
    """A bar with the steps done, the loss and the accuracies measured last."""

    def on_train_begin(self, solver: Training) -> None:
        """Show the bar."""
        # In a kernel this loads the widgets, which a training without a bar need not wait for.
        from tqdm.auto import tqdm

        self._bar = tqdm(total=solver.total_steps, initial=solver.steps_done, unit="step", leave=True)

    def on_step(self, solver: Training) -> None:
        """Count the step."""
        # tqdm draws ten times a second at most and forgets the rest.
        self._bar.update()

    def on_epoch(self, solver: Training) -> None:
        """Show what was measured."""
        history = solver.history
        self._bar.set_postfix(
            loss=f"{history.loss[-1]:.3g}",
            train=f"{history.train_accuracy[-1]:.1%}",
            val=f"{history.val_accuracy[-1]:.1%}",
        )

    def write(self, text: str) -> None:
        """Print a line above the bar."""
        from tqdm.auto import tqdm

        tqdm.write(text)

    def on_train_end(self, solver: Training) -> None:
        """Leave the bar as it is."""
        self._bar.close()


def as_callback(callback: Callback | Callable[[Any], object]) -> Callback:
    """A callback, or a plain function as one.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(callback, Callback):
        return callback
    if callable(callback) and not isinstance(callback, type):
        return AfterEpoch(callback)
    raise ValueError(
        f"{callback!r} is no callback; pass a Callback object or a function that takes the solver"
    )
