"""Checks of principal axes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, known
from autograder.checks.asking.inputs import SINGLE, Tolerances, as_single
from autograder.checks.babysitting.examples import stretched
from autograder.verdict.check import check
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, difference

# Eigenvectors of a small covariance are right to about 1e-12 where its eigenvalues are well apart.
AXES: Tolerances = {"rtol": 1e-8, "atol": 1e-10}


class PrincipalAxes:
    """principal_axes, the student's beside the reference's."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        self._student = student
        self._reference = reference

    def ask(self, X: np.ndarray) -> tuple[Any, Any]:
        return self._student.call("principal_axes", X, returns="axes, variances")

    def expect_variances(self, X: np.ndarray) -> None:
        wanted = self._reference.principal_axes(X)[1]
        expect_close(self.ask(X)[1], wanted, "variances", sizes={"N": len(X)})

    def expect_right(self, X: np.ndarray) -> None:
        axes, variances = self.ask(X)
        wanted, lengths = self._reference.principal_axes(X)
        expect_close(variances, lengths, "variances", sizes={"N": len(X)})
        expect_close(axes, np.zeros_like(wanted), "axes", rtol=0, atol=np.inf)
        try:
            expect_close(_turned(axes, wanted), wanted, "axes, each turned to the sign that fits,", **AXES)
        except CheckFailed as failed:
            for did, others in _other_axes(axes).items():
                if difference(_turned(others, wanted), wanted, "", **AXES) is None:
                    raise CheckFailed(failed.failure.because(known(did))) from failed
            raise CheckFailed(
                failed.failure.advised("Each axis is a column; its sign does not matter")
            ) from failed

    def expect_whole_frame(self, X: np.ndarray) -> None:
        """With fewer examples than features some variances are zero, and their axes anything at right angles."""
        axes, variances = self.ask(X)
        D = X.shape[1]
        with advice(f"There are as many axes as features, {D}, however few the examples are"):
            expect_close(variances, self._reference.principal_axes(X)[1], "variances", atol=1e-10)
            expect_close(axes, np.zeros((D, D)), "axes", rtol=0, atol=np.inf)
        expect_close(axes.T @ axes, np.eye(D), "axes.T @ axes", **AXES)
        expect_close(axes * variances @ axes.T, X.T @ X / len(X), "axes · variances · axes.T", **AXES)

    def expect_in_single_precision(self, X: np.ndarray) -> None:
        axes, variances = self.ask(as_single(X))
        wanted, lengths = self._reference.principal_axes(X)
        expect_close(variances, as_single(lengths), "variances", **SINGLE)
        expect_close(_turned(axes, wanted), as_single(wanted), "axes", **SINGLE)


@check("principal_axes")
def principal_axes(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    asked = PrincipalAxes(student, reference)

    def centred(N: int, D: int) -> np.ndarray:
        X = stretched(rng, N, D)
        return X - X.mean(axis=0)

    with student.case("the variances, strongest first", 3):
        for N, D in ((20, 4), (35, 3)):
            asked.expect_variances(centred(N, D))
    with student.case("the axes, one in each column", 4):
        for N, D in ((20, 4), (35, 3), (12, 6)):
            asked.expect_right(centred(N, D))
    with student.case("a single feature, and just enough examples"):
        asked.expect_right(centred(9, 1))
        asked.expect_right(centred(4, 3))
    with student.case("fewer examples than features"):
        for N, D in ((3, 5), (2, 4)):
            X = rng.normal(size=(N, D))
            asked.expect_whole_frame(X - X.mean(axis=0))
    with student.case("single precision", 0.5):
        asked.expect_in_single_precision(centred(30, 3))
    with student.case("X stays as it was", 0.5):
        asked.expect_right(centred(10, 3))
        student.expect_unchanged()


def _other_axes(axes: np.ndarray) -> dict[str, np.ndarray]:
    """What would be right if these mistakes were made."""
    return {
        "each axis is a row: transpose": axes.T,
        "the axes are in the order of rising variances: turn their columns round, as the variances": axes[
            :, ::-1
        ],
        "each axis is a row, and the first has the least variance: axes[:, ::-1] of eigh": axes.T[:, ::-1],
    }


def _turned(axes: Any, wanted: np.ndarray) -> Any:
    """The axes, each with the sign that fits; anything of another form as it is."""
    if not isinstance(axes, np.ndarray) or axes.shape != wanted.shape or axes.dtype.kind != "f":
        return axes
    return axes * fitting_signs(axes, wanted)


def fitting_signs(columns: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """1 or -1 for each column, so that it points the way that is wanted."""
    return np.where(np.sum(columns * wanted, axis=0) < 0, -1, 1).astype(columns.dtype)
