"""The demo's class: everybody gets what they deserve, with a reason."""

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.grade import grade_class
from autograder.classroom.submissions import find_submissions
from autograder.demo.members import CLASS, solutions
from course_utils.course import notebooks

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
    "jonas": "the kernel died (exit status 1: does a cell end the process?)",
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
