"""Convolutions that cannot be are refused by errors that state the rule."""

import numpy as np
import pytest

from course_utils import layers

IMAGE = np.zeros((2, 3, 5, 6))

BAD_CONVOLUTIONS = [
    (IMAGE[0], (4, 3, 3, 3), 4, 1, 0, r"x has shape \(3, 5, 6\).*\(N, C, H, W\)"),
    (IMAGE, (4, 2, 3, 3), 4, 1, 0, r"x has 3 channels and each filter 2"),
    (IMAGE, (3, 3, 3), 4, 1, 0, r"w has shape \(3, 3, 3\)"),
    (IMAGE, (4, 3, 3, 3), 5, 1, 0, r"b has shape \(5,\).*\(4,\)"),
    (IMAGE, (4, 3, 8, 3), 4, 1, 1, r"filter's height 8 does not fit into 7 pixels \(5 \+ 2·1"),
    (IMAGE, (4, 3, 3, 7), 4, 1, 0, r"filter's width 7 does not fit into 6 pixels"),
    (IMAGE, (4, 3, 3, 3), 4, 0, 0, r"conv_param\['stride'\] is 0; expected a whole number, at least 1"),
    (IMAGE, (4, 3, 3, 3), 4, 1.5, 0, r"conv_param\['stride'\] is 1.5"),
    (IMAGE, (4, 3, 3, 3), 4, 1, -1, r"conv_param\['pad'\] is -1; expected a whole number, at least 0"),
]


@pytest.mark.parametrize(("x", "w_shape", "F", "stride", "pad", "sentence"), BAD_CONVOLUTIONS)
@pytest.mark.parametrize("road", ["fast", "im2col"])
def test_an_impossible_convolution_is_refused_with_its_numbers(road, x, w_shape, F, stride, pad, sentence):
    with pytest.raises(ValueError, match=sentence):
        getattr(layers, f"conv_forward_{road}")(
            x, np.zeros(w_shape), np.zeros(F), {"stride": stride, "pad": pad}
        )


def test_a_gradient_of_another_shape_is_refused():
    _, cache = layers.conv_forward_fast(IMAGE, np.zeros((4, 3, 3, 3)), np.zeros(4), {"stride": 1, "pad": 1})
    with pytest.raises(ValueError, match=r"dout has shape \(2, 4, 5, 5\).*\(2, 4, 5, 6\)"):
        layers.conv_backward_fast(np.zeros((2, 4, 5, 5)), cache)
