"""Searches: what is tried, what is ended early, what a kill leaves behind, and how results are shown."""

import json
import math
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from models_for_training import Linear, small_data

from course_utils.training import Solver, runs, search
from course_utils.training.results import Results
from course_utils.training.trials import Trial

SPACE = {"learning_rate": (1e-4, 1.0), "reg": (1e-3, 1e3)}
SECONDS = 60  # for a busy machine; nothing waits so long where nothing is wrong


def peak(settings, report):
    """Best at learning_rate 1e-2, reg 1."""
    return 1 - abs(math.log10(settings["learning_rate"]) + 2) / 4 - abs(math.log10(settings["reg"])) / 30


def settings_of(results):
    return sorted(json.dumps(trial.settings) for trial in results)


# What is tried


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


# Runs side by side


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


# The results file


def test_a_search_goes_on_from_its_file(tmp_path):
    path = tmp_path / "search.jsonl"
    first = search.random_search(peak, SPACE, num_trials=4, results=path)

    def run(settings, report):
        (tmp_path / str(os.getpid())).touch()
        return peak(settings, report)

    both = search.random_search(run, SPACE, num_trials=7, results=path)
    assert len(both) == 7
    assert set(settings_of(first)) < set(settings_of(both))
    assert len(list(tmp_path.iterdir())) == 1 + 3
    assert settings_of(both) == settings_of(search.random_search(peak, SPACE, num_trials=7))
    assert len(path.read_text().splitlines()) == 7


def test_a_killed_search_goes_on_and_its_runs_do_not_linger(tmp_path):
    code = """
import os, signal, sys
from course_utils.training import search
def run(settings, report):
    if settings["learning_rate"] < 0.1:
        report(0.5)
        return 0.5
    print(os.getpid(), flush=True)
    signal.sigwait([signal.SIGUSR1])
    report(1.0)  # nobody is there any more
    print("lingered", flush=True)
search.grid_search(run, {"learning_rate": [0.01, 0.02, 0.03, 0.2, 0.3]}, results="r.jsonl", workers=2)
"""
    code = "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])" + code
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path)
    runs = [int(child.stdout.readline()) for _ in range(2)]
    child.kill()
    child.wait(SECONDS)
    with (tmp_path / "r.jsonl").open("a") as file:
        file.write('{"settings": {"learning_rate": 0.2}, "sco')  # as if killed while it wrote
    for run in runs:
        os.kill(run, signal.SIGUSR1)
    assert child.stdout.read() == b""  # ends when the last of its runs has ended

    results = search.grid_search(
        lambda settings, report: settings["learning_rate"],
        {"learning_rate": [0.01, 0.02, 0.03, 0.2, 0.3]},
        results=tmp_path / "r.jsonl",
    )
    assert sorted((trial.settings["learning_rate"], trial.score) for trial in results) == [
        (0.01, 0.5),
        (0.02, 0.5),
        (0.03, 0.5),
        (0.2, 0.2),
        (0.3, 0.3),
    ]
    assert len([json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]) == 5


def test_a_failed_run_is_tried_again(tmp_path):
    def run(settings, report):
        if settings["k"] and not (tmp_path / "mended").exists():
            raise RuntimeError
        return 1.0

    path = tmp_path / "r.jsonl"
    assert [trial.status for trial in search.grid_search(run, {"k": [0, 1]}, results=path, workers=1)] == [
        "finished",
        "failed",
    ]
    (tmp_path / "mended").touch()
    assert [trial.status for trial in search.grid_search(run, {"k": [0, 1]}, results=path, workers=1)] == [
        "finished"
    ] * 2


