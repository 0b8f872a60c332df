"""A group's hand-in, from the platform's export to the marks, at the terminal."""

from __future__ import annotations

import re

import exports
import pytest
import tiny

from autograder.course.manifest import Course


@pytest.fixture
def course(tiny_class: Course) -> Course:
    """A course of groups that is due; ada and bao are one."""
    manifest = tiny_class.root / "course.toml"
    entry = 'checks = "layers"\ngroups = true\ndue = 2026-03-01T12:00:00Z\n'
    manifest.write_text(manifest.read_text().replace('checks = "layers"\n', entry))
    roster = "id,canvas,group\nada,11,Red\nbao,12,Red\nchidi,13,\n"
    (tiny_class.root / "roster.csv").write_text(roster)
    return Course(tiny_class.root)


def test_a_group_from_the_export_to_the_marks(at, course, tmp_path):
    folder = course.root
    answered = tiny.answered(course, answer_zero="It is a convention.")
    export = exports.make_zip(tmp_path / "export.zip", [(f"a_11_91_{tiny.NAME}.ipynb", answered)])
    code, out, errors = at(folder, "collect", tiny.NAME, str(export), "--yes")
    assert (code, "2 collected" in out) == (0, True), errors
    assert re.search(r"bao .*group Red, with ada; handed in by ada", out)
    code, out, errors = at(folder, "grade", tiny.NAME, "--student", "bao")
    assert code == 0, errors
    assert re.search(r"ada +│ +6/6", out)
    assert re.search(r"bao +│ +6/6", out)
    _, out, _ = at(folder, "extend", "bao", tiny.NAME, "--until", "2026-03-02 12:00Z")
    assert "ada, bao may hand in 01_small until" in out
    assert not re.search(r"UTC \(.*UTC\)", out)  # one moment told twice, where the course's zone is UTC
    tiny.mark_by_hand(course, score=1.0, student="ada")
    code, out, errors = at(folder, "export")
    assert code == 0, errors
    rows = (folder / "grades.csv").read_text().splitlines()
    assert [row.split(",")[-3] for row in rows[1:]] == ["7.0", "7.0"]
    tiny.mark_by_hand(course, score=0.5, student="ada")
    tiny.mark_by_hand(course, score=0.25, student="bao")
    code, out, _ = at(folder, "feedback", tiny.NAME)
    assert (code, "different marks by hand for answer_zero" in out) == (0, True)
