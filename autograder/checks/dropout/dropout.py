"""Checks of dropout and its relatives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import BY_ITS_CACHE, advice
from autograder.checks.asking.chance import P_DROPS, SIGMAS, expect_drawn_alone, expect_share, generator
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import NUMERIC, SINGLE, as_single, mixed, slope
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure
from course_utils.gradcheck.problem import named_numbers

_FORWARD_FIRST = "The forward pass has to be right before the way back can be compared"


def expect_array(value: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """The value as an array of that shape; another shape or kind fails with a sentence."""
    problem = value is None or not isinstance(value, np.ndarray) or value.shape != shape
    if problem:
        expect_close(value, np.zeros(shape), name)
    expect(bool(np.all(np.isfinite(value))), f"{name} holds NaN or inf")
    return value


def expect_mask(
    out: Any, x: np.ndarray, factor: float, p: float, name: str = "out", **tolerance: float
) -> np.ndarray:
    """Which numbers were kept; fails unless each is 0 or factor times what it was.

    Args:
        x: nowhere zero.
        factor: 1 or 1 / p.
    """
    out = expect_array(out, x.shape, name)
    kept = out != 0
    words = {1.0: "left as it was", p: f"multiplied by p = {p:g}", 1 / p: f"divided by p = {p:g}"}
    right = min(words, key=lambda value: abs(value - factor))
    for other, said in words.items():
        if (
            kept.any()
            and not np.isclose(other, right)
            and np.allclose(out[kept], (other * x)[kept], rtol=1e-6)
        ):
            raise CheckFailed(f"what is kept is {said}; here it has to be {words[right]}")
    expect_close(out, np.where(kept, factor * x, 0.0), f"{name}, where a number was kept,", **tolerance)
    return kept


@check("dropout_vanilla_train", forbids=NUMERIC_HELPERS)
def dropout_vanilla_train(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(shape: tuple[int, ...], p: float) -> tuple[np.ndarray, np.ndarray]:
        x = mixed(rng, shape)
        return expect_mask(student.call("dropout_vanilla_train", x, p), x, 1.0, p), x

    def works() -> None:
        expect_share(ask((60, 50), 0.6)[0], 0.6)

    with student.case("what is kept is not scaled", 3):
        for p in (0.25, 0.8):
            kept, _ = ask((60, 50), p)
            expect(kept.any() and not kept.all(), f"with p = {p} some numbers are kept and some are dropped")
    with student.case("p is the probability of keeping", 3):
        for p in (0.25, 0.8):
            expect_share(ask((60, 50), p)[0], p)
    with student.case("every number is drawn on its own", 2):
        expect_drawn_alone(ask((60, 50), 0.4)[0])
        works()
    with student.case("three and four axes"):
        works()
        for shape in ((20, 10, 15), (10, 3, 12, 10)):
            kept, _ = ask(shape, 0.3)
            expect_share(kept, 0.3)
            expect_drawn_alone(kept)
    with student.case("with p = 1 everything stays", 0.5):
        works()
        expect(ask((9, 8), 1.0)[0].all(), "with p = 1 nothing may be dropped")
    with student.case("every call draws anew", 0.5):
        works()
        x = mixed(rng, (30, 20))
        first, again = (student.call("dropout_vanilla_train", x, 0.5) for _ in range(2))
        expect(not np.array_equal(first, again), "two calls dropped the very same numbers")
    with student.case("x stays as it was", 0.5):
        works()
        student.expect_unchanged()


@check("dropout_vanilla_predict", forbids=NUMERIC_HELPERS)
def dropout_vanilla_predict(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    rule = "At test time nothing is dropped, and everything is multiplied by p"

    def expect_scaled(shape: tuple[int, ...], p: float) -> None:
        x = mixed(rng, shape)
        expect_close(student.call("dropout_vanilla_predict", x, p), p * x, "out")

    with student.case("everything is scaled by p", 3), advice(rule):
        for p in (0.3, 0.8):
            expect_scaled((5, 4), p)
    with student.case("p = 1 and small p"), advice(rule):
        for p in (1.0, 0.05):
            expect_scaled((5, 4), p)
    with student.case("one, three and four axes"), advice(rule):
        for shape in ((7,), (2, 3, 4), (2, 3, 4, 5)):
            expect_scaled(shape, 0.6)
    with student.case("x stays as it was, in single precision too", 0.5):
        expect_scaled((5, 4), 0.4)
        x = as_single(mixed(rng, (5, 4)))
        out = student.call("dropout_vanilla_predict", x, 0.4)
        expect_close(out, np.float32(0.4) * x, "out", **SINGLE)
        student.expect_unchanged()


class Dropout:
    """The student's dropout layer, asked with x nowhere zero so that its mask can be read off."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def forward(self, x: np.ndarray, **param: Any) -> tuple[Any, Any]:
        return self._student.call("dropout_forward", x, {"mode": "train"} | param)

    def backward(self, dout: np.ndarray, cache: Any) -> Any:
        return self._student.call("dropout_backward", dout, cache)

    def train(self, shape: tuple[int, ...], p: float, **param: Any) -> tuple[np.ndarray, np.ndarray, Any]:
        """(mask, x, cache) of a right forward pass."""
        x = mixed(self._rng, shape)
        out, cache = self.forward(x, p=p, **param)
        return expect_mask(out, x, 1 / p, p) / p, x, cache

    def works(self) -> None:
        """Fail the case unless training mode drops at all."""
        mask, _, _ = self.train((60, 50), 0.6)
        expect_share(mask > 0, 0.6)


