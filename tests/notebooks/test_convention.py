"""What docs/convention.md tells those who know the convention to write does what they knew."""

import re

import numpy as np
import pytest
from places import ROOT

from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from course_utils.data import load_dataset
from course_utils.gradcheck import numeric_gradient_array, relative_error
from course_utils.training import Solver

COURSE = Course(ROOT)
BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs/convention.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.fixture
def names(tmp_path, monkeypatch):
    """All that the page defines, on top of the solutions, for a network of its own to save."""
    solutions = {
        name: value
        for notebook in ("01_layers", "04_convnets")
        for name, value in vars(load_reference(notebook, COURSE)).items()
    }
    monkeypatch.chdir(tmp_path)
    net = solutions["TwoLayerNet"](input_dim=6, hidden_dim=5, num_classes=3)
    namespace = solutions | {"net": net, "first": net}
    for block in BLOCKS:
        exec(block, namespace)
    return namespace


def test_affine_and_relu(names):
    rng = np.random.default_rng(0)
    x, w, b, dout = (rng.normal(size=size) for size in ((4, 2, 3), (6, 5), (5,), (4, 5)))
    out, cache = names["affine_relu_forward"](x, w, b)
    np.testing.assert_allclose(out, np.maximum(x.reshape(4, 6) @ w + b, 0))
    for k, found in enumerate(names["affine_relu_backward"](dout, cache)):
        arguments = [x, w, b]
        slopes = numeric_gradient_array(
            lambda _, given=arguments: names["affine_relu_forward"](*given)[0], arguments[k], dout
        )
        assert relative_error(found, slopes) < 1e-6


def test_convolution_batch_normalization_and_relu(names):
    rng = np.random.default_rng(0)
    sizes = ((3, 2, 4, 4), (4, 2, 3, 3), (4,), (4,), (4,))
    arguments = [rng.normal(size=size) for size in sizes]

    def forward(_=None):
        params = {"stride": 1, "pad": 1}, {"mode": "train"}
        return names["conv_bn_relu_forward"](*arguments, *params)

    out, cache = forward()
    dout = rng.normal(size=out.shape)
    found = names["conv_bn_relu_backward"](dout, cache)
    for k in (0, 1, 3, 4):  # what is added to all of a channel is taken out again: b has no slope
        slopes = numeric_gradient_array(lambda _: forward()[0], arguments[k], dout)
        np.testing.assert_allclose(found[k], slopes, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[2], 0, atol=1e-9)


def test_a_saved_network_comes_back(names):
    with np.load("best.npz") as file:
        assert list(file) == ["W1", "b1", "W2", "b2"]
        for name, value in names["first"].params.items():
            np.testing.assert_array_equal(file[name], value)
    assert names["first"].loss(np.ones((2, 6))).shape == (2, 3)


def test_the_global_generator_reaches_what_it_is_handed_to(names):
    np.random.seed(231)  # noqa: NPY002
    again = names["TwoLayerNet"](input_dim=4, hidden_dim=5, num_classes=3, rng=np.random)
    np.testing.assert_array_equal(again.params["W1"], names["net"].params["W1"])
    weights = []
    for _ in range(2):
        np.random.seed(231)  # noqa: NPY002
        weights.append(names["TwoLayerNet"](input_dim=4).params["W1"])
    assert not np.array_equal(*weights)


def test_dropout_and_running_averages_are_where_the_page_says():
    net = load_reference("03_dropout", COURSE).FullyConnectedNet(
        [5], input_dim=64, dropout_keep_ratio=0.5, normalization="batchnorm"
    )
    data = load_dataset("digits", num_train=20, num_val=5)
    net.loss(data["X_train"], data["y_train"])
    assert {"running_mean", "running_var"} <= set(net.norm_params[1])


def test_dropout_with_a_generator_for_its_seed_is_resumed_bit_for_bit(tmp_path):
    network = load_reference("03_dropout", COURSE).FullyConnectedNet
    data = load_dataset("digits", num_train=60, num_val=10)

    def solver(**settings):
        net = network(
            [8],
            input_dim=64,
            dropout_keep_ratio=0.5,
            rng=np.random.default_rng(0),
            seed=np.random.default_rng(),
        )
        return Solver(net, data, num_epochs=4, batch_size=20, verbose=False, **settings)

    whole = solver(callbacks=[lambda training: training.epoch == 2 and training.save(tmp_path / "c.npz")])
    whole.train()
    assert solver().resume(tmp_path / "c.npz").train().loss == whole.loss_history
    assert solver().train().loss != whole.loss_history
