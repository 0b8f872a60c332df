"""The figures: what they show, what they refuse, and that drawing one changes no setting of matplotlib."""

import matplotlib

matplotlib.use("Agg")

import json
import os
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from places import ROOT

from course_utils import plotting
from course_utils.plotting.page import is_dark
from course_utils.plotting.style import GRADIENT, VALUE, ink, paper, tint


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def shown(figure):
    """The arrays of all pictures of a figure."""
    return [np.asarray(image.get_array()) for axes in figure.axes for image in axes.get_images()]


def test_uint8_pictures_are_shown_as_they_are(rng):
    images = rng.integers(0, 256, size=(5, 3, 4, 6), dtype=np.uint8)
    pictures = shown(plotting.image_grid(images, titles="abcde"))
    assert len(pictures) == 5
    np.testing.assert_allclose(pictures[2], images[2].transpose(1, 2, 0) / 255)


def test_weights_are_scaled_together_or_each_for_itself(rng):
    weights = rng.normal(size=(2, 3, 4, 4)) * np.array([1.0, 0.1])[:, None, None, None]
    together = shown(plotting.image_grid(weights, scale="shared"))
    assert np.ptp(together[0]) == pytest.approx(1)
    assert np.ptp(together[1]) < 0.3
    for picture in shown(plotting.image_grid(weights, scale="each")):
        assert picture.min() == pytest.approx(0)
        assert picture.max() == pytest.approx(1)


@pytest.mark.parametrize("shape", [(4, 5, 6), (4, 1, 5, 6)])
def test_grey_pictures_come_with_or_without_a_channel(shape, rng):
    assert shown(plotting.image_grid(rng.random(shape)))[0].shape == (5, 6)


@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 5, 5), (0, 3, 4, 4)])
def test_what_is_no_picture_is_refused_with_a_way_out(shape):
    with pytest.raises(ValueError, match=r"images\[None\]"):
        plotting.image_grid(np.zeros(shape))


def test_titles_must_be_as_many_as_images():
    with pytest.raises(ValueError, match="2 titles for 3 images"):
        plotting.image_grid(np.zeros((3, 4, 4)), titles=["a", "b"])


def test_training_curves_show_loss_by_step_and_accuracy_in_percent_by_epoch():
    history = {"loss": [2.0, 1.0, 0.5], "train_accuracy": [0.5, 0.75], "val_accuracy": [0.4, 0.6]}
    loss, accuracy = plotting.training_curves(history, smooth=1).axes
    np.testing.assert_allclose(loss.lines[-1].get_ydata(), [2, 1, 0.5])
    np.testing.assert_allclose(accuracy.lines[0].get_ydata(), [50, 75])
    assert accuracy.get_xlabel() == "epoch"
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == ["training", "validation"]


def test_the_moving_average_keeps_a_constant_loss_constant():
    loss = plotting.training_curves({"loss": [3.0] * 50}, smooth=10).axes[0]
    np.testing.assert_allclose(loss.lines[-1].get_ydata(), 3.0)


def test_several_runs_are_told_apart_by_colour_and_name():
    runs = {"slow": {"loss": [3.0, 2.0]}, "fast": {"loss": [3.0, 1.0]}}
    axes = plotting.training_curves(runs, smooth=1).axes[0]
    assert len({line.get_color() for line in axes.lines}) == 2
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["slow", "fast"]


def test_a_history_with_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="loss"):
        plotting.training_curves({"speed": [1.0]})


def test_histograms_share_one_scale_and_add_up_to_one(rng):
    layers = [rng.normal(size=(10, 20)), 0.1 * rng.normal(size=(5, 5))]
    first, second = plotting.activation_histograms(layers, ["tanh 1", "tanh 2"]).axes
    assert first.get_xlim() == second.get_xlim()
    assert sum(bar.get_height() for bar in first.patches) == pytest.approx(1)
    assert "tanh 2" in second.get_title(loc="left")


def test_histograms_tell_the_share_that_is_not_finite():
    axes = plotting.activation_histograms([np.array([1.0, 2.0, np.nan, np.inf])]).axes[0]
    assert "50% not finite" in axes.get_title(loc="left")


def test_histograms_take_a_layer_that_is_all_zero():
    assert plotting.activation_histograms([np.zeros(5)]).axes


def test_the_error_map_is_centred_on_zero_and_marks_what_is_wrong(rng):
    numeric = rng.normal(size=(4, 5))
    analytic = numeric.copy()
    analytic[1, 2] += 1
    figure = plotting.gradient_error_map(analytic, numeric, "dw")
    image = figure.axes[2].get_images()[0]
    assert image.norm(0.0) == pytest.approx(0.5)
    (ring,) = figure.axes[2].collections
    np.testing.assert_array_equal(ring.get_offsets(), [[2, 1]])
    assert figure.axes[0].get_title(loc="left") == "dw"


