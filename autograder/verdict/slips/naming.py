"""Which slip gives the answers of a student."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.verdict.slips.bounded import bounded
from autograder.verdict.slips.probe import Probe
from autograder.verdict.slips.slip import Likelihood
from autograder.verdict.slips.state import kept, made_again
from autograder.verdict.slips.transcript import Transcript
from autograder.verdict.slips.versions import Version, cell_of
from autograder.verdict.verdict import Case, Outcome
from course_utils.compare import UNNAMED_FACTOR, Cause, Certainty

# So much processor time a search may take, and so many of the versions that fit one case are asked everything.
SEARCH_SECONDS = 1.5
_MOST_FITTING = 12
# What of the guesses says no more than that numbers differ.
_SAYS_LITTLE = (UNNAMED_FACTOR, "offset", "places")

# Asks the whole question of a namespace: the cases, and what was exchanged.
Ask = Callable[[dict[str, Any]], tuple[list[Case], Transcript]]


def name_slips(
    question: str, cases: list[Case], transcript: Transcript, reference: SimpleNamespace, ask: Ask
) -> None:
    """Say in the cases that failed for no known reason which slip gives these very answers, where one does.

    Args:
        question: name of the graded function or class.
        cases: those of the student; changed.
        transcript: what was exchanged with the student.
        ask: asks the question of another namespace.
    """
    cell, places = cell_of(vars(reference), question), list(_unnamed(cases))
    lost = transcript.is_afresh or any(case.outcome is Outcome.NO_ANSWER for case in cases)
    if cell is None or not places or lost:
        return
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        search = _Search(cases, transcript, made_again(vars(reference)), ask)
        version = search.version(cell.versions(), places)
    if version is not None:
        _tell([cases[place] for place in places], version.slip.clause)


def has_unnamed(cases: list[Case]) -> bool:
    """Whether there is anything to look for."""
    return next(_unnamed(cases), None) is not None


def _unnamed(cases: list[Case]) -> Iterator[int]:
    """Places of the cases whose failure is told without a cause, or with one that says little."""
    for place, case in enumerate(cases):
        cause = case.failure.cause if case.failure else None
        if case.outcome is Outcome.WRONG and (cause is None or cause.kind in _SAYS_LITTLE):
            yield place


def _tell(cases: list[Case], clause: str) -> None:
    for case in cases:
        if case.failure is not None:
            case.failure = case.failure.because(Cause("slip", clause, certainty=Certainty.LIKELY))


class _Search:
    """Looks for the version of a cell that answers as the student did.

    Args:
        reference: a copy of the reference, which the check itself does not compare with.
    """

    def __init__(self, cases: list[Case], transcript: Transcript, reference: dict[str, Any], ask: Ask):
        self._cases, self._transcript, self._reference = cases, transcript, reference
        self._ask, self._until = ask, time.thread_time() + SEARCH_SECONDS
        self._right = self._asked_of(reference)[1]
        self._probes: dict[int, Probe] = {}

    def version(self, versions: Iterator[Version], places: list[int]) -> Version | None:
        """The likeliest version that answers as the student does, right and wrong, in all cases.

        Where answers hold no fractions, as True or 3, many versions give the same: then there may be but one.

        Args:
            places: of cases that fail for no known reason.
        """
        probes = [probe for place in places if (probe := self._probe(place)).tells]
        if not probes:
            return None
        in_time = itertools.takewhile(lambda _: self._has_time(), versions)
        best = next(self._alike(in_time, probes[0]), None)
        if best is None or any(probe.is_exact for probe in probes):
            return best
        likelihood, clause = best.slip.likelihood, best.slip.clause
        as_likely = itertools.takewhile(lambda each: each.slip.likelihood == likelihood, in_time)
        is_only = all(each.slip.clause == clause for each in self._alike(as_likely, probes[0]))
        return best if is_only and likelihood < Likelihood.ADDED and self._has_time() else None

    def _has_time(self) -> bool:
        return time.thread_time() < self._until

    def _alike(self, versions: Iterator[Version], probe: Probe) -> Iterator[Version]:
        """Those that answer as the student did; not many that fit one case are asked the others."""
        fitting = (each for each in versions if self._fits(each, probe))
        return (each for each in itertools.islice(fitting, _MOST_FITTING) if self._answers_alike(each))

    def _fits(self, version: Version, probe: Probe) -> bool:
        with kept(self._reference):
            return probe.fits(version.namespace(self._reference))

    def _answers_alike(self, version: Version) -> bool:
        """Whether a version passes and fails as the student does, and fails with the student's own answers."""
        namespace = version.namespace(self._reference)
        cases, transcript = self._asked_of(namespace)
        if [case.passed for case in cases] != [case.passed for case in self._cases]:
            return False
        failed = [place for place, case in enumerate(cases) if not case.passed]
        if all(self._same_answers(place, transcript, transcript) for place in failed):
            return True
        again = self._asked_of(namespace)[1]
        return all(self._same_answers(place, transcript, again) for place in failed)

    def _same_answers(self, place: int, transcript: Transcript, again: Transcript) -> bool:
        """Whether the answers of one case are the student's; those that the version gives otherwise again are chance's."""
        answers = zip(self._transcript.of(place), transcript.of(place), again.of(place), strict=False)
        return all(
            theirs.answers_as(found, form_alone=not found.answers_as(other))
            for theirs, found, other in answers
        )

    def _asked_of(self, namespace: dict[str, Any]) -> tuple[list[Case], Transcript]:
        with kept(self._reference):
            return bounded(lambda: self._ask(namespace)) or ([], Transcript())

    def _probe(self, place: int) -> Probe:
        if place not in self._probes:
            right, theirs = self._right.of(place), self._transcript.of(place)
            with kept(self._reference):
                self._probes[place] = Probe(right, theirs, self._right.held_at(place), self._reference)
        return self._probes[place]
