"""The two true gradients of notebook 09, a score's by the pixels and the map's by its places, put to the checker."""

import numpy as np
import pytest
from places import ROOT

from answers import planted
from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from course_utils.gradcheck import gradient_check, loss_gradient_check

NOTEBOOK = load_reference("09_seeing", Course(ROOT))
ANSWERS = {answer.name: answer for answer in planted("seeing")}
# Of another shape: it cannot be multiplied with dout, so no gradient check asks it.
OTHER_SHAPES = {"largest_over_channels"}
WRONG = [
    name
    for name, answer in ANSWERS.items()
    if answer.question in ("class_saliency", "tsne_gradient") and answer.reason and name not in OTHER_SHAPES
]
RIGHT = [
    name
    for name, answer in ANSWERS.items()
    if answer.question in ("class_saliency", "tsne_gradient") and not answer.reason
]


def report_of_saliency(class_saliency, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"W1": (4, 3, 3, 3), "b1": (4,), "W2": (5, 4, 3, 3), "b2": (5,), "W3": (20, 4), "b3": (4,)}
    net = NOTEBOOK.ConvNet({name: 0.4 * rng.normal(size=shape) for name, shape in shapes.items()})
    y = np.array([2, 0, 3])

    def forward(X):
        return net.forward(X)[0][np.arange(3), y], X

    def backward(dout, X):
        return dout[:, None, None, None] * class_saliency(net, X, y)

    return gradient_check(forward, backward, rng.normal(size=(3, 3, 8, 8)), rng=rng, line_seconds=0)


def report_of_places(tsne_gradient, seed=0):
    rng = np.random.default_rng(seed)
    P = rng.uniform(0.1, 1, size=(6, 6))
    P = (P + P.T) * (1 - np.eye(6))
    P /= P.sum()
    apart = ~np.eye(6, dtype=bool)

    def loss(Y):
        w = 1 / (1 + np.square(Y[:, None] - Y).sum(axis=2))
        np.fill_diagonal(w, 0)
        return np.sum(P[apart] * np.log(P[apart] / (w / w.sum())[apart])), tsne_gradient(P, Y)

    return loss_gradient_check(loss, rng.normal(size=(6, 2)), rng=rng, line_seconds=0)


REPORTS = {"class_saliency": report_of_saliency, "tsne_gradient": report_of_places}


@pytest.mark.parametrize("question", REPORTS)
@pytest.mark.parametrize("seed", range(3))
def test_the_notebooks_own_passes(question, seed):
    report = REPORTS[question](getattr(NOTEBOOK, question), seed)
    assert report.passed, report.explain()


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_passes(name):
    answer = ANSWERS[name]
    report = REPORTS[answer.question](answer.definitions[answer.question])
    assert report.passed, report.explain()


@pytest.mark.parametrize("name", WRONG)
def test_a_planted_mistake_is_found(name):
    answer = ANSWERS[name]
    assert not REPORTS[answer.question](answer.definitions[answer.question]).passed
