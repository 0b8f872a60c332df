"""Checkpoints: everything a training needs to go on, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from course_utils.training.best import Best
from course_utils.training.descent import Descent
from course_utils.training.history import History
from course_utils.training.state import (
    CheckpointError,
    load_state,
    read_model_state,
    save_state,
    write_model_state,
)


def write_checkpoint(path: Path, training: Descent, best: Best) -> None:
    """Write where a training is, and the best epoch so far, in one move."""
    save_state(
        path,
        {
            "settings": _settings(training),
            "params": training.model.params,
            "model": read_model_state(training.model),
            "optim_configs": training.updates.configs,
            "averages": training.updates.averages,
            "rate": training.updates.rate,
            "steps_done": training.steps_done,
            "rate_factor": training.rate_factor,
            "seed": training.batches.seed,
            "sampling": training.sampling,
            "np.random": np.random.get_state(legacy=False),  # noqa: NPY002 (a model may draw from it)
            "history": training.history.columns(),
            "best": [best.val_accuracy, best.epoch, best.params, best.state],
        },
    )


def read_checkpoint(path: Path, training: Descent) -> Best:
    """Put a training back to where a checkpoint was written; returns the best epoch until then.

    Raises:
        CheckpointError: the file cannot be read or belongs to another training.
    """
    state = load_state(path)
    for name, wanted in _settings(training).items():
        if state["settings"].get(name) != wanted:
            raise CheckpointError(
                f"{path} was written with {name} {state['settings'].get(name)!r}, and this Solver has {wanted!r}; "
                "make the Solver with the settings of the training that is to go on"
            )
    training.batches.leave_epoch()
    training.batches.seed = state["seed"]
    training.model.params.clear()
    training.model.params.update(state["params"])
    write_model_state(training.model, state["model"])
    training.updates.configs, training.updates.averages = state["optim_configs"], state["averages"]
    training.steps_done, training.rate_factor = state["steps_done"], state["rate_factor"]
    training.sampling, training.history = state["sampling"], History(**state["history"])
    np.random.set_state(state["np.random"])  # noqa: NPY002
    training.updates.rate = state["rate"]
    return Best(*state["best"])


def _settings(training: Descent) -> dict[str, Any]:
    """What must be the same for a checkpoint to fit; num_epochs may grow."""
    return {
        "update_rule": training.updates.rule_name,
        "batch_size": training.batches.batch_size,
        "len(X_train)": training.batches.num_examples,
        "ema_decay": training.updates.ema_decay,
        "shapes of params": {name: tuple(w.shape) for name, w in training.model.params.items()},
    }
