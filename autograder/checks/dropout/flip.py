"""Checks of random flips."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.chance import SIGMAS, expect_share
from autograder.checks.asking.forbidden import NUMERIC_HELPERS
from autograder.checks.dropout.changes import Change, ask_form, pictures
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.student import Student


@check("random_flip", forbids=NUMERIC_HELPERS)
def random_flip(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    flip = Change(student, rng, "random_flip")

    def mirrored(X: np.ndarray, **settings: Any) -> np.ndarray:
        """Which pictures were mirrored; each must be as it was or mirrored left to right."""
        out = flip(X, **settings)
        same, turned, upside_down = (
            np.all(out == view, axis=(1, 2, 3)) for view in (X, X[:, :, :, ::-1], X[:, :, ::-1])
        )
        expect(
            not upside_down.any(),
            "pictures came out upside down; mirror them left to right, along the last axis",
        )
        odd = int((~same & ~turned).sum())
        expect(odd == 0, f"{odd} of {len(X)} pictures are neither as they were nor mirrored as a whole")
        return turned

    def works(X: np.ndarray) -> None:
        expect_share(~mirrored(X), 0.5, "pictures")

    with student.case("each picture as it was or mirrored, as a whole", 3):
        works(pictures(rng, 800, 2, 3, 5))
    with student.case("mirrored with probability p", 3):
        for p in (0.2, 0.7):
            turned = mirrored(pictures(rng, 1500, 1, 2, 3), p=p)
            share, slack = float(turned.mean()), SIGMAS * np.sqrt(p * (1 - p) / len(turned))
            expect(
                abs(share - p) < slack,
                f"with p = {p} a share of {share:.0%} was mirrored, expected about {p:.0%}",
            )
    with student.case("p = 0 and p = 1"):
        expect(not mirrored(pictures(rng, 30, 2, 4, 3), p=0.0).any(), "with p = 0 no picture is mirrored")
        expect(
            bool(mirrored(pictures(rng, 30, 2, 4, 3), p=1.0).all()), "with p = 1 every picture is mirrored"
        )
    ask_form(flip, works, pictures(rng, 800, 2, 3, 5))
