"""What people hand to the checkers of losses and models: tolerances, float32, nested parameters, changes on purpose."""

import numpy as np
import pytest

from benchmarks.unseen.course_layers import softmax_loss
from course_utils.gradcheck import loss_gradient_check, model_gradient_check


def scores(rng):
    return rng.normal(size=(5, 4)), rng.integers(0, 4, size=5)


def test_an_absolute_tolerance_of_a_loss_is_honoured(rng):
    x, y = scores(rng)

    def off(x, y):
        loss, dx = softmax_loss(x, y)
        return loss, dx + 1e-4

    assert loss_gradient_check(off, x, y, atol=1e-3).passed
    assert not loss_gradient_check(off, x, y, atol=1e-5, line_seconds=0).passed


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("factor", [1.0, 1.05])
def test_a_loss_in_single_precision_is_checked_as_one(seed, factor):
    rng = np.random.default_rng(seed)

    def squared(x, t, weight):
        assert (x.dtype, t.dtype, weight) == (np.float32, np.float32, 2.0)
        return np.float32(weight) * np.mean((x - t) ** 2), np.float32(2 * weight * factor) * (x - t) / x.size

    report = loss_gradient_check(
        squared, rng.normal(size=(5, 4)), rng.normal(size=(5, 4)), 2.0, dtype=np.float32, line_seconds=0
    )
    assert report.passed == (factor == 1.0), report
    with pytest.raises(ValueError, match="float16"):
        loss_gradient_check(squared, rng.normal(size=(5, 4)), dtype=np.float16)


@pytest.mark.parametrize("named", ["x", "t"])
def test_what_a_loss_changes_in_place_is_said_and_accepted_by_name(named, rng):
    def squared(x, t):
        difference = x - t
        (x if named == "x" else t)[0] = 0
        return np.sum(difference**2), 2 * difference

    args = rng.normal(size=(5, 4)), rng.normal(size=(5, 4))
    report = loss_gradient_check(squared, *args)
    assert f"{named}, an argument of the loss, changed in place" in str(report)
    assert report["dx"].passed
    assert loss_gradient_check(squared, *args, may_change=[named]).passed


class Nested:
    """Two affine layers whose parameters lie in a list of dicts, beside a number that is no parameter."""

    def __init__(self, rng, spoil=lambda grads: None):
        n = rng.normal
        self.params = {
            "layers": [
                {"W": n(size=(3, 4)), "b": n(size=4), "units": 4},
                {"W": n(size=(4, 2)), "b": n(size=2)},
            ],
            "scale": n(size=2),
        }
        self.spoil = spoil

    def loss(self, X, y):
        (first, second), scale = self.params["layers"], self.params["scale"]
        h = np.tanh(X @ first["W"] + first["b"])
        z = h @ second["W"] + second["b"]
        apart = z * scale - y
        dz = 2 * apart * scale
        dh = dz @ second["W"].T * (1 - h**2)
        grads = {
            "layers": [{"W": X.T @ dh, "b": dh.sum(axis=0)}, {"W": h.T @ dz, "b": dz.sum(axis=0)}],
            "scale": (2 * apart * z).sum(axis=0),
        }
        self.spoil(grads)
        return np.sum(apart**2), grads


NAMES = ["layers[0]['W']", "layers[0]['b']", "layers[1]['W']", "layers[1]['b']", "scale"]


def test_nested_parameters_of_a_model_are_checked_one_by_one(rng):
    model, X, y = Nested(rng), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    before = model.params["layers"]
    report = model_gradient_check(model, X, y)
    assert report.passed, report
    assert [result.name for result in report.results] == NAMES
    assert model.params["layers"] is before


@pytest.mark.parametrize(
    ("spoil", "name", "words"),
    [
        (lambda g: g["layers"][1].update(W=2 * g["layers"][1]["W"]), "layers[1]['W']", "doubled"),
        (lambda g: g["layers"][0].pop("b"), "layers[0]['b']", "left out"),
        (lambda g: g.update(scale=g["scale"][:1]), "scale", "shape"),
    ],
)
def test_a_wrong_gradient_of_a_nested_parameter_is_named(spoil, name, words, rng):
    model = Nested(rng, spoil)
    report = model_gradient_check(model, rng.normal(size=(5, 3)), rng.normal(size=(5, 2)))
    assert [result.name for result in report.results if not result.passed] == [name]
    assert words in str(report[name])


def test_an_absolute_tolerance_of_a_model_is_honoured(rng):
    def off(grads):
        grads["scale"] += 1e-4

    X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    assert model_gradient_check(Nested(rng, off), X, y, atol=1e-3).passed
    assert not model_gradient_check(Nested(rng, off), X, y, atol=1e-6).passed
