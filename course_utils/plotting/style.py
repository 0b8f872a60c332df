"""The style of all figures: their colours on light and dark pages, and titles."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from course_utils.plotting.page import is_dark

# A gradient's sign is told by hue and its size by lightness, with white for zero.
DIVERGING = "RdBu_r"
# What stands on such a map, which is as bright on a dark page.
MARK = "black"
# Wherever values flow forwards and gradients backwards; the style says which colours these are.
VALUE, GRADIENT = "C0", "C1"
_LIGHT, _DARK = (Path(__file__).with_name(name) for name in ("course.mplstyle", "dark.mplstyle"))
Arguments = ParamSpec("Arguments")
Drawn = TypeVar("Drawn")


def course_style(*, dark: bool | None = None) -> dict[Any, Any]:
    """The settings of matplotlib that make the course's style.

    Args:
        dark: whether they are for a dark page; when not given, as the theme that is chosen in JupyterLab.
    """
    return dict(_settings(is_dark() if dark is None else dark))


@functools.cache
def _settings(dark: bool) -> dict[Any, Any]:
    files = (_LIGHT, _DARK) if dark else (_LIGHT,)
    return {key: value for file in files for key, value in _read(file).items()}


def _read(file: Path) -> dict[Any, Any]:
    return dict(matplotlib.rc_params_from_file(file, use_default_template=False))


def use_course_style() -> None:
    """Draw every later figure of this session in the course's style, on dark paper where JupyterLab's theme is dark."""
    plt.style.use(course_style())


def in_course_style(draw: Callable[Arguments, Drawn]) -> Callable[Arguments, Drawn]:
    """Draw what a function draws in the course's style, and leave the style of other figures as it is."""

    @functools.wraps(draw)
    def styled(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Drawn:
        with plt.style.context(course_style()):
            drawn = draw(*args, **kwargs)
            interactive = matplotlib.is_interactive()
        # A notebook's backend switches interactive drawing on when the first figure loads it, and leaving the context
        # would switch that off again: later figures would not be shown.
        matplotlib.interactive(interactive)
        return drawn

    return styled


def colours() -> list[str]:
    """The present style's colours for lines, over and over."""
    wheel = [to_hex(colour) for colour in plt.rcParams["axes.prop_cycle"].by_key()["color"]]
    return wheel * 10


def ink() -> str:
    """The present style's colour of text."""
    return to_hex(plt.rcParams["text.color"])


def paper() -> str:
    """The present style's colour behind everything."""
    return to_hex(plt.rcParams["figure.facecolor"])


def tint(share: float, colour: str | None = None) -> str:
    """A colour thinned with the present style's paper.

    Args:
        share: of the colour, 0 (nothing but paper) to 1.
        colour: as matplotlib names it; ink when not given.
    """
    above, below = (np.array(to_rgb(each)) for each in (colour or ink(), paper()))
    red, green, blue = share * above + (1 - share) * below
    return to_hex((red, green, blue))


def entitle(figure: Figure, title: str | None) -> None:
    """Put a title, if there is one, above the left end of a figure."""
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=13)


def whole_numbers(axis: Axis) -> None:
    """Put ticks at whole numbers only."""
    locator: Any = axis.get_major_locator()
    locator.set_params(integer=True)
