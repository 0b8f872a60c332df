"""Checks of residual blocks: the way back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.asking.inputs import as_single, drawn_until, mixed
from autograder.checks.deep.blocks import Block, drawn_args
from autograder.verdict.check import check
from autograder.verdict.student import Student
from course_utils import layers

_BOTH_ROADS = (
    "Behind the last ReLU's backward pass both roads get the whole gradient, and at x what they bring adds up"
)
# No ReLU may change sides within a difference's step.
_CLEAR = 2e-3
# The least standard deviation of what is normalized where slopes are asked.
_SPREAD = 0.5


def _upstream(rng: np.random.Generator, block: Block, args: tuple[np.ndarray, ...]) -> np.ndarray:
    N, _, H, W = args[0].shape
    places = [1 + (n - 1) // block.stride for n in (H, W)]
    return mixed(rng, (N, len(args[1]), *places))


def _is_clear(block: Block, args: tuple[np.ndarray, ...]) -> bool:
    hidden, change, shortcut = block.parts(*args)
    return min(np.abs(hidden).min(), np.abs(change + shortcut).min()) > _CLEAR


def _is_spread(block: Block, x: np.ndarray, *params: np.ndarray) -> bool:
    """Whether no normalization divides by a small number, where a difference would have to be finer."""
    weights = dict(zip(block.names, params, strict=True))
    hidden, _, _ = block.parts(x, *params)
    return all(
        _convolved(maps, weights[name]).std(axis=(0, 2, 3)).min() > _SPREAD
        for maps, name in ((x, "W1"), (np.maximum(hidden, 0), "W2"))
    )


def _convolved(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    out, _ = layers.conv_forward_fast(x, w, np.zeros(len(w)), {"stride": 1, "pad": 1})
    return out


@check("residual_block_backward", forbids=NUMERIC_HELPERS)
def residual_block_backward(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    plain, bent = Block(student, reference, False, eps=1e-5), Block(student, reference, True, 2, eps=1e-5)

    def asked(kind: Block, shape: tuple[int, int, int, int] = (3, 4, 5, 6), F: int = 4) -> tuple[Any, ...]:
        args = drawn_until(lambda: drawn_args(rng, kind, shape, F), lambda args: _is_clear(kind, args))
        return _upstream(rng, kind, args), *args

    small = ((2, 3, 4, 3), 3)
    with student.case("dx without a projection", 3), advice(_BOTH_ROADS, student):
        plain.expect_gradients(*asked(plain), only="dx")
        plain.expect_gradients(*asked(plain, *small), only="dx")
    with student.case("the parameters' gradients without a projection", 2):
        plain.expect_grads(*asked(plain))
        plain.expect_grads(*asked(plain, *small))
    with student.case("dx with a projection", 2), advice(_BOTH_ROADS, student):
        bent.expect_gradients(*asked(bent, (3, 4, 5, 6), 3), only="dx")
        bent.expect_gradients(*asked(bent, (2, 3, 6, 4), 5), only="dx")
    with student.case("the parameters' gradients with a projection", 2):
        bent.expect_grads(*asked(bent, (3, 4, 5, 6), 3))
    with student.case("a projection although nothing changes, and a stride of 3"):
        for stride in (1, 3):
            kind = Block(student, reference, True, stride, eps=1e-5)
            kind.expect_gradients(*asked(kind))
    with student.case("single precision", 0.5):
        plain.expect_gradients(*map(as_single, asked(plain)), rtol=2e-3, atol=5e-4)
    with student.case("backward called twice", 0.5):
        plain.expect_twice(*asked(plain, *small))
        bent.expect_twice(*asked(bent))
    with student.case("two blocks at once", 0.5):
        dout, *args = asked(plain)
        plain.expect_own_cache(dout, tuple(args), drawn_args(rng, plain, (2, 3, 4, 5), 3), {}, {})
    with student.case("dout stays as it was", 0.5):
        for kind in (plain, bent):
            kind.expect_gradients(*asked(kind))
            student.expect_unchanged()
    with student.case("the slopes of your own residual_block_forward"):
        drawn = drawn_until(
            lambda: asked(plain, (2, 1, 3, 4), 1), lambda drawn: _is_spread(plain, *drawn[1:])
        )
        plain.expect_slopes(*drawn)
