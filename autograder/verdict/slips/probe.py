"""One case's requests, put to other versions of the reference without the check."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from autograder.verdict.slips.bounded import bounded
from autograder.verdict.slips.transcript import Exchange, holds_fractions, says_something
from course_utils.grading import Responder


class Probe:
    """The requests of one case that the student and the reference got alike, none made of the student's answers.

    Args:
        right: what was exchanged with the reference.
        theirs: what was exchanged with the student.
        held: objects that were kept when the case began, by number.
        reference: its namespace.

    Attributes:
        by_chance: of each request whether the reference answers otherwise each time.
        tells: whether the student's answers differ where chance has no part, in numbers that say something.
        is_exact: whether fractions are among those, which nothing gives by luck.
    """

    def __init__(
        self,
        right: Sequence[Exchange],
        theirs: Sequence[Exchange],
        held: Mapping[int, Any],
        reference: Mapping[str, Any],
    ):
        pairs = zip(right, theirs, strict=False)
        alike = list(itertools.takewhile(lambda pair: pair[0].asks_as(pair[1]), pairs))
        self._right, self._theirs = [one for one, _ in alike], [other for _, other in alike]
        self._held = held
        again = self._replies(reference)
        self.by_chance = [not one.answers_as(found) for one, found in zip(self._right, again, strict=False)]
        compared = zip(self._right, self._theirs, self.by_chance, strict=False)
        differing = [
            theirs.answer
            for one, theirs, alone in compared
            if not one.answers_as(theirs, form_alone=alone) and says_something(theirs.answer)
        ]
        self.tells = bool(differing)
        self.is_exact = any(map(holds_fractions, differing))

    def fits(self, namespace: Mapping[str, Any]) -> bool:
        """Whether a namespace answers as the student did."""
        told = 0
        replies = self._replies(namespace)
        for theirs, alone, found in zip(self._theirs, self.by_chance, replies, strict=False):
            if not theirs.answers_as(found, form_alone=alone):
                return False
            told += 1
        return told == len(self.by_chance)

    def _replies(self, namespace: Mapping[str, Any]) -> Iterator[Exchange]:
        responder = Responder(dict(namespace))
        responder.objects.update(self._held)
        for asked in self._right:
            reply = bounded(partial(responder.respond, asked.header, asked.buffers, asked.serve))
            if reply is None:
                return
            yield Exchange(asked.header, asked.buffers, asked.serve, *reply)
