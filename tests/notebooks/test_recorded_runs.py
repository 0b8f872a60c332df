"""Every recording of the course: whole, and still what its notebook's code gives."""

import numpy as np
import pytest
import stand_ins
from places import ROOT

from autograder.commands.record import recordings
from autograder.course.manifest import Course
from course_utils.recordings import ENDING

COURSE = Course(ROOT)
# Seconds, when it was recorded, of what is made again at every run of the tests.
LONGEST = 10.0
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
def test_the_shortest_run_made_again_agrees_with_the_record(assignment, name, monkeypatch, request):
    monkeypatch.chdir(COURSE.source(assignment).parent)
    (recording,) = [each for each in recordings(COURSE, assignment) if each.name == name]
    shortest = min(recording.entries(), key=lambda entry: entry["seconds"])
    if shortest["seconds"] > LONGEST and not request.config.getoption("--whole-notebooks"):
        pytest.skip(
            f"took {shortest['seconds']:.0f} seconds when it was recorded: `make notebooks` makes it again"
        )
    assert recording.differences(shortest["settings"]) == []


@pytest.mark.slow
def test_the_coarse_search_is_recorded_on_cifar10_by_the_same_command(tmp_path, monkeypatch):
    stand_ins.cifar10(tmp_path / "data", train=1300, test=100)
    monkeypatch.setenv("COURSE_DATA_PATH", str(tmp_path / "data"))
    assignment = COURSE.assignment("06_babysitting")
    monkeypatch.chdir(COURSE.source(assignment).parent)
    (search,) = [each for each in recordings(COURSE, assignment) if each.name == "search-coarse"]
    path = search.on("cifar10").record(tmp_path, said=lambda line: None)
    assert path.name == f"search-coarse-cifar10{ENDING}"
    monkeypatch.chdir(tmp_path)
    accuracies = search.nearest("cifar10").values("accuracy")
    assert accuracies.shape == (100,)
    assert np.nanmax(accuracies) > 0.15
    assert 0 < np.isnan(accuracies).sum() < 50
