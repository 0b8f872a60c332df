"""What is added to a failed comparison: advice, and the known mistake that gives the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.verdict.student import NoAnswer, NotWritten, Student
from course_utils.compare import Cause, Certainty, CheckFailed, Match

BY_ITS_CACHE = "Forward was called for another input in between: backward must go by its cache alone"


def expect_by_cache(expect: Callable[[Callable[[], object]], None], between: Callable[[], object]) -> None:
    """Fail the case unless a backward pass is right although something else went forward in between.

    Args:
        expect: has an input go forward, calls what it is given, and fails the case unless the way back is right.
        between: has another input go forward.
    """
    try:
        expect(between)
    except (NotWritten, NoAnswer):
        raise
    except CheckFailed as failed:
        # What is wrong without another call as well has nothing to do with the cache.
        expect(lambda: None)
        raise CheckFailed(failed.failure.because(None).advised(BY_ITS_CACHE)) from failed


def known(did: str) -> Cause:
    """A well-known mistake that gives these very numbers; `did` completes "Here ..."."""
    return Cause("known mistake", did, certainty=Certainty.KNOWN)


def likely(did: str) -> Cause:
    """A well-known mistake that agrees with all that was looked at; `did` completes "It looks as if ..."."""
    return Cause("known mistake", did, certainty=Certainty.LIKELY)


@contextmanager
def advice(sentence: str, student: Student | None = None) -> Iterator[None]:
    """Add `sentence` to what is said when the comparison inside fails; not where no answer came at all.

    Args:
        sentence: a whole one, without a full stop.
        student: give the advice only where every case before this one has passed; else the mistake is a larger one.
    """
    try:
        yield
    except (NotWritten, NoAnswer):
        raise
    except CheckFailed as failed:
        if student and not all(case.passed for case in student.cases[:-1]):
            raise
        raise CheckFailed(failed.failure.advised(sentence)) from failed


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
        with np.errstate(all="ignore"):
            did = _done(actual, mistakes()) if isinstance(actual, np.ndarray | np.generic | float) else None
        if did is None:
            raise
        raise CheckFailed(failed.failure.because(known(did))) from failed


def _done(actual: Any, mistakes: Mapping[str, Any]) -> str | None:
    """The first mistake whose values agree with `actual` so closely that only rounding keeps them apart."""
    actual = np.asarray(actual)
    if actual.dtype.kind not in "iuf":
        return None
    rounding = 1e-5 if actual.dtype.itemsize < 8 else 1e-9
    matches = (
        (did, Match(values, tolerance=rounding * float(np.max(np.abs(values), initial=0.0))))
        for did, values in mistakes.items()
    )
    return next((did for did, match in matches if match.fits(actual)), None)
