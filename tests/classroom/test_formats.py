"""The forms in which grades leave the course."""

import csv

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.export import export_grades
from autograder.classroom.formats import ExportFormat, export_format, formats
from course_utils.errors import CourseError

ROWS = [{"student_id": "ada", "score": 3.5, "assignment": "01_layers"}]


def test_a_format_is_found_by_being_there_and_has_a_name_and_a_purpose():
    found = formats()
    assert "csv" in found
    assert all(isinstance(each, ExportFormat) and each.description for each in found.values())
    assert [each.name for each in found.values()] == list(found)


def test_every_format_writes_a_row_with_its_student(tmp_path):
    for name, each in formats().items():
        path = tmp_path / f"grades.{name}"
        with path.open("w", newline="", encoding="utf-8") as file:
            each.write(ROWS, file)
        assert "ada" in path.read_text(encoding="utf-8"), name


def test_a_decorated_function_is_a_format():
    made = export_format("lines", "one a line")(lambda rows, file: file.write(f"{len(list(rows))} rows"))
    assert (made.name, made.description) == ("lines", "one a line")


def test_a_format_that_is_not_there_is_a_sentence_and_leaves_the_file_alone(tiny_class, tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text("kept")
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_student("ada")
    with pytest.raises(
        CourseError, match=r"no format is called 'xls'; there are csv \(a table for a spreadsheet\)"
    ):
        export_grades(tiny_class, path, "xls")
    assert path.read_text() == "kept"


def test_a_file_without_a_known_ending_is_a_table(tiny_class, tmp_path):
    path = tmp_path / "grades.txt"
    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_student("ada")
        gradebook.update_or_create_assignment("01_small")
    assert export_grades(tiny_class, path) == (path, 1)
    with path.open(newline="", encoding="utf-8") as file:
        assert next(csv.DictReader(file))["student_id"] == "ada"
