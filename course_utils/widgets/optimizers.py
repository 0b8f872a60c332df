"""The optimizer playground: six update rules on a surface, from wherever it is clicked."""

from __future__ import annotations

import base64
import json
from functools import partial
from importlib.resources import files
from io import BytesIO
from typing import Any
from uuid import uuid4

import matplotlib as mpl
import numpy as np
from IPython.display import HTML
from matplotlib.figure import Figure

from course_utils.plotting import STYLE
from course_utils.training import rules
from course_utils.widgets.surfaces import COLOURS, SURFACES, draw_paths, draw_surface, walk

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


def optimizer_playground(surface: str = "ravine", *, steps: int = 120) -> HTML:
    """Let SGD, momentum, Nesterov, AdaGrad, RMSProp and Adam walk down a surface; a click on it moves the start.

    Args:
        surface: name of the first one, from SURFACES.
        steps: steps of a walk, 10 to 500, in tens.

    Returns:
        What a notebook shows: a page of its own that needs neither kernel nor network, and a still picture
        where its script may not run (a notebook that is not trusted).

    Raises:
        ValueError: there is no such surface, or steps are out of range.
    """
    if surface not in SURFACES:
        raise ValueError(f"there is no surface {surface!r}; there are {', '.join(SURFACES)}")
    if not 10 <= steps <= 500 or steps % 10:
        raise ValueError(f"steps is {steps}; the playground takes 10, 20, ..., 500")
    script = files("course_utils.widgets").joinpath("playground.js").read_text(encoding="utf-8")
    settings = json.dumps(_settings(surface, steps))
    name = f"playground-{uuid4().hex}"
    return HTML(
        f'<div id="{name}">{_still(surface, steps)}</div>\n'
        f'<script>(\n{script})(document.getElementById("{name}"), {settings});</script>'
    )


def _settings(surface: str, steps: int) -> dict[str, Any]:
    levels = mpl.colormaps["cividis"](np.linspace(0, 1, _LEVELS))[:, :3]
    pale = np.round(255 * (0.45 + 0.55 * levels)).astype(int).tolist()
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
        "colours": COLOURS,
        "levels": pale,
        "defaults": defaults,
    }


def default_walks(surface: str, steps: int) -> dict[str, np.ndarray]:
    """The walks that the playground begins with, without noise; points of shape (steps + 1, 2) by name of the rule."""
    slope_rate, step_rate = RATES[surface]
    momentum = {"learning_rate": slope_rate, "momentum": _DEFAULTS["momentum"]}
    configs: dict[str, tuple[rules.UpdateRule, dict[str, Any]]] = {
        "SGD": (rules.sgd, {"learning_rate": slope_rate}),
        "momentum": (rules.sgd_momentum, momentum),
        "Nesterov": (rules.nesterov_momentum, momentum),
        "AdaGrad": (rules.adagrad, {"learning_rate": step_rate}),
        "RMSProp": (rules.rmsprop, {"learning_rate": step_rate, "decay_rate": _DEFAULTS["decay"]}),
        "Adam": (
            rules.adam,
            {"learning_rate": step_rate, "beta1": _DEFAULTS["beta1"], "beta2": _DEFAULTS["beta2"]},
        ),
    }
    go = partial(walk, SURFACES[surface])
    return {name: go(rule, steps, **config) for name, (rule, config) in configs.items()}


def _still(surface: str, steps: int) -> str:
    """The first walks as an image."""
    with mpl.rc_context(fname=STYLE):
        figure = Figure(figsize=(7.2, 4.2))
        axes = figure.subplots()
        draw_surface(axes, SURFACES[surface])
        draw_paths(axes, default_walks(surface, steps), markers=False)
        figure.legend(loc="outside right center")
        data = BytesIO()
        figure.savefig(data, format="png", dpi=110)
    words = (
        f"The paths of {', '.join(COLOURS)} on the surface {surface}, {steps} steps. Run this cell to play."
    )
    picture = base64.b64encode(data.getvalue()).decode()
    return f'<img alt="{words}" title="{words}" src="data:image/png;base64,{picture}">'
