"""A course of one or two tiny notebooks, made by the test that needs it; marked by the checks of 01."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from autograder.classroom import grade
from autograder.classroom.submissions import find_submissions
from autograder.classroom.worker import Slot
from autograder.course.manifest import Course
from autograder.course.template import template
from autograder.grading.job import Graded, Job, Waiting
from autograder.grading.marks import write_verdicts
from autograder.grading.version import assignment_version
from autograder.sandbox.bubblewrap import Sandbox
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.compare import Failure
from course_utils.course import notebooks, sources

NAME = "01_small"
LATER = "02_later"
# A line that only a kernel understands, and that costs nothing: matplotlib's would take longer than all the rest.
MAGIC = "%config ZMQInteractiveShell.ast_node_interactivity = 'last_expr'"

RELU_FORWARD = '''def relu_forward(x):
    """Rectify: max(0, x)."""
    ### BEGIN SOLUTION
    return np.maximum(0, x), x
    ### END SOLUTION
'''
RELU_BACKWARD = '''def relu_backward(dout, cache):
    """Pass the gradient where x > 0."""
    ### BEGIN SOLUTION
    return dout * (cache > 0)
    ### END SOLUTION
'''
TANH_FORWARD = '''def tanh_forward(x):
    """Hyperbolic tangent; uses nothing of the earlier notebook."""
    ### BEGIN SOLUTION
    out = np.tanh(x)
    return out, out
    ### END SOLUTION
'''

WRONG_BACKWARD = RELU_BACKWARD.replace("dout * (cache > 0)", "dout * 2")

MANIFEST = f"""title = "A small course"

[[assignment]]
name = "{NAME}"
title = "Small"
points = 7
checks = "layers"
"""
LATER_ENTRY = f"""
[[assignment]]
name = "{LATER}"
title = "Later"
points = 2
checks = "layers"
given = ["{NAME}"]
"""
CONFIG = """from pathlib import Path

from autograder.nbgrader_bridge.settings import configure

configure(get_config(), Path(__file__).parent)
"""


def setup_cell(source: str) -> NotebookNode:
    return _code(source, "setup", tags=["setup"], locked=True)


def solution_cell(name: str, source: str) -> NotebookNode:
    return _code(source, name, solution=True)


def graded_cell(name: str, points: float, visible: str = "print('visible')") -> NotebookNode:
    hidden = f'### BEGIN HIDDEN TESTS\ngrade("{name}")\n### END HIDDEN TESTS'
    return _code(f"{visible}\n{hidden}", f"test_{name}", grade=True, locked=True, points=points)


def answer_cell(topic: str, points: float, sample: str) -> NotebookNode:
    source = f"### BEGIN SOLUTION\n{sample}\n### END SOLUTION"
    metadata = _metadata(f"answer_{topic}", grade=True, solution=True, points=points)
    return new_markdown_cell(source, id=f"answer_{topic}", metadata=metadata)


def heading(number: int, title: str) -> NotebookNode:
    return new_markdown_cell(f"## {number} · {title}", id=f"section-{number}")


def first_notebook() -> NotebookNode:
    """Two questions of 2 and 4 points and an answer in words for 1."""
    return notebook_of(
        new_markdown_cell("# Small", id="title"),
        setup_cell(f"{MAGIC}\nimport numpy as np\nfrom course_utils.grading import grade"),
        heading(1, "Forward"),
        solution_cell("relu_forward", RELU_FORWARD),
        graded_cell(
            "relu_forward", 2, "assert relu_forward(np.array([-1.0, 2.0]))[0].tolist() == [0.0, 2.0]"
        ),
        heading(2, "Backward"),
        solution_cell("relu_backward", RELU_BACKWARD),
        graded_cell("relu_backward", 4),
        answer_cell("zero", 1, "It is a convention: the gradient at 0 is 0."),
        new_code_cell("raise SystemExit('demos never run')", id="demo", metadata={"tags": ["demo"]}),
    )


def later_notebook() -> NotebookNode:
    """A notebook that is given the functions of the first."""
    setup = "import numpy as np\nfrom course_utils.grading import grade\nfrom given import relu_forward"
    uses = TANH_FORWARD.replace("np.tanh(x)", "relu_forward(np.tanh(x))[0] - relu_forward(-np.tanh(x))[0]")
    return notebook_of(
        setup_cell(setup),
        heading(1, "Tanh"),
        solution_cell("tanh_forward", uses),
        graded_cell("tanh_forward", 2),
    )


def make_course(folder: Path, *, later: bool = False, due: str = "") -> Course:
    """Write a course folder with the first notebook, due at some time, and the later one where asked for."""
    folder.mkdir(parents=True)
    manifest = MANIFEST + (f"due = {due}\n" if due else "") + (LATER_ENTRY if later else "")
    (folder / "course.toml").write_text(manifest, encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    course = Course(folder)
    write_source(course, NAME, first_notebook())
    if later:
        write_source(course, LATER, later_notebook())
    return course


def write_source(course: Course, name: str, notebook: NotebookNode) -> Path:
    path = course.source(course.assignment(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    notebooks.write(notebook, path)
    return path


def hand_in(course: Course, student: str, content: bytes, name: str = NAME) -> Path:
    """Put a file where nbgrader looks for a student's submission."""
    path = course.root / "submitted" / student / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def three(course: Course, empty_gradebook: Path) -> Course:
    """Let three hand in: what is right, what is wrong, and what is no notebook."""
    shutil.copy(empty_gradebook, course.root / "gradebook.db")
    hand_in(course, "ada", answered(course))
    hand_in(course, "bao", answered(course, relu_backward=WRONG_BACKWARD))
    hand_in(course, "chidi", b"not a notebook")
    return course


