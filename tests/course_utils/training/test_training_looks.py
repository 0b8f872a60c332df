"""Looks into a model: what its layers return, and its first layer's weights."""

import numpy as np
import pytest
from models_for_training import DATA, SmallNet

from course_utils.training.looks import first_weights, layer_outputs


def relu_forward(x):
    return np.maximum(x, 0), x


def affine_forward(x, w):
    return x @ w, (x, w)


def affine_relu_forward(x, w):
    return relu_forward(affine_forward(x, w)[0])


class Layered:
    def __init__(self, bend):
        self.bend = bend
        self.w = np.random.default_rng(0).normal(size=(16, 16))

    def loss(self, X):
        x = X.reshape(len(X), -1)
        for _ in range(2):
            x = self.bend(affine_forward(x, self.w)[0])
        return x


def test_layers_are_overheard():
    X = DATA["X_val"][:7]
    found = layer_outputs(Layered(lambda x: relu_forward(x)[0]), X)
    assert list(found) == ["relu 1", "relu 2"]
    inner = np.maximum(X.reshape(7, -1) @ Layered(None).w, 0)
    np.testing.assert_allclose(found["relu 1"], inner)
    assert list(layer_outputs(Layered(lambda x: x), X)) == ["affine 1", "affine 2"]
    # A layer made of layers counts once.
    assert list(layer_outputs(Layered(lambda x: affine_relu_forward(x, np.eye(16))[0]), X)) == [
        "affine relu 1",
        "affine relu 2",
    ]
    found = layer_outputs(SmallNet(), X)
    assert list(found) == ["scores"]
    assert found["scores"].shape == (7, 3)


@pytest.mark.parametrize(
    ("params", "shape", "size"),
    [
        ({"W1": np.ones((6, 3, 5, 4))}, (3, 32, 32), (5, 6 * 5 - 1, 4)),
        ({"b": np.ones(3), "W1": np.ones((10, 1, 5, 5))}, (1, 8, 8), (2 * 6 - 1, 8 * 6 - 1, 4)),
        ({"W1": np.ones((4, 64, 3, 3))}, (64, 8, 8), (3, 4 * 4 - 1, 4)),
        ({"W1": np.ones((48, 10))}, (3, 4, 4), (2 * 5 - 1, 8 * 5 - 1, 4)),
        ({"W1": np.ones((7, 5))}, (7,), (7, 5, 4)),
        ({"W1": np.zeros((7, 5))}, (7,), (7, 5, 4)),
        ({"W1": np.full((7, 5), np.nan)}, (7,), (7, 5, 4)),
    ],
)
def test_first_weights(params, shape, size):
    pixels = first_weights(params, shape)
    assert pixels.shape == size
    assert pixels.min() >= 0
    assert pixels.max() <= 1


def test_weights_are_told_by_brightness_and_their_place():
    w = np.zeros((2, 1, 2, 2))
    w[1, 0, 0, 1], w[0, 0, 1, 0] = 4.0, -2.0
    pixels = first_weights({"W": w}, (1, 8, 8))
    np.testing.assert_array_equal(pixels[..., 0], [[0.5, 0.5, 0, 0.5, 1.0], [0.25, 0.5, 0, 0.5, 0.5]])
    # Between two filters there is whatever paper the picture lies on.
    np.testing.assert_array_equal(pixels[..., 3], [[1, 1, 0, 1, 1]] * 2)
    assert first_weights({"b": np.ones(3)}, (1, 8, 8)) is None
