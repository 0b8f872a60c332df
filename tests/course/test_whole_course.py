"""The course as a whole: what an author may forget, said in a sentence."""

import pytest
from places import ROOT

import answers
from autograder.classroom.release import check_source
from autograder.course.manifest import Course
from autograder.verdict.check import load_checks
from course_utils.course import notebooks
from course_utils.errors import CourseError

COURSE = Course(ROOT)
GRADED = [assignment for assignment in COURSE.assignments if assignment.checks]
NOT_ROOMS = {"asking", "mistakes"}
TWICE = "from autograder.verdict.check import check\na = check('f')(print)\nb = check('f')(print)"


def rooms(folder):
    """Names of the folders and modules in a folder of the repository."""
    found = {path.stem for path in (ROOT / folder).iterdir() if not path.name.startswith(("_", "."))}
    return found - NOT_ROOMS


@pytest.mark.parametrize("assignment", GRADED, ids=lambda assignment: assignment.name)
def test_every_hidden_check_is_asked_by_a_cell(assignment):
    asked = {question for question, _ in notebooks.tests(notebooks.read(COURSE.source(assignment)))}
    unasked = set(load_checks(assignment.checks)) - asked
    assert not unasked, f"{assignment.name} has no test cell that asks for {', '.join(sorted(unasked))}"


def test_every_room_of_checks_marks_a_notebook_and_has_planted_answers():
    marked = {assignment.checks for assignment in GRADED}
    idle = rooms("autograder/checks") - marked
    assert not idle, f"no notebook of course.toml has checks = {' or '.join(map(repr, sorted(idle)))}"
    without = sorted(checks for checks in marked if not answers.planted(checks))
    assert not without, f"plant wrong and right answers in answers/{', answers/'.join(without)}"
    left = rooms("answers") - {"gradcheck"} - marked
    assert not left, f"answers/ has {', '.join(sorted(left))}, and no notebook of course.toml has such checks"


def test_the_readme_lists_every_notebook_with_its_points():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for assignment in COURSE.assignments:
        row = next((line for line in readme.splitlines() if line.startswith(f"| `{assignment.name}`")), "")
        assert assignment.title in row, f"README.md has no row with the title of {assignment.name}"
        assert row.rstrip(" |").endswith(f" {assignment.points:g}"), (
            f"README.md gives {assignment.name} other points than course.toml, which says {assignment.points:g}"
        )


def test_checks_that_are_not_there_are_a_sentence():
    with pytest.raises(CourseError, match=r"names the checks 'topic', and there is no module"):
        load_checks("topic")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_that_name", r"ModuleNotFoundError: No module named .* line 1\)"),
        ("from autograder.verdict.check import chek", r"ImportError: .* line 1\)"),
        ("x = 1\nx.y", r"AttributeError: .* line 2\)"),
        ("def f(:", r"SyntaxError: .* line 1\)"),
        (TWICE, "holds two checks of f: remove one"),
    ],
)
def test_checks_that_cannot_be_imported_are_a_sentence_with_a_place(tmp_path, monkeypatch, text, said):
    room, name = f"room{len(text)}", "badly_written"  # imported once in a process
    (tmp_path / room).mkdir()
    (tmp_path / room / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CourseError, match=said):
        load_checks(f"{room}.{name}")


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_every_notebook_can_be_released(assignment):
    check_source(COURSE, assignment)


def test_every_folder_of_solutions_is_a_notebook_of_the_course():
    drafts = rooms("solutions") - {assignment.name for assignment in COURSE.assignments}
    assert not drafts, (
        f"course.toml has no [[assignment]] for solutions/{', solutions/'.join(sorted(drafts))}"
    )
