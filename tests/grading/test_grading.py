"""Grading a class: everybody gets what they deserve, with a reason; reruns do only what is missing or changed."""

import json
import os
import re
import shutil
import sqlite3
from datetime import datetime

import pytest
import tiny
from nbgrader.api import Gradebook

from autograder.classroom.grade import grade_class
from autograder.classroom.submissions import find_submissions
from autograder.course import notebooks
from autograder.demo.members import CLASS, solutions
from autograder.errors import CourseError
from autograder.grading.job import Job, grade

# What each of the demo's class loses points on; every other question is full. A broken function takes along what is
# built on it: the nets call the student's own layers.
ON_AFFINE = {"TwoLayerNet", "FullyConnectedNet"}
LOSES = {
    "ada": set(),
    "bao": set(),
    "emeka": {"sigmoid_neuron_backward"},
    "farah": {"affine_backward", "maxout_backward", *ON_AFFINE},
    "goran": {"svm_loss"},
    "hana": {"svm_loss"},
    "ines": {"numeric_gradient"},
    "jonas": {"softmax_loss", "svm_loss", "train_step", *ON_AFFINE},
    "kenji": {"maxout_backward"},
}
SAYS = {
    "ada": "all correct",
    "bao": "all correct",
    "chidi": "nothing is written yet",
    "dalia": "is not written yet (section ",
    "emeka": "it looks like the sign is flipped",
    "farah": "it looks like the sum over the batch is missing",
    "goran": "SyntaxError: '(' was never closed",
    "hana": "ModuleNotFoundError: No module named 'tensorflow_probability'",
    "ines": "is there a loop that never ends?",
    "jonas": "the notebook's kernel stopped before it answered",
    "kenji": "maxout_backward is not defined",
    "lucia": "it is not a notebook",
}


def lost(graded):
    return {question for question, verdict in graded.verdicts.items() if verdict.fraction < 1}


