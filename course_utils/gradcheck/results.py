"""Puts laws, judgement and diagnosis together into one result for each gradient."""

from __future__ import annotations

import numpy as np

from course_utils import compare
from course_utils.compare import Cause
from course_utils.gradcheck.diagnose import diagnose, diagnose_shape
from course_utils.gradcheck.judge import Judgement, Settings, judge
from course_utils.gradcheck.laws import Broken, broken_laws
from course_utils.gradcheck.problem import Problem
from course_utils.gradcheck.report import ArgumentResult, GradientReport
from course_utils.gradcheck.signatures.evidence import Evidence


def assemble(
    problem: Problem, settings: Settings, rng: np.random.Generator, notes: list[ArgumentResult]
) -> GradientReport:
    """Judge every gradient of a problem and say what was found.

    notes: what was found before, e.g. an input that was changed in place; they follow the gradients
    """
    if any(note.name == "forward" for note in notes):
        return GradientReport(tuple(notes), problem.evaluations)
    laws = {broken.label: broken for broken in broken_laws(problem, rng)}
    judged: dict[str, Judgement] = {}
    for name, label in problem.labels.items():
        if compare.structure_problem(problem.gradients[label], problem.points[name], label) is None:
            analytic = np.asarray(problem.gradients[label], dtype=np.float64)
            judged[label] = judge(problem.line(name), analytic, settings, rng, label)
    passed = frozenset(label for label, found in judged.items() if found.passed)
    results = [
        _result(problem, name, judged.get(label), laws.get(label), passed, settings)
        for name, label in problem.labels.items()
    ]
    evaluations = problem.evaluations + sum(line.evaluations for line in problem.lines.values())
    return GradientReport((*results, *notes), evaluations)


def _result(
    problem: Problem, name: str, found: Judgement | None, law: Broken | None, passed, settings
) -> ArgumentResult:
    label = problem.labels[name]
    gradient, point = problem.gradients[label], problem.points[name]
    if found is None:
        broken = compare.structure_problem(gradient, point, label)
        sentence = broken.fact if broken else f"{label} cannot be compared"
        return _with_guess(ArgumentResult(label, False, sentence), diagnose_shape(problem, name, gradient))
    analytic = np.asarray(gradient, dtype=np.float64)
    parts = _maps(analytic, found)
    if found.wrong:
        return _wrong(problem, name, found, law, passed, settings, parts)
    if law is not None:
        return _with_guess(ArgumentResult(label, False, law.sentence, **parts), _guess_of(law))
    if found.single:
        in_single = np.array_equal(analytic, analytic.astype(np.float32))
        guess = Cause("precision", compare.LOW_PRECISION if in_single else compare.NEARLY)
        return _with_guess(
            ArgumentResult(label, False, f"{label} is right to about seven digits only", **parts), guess
        )
    return _right(problem, name, found, settings, parts)


def _maps(analytic: np.ndarray, found: Judgement) -> dict[str, np.ndarray]:
    numeric, wrong = np.full(analytic.shape, np.nan), np.zeros(analytic.shape, dtype=bool)
    for index, value in found.numeric.items():
        numeric[index] = value
        wrong[index] = index in found.wrong
    return {"analytic": analytic, "numeric": numeric, "wrong": wrong}


def _with_guess(
    result: ArgumentResult, guess: Cause | None, evidence: tuple[str, ...] = ()
) -> ArgumentResult:
    return result.replace(cause=guess, evidence=(*evidence, *(guess.evidence if guess else ())))


def _guess_of(law: Broken) -> Cause | None:
    return {
        "repeat": Cause(
            "repeat", "backward changes what it keeps in the cache (or is random): it must be callable twice"
        ),
        "last call": Cause(
            "last call", "backward goes by the last forward pass, not by the cache it is given"
        ),
        "upstream": Cause("upstream", "dout is not used: multiply by the upstream gradient (chain rule)"),
        "precision": Cause("precision", compare.LOW_PRECISION),
    }.get(law.law)


