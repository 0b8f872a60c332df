"""The skeleton of a notebook: all files that belong to one, with one question and one answer in words, ready to be changed."""

from __future__ import annotations

import json
import keyword
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course.manifest import MANIFEST, Course
from autograder.course.reading_time import reading_time
from course_utils.course import notebooks
from course_utils.errors import CourseError, cannot_write

POINTS = {"function": 4, "words": 1}
_SKELETON = Path(__file__).parent / "skeleton"
_NAME = re.compile(r"\d\d_(?P<topic>[a-z][a-z0-9]*(_[a-z0-9]+)*)")
_NOT_ROOMS = {"asking", "mistakes"}
_ROW = "| `{name}` | {title} | what you write and see | {minutes} min | {points} |\n"
_ENTRY = '\n[[assignment]]\nname = "{name}"\ntitle = {title}\npoints = {points}\nchecks = "{room}"\n'
_HINTS = "<details><summary>A nudge</summary>\n\nA number times an array multiplies each of its entries.\n</details>"
_GUIDE = """**What earns points**

- 1 point: every entry is 0, and so x is lost.

**Half answers**

- “It is 0.” Earns 0.5 points: what becomes of x is not said.
- “It gets smaller.” Earns 0 points: smaller is not zero.
"""
_HINT_IN_WORDS = "<details><summary>A nudge</summary>\n\nWhat is any number times 0?\n</details>"
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Skeleton:
    """A notebook to be.

    Attributes:
        name: of folder and notebook, two digits and a topic: "07_recurrence".
        title: for people.
    """

    name: str
    title: str

    @classmethod
    def named(cls, name: str, title: str = "") -> Skeleton:
        """By its name; without a title the topic is its title."""
        return cls(name, title or name.partition("_")[2].replace("_", " ").capitalize())

    @property
    def topic(self) -> str:
        """What the notebook is about, with which its first function's name begins."""
        return self.name.partition("_")[2]

    @property
    def room(self) -> str:
        """The module of hidden checks, and that of planted answers."""
        return self.topic.replace("_", "")

    @property
    def points(self) -> int:
        """What its cells add up to."""
        return sum(POINTS.values())

    def text(self, part: str) -> str:
        """One of the skeleton's texts, by its file."""
        text = (_SKELETON / f"{part}.txt").read_text(encoding="utf-8")
        return text.replace("NN_topic", self.name).replace("topic_", f"{self.topic}_")


def create(course: Course, skeleton: Skeleton) -> list[Path]:
    """Write the skeleton of a notebook, and enter it in `course.toml` and the table of README.

    Returns:
        The files that were written or changed.

    Raises:
        CourseError: the name or the title cannot be used, something of that name is there, or this is no clone of the
            repository. Nothing is written then.
    """
    _refuse_names(skeleton)
    written = _files(course, skeleton)
    _refuse(course, skeleton, list(written))
    written |= {
        course.root / MANIFEST: _with_entry(course, skeleton),
        course.root / "README.md": _with_row(course, skeleton),
    }
    try:
        for path, text in written.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourseError(cannot_write(error)) from error
    return list(written)


def _files(course: Course, skeleton: Skeleton) -> dict[Path, str]:
    """The new files by their places."""
    root, name, room = course.root, skeleton.name, skeleton.room
    return {
        root / "solutions" / name / f"{name}.ipynb": notebooks.dumps(_notebook(skeleton)),
        root / "autograder" / "checks" / f"{room}.py": skeleton.text("checks.py"),
        root / "answers" / f"{room}.py": skeleton.text("answers.py"),
        root / "docs" / "reading" / f"{name}.md": skeleton.text("reading.md"),
    }


def _refuse_names(skeleton: Skeleton) -> None:
    if not _NAME.fullmatch(skeleton.name):
        raise CourseError(
            f"{skeleton.name!r} cannot name a notebook: two digits, _ and a topic in small letters, for example 07_recurrence"
        )
    if keyword.iskeyword(skeleton.room):
        raise CourseError(
            f"{skeleton.room} is a word of Python, and modules are named by the topic: choose another"
        )
    if re.search(r'[|\\"`\n]', skeleton.title):
        raise CourseError(
            f'the title {skeleton.title!r} cannot stand in a table: leave out | \\ " ` and new lines'
        )


