"""Hidden checks of 09_seeing: ascent on a score, and on a layer's energy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.chance import generator
from autograder.checks.seeing.nets import pictures, random_params, two_nets
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


@check("activation_maximization")
def activation_maximization(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(jitter: int = 0, **settings: Any) -> None:
        (theirs, ours), x, y = (
            two_nets(student, reference, random_params(rng)),
            pictures(rng, 1)[0],
            int(rng.integers(4)),
        )
        chance, rng_here = {}, None
        if jitter:
            seed = int(rng.integers(2**31))
            chance = {"jitter": jitter, "rng": generator(student, seed)}
            rng_here = np.random.default_rng(seed)
        expected = reference.activation_maximization(ours, y, x, jitter=jitter, rng=rng_here, **settings)
        found = student.activation_maximization(theirs, y, x, **settings, **chance)
        expect_close(found, expected, "the picture")

    with student.case("one step", 2):
        expect_right(steps=1, learning_rate=0.2, decay=0.1)
    with student.case("five steps", 2):
        expect_right(steps=5, learning_rate=0.1, decay=0.02)
    with student.case("with jitter"):
        expect_right(jitter=2, steps=4, learning_rate=0.1, decay=0.05)
    with student.case("no step at all", 0.5):
        _expect_nothing_done(student, reference, rng)
    with student.case("the arguments stay as they were", 0.5):
        expect_right(steps=2)
        student.expect_unchanged()


def _expect_nothing_done(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    """Of no steps nothing comes; a step more makes the case ask for something."""
    (theirs, ours), x = two_nets(student, reference, random_params(rng)), pictures(rng, 1)[0]
    for steps in (1, 0):
        found = student.activation_maximization(theirs, 1, x, steps=steps)
        expected = reference.activation_maximization(ours, 1, x, steps=steps)
        expect_close(found, expected, f"the picture after {steps} steps")


@check("dream_step")
def dream_step(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(layer: str, N: int, **settings: float) -> None:
        (theirs, ours), X = two_nets(student, reference, random_params(rng)), pictures(rng, N)
        X *= np.arange(1, N + 1)[:, None, None, None]
        expected = reference.dream_step(ours, X, layer, **settings)
        expect_close(student.dream_step(theirs, X, layer, **settings), expected, "the pictures")

    with student.case("a first layer"):
        expect_right("relu1", 3, learning_rate=0.3)
    with student.case("a deeper layer", 2):
        expect_right("relu2", 3, learning_rate=0.3)
    with student.case("scores"):
        expect_right("scores", 3, learning_rate=0.3)
    with student.case("a picture in which the layer sees nothing", 0.5):
        _expect_still(student, reference, rng)
    with student.case("the arguments stay as they were", 0.5):
        expect_right("relu2", 2)
        student.expect_unchanged()


def _expect_still(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    """Nothing pulls where all activations are 0; beside it lies a picture that does move."""
    shapes = {"W1": (2, 3, 3, 3), "b1": (2,), "W2": (32, 4), "b2": (4,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    params["b1"] = np.zeros(2)
    X = pictures(rng, 2)
    X[0] = 0
    theirs, ours = two_nets(student, reference, params)
    expected = reference.dream_step(ours, X, "relu1")
    expect_close(student.dream_step(theirs, X, "relu1"), expected, "the pictures")