@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 3, 4), (2, 3, 4, 5), (2, 1, 2, 1, 2), (1, 50)])
def test_the_error_map_takes_any_number_of_axes_and_entries_not_checked(shape, rng):
    analytic = rng.normal(size=shape)
    numeric = np.where(rng.random(shape) < 0.5, np.nan, analytic)
    plotting.gradient_error_map(analytic, numeric, "dx").canvas.draw()


def test_the_error_map_refuses_two_shapes():
    with pytest.raises(ValueError, match="one shape"):
        plotting.gradient_error_map(np.zeros(3), np.zeros(4))


def test_drawing_changes_no_setting_of_the_session():
    before = dict(plt.rcParams)
    plotting.image_grid(np.zeros((2, 3, 3)))
    plotting.training_curves({"loss": [1.0, 2.0]})
    assert dict(plt.rcParams) == before


def test_the_course_style_can_be_switched_on_for_a_session():
    with plt.rc_context():
        plotting.use_course_style()
        assert plt.rcParams["image.cmap"] == "cividis"
        assert plt.rcParams["axes.prop_cycle"].by_key()["color"][0].endswith("0072B2")


def contrast(one, other):
    """Contrast ratio of two colours, 1 to 21, as WCAG defines it."""
    light = []
    for colour in (one, other):
        channels = np.array(to_rgb(colour))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        light.append(linear @ [0.2126, 0.7152, 0.0722] + 0.05)
    return max(light) / min(light)


@pytest.mark.parametrize("dark", [False, True])
def test_lines_and_words_stand_out_on_light_and_dark_paper(dark):
    with plt.rc_context(plotting.course_style(dark=dark)):
        lines = plt.rcParams["axes.prop_cycle"].by_key()["color"]
        assert min(contrast(f"#{line.removeprefix('#')}", paper()) for line in lines) >= 3
        words = [ink(), VALUE, GRADIENT, tint(0.7)]
        words += [plt.rcParams[f"{part}.labelcolor"] for part in ("axes", "xtick", "ytick")]
        words = [ink() if each == "inherit" else each for each in words]
        assert min(contrast(each, paper()) for each in words) >= 4.5
        assert contrast(tint(0.55), paper()) >= 3
        # What notebooks take for lines of their own that are no result, and for words about them.
        assert min(contrast(grey, paper()) for grey in ("0.5", "0.45")) >= 3


def choose(folder, text):
    path = folder / "@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, ns=(0, hash(text) % 10**12))


@pytest.mark.parametrize(
    ("settings", "dark"),
    [
        ('{\n    // Selected Theme\n    "theme": "JupyterLab Dark"\n}', True),
        (json.dumps({"theme": "JupyterLab Dark High Contrast"}), True),
        (json.dumps({"theme": "JupyterLab Light", "preferred-dark-theme": "JupyterLab Dark"}), False),
        (json.dumps({"theme": "JupyterLab Dark", "adaptive-theme": True}), False),
        (json.dumps({"theme": None}), False),
        ("[]", False),
        ('{"theme": "JupyterLab Dark', False),
        ("\ud83c".encode("utf-8", "surrogatepass").decode("latin-1"), False),
    ],
)
def test_the_theme_is_read_from_the_settings_of_jupyterlab(tmp_path, monkeypatch, settings, dark):
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path))
    assert not is_dark()
    choose(tmp_path, settings)
    assert is_dark() is dark


def test_a_figure_follows_the_theme_from_one_to_the_next(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTERLAB_SETTINGS_DIR", str(tmp_path))
    light = plotting.training_curves({"loss": [1.0, 2.0]}).get_facecolor()
    choose(tmp_path, json.dumps({"theme": "JupyterLab Dark"}))
    dark = plotting.training_curves({"loss": [1.0, 2.0]}).get_facecolor()
    choose(tmp_path, json.dumps({"theme": "JupyterLab Light"}))
    assert plotting.training_curves({"loss": [1.0, 2.0]}).get_facecolor() == light
    assert light[:3] == (1, 1, 1)
    assert max(dark[:3]) < 0.1


def test_colours_stand_in_the_style_and_nowhere_else():
    sources = [path for path in (ROOT / "course_utils").rglob("*") if path.suffix in (".py", ".js")]
    sources += (ROOT / "solutions").glob("*/*.ipynb")
    assert len(sources) > 100
    named = {
        path.name
        for path in sources
        if re.search(r"[\"']#[0-9a-fA-F]{3,6}[\"']", path.read_text(encoding="utf-8"))
    }
    assert not named, f"{named} name colours of their own; take the style's, C0 to C6"
