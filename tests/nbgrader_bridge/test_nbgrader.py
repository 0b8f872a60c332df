"""nbgrader's own commands go on working in the course folder, and give the marks that `course grade` gives."""

import csv
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
import tiny
from courses import copy_course
from nbgrader_runs import NBGRADER, marks, nbgrader
from places import ROOT
from processes import until

from autograder.classroom.release import release
from autograder.course.manifest import Course

# Whose marks do not hang on a limit of time, which a busy machine reaches sooner.
ENDLESS = {"ines"}


@pytest.fixture(scope="module")
def by_nbgrader(graded_class, tmp_path_factory):
    """The demo's class again, released and graded by nbgrader's commands alone."""
    course = copy_course(tmp_path_factory.mktemp("nbgrader") / "course")
    nbgrader(course, "generate_assignment", "01_layers")
    ignore = shutil.ignore_patterns(*ENDLESS)
    shutil.copytree(graded_class.course.root / "submitted", course.root / "submitted", ignore=ignore)
    log = nbgrader(course, "autograde", "01_layers")
    return course, log


@pytest.mark.slow
class TestTheDemosClass:
    def test_it_releases_the_same_bytes(self, graded_class, by_nbgrader):
        course, _ = by_nbgrader
        (ours, theirs) = (
            each.released_path(each.assignment("01_layers")).read_bytes()
            for each in (graded_class.course, course)
        )
        assert ours == theirs

    def test_every_mark_is_the_same(self, graded_class, by_nbgrader):
        course, _ = by_nbgrader
        students = sorted(set(graded_class.results) - ENDLESS)
        assert {student: marks(course, "01_layers", student) for student in students} == {
            student: marks(graded_class.course, "01_layers", student) for student in students
        }

    def test_the_file_that_is_no_notebook_is_graded_and_stops_nobody(self, by_nbgrader):
        course, log = by_nbgrader
        assert re.search(r"lucia/01_layers/01_layers.ipynb: The file could not be read", log)
        assert all(auto == 0 for auto, _, _ in marks(course, "01_layers", "lucia").values())
        graded = {path.parts[-3] for path in (course.root / "autograded").rglob("*.ipynb")}
        assert {"lucia", "kenji", "jonas"} <= graded

    def test_it_writes_feedback_with_the_reasons(self, by_nbgrader):
        course, _ = by_nbgrader
        nbgrader(course, "generate_feedback", "01_layers", "--student", "emeka")
        page = (course.root / "feedback/emeka/01_layers/01_layers.html").read_text()
        assert "sigmoid_neuron_backward" in page
        assert "the sign is flipped" in page

    def test_it_exports_a_quoted_table(self, by_nbgrader):
        course, _ = by_nbgrader
        nbgrader(course, "export")
        with (course.root / "grades.csv").open(newline="", encoding="utf-8") as file:
            rows = {row["student_id"]: row for row in csv.DictReader(file)}
        assert float(rows["ada"]["raw_score"]) == 94
        assert float(rows["lucia"]["score"]) == 0
        assert (rows["ada"]["status"], rows["chidi"]["status"]) == ("to be marked by hand", "graded")


@pytest.fixture
def released(tiny_class):
    release(tiny_class, tiny_class.assignment(tiny.NAME))
    return tiny_class


def test_grading_again_with_nbgrader_keeps_the_marks_of_course_grade(released):
    from autograder.classroom.grade import grade_class
    from autograder.classroom.submissions import find_submissions

    wrong = tiny.RELU_BACKWARD.replace("dout * (cache > 0)", "-dout * (cache > 0)")
    tiny.hand_in(released, "ada", tiny.answered(released, relu_backward=wrong))
    assignment = released.assignment(tiny.NAME)
    list(grade_class(released, assignment, find_submissions(released, assignment).jobs))
    ours = marks(released, tiny.NAME, "ada")
    nbgrader(released, "autograde", tiny.NAME, "--force")
    assert marks(released, tiny.NAME, "ada") == ours
    assert 0 <= ours["test_relu_backward"][0] < 4


def test_what_a_killed_autograde_left_is_swept_up_by_the_next(released):
    slow = "import time\n\ntime.sleep(60)\n" + tiny.RELU_FORWARD
    tiny.hand_in(released, "ada", tiny.answered(released, relu_forward=slow))
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as name:  # short, for the path of a socket
        env = {"PATH": "/usr/bin:/bin", "HOME": name, "TMPDIR": name}
        with subprocess.Popen([NBGRADER, "autograde", tiny.NAME], cwd=released.root, env=env) as process:
            until(lambda: list(Path(name).rglob("source-*")) or process.poll() is not None)
            process.kill()
        assert list(Path(name).glob("job-*"))
        tiny.hand_in(released, "ada", tiny.answered(released))
        again = [NBGRADER, "autograde", tiny.NAME, "--force"]
        done = subprocess.run(again, cwd=released.root, env=env, timeout=300)
        assert done.returncode == 0
        left = [path.name for path in Path(name).iterdir() if not path.name.startswith(".")]
    assert left == []
    assert marks(released, tiny.NAME, "ada")["test_relu_forward"][0] == 2


def test_autograde_takes_a_notebook_under_another_name_and_an_answer_in_two_cells(released):
    notebook = json.loads(tiny.answered(released))
    place = next(n for n, cell in enumerate(notebook["cells"]) if cell["id"] == "relu_backward")
    notebook["cells"].insert(place, notebook["cells"][place] | {"id": "n1", "source": "half = 1"})
    path = tiny.hand_in(released, "ada", json.dumps(notebook).encode())
    path.rename(path.with_name("01_small (1).ipynb"))
    nbgrader(released, "autograde", tiny.NAME)
    assert marks(released, tiny.NAME, "ada")["test_relu_backward"][0] == 4


def test_validate_passes_a_right_notebook_and_points_at_a_wrong_one(released, tmp_path):
    right = tmp_path / "right.ipynb"
    right.write_bytes(tiny.answered(released))
    assert "Success! Your notebook passes all the tests." in nbgrader(released, "validate", str(right))
    wrong = tmp_path / "wrong.ipynb"
    wrong.write_bytes(tiny.answered(released, relu_forward="def relu_forward(x): return x, x"))
    assert "AssertionError" in nbgrader(released, "validate", str(wrong))


def test_this_courses_configuration_names_this_folder():
    from traitlets.config import Config

    from autograder.nbgrader_bridge.settings import configure

    root = ROOT
    config = configure(Config(), root)
    assert config.CourseDirectory.root == str(root)
    assert config.CourseDirectory.source_directory == "solutions"
    assert config.CourseDirectory.db_url == Course(root).gradebook_url
