"""Layers that work on each number by itself: activations and dropout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course_utils.compare import Cause
from course_utils.gradcheck.signatures.evidence import Evidence


def elementwise(evidence: Evidence) -> Cause | None:
    """Compare the slope that was used with the slope there is, for layers that work number by number."""
    return _first(evidence, (_ignored, _wrong_mask, _twice, _wrong_argument, _wrong_formula))


def formulas(evidence: Evidence) -> Cause | None:
    """The same where neither an array nor a formula of the output explains the difference."""
    return _first(evidence, (_complement, _one_term, _one_side))


def _first(evidence: Evidence, signatures: tuple[Callable[[Slopes], Cause | None], ...]) -> Cause | None:
    view = _slopes(evidence)
    guesses = (signature(view) for signature in signatures) if view else ()
    return next((guess for guess in guesses if guess), None)


def _slopes(evidence: Evidence) -> Slopes | None:
    """The slopes of an elementwise layer; None of any other layer."""
    x, dout = evidence.x, evidence.dout
    # Where the slope is off by little, it also looks like the slope of much else.
    if x.ndim == 0 or evidence.is_small or dout.shape != x.shape or not is_elementwise(evidence):
        return None
    places, true = _everywhere(evidence) if evidence.is_sampled else _looked_at(evidence)
    use = np.abs(dout[places]) > 1e-3 * np.max(np.abs(dout))
    if use.sum() < 3:
        return None
    places, true = tuple(axis[use] for axis in places), true[use]
    used = evidence.actual[places] / dout[places]
    return Slopes(
        x=x[places],
        out=evidence.problem.out[places],
        dout=dout[places],
        used=used,
        again=evidence.probe.at(evidence.problem.out)[places],
        true=true,
        wrong=np.abs(used - true) * np.abs(dout[places]) > evidence.tolerance,
    )


def _looked_at(evidence: Evidence) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The entries looked at, and the slopes there."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return evidence.places, evidence.expected / evidence.seen(evidence.dout)


def _everywhere(evidence: Evidence) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """All entries but those at a kink, and the slopes there: where each number is by itself, two forward passes give them."""
    probe, h = evidence.probe, evidence.h
    above, here, below = probe.at(evidence.x + h), evidence.problem.out, probe.at(evidence.x - h)
    slopes = (above - below) / (2 * h)
    bend = np.abs(above - 2 * here + below) / h
    places = np.nonzero(np.isfinite(slopes) & (bend <= 100 * h * np.nanmax(np.abs(slopes), initial=0.0)))
    return places, slopes[places]


@dataclass(frozen=True)
class Slopes:
    """Slopes of an elementwise layer at the entries looked at.

    Attributes:
        x: inputs.
        out: outputs.
        dout: upstream gradients.
        again: what forward makes of its own output.
        used: the slopes that backward used.
        true: the true ones.
        wrong: whether the gradient is wrong there.
    """

    x: np.ndarray
    out: np.ndarray
    dout: np.ndarray
    again: np.ndarray
    used: np.ndarray
    true: np.ndarray
    wrong: np.ndarray

    def same(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Whether two arrays of slopes agree, next to the largest true one."""
        return bool(np.all(np.abs(a - b) <= 1e-4 * max(1e-8, float(np.max(np.abs(self.true))))))


def is_elementwise(evidence: Evidence) -> bool:
    """Move half of the numbers, chosen at random: the outputs of the rest stay exactly as they are."""
    moved = evidence.x + 0.0
    chosen = np.random.default_rng(3).permutation(moved.size).reshape(moved.shape) % 2 == 0
    moved[chosen] += 0.37
    out = evidence.probe.at(moved)
    if out.shape != evidence.x.shape:
        return False
    return np.array_equal(out[~chosen], evidence.problem.out[~chosen])


def _ignored(view: Slopes) -> Cause | None:
    slope = float(view.used.mean())
    if not view.same(view.used, np.full_like(view.used, slope)) or abs(slope) < 1e-8:
        return None
    if abs(slope - 1) < 1e-4:
        return Cause("mask", "dout is passed on unchanged: the slope (or the mask) is not applied")
    return Cause(
        "mask", f"dout is multiplied by {slope:.3g} everywhere: the slope (or the mask) is not applied"
    )


def _levels(values: np.ndarray) -> np.ndarray:
    return np.unique(np.round(values, 6))


def _wrong_mask(view: Slopes) -> Cause | None:
    """The right slopes, chosen by the wrong array."""
    by_dout = np.sign(view.dout) != np.sign(view.x)
    if view.wrong.sum() >= 3 and (~view.wrong).sum() >= 3 and np.array_equal(by_dout, view.wrong):
        text = "the mask is taken from dout where it belongs to x: wrong where their signs differ"
        return Cause("mask", text)
    expected = _piecewise(view)
    if expected is not None and view.same(view.used, np.where(view.x > 0, *expected[::-1])):
        return Cause("mask", "the mask is the wrong way round: it lets through what it should stop")
    true, used = _levels(view.true), _levels(view.used)
    if len(true) == 2 and expected is None and set(used) <= set(true):
        return Cause("mask", "the mask is not the one of the forward pass: other numbers are let through")
    return None


