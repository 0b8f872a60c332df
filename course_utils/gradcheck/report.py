"""What a gradient check found, for a terminal, a notebook and a test."""

from __future__ import annotations

import base64
import dataclasses
import html
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course_utils.compare import Cause, CheckFailed, Failure
from course_utils.gradcheck.lines import Location, Way


class GradientCheckFailed(CheckFailed):
    """A gradient is wrong; the message is the report.

    Attributes:
        report: what was found, as data.
    """

    def __init__(self, report: GradientReport) -> None:
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True)
class ArgumentResult:
    """What was found for one gradient.

    Attributes:
        name: the gradient's name, e.g. "dx".
        passed: whether it agrees with the numeric gradient.
        sentence: what was found, without mark and full stop.
        cause: a best guess at the mistake, or None.
        evidence: sentences that say more of what was found.
        note: something worth knowing about a gradient that passed, or None.
        analytic: the gradient under test, or None when it is not an array of the right shape.
        numeric: the numeric gradient, float64, NaN where no difference was taken; or None.
        where: the line where one small change makes all gradients agree, in words; "" where it is not known.
        wrong: for each entry whether it is wrong; or None.
        relative_error: largest relative error of the checked entries, or None.
        coverage: which entries were checked, in words.
    """

    name: str
    passed: bool
    sentence: str
    cause: Cause | None = None
    evidence: tuple[str, ...] = ()
    note: str | None = None
    analytic: np.ndarray | None = None
    numeric: np.ndarray | None = None
    wrong: np.ndarray | None = None
    relative_error: float | None = None
    coverage: str = ""
    where: str = ""

    @property
    def failure(self) -> Failure:
        """What is wrong, as data; of a gradient that passed, what was found."""
        return Failure(self.sentence, self.name, self.cause)

    @property
    def text(self) -> str:
        """The sentence with the cause or the note."""
        return "; ".join(part for part in (str(self.failure), self.where, self.note) if part)

    def __str__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.text}"

    def replace(self, **changes: Any) -> ArgumentResult:
        """A copy with some attributes changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, repr=False)
class GradientReport:
    """Results of a gradient check.

    Attributes:
        results: one ArgumentResult for each gradient, in order, then one for each other thing that is wrong.
        evaluations: how many forward passes the check took.
        find: looks for so many seconds for the line to change; None where there is nothing to look for.
    """

    results: tuple[ArgumentResult, ...]
    evaluations: int = 0
    find: Callable[[float], Location | Way | None] | None = field(default=None, compare=False)

    @property
    def passed(self) -> bool:
        """Whether every gradient agrees and nothing else is wrong."""
        return all(result.passed for result in self.results)

    @property
    def failures(self) -> list[str]:
        """One sentence for each thing that is wrong, the guess with it; empty when all is well."""
        return [result.text for result in self.results if not result.passed]

    def locate(self, *, show: bool = False, seconds: float = 2.0) -> Location | None:
        """The only line where one small change makes all gradients agree, tried at other numbers and sizes.

        Versions of the function run in a copy of its namespace, each for a short time.

        Args:
            show: whether to print the line and the change itself.
            seconds: how long to look; beyond two seconds with a progress bar.

        Returns:
            The line, or None: no small change does, changes of different lines do, the source cannot be had, or time was up.
        """
        found = self.find(seconds) if self.find else None
        line = found if isinstance(found, Location) else None
        if show:
            nothing = str(found) if found else "no single line is known where one small change helps"
            print(f"{line}:\n    {line.change}" if line else nothing)
        return line

    def __getitem__(self, name: str) -> ArgumentResult:
        """The first result of that name, e.g. report["dx"]; raises KeyError when there is none."""
        for result in self.results:
            if result.name == name:
                return result
        raise KeyError(f"no result for {name!r}; there are {', '.join(r.name for r in self.results)}")

    def __str__(self) -> str:
        return "\n".join(str(result) for result in self.results)

    __repr__ = __str__

    def explain(self) -> str:
        """Everything that was found: the evidence for each guess, what was covered and at what cost."""
        lines = []
        for result in self.results:
            lines.append(str(result))
            lines += [f"    {sentence}" for sentence in result.evidence]
            if result.coverage:
                lines.append(f"    checked: {result.coverage}")
        return "\n".join([*lines, f"{self.evaluations} forward passes"])

    def raise_if_failed(self) -> GradientReport:
        """Return the report when every gradient agrees.

        In a notebook a map of the errors is shown before the error.

        Raises:
            GradientCheckFailed: a gradient does not agree; the message is the report's text.
        """
        if self.passed:
            return self
        _show_in_notebook(self)
        raise GradientCheckFailed(self)

    def error_map(self, name: str) -> Any:
        """A figure that shows where one gradient is wrong.

        Args:
            name: the gradient's name, e.g. "dx".

        Raises:
            KeyError: there is no such gradient.
            ValueError: there is nothing to draw.
        """
        result = self[name]
        if result.analytic is None or result.numeric is None or result.analytic.size == 0:
            raise ValueError(f"{name} has not the shape it should have, so there is no map of its errors")
        from course_utils.plotting import gradient_error_map

        return gradient_error_map(result.analytic, result.numeric, name, wrong=result.wrong)

    def _repr_html_(self) -> str:
        return "".join(self._html(result) for result in self.results)

    def maps_html(self) -> str:
        """Pictures of where each wrong gradient is wrong, as HTML; "" when there are none."""
        return "".join(self._map_html(result) for result in self.results if not result.passed)

    def _html(self, result: ArgumentResult) -> str:
        # In the page's own colour, which is legible on light and dark: the sign and the weight tell what is wrong.
        said = html.escape(str(result))
        line = f'<div style="margin: 2px 0">{said if result.passed else f"<b>{said}</b>"}</div>'
        if result.passed:
            return line
        details = [*result.evidence, *([f"checked: {result.coverage}"] if result.coverage else [])]
        items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in details)
        return line + (f"<ul style='margin: 0'>{items}</ul>" if items else "") + self._map_html(result)

    def _map_html(self, result: ArgumentResult) -> str:
        if result.analytic is None or result.analytic.ndim == 0 or result.analytic.size < 2:
            return ""
        import matplotlib.pyplot as plt

        figure = self.error_map(result.name)
        image = io.BytesIO()
        figure.savefig(image, format="png", dpi=80)
        plt.close(figure)
        data = base64.b64encode(image.getvalue()).decode()
        label = html.escape(f"where {result.name} is wrong: gradient, numeric gradient, difference")
        return f'<img alt="{label}" style="max-width: 640px" src="data:image/png;base64,{data}">'


def _show_in_notebook(report: GradientReport) -> None:
    """Show where gradients are wrong; the sentences are the error's."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    maps = report.maps_html() if hasattr(shell, "kernel") else ""
    if maps:
        ipython.display.display(ipython.display.HTML(maps))
