"""A file that is handed in beside the tiny course's notebook, and is read by it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import tiny

from autograder.course.manifest import Course

FILE = "weights.npz"
# Right with the weights that were handed in, wrong with others, and only where nothing else lies beside them.
READS_THE_FILE = f"""import os

def relu_backward(dout, cache):
    assert os.listdir() == ["{FILE}"], os.listdir()
    return dout * (cache > 0) * np.load("{FILE}", allow_pickle=False)["w"]
"""


def weights(value: float) -> bytes:
    file = io.BytesIO()
    np.savez(file, w=np.float64(value))
    return file.getvalue()


def with_manifest(course: Course, line: str, more: str = "") -> Course:
    """The course with this line in the entry of its assignment, and `more` after it."""
    (course.root / "course.toml").write_text(f"{tiny.MANIFEST}{line}\n{more}", encoding="utf-8")
    return Course(course.root)


def with_file(course: Course) -> Course:
    """The course with a file to hand in."""
    return with_manifest(course, f'files = ["{FILE}"]')


def hand_in(course: Course, student: str, file: bytes | None) -> Path:
    """Hand in a notebook that reads the file, and the file; returns where the file lies."""
    notebook = tiny.hand_in(course, student, tiny.answered(course, relu_backward=READS_THE_FILE))
    path = notebook.with_name(FILE)
    if file is not None:
        path.write_bytes(file)
    return path
