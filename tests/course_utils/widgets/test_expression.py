"""The picture of an expression of Tensors, and its numbers."""

import pytest
from places import ROOT

from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from course_utils.widgets.expression import expression_explorer, graph_of


@pytest.fixture(scope="module")
def tensor():
    return load_reference("07_autograd", Course(ROOT)).Tensor


def explorer(tensor, shown=None):
    x, y, z = (tensor(value, requires_grad=True) for value in (-2.0, 5.0, -4.0))
    widget = expression_explorer(lambda x, y, z: (x + y) * z, x=x, y=y, z=z)
    if shown is not None:
        widget.controls["steps"].value = shown
    return widget


def test_it_shows_everything_at_first(tensor):
    assert explorer(tensor).picture().alt == (
        "Graph of 5 tensors. Values: x = -2, y = 5, + = 3, z = -4, × = -12. "
        "Gradients: 1 at ×, 3 at z, -4 at +, -4 at y, -4 at x."
    )


def test_values_come_first_then_gradients_from_the_output(tensor):
    assert explorer(tensor, 0).picture().alt == "Graph of 5 tensors. Values: none. Gradients: none."
    assert explorer(tensor, 2).picture().alt.endswith("Values: x = -2, y = 5. Gradients: none.")
    assert explorer(tensor, 7).picture().alt.endswith("Gradients: 1 at ×, 3 at z.")


def test_shown_again_it_shows_the_same_gradients(tensor):
    x = tensor(3.0, requires_grad=True)
    alts = [expression_explorer(lambda x: x * x, x=x).picture().alt for _ in range(2)]
    assert alts[0] == alts[1]
    assert "6 at x" in alts[0]


def test_parents_stand_left_of_their_children_and_nodes_apart(tensor):
    x, w = tensor(1.0, requires_grad=True), tensor(2.0, requires_grad=True)
    nodes = graph_of(((w * x).tanh() + x * 3.0).exp() * x, {id(x): "x", id(w): "w"})
    assert [node.label for node in nodes if not node.parents] == ["w", "x", "3"]
    for node in nodes:
        assert all(nodes[k].column < node.column for k in node.parents)
    places = [(node.column, node.height) for node in nodes]
    for k, (column, height) in enumerate(places):
        assert all(c != column or abs(h - height) > 0.9 for c, h in places[:k])


def test_arrays_are_told_by_their_shapes(tensor):
    x = tensor([[1.0, 2.0]], requires_grad=True)
    assert "x = (1, 2)" in expression_explorer(lambda x: x.exp(), x=x).picture().alt


def test_a_graph_too_large_for_a_picture_is_a_sentence(tensor):
    x = tensor(1.0, requires_grad=True)
    with pytest.raises(ValueError, match="more than 24 tensors, too many for a picture"):
        expression_explorer(lambda x: sum((x * float(k) for k in range(20)), start=x), x=x)
