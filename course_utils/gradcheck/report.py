"""What a gradient check found, for a terminal, a notebook and a test."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np

from course_utils.compare import CheckFailed


class GradientCheckFailed(CheckFailed):
    """A gradient is wrong; the message is the report."""


@dataclass(frozen=True)
class ArgumentResult:
    """What was found for one gradient.

    name: the gradient's name, e.g. "dx"
    passed: whether it agrees with the numeric gradient
    sentence: what was found, without mark and full stop
    guess: a best guess at the mistake, or None
    evidence: sentences that support the guess
    note: something worth knowing about a gradient that passed, or None
    analytic: the gradient under test, or None when it is not an array
    numeric: the numeric gradient, float64, NaN where no difference was taken; or None
    wrong: for each entry whether it is wrong, or None
    relative_error: largest relative error of the checked entries, or None
    """

    name: str
    passed: bool
    sentence: str
    guess: str | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None
    analytic: np.ndarray | None = None
    numeric: np.ndarray | None = None
    wrong: np.ndarray | None = None
    relative_error: float | None = None

    def __str__(self) -> str:
        guess = f": it looks like {self.guess}" if self.guess else ""
        note = f" ({self.note})" if self.note else ""
        return f"{'✓' if self.passed else '✗'} {self.sentence}{guess}{note}"


@dataclass(frozen=True)
class GradientReport:
    """Results of a gradient check, one for each gradient.

    results: one ArgumentResult for each gradient or broken law, in order
    evaluations: how many forward passes the check took
    """

    results: tuple[ArgumentResult, ...]
    evaluations: int = 0

    @property
    def passed(self) -> bool:
        """Whether every gradient agrees."""
        return all(result.passed for result in self.results)

    @property
    def failures(self) -> list[str]:
        """One sentence for each thing that is wrong; empty when all is well."""
        return [str(result)[2:] for result in self.results if not result.passed]

    def __getitem__(self, name: str) -> ArgumentResult:
        """The first result of that name, e.g. report["dx"]."""
        for result in self.results:
            if result.name == name:
                return result
        raise KeyError(f"no result for {name!r}; there are {', '.join(r.name for r in self.results)}")

    def __str__(self) -> str:
        return "\n".join(str(result) for result in self.results)

    def __repr__(self) -> str:
        return str(self)

    def explain(self) -> str:
        """Everything that was found, with the evidence for each guess."""
        lines = []
        for result in self.results:
            lines += [str(result), *(f"    {sentence}" for sentence in result.evidence)]
        return "\n".join(lines)

    def raise_if_failed(self) -> GradientReport:
        """Return the report when every gradient agrees, raise `GradientCheckFailed` with its text otherwise."""
        if not self.passed:
            raise GradientCheckFailed(self.explain())
        return self

    def _repr_html_(self) -> str:
        return "".join(_html_line(result) for result in self.results)


def _html_line(result: ArgumentResult) -> str:
    colour = "#009E73" if result.passed else "#D55E00"
    text = html.escape(str(result))
    evidence = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in result.evidence)
    below = f"<ul>{evidence}</ul>" if evidence else ""
    return f'<div style="font-family: monospace; color: {colour}">{text}{below}</div>'
