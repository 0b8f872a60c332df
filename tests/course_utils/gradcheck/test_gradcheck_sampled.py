"""Of a large gradient only a sample is looked at; a guess must be true of the rest, too."""

import numpy as np
import pytest

from benchmarks.unseen.course_layers import affine_backward, affine_forward, conv_backward, conv_forward
from course_utils.gradcheck import gradient_check

DW = {
    "doubled": lambda dw, w: 2 * dw,
    "the sign is flipped": lambda dw, w: -dw,
    "a term 0.3 times the argument itself": lambda dw, w: dw + 0.3 * w,
    "a constant is added": lambda dw, w: dw + 0.25,
    "7 times too small everywhere": lambda dw, w: dw / 7,
}


@pytest.mark.parametrize("words", DW)
@pytest.mark.parametrize("is_partly", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_a_guess_is_made_only_where_it_explains_what_was_not_looked_at(words, is_partly, seed):
    rng = np.random.default_rng(seed)
    args = rng.normal(size=(7, 30)), rng.normal(size=(30, 40)), rng.normal(size=40)

    def backward(dout, cache):
        dx, dw, db = affine_backward(dout, cache)
        wrong = DW[words](dw, cache[1])
        if is_partly:
            wrong.flat[np.random.default_rng(seed).choice(wrong.size, 4)] += 1.5
        return dx, wrong, db

    report = gradient_check(affine_forward, backward, *args, rng=rng, line_seconds=0)
    assert not report["dw"].passed
    assert (words in str(report["dw"])) != is_partly, report


@pytest.mark.parametrize("is_partly", [False, True])
def test_a_slope_is_named_where_it_is_so_everywhere(is_partly, rng):
    def backward(dout, x):
        dx = dout * (1 + np.tanh(x) ** 2)
        if is_partly:
            dx[4, ::7] = dout[4, ::7] * (1 - np.tanh(x[4, ::7]) ** 2)
        return dx

    report = gradient_check(lambda x: (np.tanh(x), x), backward, rng.normal(size=(20, 30)), line_seconds=0)
    assert ("1 + out² was used" in str(report)) != is_partly, report


@pytest.mark.parametrize("is_partly", [False, True])
def test_another_reading_must_explain_all_entries(is_partly, rng):
    args = rng.normal(size=(2, 3, 9, 9)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)

    def backward(dout, cache):
        dx, dw, db = conv_backward(dout, cache)
        wrong = conv_backward(dout[..., ::-1], cache)[0]
        if is_partly:
            wrong.flat[30::200] = dx.flat[30::200]
        return wrong, dw, db

    report = gradient_check(conv_forward, backward, *args, rng=rng, line_seconds=0)
    assert ("dout is read backwards along axis 3" in str(report["dx"])) != is_partly, report
