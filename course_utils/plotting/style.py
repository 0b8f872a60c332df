"""The style of all figures: course.mplstyle, colours, titles."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axis import Axis
from matplotlib.figure import Figure

STYLE = str(Path(__file__).with_name("course.mplstyle"))
# A gradient's sign is told by hue and its size by lightness, with white for zero.
DIVERGING = "RdBu_r"
Arguments = ParamSpec("Arguments")
Drawn = TypeVar("Drawn")


def use_course_style() -> None:
    """Draw every later figure of this session in the course's style."""
    plt.style.use(STYLE)


def in_course_style(draw: Callable[Arguments, Drawn]) -> Callable[Arguments, Drawn]:
    """Draw what a function draws in the course's style, and leave the style of other figures as it is."""

    @functools.wraps(draw)
    def styled(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Drawn:
        with plt.style.context(STYLE):
            drawn = draw(*args, **kwargs)
            interactive = matplotlib.is_interactive()
        # A notebook's backend switches interactive drawing on when the first figure loads it, and leaving the context
        # would switch that off again: later figures would not be shown.
        matplotlib.interactive(interactive)
        return drawn

    return styled


def colours() -> list[str]:
    """The style's colours for lines, over and over."""
    wheel: list[str] = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    return wheel * 10


def entitle(figure: Figure, title: str | None) -> None:
    """Put a title, if there is one, above the left end of a figure."""
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=13)


def whole_numbers(axis: Axis) -> None:
    """Put ticks at whole numbers only."""
    locator: Any = axis.get_major_locator()
    locator.set_params(integer=True)
