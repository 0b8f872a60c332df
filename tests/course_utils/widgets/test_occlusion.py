"""The square over a picture: probabilities and the map are those that covering gives."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from course_utils.widgets.occlusion import cover, occlusion_explorer

NAMES = ("left", "right")


def scores(X):
    """Scores that are easy to follow: what lies in the left half, and in the right half."""
    half = X.shape[3] // 2
    return np.stack([X[..., :half].sum(axis=(1, 2, 3)), X[..., half:].sum(axis=(1, 2, 3))], axis=1)


def explorer(**settings):
    images = np.zeros((2, 3, 8, 10))
    images[0, :, 2:4, 1:4] = 0.5  # speaks for left
    images[1, :, 5:7, 6:9] = 0.5
    return occlusion_explorer(scores, images, images + 0.2, np.array([0, 1]), NAMES, **{"size": 4} | settings)


def probability(image, label, size, row, column):
    p = np.exp(scores(cover(image, size, row, column)[None])[0])
    return p[label] / p.sum()


def test_it_starts_where_the_square_does_most_harm():
    widget = explorer()
    row, column = widget.values["row"], widget.values["column"]
    assert row <= 2 < 4 <= row + 4
    assert column <= 1 < 4 <= column + 4
    assert "left, which is right, has probability 0.50" in widget.picture().alt


def test_the_bars_are_the_probabilities_of_the_covered_picture():
    widget = explorer()
    widget.controls["row"].value, widget.controls["column"].value = 4, 6
    bars = [patch.get_width() for patch in widget.figure().axes[1].patches]
    assert bars[0] == pytest.approx(1 / (1 + np.exp(-9)))
    assert sum(bars) == pytest.approx(1)
    assert "the likeliest is left with 1.00" in widget.picture().alt


def test_the_map_is_the_right_class_at_every_second_place():
    widget = explorer(picture=1, size=3)
    [drawn] = widget.figure().axes[2].images
    harm = drawn.get_array()
    assert harm.shape == (3, 4)
    image = np.zeros((3, 8, 10))
    image[:, 5:7, 6:9] = 0.5
    for i, j in np.ndindex(harm.shape):
        assert harm[i, j] == pytest.approx(probability(image, 1, 3, 2 * i, 2 * j))


def test_a_place_too_far_out_is_moved_back_into_the_picture():
    widget = explorer()
    widget.controls["row"].value, widget.controls["column"].value = 7, 9
    assert "from row 4, column 6:" in widget.picture().alt
    [square] = [patch for patch in widget.figure().axes[0].patches if isinstance(patch, Rectangle)]
    assert square.get_xy() == (5.5, 3.5)


def test_rows_and_columns_end_where_the_square_meets_the_edge():
    widget = explorer()
    size, row, column = (widget.controls[name] for name in ("size", "row", "column"))
    size.value = 1
    row.value, column.value = row.max, column.max
    assert "with a square of 1×1 pixels covered from row 7, column 9:" in widget.picture().alt
    axes = widget.figure().axes[2]
    [mark] = axes.lines
    assert axes.viewLim.contains(*mark.get_xydata()[0])
    size.value = 4
    assert (row.value, column.value) == (row.max, column.max) == (4, 6)


def test_covering_leaves_the_picture_alone():
    image = np.ones((3, 4, 5))
    covered = cover(image, 2, 1, 3)
    assert image.min() == 1
    assert covered.sum() == 60 - 3 * 4


@pytest.mark.parametrize(
    ("images", "shown", "labels"),
    [((2, 8, 8), (2, 8, 8), (2,)), ((2, 3, 8, 8), (2, 3, 8, 9), (2,)), ((2, 3, 8, 8), (2, 3, 8, 8), (3,))],
)
def test_what_does_not_belong_together_is_refused(images, shown, labels):
    with pytest.raises(ValueError, match="should have one shape"):
        occlusion_explorer(scores, np.zeros(images), np.zeros(shown), np.zeros(labels, int), NAMES)
