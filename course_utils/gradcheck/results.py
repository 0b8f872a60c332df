"""Puts laws, judgement and diagnosis together into one result for each gradient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from course_utils import compare
from course_utils.compare import Cause, Certainty
from course_utils.gradcheck import facts
from course_utils.gradcheck.diagnose import diagnose, diagnose_shape
from course_utils.gradcheck.domain import edge, no_number, rough
from course_utils.gradcheck.judge import Judgement, judge
from course_utils.gradcheck.laws import Broken, broken_laws
from course_utils.gradcheck.locating import locator, with_line
from course_utils.gradcheck.problem import Problem
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.settings import Settings
from course_utils.gradcheck.signatures.evidence import Evidence

# What a broken law says of the mistake, where it says anything.
_CAUSES = {
    "repeat": Cause(
        "repeat", "backward changes what it keeps in the cache (or is random): it must be callable twice"
    ),
    "last call": Cause("last call", "backward goes by the last forward pass, not by the cache it is given"),
    "upstream": Cause("upstream", "dout is not used: multiply by the upstream gradient (chain rule)"),
    "precision": Cause("precision", compare.LOW_PRECISION),
    "zero": Cause(
        "added",
        "a part of it does not depend on dout: something is added or assigned that is not multiplied by it",
    ),
}
# Guesses that can be true of a gradient that is not linear in dout.
_BESIDE_LINEAR = frozenset(
    [
        "updated",
        "integer",
        "precision",
        "misread",
        "offset",
        "reg",
        "cut",
        "sign lost",
        "signs",
        "one number",
        "another array",
        "upstream",
        "slope twice",
        "edge",
    ]
)


def single_precision(name: str) -> GradientReport:
    """The report on a function whose numeric gradients would be noise, since it rounds to seven digits."""
    sentence = f"{name} computes in single precision (float32) from float64 inputs"
    cause = Cause("precision", "the dtype of the inputs was not kept", certainty=Certainty.KNOWN)
    return GradientReport((ArgumentResult(name, False, sentence, cause),), 1)


def changed_in_place(names: Iterable[str], of: str = "forward") -> list[ArgumentResult]:
    """One result for each argument of a function that a call has changed."""
    return [
        ArgumentResult(
            name,
            False,
            f"{name}, an argument of {'backward' if name == 'dout' else of}, changed in place: work on a copy",
        )
        for name in dict.fromkeys(names)
    ]


def assemble(
    problem: Problem, settings: Settings, rng: np.random.Generator, notes: list[ArgumentResult]
) -> GradientReport:
    """Judge every gradient of a problem and say what was found.

    Args:
        problem: what is being checked.
        settings: how closely and at what cost.
        rng: where random numbers come from.
        notes: what was found before, e.g. an input that was changed in place; they follow the gradients.
    """
    if any(note.name == "forward" for note in notes):
        return GradientReport(tuple(notes), problem.evaluations)
    laws = {broken.label: broken for broken in broken_laws(problem, rng, settings.atol)}
    judged: dict[str, Judgement] = {}
    for name, label in problem.labels.items():
        if compare.structure_problem(problem.gradients[label], problem.points[name], label) is None:
            analytic = np.asarray(problem.gradients[label], dtype=np.float64)
            judged[label] = judge(problem.probe(name), analytic, settings, rng, label)
    passed = frozenset(label for label, found in judged.items() if found.passed)
    results = [
        _Judged(problem, name, judged[label], laws.get(label), passed, settings).result()
        if label in judged
        else _wrong_structure(problem, name)
        for name, label in problem.labels.items()
    ]
    find = locator(problem, judged, settings.h)
    evaluations = problem.evaluations + sum(probe.evaluations for probe in problem.probes.values())
    return GradientReport(
        (*with_line(results, problem, find, settings.line_seconds), *notes), evaluations, find
    )


def _wrong_structure(problem: Problem, name: str) -> ArgumentResult:
    """What is wrong with a gradient of another kind, shape or dtype."""
    label = problem.labels[name]
    gradient = problem.gradients[label]
    if gradient is None and _has_no_influence(problem, name):
        return ArgumentResult(label, True, f"{label} is None, and out does not depend on {name}")
    broken = compare.structure_problem(gradient, problem.points[name], label)
    fact = broken.fact if broken else f"{label} cannot be compared"
    sentence = no_number(label, gradient, problem.points[name].shape) or fact
    return _with_cause(ArgumentResult(label, False, sentence), diagnose_shape(problem, name, gradient))


def _has_no_influence(problem: Problem, name: str) -> bool:
    """Whether out stays exactly as it is when an argument changes."""
    moved = problem.moved_points[name]
    return all(
        np.array_equal(problem.evaluate({name: other}), problem.out, equal_nan=True)
        for other in (moved, moved + 0.37)
    )


def _with_cause(
    result: ArgumentResult, cause: Cause | None, evidence: tuple[str, ...] = ()
) -> ArgumentResult:
    return result.replace(cause=cause, evidence=(*evidence, *(cause.evidence if cause else ())))


@dataclass(frozen=True)
class _Judged:
    """A gradient that could be compared, and all that is known about it.

    Attributes:
        problem: what is being checked.
        name: the argument.
        found: the judgement.
        law: the law that the gradient breaks, or None.
        passed: labels of the gradients that are right.
        settings: how closely it was looked at.
    """

    problem: Problem
    name: str
    found: Judgement
    law: Broken | None
    passed: frozenset[str]
    settings: Settings

    @property
    def label(self) -> str:
        return self.problem.labels[self.name]

    @property
    def analytic(self) -> np.ndarray:
        return np.asarray(self.problem.gradients[self.label], dtype=np.float64)

    def result(self) -> ArgumentResult:
        if self.problem.probe(self.name).is_rough:
            return ArgumentResult(self.label, False, rough(self.label, self.name))
        if self.found.wrong:
            return self._wrong()
        if self.law is not None:
            return _with_cause(self._with_maps(False, self.law.sentence), _CAUSES.get(self.law.law))
        if self.found.single:
            return self._single()
        return self._right()

    def _with_maps(self, passed: bool, sentence: str) -> ArgumentResult:
        """A result with the gradient, the numeric gradient and where the two differ."""
        analytic = self.analytic
        numeric, wrong = np.full(analytic.shape, np.nan), np.zeros(analytic.shape, dtype=bool)
        for index, value in self.found.numeric.items():
            numeric[index] = value
            wrong[index] = index in self.found.wrong
        return ArgumentResult(self.label, passed, sentence, analytic=analytic, numeric=numeric, wrong=wrong)

    def _single(self) -> ArgumentResult:
        in_single = np.array_equal(self.analytic, self.analytic.astype(np.float32))
        cause = Cause("precision", compare.LOW_PRECISION if in_single else compare.NEARLY)
        return _with_cause(self._with_maps(False, f"{self.label} is right to about seven digits only"), cause)

    def _wrong(self) -> ArgumentResult:
        found, analytic = self.found, self.analytic
        kinks = {entry.index for entry in found.of("kink")}
        clue = Evidence(
            self.problem,
            self.name,
            analytic,
            {index: value for index, value in found.numeric.items() if index not in kinks},
            set(found.wrong),
            self.law.law if self.law else "",
            self.passed,
            self.settings.h,
            is_sampled=len(found.numeric) < analytic.size,
        )
        law_cause = _CAUSES.get(self.law.law) if self.law else None
        cause = edge(found, self.name) or diagnose(clue)
        if cause and not self._goes_with_the_law(cause):
            cause = None
        cause = cause or law_cause or _between_layers(self.problem, self.name, self.passed)
        told = (*facts.spread(found, analytic), *([self.law.sentence] if self.law else []))
        result = self._with_maps(False, self._how_wrong()).replace(coverage=facts.coverage(found, analytic))
        return _with_cause(result, cause, told)

    def _goes_with_the_law(self, cause: Cause) -> bool:
        """Whether a guess does not contradict the law that is broken: most speak of gradients that are linear in dout."""
        if self.law is None or self.law.law not in ("zero", "linear"):
            return True
        return cause.kind in _BESIDE_LINEAR or "dout" in cause.clause

    def _how_wrong(self) -> str:
        """How many entries are wrong, and the worst of them."""
        found, size = self.found, self.analytic.size
        worst = max(found.of("bug"), key=lambda entry: abs(entry.analytic - entry.numeric))
        a, n = compare.two_numbers(worst.analytic, worst.numeric)
        if self.analytic.ndim == 0:
            return f"{self.label} is {a}, the numeric gradient is {n}"
        checked = len(found.numeric)
        count = f"{len(found.wrong)} of {checked} {'checked ' if checked < size else ''}entries"
        place = compare.show_index(worst.index)
        which = sorted(found.wrong)
        several = 1 < len(which) <= min(4, checked - 1)
        listed = f" ({', '.join(map(compare.show_index, which))})" if several else ""
        return f"{self.label} is wrong in {count}{listed}, worst at {place}: {a}, the numeric gradient is {n}"

    def _right(self) -> ArgumentResult:
        found, analytic, label = self.found, self.analytic, self.label
        if analytic.size == 0:
            sentence, error, note = f"{label} is empty, and so is {self.name}", None, None
        elif self._is_zero():
            sentence = f"{label} is zero, and so is the numeric gradient (both below {self._floor:.0e})"
            error, note = 0.0, None
        else:
            error, note = self._largest_error(), facts.note(self.problem, found)
            sentence = f"{label} agrees with the numeric gradient (largest relative error {error:.0e})"
        return self._with_maps(True, sentence).replace(
            relative_error=error, note=note, coverage=facts.coverage(found, analytic)
        )

    @property
    def _floor(self) -> float:
        """Below this a slope is only noise."""
        return self.problem.probe(self.name).noise / self.settings.h

    def _is_zero(self) -> bool:
        numeric = max((abs(value) for value in self.found.numeric.values()), default=0.0)
        return not self.found.entries and max(numeric, float(np.max(np.abs(self.analytic)))) <= self._floor

    def _largest_error(self) -> float:
        """Largest relative error of the entries that needed no closer look, and of the directions."""
        settled = {entry.index for entry in self.found.entries}
        indices = [index for index in self.found.numeric if index not in settled]
        a = np.array([self.analytic[index] for index in indices])
        n = np.array([self.found.numeric[index] for index in indices])
        scale = np.maximum(np.maximum(np.abs(a), np.abs(n)), self._floor / self.settings.rtol)
        return max(float(np.max(np.abs(a - n) / scale, initial=0.0)), self.found.direction_error)


def _between_layers(problem: Problem, name: str, passed: frozenset[str]) -> Cause | None:
    """In a model the mistake lies behind the last layer whose gradients are all right."""
    layers = {other: _layer_number(other) for other in problem.labels}
    if problem.kind != "model" or layers[name] is None:
        return None
    wrong = max(layer for other, layer in layers.items() if layer is not None and other not in passed)
    behind = [other for other, layer in layers.items() if layer == wrong + 1]
    beside = [other for other, layer in layers.items() if layer == wrong and other in passed]
    if layers[name] == wrong and beside and set(problem.labels) - {name} <= passed:
        text = f"{' and '.join(beside)} of the same layer {'are' if len(beside) > 1 else 'is'} right: look at what forms {name} alone"
        return Cause("located", text)
    if not behind:
        return None
    text = f"the backward pass goes wrong between layer {wrong + 1}, whose gradients are right, and layer {wrong}"
    return Cause("located", text)


def _layer_number(name: str) -> int | None:
    digits = name[len(name.rstrip("0123456789")) :]
    return int(digits) if digits else None
