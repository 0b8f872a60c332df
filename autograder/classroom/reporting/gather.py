"""What is known of a class's work on one notebook, gathered from the gradebook, the graded notebooks and the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook

from autograder.classroom.collecting.csv_files import column, read_csv
from autograder.classroom.collecting.roster import ROSTER
from autograder.classroom.export import graded_by
from autograder.classroom.graded_notebook import verdicts_in
from autograder.classroom.journal import Journal
from autograder.course.manifest import Assignment, Course
from autograder.course.template import template
from autograder.nbgrader_bridge.class_marks import Standing, class_marks, names_of
from autograder.verdict.verdict import Verdict
from course_utils.course import notebooks
from course_utils.errors import CourseError

# nbgrader's own comment on an answer in words that is as it was handed out.
_NO_ANSWER = "No response."


@dataclass(frozen=True)
class Question:
    """A question of a notebook.

    Attributes:
        name: of the graded function, or of the answer in words.
        cell: grade id of the cell that has its points.
        points: what it is worth.
    """

    name: str
    cell: str
    points: float


@dataclass(frozen=True)
class Work:
    """One student's work on one notebook.

    Attributes:
        student: id of the student.
        points: what each question earned; a question that waits for its mark is not among them.
        score: what all of them earned, late penalty taken off.
        waiting: points that a person has still to give.
        verdicts: what the machine found, by question.
        unwritten: questions that were left as they were handed out.
        time: when it was handed in, in UTC, where known.
        due: when it was due for this student, in UTC, where known.
        late: in words, and what it cost; "" where it was on time.
        gradings: how many gradings with different results are known; 0 where none is.
        feedback: the feedback page; None where it is not written.
    """

    student: str
    points: dict[str, float]
    score: float
    waiting: float = 0.0
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    unwritten: frozenset[str] = frozenset()
    time: datetime | None = None
    due: datetime | None = None
    late: str = ""
    gradings: int = 0
    feedback: Path | None = None

    @property
    def early(self) -> timedelta | None:
        """How long before it was due it was handed in; negative where it was late, None where that is not known."""
        return self.due - self.time if self.due and self.time else None

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing could be asked of it, for one reason."""
        reasons = {verdict.reason for verdict in self.verdicts.values()}
        return len(reasons) == 1 and "" not in reasons


@dataclass(frozen=True)
class ClassWork:
    """A class's work on one notebook.

    Attributes:
        name: of the assignment.
        title: for people.
        questions: in the notebook's order.
        works: of those who handed in, by id.
        missing: ids of those who are known and have not handed in.
    """

    name: str
    title: str
    questions: tuple[Question, ...]
    works: tuple[Work, ...]
    missing: tuple[str, ...]

    @cached_property
    def most(self) -> float:
        """The points of all questions."""
        return sum(question.points for question in self.questions)

    def share(self, work: Work) -> float | None:
        """Earned of what is marked so far, from 0 to 1, before any penalty; None where nothing is marked."""
        marked = sum(question.points for question in self.questions if question.name in work.points)
        return sum(work.points.values()) / marked if marked else None


def gather(course: Course, assignments: Iterable[Assignment]) -> tuple[list[ClassWork], dict[str, str]]:
    """The class's work on some notebooks, and the names of all students by id.

    Raises:
        CourseError: there is no gradebook yet, or an assignment has no questions.
    """
    assignments = list(assignments)
    for assignment in assignments:
        if not assignment.checks:
            raise CourseError(f"{assignment.name} is not graded: report on another notebook")
    with graded_by(course) as gradebook:
        names = _roster(course) | names_of(gradebook)
        return [_class_work(course, gradebook, assignment, names) for assignment in assignments], names


def _class_work(
    course: Course, gradebook: Gradebook, assignment: Assignment, names: dict[str, str]
) -> ClassWork:
    questions = tuple(_questions(template(course, assignment)))
    journal = Journal(course, assignment)
    works = tuple(
        _work(course, assignment, journal, questions, standing)
        for standing in class_marks(course, gradebook, assignment.name)
    )
    missing = tuple(sorted(set(names) - {work.student for work in works}))
    return ClassWork(assignment.name, assignment.title, questions, works, missing)


def _work(
    course: Course,
    assignment: Assignment,
    journal: Journal,
    questions: tuple[Question, ...],
    standing: Standing,
) -> Work:
    marks = standing.marks
    page = course.folder("feedback", standing.student, assignment) / f"{assignment.name}.html"
    known = {each.name: marks.grades[each.cell] for each in questions if each.cell in marks.grades}
    verdicts = verdicts_in(course.graded_path(standing.student, assignment))
    return Work(
        student=standing.student,
        points={name: score for name, (score, _, waits) in known.items() if not waits},
        score=max(0.0, marks.score),
        waiting=sum(most for _, most, waits in known.values() if waits),
        verdicts=verdicts,
        unwritten=frozenset(_unwritten(verdicts, marks.comments)),
        time=standing.time,
        due=standing.due,
        late=marks.lateness or _late(standing),
        gradings=len(journal.history(standing.student)),
        feedback=page if page.is_file() else None,
    )


def _questions(notebook: NotebookNode) -> Iterator[Question]:
    for cell in notebook.cells:
        if notebooks.settings(cell).get("grade") and notebooks.points(cell):
            name = notebooks.grade_id(cell) or ""
            yield Question(notebooks.question(cell) or name, name, notebooks.points(cell))


def _unwritten(verdicts: dict[str, Verdict], comments: dict[str, str]) -> Iterator[str]:
    yield from (name for name, verdict in verdicts.items() if verdict.cases and not verdict.attempted)
    words = {name: comment for name, comment in comments.items() if name not in verdicts}
    yield from (name for name, comment in words.items() if comment == _NO_ANSWER)


def _late(standing: Standing) -> str:
    if standing.time and standing.due and standing.time > standing.due:
        return "late"
    return ""


def _roster(course: Course) -> dict[str, str]:
    """Names by id, as far as the course's roster has them."""
    path = course.root / ROSTER
    if not path.is_file():
        return {}
    titles, *rows = read_csv(path)
    titles = [title.lower() for title in titles]
    ids, name = column(path, titles, "id"), titles.index("name") if "name" in titles else None
    return {row[ids]: "" if name is None else row[name] for row in rows}
