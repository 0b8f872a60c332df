"""What every widget that the package hands on keeps to; one that is added is asked, too."""

import inspect
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from places import ROOT

from course_utils import widgets
from course_utils.widgets.explorer import Explorer

# What those need that cannot be made without something to show.
NEEDS = {
    "activation_explorer": lambda: {
        "activations": {"tanh": (lambda x: (np.tanh(x), x), lambda dout, x: dout * (1 - np.tanh(x) ** 2))}
    },
    "augmentation_viewer": lambda: {
        "pictures": np.full((4, 3, 8, 8), 0.5, dtype=np.float32),
        "changes": {"brighter": (lambda x, rng, strength: x + strength, 0.1)},
    },
}
# No Explorer: a page of its own, and a callback of the Solver's; they have tests of their own.
OTHERS = {"optimizer_playground", "TrainingDashboard"}
EXPLORERS = [name for name in widgets.__all__ if name not in OTHERS]


def made(name):
    return getattr(widgets, name)(**NEEDS.get(name, dict)())


@pytest.mark.parametrize("name", EXPLORERS)
def test_it_is_a_picture_with_a_description_that_every_control_changes(name):
    widget = made(name)
    assert isinstance(widget, Explorer)
    picture = widget.picture()
    assert picture.alt
    assert picture.data.startswith(b"\x89PNG")
    for control in widget.controls.values():
        if isinstance(control, ipywidgets.ToggleButton | ipywidgets.Checkbox):
            control.value = not control.value
        elif hasattr(control, "max"):
            control.value = control.max
        elif hasattr(control, "options"):
            control.value = list(dict(control._options_full).values())[-1]
        assert widget.picture().alt


def test_every_module_of_the_package_is_handed_on():
    handed_on = {inspect.getmodule(getattr(widgets, name)).__name__ for name in widgets.__all__}
    helpers = {"explorer", "surfaces"}
    there = {
        path.stem for path in Path(widgets.__file__).parent.glob("*.py") if not path.stem.startswith("_")
    }
    offered = {
        stem
        for stem in there - helpers
        if "-> Explorer" in (ROOT / f"course_utils/widgets/{stem}.py").read_text(encoding="utf-8")
    }
    assert {f"course_utils.widgets.{stem}" for stem in offered} <= handed_on
