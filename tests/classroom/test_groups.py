"""A group hands in once: it is graded once, has one mark and one due time, and each member a page."""

from __future__ import annotations

import pytest
import tiny
from nbgrader.api import Gradebook

from autograder.classroom.feedback import write_feedback
from autograder.classroom.grade import grade_class
from autograder.classroom.group_marks import share_marks
from autograder.classroom.journal import Journal
from autograder.classroom.regrade import Regrade
from autograder.classroom.submissions import find_submissions
from autograder.course.extensions import grant
from autograder.course.groups import note
from autograder.course.manifest import Course
from course_utils.course import notebooks

WORDS = "It is a convention."
LATE = 'timezone = "UTC"\n[late]\npercent = 10\nlate_days = 1\n'


@pytest.fixture
def course(tiny_class: Course) -> Course:
    """Ada and bao handed in together, chidi the same by himself."""
    for student in ("ada", "bao", "chidi"):
        tiny.hand_in(
            tiny_class,
            student,
            tiny.answered(tiny_class, relu_backward=tiny.WRONG_BACKWARD, answer_zero=WORDS),
        )
    note(tiny_class, tiny_class.assignment(tiny.NAME), {"ada": "Red", "bao": "Red"})
    return tiny_class


def graded(course: Course, **options: object) -> list[str]:
    """Students whose submission a kernel ran for, in grading the class."""
    asked = []

    def counting(jobs):
        jobs = list(jobs)
        asked.extend(job.student for job in jobs)
        return tiny.WORKER.grade(jobs)

    assignment = course.assignment(tiny.NAME)
    results = list(
        grade_class(course, assignment, find_submissions(course, assignment).jobs, grader=counting, **options)
    )
    assert {result.student for result in results} == {"ada", "bao", "chidi"}
    assert not any(result.fault for result in results)
    return asked


def seeds(course: Course) -> dict[str, int | None]:
    journal = Journal(course, course.assignment(tiny.NAME))
    return {student: journal.seed(student) for student in ("ada", "bao", "chidi")}


def marks(course: Course, student: str) -> dict[str, float | None]:
    with Gradebook(course.gradebook_url) as gradebook:
        notebook = gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, student)
        return {grade.name: None if grade.needs_manual_grade else grade.score for grade in notebook.grades}


def test_a_group_is_graded_once_and_each_member_has_the_marks_and_a_page(course):
    assert graded(course) == ["ada", "chidi"]
    assert marks(course, "ada") == marks(course, "bao")
    found = seeds(course)
    assert found["ada"] == found["bao"] is not None
    pages = write_feedback(course, course.assignment(tiny.NAME)).pages
    texts = {page.parts[-3]: page.read_text(encoding="utf-8") for page in pages}
    assert sorted(texts) == ["ada", "bao", "chidi"]
    assert "bao" in texts["bao"]
    assert "ada" not in texts["bao"]
    assert graded(course) == []


def test_who_joins_later_gets_the_groups_verdicts(course):
    graded(course)
    note(course, course.assignment(tiny.NAME), {"chidi": "Red"})
    path = course.root / ".grading" / tiny.NAME / "chidi.json"
    path.unlink()
    assert graded(course) == ["chidi"]
    assert len(set(seeds(course).values())) == 1


def test_a_correction_asks_once_for_the_group(course):
    graded(course)
    before, was = seeds(course), marks(course, "bao")["test_relu_backward"]
    source = course.source(course.assignment(tiny.NAME))
    notebook = notebooks.read(source)
    dict(notebooks.answers(notebook))["relu_backward"].source = tiny.WRONG_BACKWARD
    notebooks.write(notebook, source)
    assignment, asked = course.assignment(tiny.NAME), []

    def counting(jobs):
        jobs = list(jobs)
        asked.extend(job.student for job in jobs)
        return tiny.WORKER.grade(jobs)

    with Regrade(course, assignment, find_submissions(course, assignment).jobs, counting) as again:
        list(again.grade())
        moved = {move.student for move in again.moves()}
        list(again.write())
    assert (asked, moved) == (["ada", "chidi"], {"ada", "bao", "chidi"})
    assert marks(course, "bao") == marks(course, "ada")
    assert marks(course, "bao")["test_relu_backward"] > was
    assert seeds(course) == before


def test_what_is_marked_by_hand_for_one_is_the_groups(course):
    assignment = course.assignment(tiny.NAME)
    graded(course)
    tiny.mark_by_hand(course, score=0.5, student="bao")
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.find_comment("answer_zero", tiny.NAME, tiny.NAME, "bao").manual_comment = "neat"
        gradebook.db.commit()
    assert share_marks(course, assignment) == []
    assert (marks(course, "ada")["answer_zero"], marks(course, "chidi")["answer_zero"]) == (0.5, None)
    assert "neat" in write_feedback(course, assignment, "ada").pages[0].read_text(encoding="utf-8")
    tiny.mark_by_hand(course, score=0.75, student="ada")  # thought better of
    assert share_marks(course, assignment) == []
    assert marks(course, "bao")["answer_zero"] == 0.75


def test_two_marks_by_hand_for_one_answer_are_told_and_stay(course):
    assignment = course.assignment(tiny.NAME)
    graded(course)
    tiny.mark_by_hand(course, score=0.5, student="ada")
    tiny.mark_by_hand(course, score=1.0, student="bao")
    [said] = share_marks(course, assignment)
    assert "ada, bao of group Red have different marks by hand for answer_zero" in said
    assert (marks(course, "ada")["answer_zero"], marks(course, "bao")["answer_zero"]) == (0.5, 1.0)
    tiny.mark_by_hand(course, score=1.0, student="ada")
    assert share_marks(course, assignment) == []


def test_another_answer_does_not_get_the_mark(course):
    graded(course)
    tiny.mark_by_hand(course, score=0.5, student="ada")
    tiny.hand_in(course, "bao", tiny.answered(course, answer_zero="Something else."))
    graded(course)
    assert share_marks(course, course.assignment(tiny.NAME)) == []
    assert marks(course, "bao")["answer_zero"] is None


def test_an_extension_of_one_holds_for_all_and_late_days_are_each_ones_own(course):
    manifest = course.root / "course.toml"
    due = 'checks = "layers"\ndue = 2026-03-01T12:00:00\n'
    manifest.write_text(
        LATE.partition("[")[0]
        + manifest.read_text().replace('checks = "layers"\n', due)
        + LATE.partition("\n")[2]
    )
    course = Course(course.root)
    for student in ("ada", "bao", "chidi"):
        place = course.folder("submitted", student, course.assignment(tiny.NAME)) / "timestamp.txt"
        place.write_text("2026-03-03 13:00:00 UTC\n")
    graded(course)
    assert penalties(course) == pytest.approx(dict.fromkeys(("ada", "bao", "chidi"), 0.2 * 2))
    grant(
        course,
        "bao",
        course.assignment(tiny.NAME),
        course.in_zone(course.assignment(tiny.NAME).due.replace(day=3)),
    )
    graded(course)
    assert penalties(course) == {"ada": 0, "bao": 0, "chidi": pytest.approx(0.4)}


def penalties(course: Course) -> dict[str, float]:
    with Gradebook(course.gradebook_url) as gradebook:
        return {
            each.student.id: each.late_submission_penalty
            for each in gradebook.assignment_submissions(tiny.NAME)
        }