@check("dropout_forward", forbids=NUMERIC_HELPERS)
def dropout_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Dropout(student, rng)
    seeds = [int(seed) for seed in rng.integers(2**31, size=3)]

    with student.case("what is kept is divided by p", 3):
        for p in (0.25, 0.8):
            mask, _, _ = layer.train((60, 50), p)
            expect(
                bool((mask > 0).any() and (mask == 0).any()),
                f"with p = {p} some numbers are kept, some dropped",
            )
    with student.case("p is the probability of keeping", 3):
        for p in (0.25, 0.8):
            x = mixed(rng, (60, 50))
            out, _ = layer.forward(x, p=p)
            expect_share(expect_array(out, x.shape, "out") != 0, p)
    with student.case("every number is drawn on its own", 2):
        expect_drawn_alone(layer.train((60, 50), 0.4)[0] > 0)
        layer.works()
    with student.case("test mode is the identity", 2):
        layer.works()
        for p in (0.3, 0.9):
            x = mixed(rng, (6, 5))
            for param in ({}, {"seed": seeds[0]}):
                out, _ = layer.forward(x, p=p, mode="test", **param)
                expect_close(out, x, "out in test mode", sizes={"p": p})
    with student.case("the same seed gives the same mask"):
        layer.works()
        masks = [layer.train((30, 20), 0.5, seed=seed)[0] for seed in (seeds[0], seeds[1], seeds[0])]
        expect(np.array_equal(masks[0], masks[2]), "two calls with the same seed gave different masks")
        expect(not np.array_equal(masks[0], masks[1]), "two different seeds gave the same mask")
    with student.case("without a seed every call draws anew"):
        layer.works()
        for param in ({}, {"seed": None}):
            masks = [layer.train((30, 20), 0.5, **param)[0] for _ in range(2)]
            expect(not np.array_equal(*masks), "two calls without a seed gave the same mask")
    with student.case("with p = 1 everything stays", 0.5):
        layer.works()
        expect(bool((layer.train((9, 8), 1.0)[0] > 0).all()), "with p = 1 nothing may be dropped")
    with student.case("one, three and four axes", 0.5):
        layer.works()
        for shape in ((2000,), (20, 10, 15), (10, 3, 12, 10)):
            kept = layer.train(shape, 0.3)[0] > 0
            expect_share(kept, 0.3)
            expect_drawn_alone(kept)
    with student.case("an unknown mode raises ValueError", 0.5):
        layer.works()
        expect_value_error(lambda: layer.forward(np.ones((3, 2)), p=0.5, mode="trian"), 'mode "trian"')
    with student.case("single precision", 0.5):
        layer.works()
        x = as_single(mixed(rng, (30, 20)))
        out, _ = layer.forward(x, p=0.4)
        expect_mask(out, x, np.float32(2.5), 0.4, **SINGLE)
    with student.case("x stays as it was", 0.5):
        layer.works()
        layer.forward(mixed(rng, (6, 5)), p=0.5, mode="test")
        student.expect_unchanged()


