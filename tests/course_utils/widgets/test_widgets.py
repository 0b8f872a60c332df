"""The widgets of notebook 01: what they show is right, follows the controls, and stays when the kernel has gone."""

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient

from course_utils import widgets
from course_utils.widgets import activation_explorer, graph_explorer, neuron_explorer
from course_utils.widgets.activations import saturated_share
from course_utils.widgets.edges import neuron_graph, product_graph
from course_utils.widgets.graph import show

NUMBERS = st.floats(-3, 3)


def texts(explorer):
    return [text.get_text() for axes in explorer.figure().axes for text in axes.texts]


def titles(explorer):
    return [axes.get_title(loc="left") for axes in explorer.figure().axes]


def gradients_by_input(edges, names):
    return [next(edge.gradient for edge in edges if edge.start == name) for name in names]


def slopes(f, point, h=1e-5):
    nudges = h * np.eye(len(point))
    return [(f(*(point + d)) - f(*(point - d))) / (2 * h) for d in nudges]


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_product_graph_carries_the_gradients_of_its_formula(point):
    edges = product_graph(*point)
    expected = slopes(lambda x, y, z: (x + y) * z, np.array(point))
    np.testing.assert_allclose(gradients_by_input(edges, "xyz"), expected, atol=1e-8)
    assert edges[0].value == (point[0] + point[1]) * point[2]


@given(st.tuples(*[NUMBERS] * 5))
def test_neuron_graph_carries_the_gradients_of_its_formula(point):
    def neuron(w0, x0, w1, x1, w2):
        return 1 / (1 + np.exp(-(w0 * x0 + w1 * x1 + w2)))

    edges = neuron_graph(*point)
    expected = slopes(neuron, np.array(point))
    np.testing.assert_allclose(gradients_by_input(edges, ["w0", "x0", "w1", "x1", "w2"]), expected, atol=1e-8)
    assert edges[0].value == pytest.approx(neuron(*point))


def test_neuron_graph_survives_the_ends_of_its_sliders():
    for w in (-10.0, 10.0):
        assert all(np.isfinite([edge.value, edge.gradient]).all() for edge in neuron_graph(w, 10, w, 10, w))


def test_graph_explorer_starts_with_the_lecture_numbers_and_follows_a_slider():
    explorer = graph_explorer()
    assert {"-12", "-4", "3"} <= set(texts(explorer))
    explorer.controls["z"].value = 7.0
    assert "21" in texts(explorer)
    assert "-12" not in texts(explorer)


def test_gradients_appear_one_by_one_from_the_output():
    explorer = graph_explorer()
    counts = []
    for shown in range(6):
        explorer.controls["shown"].value = shown
        counts.append(len(texts(explorer)))
    assert np.diff(counts).tolist() == [1] * 5
    explorer.controls["shown"].value = 2
    assert explorer.picture().alt.endswith("Gradients: 1 from f to *, -4 from * to +.")


def test_neuron_explorer_shows_the_slope_of_the_sigmoid():
    explorer = neuron_explorer()
    assert {"0.73", "0.39", "-0.59"} <= set(texts(explorer))
    assert any("(1 − f) f = 0.20" in text for text in texts(explorer))


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (-0.0, "0"), (-12.0, "-12"), (0.196, "0.20"), (2.5, "2.50"), (4.2e-5, "4e-05")],
)
def test_numbers_are_short_enough_for_an_edge(number, shown):
    assert show(number) == shown


def scale_forward(x, alpha=0.1):
    return 10 * alpha * x, alpha


def scale_backward(dout, alpha):
    return 10 * alpha * dout


def square_forward(x):
    return x**2, x


def square_backward(dout, x):
    return 2 * x * dout


def test_activation_explorer_draws_the_functions_it_is_given():
    explorer = activation_explorer(
        {"square": (square_forward, square_backward), "scale": (scale_forward, scale_backward)}
    )
    explorer.controls["x"].value = 3.0
    assert titles(explorer) == ["square: out = 9 at x = 3.0", "Derivative: 6 of the gradient gets back"]
    explorer.controls["name"].value = "scale"
    explorer.controls["alpha"].value = 0.5
    assert titles(explorer) == ["scale: out = 15 at x = 3.0", "Derivative: 5 of the gradient gets back"]


def test_saturated_share_of_a_relu_is_one_half_whatever_the_spread():
    def forward(x):
        return np.maximum(x, 0), x

    for spread in (0.1, 1.0, 10.0):
        assert saturated_share(forward, lambda dout, x: dout * (x > 0), 0.0, spread) == pytest.approx(
            0.5, abs=1e-3
        )


def test_activation_explorer_passes_on_what_an_unwritten_function_raises():
    def unwritten(x):
        raise NotImplementedError("tanh_forward is not written yet (section 7)")

    with pytest.raises(NotImplementedError, match=r"tanh_forward is not written yet \(section 7\)"):
        activation_explorer(
            {"square": (square_forward, square_backward), "tanh": (unwritten, square_backward)}
        )


def test_activation_explorer_needs_something_to_choose_from():
    with pytest.raises(ValueError, match="at least one"):
        activation_explorer({})


def run_cells(*sources):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    NotebookClient(notebook, timeout=120, store_widget_state=False).execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.slow
def test_in_a_notebook_the_picture_is_an_output_of_its_own_and_follows_the_controls():
    start = "from course_utils.widgets import graph_explorer\nexplorer = graph_explorer()\nexplorer"
    before = run_cells(start)[0]
    after = run_cells(start, "explorer.controls['x'].value = 6.0")[0]
    kinds = [set(output.get("data", {})) for output in before]
    assert ["image/png" in kind for kind in kinds] == [False, False, True, False]
    assert "application/vnd.jupyter.widget-view+json" in kinds[1]
    assert before[2].data["image/png"] != after[2].data["image/png"]


def test_the_package_hands_on_every_widget():
    assert all(callable(getattr(widgets, name)) for name in widgets.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = widgets.nothing
