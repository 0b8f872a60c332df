"""Of whom a rerun has nothing to write is found by a few queries, and whoever is left out is looked at by themselves."""

import shutil
from datetime import UTC, datetime

import pytest
import tiny
from nbgrader.api import Gradebook
from queries import queries

from autograder.classroom.gradebook import GradebookWriter
from autograder.course.extensions import grant
from autograder.course.manifest import Course
from autograder.nbgrader_bridge.settled import settled
from autograder.nbgrader_bridge.standing import standing_of

STUDENTS = ["ada", "bo", "cy"]
PUNCTUAL, LATE = "2026-03-01 11:00:00 UTC", "2026-03-02 12:00:00 UTC"


def at_noon(day):
    return datetime(2026, 3, day, 12, tzinfo=UTC)


def graded(course, student):
    """A result with an answer that a person has to mark."""
    return tiny.graded(course, student, answer="Because the gradient at 0 is a convention.")


def handed_in(course, student, time):
    folder = course.folder("submitted", student, course.assignment(tiny.NAME))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timestamp.txt").write_text(time)


def told_due(course, due):
    path = course.root / "course.toml"
    path.write_text(path.read_text().replace("due = 2026-03-01T12:00:00", f"due = {due}"))


@pytest.fixture
def recorded(tmp_path, empty_gradebook):
    """Three who were graded, all in time: due at noon of 1 March."""
    course = tiny.make_course(tmp_path / "course", due="2026-03-01T12:00:00")
    shutil.copy(empty_gradebook, course.root / "gradebook.db")
    writer = GradebookWriter(course, course.assignment(tiny.NAME))
    for student in STUDENTS:
        handed_in(course, student, PUNCTUAL)
        writer.record(graded(course, student))
    return course


def found(course):
    with Gradebook(course.gradebook_url) as gradebook:
        return settled(course, gradebook, course.assignment(tiny.NAME))


def test_all_who_are_in_time_are_with_what_waits_for_a_person(recorded):
    tiny.mark_by_hand(recorded)
    with Gradebook(recorded.gradebook_url) as gradebook:
        waiting = {
            each.student.id: standing_of(each).waiting for each in gradebook.assignment_submissions(tiny.NAME)
        }
    assert waiting == {"ada": 0.0, "bo": 1.0, "cy": 1.0}
    assert found(recorded) == waiting


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (lambda course: handed_in(course, "bo", LATE), {"ada", "cy"}),
        (lambda course: handed_in(course, "bo", "2026-03-01 10:59:00 UTC"), {"ada", "cy"}),
        (lambda course: handed_in(course, "bo", "no time"), {"ada", "cy"}),
        (lambda course: grant(course, "cy", course.assignment(tiny.NAME), at_noon(3)), {"ada", "bo"}),
        (lambda course: told_due(course, "2026-03-05T12:00:00"), set()),
    ],
    ids=["late", "earlier", "without a time", "with an extension", "all with another due date"],
)
def test_whoever_has_another_time_or_deadline_is_not_until_it_is_written(recorded, change, left):
    change(recorded)
    course = Course(recorded.root)  # which reads the manifest once
    assert set(found(course)) == left
    writer = GradebookWriter(course, course.assignment(tiny.NAME))
    list(writer.renew([graded(course, student) for student in STUDENTS]))
    with Gradebook(course.gradebook_url) as gradebook:
        late = {
            each.student.id for each in gradebook.assignment_submissions(tiny.NAME) if each.total_seconds_late
        }
    assert set(found(course)) == {*STUDENTS} - late


def test_an_extension_is_the_whole_groups(recorded):
    (recorded.root / "groups.csv").write_text(
        f"assignment,group,student\n{tiny.NAME},one,ada\n{tiny.NAME},one,cy\n{tiny.NAME},two,bo\n"
    )
    grant(recorded, "cy", recorded.assignment(tiny.NAME), at_noon(3))
    assert set(found(recorded)) == {"bo"}


def test_who_pays_for_having_been_late_is_not(recorded):
    with Gradebook(recorded.gradebook_url) as gradebook:
        gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, "ada").late_submission_penalty = 1.0
        gradebook.db.commit()
    assert set(found(recorded)) == {"bo", "cy"}
    writer = GradebookWriter(recorded, recorded.assignment(tiny.NAME))
    [renewed] = writer.renew([graded(recorded, "ada")])
    assert renewed.moved == {"late penalty": (1.0, 0.0)}
    assert set(found(recorded)) == {*STUDENTS}


def test_a_class_of_them_costs_as_many_queries_as_one(recorded):
    writer = GradebookWriter(recorded, recorded.assignment(tiny.NAME))
    list(writer.renew([graded(recorded, "ada")]))
    with queries() as of_one:
        [one] = writer.renew([graded(recorded, "ada")])
    with queries() as of_all:
        several = list(writer.renew([graded(recorded, student) for student in STUDENTS]))
    assert 0 < len(of_all) == len(of_one) < 10
    assert [(each.waiting, each.moved) for each in (one, *several)] == [(1.0, {})] * 4