def _wrong(problem, name, found: Judgement, law, passed, settings, parts) -> ArgumentResult:
    label, analytic = problem.labels[name], parts["analytic"]
    worst = max(found.of("bug"), key=lambda entry: abs(entry.analytic - entry.numeric))
    a, n = compare.two_numbers(worst.analytic, worst.numeric)
    if analytic.ndim == 0:
        sentence = f"{label} is {a}, the numeric gradient is {n}"
    else:
        checked = len(found.numeric)
        count = f"{len(found.wrong)} of {checked} {'checked ' if checked < analytic.size else ''}entries"
        sentence = f"{label} is wrong in {count}, worst at {compare.show_index(worst.index)}: {a}, the numeric gradient is {n}"
    kinks = {entry.index for entry in found.of("kink")}
    numeric = {index: value for index, value in found.numeric.items() if index not in kinks}
    clue = Evidence(
        problem, name, analytic, numeric, set(found.wrong), law.law if law else "", passed, settings.h
    )
    guess = diagnose(clue) or (_guess_of(law) if law else None) or _where(problem, name, passed)
    facts = (*_spread(found, analytic), *([law.sentence] if law else []))
    result = ArgumentResult(label, False, sentence, **parts, coverage=_coverage(found, analytic))
    return _with_guess(result, guess, facts)


def _where(problem: Problem, name: str, passed: frozenset[str]) -> Cause | None:
    """In a model the mistake lies behind the last layer whose gradients are all right."""
    layers = {other: _layer_number(other) for other in problem.labels}
    if problem.kind != "model" or layers[name] is None:
        return None
    wrong = max(layer for other, layer in layers.items() if layer is not None and other not in passed)
    behind = [other for other, layer in layers.items() if layer == wrong + 1]
    if not behind:
        return None
    text = f"the backward pass goes wrong between layer {wrong + 1}, whose gradients are right, and layer {wrong}"
    return Cause("located", text)


def _layer_number(name: str) -> int | None:
    digits = name[len(name.rstrip("0123456789")) :]
    return int(digits) if digits else None


def _spread(found: Judgement, analytic: np.ndarray) -> tuple[str, ...]:
    """The fraction wrong along each axis."""
    if analytic.ndim == 0:
        return ()
    parts = []
    for axis in range(analytic.ndim):
        seen = {index[axis] for index in found.numeric}
        hit = {index[axis] for index in found.wrong}
        parts.append(f"axis {axis}: {len(hit)} of {len(seen)}")
    return (f"indices with a wrong entry, {'; '.join(parts)}",)


def _coverage(found: Judgement, analytic: np.ndarray) -> str:
    size, entries = analytic.size, len(found.numeric)
    if entries == size:
        return f"all {size} entries"
    if found.directions:
        return f"{found.directions} random directions through all {size} entries, and {entries} of them one by one"
    return f"{entries} of {size} entries"


def _right(problem, name, found: Judgement, settings, parts) -> ArgumentResult:
    label, analytic = problem.labels[name], parts["analytic"]
    floor = problem.line(name).noise / settings.h
    settled = {entry.index for entry in found.entries}
    indices = [index for index in found.numeric if index not in settled]
    seen = np.array([abs(analytic[index]) for index in found.numeric])
    numeric = np.array([abs(value) for value in found.numeric.values()])
    coverage = _coverage(found, analytic)
    if analytic.size == 0:
        return ArgumentResult(label, True, f"{label} is empty, and so is {name}", **parts, coverage=coverage)
    if found.entries == [] and max(seen.max(), numeric.max()) <= floor and np.max(np.abs(analytic)) <= floor:
        sentence = f"{label} is zero, and so is the numeric gradient (both below {floor:.0e})"
        return ArgumentResult(label, True, sentence, relative_error=0.0, **parts, coverage=coverage)
    a = np.array([analytic[index] for index in indices])
    n = np.array([found.numeric[index] for index in indices])
    scale = np.maximum(np.maximum(np.abs(a), np.abs(n)), floor / settings.rtol)
    largest = max(float(np.max(np.abs(a - n) / scale, initial=0.0)), found.direction_error)
    sentence = f"{label} agrees with the numeric gradient (largest relative error {largest:.0e})"
    return ArgumentResult(
        label, True, sentence, relative_error=largest, note=_note(problem, found), **parts, coverage=coverage
    )


def _note(problem: Problem, found: Judgement) -> str | None:
    notes = []
    words = {
        "kink": "at a kink, where the slopes to the left and right differ",
        "round-off": "lost in round-off",
        "truncation": "right once the step is smaller",
    }
    for verdict, meaning in words.items():
        entries = found.of(verdict)
        if entries:
            count = f"{len(entries)} entries are" if len(entries) > 1 else "1 entry is"
            place = f", e.g. {compare.show_index(entries[0].index)}" if entries[0].index else ""
            notes.append(f"{count} {meaning}{place}")
    if problem.dout.size > 1 and np.ptp(problem.dout) == 0:
        notes.append(
            "dout is the same everywhere, which hides mistakes: leave it out to have it drawn at random"
        )
    return "; ".join(notes) or None
