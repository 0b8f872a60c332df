"""An update rule, the student's beside the reference's, compared step by step over runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import known
from autograder.checks.asking.inputs import as_double, as_single
from autograder.checks.mistakes.update_rules import Config, Update, of_every_rule
from autograder.checks.optimizers.explaining import Run, entries, explained
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.refusals import NoAnswer
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure, quoted


class Rule:
    """An update rule, the student's beside the reference's.

    Args:
        defaults: of the hyperparameters.
        state: what the config keeps from step to step.
        mistakes: wrong rules by the sentence that says what is wrong with them.
    """

    def __init__(
        self,
        student: Student,
        reference: SimpleNamespace,
        name: str,
        defaults: Mapping[str, float],
        state: tuple[str, ...] = (),
        mistakes: Mapping[str, Update] | None = None,
    ):
        self._student = student
        self._reference = getattr(reference, name)
        self._name = name
        self._defaults = dict(defaults)
        self.state = state
        self._mistakes = dict(mistakes or {}) | of_every_rule(self._reference, defaults, state)

    def call(self, w: np.ndarray, dw: np.ndarray, *config: Config | None) -> tuple[Any, Config]:
        """One step of the student's; the config has to come back as a dict."""
        try:
            next_w, next_config = self._student.call(self._name, w, dw, *config, returns="next_w, config")
        except TypeError as error:
            raise CheckFailed(
                "the config that came back cannot be handed on to the next step: it may hold numbers and arrays"
            ) from error
        expect(
            isinstance(next_config, dict),
            f"{self._name} must return (next_w, config), and the second is no dict",
        )
        return next_w, next_config

    def expected(
        self, w: np.ndarray, gradients: Iterable[np.ndarray], config: Config | None = None
    ) -> Iterator[tuple[np.ndarray, Config]]:
        """(next_w, config) of the reference after each step."""
        config = deepcopy(config)
        w = as_double(w)
        for dw in gradients:
            w, config = self._reference(w.copy(), as_double(dw).copy(), config)
            yield w, deepcopy(config)

    def expect_run(
        self,
        w: np.ndarray,
        gradients: list[np.ndarray],
        config: Config | None = None,
        only: tuple[str, ...] | None = None,
        rtol: float = 1e-9,
        atol: float = 1e-12,
    ) -> None:
        """Fail the case unless each step gives what the reference gives.

        Args:
            gradients: one for each step; each step starts from the student's own result and config.
            only: compare "next_w" or these keys of the config; everything by default.
        """
        run = Run(w, gradients, config, (*self.state, "next_w") if only is None else only)
        found_w, found_config = w, deepcopy(config)
        for dw, (next_w, wanted) in zip(gradients, self.expected(w, gradients, config), strict=True):
            found_w, found_config = self.call(found_w, dw, found_config)
            run.steps.append(entries(found_w, found_config))
            right = entries(next_w, wanted)
            for key in run.compared:
                value = as_single(right[key]) if w.dtype == np.float32 else right[key]
                self._expect_entry(run, key, value, rtol, atol)
            self._expect_hyperparameters(found_config, wanted, config or {})

    def _expect_entry(self, run: Run, key: str, wanted: Any, rtol: float, atol: float) -> None:
        """Fail the case unless one entry of the run's last step is right."""
        step, found = len(run.steps), run.steps[-1]
        expect(key in found, f"the config has no key {key!r} after step {step}")
        if key == "t":
            expect_count(found[key], wanted, step)
            return
        label = key if key == "next_w" else f"config[{key!r}]"
        try:
            expect_close(found[key], wanted, f"{label} after step {step}", rtol=rtol, atol=atol)
        except CheckFailed as failed:
            raise CheckFailed(self._explained(failed.failure, run)) from failed

    def _explained(self, failure: Failure, run: Run) -> Failure:
        """The failure with what explains it in the steps so far, and in some more."""
        # What coincides in one step parts in the next ones.
        more = [factor * run.gradients[-1] for factor in (-0.7, 1.3, 0.4)]
        longer = replace(run, gradients=[*run.gradients, *more], steps=[*run.steps])
        self._go_on(longer)
        right = [entries(*step) for step in self.expected(longer.w, longer.gradients, longer.config)]
        return explained(failure, longer, right, self._mistakes, self._defaults, self._another_run)

    def _another_run(self) -> Run:
        """A run of the student's with hyperparameters unlike the defaults, all of them given."""
        config = {key: 0.7 * value for key, value in self._defaults.items()}
        gradients = [np.array([0.9, -0.4, 1.7]), np.array([-0.3, 1.1, 0.8]), np.array([1.3, 0.6, -0.5])]
        run = Run(np.array([0.5, -1.2, 0.7]), gradients, config, (*self.state, "next_w"))
        try:
            first = self.call(run.w, gradients[0], deepcopy(config))
        except NoAnswer:
            raise
        except CheckFailed:
            return run
        run.steps.append(entries(*first))
        self._go_on(run)
        return run

    def _go_on(self, run: Run) -> None:
        """Add what the student's rule returns for the gradients that are left, as far as it gets."""
        config = dict(run.steps[-1])
        w = config.pop("next_w")
        for dw in run.gradients[len(run.steps) :]:
            try:
                w, config = self.call(w, dw, config)
            except NoAnswer:
                raise
            except CheckFailed:
                return
            run.steps.append(entries(w, config))

    def _expect_hyperparameters(self, found: Config, wanted: Config, given: Config) -> None:
        """Fail the case when a hyperparameter that the config holds is no longer what it was, or by default is."""
        for key in self._defaults:
            if key not in found:
                continue
            try:
                expect_close(found[key], wanted[key], f"config[{key!r}]")
            except CheckFailed as failed:
                if key in given:
                    raise
                did = f"{key} has another default: where the config does not say, it is {wanted[key]:g}"
                raise CheckFailed(failed.failure.because(known(did))) from failed

    def expect_leaves_gradient(self) -> None:
        """Fail the case when a call has changed dw; w may change."""
        changed = f"the second argument of {self._name}"
        expect(changed not in self._student.changed, f"{changed}, dw, changed in place; work on a copy")


def expect_count(found: Any, wanted: int, step: int) -> None:
    """Fail the case unless t counts the steps."""
    number = isinstance(found, int | float | np.number | np.ndarray) and not isinstance(found, bool)
    expect(
        number and np.ndim(found) == 0 and bool(found == wanted),
        f"config['t'] after step {step} is {quoted(found)}, expected {wanted}: t starts at 0, and each step counts it up by one",
    )
