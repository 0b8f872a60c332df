"""A course of three questions (4, 3 and 3 points) and one answer in words, quick to grade."""

from __future__ import annotations

import copy
from pathlib import Path

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.manifest import Course
from course_utils.course import notebooks, sources

NAME = "01_small"
POINTS = {"square": 4, "scale_forward": 3, "scale_backward": 3}
RIGHT = {
    "square": "def square(x):\n    return x * x\n",
    "scale_forward": "def scale_forward(x, w):\n    return x * w, (x, w)\n",
    "scale_backward": (
        "def scale_backward(dout, cache):\n    x, w = cache\n    return dout * w, (dout * x).sum(axis=0)\n"
    ),
}
WRONG = {
    "square": "def square(x):\n    return x - 7\n",
    "scale_forward": "def scale_forward(x, w):\n    return x - w, None\n",
    "scale_backward": "def scale_backward(dout, cache):\n    return dout - 7, dout[0]\n",
}
# In a comment of each solution cell, so that a search for the reference has something to find.
SECRET = "reference-7f3a91"

_MANIFEST = f"""title = "Small"

[[assignment]]
name = "{NAME}"
title = "Small"
points = 10
checks = "hostile.checks"
"""


def make_course(root: Path) -> Course:
    """Write the course to a folder."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "course.toml").write_text(_MANIFEST)
    course = Course(root)
    source = course.source(course.assignment(NAME))
    source.parent.mkdir(parents=True)
    notebooks.write(_solution_notebook(), source)
    return course


def submission(answers: dict[str, str]) -> dict:
    """A handed-in notebook as plain JSON: the released one with these answers in it."""
    notebook = copy.deepcopy(_solution_notebook())
    for cell in notebook.cells:
        name = notebooks.grade_id(cell)
        cell.source = answers.get(name, sources.visible_part(cell.source))
    return notebook


def extra_cell(notebook: dict, source: str, *, before: str = "square", kind: str = "code") -> dict:
    """The notebook with a cell of the student's own in front of the cell of this grade id."""
    names = [notebooks.grade_id(cell) for cell in notebook["cells"]]
    make = new_code_cell if kind == "code" else new_markdown_cell
    notebook["cells"].insert(names.index(before), make(source))
    return notebook


def _solution_notebook():
    cells = [_cell("setup", "import numpy as np\nfrom course_utils.grading import grade", tags=["setup"])]
    for name, points in POINTS.items():
        head, _, body = RIGHT[name].partition("\n")
        solution = f"{head}\n    ### BEGIN SOLUTION\n    # {SECRET}\n{body}    ### END SOLUTION\n"
        hidden = f'### BEGIN HIDDEN TESTS\ngrade("{name}")\n### END HIDDEN TESTS\n'
        cells.append(_cell(name, solution, solution=True, locked=False))
        cells.append(_cell(f"test_{name}", f"print('visible')\n{hidden}", grade=True, points=points))
    cells.append(_cell("demo", "raise SystemExit('a demo never runs')", tags=["demo"]))
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def _cell(name: str, source: str, *, tags: list[str] | None = None, **flags):
    settings = {"grade": False, "locked": True, "solution": False, "task": False, "schema_version": 3}
    metadata = {"nbgrader": settings | {"grade_id": name} | flags} if name != "demo" else {}
    return new_code_cell(source, id=name, metadata=metadata | ({"tags": tags} if tags else {}))
