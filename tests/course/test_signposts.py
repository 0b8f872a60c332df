"""What stands around a question: its points above it, and at the end the next notebook."""

import json

import tiny
from places import ROOT

from autograder.classroom.release import release
from autograder.course.manifest import Course
from course_utils.course import notebooks


def test_each_graded_answer_has_its_points_above_it(tmp_path):
    course = tiny.make_course(tmp_path / "c", later=True)
    notebook = notebooks.read(release(course, course.assignment(tiny.NAME), register=False))
    above = {
        notebooks.grade_id(cell): before.source
        for before, cell in zip(notebook.cells, notebook.cells[1:], strict=False)
        if notebooks.is_answer(cell)
    }
    assert above["relu_forward"] == "**Question** · `relu_forward` · 2 points"
    assert "1 point, given by a person" in above["answer_zero"]


def test_the_last_cell_leads_to_the_next_notebook_and_of_the_last_one_nowhere(tmp_path):
    course = tiny.make_course(tmp_path / "c", later=True)
    first, last = (notebooks.read(release(course, each, register=False)) for each in course.assignments)
    assert first.cells[-1].source == f"**Next:** [Later](../{tiny.LATER}/{tiny.LATER}.ipynb)"
    assert "Next:" not in last.cells[-1].source


def test_every_released_notebook_says_all_points_and_leads_on():
    course = Course(ROOT)
    for assignment, following in zip(course.assignments, [*course.assignments[1:], None], strict=True):
        cells = json.loads(course.released_path(assignment).read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
        said = sum(
            float(line.split(" point")[0].split(" · ")[-1])
            for line in text.splitlines()
            if line.startswith(("**Question**", "**A question in words**"))
        )
        assert said == assignment.points
        if following:
            path = course.released_path(assignment).parent / f"../{following.name}/{following.name}.ipynb"
            assert path.is_file()