@pytest.mark.slow
class TestTheDemosClass:
    def test_everybody_has_marks_and_nobody_a_fault(self, graded_class):
        assert sorted(graded_class.results) == sorted(member.name for member in CLASS)
        assert [graded.fault for graded in graded_class.results.values()] == [""] * len(CLASS)
        assert {graded.sandbox for graded in graded_class.results.values()} == {"bubblewrap"}

    @pytest.mark.parametrize("student", LOSES)
    def test_points_are_lost_on_the_questions_concerned_only(self, graded_class, student):
        assert lost(graded_class.results[student]) == LOSES[student]

    def test_what_was_never_written_earns_nothing(self, graded_class):
        for student in ("chidi", "lucia"):
            graded = graded_class.results[student]
            assert graded.score == 0
            assert lost(graded) == set(graded.verdicts)

    def test_the_first_half_earns_the_first_half(self, graded_class):
        graded = graded_class.results["dalia"]
        answers = list(solutions(graded_class.course, graded_class.course.assignment("01_layers")))
        written = set(answers[: len(answers) // 2])
        assert lost(graded) == set(graded.verdicts) - written
        assert graded.score == sum(graded.points[question] for question in written & set(graded.verdicts))

    @pytest.mark.parametrize("student", SAYS)
    def test_the_reason_is_said(self, graded_class, student):
        assert SAYS[student] in graded_class.results[student].why()

    @pytest.mark.parametrize("student", ["farah", "jonas"])
    def test_a_question_that_is_partly_right_keeps_that_part(self, graded_class, student):
        verdicts = graded_class.results[student].verdicts
        assert any(0 < verdict.fraction < 1 for verdict in verdicts.values())

    def test_what_was_missing_and_doubled_is_told(self, graded_class):
        notes = " ".join(graded_class.results["kenji"].notes)
        assert "`maxout_backward` was missing" in notes
        assert "`test_affine_forward` was missing; the course's own was used" in notes
        assert "`relu_forward` was there 2 times" in notes

    def test_the_gradebook_holds_what_the_results_say(self, graded_class):
        with Gradebook(graded_class.course.gradebook_url) as gradebook:
            for student, graded in graded_class.results.items():
                submission = gradebook.find_submission_notebook("01_layers", "01_layers", student)
                marks = {
                    grade.name: grade.auto_score for grade in submission.grades if grade.cell_type == "code"
                }
                assert marks == {
                    f"test_{question}": verdict.points(graded.points[question])
                    for question, verdict in graded.verdicts.items()
                }

    def test_written_answers_wait_for_a_person_unless_nothing_was_written(self, graded_class):
        with Gradebook(graded_class.course.gradebook_url) as gradebook:
            waiting = {
                student: gradebook.find_submission("01_layers", student).needs_manual_grade
                for student in graded_class.results
            }
        assert waiting["ada"]
        assert not waiting["chidi"]
        assert not waiting["lucia"]

    def test_no_graded_notebook_shows_a_hidden_verdict_as_the_kernels(self, graded_class):
        course = graded_class.course
        path = course.folder("autograded", "emeka", course.assignment("01_layers")) / "01_layers.ipynb"
        for cell in notebooks.read(path).cells:
            if notebooks.is_test(cell):
                assert [output.output_type for output in cell.outputs] == ["execute_result", "display_data"]

    def test_a_rerun_changes_nothing_and_grades_nothing(self, graded_course):
        assignment = graded_course.assignment("01_layers")
        graded = graded_course.root / "autograded"
        before = {path: path.stat().st_mtime_ns for path in graded.rglob("*.ipynb")}
        jobs = find_submissions(graded_course, assignment).jobs
        results = {result.student: result for result in grade_class(graded_course, assignment, jobs)}
        assert {path: path.stat().st_mtime_ns for path in graded.rglob("*.ipynb")} == before
        assert len(results) == len(CLASS)
        assert results["farah"].why().startswith("affine_backward: ")


def run(course, **options):
    assignment = course.assignment(tiny.NAME)
    students = options.pop("students", None)
    jobs = find_submissions(course, assignment, students).jobs
    return {graded.student: graded for graded in grade_class(course, assignment, jobs, **options)}


def graded_files(course):
    return {
        path.relative_to(course.root / "autograded").parts[0]: path.stat().st_mtime_ns
        for path in (course.root / "autograded").rglob("*.ipynb")
    }


def marks(course, student):
    with Gradebook(course.gradebook_url) as gradebook:
        submission = gradebook.find_submission_notebook(tiny.NAME, tiny.NAME, student)
        return {grade.name: grade.auto_score for grade in submission.grades}


WRONG = tiny.RELU_BACKWARD.replace("dout * (cache > 0)", "dout * 2")


@pytest.fixture
def class_of_three(tiny_class):
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    tiny.hand_in(tiny_class, "bao", tiny.answered(tiny_class, relu_backward=WRONG))
    tiny.hand_in(tiny_class, "chidi", b"not a notebook")
    return tiny_class


def test_a_rerun_grades_what_is_new_or_changed_and_force_grades_all(class_of_three):
    course = class_of_three
    first = run(course)
    assert {student: graded.score for student, graded in first.items()} == pytest.approx(
        {"ada": 6, "bao": first["bao"].score, "chidi": 0}
    )
    assert 2 <= first["bao"].score < 6
    before = graded_files(course)

    tiny.hand_in(course, "bao", tiny.answered(course))
    tiny.hand_in(course, "dalia", tiny.answered(course))
    second = run(course)
    after = graded_files(course)
    assert {student for student in after if after[student] != before.get(student)} == {"bao", "dalia"}
    assert {student: graded.score for student, graded in second.items()} == {
        "ada": 6,
        "bao": 6,
        "chidi": 0,
        "dalia": 6,
    }
    assert marks(course, "bao")["test_relu_backward"] == 4
    assert "could not be read" in second["chidi"].why()

    run(course, force=True, students=["ada"])
    forced = graded_files(course)
    assert {student for student in forced if forced[student] != after[student]} == {"ada"}


def test_a_mark_that_was_earned_by_mistake_is_taken_back(class_of_three):
    course = class_of_three
    run(course, students=["ada"])
    tiny.hand_in(course, "ada", b"{}")
    run(course, students=["ada"])
    assert marks(course, "ada") == {"test_relu_forward": 0, "test_relu_backward": 0, "answer_zero": 0}


def test_a_graded_notebook_that_was_lost_is_made_again(class_of_three):
    course = class_of_three
    run(course, students=["ada"])
    shutil.rmtree(course.root / "autograded")
    run(course, students=["ada"])
    assert set(graded_files(course)) == {"ada"}


def test_a_gradebook_that_was_lost_is_filled_again(class_of_three):
    course = class_of_three
    run(course, students=["ada"])
    (course.root / "gradebook.db").unlink()
    run(course, students=["ada"])
    assert marks(course, "ada")["test_relu_backward"] == 4


def test_a_change_of_the_assignment_grades_again(class_of_three):
    course = class_of_three
    run(course, students=["ada"])
    before = graded_files(course)
    notebook = tiny.first_notebook()
    notebook.cells[3].source = tiny.RELU_FORWARD.replace("np.maximum(0, x)", "np.maximum(x, 0)")
    tiny.write_source(course, tiny.NAME, notebook)
    run(course, students=["ada"])
    assert graded_files(course) != before


def test_a_mark_given_by_hand_survives_a_rerun(class_of_three):
    course = class_of_three
    run(course, students=["ada"])
    with Gradebook(course.gradebook_url) as gradebook:
        mark = gradebook.find_grade("answer_zero", tiny.NAME, tiny.NAME, "ada")
        assert mark.needs_manual_grade
        mark.manual_score = 0.5
        gradebook.db.commit()
    run(course, students=["ada"], force=True)
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_grade("answer_zero", tiny.NAME, tiny.NAME, "ada").manual_score == 0.5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01 12:00:00 UTC", datetime(2026, 3, 1, 12)),
        ("2026-03-01 12:00:00.5 Europe/Berlin", datetime(2026, 3, 1, 11, 0, 0, 500000)),
        ("2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10)),
        ("yesterday, I think", None),
    ],
)
def test_the_time_of_handing_in_is_kept_in_utc(class_of_three, text, expected):
    course = class_of_three
    folder = course.folder("submitted", "chidi", course.assignment(tiny.NAME))
    (folder / "timestamp.txt").write_text(text)
    run(course, students=["chidi"])
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_submission(tiny.NAME, "chidi").timestamp == expected


@pytest.mark.parametrize(
    "student", ["ada/../bao", "ada lovelace", "..", ".hidden", "-rf", "a" * 65, "", "ada\n"]
)
def test_an_impossible_student_id_is_refused(class_of_three, student):
    with pytest.raises(CourseError, match="is no student id: use up to 64 letters"):
        find_submissions(class_of_three, class_of_three.assignment(tiny.NAME), [student])


def test_a_folder_that_can_be_no_student_is_refused_by_name_and_costs_nobody_else(class_of_three):
    tiny.hand_in(class_of_three, "ada lovelace", b"{}")
    found = find_submissions(class_of_three, class_of_three.assignment(tiny.NAME))
    assert [job.student for job in found.jobs] == ["ada", "bao", "chidi"]
    assert len(found.refused) == 1
    assert found.refused[0].startswith("submitted/ada lovelace: 'ada lovelace' is no student id")


def test_links_and_pipes_are_refused_and_left_alone(class_of_three, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(tiny.answered(class_of_three))
    link = tiny.hand_in(class_of_three, "eve", b"")
    link.unlink()
    link.symlink_to(secret)
    pipe = tiny.hand_in(class_of_three, "fay", b"")
    pipe.unlink()
    os.mkfifo(pipe)
    linked = class_of_three.root / "submitted" / "gus"
    linked.mkdir()
    (linked / tiny.NAME).symlink_to(class_of_three.root / "submitted" / "ada" / tiny.NAME)
    found = find_submissions(class_of_three, class_of_three.assignment(tiny.NAME))
    assert [job.student for job in found.jobs] == ["ada", "bao", "chidi"]
    assert [sentence.split(":")[0] for sentence in found.refused] == [
        "submitted/eve",
        "submitted/fay",
        "submitted/gus",
    ]


def test_nothing_handed_in_is_a_sentence(tiny_course):
    with pytest.raises(
        CourseError, match=r"no submission for 01_small: put notebooks at submitted/<student>/"
    ):
        find_submissions(tiny_course, tiny_course.assignment(tiny.NAME))


def test_a_student_who_handed_in_nothing_is_named(class_of_three):
    with pytest.raises(CourseError, match=r"no submission from zoe for 01_small"):
        find_submissions(class_of_three, class_of_three.assignment(tiny.NAME), ["ada", "zoe"])


def test_a_folder_without_the_notebook_gets_zero_and_the_reason(class_of_three):
    path = tiny.hand_in(class_of_three, "dalia", b"")
    path.rename(path.with_name("homework.ipynb"))
    graded = run(class_of_three, students=["dalia"])["dalia"]
    assert graded.score == 0
    assert "no notebook of this name was handed in" in graded.why()


def test_the_same_seed_asks_the_same_questions(class_of_three):
    submission = tiny.answered(class_of_three, relu_backward=WRONG)
    job = Job("bao", tiny.NAME, submission, class_of_three.root, seed=7)
    first, second = grade(job), grade(job)
    assert first.verdicts == second.verdicts
    assert {verdict.seed for verdict in first.verdicts.values()} == {7}


def test_a_damaged_journal_only_costs_time(class_of_three):
    course = class_of_three
    run(course, students=["ada"])
    for path in (course.root / ".grading").rglob("*.json"):
        path.write_text("[1, 2")
    assert run(course, students=["ada"])["ada"].score == 6
    for path in (course.root / ".grading").rglob("*.json"):
        path.write_text(json.dumps([1, 2]))
    assert run(course, students=["ada"])["ada"].score == 6


def test_a_gradebook_in_use_by_somebody_else_is_a_sentence(class_of_three):
    course = class_of_three
    run(course, students=["chidi"])
    with sqlite3.connect(course.root / "gradebook.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(CourseError, match=r"cannot be used .*locked"):
            run(course, students=["chidi"], force=True)
        other.rollback()


def test_a_forbidden_function_is_named_with_the_students_own_line(tiny_course):
    code = """from course_utils.gradcheck import numeric_gradient_array as given

def relu_backward(dout, cache):
    return given(lambda x: relu_forward(x)[0], cache, dout)
"""
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_backward=code), tiny_course.root))
    assert (
        "numeric_gradient_array may not stand in for your answer (in relu_backward, line 4: return given"
        in (graded.why())
    )
    alias = "from course_utils.gradcheck import numeric_gradient_array as relu_backward\n"
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_backward=alias), tiny_course.root))
    assert "may not stand in for your answer" in graded.why()
    assert "stand_in" not in graded.why()


def test_a_syntax_error_names_the_line_and_no_file_of_the_kernels(tiny_course):
    broken = tiny.RELU_FORWARD.replace("np.maximum(0, x)", "np.maximum(0, x")
    graded = grade(Job("ada", tiny.NAME, tiny.answered(tiny_course, relu_forward=broken), tiny_course.root))
    said = graded.verdicts["relu_forward"].cases[0].message
    assert re.fullmatch(
        r"the cell `relu_forward` stopped with SyntaxError: incomplete input \(line \d\)", said
    )
