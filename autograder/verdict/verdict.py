"""What was found of an answer: cases, passed or failed, and the verdict they make together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from course_utils.compare import Failure


class Outcome(StrEnum):
    """How a case ended."""

    UNANSWERED = "unanswered"  # nothing came back, not even an error
    PASSED = "passed"
    WRONG = "wrong"  # an answer came and differs from the expected one
    RAISED = "raised"  # the student's code raised, or returned what cannot be marked
    NO_ANSWER = "no answer"  # a call took too long, or the kernel is gone
    NOT_WRITTEN = "not written"  # the stub stands there still
    NOT_DEFINED = "not defined"  # the notebook defines no such name
    STUMBLED = "stumbled"  # the check itself could not go on with what came


@dataclass
class Case:
    """One case of a question, passed or failed for a reason.

    Attributes:
        title: what was asked, in a few words.
        weight: its share of the question's mark.
        outcome: how it ended.
        failure: what is wrong, where something is.
    """

    title: str
    weight: float = 1.0
    outcome: Outcome = Outcome.UNANSWERED
    failure: Failure | None = None

    @property
    def passed(self) -> bool:
        """Whether it counts towards the mark."""
        return self.outcome is Outcome.PASSED

    @property
    def attempted(self) -> bool:
        """Whether the student has written something."""
        return self.outcome not in (Outcome.NOT_WRITTEN, Outcome.NOT_DEFINED)

    @property
    def message(self) -> str:
        """What is said of it, one or two sentences; "" where it passed."""
        return str(self.failure) if self.failure else ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as JSON takes it."""
        failure = self.failure.to_dict() if self.failure else None
        return {
            "title": self.title,
            "weight": self.weight,
            "outcome": self.outcome.value,
            "failure": failure,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Case:
        """What `to_dict` made."""
        failure = Failure.from_dict(data["failure"]) if data["failure"] else None
        return cls(data["title"], data["weight"], Outcome(data["outcome"]), failure)


@dataclass
class Verdict:
    """What a question earned and why; made by the grader, never by the kernel.

    Attributes:
        question: name of the graded function or class.
        seed: what the inputs were drawn from; the same seed asks the same question again.
        cases: passed and failed cases, in the order they were asked.
        reason: why there are no cases, where there are none.
    """

    question: str
    seed: int
    cases: list[Case] = field(default_factory=list)
    reason: str = ""

    @property
    def fraction(self) -> float:
        """The share of the marks that was earned, from 0 to 1."""
        total = sum(case.weight for case in self.cases)
        return sum(case.weight for case in self.cases if case.passed) / total if total else 0.0

    @property
    def attempted(self) -> bool:
        """Whether the student has written something."""
        return any(case.attempted for case in self.cases)

    @property
    def not_written(self) -> bool:
        """Whether stubs are all that stands in its way."""
        return bool(self.cases) and all(case.outcome is Outcome.NOT_WRITTEN for case in self.cases)

    def points(self, maximum: float) -> float:
        """The marks earned of `maximum`, to a hundredth."""
        return round(self.fraction * maximum, 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as JSON takes it."""
        cases = [case.to_dict() for case in self.cases]
        return {"question": self.question, "seed": self.seed, "cases": cases, "reason": self.reason}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Verdict:
        """What `to_dict` made."""
        cases = [Case.from_dict(case) for case in data["cases"]]
        return cls(data["question"], data["seed"], cases, data["reason"])
