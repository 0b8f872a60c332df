"""Which named mistake explains a run of an update rule that went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.checks.asking.advice import likely
from autograder.checks.asking.inputs import as_double
from autograder.checks.mistakes.update_rules import Config, Update
from course_utils.compare import Failure, close_values

_NOT_A_NUMBER = (
    "Every number is nan, from 0 / 0, inf / inf or the root of a negative number: print each divisor, and "
    "what stands under the root"
)
_COMPARE = "Compare your formula with the one in the text, term by term"


@dataclass
class Run:
    """Some steps of an update rule.

    Attributes:
        w: the parameter before the first step.
        gradients: of each step, shaped like w.
        config: handed in with the first step.
        compared: the entries of a step that are looked at: "next_w" and keys of the config.
        steps: entries of each step that the student's rule has made.
    """

    w: np.ndarray
    gradients: list[np.ndarray]
    config: Config | None
    compared: tuple[str, ...]
    steps: list[Config] = field(default_factory=list)


def entries(next_w: Any, config: Config) -> Config:
    """What is compared after one step, by name."""
    return config | {"next_w": next_w}


def explained(
    failure: Failure,
    run: Run,
    right: list[Config],
    mistakes: Mapping[str, Update],
    defaults: Config,
    another: Callable[[], Run],
) -> Failure:
    """The failure with the named mistake that explains what was compared in all steps, or with advice.

    Args:
        right: entries of each step as the reference makes it.
        mistakes: wrong rules by the sentence that says what is wrong with them.
        defaults: of the hyperparameters.
        another: has the student's rule make a run with other hyperparameters, which tells mistakes apart that agree.
    """
    first = run.steps[0]["next_w"]
    if isinstance(first, np.ndarray) and first.dtype.kind == "f" and first.size and np.isnan(first).all():
        return failure.because(None).advised(_NOT_A_NUMBER)
    if _gives_all(right, run):
        return failure.advised(_COMPARE)
    other: Run | None = None
    for did, mistaken in mistakes.items():
        if _gives(mistaken, run, defaults):
            other = other or another()
            if other.steps and _gives(mistaken, other, defaults):
                return failure.because(likely(did))
    return failure.advised(_COMPARE)


def _gives(wrong: Update, run: Run, defaults: Config) -> bool:
    """Whether a wrong rule gives what the student's gave in all steps; most are told apart by the first."""
    at, config = as_double(run.w), defaults | deepcopy(run.config or {})
    for dw, step in zip(run.gradients, run.steps, strict=False):
        with np.errstate(all="ignore"):
            at, config = wrong(at, as_double(dw), config)
        if not _agree(step, entries(at, config), run.compared):
            return False
    return True


def _gives_all(given: list[Config], run: Run) -> bool:
    """Whether these entries of each step are the student's in all that is compared."""
    return all(_agree(step, there, run.compared) for step, there in zip(run.steps, given, strict=False))


def _agree(found: Config, given: Config, compared: tuple[str, ...]) -> bool:
    return all(_same(found.get(key), given[key]) for key in compared)


def _same(found: Any, given: Any) -> bool:
    """Whether a named mistake would have given just this, to nearly all digits."""
    if not isinstance(found, np.ndarray | np.generic | float | int) or np.shape(found) != np.shape(given):
        return False
    return bool(close_values(np.asarray(found), np.asarray(given), 1e-9, 1e-15).all())
