"""The right sums of wrong numbers: dout or another argument in another order, cut, overwritten or already updated."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from course_utils.compare import Cause
from course_utils.gradcheck.signatures.evidence import Evidence

# Rows of dout of which sums are looked for.
_MOST_ROWS = 32
Reading = tuple[str, np.ndarray]


def misread(evidence: Evidence) -> Cause | None:
    """Ask for the numeric gradient with dout, then each other argument, read in another way."""
    if evidence.actual.ndim == 0:
        return None
    guess = _overwritten(evidence) or _rows_overwritten(evidence)
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
    made = itertools.chain(_exchanged(array), _reversed(array), _cut(array), _flattened(array))
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


def _flattened(array: np.ndarray) -> Iterator[Reading]:
    """Pictures (N, C, H, W) made rows of C numbers as they lie, where the channels should come last first."""
    if array.ndim > 2:
        n, c, *rest = array.shape
        as_rows = np.moveaxis(array.reshape(n, *rest, c), -1, 1)
        yield "as it lies in memory, reshaped without bringing axis 1 to the end first", as_rows


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


def _rows_overwritten(evidence: Evidence) -> Cause | None:
    """Rows of dout that come back to one place, where one of them stands and their sum should."""
    dout, actual = evidence.dout, evidence.actual
    if evidence.is_sampled or dout.ndim != actual.ndim or dout.ndim < 2 or dout.shape[1:] != actual.shape[1:]:
        return None
    expected = evidence.match().expected
    if expected.shape != actual.shape or len(dout) > _MOST_ROWS:
        return None
    wrong = sorted({index[0] for index in evidence.wrong})
    if len(wrong) == len(actual) or not all(
        _is_one_of(actual[k], expected[k], dout, evidence.tolerance) for k in wrong
    ):
        return None
    text = "of several rows of dout that come back to one place only one counts: they should be added (np.add.at, +=)"
    return Cause("overwritten", text)


def _is_one_of(used: np.ndarray, expected: np.ndarray, rows: np.ndarray, tolerance: float) -> bool:
    """Whether a row is one of several whose sum is expected; up to three."""
    if not any(np.allclose(used, row, rtol=1e-9) for row in rows):
        return False
    rest = expected - used
    pairs = (one + other for one, other in itertools.combinations(rows, 2))
    return any(np.all(np.abs(rest - each) <= tolerance) for each in itertools.chain(rows, pairs))


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