def test_coarse_to_fine_goes_on_from_its_file(tmp_path):
    whole = search.coarse_to_fine(
        peak, SPACE, rounds=3, num_trials=6, workers=1, results=tmp_path / "r.jsonl"
    )
    lines = (tmp_path / "r.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[:9]))
    again = search.coarse_to_fine(
        peak, SPACE, rounds=3, num_trials=6, workers=1, results=tmp_path / "cut.jsonl"
    )
    assert settings_of(again) == settings_of(whole)
    assert len((tmp_path / "cut.jsonl").read_text().splitlines()) == 18


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


def test_another_searchs_file_is_refused(tmp_path):
    path = tmp_path / "r.jsonl"
    search.random_search(peak, SPACE, num_trials=1, results=path)
    with pytest.raises(ValueError, match="holds a search over learning_rate, reg, and this one is over k"):
        search.grid_search(peak, {"k": [1]}, results=path)
    path.write_text("hello\n")
    with pytest.raises(ValueError, match=r"line 1 of .* is no trial"):
        search.random_search(peak, SPACE, results=path)


# In a notebook

NOTEBOOK = """
from course_utils.training import search
offset = 10
def run(settings, report):
    print("in a run")
    report(0.0)
    return offset + settings["learning_rate"]
results = search.random_search(run, {"learning_rate": (0.1, 1.0)}, num_trials=4, workers=2, verbose=True)
print("best", round(results.best.score, 1) > 10, len(results))
"""


def test_a_function_of_a_notebook_is_run():
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        shown = []
        reply = client.execute_interactive(NOTEBOOK, output_hook=shown.append, timeout=SECONDS)
        text = "".join(
            m["content"]["text"]
            for m in shown
            if m["msg_type"] == "stream" and m["content"]["name"] == "stdout"
        )
        assert reply["content"]["status"] == "ok", [m["content"] for m in shown]
        assert "best True 4" in text
        assert "[  4 / 4]" in text
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


# Results

FOUND = Results(
    [
        Trial({"learning_rate": 1e-3, "reg": 0.1, "rule": "adam"}, 0.5, "finished", [0.4], 1.5),
        Trial({"learning_rate": 1e-2, "reg": 0.2, "rule": "sgd"}, 0.9, "finished", [0.4, 0.9], 1.0),
        Trial({"learning_rate": 1.0, "reg": 0.3, "rule": "sgd"}, None, "finished", [], 0.1),
        Trial({"learning_rate": 1e-1, "reg": 0.4, "rule": "sgd"}, 0.95, "hopeless", [0.1], 0.2),
        Trial({"learning_rate": 1e-1, "reg": 0.5, "rule": "sgd"}, status="failed", error="oh"),
    ]
)


def test_the_table_has_the_best_first():
    columns = FOUND.to_dict()
    assert columns["score"] == [0.9, 0.5, 0.95, None, None]
    assert {len(column) for column in columns.values()} == {5}
    lines = repr(FOUND.table()).splitlines()
    assert lines[0].split() == [
        "score",
        "learning_rate",
        "reg",
        "rule",
        "status",
        "reports",
        "seconds",
        "round",
    ]
    assert [line.split()[4] for line in lines[1:]] == [
        "finished",
        "finished",
        "hopeless",
        "finished",
        "failed",
    ]
    assert len({len(line) for line in lines}) == 1
    assert len(FOUND.table(top=2).splitlines()) == 3
    with pytest.raises(ValueError, match="no trial has a score"):
        _ = Results(FOUND[2:3]).best


def test_the_scatter_plot_shows_every_trial():
    figure = FOUND.scatter()
    axes, colours = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlabel(), axes.get_ylabel(), colours.get_ylabel()) == ("learning rate", "reg", "score")
    dots = {c.get_label(): c.get_offsets().tolist() for c in axes.collections}
    assert dots["best"] == [[1e-2, 0.2]]
    assert dots["ended early"] == [[1e-1, 0.4]]
    assert dots["no score"] == [[1.0, 0.3], [1e-1, 0.5]]
    assert sum(map(len, dots.values())) == 5 + 1  # the best has a dot and a ring
    with pytest.raises(ValueError, match="not every trial has a positive rule"):
        FOUND.scatter(y="rule")
    assert "best" not in Results(FOUND[2:3]).scatter().axes[0].get_title(loc="left")
