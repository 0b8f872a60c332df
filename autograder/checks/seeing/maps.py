"""Hidden checks of 09_seeing: which pixels an answer hangs on, and which windows excite a unit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.inputs import drawn_until
from autograder.checks.seeing.nets import Params, classes, pictures, random_params, two_nets
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student


@check("class_saliency")
def class_saliency(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(N: int) -> None:
        theirs, ours = two_nets(student, reference, random_params(rng))
        asked = pictures(rng, N), classes(rng, N)
        expect_close(student.class_saliency(theirs, *asked), reference.class_saliency(ours, *asked), "dX")

    with student.case("a batch", 3):
        expect_right(5)
    with student.case("one picture"):
        expect_right(1)
    with student.case("the arguments stay as they were", 0.5):
        expect_right(3)
        student.expect_unchanged()


@check("occlusion_map")
def occlusion_map(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(size: int, stride: int) -> None:
        theirs, ours = two_nets(student, reference, random_params(rng))
        asked = pictures(rng, 1)[0], int(rng.integers(4)), size, stride
        expected = reference.occlusion_map(ours, *asked)
        expect_close(student.occlusion_map(theirs, *asked), expected, "the map")

    with student.case("stride 1", 2):
        expect_right(3, 1)
    with student.case("stride 2"):
        expect_right(3, 2)
    with student.case("stride 3"):
        expect_right(2, 3)
    with student.case("a picture that is wider than high", 0.5):
        _expect_wide(student, reference, rng)
    with student.case("scores in the thousands", 0.5):
        _expect_sure(student, reference, rng)
    with student.case("the arguments stay as they were", 0.5):
        expect_right(3, 2)
        student.expect_unchanged()


def _expect_wide(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    """A network of one sandwich, for pictures of 3×4×10."""
    shapes = {"W1": (3, 3, 3, 3), "b1": (3,), "W2": (30, 4), "b2": (4,)}
    params = {name: 0.4 * rng.normal(size=shape) for name, shape in shapes.items()}
    theirs, ours = two_nets(student, reference, params)
    asked = rng.normal(size=(3, 4, 10)), 2, 2, 2
    expect_close(student.occlusion_map(theirs, *asked), reference.occlusion_map(ours, *asked), "the map")


def _expect_sure(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    """A network that is sure of the class at some places of the square, and of another at others."""

    def draw() -> tuple[Params, np.ndarray, int]:
        params = random_params(rng)
        for name in ("W3", "b3"):
            params[name] *= 1000
        return params, pictures(rng, 1)[0], int(rng.integers(4))

    def both(drawn: tuple[Params, np.ndarray, int]) -> bool:
        params, image, y = drawn
        p = reference.occlusion_map(reference.ConvNet(params), image, y, 4, 2)
        return bool(p.min() < 0.01 and p.max() > 0.99)

    params, image, y = drawn_until(draw, both)
    theirs, ours = two_nets(student, reference, params)
    expected = reference.occlusion_map(ours, image, y, 4, 2)
    expect_close(student.occlusion_map(theirs, image, y, 4, 2), expected, "the map")


@check("exciting_patches")
def exciting_patches(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(layer: str, N: int, k: int) -> None:
        theirs, ours = two_nets(student, reference, random_params(rng))
        images = pictures(rng, N)
        images[rng.integers(N)] *= 3  # whose windows would come first, if more than one were taken
        maps = ours.forward(images, to=layer)[0]
        unit = int(maps.max(axis=(2, 3)).min(axis=0).argmax())  # one that is alive in every picture
        expected = reference.exciting_patches(ours, layer, unit, images, k)
        expect_close(student.exciting_patches(theirs, layer, unit, images, k), expected, "the patches")

    with student.case("a first layer", 2):
        expect_right("relu1", 9, 4)
    with student.case("a deeper layer", 2):
        expect_right("pool2", 9, 3)
    with student.case("all pictures, before ReLU", 0.5):
        expect_right("conv2", 6, 6)
    with student.case("windows that stand out below and on the right", 0.5):
        _expect_at_the_edges(student, reference, rng)
    with student.case("the arguments stay as they were", 0.5):
        expect_right("relu2", 4, 2)
        student.expect_unchanged()


def _expect_at_the_edges(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    """One of the three best windows begins in the last row of the map, and one in its last column."""

    def draw() -> tuple[Params, np.ndarray]:
        return random_params(rng), pictures(rng, 6)

    def stands_out(drawn: tuple[Params, np.ndarray]) -> bool:
        params, images = drawn
        maps = reference.ConvNet(params).forward(images, to="conv2")[0][:, 2]
        best = np.argsort(-maps.max(axis=(1, 2)))[:3]
        rows, columns = np.unravel_index(maps[best].reshape(3, -1).argmax(axis=1), maps.shape[1:])
        return bool(rows.max() == maps.shape[1] - 1 and columns.max() == maps.shape[2] - 1)

    params, images = drawn_until(draw, stands_out)
    theirs, ours = two_nets(student, reference, params)
    expected = reference.exciting_patches(ours, "conv2", 2, images, 3)
    expect_close(student.exciting_patches(theirs, "conv2", 2, images, 3), expected, "the patches")
