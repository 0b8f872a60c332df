"""The figures of a report: drawn twice, for a light and a dark page, each with its numbers in words."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from autograder.classroom.reporting.statistics import Bin, Success
from course_utils.plotting import course_style
from course_utils.plotting.style import whole_numbers

_WIDTH = 4.8  # inches: at this size the letters are as large as the page's, and a phone shrinks them little
_ROW = 0.24
_SMALL = {
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "svg.hashsalt": "report",  # the same report is the same bytes
    "text.parse_math": False,
}
_LIGHT = {"ink": "#1a1a1a", "grid": "#d9dde3", "point": "#0072B2"}
_DARK = {"ink": "#e8eaed", "grid": "#3c4248", "point": "#56B4E9"}
# What became of an answer, the same colours on both papers; each also has its place from left to right.
_ENDS = {"all points": "#009E73", "some": "#56B4E9", "none": "#D55E00", "not written": "#8a9099"}


@dataclass(frozen=True)
class Picture:
    """A figure in both of its versions, as addresses that hold it whole.

    Attributes:
        title: what it shows, in a few words.
        alt: its numbers in words.
        light: for light paper.
        dark: for dark paper.
    """

    title: str
    alt: str
    light: str
    dark: str


def points(bins: Sequence[Bin], middle: float | None) -> Picture:
    """How many earned how much, with the median where it may be told."""

    def draw(axes: Axes, colours: dict[str, str]) -> None:
        axes.bar(range(len(bins)), [each.number for each in bins], color=colours["point"], width=0.85)
        axes.set_xticks(range(len(bins)), [_range(each) for each in bins], rotation=45, ha="right")
        axes.set(xlabel="share of the points [%]", ylabel="submissions")
        axes.grid(False, axis="x")
        whole_numbers(axes.yaxis)

    said = "; ".join(f"{_range(each)} %: {each.number}" for each in bins if each.number)
    median = "" if middle is None else f" The median is {middle:.0%}."
    return _picture("Distribution of points", f"Submissions by share of the points. {said}.{median}", draw)


def success(found: Sequence[Success]) -> Picture:
    """What became of each question: of how many all, some or none of the points, or nothing written."""
    counts = {
        "all points": [each.full for each in found],
        "some": [each.part for each in found],
        "none": [each.none for each in found],
        "not written": [each.unwritten for each in found],
    }
    totals = [max(len(each.shares), 1) for each in found]

    def draw(axes: Axes, colours: dict[str, str]) -> None:
        left = [0.0] * len(found)
        for name, numbers in counts.items():
            widths = [100 * number / total for number, total in zip(numbers, totals, strict=True)]
            axes.barh(range(len(found)), widths, left=left, color=_ENDS[name], label=name, height=0.75)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        _named_rows(axes, [each.question.name for each in found])
        axes.set(xlabel="share of the submissions [%]", xlim=(0, 100))
        axes.legend(ncols=4, loc="lower right", bbox_to_anchor=(1, 1), fontsize=8.5, handlelength=0.9,
                    handletextpad=0.4, columnspacing=1.0)  # fmt: skip

    said = "; ".join(
        f"{each.question.name}: "
        + ", ".join(f"{numbers[place]} {name}" for name, numbers in counts.items() if numbers[place])
        for place, each in enumerate(found)
    )
    return _picture("Success by question", f"What became of each question. {said}.", draw, _height(found))


def means(shares: Sequence[tuple[str, float]]) -> Picture:
    """What the class earned of each question, by name."""

    def draw(axes: Axes, colours: dict[str, str]) -> None:
        axes.barh(
            range(len(shares)), [100 * share for _, share in shares], color=colours["point"], height=0.75
        )
        _named_rows(axes, [name for name, _ in shares])
        axes.set(xlabel="share of the points [%]", xlim=(0, 100))

    said = "; ".join(f"{name}: {share:.0%}" for name, share in shares)
    return _picture("Success by question", f"Share of the points by question. {said}.", draw, _height(shares))


def quality(found: Sequence[Success]) -> Picture:
    """Difficulty and discrimination of each question where both are known."""
    known = [
        (each.question.name, each.mean, each.discrimination)
        for each in found
        if each.mean is not None and each.discrimination is not None
    ]

    def draw(axes: Axes, colours: dict[str, str]) -> None:
        axes.axhline(0, color=colours["ink"], linewidth=0.8)
        axes.scatter(
            [100 * mean for _, mean, _ in known],
            [both for *_, both in known],
            color=colours["point"],
            alpha=0.7,
        )
        lowest = min(0.0, *(both for *_, both in known))
        axes.set(
            xlabel="difficulty: share of the points [%]",
            ylabel="discrimination",
            xlim=(0, 104),
            ylim=(lowest - 0.1, 1.08),
        )
        _name_the_weakest(axes, known, colours["ink"])

    said = "; ".join(f"{name}: {mean:.0%}, {both:+.2f}" for name, mean, both in known)
    return _picture(
        "Difficulty and discrimination", f"Share of the points and discrimination. {said}.", draw, 3.4
    )


def handed_in(hours: Sequence[float]) -> Picture:
    """How long before it was due each was handed in; after it where that is negative."""
    late = sum(each < 0 for each in hours)

    def draw(axes: Axes, colours: dict[str, str]) -> None:
        axes.hist(hours, bins=min(20, max(5, len(hours) // 2)), color=colours["point"])
        axes.axvline(0, color=_ENDS["none"])
        axes.set(xlabel="hours before it was due", ylabel="submissions")
        axes.invert_xaxis()
        whole_numbers(axes.yaxis)

    said = f"From {max(hours):.0f} hours before to {-min(hours):.0f} hours after" if late else (
        f"From {max(hours):.0f} to {min(hours):.0f} hours before"
    )  # fmt: skip
    return _picture("When it was handed in", f"{said} it was due; {late} of {len(hours)} late.", draw)


def _name_the_weakest(axes: Axes, known: Sequence[tuple[str, float, float]], ink: str, most: int = 4) -> None:
    """Name the questions that tell least who knows from who does not, one below the other at the left."""
    weakest = sorted(known, key=lambda each: each[2])[:most]
    for row, (name, mean, both) in enumerate(sorted(weakest, key=lambda each: -each[2])):
        axes.annotate(
            _short(name),
            (100 * mean, both),
            xytext=(0.02, 0.9 - 0.1 * row),
            textcoords="axes fraction",
            fontsize=9,
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "color": ink,
                "linewidth": 0.6,
                "alpha": 0.6,
                "relpos": (1, 0.5),
            },
        )


def _range(each: Bin) -> str:
    return f"{100 * each.low:.0f}–{100 * each.high:.0f}"


def _named_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_short(name) for name in names], fontsize=9)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(False, axis="y")


def _short(name: str, most: int = 28) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _height(rows: Sequence[object]) -> float:
    return 1.0 + _ROW * max(len(rows), 2)


def _picture(
    title: str, alt: str, draw: Callable[[Axes, dict[str, str]], None], height: float = 2.8
) -> Picture:
    light, dark = (_svg(draw, colours, height) for colours in (_LIGHT, _DARK))
    return Picture(title, alt, light, dark)


def _svg(draw: Callable[[Axes, dict[str, str]], None], colours: dict[str, str], height: float) -> str:
    inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    style: Any = dict.fromkeys(inked, colours["ink"]) | _SMALL | {"grid.color": colours["grid"]}
    with plt.style.context([course_style(dark=False), style]):
        figure = Figure(figsize=(_WIDTH, height), facecolor="none", layout="constrained")
        axes = figure.subplots()
        axes.set_facecolor("none")
        draw(axes, colours)
        file = io.BytesIO()
        # `savefig` would find a place for every label twice.
        FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"