def grade_class(course: Course, students: list[str] | None = None, **options: object) -> dict[str, Graded]:
    """Grade what was handed in for the first notebook, as `course grade` does; the results by student."""
    assignment = course.assignment(NAME)
    jobs = find_submissions(course, assignment, students).jobs
    results = grade.grade_class(course, assignment, jobs, grader=WORKER.grade, **options)
    return {graded.student: graded for graded in results}


class _Worker:
    """One for all small classes of a run: another, and the source of its kernels, would take longer to start than they to grade.

    It keeps what it has read of a course, so a course that was changed gets a new one.
    """

    def __init__(self) -> None:
        self._slot = Slot()
        self._versions: dict[tuple[Path, str], str] = {}

    def grade(self, jobs: Iterable[Job | Waiting]) -> Iterator[Graded]:
        for job in (waiting.load() for waiting in jobs):
            course = Course(job.course_root)
            version = assignment_version(course, course.assignment(job.assignment))
            if self._versions.setdefault((course.root, job.assignment), version) != version:
                self.close()
                self._versions = {(course.root, job.assignment): version}
            yield self._slot.grade(job)

    def close(self) -> None:
        self._slot.close()


WORKER = _Worker()


def graded(course: Course, student: str = "ada", fraction: float = 1.0, answer: str | None = None) -> Graded:
    """A result as a job would give it, without running a kernel; with an answer in words, if there is one."""
    notebook = template(course, course.assignment(NAME))
    for cell in notebook.cells:
        if answer is not None and notebooks.grade_id(cell) == "answer_zero":
            cell.source = answer
    failed = Case("b", 1 - fraction, Outcome.WRONG, Failure("wrong"))
    points = {question: notebooks.points(cell) for question, cell in notebooks.tests(notebook)}
    verdicts = {
        question: Verdict(question, 1, [Case("a", fraction, Outcome.PASSED), failed]) for question in points
    }
    write_verdicts(notebook, verdicts, Sandbox.BUBBLEWRAP)
    return Graded(student, NAME, notebook, verdicts, points)


def mark_by_hand(course: Course, cell: str = "answer_zero", score: float = 0.5, student: str = "ada") -> None:
    """Give a student a mark as the formgrader does."""
    with Gradebook(course.gradebook_url) as gradebook:
        grade = gradebook.find_grade(cell, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.db.commit()


def answered(course: Course, name: str = NAME, **answers: str) -> bytes:
    """The solution notebook's answers as a submission; `answers` replaces the sources of some cells by grade id."""
    notebook = notebooks.read(course.source(course.assignment(name)))
    for cell in notebook.cells:
        if notebooks.is_answer(cell):
            cell.source = sources.without_marks(cell.source)
            cell.source = answers.get(notebooks.grade_id(cell), cell.source)
        cell.source = sources.visible_part(cell.source)
    return notebooks.dumps(notebook).encode()


def notebook_of(*cells: NotebookNode) -> NotebookNode:
    """A notebook for the kernel that is everywhere."""
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=list(cells), metadata={"kernelspec": kernelspec})


def _code(source: str, grade_id: str, *, tags: list[str] | None = None, **flags: object) -> NotebookNode:
    metadata = _metadata(grade_id, **flags) | ({"tags": tags} if tags else {})
    return new_code_cell(source, id=grade_id, metadata=metadata)


def _metadata(grade_id: str, **flags: object) -> dict:
    settings = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return {"nbgrader": settings | {"grade_id": grade_id} | flags}
