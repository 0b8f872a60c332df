"""Questions added, removed or with other points after a class was graded: no mark given by hand is lost."""

import pytest
import tiny
from nbgrader.api import Gradebook, MissingEntry
from nbgrader_runs import nbgrader
from queries import queries

from autograder.classroom import students
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.release import release
from autograder.course.manifest import Course
from course_utils.course import notebooks


@pytest.fixture
def course(tiny_class: Course) -> Course:
    """A class of two, of whom ada was given a mark, extra credit and comments by hand."""
    writer = GradebookWriter(tiny_class, tiny_class.assignment(tiny.NAME))
    writer.record(tiny.graded(tiny_class, "ada"))
    writer.record(tiny.graded(tiny_class, "bao", 0.5))
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        answer = gradebook.find_grade("answer_zero", tiny.NAME, tiny.NAME, "ada")
        answer.manual_score, answer.needs_manual_grade = 0.75, False
        gradebook.find_grade("test_relu_backward", tiny.NAME, tiny.NAME, "ada").extra_credit = 0.5
        for cell in ("answer_zero", "relu_forward"):
            gradebook.find_comment(cell, tiny.NAME, tiny.NAME, "ada").manual_comment = f"on {cell}"
        gradebook.db.commit()
    return tiny_class


def by_hand(course: Course, student: str = "ada") -> dict:
    """All that a person gave a student, by cell."""
    with Gradebook(course.gradebook_url) as gradebook:
        notebook = gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, student)
        given = {
            grade.name: (grade.manual_score, grade.extra_credit)
            for grade in notebook.grades
            if (grade.manual_score, grade.extra_credit) != (None, None)
        }
        return given | {
            f"comment on {comment.name}": comment.manual_comment
            for comment in notebook.comments
            if comment.manual_comment
        }


BY_HAND = {
    "answer_zero": (0.75, None),
    "test_relu_backward": (None, 0.5),
    "comment on answer_zero": "on answer_zero",
    "comment on relu_forward": "on relu_forward",
}


def change(course: Course, *, without: str = "", points: float | None = None, more: bool = False) -> None:
    """Write the tiny notebook anew: without a cell, with other points for the first question, or with a question more."""
    notebook = tiny.first_notebook()
    notebook.cells = [cell for cell in notebook.cells if cell.id != without]
    for cell in notebook.cells:
        if points is not None and cell.id == "test_relu_forward":
            cell.metadata["nbgrader"]["points"] = points
    if more:
        notebook.cells += [
            tiny.solution_cell("tanh_forward", tiny.TANH_FORWARD),
            tiny.graded_cell("tanh_forward", 3),
        ]
    tiny.write_source(course, tiny.NAME, notebook)


def register(course: Course) -> None:
    GradebookWriter(course, course.assignment(tiny.NAME))


def max_scores(course: Course) -> dict[str, float]:
    with Gradebook(course.gradebook_url) as gradebook:
        notebook = gradebook.find_notebook(tiny.NAME, tiny.NAME)
        return {cell.name: cell.max_score for cell in notebook.grade_cells}


def test_a_question_more_is_registered_for_all_who_were_graded(course):
    change(course, more=True)
    writer = GradebookWriter(course, course.assignment(tiny.NAME))
    assert by_hand(course) == BY_HAND
    assert max_scores(course)["test_tanh_forward"] == 3
    writer.record(tiny.graded(course, "ada"))
    with Gradebook(course.gradebook_url) as gradebook:
        ada = gradebook.find_submission(tiny.NAME, "ada")
        assert (ada.score, ada.max_score) == (2 + 4 + 3 + 0.75 + 0.5, 10)
        bao = gradebook.find_grade("test_tanh_forward", tiny.NAME, tiny.NAME, "bao")
        assert (bao.auto_score, bao.needs_manual_grade) == (None, True)
    assert by_hand(course) == BY_HAND


def test_other_points_are_registered(course):
    change(course, points=10)
    GradebookWriter(course, course.assignment(tiny.NAME)).record(tiny.graded(course, "ada", 0.5))
    assert max_scores(course) == {"test_relu_forward": 10, "test_relu_backward": 4, "answer_zero": 1}
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_grade("test_relu_forward", tiny.NAME, tiny.NAME, "ada").auto_score == 5
    assert by_hand(course) == BY_HAND


def test_a_question_that_is_removed_counts_no_more_and_comes_back_with_its_marks(course):
    change(course, without="answer_zero")
    register(course)
    assert "answer_zero" not in max_scores(course)
    kept = {name: given for name, given in BY_HAND.items() if "answer_zero" not in name}
    assert by_hand(course) == kept
    with Gradebook(course.gradebook_url) as gradebook:
        ada = gradebook.find_submission(tiny.NAME, "ada")
        assert (ada.score, ada.max_score) == (6.5, 6)
        with pytest.raises(MissingEntry):
            gradebook.find_grade("answer_zero", tiny.NAME, tiny.NAME, "ada")
    change(course)
    register(course)
    assert by_hand(course) == BY_HAND
    assert by_hand(course, "bao") == {}


@pytest.mark.parametrize("assignment", ["", tiny.NAME])
def test_marks_for_questions_that_are_gone_go_with_the_student(course, assignment):
    change(course, without="answer_zero")
    register(course)
    students.remove(course, "ada", assignment)
    change(course)
    writer = GradebookWriter(course, course.assignment(tiny.NAME))
    writer.record(tiny.graded(course, "ada"))
    assert by_hand(course) == {}


def test_a_class_in_which_nothing_is_missing_is_not_gone_through_one_by_one(course):
    with queries() as of_two:
        writer = GradebookWriter(course, course.assignment(tiny.NAME))
    for student in ("cy", "dan", "eva"):
        writer.record(tiny.graded(course, student))
    with queries() as of_five:
        GradebookWriter(course, course.assignment(tiny.NAME))
    assert 0 < len(of_five) == len(of_two)


def test_a_change_that_fails_half_way_changes_nothing(course, monkeypatch):
    change(course, more=True, without="answer_zero")
    before = max_scores(course)

    def broken(*arguments: object, **more: object) -> None:
        raise RuntimeError("the power failed")

    monkeypatch.setattr(Gradebook, "add_source_cell", broken)
    with pytest.raises(RuntimeError, match="the power failed"):
        register(course)
    assert max_scores(course) == before
    assert by_hand(course) == BY_HAND


@pytest.mark.parametrize("command", ["course release", "nbgrader generate_assignment"])
def test_releasing_registers_the_change_as_well(course, command):
    change(course, without="answer_zero", more=True)
    manifest = course.root / "course.toml"
    manifest.write_text(manifest.read_text().replace("points = 7", "points = 9"))
    course = Course(course.root)
    if command == "course release":
        release(course, course.assignment(tiny.NAME))
    else:
        nbgrader(course, "generate_assignment", tiny.NAME, "--force")
    assert set(max_scores(course)) == {"test_relu_forward", "test_relu_backward", "test_tanh_forward"}
    assert by_hand(course)["test_relu_backward"] == (None, 0.5)


def test_nbgraders_own_autograde_knows_the_new_question(tiny_class):
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    register(tiny_class)
    change(tiny_class, more=True)
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    nbgrader(tiny_class, "autograde", tiny.NAME)
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        assert gradebook.find_grade("test_tanh_forward", tiny.NAME, tiny.NAME, "ada").auto_score == 3
        assert notebooks.read(course_notebook(tiny_class)).cells


def course_notebook(course: Course):
    return course.folder("autograded", "ada", course.assignment(tiny.NAME)) / f"{tiny.NAME}.ipynb"
