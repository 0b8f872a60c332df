"""Sums over the upstream gradient, terms that are missing, and gradients that changed places."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from string import ascii_letters

import numpy as np

from course_utils.compare import UNNAMED_FACTOR, Cause, Match, axis_names, guess_values
from course_utils.gradcheck.signatures.evidence import Evidence


def swapped(evidence: Evidence) -> Cause | None:
    """The gradient of another argument, in this one's place."""
    for name, label in evidence.problem.labels.items():
        if name != evidence.name and evidence.problem.points[name].shape == evidence.actual.shape:
            if evidence.problem.kind == "model" and not _alike(name, evidence.name):
                continue
            if evidence.same_as(evidence.problem.probe(name)):
                return Cause("swapped", _swapped_in_words(evidence, label))
    return None


def _alike(one: str, other: str) -> bool:
    """Whether two parameters of a model are of one kind (W1, W2) or of one layer (gamma1, beta1)."""
    return one[:1] == other[:1] or one.lstrip(ascii_letters) == other.lstrip(ascii_letters)


def _swapped_in_words(evidence: Evidence, label: str) -> str:
    others = set(evidence.problem.labels.values()) - {evidence.label, label}
    if label in evidence.passed and evidence.problem.kind == "model":
        return f"{evidence.label} is the same as {label}, which is right: is a step between the two left out?"
    if label in evidence.passed:
        return f"{evidence.label} is the same as {label}, which is right: is one expression used for both?"
    if evidence.problem.kind == "model":
        return f"{evidence.label} holds the gradient {label}: have the two changed places?"
    if others <= evidence.passed:
        return f"{evidence.label} holds the gradient {label}: are they returned in another order?"
    return (
        f"{evidence.label} holds the gradient {label}: is a mask upside down, or is their order another one?"
    )


def beside_regularization(evidence: Evidence) -> Cause | None:
    """In a model's weights: a plain mistake in the part of the gradient that is not the regularization term's."""
    reg = _regularization(evidence)
    if evidence.problem.kind != "model" or reg is None or evidence.x.ndim < 2:
        return None
    term, match = reg * evidence.x, evidence.match()
    expected = match.expected - (term if match.places is None else term[match.places])
    part = Match(expected, match.places, match.tolerance, lambda rest: evidence.holds_elsewhere(rest + term))
    guess = guess_values(evidence.actual - term, part, evidence.problem.numbers())
    if guess is None or guess.kind not in ("sign", "factor", UNNAMED_FACTOR, "zero"):
        return None
    kind = "factor" if guess.kind == UNNAMED_FACTOR else guess.kind
    return Cause(kind, f"{guess.clause}, next to a right regularization term")


def wrong_axis(evidence: Evidence) -> Cause | None:
    """A sum of dout, or of dout times an argument, that is not the one there should be."""
    dout = evidence.dout
    if dout.ndim < 2 or evidence.actual.ndim == 0:
        return None
    match = evidence.match()
    right = _matching_axes(dout, match, evidence)
    used = Match(evidence.actual, tolerance=evidence.tolerance)
    for axes, summed in sums(dout, evidence.actual.shape):
        if right is not None and axes != right and used.fits(summed):
            return Cause(
                "wrong axis", f"the sum runs over {axis_names(axes)}, it should run over {axis_names(right)}"
            )
    if right is not None:
        for axis in right:
            for place, word in ((0, "first"), (-1, "last")):
                part = dout.take([place], axis=axis)
                if dout.shape[axis] > 1 and used.fits(part.sum(axis=right).reshape(evidence.actual.shape)):
                    what = "example" if axis == 0 else f"entry of axis {axis}"
                    return Cause(
                        "sum missing",
                        f"only the {word} {what} counts: the sum over {axis_names((axis,))} is missing",
                    )
    return _wrong_factor(evidence, used)


