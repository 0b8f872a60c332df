"""Checks of networks with normalization layers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.fully_connected import NORMALIZATIONS, Nets, clear_of_kinks, drawn_batch
from autograder.verdict.check import check
from autograder.verdict.student import Student

_REGULARIZATION = "The loss takes 0.5·reg·sum(W²) of every weight matrix and of no bias, gamma or beta; its gradient is reg·W"
_OF_ITS_OWN = "Each hidden layer has a gamma, a beta and a bn_param of its own"
_TEST_MODE = (
    "Without labels batch normalization goes by the running averages, which every training batch moves on"
)


def _params(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = Nets(student, reference, rng)
    with student.case("names, shapes and types of the parameters"):
        nets.expect_normalized_params()
    with student.case("the first parameters"):
        nets.expect_first_params()


@check("FullyConnectedNet", forbids=NUMERIC_HELPERS, first=_params)
def FullyConnectedNet(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    nets = Nets(student, reference, rng)
    _ask_training(student, nets)
    _ask_scores(student, nets, rng)
    with student.case("regularization leaves gamma and beta alone"), advice(_REGULARIZATION, student):
        for kind in NORMALIZATIONS:
            nets.expect_loss((6, 5, 4, 3), (4, 6), normalization=kind, reg=0.7)
            nets.expect_grads((6, 5, 4, 3), (4, 6), normalization=kind, reg=0.7)
    with student.case("batches of images", 0.5):
        for kind in NORMALIZATIONS:
            nets.expect_grads((6, 5, 3), (4, 2, 3), normalization=kind)
    with student.case("single precision", 0.5):
        for kind in NORMALIZATIONS:
            nets.expect_single((6, 5, 4, 3), (8, 6), normalization=kind)
    with student.case("loss changes neither parameters nor batch", 0.5):
        for kind in NORMALIZATIONS:
            nets.expect_kept((6, 5, 4, 3), (4, 6), normalization=kind, reg=0.3)
        student.expect_unchanged()
    with student.case("the slopes of your own loss"):
        for kind in NORMALIZATIONS:
            dims = (3, 4, 3, 2)
            params, X, y = clear_of_kinks(rng, dims, 5, kind)
            nets.pair(dims, params, normalization=kind, reg=0.3).expect_slopes(X, y)


def _ask_training(student: Student, nets: Nets) -> None:
    one, three = (6, 5, 3), (6, 5, 7, 4, 3)
    with student.case("without normalization"):
        nets.expect_loss((6, 5, 4, 3), (4, 6), normalization=None)
        nets.expect_grads((6, 5, 4, 3), (4, 6), normalization=None)
    with student.case("the loss with batch normalization, one hidden layer", 2):
        nets.expect_loss(one, (7, 6), normalization="batchnorm")
    with student.case("the loss with batch normalization, three hidden layers"), advice(_OF_ITS_OWN, student):
        nets.expect_loss(three, (5, 6), normalization="batchnorm")
    with student.case("the gradients with batch normalization, one hidden layer", 2):
        nets.expect_grads(one, (7, 6), normalization="batchnorm")
    with student.case("the gradients with batch normalization, three hidden layers", 2):
        nets.expect_grads(three, (5, 6), normalization="batchnorm")
    with student.case("the loss with layer normalization"):
        nets.expect_loss(one, (4, 6), normalization="layernorm")
        nets.expect_loss(three, (4, 6), normalization="layernorm")
    with student.case("the gradients with layer normalization", 2):
        nets.expect_grads(one, (4, 6), normalization="layernorm")
        nets.expect_grads(three, (4, 6), normalization="layernorm")


def _ask_scores(student: Student, nets: Nets, rng: np.random.Generator) -> None:
    one, two = (6, 5, 3), (6, 5, 4, 3)

    def batch(N: int) -> tuple[np.ndarray, np.ndarray]:
        return drawn_batch(rng, one, (N, 6))

    with student.case("the scores with layer normalization"):
        net, X, _ = nets.drawn(two, (4, 6), normalization="layernorm")
        net.expect_scores(X)
        net.expect_scores(X[:1])
    with student.case("the scores after three batches of training", 2), advice(_TEST_MODE, student):
        net, X, _ = nets.drawn(two, (4, 6), normalization="batchnorm")
        net.train(batch(5), batch(3), batch(4))
        net.expect_scores(X)
    with student.case("the scores of a picture do not depend on its company"), advice(_TEST_MODE, student):
        net, X, _ = nets.drawn(one, (4, 6), normalization="batchnorm")
        net.train(batch(5), batch(6))
        net.expect_scores(X[:1])
        net.expect_scores(X)
        net.expect_scores(X[1:3])
    with student.case("two networks do not share their running averages", 0.5), advice(_TEST_MODE, student):
        net, X, _ = nets.drawn(one, (4, 6), normalization="batchnorm")
        other, *_ = nets.drawn(one, (4, 6), normalization="batchnorm")
        net.train(batch(5))
        other.train(batch(5))
        net.expect_scores(X)
        other.expect_scores(X)
