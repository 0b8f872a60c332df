"""What happened in a training, step by step and epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from course_utils.training.stopping import StopReason


@dataclass(repr=False)
class History:
    """The record of a training; it grows while the training runs.

    Attributes:
        loss: of every step, as it was when the step was made.
        learning_rate: of every step, as it was when the step was made.
        ratio_step: steps, counted from 0, whose update ratios were measured.
        update_ratio: ‖update‖ / ‖w‖ of each parameter, by its name, at the steps in ratio_step; NaN where w was all zeros.
        epoch: epochs done when accuracies were measured; the first entry follows the first step.
        epoch_step: steps done then.
        train_accuracy: measured then, in [0, 1].
        val_accuracy: measured then, in [0, 1].
        stop: why the training ended; None while it runs.
    """

    loss: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    ratio_step: list[int] = field(default_factory=list)
    update_ratio: dict[str, list[float]] = field(default_factory=dict)
    epoch: list[int] = field(default_factory=list)
    epoch_step: list[int] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    stop: StopReason | None = None

    def __repr__(self) -> str:
        return f"<History of {len(self.loss)} steps: {self.stop or 'the training has not ended'}>"

    @property
    def loss_history(self) -> list[float]:
        """`loss`, by its name in the widely used Solver."""
        return self.loss

    @property
    def train_acc_history(self) -> list[float]:
        """`train_accuracy`, by its name in the widely used Solver."""
        return self.train_accuracy

    @property
    def val_acc_history(self) -> list[float]:
        """`val_accuracy`, by its name in the widely used Solver."""
        return self.val_accuracy

    @property
    def last_ratios(self) -> dict[str, float]:
        """The update ratios measured last, by parameter."""
        return {name: ratios[-1] for name, ratios in self.update_ratio.items()}

    def add_ratios(self, step: int, ratios: Mapping[str, float]) -> None:
        """Note the update ratios of a step, by parameter."""
        self.ratio_step.append(step)
        for name, ratio in ratios.items():
            self.update_ratio.setdefault(name, []).append(ratio)

    def add_accuracies(self, epoch: int, steps_done: int, train: float, val: float) -> None:
        """Note accuracies and when they were measured."""
        self.epoch.append(epoch)
        self.epoch_step.append(steps_done)
        self.train_accuracy.append(train)
        self.val_accuracy.append(val)

    def columns(self) -> dict[str, Any]:
        """Everything but why the training ended, by name: what `History(**columns)` needs to be the same again."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "stop"}

    def to_dict(self) -> dict[str, dict[str, list[Any]]]:
        """Two tables, each a dict of columns of one length that `pandas.DataFrame` takes as it is.

        Returns:
            {"steps": ..., "epochs": ...}. Steps: "step" (from 0), "loss", "learning_rate" and a column
            "update_ratio NAME" for each parameter, NaN where it was not measured. Epochs: "epoch", "step",
            "train_accuracy", "val_accuracy".
        """
        steps: dict[str, list[Any]] = {
            "step": list(range(len(self.loss))),
            "loss": list(self.loss),
            "learning_rate": list(self.learning_rate),
        }
        for name, ratios in self.update_ratio.items():
            column = [float("nan")] * len(self.loss)
            for step, ratio in zip(self.ratio_step, ratios, strict=True):
                column[step] = ratio
            steps[f"update_ratio {name}"] = column
        epochs: dict[str, list[Any]] = {
            "epoch": list(self.epoch),
            "step": list(self.epoch_step),
            "train_accuracy": list(self.train_accuracy),
            "val_accuracy": list(self.val_accuracy),
        }
        return {"steps": steps, "epochs": epochs}

    def curves(self) -> dict[str, list[float]]:
        """What `course_utils.plotting.training_curves` draws: the loss of each step, the accuracies of each whole epoch."""
        # The first entry follows the first step, and a training stopped within an epoch has measured that one twice.
        whole = [k for k in range(1, len(self.epoch)) if self.epoch[k] > self.epoch[k - 1]]
        return {
            "loss": list(self.loss),
            "train_accuracy": [self.train_accuracy[k] for k in whole],
            "val_accuracy": [self.val_accuracy[k] for k in whole],
        }
