"""The optimizer playground: six update rules on a surface, from wherever it is clicked."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from io import BytesIO
from typing import Any
from uuid import uuid4

import ipywidgets
import matplotlib as mpl
import numpy as np
from IPython.display import HTML, display
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from course_utils.plotting import course_style
from course_utils.plotting.style import ink, paper
from course_utils.training.rules import UpdateRule
from course_utils.widgets.own_walks import RULES, OwnWalk, configs, own_walks
from course_utils.widgets.surfaces import COLOURS, LANDSCAPE, SURFACES, draw_paths, draw_surface, walk

# What suits each surface: the rate of the rules that follow the slope, and of those that set a step's length.
RATES = {
    "ravine": (0.3, 0.3),
    "saddle": (0.1, 0.1),
    "Beale": (0.002, 0.2),
    "Himmelblau": (0.005, 0.3),
    "noisy bowl": (0.1, 0.1),
}
_DEFAULTS = {"momentum": 0.9, "decay": 0.99, "beta1": 0.9, "beta2": 0.999}
_LEVELS = 18


def optimizer_playground(
    surface: str = "ravine", *, steps: int = 120, rules: Mapping[str, UpdateRule] | None = None
) -> HTML | OwnPlayground:
    """Let SGD, momentum, Nesterov, AdaGrad, RMSProp and Adam walk down a surface; a click on it moves the start.

    Args:
        surface: name of the first one, from SURFACES.
        steps: steps of a walk, 10 to 500, in tens.
        rules: functions (w, dw, config) -> (next_w, config) by those six names, which walk in place of the course's. One that
            is not written yet is the course's still; one that fails, or goes elsewhere than the course's, is said to.

    Returns:
        What a notebook shows: a page of its own that needs no network, and a still picture where its script may not
        run (a notebook that is not trusted). Only the functions in `rules` need a kernel: without one, other starts
        and settings are walked by the course's.

    Raises:
        ValueError: there is no such surface or rule, or steps are out of range.
    """
    if surface not in SURFACES:
        raise ValueError(f"there is no surface {surface!r}; there are {', '.join(SURFACES)}")
    if not 10 <= steps <= 500 or steps % 10:
        raise ValueError(f"steps is {steps}; the playground takes 10, 20, ..., 500")
    if unknown := [str(name) for name in rules or () if name not in RULES]:
        raise ValueError(
            f"there is no rule {', '.join(unknown)} in the playground; it has {', '.join(RULES)}"
        )
    settings = _settings(surface, steps)
    if rules is not None:
        return OwnPlayground(rules, settings)
    return HTML(_page(_new_name(), settings, default_walks(surface, steps)))


class OwnPlayground:
    """The playground with a learner's own rules: its page asks the kernel for their paths.

    What the page asks comes in through a hidden text field, and what the kernel answers goes out through a hidden piece of
    HTML: both are ordinary widgets, so this works wherever widgets do.

    Args:
        rules: by name; they may do anything.
        settings: of the page, as `_settings` makes them.
    """

    def __init__(self, rules: Mapping[str, UpdateRule], settings: Mapping[str, Any]) -> None:
        self._own, self._settings, self._name = dict(rules), dict(settings), _new_name()
        self._asked = ipywidgets.Text().add_class(f"{self._name}-asked")
        self._answered = ipywidgets.HTML().add_class(f"{self._name}-answered")
        self._asked.observe(self._answer, names="value")

    def _answer(self, change: Mapping[str, Any]) -> None:
        question = json.loads(change["new"])
        walks = own_walks(self._own, SURFACES[question["surface"]], question["start"], question["settings"])
        answer = json.dumps({"id": question["id"], "walks": _written(walks)})
        self._answered.value = f"<span>{html.escape(answer)}</span>"

    def _ipython_display_(self) -> None:
        surface, defaults = self._settings["surface"], self._settings["defaults"]
        slope_rate, step_rate = RATES[surface]
        told = defaults | {"rate": slope_rate, "step": step_rate}
        walks = own_walks(self._own, SURFACES[surface], SURFACES[surface].start, told)
        hidden = ipywidgets.VBox((self._asked, self._answered), layout=ipywidgets.Layout(display="none"))
        display({**hidden._repr_mimebundle_(), "text/plain": ""}, raw=True)
        paths = {name: each.points for name, each in walks.items()}
        display(HTML(_page(self._name, self._settings | {"own": _written(walks)}, paths)))


def _written(walks: Mapping[str, OwnWalk]) -> dict[str, Any]:
    """Walks as the page reads them."""
    return {
        name: {
            "points": each.points.tolist(),
            "course": None if each.course is None else each.course.tolist(),
            "said": each.said,
        }
        for name, each in walks.items()
    }


def _new_name() -> str:
    return f"playground-{uuid4().hex}"


def _page(name: str, settings: Mapping[str, Any], walks: Mapping[str, np.ndarray]) -> str:
    script = files("course_utils.widgets").joinpath("playground.js").read_text(encoding="utf-8")
    # A sentence of a learner's rule must not end the script.
    told = json.dumps(settings).replace("<", "\\u003c")
    still = _still(settings["surface"], settings["defaults"]["steps"], walks)
    return (
        f'<div id="{name}">{still}</div>\n'
        f'<script>(\n{script})(document.getElementById("{name}"), {told});</script>'
    )


def _settings(surface: str, steps: int) -> dict[str, Any]:
    surfaces = {
        each.name: {
            "start": each.start,
            "limits": each.limits,
            "minima": each.minima,
            "noise": each.noise,
            "rates": RATES[each.name],
        }
        for each in SURFACES.values()
    }
    defaults = _DEFAULTS | {"steps": steps}
    return {
        "surface": surface,
        "surfaces": surfaces,
        "looks": {"light": _look(dark=False), "dark": _look(dark=True)},
        "defaults": defaults,
    }


def _look(*, dark: bool) -> dict[str, Any]:
    """The colours of a page: those of the rules by name, of the landscape's levels (0 to 255), paper, ink and grid."""
    with mpl.rc_context(course_style(dark=dark)):
        landscape = mpl.colormaps["cividis"](np.linspace(0, 1, _LEVELS))[:, :3]
        levels = LANDSCAPE * landscape + (1 - LANDSCAPE) * np.array(to_rgb(paper()))
        return {
            "colours": {name: to_hex(colour) for name, colour in COLOURS.items()},
            "levels": np.round(255 * levels).astype(int).tolist(),
            "paper": paper(),
            "ink": ink(),
            "grid": to_hex(mpl.rcParams["grid.color"]),
        }


def default_walks(surface: str, steps: int) -> dict[str, np.ndarray]:
    """The walks that the playground begins with, without noise; points of shape (steps + 1, 2) by name of the rule."""
    slope_rate, step_rate = RATES[surface]
    told = configs(_DEFAULTS | {"rate": slope_rate, "step": step_rate})
    go = partial(walk, SURFACES[surface])
    return {name: go(rule, steps, **told[name]) for name, rule in RULES.items()}


def _still(surface: str, steps: int, walks: Mapping[str, np.ndarray]) -> str:
    """The first walks as an image."""
    with mpl.rc_context(course_style()):
        figure = Figure(figsize=(7.2, 4.2))
        axes = figure.subplots()
        draw_surface(axes, SURFACES[surface])
        draw_paths(axes, walks, markers=False)
        figure.legend(loc="outside right center")
        data = BytesIO()
        figure.savefig(data, format="png", dpi=110)
    words = (
        f"The paths of {', '.join(COLOURS)} on the surface {surface}, {steps} steps. Run this cell to play."
    )
    picture = base64.b64encode(data.getvalue()).decode()
    return f'<img alt="{words}" title="{words}" src="data:image/png;base64,{picture}">'
