"""The right sums of wrong numbers: dout or another argument in another order, cut, overwritten or already updated."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from course_utils.compare import Cause
from course_utils.gradcheck.signatures.evidence import Evidence

Reading = tuple[str, np.ndarray]


def misread(evidence: Evidence) -> Cause | None:
    """Ask for the numeric gradient with dout, then each other argument, read in another way."""
    if evidence.actual.ndim == 0:
        return None
    guess = _overwritten(evidence)
    if guess is None:
        told = [*_of_dout(evidence), *_of_arguments(evidence)]
        guess = Cause("misread", ", or ".join(told[:3])) if told else _updated(evidence)
    return guess


def _of_dout(evidence: Evidence) -> Iterator[str]:
    for words, dout in readings(evidence.dout):
        if not evidence.spent and evidence.same_as(evidence.probe.with_weights(dout)):
            yield f"dout is read {words}"


def _of_arguments(evidence: Evidence) -> Iterator[str]:
    for name, point in evidence.problem.points.items():
        for words, array in readings(point) if name != evidence.name else ():
            if not evidence.spent and _is_right_with(evidence, name, array):
                yield f"{name} is read {words}"


def readings(array: np.ndarray) -> Iterator[Reading]:
    """What an array is taken for, in words, each another array of its shape."""
    made = itertools.chain(_exchanged(array), _reversed(array), _cut(array))
    yield from ((words, other) for words, other in made if not np.array_equal(other, array))


def _exchanged(array: np.ndarray) -> Iterator[Reading]:
    for one, other in itertools.combinations(range(array.ndim), 2):
        if array.shape[one] == array.shape[other]:
            words = "transposed" if array.ndim == 2 else f"with its axes {one} and {other} exchanged"
            yield words, array.swapaxes(one, other)


def _reversed(array: np.ndarray) -> Iterator[Reading]:
    for axis in range(array.ndim):
        along = f" along axis {axis}" if array.ndim > 1 else ""
        yield f"backwards{along}", np.flip(array, axis)


def _cut(array: np.ndarray) -> Iterator[Reading]:
    if array.ndim:
        yield "without its negative entries", np.maximum(array, 0)
        yield "without its signs, as absolute values", np.abs(array)


def _overwritten(evidence: Evidence) -> Cause | None:
    """Of an index that occurs several times only the last occurrence counts."""
    for name, indices in evidence.problem.values.items():
        if not (isinstance(indices, np.ndarray) and indices.dtype.kind in "iu" and indices.size > 1):
            continue
        if evidence.dout.shape[: indices.ndim] != indices.shape:
            continue
        flat = indices.ravel()
        last = {int(index): place for place, index in enumerate(flat)}
        counts = np.zeros(flat.size, dtype=bool)
        counts[list(last.values())] = True
        if counts.all():
            continue
        mask = counts.reshape(indices.shape + (1,) * (evidence.dout.ndim - indices.ndim))
        if evidence.same_as(evidence.probe.with_weights(evidence.dout * mask)):
            text = f"an index that {name} holds several times is overwritten where it should be added to: np.add.at belongs"
            return Cause("overwritten", text)
    return None


def _updated(evidence: Evidence) -> Cause | None:
    """Another parameter after a step along its gradient: the error tells how long the step was."""
    problem = evidence.problem
    wrong = sorted(evidence.wrong, key=lambda i: -abs(evidence.actual[i] - evidence.numeric[i]))[:3]
    error = np.array([evidence.actual[i] - evidence.numeric[i] for i in wrong])
    for name, label in problem.labels.items():
        gradient, point = problem.gradients[label], problem.points[name]
        if name == evidence.name or evidence.spent or label not in evidence.passed or not np.any(gradient):
            continue
        probe = problem.other_probe(evidence.name, {name: point + gradient})
        if probe is None or len(wrong) < 3:
            continue
        moved = np.array([probe.entry(i, evidence.h)[1] - evidence.numeric[i] for i in wrong])
        size = float(np.vdot(moved, moved))
        step = float(np.vdot(moved, error)) / size if size else 0.0
        if step < 0 and _is_right_with(evidence, name, point + step * np.asarray(gradient)):
            text = f"{name} is used after its update: the gradient is right for {name} - {-step:.3g}·{label}"
            return Cause("updated", text)
    return None


def _is_right_with(evidence: Evidence, name: str, array: np.ndarray) -> bool:
    """Whether the gradient is the numeric one with another value of an argument."""
    try:
        return evidence.same_as(evidence.problem.other_probe(evidence.name, {name: array}))
    except Exception:
        # A layer need not take every number.
        return False
