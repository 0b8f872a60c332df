"""What is wrong with an answer, as data: a cause travels from where it is found to where it is told.

Text is made once, at the end, by `str(failure)`; who wants to know whether two failures have the same reason compares
`reason`, never wording.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from course_utils.compare.words import cut

# A sentence that quotes a student's error, its line and where it was raised stays well below.
_LONGEST = 1200
_MOST_SENTENCES = 8


class Certainty(StrEnum):
    """How well a cause is known."""

    GUESS = "guess"  # the one plain mistake that explains what was seen
    LIKELY = "likely"  # a known mistake that agrees with all that was looked at
    KNOWN = "known"  # a known mistake that gives these very numbers


_OPENINGS = {
    Certainty.GUESS: ": it looks like ",
    Certainty.LIKELY: ". It looks as if ",
    Certainty.KNOWN: ". Here ",
}


@dataclass(frozen=True)
class Cause:
    """Why an answer is wrong.

    Attributes:
        kind: one of a few words, the same for the same mistake wherever it is met, e.g. "sign".
        clause: what was done, completes "it looks like ...", "It looks as if ..." or "Here ...".
        evidence: sentences that support it.
        certainty: how well it is known.
    """

    kind: str
    clause: str
    evidence: tuple[str, ...] = ()
    certainty: Certainty = Certainty.GUESS

    def __post_init__(self) -> None:
        _shorten(self, "kind", "clause")
        object.__setattr__(self, "evidence", _sentences(self.evidence))


@dataclass(frozen=True)
class Failure:
    """What is wrong with an answer; no text of it is longer than a few sentences, whatever it quotes.

    Attributes:
        fact: what was found, without a full stop.
        subject: what the answer is called, e.g. "db"; "" where a sentence speaks for itself.
        cause: why, where that is known.
        advice: what else there is to say, whole sentences.
    """

    fact: str
    subject: str = ""
    cause: Cause | None = None
    advice: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _shorten(self, "fact", "subject")
        object.__setattr__(self, "advice", _sentences(self.advice))

    def __str__(self) -> str:
        text = self.fact
        if self.cause:
            text = text.removesuffix(".") + _OPENINGS[self.cause.certainty] + self.cause.clause
        for sentence in self.advice:
            text = f"{text}{'' if text.endswith(('.', '?', '!')) else '.'} {sentence}"
        return text

    @property
    def reason(self) -> Hashable:
        """The same for failures that have the same reason, whatever their numbers."""
        return (self.subject, self.cause.kind, self.cause.clause) if self.cause else str(self)

    def because(self, cause: Cause | None) -> Failure:
        """The same failure with another cause, or none."""
        return replace(self, cause=cause)

    def advised(self, *sentences: str) -> Failure:
        """The same failure with more advice; what is said already is not said twice."""
        return replace(self, advice=tuple(dict.fromkeys((*self.advice, *sentences))))

    def cleaned(self, clean: Callable[[str], str]) -> Failure:
        """The same failure with all of its text passed through `clean`."""
        cause = self.cause
        if cause:
            evidence = tuple(map(clean, cause.evidence))
            cause = replace(cause, kind=clean(cause.kind), clause=clean(cause.clause), evidence=evidence)
        return Failure(clean(self.fact), clean(self.subject), cause, tuple(map(clean, self.advice)))

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as JSON takes it."""
        cause = self.cause
        return {
            "fact": self.fact,
            "subject": self.subject,
            "cause": None
            if cause is None
            else {
                "kind": cause.kind,
                "clause": cause.clause,
                "evidence": list(cause.evidence),
                "certainty": cause.certainty.value,
            },
            "advice": list(self.advice),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Failure:
        """What `to_dict` made; raises KeyError, TypeError or ValueError for anything else."""
        cause = data["cause"]
        if cause is not None:
            certainty = Certainty(cause["certainty"])
            cause = Cause(cause["kind"], cause["clause"], tuple(cause["evidence"]), certainty)
        return cls(data["fact"], data["subject"], cause, tuple(data["advice"]))


def _shorten(record: Cause | Failure, *names: str) -> None:
    for name in names:
        object.__setattr__(record, name, cut(getattr(record, name), _LONGEST))


def _sentences(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(cut(text, _LONGEST) for text in texts[:_MOST_SENTENCES])


class CheckFailed(AssertionError):
    """An answer differs from the expected one; `failure` says how, and so does the text."""

    def __init__(self, failure: Failure | str):
        self.failure = failure if isinstance(failure, Failure) else Failure(failure)
        super().__init__(str(self.failure))
