"""What the receptive field's widget computes, against a network that computes."""

import numpy as np
import pytest

from course_utils.layers import conv_backward_fast, conv_forward_fast
from course_utils.widgets.receptive_field import (
    influence,
    middle,
    receptive_field_explorer,
    seen_by_layer,
    strides,
)


@pytest.mark.parametrize(
    ("depth", "size", "halve"), [(1, 3, False), (3, 3, False), (4, 5, True), (5, 3, True)]
)
def test_paths_are_what_a_gradient_of_ones_counts(depth, size, halve):
    share, length, shapes = influence(size, strides(depth, halve)), 199, []
    x = np.zeros((1, 1, 1, length))
    caches = []
    for stride in strides(depth, halve):
        weights, conv_param = np.ones((1, 1, 1, size)), {"stride": stride, "pad": 0}
        x, cache = conv_forward_fast(np.repeat(x, stride, axis=2), weights, np.zeros(1), conv_param)
        shapes.append(x.shape)
        caches.append(cache)
    dout = np.zeros(x.shape)
    dout[0, 0, 0, 10] = 1
    for cache in reversed(caches):
        dout, _, _ = conv_backward_fast(dout, cache)
        dout = dout.sum(axis=2, keepdims=True)
    paths = dout.ravel()[np.flatnonzero(dout.ravel())]
    np.testing.assert_allclose(share, paths / paths.sum())
    assert len(seen_by_layer(size, strides(depth, halve))[0]) == len(share)


def test_each_number_stands_in_the_middle_of_what_it_sees():
    rows = seen_by_layer(3, [1, 2, 1])
    assert [len(places) for places in rows] == [9, 7, 3, 1]
    for below, above, stride in zip(rows, rows[1:], [1, 2, 1], strict=False):
        for k, place in enumerate(above):
            assert below[k * stride : k * stride + 3].mean() == place


def test_the_middle_holds_nine_tenths_and_one_pixel_less_on_each_side_does_not():
    share = influence(3, [1] * 8)
    width = middle(share)
    assert share[8 - width // 2 : 9 + width // 2].sum() >= 0.9
    assert share[9 - width // 2 : 8 + width // 2].sum() < 0.9
    assert middle(np.ones(1)) == 1


def test_it_says_in_words_what_it_draws():
    assert receptive_field_explorer(3).picture().alt == (
        "3 convolutions of 3 by 3: one number sees 7 by 7 pixels, and nine tenths of its influence along an axis come "
        "from the middle 5."
    )
    halved = receptive_field_explorer(4, halve=True)
    assert "every second one with stride 2" in halved.picture().alt


def test_a_single_pixel_lies_on_axes_of_whole_pixels():
    alone = receptive_field_explorer(1, 1)
    assert alone.picture().alt.startswith("1 convolution of 1 by 1: one number sees 1 by 1 pixels")
    ticks = [
        tick
        for axes in alone.figure().axes
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
        for tick in axis.get_majorticklocs()
        if low <= tick <= high
    ]
    assert set(ticks) == {-1, 0, 1}
