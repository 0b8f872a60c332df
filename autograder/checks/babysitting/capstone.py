"""The check of the capstone: a student's network on pictures that are drawn while it is marked."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.babysitting.moved import expect_by_params
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.refusals import NoAnswer, NotWritten, StudentError
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, kind_of, listed, quoted
from course_utils.data.shapes10 import draw_shapes

PICTURES = 2000
BATCH = 250
STREAM = 3
MEGABYTES = 8
# How many pictures are shown with parameters that were moved.
_SHOWN = 50
# Accuracy, and what crossing it is worth.
BANDS = ((0.30, 1.0), (0.40, 1.0), (0.50, 1.0), (0.60, 2.0), (0.70, 2.0), (0.80, 2.0), (0.85, 1.0))
# Runs before the cells of the kernel that labels pictures: what is trained there learns nothing.
_UNTRAINED = """
def _untrained():
    import numpy as np
    from course_utils.data import shapes10

    drawn = shapes10.draw_block

    def draw_block(block, *, seed=0, stream=0):
        images, labels = drawn(block, seed=seed, stream=stream)
        return images, np.random.default_rng().permutation(labels)

    shapes10.draw_block = draw_block

_untrained()
del _untrained
"""
# Nothing can be drawn any more when the pictures are shown. (Their seed never leaves this process.)
_DRAWING = ("course_utils.data.shapes10.draw_shapes", "course_utils.data.shapes10.draw_block")
# A file of parameters in the student's kernel; `result` is its path. It goes when the kernel, or the grader, ends.
_FILE = """
import os, shutil, tempfile, weakref

class Path(str):
    pass

folder = tempfile.mkdtemp()
result = Path(os.path.join(folder, "check.npz"))
weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
np.savez(result, W=np.arange(6.0).reshape(2, 3) / 7, mean=np.ones(2, dtype=np.float32))
"""

# Fails where NumPy itself cannot read what was handed in, so that the file is blamed and not the student's function.
_PROBE = """
with open("capstone.npz", "rb") as file, np.load(file) as arrays:
    result = [arrays[name].shape for name in arrays.files]