def _matching_axes(dout: np.ndarray, match: Match, evidence: Evidence) -> tuple[int, ...] | None:
    return next((axes for axes, s in sums(dout, evidence.actual.shape) if match.fits(s)), None)


def sums(array: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """Every sum over axes of `array` that has as many numbers as `shape`, brought into it."""
    for count in range(1, array.ndim + 1):
        for axes in itertools.combinations(range(array.ndim), count):
            summed = array.sum(axis=axes)
            if summed.size == math.prod(shape):
                yield axes, summed.reshape(shape)


def _wrong_factor(evidence: Evidence, used: Match) -> Cause | None:
    candidates = {
        "the layer's input": evidence.problem.points,
        "the layer's output": {"out": evidence.problem.out},
    }
    for words, arrays in candidates.items():
        for name, array in arrays.items():
            if array.shape == evidence.dout.shape:
                for _, summed in sums(evidence.dout * array, evidence.actual.shape):
                    if used.fits(summed):
                        text = f"it is a sum of dout times {name}, {words}"
                        # Only normalization is known to need other values there.
                        is_known = any("gamma" in each for each in evidence.problem.values)
                        return Cause("wrong array", text + ", where the normalized values belong" * is_known)
    return None


def extra_factor(evidence: Evidence) -> Cause | None:
    """Every entry is multiplied or divided by the same entry of another argument once too often."""
    match = evidence.match()
    for name, other in evidence.problem.points.items():
        if other.ndim == 0 or not np.all(other) or np.ptp(other) == 0:
            continue
        try:
            factor = np.broadcast_to(other, evidence.actual.shape)
        except ValueError:
            continue
        if match.fits(evidence.actual / factor):
            return Cause("column factor", f"it is multiplied by {name} once too often (or not divided by it)")
        if match.fits(evidence.actual * factor):
            text = f"a multiplication by {name} is forgotten (or it is divided by it once too often)"
            return Cause("gamma" if "gamma" in name else "column factor", text)
    return _times_its_output(evidence, match)


def _times_its_output(evidence: Evidence, match: Match) -> Cause | None:
    """Each example, whose output is one number, is multiplied by that number."""
    out, x = evidence.problem.out, evidence.x
    if not (out.ndim == 1 < x.ndim and len(out) == len(x) > 1 and np.all(out) and np.ptp(out)):
        return None
    if not match.fits(evidence.actual / out.reshape(-1, *[1] * (x.ndim - 1))):
        return None
    return Cause("row factor", "each example's gradient is multiplied by the example's own output")


def missing_term(evidence: Evidence) -> Cause | None:
    """The error is a multiple of the argument itself, of its sign, or of dout."""
    error = evidence.seen(evidence.actual) - evidence.expected
    reg = _needed(evidence)
    terms = {"the argument itself": evidence.x}
    signs = np.sign(evidence.seen(evidence.x))
    if min((signs > 0).sum(), (signs < 0).sum()) > 1:
        # Where all are of one sign, it is a constant like any other.
        terms["the sign of the argument"] = np.sign(evidence.x)
    if evidence.dout.shape == evidence.x.shape and evidence.dout.ndim:
        terms["dout"] = evidence.dout
    for words, term in terms.items():
        factor = _multiple(error, evidence.seen(term), evidence.tolerance)
        if factor is not None and evidence.holds_elsewhere(evidence.actual - factor * term):
            return _term_in_words(evidence, words, factor, reg)
    return None


def _regularization(evidence: Evidence) -> float | None:
    value = evidence.problem.values.get("reg")
    return float(value) if isinstance(value, (int, float)) and value else None


def _needed(evidence: Evidence) -> float | None:
    """The c of the term c·W that the regularization of the loss asks for; None where there is none."""
    reg = _regularization(evidence)
    if reg is None or evidence.problem.kind != "model" or not evidence.wrong:
        return reg
    index = max(evidence.wrong, key=lambda i: abs(evidence.x[i]))
    without = evidence.problem.other_probe(evidence.name, {"reg": 0.0})
    if without is None or not evidence.x[index]:
        return reg
    numeric = evidence.look([index])[0] - without.entry(index, evidence.h)[1]
    return float(f"{numeric / evidence.x[index]:.5g}") or reg


def _multiple(error: np.ndarray, term: np.ndarray, tolerance: float) -> float | None:
    """The c with error = c * term, when there is one and it is far from zero."""
    if error.size < 3 or np.max(np.abs(error)) <= 5 * tolerance or not np.any(term):
        return None
    factor = float(np.vdot(term, error) / np.vdot(term, term))
    return factor if np.max(np.abs(error - factor * term)) <= 2 * tolerance else None


def _term_in_words(evidence: Evidence, words: str, factor: float, reg: float | None) -> Cause | None:
    name = evidence.name
    is_bias = evidence.x.ndim == 1 and evidence.problem.kind == "model"
    if words == "the argument itself" and is_bias:
        return Cause("reg", f"the regularization term is added to {name}: biases are not regularized")
    if words == "the argument itself" and reg and math.isclose(factor, -reg, rel_tol=1e-3):
        missing = f"reg·{name} is missing (or the ½ of the loss, 0.5·reg·sum({name}²))"
        if not math.isclose(reg, _regularization(evidence) or 0.0, rel_tol=1e-3):
            missing = f"{reg:.3g}·{name} is missing"
        return Cause("reg", f"the regularization term is left out: {missing}")
    if words == "the argument itself" and reg:
        return Cause(
            "reg",
            f"the regularization term is wrong: {factor + reg:.3g}·{name} was added, the loss needs {reg:.3g}·{name}",
        )
    # What somebody typed is a round number; a factor that was computed is only what is left of another mistake.
    if not math.isclose(factor, float(f"{factor:.2g}"), rel_tol=1e-5):
        return None
    if words == "dout":
        verb = "missing" if factor < 0 else "added though it should not be"
        return Cause("branch", f"a term {abs(factor):.3g}·dout is {verb}: one branch of the graph")
    verb = "missing" if factor < 0 else "there but should not be"
    # A layer is seldom regularized by itself.
    guess = " (a regularization term?)" if evidence.problem.kind != "layer" else ""
    return Cause("reg", f"a term {abs(factor):.3g} times {words} is {verb}{guess}")


def right_class(evidence: Evidence) -> Cause | None:
    """Scores and labels: only the entries of the right classes are wrong."""
    labels = next(
        (
            value
            for value in evidence.problem.values.values()
            if isinstance(value, np.ndarray)
            and value.dtype.kind in "iu"
            and value.shape == evidence.x.shape[:1]
        ),
        None,
    )
    if labels is None or evidence.x.ndim != 2 or evidence.problem.kind == "model":
        return None
    rows = [(n, int(labels[n])) for n in range(min(len(labels), 8)) if 0 <= labels[n] < evidence.x.shape[1]]
    evidence.look(rows)
    places, error = list(evidence.numeric), evidence.seen(evidence.actual) - evidence.expected
    on = np.array([index[1] == labels[index[0]] for index in places])
    if on.all() or on.sum() < 2:
        return None
    off = Match(evidence.expected[~on], tolerance=evidence.tolerance)
    used = evidence.seen(evidence.actual)[~on]
    if off.close(used, off.expected) and np.max(np.abs(error[on])) > 5 * evidence.tolerance:
        return Cause(
            "one-hot",
            f"the term of the right class is {_how(error[on], evidence)}; all other classes are right",
        )
    n = len(labels)
    if off.close(used / n, off.expected):
        text = f"the term of the right class is missing or wrong, and the division by N = {n} too"
        return Cause("one-hot", text)
    return None


def _how(error: np.ndarray, evidence: Evidence) -> str:
    constant = np.max(np.abs(error - error.mean())) <= 2 * evidence.tolerance
    return "missing (the one-hot of y)" if constant and error.mean() > 0 else "missing or wrong"
