"""The best epoch of a training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.training.state import read_model_state, write_model_state


@dataclass
class Best:
    """The best epoch so far.

    Attributes:
        val_accuracy: its validation accuracy, in [0, 1].
        epoch: its number.
        params: copies of the parameters at its end; empty before anything was measured.
        state: what the model kept beside them, e.g. running averages.
    """

    val_accuracy: float = 0.0
    epoch: int = 0
    params: dict[str, np.ndarray] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)

    def offer(self, model: Any, val_accuracy: float, epoch: int) -> None:
        """Keep copies of a model's present parameters if they are better than what was best."""
        if val_accuracy > self.val_accuracy or not self.params:
            self.val_accuracy, self.epoch = val_accuracy, epoch
            self.params = {name: w.copy() for name, w in model.params.items()}
            self.state = read_model_state(model)

    def give_back(self, model: Any) -> None:
        """Make a model what it was in the best epoch; its random generators stay where they are."""
        if self.params:
            model.params.update({name: w.copy() for name, w in self.params.items()})
            write_model_state(model, self.state, generators=False)