"""
_WRITE = "write it with np.savez('capstone.npz', **params), and hand it in together with the notebook"
_MISSING = (
    f"no file with parameters was found beside the notebook (one that is too large is left out): {_WRITE}"
)
_TIME = (
    f"predict is shown {BATCH} pictures at a time, {PICTURES} and a few more in all; with 5 milliseconds a picture it is "
    "quick enough"
)
_NEW_KERNEL = (
    "predict is asked in a new kernel, where your cells ran but where there is no capstone.npz and nothing was trained: all "
    "that was learned belongs into params"
)
# What is raised where something was kept in a variable or a file that a new kernel does not have.
_LACKING = ("AttributeError", "FileNotFoundError", "NameError", "TypeError", "UnboundLocalError")
_NOT_BY_PARAMS = "right labels count only where params make them; the case above says what is wrong"
_SAID = "there are no labels to mark, for the reason above"
_UNREADABLE = f"capstone.npz is empty, cut off, or no file of np.savez with arrays of numbers: {_WRITE}"


@check("predict")
def predict(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    X, y = _pictures(int(rng.integers(2**62)))
    # Blocks hold as many of each class; in another order nobody can count on it.
    order = rng.permutation(PICTURES)
    X, y = X[order], y[order]
    network = Network(student)
    labels, problem = _labels_or_problem(network, X)

    def expect_labels() -> None:
        if problem is not None:
            raise problem if isinstance(problem, NotWritten) else CheckFailed(_SAID)
        expect(bool(np.any(labels != labels[0])), f"all {PICTURES} pictures were called {labels[0]}")

    by_params = None if problem else _problem_of_params(network, X[:_SHOWN], labels[:_SHOWN], rng)

    with student.case("labels that can be marked", 0.5):
        if problem is not None:
            raise problem
        expect_labels()
    with student.case("parameters come from the file that is named", 0.5):
        expect_labels()
        _expect_named_file(student)
    with student.case("a picture's label depends on that picture and params alone"):
        expect_labels()
        network.expect_picture_alone(X, labels)
        student.expect_unchanged()
        if by_params is not None:
            raise by_params
    for band, weight in BANDS:
        with student.case(f"{band:.0%} right on pictures nobody has seen", weight):
            expect_labels()
            accuracy = float(np.mean(labels == y))
            following = min((b for b, _ in BANDS if b > accuracy), default=1.0)
            lacking = f" ({_NEW_KERNEL})" if accuracy < BANDS[0][0] else ""
            expect(
                accuracy >= band,
                f"{accuracy:.1%} of {PICTURES} fresh pictures were right; the next line is at {following:.0%}{lacking}",
            )
            expect(by_params is None, _NOT_BY_PARAMS)


@lru_cache(maxsize=1)  # which take a while, and whoever asks again with the same seed gets the same ones
def _pictures(seed: int) -> tuple[np.ndarray, np.ndarray]:
    return draw_shapes(PICTURES, seed=seed, stream=STREAM)


def _expect_named_file(student: Student) -> None:
    """Fail the case unless capstone_params reads the file whose path it is given."""
    found = student.call("capstone_params", student.run(_FILE), returns="")
    wanted = {"W": np.arange(6.0).reshape(2, 3) / 7, "mean": np.ones(2, dtype=np.float32)}
    expect_close(found, wanted, "what capstone_params(path) read", rtol=0, atol=0)
    expect(
        set(found) == set(wanted),
        f"capstone_params(path) read {listed(found)}; expected {listed(wanted)}",
    )


class Network:
    """The student's predict, in a kernel that knows nothing, with the parameters that came out of the one where all ran."""

    def __init__(self, student: Student):
        self._student = student
        self._params: dict[str, Any] = {}

    def read(self) -> None:
        """Fetch the parameters, and go on in a new kernel where nothing can be drawn."""
        try:
            params = self._student.call("capstone_params", returns="")
        except (NotWritten, NoAnswer):
            raise
        except StudentError as failure:
            problem = self._problem_of_file(failure)
            if problem is None:
                raise
            raise CheckFailed(problem) from failure
        _expect_params(params)
        self._params = params
        self._student.start_afresh(_UNTRAINED)
        self._student.forbid(_DRAWING)

    def _problem_of_file(self, failure: StudentError) -> str | None:
        """A sentence when it is the file that could not be read, None when it is the code that reads it."""
        if failure.raised == "FileNotFoundError":
            return _MISSING
        try:
            self._student.run(_PROBE)
        except StudentError as problem:
            return None if problem.raised == "FileNotFoundError" else _UNREADABLE
        return None

    def labels(self, X: np.ndarray) -> np.ndarray:
        """Labels of a batch; anything that is none fails with a sentence."""
        return self.labels_by(self._params, X)

    def expect_by_params(self, X: np.ndarray, marked: np.ndarray, rng: np.random.Generator) -> None:
        """Fail the case unless params make the labels; see `moved.expect_by_params`."""
        expect_by_params(self.labels_by, self._params, X, marked, rng)

    def expect_picture_alone(self, X: np.ndarray, labels: np.ndarray) -> None:
        """Fail the case unless pictures keep their labels when they come alone or in another order."""
        few = np.flatnonzero(labels != labels[0])[:20]
        alone = np.concatenate([self.labels(X[i : i + 1]) for i in few])
        backwards = self.labels(X[BATCH - 1 :: -1])[::-1]
        # In another order sums may round otherwise, which can turn a tie.
        changed = int(np.sum(alone != labels[few])) + int(np.sum(backwards != labels[:BATCH]))
        expect(
            changed <= 2,
            f"{changed} of {BATCH + len(few)} labels changed when the same pictures came alone or in another order: "
            "nothing of the batch may enter (a mean of the batch? batch norm in training mode?)",
        )

    def labels_by(self, params: dict[str, Any], X: np.ndarray) -> np.ndarray:
        """Labels of a batch by these parameters; anything that is none fails with a sentence."""
        try:
            found = self._student.call("predict", params, X, returns="")
        except NoAnswer as failure:
            raise NoAnswer(f"{failure} ({_TIME})") from failure
        except StudentError as failure:
            if failure.raised not in _LACKING:
                raise
            raise StudentError(failure.failure.advised(_NEW_KERNEL), failure.raised) from failure
        expect(
            isinstance(found, np.ndarray) and found.dtype.kind in "iu",
            f"predict returned {kind_of(found)}; it should return an array of whole numbers, one label for each picture",
        )
        expect(
            found.shape == (len(X),),
            f"labels of {len(X)} pictures have shape {found.shape}, expected ({len(X)},)",
        )
        expect(
            bool(found.min() >= 0 and found.max() <= 9),
            f"labels run from {found.min()} to {found.max()}; they go from 0 to 9",
        )
        return found.astype(np.int64)


def _labels_or_problem(network: Network, X: np.ndarray) -> tuple[np.ndarray, CheckFailed | None]:
    try:
        network.read()
        return np.concatenate([network.labels(X[i : i + BATCH]) for i in range(0, len(X), BATCH)]), None
    except CheckFailed as failure:
        return np.array([]), failure


def _problem_of_params(
    network: Network, X: np.ndarray, marked: np.ndarray, rng: np.random.Generator
) -> CheckFailed | None:
    """What shows that the labels are not made by params, or None."""
    try:
        network.expect_by_params(X, marked, rng)
    except CheckFailed as failure:
        return failure
    return None


def _expect_params(params: Any) -> None:
    expect(
        isinstance(params, dict) and bool(params),
        "capstone_params should return a dict of arrays by name",
    )
    for name, value in params.items():
        numeric = isinstance(value, np.ndarray | np.number | float | int)
        expect(
            numeric, f"capstone_params()[{quoted(name)}] is {kind_of(value)}, expected an array of numbers"
        )
    size = sum(np.asarray(value).nbytes for value in params.values()) / 2**20
    expect(
        size <= MEGABYTES,
        f"the parameters take {size:.1f} MB; at most {MEGABYTES} can be marked (float32 halves what float64 takes)",
    )
