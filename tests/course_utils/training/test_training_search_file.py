"""Searches that go on: from their file, after a kill, in a notebook."""

import json
import os
import signal
import subprocess
import sys

import pytest
from jupyter_client.manager import start_new_kernel
from searches import SPACE, peak, settings_of

from course_utils.training import search

SECONDS = 60  # for a busy machine; nothing waits so long where nothing is wrong


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
    os.write(1, b"%d\\n" % os.getpid())  # at once, since two write here
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
    child.stdout.close()

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


def test_another_searchs_file_is_refused(tmp_path):
    path = tmp_path / "r.jsonl"
    search.random_search(peak, SPACE, num_trials=1, results=path)
    with pytest.raises(ValueError, match="holds a search over learning_rate, reg, and this one is over k"):
        search.grid_search(peak, {"k": [1]}, results=path)
    path.write_text("hello\n")
    with pytest.raises(ValueError, match=r"line 1 of .* is no trial"):
        search.random_search(peak, SPACE, results=path)


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
