"""Hidden checks of 09_seeing: neighbours, the map's gradient, comparisons of codes, and the probe."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from autograder.checks.asking.inputs import drawn_until, mixed
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student


@check("nearest_neighbours")
def nearest_neighbours(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(N: int, k: int, spread: np.ndarray, centre: float = 1.0) -> None:
        """The spread is that of each unit; the nearest row is neither 0 nor 1, which stand for nothing."""
        D = len(spread)

        def draw() -> tuple[np.ndarray, np.ndarray]:
            codes = rng.normal(size=(N, D)) * spread + centre
            return codes, rng.normal(size=D) * spread + centre

        codes, query = drawn_until(draw, lambda asked: reference.nearest_neighbours(*asked, k)[0] > 1)
        found = student.nearest_neighbours(codes, query, k)
        expect_close(found, reference.nearest_neighbours(codes, query, k), "the row numbers")
        expect(np.asarray(found).dtype.kind in "iu", "the row numbers should be whole numbers, to index with")

    with student.case("a few of many", 2):
        expect_right(30, 4, np.full(5, 3.0))
    with student.case("all"):
        expect_right(7, 7, np.full(3, 3.0))
    with student.case("one"):
        expect_right(12, 1, np.full(2, 3.0))
    with student.case("units of very different spread, far from zero"):
        expect_right(25, 5, np.array([0.1, 1.0, 3.0, 8.0]), 50.0)
    with student.case("codes and query stay as they were", 0.5):
        expect_right(9, 3, np.ones(4))
        student.expect_unchanged()


@check("tsne_gradient")
def tsne_gradient(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(N: int, spread: float, total: float = 1.0) -> None:
        P = rng.uniform(0.1, 1, size=(N, N))
        P = (P + P.T) * (1 - np.eye(N))
        P, Y = total * P / P.sum(), spread * rng.normal(size=(N, 2))
        expect_close(student.tsne_gradient(P, Y), reference.tsne_gradient(P, Y), "dY")

    with student.case("a few points", 3):
        expect_right(7, 1.0)
    with student.case("P whose sum is not 1, as at the beginning of a layout", 0.5):
        expect_right(6, 1.0, total=4.0)
    with student.case("points far from each other"):
        expect_right(5, 20.0)
    with student.case("two points"):
        P, Y = np.array([[0, 0.5], [0.5, 0]]), rng.normal(size=(2, 2))
        expect_close(student.tsne_gradient(P, Y), np.zeros((2, 2)), "dY, where Q is P")
        expect_right(3, 1.0)
    with student.case("P and Y stay as they were", 0.5):
        expect_right(6, 1.0)
        student.expect_unchanged()


@check("dissimilarity_matrix")
def dissimilarity_matrix(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    for title, weight, shape in (
        ("more units than pictures", 2, (4, 9)),
        ("more pictures than units", 1, (8, 3)),
    ):
        with student.case(title, weight):
            codes = rng.normal(size=shape) * rng.uniform(1, 5, size=(shape[0], 1)) + rng.normal(
                size=(shape[0], 1)
            )
            expect_close(
                student.dissimilarity_matrix(codes), reference.dissimilarity_matrix(codes), "the matrix"
            )
    with student.case("codes stay as they were", 0.5):
        codes = mixed(rng, (5, 4))
        expect_close(student.dissimilarity_matrix(codes), reference.dissimilarity_matrix(codes), "the matrix")
        student.expect_unchanged()


@check("cka")
def cka(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    for title, weight, N, D, M in (
        ("codes of different sizes", 2, 12, 3, 5),
        ("more units than pictures", 1, 5, 9, 7),
        ("single units", 1, 6, 1, 1),
    ):
        with student.case(title, weight):
            A = rng.normal(size=(N, D)) + rng.normal(size=D)
            B = A @ rng.normal(size=(D, M)) + rng.normal(size=(N, M)) + 2
            expect_close(student.cka(A, B), reference.cka(A, B), "the result")
    with student.case("A and B stay as they were", 0.5):
        A, B = mixed(rng, (8, 3)), mixed(rng, (8, 4))
        expect_close(student.cka(A, B), reference.cka(A, B), "the result")
        student.expect_unchanged()


@check("linear_probe")
def linear_probe(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def expect_right(N: int, D: int, classes: int, num_classes: int, **reg: float) -> None:
        codes, y = rng.normal(size=(N, D)) + rng.normal(size=D), rng.integers(classes, size=N)
        found = student.linear_probe(codes, y, num_classes, **reg)
        pair = isinstance(found, tuple | list) and len(found) == 2
        expect(pair, "linear_probe should return a pair (W, b)")
        for name, mine, right in zip(
            "Wb", found, reference.linear_probe(codes, y, num_classes, **reg), strict=True
        ):
            expect_close(mine, right, name)

    with student.case("the default strength", 2):
        expect_right(20, 4, 3, 3)
    with student.case("another strength", 2):
        expect_right(15, 3, 4, 4, reg=float(rng.uniform(3, 8)))
    with student.case("more units than pictures"):
        expect_right(5, 9, 3, 3)
    with student.case("a class that no row has", 0.5):
        expect_right(9, 3, 2, 4)
    with student.case("codes and y stay as they were", 0.5):
        expect_right(10, 3, 2, 2)
        student.expect_unchanged()
