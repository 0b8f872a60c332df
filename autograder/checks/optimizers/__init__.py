"""Hidden checks of 05_optimizers, one for each graded function."""

from autograder.checks.optimizers.averages import ema_update
from autograder.checks.optimizers.rules import adagrad, adam, nesterov_momentum, rmsprop, sgd, sgd_momentum
from autograder.checks.optimizers.schedules import (
    cosine_restarts,
    inverse_time_decay,
    sqrt_decay,
    step_decay,
)
from autograder.checks.optimizers.second_order import lbfgs_direction, newton_step

__all__ = [
    "adagrad",
    "adam",
    "cosine_restarts",
    "ema_update",
    "inverse_time_decay",
    "lbfgs_direction",
    "nesterov_momentum",
    "newton_step",
    "rmsprop",
    "sgd",
    "sgd_momentum",
    "sqrt_decay",
    "step_decay",
]
