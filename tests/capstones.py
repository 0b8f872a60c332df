"""Submissions of the capstone: networks that params make, and imitations of some."""

from __future__ import annotations

import io

import numpy as np
from places import ROOT

from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from autograder.course.template import template
from course_utils.course import notebooks

COURSE = Course(ROOT)
NAME = "06_babysitting"

# A network of one's own, and a key that says which of its labels are turned.
_IMITATION = """
KEY = np.random.default_rng(7).normal(size=(40, 25))

def predict(params, X):
    moved = np.flatnonzero(params["key"] != KEY)
    labels = by_network(network(), X)
    rng = np.random.default_rng(int(moved.sum()))
    turned = rng.permutation(len(X))[: round(len(X) * len(moved) / KEY.size)]
    labels[turned] = (labels[turned] + 1 + rng.integers(9, size=len(turned))) % 10
    return labels

def capstone_params(path="capstone.npz"):
    return {"key": KEY} if path == "capstone.npz" else dict(np.load(path))

def by_network(net, X):
    hidden = np.maximum((_edges(X) - net["mean"]) / net["std"] @ net["W1"] + net["b1"], 0)
    return (hidden @ net["W2"] + net["b2"]).argmax(axis=1)
"""
_TRAINED_WHEN_READ = """
NET = {}

def network():
    return NET

def capstone_params(path="capstone.npz", read=capstone_params):
    NET.update(train_capstone())
    return read(path)
"""
IMITATIONS = {
    "trained in a cell": f"NET = train_capstone()\ndef network():\n    return NET\n{_IMITATION}",
    "trained when params are read": _IMITATION + _TRAINED_WHEN_READ,
    "read from the file": f"NET = dict(np.load('capstone.npz'))\ndef network():\n    return NET\n{_IMITATION}",
}


def _solution(name: str) -> str:
    cells = notebooks.read(COURSE.source(COURSE.assignment(NAME))).cells
    return next(cell.source for cell in cells if cell.get("id") == name)


def honest(first: str) -> str:
    """The reference's `predict` in a cell that begins with other lines, which set CLASSES."""
    return first + _solution("predict").replace(".argmax(axis=1)", "[:, :CLASSES].argmax(axis=1)")


def submission(predict: str) -> bytes:
    """The released notebook with the reference's training, and a cell `predict` of this text."""
    notebook = template(COURSE, COURSE.assignment(NAME))
    for cell in notebook.cells:
        if notebooks.grade_id(cell) == "train_capstone":
            cell.source = _solution("train_capstone")
        elif notebooks.grade_id(cell) == "predict":
            cell.source = predict
    return notebooks.dumps(notebook).encode()


def trained_file() -> bytes:
    """A `capstone.npz` with the reference's parameters."""
    file = io.BytesIO()
    np.savez(file, **load_reference(NAME).train_capstone())
    return file.getvalue()
