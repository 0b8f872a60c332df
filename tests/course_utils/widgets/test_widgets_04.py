"""The widget of notebook 04: what it shows is right and follows its controls."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_utils.widgets.convolution import FILTERS, filter_explorer, slide


def titles(explorer):
    return [axes.get_title(loc="left") or axes.get_title() for axes in explorer.figure().axes]


@given(
    image=st.tuples(st.integers(3, 8), st.integers(3, 8)),
    name=st.sampled_from(sorted(FILTERS)),
    stride=st.integers(1, 4),
    pad=st.integers(0, 3),
)
def test_the_map_is_what_the_filter_gives_at_every_place(image, name, stride, pad):
    pixels = np.random.default_rng(0).normal(size=image)
    out, w = slide(pixels, FILTERS[name], stride, pad), FILTERS[name]
    padded = np.pad(pixels, pad)
    assert out.shape == tuple((n + 2 * pad - 3) // stride + 1 for n in image)
    for i, j in np.ndindex(out.shape):
        window = padded[i * stride : i * stride + 3, j * stride : j * stride + 3]
        assert out[i, j] == pytest.approx(np.sum(window * w))


def test_the_sliders_change_the_size_of_the_map():
    explorer = filter_explorer()
    assert titles(explorer)[0] == "Image: 10×10, 1 of padding around"
    assert titles(explorer)[2].startswith("Map: 10×10")
    explorer.controls["stride"].value = 2
    explorer.controls["pad"].value = 0
    assert titles(explorer)[0] == "Image: 10×10"
    assert titles(explorer)[2].startswith("Map: 4×4")


def test_the_window_slider_ends_at_the_last_window():
    explorer = filter_explorer(place=99)
    assert explorer.controls["place"].max == 99
    explorer.controls["stride"].value = 3
    assert explorer.controls["place"].max == 15
    assert explorer.controls["place"].value == 15
    assert explorer.picture().alt.endswith("at row 3, column 3 it gives -0.20.")


def test_the_sum_beside_the_window_is_the_value_in_the_map():
    image = np.arange(30.0).reshape(5, 6)
    explorer = filter_explorer(image, {"corner": [[1.0, 0.0], [0.0, -2.0]]}, pad=0, place=7)
    assert titles(explorer)[1] == f"Pixel × weight, added up: {image[1, 2] - 2 * image[2, 3]:.2f}"
    texts = {text.get_text() for text in explorer.figure().axes[1].texts}
    assert texts == {"8\n× 1", "9\n× 0", "14\n× 0", "15\n× (-2)"}


@pytest.mark.parametrize(
    ("image", "filters", "sentence"),
    [
        (np.zeros((3, 4, 5)), None, r"the image has shape \(3, 4, 5\)"),
        (np.zeros((2, 9)), None, r"of shape \(3, 3\) is larger than the image, \(2, 9\)"),
        (np.zeros((5, 5)), {}, "needs at least one filter"),
        (np.zeros((5, 5)), {"line": np.ones(3)}, r"line has shape \(3,\)"),
    ],
)
def test_what_cannot_be_shown_is_refused(image, filters, sentence):
    with pytest.raises(ValueError, match=sentence):
        filter_explorer(image, filters)
