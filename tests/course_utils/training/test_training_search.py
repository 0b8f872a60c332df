"""Searches: what is tried, and what is ended early."""

import math
import os
import signal
import threading

import numpy as np
import pytest
from models_for_training import Linear, small_data
from searches import SPACE, peak, settings_of

from course_utils.training import Solver, runs, search
from course_utils.training.results import Results
from course_utils.training.trials import Trial


def test_ranges_are_drawn_evenly_by_their_logarithm():
    rng = np.random.default_rng(0)
    drawn = [search.log_uniform(1e-6, 1e-2, rng) for _ in range(4000)]
    assert min(drawn) > 1e-6
    assert max(drawn) < 1e-2
    counts, _ = np.histogram(np.log10(drawn), bins=4, range=(-6, -2))
    assert counts == pytest.approx([1000] * 4, abs=5 * math.sqrt(750))


def test_random_settings():
    drawn = search.random_settings({**SPACE, "hidden": [10, 20]}, 200, np.random.default_rng(1))
    assert {settings["hidden"] for settings in drawn} == {10, 20}
    assert all(1e-4 <= settings["learning_rate"] <= 1 for settings in drawn)
    assert len({settings["reg"] for settings in drawn}) == 200
    assert drawn[:3] == search.random_settings({**SPACE, "hidden": [10, 20]}, 3, np.random.default_rng(1))


def test_a_grid_has_all_combinations_ends_included():
    grid = search.grid_settings({"learning_rate": (1e-4, 1.0), "rule": ["sgd", "adam"]}, points=3)
    assert [(s["learning_rate"], s["rule"]) for s in grid] == [
        (pytest.approx(rate), rule) for rate in (1e-4, 1e-2, 1.0) for rule in ("sgd", "adam")
    ]
    results = search.grid_search(peak, {"learning_rate": (1e-4, 1.0), "reg": [1.0]}, points=3, workers=2)
    assert results.best.settings == {"learning_rate": pytest.approx(1e-2), "reg": 1.0}


def test_coarse_to_fine_closes_in():
    results = search.coarse_to_fine(peak, SPACE, rounds=3, num_trials=8, workers=2)
    assert [sum(trial.round == k for trial in results) for k in range(3)] == [8, 8, 8]
    for name, (low, high) in SPACE.items():
        spread = [np.ptp([math.log(t.settings[name]) for t in results if t.round == k]) for k in range(3)]
        assert spread[1] < 0.4 * math.log(high / low)
        assert spread[2] < 0.16 * math.log(high / low)
    first = Results([trial for trial in results if trial.round == 0])
    assert results.best.score >= first.best.score


def test_a_narrowed_space_may_leave_the_old_one_at_its_edge_and_keeps_good_choices():
    trials = [
        Trial({"learning_rate": 10.0**-k, "rule": "adam" if k < 3 else "sgd"}, score=-k, status="finished")
        for k in range(8)
    ]
    new = search.narrowed(
        {"learning_rate": (1e-7, 1.0), "rule": ["sgd", "adam"]}, trials, top=0.25, shrink=0.5
    )
    low, high = new["learning_rate"]
    assert math.log10(high / low) == pytest.approx(3.5)
    assert math.log10(low * high) / 2 == pytest.approx(-0.5)  # around 1 and 0.1, the best two
    assert high > 1
    assert new["rule"] == ["adam"]


def test_each_run_has_a_process_of_its_own():
    seen = []

    def run(settings, report):
        seen.append(settings)  # in a copy of this process's memory
        return float(os.getpid())

    results = search.random_search(run, SPACE, num_trials=4, workers=2)
    assert len({trial.score for trial in results}) == 4
    assert os.getpid() not in {trial.score for trial in results}
    assert seen == []


def test_where_processes_cannot_be_forked_threads_do_the_same(monkeypatch):
    monkeypatch.setattr(runs, "can_fork", lambda: False)
    names = []

    def run(settings, report):
        names.append(threading.current_thread().name)
        report(0.1)
        return peak(settings, report)

    results = search.random_search(run, SPACE, num_trials=5, workers=2)
    assert len(results) == len(set(names)) == 5
    assert settings_of(results) == settings_of(search.random_search(peak, SPACE, num_trials=5))
    assert {trial.status for trial in results} == {"finished"}


