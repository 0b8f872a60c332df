"""Checks of splitting, preprocessing and cross-validation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice, known
from autograder.checks.asking.chance import SIGMAS, generator
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.inputs import SINGLE, as_single
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure, difference

# Eigenvectors of a small covariance are right to about 1e-12 where its eigenvalues are well apart.
_AXES = {"rtol": 1e-8, "atol": 1e-10}
_PARTS = ("train", "val", "test")
METHODS = ("center", "channel", "normalize", "pca", "whiten")


def numbered(rng: np.random.Generator, N: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    """Examples and labels that tell who is who: labels are the numbers 0..N-1, out of order."""
    return rng.normal(size=(N, *shape)) + rng.normal(size=shape), rng.permutation(N)


def expect_who_is_who(X_part: Any, y_part: Any, X: np.ndarray, y: np.ndarray, name: str) -> np.ndarray:
    """The rows of X that a part holds; fails the case unless each example still has its label."""
    expect(
        isinstance(y_part, np.ndarray) and y_part.ndim == 1 and y_part.dtype.kind in "iu",
        f"y_{name} should be the labels of some examples, an array of one axis",
    )
    expect(bool(np.isin(y_part, y).all()), f"y_{name} holds labels that were never handed in")
    rows = np.argsort(y)[y_part]
    with advice(f"X_{name} and y_{name} have to be picked with the same indices"):
        expect_close(X_part, X[rows], f"X_{name}", rtol=0, atol=0)
    return rows


def expect_everybody_once(parts: dict[str, np.ndarray], N: int) -> None:
    """Fail the case unless each of 0..N-1 is in exactly one part."""
    seen = np.concatenate([np.asarray(rows).astype(np.int64) for rows in parts.values()])
    count = np.bincount(seen, minlength=N)
    for example in np.flatnonzero(count != 1):
        where = [name for name, rows in parts.items() for row in rows if row == example]
        expect(
            bool(where),
            f"example {example} of {N} is nowhere: nobody may be lost",
        )
        raise CheckFailed(
            f"example {example} is in {' and in '.join(where)}: the parts may not share an example"
        )


def expect_scattered(chosen: np.ndarray, N: int, what: str) -> None:
    """Fail the case when neighbours tend to be chosen together, as they are without shuffling.

    Args:
        chosen: a few hundred of the numbers 0..N-1.
    """
    inside = np.zeros(N, dtype=bool)
    inside[chosen] = True
    together, share = float(np.mean(inside[1:] & inside[:-1])), len(chosen) / N
    slack = SIGMAS * np.sqrt(share**2 / N)
    expect(
        abs(together - share**2) < slack,
        f"{what} are neighbours too often (or too rarely): shuffle, each example at random",
    )


def expect_from_rng(draw: Callable[[int], Any], rng: np.random.Generator, what: str) -> None:
    """Fail the case unless equal generators give equal results and others give others.

    Args:
        draw: what a generator of this seed leads to, as an array.
    """
    seeds = [int(seed) for seed in rng.integers(2**31, size=2)]
    first, again, other = (np.asarray(draw(seed)) for seed in (seeds[0], seeds[0], seeds[1]))
    expect(
        np.array_equal(first, again),
        f"the same generator, started twice, gave different {what}: draw from rng and from nothing else",
    )
    expect(not np.array_equal(first, other), f"two different generators gave the same {what}")


@check("split_data")
def split_data(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(X: np.ndarray, y: np.ndarray, num_val: int, num_test: int, seed: int | None = None) -> dict:
        seed = int(rng.integers(2**31)) if seed is None else seed
        data = student.call("split_data", X, y, num_val, num_test, generator(student, seed))
        keys = [f"{kind}_{part}" for part in _PARTS for kind in "Xy"]
        missing = [key for key in keys if not isinstance(data, dict) or key not in data]
        expect(not missing, f"a dict with {', '.join(keys)} is expected, and {missing[:1]} is missing")
        return data

    def rows_of(data: dict, X: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
        return {part: expect_who_is_who(data[f"X_{part}"], data[f"y_{part}"], X, y, part) for part in _PARTS}

    def expect_right(N: int, num_val: int, num_test: int, *shape: int) -> dict[str, np.ndarray]:
        X, y = numbered(rng, N, *shape)
        data = ask(X, y, num_val, num_test)
        for part, size in zip(_PARTS, (N - num_val - num_test, num_val, num_test), strict=True):
            found = np.shape(data[f"y_{part}"])
            expect(found == (size,), f"y_{part} has shape {found}, expected ({size},)")
        rows = rows_of(data, X, y)
        expect_everybody_once(rows, N)
        return rows

    with student.case("everybody in exactly one part, with the right label", 4):
        for sizes in ((30, 7, 4), (19, 3, 8)):
            expect_right(*sizes, 3)
    with student.case("decided by chance", 3):
        rows = expect_right(1200, 400, 300, 1)
        for part in ("val", "test"):
            expect_scattered(rows[part], 1200, f"the examples of the {part} part")
    with student.case("drawn from the generator that is passed in", 2):
        expect_right(30, 7, 4, 2)
        X, y = numbered(rng, 30, 2)
        expect_from_rng(lambda seed: ask(X, y, 9, 5, seed)["y_train"], rng, "parts")
        expect_from_rng(lambda seed: ask(X, y, 9, 5, seed)["y_val"], rng, "parts")
    with student.case("parts without examples, and a single one left for training"):
        for sizes in ((9, 0, 4), (9, 4, 0), (9, 0, 0), (9, 5, 3)):
            expect_right(*sizes, 2)
    with student.case("pictures of bytes"):
        X, y = rng.integers(256, size=(12, 3, 4, 5)).astype(np.uint8), rng.permutation(12)
        data = ask(X, y, 4, 3)
        rows_of(data, X, y)
        expect(all(data[f"X_{part}"].dtype == np.uint8 for part in _PARTS), "bytes should stay bytes (uint8)")
    with student.case("nothing left for training raises ValueError"):
        expect_right(9, 5, 3, 2)
        X, y = numbered(rng, 10, 2)
        for sizes in ((6, 4), (10, 0), (0, 10), (7, 9)):
            expect_value_error(
                lambda sizes=sizes: student.call(
                    "split_data", X, y, *sizes, generator(student, 0), returns=""
                ),
                f"{sizes[0]} + {sizes[1]} of 10 examples",
            )
    with student.case("X and y stay as they were", 0.5):
        expect_right(20, 4, 5, 2, 3)
        student.expect_unchanged()


def stretched(rng: np.random.Generator, N: int, D: int) -> np.ndarray:
    """Examples (N, D) whose principal axes lie at odd angles and scatter by clearly different amounts."""
    turn, _ = np.linalg.qr(rng.normal(size=(D, D)))
    loose, _ = np.linalg.qr(rng.normal(size=(N, D)) - 1e-3)
    strengths = rng.permutation(1.6 ** np.arange(D)) * rng.uniform(0.9, 1.1, size=D)
    return np.sqrt(N) * (loose * strengths) @ turn


@check("principal_axes")
def principal_axes(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(X: np.ndarray) -> tuple[Any, Any]:
        return student.call("principal_axes", X, returns="axes, variances")

    def centred(N: int, D: int) -> np.ndarray:
        X = stretched(rng, N, D)
        return X - X.mean(axis=0)

    def expect_right(X: np.ndarray) -> None:
        axes, variances = ask(X)
        wanted, lengths = reference.principal_axes(X)
        expect_close(variances, lengths, "variances", sizes={"N": len(X)})
        expect_close(axes, np.zeros_like(wanted), "axes", rtol=0, atol=np.inf)
        rows = np.transpose(axes)
        as_rows = len(wanted) > 1 and difference(_turned(rows, wanted), wanted, "", **_AXES) is None
        try:
            expect_close(_turned(axes, wanted), wanted, "axes, each turned to the sign that fits,", **_AXES)
        except CheckFailed as failed:
            if as_rows:
                raise CheckFailed(failed.failure.because(known("each axis is a row: transpose"))) from failed
            raise CheckFailed(
                failed.failure.advised("Each axis is a column; its sign does not matter")
            ) from failed

    def expect_whole_frame(X: np.ndarray) -> None:
        """With fewer examples than features some variances are zero, and their axes anything at right angles."""
        axes, variances = ask(X)
        D = X.shape[1]
        with advice(f"There are as many axes as features, {D}, however few the examples are"):
            expect_close(variances, reference.principal_axes(X)[1], "variances", atol=1e-10)
            expect_close(axes, np.zeros((D, D)), "axes", rtol=0, atol=np.inf)
        expect_close(axes.T @ axes, np.eye(D), "axes.T @ axes", **_AXES)
        expect_close(axes * variances @ axes.T, X.T @ X / len(X), "axes · variances · axes.T", **_AXES)

    with student.case("the variances, strongest first", 3):
        for N, D in ((20, 4), (35, 3)):
            X = centred(N, D)
            expect_close(ask(X)[1], reference.principal_axes(X)[1], "variances", sizes={"N": N})
    with student.case("the axes, one in each column", 4):
        for N, D in ((20, 4), (35, 3), (12, 6)):
            expect_right(centred(N, D))
    with student.case("a single feature, and just enough examples"):
        expect_right(centred(9, 1))
        expect_right(centred(4, 3))
    with student.case("fewer examples than features"):
        for N, D in ((3, 5), (2, 4)):
            X = rng.normal(size=(N, D))
            expect_whole_frame(X - X.mean(axis=0))
    with student.case("single precision", 0.5):
        X = centred(30, 3)
        axes, variances = ask(as_single(X))
        wanted, lengths = reference.principal_axes(X)
        expect_close(variances, as_single(lengths), "variances", **SINGLE)
        expect_close(_turned(axes, wanted), as_single(wanted), "axes", **SINGLE)
    with student.case("X stays as it was", 0.5):
        expect_right(centred(10, 3))
        student.expect_unchanged()


def _turned(axes: Any, wanted: np.ndarray) -> Any:
    """The axes, each with the sign that fits; anything of another form as it is."""
    if not isinstance(axes, np.ndarray) or axes.shape != wanted.shape or axes.dtype.kind != "f":
        return axes
    signs = np.where(np.sum(axes * wanted, axis=0) < 0, -1, 1).astype(axes.dtype)
    return axes * signs


class Preparation:
    """The student's preprocess, compared part by part; what it did with statistics is named where it is wrong."""

    def __init__(self, student: Student, reference: SimpleNamespace):
        self._student = student
        self._reference = reference

    def expect_right(self, method: str, *parts: np.ndarray, **more: Any) -> None:
        self._student.changed.clear()
        found = self._student.call("preprocess", *parts, returns="", **{"method": method} | more)
        self.compare(found, method, parts, **more)

    def compare(self, found: Any, method: str, parts: Sequence[np.ndarray], **more: Any) -> None:
        expect(
            isinstance(found, tuple | list) and len(found) == len(parts),
            f"a tuple of {len(parts)} arrays is expected, one for each part that was handed in",
        )
        wanted = self._prepared(parts, method, more)
        if method in ("pca", "whiten"):
            found = self._with_signs_of(found, wanted)
        for number, (actual, expected) in enumerate(zip(found, wanted, strict=True)):
            name = "X_train" if number == 0 else f"part {number + 1}"
            try:
                expect_close(actual, expected, f"{method}: {name}", **_AXES)
            except CheckFailed as failed:
                did = self._what_was_done(found, method, parts, more)
                raise CheckFailed(failed.failure.because(known(did)) if did else failed.failure) from failed

    def _prepared(self, parts: Sequence[np.ndarray], method: str, more: dict) -> tuple:
        return self._reference.preprocess(*parts, **{"method": method} | more)

    @staticmethod
    def _with_signs_of(found: Sequence, wanted: Sequence) -> list:
        """Each column with the sign that fits the training part, the same sign in all parts."""
        first = found[0]
        if not isinstance(first, np.ndarray) or first.shape != wanted[0].shape or first.dtype.kind != "f":
            return list(found)
        signs = np.where(np.sum(first * wanted[0], axis=0) < 0, -1, 1).astype(first.dtype)
        return [
            part * signs if isinstance(part, np.ndarray) and part.shape[1:] == signs.shape else part
            for part in found
        ]

    def _what_was_done(self, found: Sequence, method: str, parts: Sequence[np.ndarray], more: dict) -> str:
        """What was done instead, where that explains the answer; completes "..."."""
        guesses = {
            "nothing was done to the parts": list(parts),
            **self._by_another_eps(parts, method, more),
            **(self._by_other_statistics(parts, method, more) if len(parts) > 1 else {}),
        }
        for sentence, guess in guesses.items():
            fitting = self._with_signs_of(found, guess) if method in ("pca", "whiten") else found
            if difference(list(fitting), guess, "", **_AXES) is None:
                return sentence
        return ""

    def _by_other_statistics(self, parts: Sequence[np.ndarray], method: str, more: dict) -> dict[str, list]:
        """What comes out with statistics of other examples than the training part's."""
        spread = {
            "normalize": "the standard deviations",
            "pca": "the axes",
            "whiten": "the axes and their variances",
        }
        sources = {"X_train alone": 0, "all parts together": 1, "each part itself": 2}
        found = {}
        for (mean, a), (rest, b) in itertools.product(sources.items(), repeat=2):
            if (a, b) == (0, 0) or (b and method not in spread):
                continue
            from_where = f"the means come from {mean}" if a else f"{spread[method]} come from {rest}"
            if a == b or (a and method not in spread):
                from_where = f"the statistics come from {mean}"
            elif a and b:
                from_where = f"{from_where} and {spread[method]} from {rest}"
            sentence = (
                f"{from_where}: take them from X_train alone, or the other parts are no fair test any more"
            )
            found[sentence] = [self._prepared_by(parts, k, method, more, a, b) for k in range(len(parts))]
        return found

    def _by_another_eps(self, parts: Sequence[np.ndarray], method: str, more: dict) -> dict[str, list]:
        """What comes out where the divisor is another one."""
        undivided = {"normalize": "center", "whiten": "pca"}.get(method)
        if undivided is None:
            return {}
        given, coordinates, N = more.get("eps", 1e-5), self._prepared(parts, undivided, {}), len(parts[0])
        variance = coordinates[0].var(axis=0)
        rule = "divide by sqrt(variance + eps), with eps = 1e-5 unless it is given"
        divisors = {
            f"eps stands outside the root: {rule}": np.sqrt(variance) + given,
            f"eps is missing, or far too small: {rule}": np.sqrt(variance),
            f"the root is missing: {rule}": variance + given,
            f"eps is 1e-5 whatever is passed in: {rule}": np.sqrt(variance + 1e-5),
            "the variance was divided by N - 1: divide by N": np.sqrt(variance * N / max(N - 1, 1) + given),
        }
        with np.errstate(all="ignore"):
            return {did: [part / divisor for part in coordinates] for did, divisor in divisors.items()}

    def _prepared_by(
        self, parts: Sequence[np.ndarray], k: int, method: str, more: dict, mean_of: int, rest_of: int
    ) -> np.ndarray:
        """Part k as it comes out with the mean of some examples and the other statistics of others."""
        some = (parts[0], np.concatenate(parts), parts[k])
        axis = (0, 2, 3) if method == "channel" else 0
        own, other = (some[i].mean(axis=axis, keepdims=True) for i in (mean_of, rest_of))
        # preprocess subtracts the mean of the rest's examples; moved by the difference it subtracts the other one.
        return self._prepared((some[rest_of], parts[k] - own + other), method, more)[1]


