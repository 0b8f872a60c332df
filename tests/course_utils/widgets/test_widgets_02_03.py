"""The widgets of notebooks 02 and 03: what they show is right and follows the controls."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course_utils.gradcheck import numeric_gradient
from course_utils.widgets.augmentation import augmentation_viewer, changed
from course_utils.widgets.initialization import initialization_explorer, signals_and_gradients
from course_utils.widgets.masks import mask_sampler, outputs_under_masks
from course_utils.widgets.normalization import batchnorm_graph_explorer


def texts(explorer):
    return [text.get_text() for axes in explorer.figure().axes for text in axes.texts]


def titles(explorer):
    return [axes.get_title(loc=where) for axes in explorer.figure().axes for where in ("left", "center")]


# initialization


def signals(gain, depth, nonlinearity, normalize):
    return signals_and_gradients(gain, depth, nonlinearity, normalize, np.random.default_rng(0))


def test_he_keeps_relu_alive_and_xavier_tanh():
    for gain, nonlinearity in ((np.sqrt(2), "ReLU"), (1.0, "tanh")):
        activations, gradients = signals(gain, 10, nonlinearity, False)
        assert all(0.1 < a.std() < 2 for a in activations)
        assert all(0.05 < g.std() < 2 for g in gradients)


def test_small_weights_kill_signal_and_gradient_and_normalization_saves_both():
    activations, gradients = signals(0.1, 10, "tanh", False)
    assert activations[-1].std() < 1e-8
    assert gradients[0].std() < 1e-8
    activations, gradients = signals(0.1, 10, "tanh", True)
    assert all(0.3 < a.std() < 1 for a in activations)
    assert gradients[0].std() > 0.01


def plain_layers(x, weights, normalize):
    for w in weights:
        s = x @ w
        if normalize:
            s = (s - s.mean(axis=0)) / np.sqrt(s.var(axis=0) + 1e-5)
        x = np.tanh(s)
    return x


@pytest.mark.parametrize("normalize", [False, True])
def test_gradients_are_those_of_the_network(normalize, monkeypatch):
    monkeypatch.setattr("course_utils.widgets.initialization._EXAMPLES", 5)
    monkeypatch.setattr("course_utils.widgets.initialization._UNITS", 4)
    _, gradients = signals_and_gradients(1.3, 2, "tanh", normalize, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    x = rng.normal(size=(5, 4))
    weights = [1.3 / 2 * rng.normal(size=(4, 4)) for _ in range(2)]
    dout = rng.normal(size=(5, 4))

    def loss(s):
        """What follows the sums of the first layer."""
        if normalize:
            s = (s - s.mean(axis=0)) / np.sqrt(s.var(axis=0) + 1e-5)
        return float(np.sum(plain_layers(np.tanh(s), weights[1:], normalize) * dout))

    np.testing.assert_allclose(gradients[0], numeric_gradient(loss, x @ weights[0]), atol=1e-7)


def test_initialization_explorer_follows_its_controls():
    explorer = initialization_explorer()
    before = titles(explorer)
    assert any(title.startswith("layer 10: std 9") for title in before)
    explorer.controls["normalize"].value = True
    assert titles(explorer) != before
    explorer.controls["depth"].value = 1
    assert sum(title.startswith("layer") for title in titles(explorer)) == 1
    assert "1 layers of tanh" in explorer.picture().alt


# the graph of batch normalization


def test_gradients_of_the_graph_appear_one_by_one():
    explorer = batchnorm_graph_explorer(shown=0)
    counts = []
    for shown in range(9):
        explorer.controls["shown"].value = shown
        counts.append(len(texts(explorer)))
    assert np.diff(counts).tolist() == [1] * 8
    assert explorer.picture().alt.endswith("dx = dc + dμ / N.")


def test_arrows_of_the_graph_end_where_boxes_begin():
    figure = batchnorm_graph_explorer().figure()
    FigureCanvasAgg(figure).draw()
    arrows = [text for text in figure.axes[0].texts if getattr(text, "arrow_patch", None)]
    boxes = [
        text.get_bbox_patch().get_window_extent() for text in figure.axes[0].texts if text.get_bbox_patch()
    ]
    assert len(arrows) == 13
    for arrow in arrows:
        tip = arrow.arrow_patch.get_transform().transform(arrow.arrow_patch.get_path().vertices)[-2:]
        assert not any(box.contains(x, y) for box in boxes for x, y in tip)


def test_the_formulas_of_the_graph_are_the_gradients():
    rng = np.random.default_rng(2)
    x, gamma, dout, N, eps = rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=(5, 3)), 5, 0.1

    def out(x):
        return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)

    c = x - x.mean(axis=0)
    values = {"dout": dout, "γ": gamma, "c": c, "std": np.sqrt(c.var(axis=0) + eps), "N": N}
    values["x̂"] = c / values["std"]
    explorer = batchnorm_graph_explorer()
    formulas = dict(text.split(" = ") for text in texts(explorer) if text.startswith("d"))
    for name in ("dx̂", "dstd", "dσ²", "dc", "dμ", "dx"):
        values[name] = evaluate(formulas[name], values)
    numeric = numeric_gradient(lambda x: float(np.sum(out(x) * dout)), x.copy())
    np.testing.assert_allclose(values["dx"], numeric, atol=1e-7)


def evaluate(formula, values):
    """A formula of the picture as a value: "−Σₙ dc" sums over the batch, "·" and a space multiply."""
    names = {"dσ²": "dvar", "dx̂": "dxhat", "x̂": "xhat", "dμ": "dmu", "γ": "gamma"}
    known = {names.get(name, name): value for name, value in values.items()}
    summed = "Σₙ" in formula
    for name, plain in names.items():
        formula = formula.replace(name, plain)
    formula = formula.replace("std²", "std**2").replace("−", "-").replace("Σₙ", "").replace("·", "*")
    formula = formula.replace("2 c", "2*c").replace("2 std", "2*std").strip()
    if summed:
        sign, formula = (-1, formula[1:]) if formula.startswith("-") else (1, formula)
        return sign * np.sum(eval(formula.strip(), {}, known), axis=0)
    return eval(formula, {}, known)


# masks


def test_mask_sampler_keeps_the_mean_with_inverted_dropout_and_not_with_vanilla():
    explorer = mask_sampler(p=0.5)
    alt = explorer.picture().alt
    mean, full = (
        float(alt.split(f"{word} ")[1].split(",")[0].rstrip(".")) for word in ("mean", "without masks")
    )
    assert mean == pytest.approx(full, rel=0.1)
    explorer.controls["scaling"].value = False
    vanilla = float(explorer.picture().alt.split("mean ")[1].split(",")[0])
    assert vanilla == pytest.approx(0.25 * full, rel=0.15)  # two hidden layers, each halved


def test_mask_sampler_keeps_everything_with_p_one_and_draws_anew_on_demand():
    explorer = mask_sampler(p=1.0)
    assert "This mask keeps 14 of 14 hidden units" in titles(explorer)
    explorer.controls["p"].value = 0.5
    shown = set()
    for mask in range(6):
        explorer.controls["mask"].value = mask
        shown.add(explorer.picture().alt.split(".")[1])
    assert len(shown) > 1


def test_smaller_p_spreads_the_output():
    network = np.ones(5), [np.ones((5, 7)), np.ones((7, 7)), np.ones((7, 1))]

    def spread(p):
        return outputs_under_masks(network, p, True, np.random.default_rng(0)).std()

    assert spread(0.3) > spread(0.6) > spread(0.9)


# augmentation


def darker(pictures, rng, strength):
    return pictures * (1 - strength)


def shifted(pictures, rng, strength):
    return np.roll(pictures, rng.integers(5), axis=-1)


PICTURES = np.random.default_rng(3).uniform(size=(3, 3, 6, 5))
CHANGES = {"darker": (darker, 0.4), "shifted": (shifted, 0.5)}


def test_augmentation_viewer_shows_originals_and_three_draws():
    explorer = augmentation_viewer(PICTURES, CHANGES)
    explorer.controls["change"].value = "darker"
    explorer.controls["strength"].value = 0.25
    shown = [axes.images[0].get_array() for axes in explorer.figure().axes]
    assert len(shown) == 12
    np.testing.assert_allclose(shown[0], PICTURES[0].transpose(1, 2, 0))
    for row in (1, 2, 3):
        np.testing.assert_allclose(shown[3 * row], 0.75 * PICTURES[0].transpose(1, 2, 0))


def test_all_changes_come_one_after_the_other_at_their_usual_strength():
    name = augmentation_viewer(PICTURES, CHANGES).controls["change"].options[-1]
    result = changed(PICTURES, CHANGES, name, 0.5, np.random.default_rng(0))
    expected = np.roll(0.6 * PICTURES, np.random.default_rng(0).integers(5), axis=-1)
    np.testing.assert_allclose(result, expected)


def test_augmentation_viewer_says_at_once_what_is_not_written():
    def unwritten(pictures, rng, strength):
        raise NotImplementedError("random_flip is not written yet (section 7)")

    with pytest.raises(NotImplementedError, match="random_flip is not written yet"):
        augmentation_viewer(PICTURES, {"flip": (unwritten, 0.5)})
    with pytest.raises(ValueError, match="at least one change"):
        augmentation_viewer(PICTURES, {})