def test_a_run_below_the_median_of_the_others_is_ended():
    quality = [0.9, 0.8, 0.7, 0.2, 0.85, 0.1]

    def run(settings, report):
        for k in range(5):
            report(quality[settings["k"]] * (k + 1) / 5)
        return quality[settings["k"]]

    # One at a time, so that it is certain who is compared with whom.
    results = search.grid_search(run, {"k": [0, 1, 2, 3, 4, 5]}, workers=1)
    assert [(trial.settings["k"], trial.status, len(trial.reports)) for trial in results] == [
        (0, "finished", 5),
        (1, "finished", 5),
        (2, "finished", 5),
        (3, "hopeless", 2),  # after a grace of one report
        (4, "finished", 5),
        (5, "hopeless", 2),
    ]
    assert results[3].score == pytest.approx(0.08)
    patient = search.grid_search(run, {"k": [0, 1, 2, 3, 4, 5]}, workers=1, grace=4)
    assert [len(trial.reports) for trial in patient] == [5] * 6


@pytest.mark.parametrize(
    ("reports", "made"),
    [
        ([(0.1, 1.0), (0.1, 3.1), (0.1, 1.0)], 2),
        ([(0.1, math.nan), (0.2, 1.0)], 1),
        ([(math.nan, None), (0.2, None)], 1),
        ([(0.1, 1.0), (0.1, 3.0), (0.1, 2.0)], 3),
        ([(0.1, 1.0), (0.2, 9.0), (0.3, 5.0)], 3),  # a batch's loss says nothing against a score that rises
    ],
)
def test_a_run_whose_loss_explodes_is_ended(reports, made):
    def run(settings, report):
        for score, loss in reports:
            report(score, loss)
        return 0.5

    (trial,) = search.grid_search(run, {"k": [0]})
    assert (len(trial.reports), trial.status) == (made, "finished" if made == 3 else "hopeless")


def test_a_training_is_searched():
    data = small_data()

    def run(settings, report):
        solver = Solver(
            Linear(),
            data,
            optim_config={"learning_rate": settings["learning_rate"]},
            num_epochs=4,
            batch_size=30,
            verbose=False,
            callbacks=[lambda solver: report(solver.val_acc_history[-1], solver.loss_history[-1])],
        )
        solver.train()
        return solver.best_val_acc

    results = search.grid_search(run, {"learning_rate": (1e-6, 1e-1)}, points=4, workers=2)
    assert results.best.settings["learning_rate"] == pytest.approx(1e-1)
    assert results.best.score > 0.8


def test_failures_are_kept_apart_and_a_search_of_failures_says_why():
    def run(settings, report):
        if settings["k"] == 1:
            raise RuntimeError("my own bug")
        if settings["k"] == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if settings["k"] == 3:
            return math.nan
        return 1.0

    results = search.grid_search(run, {"k": [0, 1, 2, 3]}, workers=2)
    found = {trial.settings["k"]: trial for trial in results}
    assert [found[k].status for k in range(4)] == ["finished", "failed", "failed", "finished"]
    assert "my own bug" in found[1].error
    assert "its process died" in found[2].error
    assert found[3].score is None
    assert results.best.settings == {"k": 0}
    with pytest.raises(RuntimeError, match=r"every run failed; the first one with(.|\n)*my own bug"):
        search.grid_search(run, {"k": [1]})


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ({}, "the space is empty"),
        ({"learning_rate": (0.0, 1.0)}, "learning_rate goes from 0.0 to 1.0"),
        ({"learning_rate": (1.0, 0.1)}, "needs 0 < low <= high"),
        ({"learning_rate": (1e-3, 1e-2, 1e-1)}, r"a range is a pair \(low, high\)"),
        ({"rule": "adam"}, "rule is 'adam'; it should be a range"),
        ({"rule": []}, r"rule is \[\]"),
        ({"rule": [print]}, "choices of rule must be numbers"),
    ],
)
def test_impossible_spaces_are_refused(space, words):
    with pytest.raises(ValueError, match=words):
        search.random_search(peak, space)