@check("preprocess")
def preprocess(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    preparation = Preparation(student, reference)

    def rows(*sizes: int) -> list[np.ndarray]:
        """Parts of three features; the later ones lie elsewhere and scatter otherwise."""
        first = stretched(rng, sizes[0], 3) + rng.normal(size=3) * 5
        others = [rng.normal(size=(N, 3)) * rng.uniform(2, 4) + rng.normal(size=3) * 9 for N in sizes[1:]]
        return [first, *others]

    def pictures(*sizes: int) -> list[np.ndarray]:
        spread = rng.uniform(0.5, 3, size=(2, 3, 4))
        return [
            rng.normal(size=(N, 2, 3, 4)) * spread * (k + 1) + rng.normal(size=(2, 3, 4)) * 5
            for k, N in enumerate(sizes)
        ]

    def mixed_pictures(N: int) -> np.ndarray:
        return stretched(rng, N, 8).reshape(N, 2, 2, 2) + rng.normal(size=(2, 2, 2))

    with student.case("center", 2):
        preparation.expect_right("center", rows(15)[0])
        preparation.expect_right("center", pictures(9)[0])
    with student.case("normalize", 2):
        preparation.expect_right("normalize", rows(15)[0])
        preparation.expect_right("normalize", pictures(9)[0])
    with student.case("channel"):
        preparation.expect_right("channel", pictures(9)[0])
    with student.case("pca", 2):
        preparation.expect_right("pca", rows(15)[0])
        preparation.expect_right("pca", mixed_pictures(20))
    with student.case("whiten", 2):
        preparation.expect_right("whiten", rows(15)[0])
        preparation.expect_right("whiten", mixed_pictures(20))
    with student.case("validation and test parts get the statistics of the training part", 4):
        for method in METHODS:
            parts = pictures(9, 5, 4) if method == "channel" else rows(15, 6, 4)
            preparation.expect_right(method, *parts)
    with student.case("validation pictures of all methods"):
        for method in ("center", "normalize"):
            preparation.expect_right(method, *pictures(9, 5))
        for method in ("pca", "whiten"):
            preparation.expect_right(method, mixed_pictures(20), rng.normal(size=(3, 2, 2, 2)))
    with (
        student.case("eps is added inside the root"),
        advice("Divide by sqrt(variance + eps); eps is 1e-5 unless it is given", student),
    ):
        for method in ("normalize", "whiten"):
            preparation.expect_right(method, *rows(15, 5), eps=0.3)
            first = 0.01 * rows(15)[0]
            preparation.expect_right(method, first)
    with student.case("a feature that never varies", 0.5):
        first = rows(15)[0]
        first[:, 1] = 7.0
        preparation.expect_right("normalize", first, rows(3)[0])
    with student.case("bytes"):
        X = rng.integers(256, size=(12, 2, 3, 3)).astype(np.uint8)
        other = rng.integers(256, size=(5, 2, 3, 3)).astype(np.uint8)
        for method in ("center", "channel", "normalize"):
            preparation.expect_right(method, X, other)
    with student.case("center is what happens when no method is named", 0.5):
        parts = rows(8, 3)
        found = student.call("preprocess", *parts, returns="")
        preparation.compare(found, "center", parts)
    with student.case("an unknown method raises ValueError", 0.5):
        preparation.expect_right("center", *rows(8, 3))
        for method in ("centre", "PCA", ""):
            expect_value_error(
                lambda method=method: student.call("preprocess", rows(8)[0], returns="", method=method),
                f"method {method!r}",
            )
    with student.case("single precision", 0.5):
        parts = rows(30, 8)
        for method in ("center", "normalize"):
            found = student.call("preprocess", *map(as_single, parts), returns="", method=method)
            wanted = tuple(map(as_single, reference.preprocess(*parts, method=method)))
            expect_close(found, wanted, method, **SINGLE)
    with student.case("all parts stay as they were"):
        for method in METHODS:
            preparation.expect_right(method, *pictures(30, 4))
            student.expect_unchanged()


@check("kfold_splits")
def kfold_splits(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(N: int, k: int, seed: int | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
        seed = int(rng.integers(2**31)) if seed is None else seed
        splits = student.call("kfold_splits", N, k, generator(student, seed), returns="")
        expect(
            isinstance(splits, list | tuple) and len(splits) == k,
            f"a list of {k} pairs (train, val) is expected",
        )
        return [_pair(pair, number, N) for number, pair in enumerate(splits, 1)]

    def expect_right(N: int, k: int) -> list[tuple[np.ndarray, np.ndarray]]:
        splits = ask(N, k)
        for number, (train, val) in enumerate(splits, 1):
            with advice(f"In round {number} of {k}, train is everybody who is not in val"):
                expect_everybody_once({"train": train, "val": val}, N)
        with advice("Over all rounds each example is validated exactly once"):
            expect_everybody_once(
                {f"the val of round {number}": val for number, (_, val) in enumerate(splits, 1)}, N
            )
        sizes = sorted(len(val) for _, val in splits)
        expect(
            sizes[-1] - sizes[0] <= 1,
            f"{N} examples in {k} folds have sizes {sizes}; they may differ by one at most",
        )
        return splits

    with student.case("folds that fit exactly", 3):
        for N, k in ((12, 3), (20, 5)):
            expect_right(N, k)
    with student.case("folds that do not fit exactly", 3):
        for N, k in ((11, 3), (14, 4), (23, 6)):
            expect_right(N, k)
    with student.case("as many folds as examples, and two"):
        for N, k in ((5, 5), (2, 2), (7, 2)):
            expect_right(N, k)
    with student.case("decided by chance", 2):
        for _, val in expect_right(1200, 3):
            expect_scattered(val, 1200, "the examples of a fold")
    with student.case("drawn from the generator that is passed in"):
        expect_right(15, 4)
        expect_from_rng(lambda seed: np.concatenate([val for _, val in ask(15, 4, seed)]), rng, "folds")
    with student.case("an impossible number of folds raises ValueError"):
        expect_right(6, 3)
        for N, k in ((6, 1), (6, 0), (6, 7), (1, 2), (6, -2)):
            expect_value_error(
                lambda N=N, k=k: student.call("kfold_splits", N, k, generator(student, 0), returns=""),
                f"{N} examples in {k} folds",
            )


def _pair(pair: Any, number: int, N: int) -> tuple[np.ndarray, np.ndarray]:
    """Train and val of one round as arrays of indices; anything else fails with a sentence."""
    expect(isinstance(pair, list | tuple) and len(pair) == 2, f"round {number} should be a pair (train, val)")
    found = []
    for name, indices in zip(("train", "val"), pair, strict=True):
        try:
            indices = np.asarray(indices)
        except ValueError:
            raise CheckFailed(f"{name} of round {number} is no array of indices") from None
        right = indices.ndim == 1 and indices.dtype.kind in "iu" and bool(indices.size)
        expect(right, f"{name} of round {number} is no array of whole numbers with one axis")
        expect(
            bool(indices.min() >= 0 and indices.max() < N),
            f"{name} of round {number} holds {indices.max()}: indices go from 0 to {N - 1}",
        )
        found.append(indices)
    return found[0], found[1]


@check("cross_validate")
def cross_validate(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    preparation = Preparation(student, reference)

    def ask(N: int, k: int, shape: tuple = (3,), seed: int | None = None, **more: Any) -> SimpleNamespace:
        """What came back, the scores that were handed out, and what score was asked with."""
        X = stretched(rng, N, int(np.prod(shape))).reshape(N, *shape) + 6
        y, scores, asked = rng.permutation(N), rng.uniform(size=k + 3), []

        def score(*args: Any) -> float:
            asked.append(args)
            return float(scores[min(len(asked), len(scores)) - 1])

        seed = int(rng.integers(2**31)) if seed is None else seed
        result = student.call(
            "cross_validate", score, X, y, k, generator(student, seed), returns="mean, std", **more
        )
        expect(len(asked) == k, f"score was called {len(asked)} times for {k} folds; each fold is one call")
        expect(all(len(args) == 4 for args in asked), "score takes X_train, y_train, X_val and y_val")
        return SimpleNamespace(X=X, y=y, mean=result[0], std=result[1], scores=scores[:k], asked=asked)

    def expect_rounds(run: SimpleNamespace, method: str = "center") -> None:
        """Fail the case unless each round was prepared from its own training part."""
        N, k, validated = len(run.X), len(run.asked), {}
        for number, (X_train, y_train, X_val, y_val) in enumerate(run.asked, 1):
            rows = {}
            for name, labels in (("train", y_train), ("val", y_val)):
                known = isinstance(labels, np.ndarray) and labels.ndim == 1 and np.isin(labels, run.y).all()
                expect(bool(known), f"y_{name} of a round should be labels of some examples")
                rows[name] = np.argsort(run.y)[labels]
            expect_everybody_once(rows, N)
            validated[f"the validation part of round {number}"] = rows["val"]
            wanted = reference.preprocess(run.X[rows["train"]], run.X[rows["val"]], method=method)
            expect(
                len(y_val) < len(y_train) or k < 3,
                f"the validation part of a round has {len(y_val)} of {N} examples in {k} folds: "
                "score takes X_train, y_train, X_val and y_val in this order",
            )
            expect_prepared((X_train, X_val), wanted, method, run.X, rows)
        expect_everybody_once(validated, N)

    def expect_prepared(found: tuple, wanted: tuple, method: str, X: np.ndarray, rows: dict) -> None:
        if method in ("pca", "whiten"):
            found = preparation._with_signs_of(found, wanted)
        for which, name in enumerate(("X_train", "X_val")):
            try:
                expect_close(found[which], wanted[which], f"{name} of a round", **_AXES)
            except CheckFailed as failed:
                done = what_was_done(failed.failure, found, method, X, rows)
                raise CheckFailed(done) from failed

    def what_was_done(failure: Failure, found: tuple, method: str, X: np.ndarray, rows: dict) -> Failure:
        """The failure with what was done instead, or with what to do."""
        train, val = X[rows["train"]], X[rows["val"]]
        everybody = reference.preprocess(X, train, val, method=method)[1:]
        others = {
            "nothing was prepared: call preprocess in each round": (train, val),
            "each part was prepared by its own statistics: X_train's count for both": tuple(
                reference.preprocess(part, method=method)[0] for part in (train, val)
            ),
            "the statistics are those of the validation part: X_train comes first": (
                reference.preprocess(val, train, method=method)[::-1]
            ),
            "the statistics are those of all examples: preprocess inside the loop, or the validation fold leaks": everybody,
        }
        if method != "center":
            centred = reference.preprocess(train, val, method="center")
            others[f'it was centred, and method="{method}" was asked for: hand it on to preprocess'] = centred
        for sentence, parts in others.items():
            fitting = preparation._with_signs_of(found, parts) if method in ("pca", "whiten") else found
            if difference(list(fitting), list(parts), "", **_AXES) is None:
                return failure.because(known(sentence))
        return failure.because(None).advised(
            "Each round is prepared by the statistics of its own training part"
        )

    with student.case("the mean of the scores", 2):
        for N, k in ((12, 3), (17, 5), (9, 2), (13, 4), (11, 6)):
            run = ask(N, k)
            expect_close(run.mean, run.scores.mean(), "mean")
    with student.case("the standard deviation of the scores", 2):
        for N, k in ((12, 3), (17, 5), (9, 2), (13, 4), (11, 6)):
            run = ask(N, k)
            expect_close(run.std, run.scores.std(), "std")
    with student.case("each round trains on all other folds, prepared by its own statistics", 4):
        for N, k in ((12, 3), (17, 4)):
            expect_rounds(ask(N, k))
    with student.case("other methods of preprocessing", 2):
        for method in ("normalize", "whiten"):
            expect_rounds(ask(20, 3, method=method), method)
        expect_rounds(ask(12, 3, (2, 2, 3), method="channel"), "channel")
    with student.case("pictures"):
        expect_rounds(ask(11, 2, (2, 2, 2)))
    with student.case("folds are drawn from the generator that is passed in"):
        expect_rounds(ask(14, 3))
        rng_state = rng.bit_generator.state

        def labels(seed: int) -> list:
            rng.bit_generator.state = rng_state
            return np.concatenate([args[3] for args in ask(14, 3, seed=seed).asked])

        seeds = np.random.default_rng(rng_state["state"]["state"] % 2**32)
        expect_from_rng(labels, seeds, "folds")
    with student.case("X and y stay as they were", 0.5):
        expect_rounds(ask(11, 3))
        student.expect_unchanged()
