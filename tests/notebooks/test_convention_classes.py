"""Classes whose constructors are the convention's, without `rng`, run every visible cell and fit every experiment."""

import ast
import inspect
import re

import numpy as np
import pytest
from notebook_checks import checks_of

from course_utils.course import notebooks, sources

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)


def by_convention(room, name):
    """The reference's class, made as one written for the convention is: it draws from np.random itself."""
    right = getattr(checks_of(room).reference, name)

    class TwoLayerNet(right):
        def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
            super().__init__(input_dim, hidden_dim, num_classes, weight_scale, reg, rng=np.random)

    class FullyConnectedNet(right):
        def __init__(
            self,
            hidden_dims,
            input_dim=3 * 32 * 32,
            num_classes=10,
            dropout_keep_ratio=1,
            normalization=None,
            reg=0.0,
            weight_scale=1e-2,
            dtype=np.float32,
            seed=None,
        ):
            given = {"dropout_keep_ratio": dropout_keep_ratio, "normalization": normalization, "seed": seed}
            taken = {k: v for k, v in given.items() if k in inspect.signature(right).parameters}
            super().__init__(
                hidden_dims, input_dim, num_classes, reg, weight_scale, dtype, rng=np.random, **taken
            )

    class ThreeLayerConvNet(right):
        def __init__(
            self,
            input_dim=(3, 32, 32),
            num_filters=32,
            filter_size=7,
            hidden_dim=100,
            num_classes=10,
            weight_scale=1e-3,
            reg=0.0,
            dtype=np.float32,
        ):
            sizes = (input_dim, num_filters, filter_size, hidden_dim, num_classes)
            super().__init__(*sizes, weight_scale, reg, dtype, rng=np.random)

    return locals()[name]


CLASSES = [
    ("layers", "TwoLayerNet"),
    ("layers", "FullyConnectedNet"),
    ("batchnorm", "FullyConnectedNet"),
    ("dropout", "FullyConnectedNet"),
    ("convnets", "ThreeLayerConvNet"),
]


@pytest.mark.parametrize(("room", "name"), CLASSES)
def test_visible_cells_pass(room, name):
    checks, student = checks_of(room), by_convention(room, name)
    [test] = [cell for cell in checks.cells if notebooks.is_test(cell) and notebooks.question(cell) == name]
    [setup] = [cell for cell in checks.cells if notebooks.has_tag(cell, "setup")]
    imports = [line for line in setup.source.splitlines() if line.startswith(("import", "from course_utils"))]
    np.random.seed(0)  # noqa: NPY002 (such a class draws from it)
    exec("\n".join([*imports, ""]) + HIDDEN.sub("", test.source), vars(checks.reference) | {name: student})


@pytest.mark.parametrize(("room", "name"), CLASSES)
def test_experiments_pass_nothing_else(room, name):
    signature, calls = inspect.signature(by_convention(room, name)), list(_calls(room, name))
    for positional, keywords in calls:
        signature.bind(*[None] * positional, **dict.fromkeys(keywords))


@pytest.mark.parametrize("question", ["check_first_loss", "overfit_small"])
def test_visible_cells_of_a_later_notebook_pass_with_ones_own_network(question):
    checks = checks_of("babysitting")
    [test] = [cell for cell in checks.cells if notebooks.question(cell) == question]
    own = {"TwoLayerNet": by_convention("layers", "TwoLayerNet")}
    exec(HIDDEN.sub("", test.source), vars(checks.reference) | own)


@pytest.mark.parametrize("room", ["layers", "batchnorm", "dropout", "convnets", "optimizers", "babysitting"])
def test_no_cell_hands_a_generator_to_a_network_that_a_learner_may_have_written(room):
    names = {name for _, name in CLASSES}
    for cell in checks_of(room).cells:
        if cell.cell_type != "code" or notebooks.is_solution(cell):
            continue
        for node in ast.walk(ast.parse(sources.without_magics(cell.source))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
                assert "rng" not in [keyword.arg for keyword in node.keywords], cell.id


def test_experiments_make_classes_of_each_notebook():
    found = {room for room, name in CLASSES if any(_calls(room, name))}
    assert found == {"layers", "batchnorm", "dropout", "convnets"}


def _calls(room, name):
    """How often by place and by which names demo cells call the class, itself or through `seeded`."""
    for cell in checks_of(room).cells:
        if not notebooks.has_tag(cell, "demo"):
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if not isinstance(node, ast.Call):
                continue
            names = [keyword.arg for keyword in node.keywords if keyword.arg]
            if ast.unparse(node.func) == name:
                yield len(node.args), names
            if ast.unparse(node.func) == "seeded" and ast.unparse(node.args[0]) == name:
                yield len(node.args) - 1, [key for key in names if key != "rng"]
