"""Hidden checks of 05_optimizers, one for each graded function."""

from autograder.checks._optim_average import ema_update
from autograder.checks._optim_rules import adagrad, adam, nesterov_momentum, rmsprop, sgd, sgd_momentum
from autograder.checks._optim_second_order import lbfgs_direction, newton_step
from autograder.checks._schedules import (
    cosine_restarts,
    exponential_decay,
    inverse_time_decay,
    sqrt_decay,
    step_decay,
)

__all__ = [
    "adagrad",
    "adam",
    "cosine_restarts",
    "ema_update",
    "exponential_decay",
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
