"""What a Solver calls while it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_utils.training.solver import Solver


class Callback:
    """Override what you need; each method gets the solver, whose history and model may be read and `stop` called."""

    def on_train_begin(self, solver: Solver) -> None:
        """Before the first step."""

    def on_step(self, solver: Solver) -> None:
        """After every step; `solver.history.loss[-1]` is its loss."""

    def on_epoch(self, solver: Solver) -> None:
        """After the accuracies were measured: after the first step and after every epoch."""

    def on_train_end(self, solver: Solver) -> None:
        """After the last step, whatever ended the training; `solver.history.stop` says what."""


class ProgressBar(Callback):
    """A bar with the steps done, the loss and the accuracies measured last."""

    def on_train_begin(self, solver: Solver) -> None:
        # In a kernel this loads the widgets, which a training without a bar need not wait for.
        from tqdm.auto import tqdm

        self._bar = tqdm(total=solver.total_steps, initial=solver.steps_done, unit="step", leave=True)

    def on_step(self, solver: Solver) -> None:
        # tqdm draws ten times a second at most and forgets the rest.
        self._bar.update()

    def on_epoch(self, solver: Solver) -> None:
        history = solver.history
        self._bar.set_postfix(
            loss=f"{history.loss[-1]:.3g}",
            train=f"{history.train_accuracy[-1]:.1%}",
            val=f"{history.val_accuracy[-1]:.1%}",
        )

    def on_train_end(self, solver: Solver) -> None:
        self._bar.close()
