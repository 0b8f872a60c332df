"""What happened in a training, step by step and epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass, field

from course_utils.training.stopping import StopReason


@dataclass
class History:
    """The record of a training; it grows while the training runs.

    Attributes:
        loss, learning_rate: of every step, as they were when it was made.
        update_ratio: ‖update‖ / ‖w‖ of each parameter, by its name, at the steps in ratio_step; NaN where w was all zeros.
        ratio_step: steps, counted from 0, whose update ratios were measured.
        epoch, epoch_step: epochs and steps done when accuracies were measured; the first entry follows the first step.
        train_accuracy, val_accuracy: measured then, in [0, 1].
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

    @property
    def loss_history(self) -> list[float]:
        return self.loss

    @property
    def train_acc_history(self) -> list[float]:
        return self.train_accuracy

    @property
    def val_acc_history(self) -> list[float]:
        return self.val_accuracy

    def to_dict(self) -> dict[str, dict[str, list[float]]]:
        """Two tables, each a dict of columns of one length that `pandas.DataFrame` takes as it is.

        Returns {"steps": ..., "epochs": ...}. Steps: "step" (from 0), "loss", "learning_rate" and a column
        "update_ratio NAME" for each parameter, NaN where it was not measured. Epochs: "epoch", "step",
        "train_accuracy", "val_accuracy".
        """
        steps: dict[str, list[float]] = {
            "step": list(range(len(self.loss))),
            "loss": list(self.loss),
            "learning_rate": list(self.learning_rate),
        }
        for name, ratios in self.update_ratio.items():
            column = [float("nan")] * len(self.loss)
            for step, ratio in zip(self.ratio_step, ratios, strict=True):
                column[step] = ratio
            steps[f"update_ratio {name}"] = column
        epochs = {
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