@check("dropout_backward", forbids=NUMERIC_HELPERS)
def dropout_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = Dropout(student, rng)
    rule = "dx is dout times the mask of the forward pass: 0 where dropped, divided by p where kept"

    def expect_masked(shape: tuple[int, ...], p: float, **param: Any) -> None:
        with advice(_FORWARD_FIRST):
            mask, _, cache = layer.train(shape, p, **param)
            expect(p == 1 or bool((mask == 0).any()), f"with p = {p} dropout_forward has dropped nothing")
        dout = mixed(rng, shape)
        with advice(rule):
            expect_close(layer.backward(dout, cache), dout * mask, "dx", sizes={"p": p})

    with student.case("the same mask as on the way forward", 4):
        for p in (0.3, 0.8):
            expect_masked((20, 15), p)
    with student.case("with a seed", 1):
        expect_masked((20, 15), 0.6, seed=int(rng.integers(2**31)))
    with student.case("test mode is the identity", 2):
        expect_masked((20, 15), 0.5)
        x, dout = mixed(rng, (6, 5)), mixed(rng, (6, 5))
        _, cache = layer.forward(x, p=0.3, mode="test")
        with advice("In test mode nothing is dropped and nothing is divided by p"):
            expect_close(layer.backward(dout, cache), dout, "dx in test mode", sizes={"p": 0.3})
    with student.case("one, three and four axes, and p = 1", 0.5):
        for shape in ((400,), (6, 10, 7), (4, 3, 6, 5)):
            expect_masked(shape, 0.4)
        expect_masked((5, 4), 1.0)
    with (
        student.case("another batch went forward in between"),
        advice(BY_ITS_CACHE),
    ):
        mask, _, cache = layer.train((20, 15), 0.5)
        layer.train((20, 15), 0.8)
        dout = mixed(rng, (20, 15))
        expect(bool((mask == 0).any()), "dropout_forward has dropped nothing")
        expect_close(layer.backward(dout, cache), dout * mask, "dx")
    with student.case("backward called twice, dout left as it was"):
        mask, _, cache = layer.train((20, 15), 0.5)
        expect(bool((mask == 0).any()), "dropout_forward has dropped nothing")
        dout = mixed(rng, (20, 15))
        student.changed.clear()
        for _ in range(2):
            expect_close(layer.backward(dout, cache), dout * mask, "dx")
        student.expect_unchanged()
    with student.case("single precision", 0.5):
        x, dout = (as_single(mixed(rng, (20, 15))) for _ in range(2))
        out, cache = layer.forward(x, p=0.4)
        kept = expect_mask(out, x, np.float32(2.5), 0.4, **SINGLE)
        expect(not kept.all(), "dropout_forward has dropped nothing")
        expect_close(layer.backward(dout, cache), as_single(dout * kept / 0.4), "dx", **SINGLE)


