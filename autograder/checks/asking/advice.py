"""What is added to a failed comparison: advice, and the known mistake that gives the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.verdict.refusals import NoAnswer, NotWritten, StudentError
from autograder.verdict.student import Student
from course_utils.compare import KEEPDIMS, LOW_PRECISION, Cause, Certainty, CheckFailed, Match

BY_ITS_CACHE = "Forward was called for another input in between: backward must go by its cache alone"
# What is raised where the numbers are at fault, not the code.
_ARITHMETIC = ("FloatingPointError", "LinAlgError", "OverflowError", "RuntimeWarning", "ZeroDivisionError")


def expect_by_cache(
    expect: Callable[[Callable[..., object] | None], None], between: Callable[..., object]
) -> None:
    """Fail the case unless a backward pass is right although something else went forward in between.

    Args:
        expect: has an input go forward, calls what it is given if it is given anything, and fails the case unless the way
            back is right.
        between: has another input go forward.
    """
    stumbled: list[CheckFailed] = []

    def watched(*args: Any) -> None:
        try:
            between(*args)
        except CheckFailed as failed:
            stumbled.append(failed)
            raise

    try:
        expect(watched)
    except (NotWritten, NoAnswer):
        raise
    except CheckFailed as failed:
        if stumbled:
            raise
        # What is wrong without another call as well has nothing to do with the cache.
        expect(None)
        raise CheckFailed(failed.failure.because(None).advised(BY_ITS_CACHE)) from failed


def known(did: str) -> Cause:
    """A well-known mistake that gives these very numbers; `did` completes "Here ..."."""
    return Cause("known mistake", did, certainty=Certainty.KNOWN)


def likely(did: str) -> Cause:
    """A well-known mistake that agrees with all that was looked at; `did` completes "It looks as if ..."."""
    return Cause("known mistake", did, certainty=Certainty.LIKELY)


@contextmanager
def advice(sentence: str, student: Student | None = None) -> Iterator[None]:
    """Add `sentence` about the formula to what is said when the comparison inside fails.

    It is not given where it cannot help: where no answer came, where the code raised for another reason than its
    arithmetic, and where a known mistake is told already.

    Args:
        sentence: a whole one, without a full stop.
        student: give the advice only where every case before this one has passed; else the mistake is a larger one.
            What is raised only here has to do with this case, and gets the advice as well.
    """
    try:
        yield
    except (NotWritten, NoAnswer):
        raise
    except CheckFailed as failed:
        earlier = student is None or all(case.passed for case in student.cases[:-1])
        raised = isinstance(failed, StudentError) and student is None and failed.raised not in _ARITHMETIC
        if raised or _is_known(failed.failure.cause) or not earlier:
            raise
        raise _advised(failed, sentence) from failed


@contextmanager
def note(sentence: str) -> Iterator[None]:
    """Add `sentence` about what was asked to what is said when anything inside fails; not where no answer came.

    Args:
        sentence: a whole one, without a full stop.
    """
    try:
        yield
    except (NotWritten, NoAnswer):
        raise
    except CheckFailed as failed:
        raise _advised(failed, sentence) from failed


def _advised(failed: CheckFailed, sentence: str) -> CheckFailed:
    """The same, with more advice: what was raised stays raised."""
    failure = failed.failure.advised(sentence)
    return StudentError(failure, failed.raised) if isinstance(failed, StudentError) else CheckFailed(failure)


def _is_known(cause: Cause | None) -> bool:
    return cause is not None and cause.certainty != Certainty.GUESS


@contextmanager
def told(actual: Any, mistakes: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Say, where the comparison inside fails, which of the known mistakes gives `actual`.

    Args:
        actual: the student's answer, an array or a number; of anything else nothing is told.
        mistakes: makes the values that they give, by what was done, as in "the bias was forgotten".
    """
    try:
        yield
    except CheckFailed as failed:
        if _right_but_for_form(failed.failure.cause):
            raise
        with np.errstate(all="ignore"):
            did = _done(actual, mistakes()) if isinstance(actual, np.ndarray | np.generic | float) else None
        if did is None:
            raise
        raise CheckFailed(failed.failure.because(known(did))) from failed


def _right_but_for_form(cause: Cause | None) -> bool:
    """Whether the numbers are the right ones, which a mistake that does not show here would give as well."""
    return cause is not None and (cause.kind == KEEPDIMS or cause.clause == LOW_PRECISION)


def _done(actual: Any, mistakes: Mapping[str, Any]) -> str | None:
    """The mistake whose values agree with `actual` so closely that only rounding keeps them apart, the nearest one.

    Where two agree equally well, neither is told. Axes of length 1 are not looked at: who sums over the wrong axis may
    keep it, too.
    """
    actual = np.squeeze(np.asarray(actual))
    if actual.dtype.kind not in "iuf":
        return None
    rounding = 1e-5 if actual.dtype.itemsize < 8 else 1e-9
    found: dict[str, float] = {}
    for did, values in mistakes.items():
        given = np.squeeze(np.asarray(values, dtype=np.float64))
        scale = float(np.max(np.abs(given), initial=0.0))
        if Match(given, tolerance=rounding * scale).fits(actual):
            found[did] = float(np.max(np.abs(actual - given), initial=0.0)) / scale
    nearest = min(found.values(), default=0.0)
    # What differs by less has been worked out in another order.
    best = [did for did, distance in found.items() if distance <= nearest + 1e-4 * rounding]
    return best[0] if len(best) == 1 else None
