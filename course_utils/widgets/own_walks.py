"""Walks by a learner's own update rules: whatever a rule does, a path and a sentence come back."""

from __future__ import annotations

import io
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.text import one_line
from course_utils.training import rules
from course_utils.widgets.surfaces import Surface, walk

RULES: dict[str, rules.UpdateRule] = {
    "SGD": rules.sgd,
    "momentum": rules.sgd_momentum,
    "Nesterov": rules.nesterov_momentum,
    "AdaGrad": rules.adagrad,
    "RMSProp": rules.rmsprop,
    "Adam": rules.adam,
}
_SECONDS = 1.0  # for all steps of one rule
_SEED = 1  # of the noise: the same for every rule
_FAR = 1e6
_Step = tuple[np.ndarray, Any]


@dataclass(frozen=True)
class OwnWalk:
    """The path of one rule.

    Attributes:
        points: where it went, shape (k + 1, 2), all of them numbers; fewer than asked for where it stopped.
        course: where the course's rule goes, likewise, if the two part; else None.
        said: what there is to say about it, or "".
    """

    points: np.ndarray
    course: np.ndarray | None = None
    said: str = ""


def configs(settings: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    """What each rule finds in its config at first.

    Args:
        settings: "rate" (of SGD, momentum and Nesterov), "step" (the rate of the others), "momentum", "decay", "beta1", "beta2".
    """
    slope: dict[str, Any] = {"learning_rate": settings["rate"]}
    step = {"learning_rate": settings["step"]}
    momentum = slope | {"momentum": settings["momentum"]}
    return {
        "SGD": slope,
        "momentum": momentum,
        "Nesterov": momentum,
        "AdaGrad": step,
        "RMSProp": step | {"decay_rate": settings["decay"]},
        "Adam": step | {"beta1": settings["beta1"], "beta2": settings["beta2"]},
    }


def own_walks(
    own: Mapping[str, Any], surface: Surface, start: tuple[float, float], settings: Mapping[str, float]
) -> dict[str, OwnWalk]:
    """Walk by each rule of a learner, and by the course's where there is none.

    Args:
        own: rules (w, dw, config) -> (next_w, config) by name, names as in RULES; they may do anything.
        surface: where to walk.
        start: (x, y).
        settings: as for `configs`, and "steps".
    """
    with _quiet():
        return {
            name: _OwnWalker(name, surface, start, settings).walk(own.get(name, _missing)) for name in RULES
        }


def _missing(*_: Any) -> _Step:
    raise NotImplementedError


@contextmanager
def _quiet() -> Iterator[None]:
    """What rules print and what NumPy warns of when they run away is no part of the picture."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield


class _OwnWalker:
    """One rule's walk, beside the course's rule, which is told the same slopes at the same places."""

    def __init__(
        self, name: str, surface: Surface, start: tuple[float, float], settings: Mapping[str, float]
    ) -> None:
        self._right, self._config = RULES[name], configs(settings)[name]
        self._surface, self._start, self._steps = surface, start, int(settings["steps"])

    def walk(self, rule: Any) -> OwnWalk:
        rng, ends = self._noise(), time.monotonic() + _SECONDS
        w, state, known = np.array(self._start, dtype=np.float64), dict(self._config), dict(self._config)
        points, parted = [w], ""
        for t in range(1, self._steps + 1):
            slope = self._surface.gradient(w, rng)
            right, known = self._right(w.copy(), slope.copy(), known)
            try:
                step, state = _checked(rule(w.copy(), slope.copy(), state))
            except NotImplementedError:
                return OwnWalk(self._course(), said="is not written yet: this is the course's")
            except (Exception, SystemExit) as error:
                parted = f"stops at step {t}: {one_line(f'{type(error).__name__}: {error}', 200)}"
                break
            if not parted and not _is_near(step, right, w):
                parted = f"does not go where the rule goes, from step {t} on"
            if not np.all(np.abs(step) < _FAR):
                break
            w = step
            points.append(w)
            if time.monotonic() > ends:
                parted = f"takes too long: {t} steps in {_SECONDS:g} s"
                break
        return OwnWalk(np.array(points), self._course() if parted else None, parted)

    def _noise(self) -> np.random.Generator | None:
        return np.random.default_rng(_SEED) if self._surface.noise else None

    def _course(self) -> np.ndarray:
        points = walk(
            self._surface, self._right, self._steps, start=self._start, rng=self._noise(), **self._config
        )
        return points[np.isfinite(points).all(axis=1)]


def _checked(answer: Any) -> _Step:
    """The (next_w, config) of a rule.

    Raises:
        TypeError, ValueError: it is something else.
    """
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise TypeError(f"it returned {_kind(answer)}; expected (next_w, config)")
    step, state = np.asarray(answer[0], dtype=np.float64), answer[1]
    if step.shape != (2,):
        raise ValueError(f"next_w has shape {step.shape}; expected w's, (2,)")
    if not isinstance(state, Mapping):
        raise TypeError(f"config is {_kind(state)}; expected a dict")
    return step.copy(), state


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"{len(value)} value{'' if len(value) == 1 else 's'}"
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _is_near(step: np.ndarray, right: np.ndarray, w: np.ndarray) -> bool:
    """Whether two steps from w are the same but for rounding; two that both run away are."""
    if not np.all(np.abs(right) < _FAR):
        return not np.all(np.abs(step) < _FAR)
    move = np.abs(right - w)
    return bool(np.all(np.abs(step - right) <= 1e-5 * move + 1e-9 * (1 + np.abs(w))))
