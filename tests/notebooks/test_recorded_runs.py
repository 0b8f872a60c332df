"""Every recording of the course: whole, and still what its notebook's code gives."""

import pytest
from places import ROOT

from autograder.commands.record import recordings
from autograder.course.manifest import Course
from course_utils.recordings import ENDING

COURSE = Course(ROOT)
FILES = {each: sorted(COURSE.source(each).parent.glob(f"*{ENDING}")) for each in COURSE.assignments}
RECORDED = [(each, path.name.removesuffix(ENDING)) for each, paths in FILES.items() for path in paths]


@pytest.mark.slow
@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda each: each.name)
def test_every_recording_has_its_file_and_every_run_is_in_it(assignment, monkeypatch):
    monkeypatch.chdir(COURSE.source(assignment).parent)
    found = recordings(COURSE, assignment)
    assert sorted(str(each.path()) for each in found) == [path.name for path in FILES[assignment]]
    for recording in found:
        assert len(recording.entries()) == len(recording.settings)


@pytest.mark.slow
@pytest.mark.parametrize(("assignment", "name"), RECORDED, ids=lambda each: getattr(each, "name", each))
def test_the_shortest_run_made_again_agrees_with_the_record(assignment, name, monkeypatch):
    monkeypatch.chdir(COURSE.source(assignment).parent)
    (recording,) = [each for each in recordings(COURSE, assignment) if each.name == name]
    shortest = min(recording.entries(), key=lambda entry: entry["seconds"])
    assert recording.differences(shortest["settings"]) == []