def _refuse(course: Course, skeleton: Skeleton, files: list[Path]) -> None:
    for folder in ("autograder/checks", "answers"):
        if not (course.root / folder).is_dir():
            raise CourseError(
                f"{course.root} has no folder {folder}: notebooks are added in a clone of the course's repository"
            )
    if skeleton.name in [assignment.name for assignment in course.assignments]:
        raise CourseError(f"{MANIFEST} has a notebook {skeleton.name} already: choose another name")
    there = [path for path in files if path.exists() or path.with_suffix("").is_dir()]
    if there or skeleton.room in _NOT_ROOMS:
        place = (
            there[0].relative_to(course.root).as_posix() if there else f"autograder/checks/{skeleton.room}"
        )
        raise CourseError(f"{place} is there already: choose another topic, or remove it first")


def _with_entry(course: Course, skeleton: Skeleton) -> str:
    entry = _ENTRY.format(
        name=skeleton.name,
        title=json.dumps(skeleton.title, ensure_ascii=False),
        points=skeleton.points,
        room=skeleton.room,
    )
    return (course.root / MANIFEST).read_text(encoding="utf-8").rstrip("\n") + "\n" + entry


def _with_row(course: Course, skeleton: Skeleton) -> str:
    """README with a row more in its table of notebooks.

    Raises:
        CourseError: there is no such table.
    """
    path = course.root / "README.md"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else []
    rows = [place for place, line in enumerate(lines) if re.match(r"\| `\d\d_", line)]
    if not rows:
        raise CourseError(f"{path} has no table of notebooks, whose rows begin with | `00_: add one")
    minutes = reading_time(_notebook(skeleton)).minutes
    row = _ROW.format(name=skeleton.name, title=skeleton.title, minutes=minutes, points=skeleton.points)
    return "".join([*lines[: rows[-1] + 1], row, *lines[rows[-1] + 1 :]])


def _notebook(skeleton: Skeleton) -> NotebookNode:
    function, number = f"{skeleton.topic}_scale", int(skeleton.name[:2])
    opening = (
        f"# {number} · {skeleton.title}\n\nThe question that this notebook answers.\n\n**Afterwards you can**\n- say what you have "
        "learned.\n\n**Time** about {minutes} minutes. **Builds on** notebook 1."
    )
    asked = "**In words.** What becomes of the result when `factor` is 0? (One sentence.)"
    model = "**Your answer:**\n\n### BEGIN SOLUTION\nEvery entry is 0, whatever x was, and x cannot be got back.\n### END SOLUTION"
    cells = [
        new_markdown_cell(opening, id="title"),
        _code("setup", skeleton.text("setup.py"), tags=["setup"], locked=True),
        new_markdown_cell("## 1 · A first question\n\nThe idea, and the formula.", id="section-scale"),
        _code(function, skeleton.text("solution.py"), solution=True),
        _code(
            f"test_{function}", skeleton.text("test.py"), grade=True, locked=True, points=POINTS["function"]
        ),
        new_markdown_cell(_HINTS, id="scale-hints"),
        new_markdown_cell(asked, id="question-scale"),
        new_markdown_cell(
            model,
            id="answer_scale",
            metadata=_nbgrader("answer_scale", grade=True, solution=True, points=POINTS["words"]),
        ),
        new_markdown_cell(_GUIDE, id="guide-scale", metadata={"tags": ["guide"]}),
        new_markdown_cell(_HINT_IN_WORDS, id="hint-answer-scale"),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": _KERNEL, "language_info": {"name": "python"}})


def _code(name: str, source: str, *, tags: list[str] | None = None, **marks: Any) -> NotebookNode:
    metadata = _nbgrader(name, **marks) | ({"tags": tags} if tags else {})
    return new_code_cell(source.rstrip("\n"), id=name[:64], metadata=metadata)


def _nbgrader(name: str, **marks: Any) -> dict[str, Any]:
    plain = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return {"nbgrader": plain | marks | {"grade_id": name}}
