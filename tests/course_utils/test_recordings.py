"""Recordings: runs made once, read back, made again and compared."""

import json

import numpy as np
import pytest

from course_utils.recordings import Recording, grid


@pytest.fixture
def made():
    """A recording of two by three runs, and the settings of each call of its run."""
    calls = []

    def run(keep, seed):
        calls.append((keep, seed))
        return {"test": np.float64(keep + seed / 10), "curve": np.array([seed, 2 * seed])}

    return Recording("small", run, grid(keep=(0.5, 1.0), seed=range(3))), calls


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """The folder of a notebook, which its kernel works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_grid_has_every_combination_and_the_last_axis_changes_fastest():
    assert grid(a=(1, 2), b="xy") == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_what_is_recorded_is_read_by_its_settings(made, beside):
    recording, _ = made
    assert recording.record(said=lambda line: None) == recording.path()
    assert recording.values("test", keep=0.5).tolist() == [0.5, 0.6, 0.7]
    assert recording.values("test", seed=2).tolist() == [0.7, 1.2]
    assert recording.values("curve", keep=1.0).tolist() == [[0, 0], [1, 2], [2, 4]]


def test_a_recording_that_was_cut_short_makes_only_what_is_missing(made, beside):
    recording, calls = made
    recording.record(said=lambda line: None)
    data = json.loads(recording.path().read_text())
    data["runs"] = data["runs"][:4]
    recording.path().write_text(json.dumps(data))
    calls.clear()
    told = []
    recording.record(said=told.append)
    assert calls == [(1.0, 1), (1.0, 2)]
    assert [line.partition(",")[0] for line in told] == ["small 5/6: keep = 1.0", "small 6/6: keep = 1.0"]
    calls.clear()
    recording.record(afresh=True, said=told.append)
    assert len(calls) == 6


def test_the_file_says_what_it_was_made_with_and_not_by_whom(made, beside):
    recording, _ = made
    recording.record(said=lambda line: None)
    data = json.loads(recording.path().read_text())
    assert set(data) == {"made_with", "runs"}
    assert set(data["made_with"]) == {"python", "numpy", "machine"}
    assert set(data["runs"][0]) == {"settings", "result", "seconds"}


def test_runs_on_other_data_have_a_file_of_their_own(beside):
    recording = Recording(
        "search", lambda data, seed: {"n": len(data)}, grid(data=("shapes10",), seed=(0, 1))
    )
    recording.record(said=lambda line: None)
    recording.on("cifar10").record(said=lambda line: None)
    assert {path.name for path in beside.iterdir()} == {
        "search.record.json",
        "search-cifar10.record.json",
    }
    assert recording.on("cifar10").values("n").tolist() == [7, 7]


def test_a_run_made_again_is_shown_beside_the_recorded_one(made, beside, capsys):
    recording, _ = made
    recording.record(said=lambda line: None)
    assert recording.again(keep=0.5, seed=2)["test"] == 0.7
    assert capsys.readouterr().out == "test: recorded 0.7, here 0.7\n"
    with pytest.raises(ValueError, match=r"3 runs have keep = 0.5; say more of their settings"):
        recording.again(keep=0.5)


def test_a_run_that_no_longer_gives_what_was_recorded_is_found(beside):
    drift = 0.0
    recording = Recording("r", lambda seed: {"test": 0.5 + drift, "loss": [20.0, np.nan]}, grid(seed=(0,)))
    recording.record(said=lambda line: None)
    drift = 0.02
    assert recording.differences({"seed": 0}) == []
    drift = 0.06
    assert recording.differences({"seed": 0}) == ["r with seed = 0: test is 0.56, recorded is 0.5"]


def test_what_is_not_there_is_said_in_a_sentence(made, beside):
    recording, _ = made
    with pytest.raises(
        FileNotFoundError, match=r"there is no small.record.json beside this notebook: copy it"
    ):
        recording.values("test")
    recording.record(said=lambda line: None)
    with pytest.raises(LookupError, match=r"no run of small has keep = 0.7; see its `settings`"):
        recording.values("test", keep=0.7)
    recording.settings.append({"keep": 2.0, "seed": 0})
    with pytest.raises(LookupError, match=r"small.record.json holds no run with keep = 2.0, seed = 0"):
        recording.values("test", keep=2.0)


def test_other_pictures_are_drawn_where_they_are_recorded_and_these_where_not(beside, capsys):
    recording = Recording("search", lambda seed, data="shapes10": {"n": len(data)}, grid(seed=(0, 1)))
    recording.record(said=lambda line: None)
    assert recording.nearest("shapes10") is recording
    assert recording.nearest("cifar10") is recording
    assert capsys.readouterr().out == (
        "search was recorded on shapes10, and that is what you see; .on('cifar10').record() makes the same runs on "
        "cifar10. On shapes10 they took 0.0 minutes; runs that take all pictures of a set take longer on a larger one\n"
    )
    recording.on("cifar10").record(said=lambda line: None)
    assert recording.nearest("cifar10").values("n").tolist() == [7, 7]
    assert capsys.readouterr().out == ""