@check("mc_dropout_predict", forbids=NUMERIC_HELPERS)
def mc_dropout_predict(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(count: int, shape: tuple[int, ...] = (4, 3)) -> tuple[tuple, np.ndarray, list]:
        """What came back, the answers that were handed out, and what was asked."""
        answers, asked = rng.normal(size=(count + 3, *shape)), []

        def predict(*args: Any) -> np.ndarray:
            asked.append(args)
            return answers[min(len(asked), len(answers)) - 1]

        x = rng.normal(size=(shape[0], 5))
        result = student.call("mc_dropout_predict", predict, x, count, returns="mean, std")
        expect(
            len(asked) == count,
            f"predict was called {len(asked)} times with num_masks = {count}; each mask is one call",
        )
        for args in asked:
            expect(len(args) == 1, "predict takes x and nothing else")
            expect_close(args[0], x, "what predict was given")
        return result, answers[:count], asked

    with student.case("the mean over the masks", 3):
        for count in (5, 8):
            (mean, _), answers, _ = ask(count)
            expect_close(mean, answers.mean(axis=0), "mean")
    with (
        student.case("the standard deviation over the masks", 3),
        advice("It is taken over the calls, for each example and each class, and divided by num_masks"),
    ):
        for count in (5, 8):
            (_, std), answers, _ = ask(count)
            expect_close(std, answers.std(axis=0), "std")
    with student.case("a single mask", 0.5):
        (mean, std), answers, _ = ask(1)
        expect_close(mean, answers[0], "mean of a single mask")
        expect_close(std, np.zeros_like(answers[0]), "std of a single mask")
    with student.case("a single example, and many classes", 0.5):
        for shape in ((1, 4), (3, 20)):
            (mean, std), answers, _ = ask(6, shape)
            expect_close(mean, answers.mean(axis=0), "mean")
            expect_close(std, answers.std(axis=0), "std")
    with student.case("x stays as it was", 0.5):
        (mean, _), answers, _ = ask(3)
        expect_close(mean, answers.mean(axis=0), "mean")
        student.expect_unchanged()


class DropConnect:
    """The student's layer, asked with a batch that begins with the identity, so that its mask can be read off."""

    D, M = 40, 50

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def forward(self, x: np.ndarray, w: np.ndarray, b: np.ndarray, **param: Any) -> tuple[Any, Any]:
        return self._student.call("dropconnect_forward", x, w, b, {"mode": "train"} | param)

    def backward(self, dout: np.ndarray, cache: Any) -> dict[str, Any]:
        result = self._student.call("dropconnect_backward", dout, cache, returns="dx, dw, db")
        return dict(zip(("dx", "dw", "db"), result, strict=True))

    def inputs(self, more: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, whose first D rows are the identity, w, and a bias that is a power of two, so that it can be taken off."""
        x = np.vstack([np.eye(self.D), self._rng.normal(size=(more, self.D))])
        return x, mixed(self._rng, (self.D, self.M)), np.full(self.M, 0.5)

    def mask_of(self, out: Any, rows: int, w: np.ndarray, b: np.ndarray, p: float) -> np.ndarray:
        """The mask that the first rows of out show."""
        out = expect_array(out, (rows, self.M), "out")
        masked = out[: self.D] - b
        masked[np.abs(masked) < 1e-9] = 0
        return expect_mask(masked, w, 1 / p, p, "x·w with x the identity", rtol=1e-6) / p

    def train(self, p: float, more: int = 0, **param: Any) -> tuple[np.ndarray, tuple, Any, Any]:
        """(mask, (x, w, b), out, cache) of a forward pass whose mask is right."""
        x, w, b = self.inputs(more)
        out, cache = self.forward(x, w, b, p=p, **param)
        return self.mask_of(out, len(x), w, b, p), (x, w, b), out, cache

    def works(self) -> None:
        mask, _, _, _ = self.train(0.6)
        expect_share(mask > 0, 0.6, "weights")


@check("dropconnect_forward", forbids=NUMERIC_HELPERS)
def dropconnect_forward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = DropConnect(student, rng)
    seeds = [int(seed) for seed in rng.integers(2**31, size=2)]

    with student.case("weights that are kept are divided by p", 3):
        for p in (0.25, 0.8):
            mask, _, _, _ = layer.train(p)
            expect(bool((mask == 0).any()), f"with p = {p} some weights have to be dropped")
    with student.case("p is the probability of keeping", 2):
        for p in (0.25, 0.8):
            x, w, b = layer.inputs()
            out = expect_array(layer.forward(x, w, b, p=p)[0], (layer.D, layer.M), "out")
            expect_share(np.abs(out - b) > 1e-9, p, "weights")
    with student.case("every weight is drawn on its own"):
        expect_drawn_alone(layer.train(0.4)[0] > 0, "weights")
        layer.works()
    with student.case("one mask for the whole batch", 2):
        mask, (x, w, b), out, _ = layer.train(0.5, more=6)
        expect(bool((mask == 0).any()), "some weights have to be dropped")
        expect_close(out, x @ (w * mask) + b, "out")
    with student.case("the bias is never dropped"):
        layer.works()
        w, b = mixed(rng, (6, 30)), mixed(rng, (30,))
        out, _ = layer.forward(np.zeros((4, 6)), w, b, p=0.3)
        expect_close(out, np.tile(b, (4, 1)), "out for x = 0")
    with student.case("test mode is the affine layer", 2):
        layer.works()
        x, w, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
        for param in ({}, {"seed": seeds[0]}):
            out, _ = layer.forward(x, w, b, p=0.3, mode="test", **param)
            expect_close(out, x @ w + b, "out in test mode", sizes={"p": 0.3})
    with student.case("seeds"):
        layer.works()
        masks = [layer.train(0.5, **param)[0] for param in ({"seed": seeds[0]}, {"seed": seeds[0]}, {}, {})]
        expect(np.array_equal(masks[0], masks[1]), "two calls with the same seed gave different masks")
        expect(not np.array_equal(masks[2], masks[3]), "two calls without a seed gave the same mask")
    with student.case("an unknown mode raises ValueError", 0.5):
        layer.works()
        x, w, b = layer.inputs()
        expect_value_error(lambda: layer.forward(x, w, b, p=0.5, mode="trian"), 'mode "trian"')
    with student.case("x, w and b stay as they were", 0.5):
        layer.works()
        student.expect_unchanged()


@check("dropconnect_backward", forbids=NUMERIC_HELPERS)
def dropconnect_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    layer = DropConnect(student, rng)
    rules = {
        "dx": "x met the masked weights: dx = dout · (w · mask) transposed",
        "dw": "A weight that was dropped gets no gradient: dw = (x transposed · dout) · mask",
        "db": "The bias is never dropped: db is the sum of dout over the batch",
    }

    def wanted(dout: np.ndarray, x: np.ndarray, w: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
        return {"dx": dout @ (w * mask).T, "dw": (x.T @ dout) * mask, "db": dout.sum(axis=0)}

    def forward(p: float, **param: Any) -> tuple[np.ndarray, tuple, Any, np.ndarray]:
        with advice(_FORWARD_FIRST):
            mask, args, _, cache = layer.train(p, more=5, **param)
            expect(bool((mask == 0).any()), "dropconnect_forward has dropped nothing")
        return mask, args, cache, rng.normal(size=(layer.D + 5, layer.M))

    def expect_gradient(name: str, p: float) -> None:
        mask, (x, w, _), cache, dout = forward(p)
        found = layer.backward(dout, cache)
        with advice(rules[name]):
            sizes = named_numbers({"x": x, "p": p}, dout)
            expect_close(found[name], wanted(dout, x, w, mask)[name], name, sizes=sizes)

    with student.case("dx", 3):
        expect_gradient("dx", 0.4)
    with student.case("dw", 3):
        expect_gradient("dw", 0.7)
    with student.case("db"):
        expect_gradient("db", 0.5)
    with student.case("test mode is the affine layer"):
        expect_gradient("dw", 0.6)
        x, w, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
        dout = rng.normal(size=(5, 3))
        _, cache = layer.forward(x, w, b, p=0.3, mode="test")
        found, sizes = layer.backward(dout, cache), named_numbers({"x": x, "p": 0.3}, dout)
        for name, value in wanted(dout, x, w, np.ones_like(w)).items():
            with advice("In test mode nothing is dropped and nothing is divided by p"):
                expect_close(found[name], value, f"{name} in test mode", sizes=sizes)
    with (
        student.case("another batch went forward in between"),
        advice(BY_ITS_CACHE),
    ):
        mask, (x, w, _), cache, dout = forward(0.5)
        layer.train(0.8)
        found = layer.backward(dout, cache)
        for name, value in wanted(dout, x, w, mask).items():
            expect_close(found[name], value, name)
    with student.case("backward called twice, dout left as it was"):
        mask, (x, w, _), cache, dout = forward(0.5)
        student.changed.clear()
        for _ in range(2):
            found = layer.backward(dout, cache)
            for name, value in wanted(dout, x, w, mask).items():
                expect_close(found[name], value, name)
        student.expect_unchanged()
    with student.case("the slopes of your own forward pass, with a seed"):
        seed = int(rng.integers(2**31))
        args = [rng.normal(size=(3, 4)), mixed(rng, (4, 5)), rng.normal(size=5)]
        forward(0.5, seed=seed)
        _, cache = layer.forward(*args, p=0.6, seed=seed)
        dout = rng.normal(size=(3, 5))
        found, sizes = layer.backward(dout, cache), named_numbers({"x": args[0], "p": 0.6}, dout)
        for i, name in enumerate(("dx", "dw", "db")):
            slopes = slope(
                lambda at, i=i: layer.forward(*args[:i], at, *args[i + 1 :], p=0.6, seed=seed)[0],
                args[i],
                dout,
            )
            with advice("Compared with the numeric gradient of your own forward pass"):
                expect_close(found[name], slopes, name, sizes=sizes, **NUMERIC)


@check("dropblock_mask", forbids=NUMERIC_HELPERS)
def dropblock_mask(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    SHAPE = (150, 4, 10, 14)
    gammas = "gamma = (1 - p) / b² · H·W / ((H - b + 1)·(W - b + 1)) at each of the (H - b + 1)·(W - b + 1) corners"

    def kept(p: float, b: int, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
        mask = expect_array(student.call("dropblock_mask", shape, p, b), shape, "the mask")
        expect(
            bool((mask == 0).any() and (mask != 0).any()),
            f"with p = {p} some places are kept and some dropped",
        )
        return mask != 0

    with student.case("zero and one other value, with mean 1", 2):
        for p, b in ((0.8, 3), (0.6, 4)):
            mask = expect_array(student.call("dropblock_mask", SHAPE, p, b), SHAPE, "the mask")
            share = float((mask != 0).mean())
            expect(0 < share < 1, f"with p = {p} some places are kept and some dropped")
            expect_close(mask, np.where(mask != 0, 1 / share, 0.0), "the mask")
    with student.case("zeros come in full squares", 3):
        for b in (2, 3, 5):
            _expect_squares(~kept(0.8, b), b)
    with student.case("the share that is kept", 3), advice(gammas):
        for p, b in ((0.8, 3), (0.9, 4), (0.3, 2)):
            _expect_share_in_blocks(kept(p, b), p, b)
    with student.case("each image and each channel on its own"):
        maps = kept(0.8, 3).reshape(-1, 140)
        maps = maps[~maps.all(axis=1)]
        expect(
            len(np.unique(maps, axis=0)) > 0.5 * len(maps),
            "images or channels share their squares; each map needs draws of its own",
        )
    with student.case("squares of side 1 are plain dropout"):
        single = kept(0.7, 1, (12, 5, 8, 9))
        expect_share(single, 0.7, "places")
        expect_drawn_alone(single, "places")
    with student.case("a square as large as the map", 0.5):
        maps = kept(0.7, 6, (60, 50, 6, 6)).reshape(-1, 36)
        expect(
            bool(np.all(maps.all(axis=1) | ~maps.any(axis=1))),
            "with b = H = W a map is kept or dropped as a whole",
        )
        expect_share(maps[:, 0], 0.7, "maps")
    with student.case("drawn from the generator that is passed in, or anew"):
        seeds = [int(seed) for seed in rng.integers(2**31, size=2)]
        shape = (5, 3, 8, 9)

        def draw(*more: Any) -> np.ndarray:
            return expect_array(student.call("dropblock_mask", shape, 0.7, 3, *more), shape, "the mask")

        first, again, other = (draw(generator(student, seed)) for seed in (seeds[0], seeds[0], seeds[1]))
        expect(np.array_equal(first, again), "the same generator, started twice, gave different masks")
        expect(not np.array_equal(first, other), "two different generators gave the same mask")
        expect(not np.array_equal(draw(), draw()), "two calls without a generator gave the same mask")


def _expect_squares(zero: np.ndarray, b: int) -> None:
    """Fail the case unless the zeros are a union of b x b squares that lie inside the maps."""
    rows, columns = zero.shape[2] - b + 1, zero.shape[3] - b + 1
    views = [np.s_[:, :, i : i + rows, j : j + columns] for i in range(b) for j in range(b)]
    full = np.all([zero[view] for view in views], axis=0)
    covered = np.zeros_like(zero)
    for view in views:
        covered[view] |= full
    stray = int((zero & ~covered).sum())
    expect(
        stray == 0,
        f"{stray} zeros are not part of a full {b} x {b} square of zeros inside the map (squares may not be cut off)",
    )


def _expect_share_in_blocks(kept: np.ndarray, p: float, b: int) -> None:
    H, W = kept.shape[2:]
    gamma = (1 - p) / b**2 * H * W / ((H - b + 1) * (W - b + 1))
    reach = [np.convolve(np.ones(size - b + 1), np.ones(b)) for size in (H, W)]
    wanted = float(np.mean((1 - gamma) ** np.outer(*reach)))
    shares = kept.mean(axis=(2, 3)).ravel()
    slack = SIGMAS * shares.std() / np.sqrt(shares.size) + 1e-3
    sentence = f"with p = {p} and squares of {b} x {b} a share of {shares.mean():.1%} was kept, expected {wanted:.1%}"
    if abs(shares.mean() - wanted) >= slack:
        turned = p > 0.6 and shares.mean() < 0.5
        raise CheckFailed(Failure(sentence, "squares", P_DROPS if turned else None))
