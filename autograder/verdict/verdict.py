"""What was found of an answer: cases, passed or failed, and the verdict they make together."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field


@dataclass
class Case:
    """One case of a question, passed or failed with a sentence."""

    title: str
    weight: float = 1.0
    passed: bool = False
    message: str = ""
    attempted: bool = True
    stumbled: bool = False

    def fail(self, message: str, attempted: bool = True) -> None:
        self.passed, self.message, self.attempted = False, message, attempted


_EXPLANATION = re.compile(r"(Here|It looks as if|it looks like) .*?(?=\. [A-Z]|$)", re.DOTALL)


def reason_of(message: str) -> tuple[str, str]:
    """What a message is about and what it says of the cause, without the numbers that show it.

    A message that knows no cause is its own reason.
    """
    explanation = _EXPLANATION.search(message)
    return (message.split(" ")[0], explanation[0]) if explanation else ("", message)


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
        total = sum(case.weight for case in self.cases)
        return sum(case.weight for case in self.cases if case.passed) / total if total else 0.0

    @property
    def attempted(self) -> bool:
        return any(case.attempted for case in self.cases)

    def points(self, maximum: float) -> float:
        return round(self.fraction * maximum, 2)

    def summary(self) -> str:
        """One line: the first thing that is wrong."""
        if self.reason:
            return self.reason
        failed = [case for case in self.cases if not case.passed]
        if not failed:
            return "correct"
        return f"{failed[0].title}: {failed[0].message}" if self.attempted else failed[0].message

    def told(self) -> list[tuple[Case, str]]:
        """Each case with what is said of it; a reason that was given for an earlier one is not repeated."""
        said, found = set(), []
        for case in self.cases:
            reason = reason_of(case.message)
            found.append((case, "the same" if reason in said else case.message))
            said |= {reason} if case.message else set()
        return found

    def to_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> Verdict:
        return cls(**data | {"cases": [Case(**case) for case in data["cases"]]})