def _piecewise(view: Slopes) -> tuple[float, float] | None:
    """The slopes above and below zero, when there is one for each side."""
    above, below = view.true[view.x > 0], view.true[view.x < 0]
    if not (above.size and below.size):
        return None
    high, low = float(above.mean()), float(below.mean())
    return (high, low) if view.same(view.true, np.where(view.x > 0, high, low)) else None


def _twice(view: Slopes) -> Cause | None:
    if view.same(view.used, view.true**2):
        return Cause("slope twice", "the slope (or the mask) is applied twice")
    if view.same(view.used, view.true * view.dout):
        return Cause("slope twice", "dout is multiplied in twice")
    return None


def _wrong_argument(view: Slopes) -> Cause | None:
    """The slope is a polynomial of the output; the same polynomial of another array is what was used."""
    if len(_levels(view.true)) < 4 or len(_levels(view.out)) < 4:
        return None
    fit = np.polynomial.polynomial.Polynomial.fit(view.out, view.true, 2)
    if not view.same(fit(view.out), view.true):
        return None
    arrays = {"x": view.x, "dout": view.dout, "the output, put through the function once more,": view.again}
    for name, array in arrays.items():
        if view.same(view.used, fit(array)):
            return Cause("wrong array", f"the slope is computed from {name} where it needs the output")
    return None


def _complement(view: Slopes) -> Cause | None:
    """What the slope leaves of one, one over it, or the slope of ReLU for that of a smooth function."""
    if len(_levels(view.true)) < 4:
        return None
    if view.same(view.used, 1 - view.true):
        return Cause("formula", "the slope is one minus what it should be")
    if np.allclose(view.used * view.true, 1, rtol=0, atol=1e-5):
        return Cause(
            "formula",
            "the slope is one over what it should be: multiplied for divided, or the other way round",
        )
    both = np.any(view.wrong[view.x > 0]) and np.any(view.wrong[view.x < 0])
    if both and view.same(view.used, view.x > 0):
        return Cause("formula", "the slope of ReLU was used: 1 above zero, 0 below")
    return None


def _one_term(view: Slopes) -> Cause | None:
    """Of a product x·g(x) one factor alone was differentiated, or the two are not added."""
    away = np.abs(view.x) > 1e-3 * np.max(np.abs(view.x))
    if len(_levels(view.true)) < 4 or not away.all():
        return None
    other = view.out / view.x
    if len(_levels(other)) < 4:
        return None
    for term, missing in ((other, view.true - other), (view.true - other, other)):
        if view.same(view.used, term) and not view.same(missing, np.zeros_like(missing)):
            which = "out/x" if term is other else "x times the slope of out/x"
            return Cause("one term", f"only one term of the product rule is there, dout times {which}")
    if view.same(view.used, 2 * other - view.true) or view.same(view.used, view.true - 2 * other):
        return Cause(
            "one term",
            "one of the two terms of the product rule, out/x and x times its slope, has the wrong sign",
        )
    return None


def _wrong_formula(view: Slopes) -> Cause | None:
    """The slope that was used is some polynomial of the output, only not the right one."""
    if len(_levels(view.used)) < 4 or len(_levels(view.out)) < 6:
        return None
    used = np.polynomial.polynomial.polyfit(view.out, view.used, 2)
    if not view.same(np.polynomial.polynomial.polyval(view.out, used), view.used):
        return None
    return Cause("formula", f"the slope is the wrong formula of the output: {_formula(used)} was used")


def _formula(coefficients: np.ndarray) -> str:
    """A polynomial of out in words: 1 - out²."""
    words = ""
    for coefficient, power in zip(coefficients, ("", "out", "out²"), strict=True):
        if abs(coefficient) < 1e-4:
            continue
        size = f"{abs(coefficient):.3g}"
        term = power if size == "1" and power else f"{size}{'·' if power else ''}{power}"
        sign = "-" if coefficient < 0 else "+"
        words += f" {sign} {term}" if words else f"{'-' if coefficient < 0 else ''}{term}"
    return words


def _one_side(view: Slopes) -> Cause | None:
    for side, words in ((view.x < 0, "below"), (view.x > 0, "above")):
        if view.wrong.sum() < 2 or not np.all(side[view.wrong]) or (~side).sum() < 2:
            continue
        used = view.used[view.wrong]
        if not np.all(view.wrong[side]):
            return _part_of_side(view, side, words)
        if view.same(used, np.zeros_like(used)):
            return Cause("one side", f"the slope {words} zero is missing: nothing is let through there")
        if view.same(used, np.ones_like(used)):
            text = f"the slope {words} zero is not applied: dout is passed on unchanged there"
            return Cause("one side", text)
        return Cause("one side", f"the slope {words} zero is the wrong one; the other side is right")
    return None


def _part_of_side(view: Slopes, side: np.ndarray, words: str) -> Cause | None:
    """Wrong up to some distance from zero, or from there on: a threshold in the wrong place."""
    distance = np.abs(view.x)
    wrong, right = distance[view.wrong], distance[side & ~view.wrong]
    if wrong.max() < right.min() or right.max() < wrong.min():
        low, high = view.x[view.wrong].min(), view.x[view.wrong].max()
        text = (
            f"the slope is wrong for x from {low:.2g} to {high:.2g} only: is a threshold in the wrong place?"
        )
        return Cause("one side", text)
    return None
