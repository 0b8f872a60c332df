"""What every widget that the package hands on keeps to; one that is added is asked, too."""

import html
import importlib
import inspect
import pkgutil

import ipywidgets
import numpy as np
import pytest
from places import ROOT

from course_utils import widgets
from course_utils.widgets.explorer import Explorer


class Given:
    """As much of a Tensor as a picture needs."""

    parents, operation, grad = (), "", None

    def __init__(self, data):
        self.data = data


class Doubled(Given):
    operation = "add"

    def __init__(self, x):
        super().__init__(2 * x.data)
        self.parents = (x, x)

    def backward(self, grad):
        self.grad, self.parents[0].grad = grad, 2 * grad


# What those need that cannot be made without something to show.
NEEDS = {
    "activation_explorer": lambda: {
        "activations": {"tanh": (lambda x: (np.tanh(x), x), lambda dout, x: dout * (1 - np.tanh(x) ** 2))}
    },
    "augmentation_viewer": lambda: {
        "pictures": np.full((4, 3, 8, 8), 0.5, dtype=np.float32),
        "changes": {"brighter": (lambda x, rng, strength: x + strength, 0.1)},
    },
    "occlusion_explorer": lambda: {
        "scores": lambda X: X.mean(axis=3)[:, 0, :3],
        "images": np.ones((4, 3, 8, 8), dtype=np.float32),
        "shown": np.full((4, 3, 8, 8), 0.5, dtype=np.float32),
        "labels": np.arange(4) % 3,
        "class_names": ("top", "middle", "bottom"),
        "size": 3,
    },
    "expression_explorer": lambda: {"f": lambda x: Doubled(x), "x": Given(3.0)},
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
    assert f'<img alt="{html.escape(picture.alt)}" width=' in picture._repr_html_()
    assert repr(picture) == picture.alt
    for control in widget.controls.values():
        if isinstance(control, ipywidgets.ToggleButton | ipywidgets.Checkbox):
            control.value = not control.value
        elif hasattr(control, "max"):
            control.value = control.max
        elif hasattr(control, "options"):
            control.value = list(dict(control._options_full).values())[-1]
        assert widget.picture().alt


def offered():
    """Name and module of each function of the package that makes an Explorer, and of each class that is one."""
    for info in pkgutil.iter_modules(widgets.__path__, f"{widgets.__name__}."):
        for name, value in vars(importlib.import_module(info.name)).items():
            own = getattr(value, "__module__", "") == info.name and not name.startswith("_")
            if own and (makes_an_explorer(value) or is_a_new_explorer(value)):
                yield name, info.name


def makes_an_explorer(value):
    return inspect.isfunction(value) and inspect.get_annotations(value).get("return") in (
        "Explorer",
        Explorer,
    )


def is_a_new_explorer(value):
    return inspect.isclass(value) and issubclass(value, Explorer) and value is not Explorer


def test_every_widget_is_handed_on():
    assert len(list(offered())) >= 8
    for name, module in offered():
        assert name in widgets.__all__, f"{module} has {name}, and course_utils.widgets does not hand it on"
        assert getattr(widgets, name).__module__ == module


def test_what_the_package_names_it_hands_on():
    lost = [name for name in widgets.__all__ if not hasattr(widgets, name)]
    assert not lost, (
        f"course_utils/widgets/__init__.py names {', '.join(lost)}, and not the module it comes from"
    )


def test_every_widget_is_shown_by_a_notebook():
    notebooks = [path.read_text(encoding="utf-8") for path in (ROOT / "solutions").glob("*/*.ipynb")]
    hidden = [name for name in widgets.__all__ if not any(name in text for text in notebooks)]
    assert not hidden, f"no notebook of solutions/ shows {', '.join(hidden)}"
