"""The tiny course's notebook as a student hands it in, cell by cell, and what a rebuilt one holds."""

from __future__ import annotations

import json

from nbformat.v4 import new_code_cell

from course_utils.course import notebooks
from course_utils.submission.rebuild import HandedIn, Rebuilt

FORWARD = "def relu_forward(x):\n    return np.maximum(0, x), x"
BACKWARD = "def relu_backward(dout, cache):\n    return dout * (cache > 0)"
WORDS = "There is no slope at 0; we choose 0."
HELPER = "def clip(x):\n    return np.maximum(0, x)"


def at(cells: list[dict], name: str) -> int:
    return next(number for number, cell in enumerate(cells) if cell["id"] == name)


def handed_in(cells: list[dict]) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def code(source: str, **more: object) -> dict:
    return new_code_cell(source) | more


def runs(rebuilt: Rebuilt) -> list[str]:
    """What a kernel is given, in order; of test cells only their name."""
    return [
        notebooks.question(cell) or cell.source
        for cell in rebuilt.notebook.cells
        if cell.cell_type == "code" and not notebooks.has_tag(cell, "demo")
    ]


def answer(rebuilt: Rebuilt, name: str) -> str:
    return dict(notebooks.answers(rebuilt.notebook))[name].source


def is_complete(rebuilt: Rebuilt) -> bool:
    """Whether every answer was found, and there was nothing to say."""
    found = [answer(rebuilt, name) for name in ("relu_forward", "relu_backward", "answer_zero")]
    return found == [FORWARD, BACKWARD, WORDS] and not rebuilt.notes and rebuilt.handed_in is HandedIn.READ
