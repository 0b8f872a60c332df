"""What is kept of a learner's work, on disks as they are."""

import json

import pytest

from course_utils.study.record import Done, Record


def test_notes_are_there_for_the_next_process_and_the_next_notebook(tmp_path):
    path = tmp_path / "work" / ".progress.json"
    Record(path).note("01", "relu", lambda done: done.test(True))
    Record(path).note("02", "tanh", lambda done: done.mark(0.5))
    assert Record(path).of("01") == {"relu": Done(tried=True, earned=1.0)}
    assert Record(path).of("02") == {"tanh": Done(tried=True, earned=0.5, hidden=True)}


def test_a_visible_pass_does_not_outdo_the_hidden_checks_and_a_failure_counts():
    done = Done()
    done.mark(0.6)
    done.test(True)
    assert (done.earned, done.hidden) == (0.6, True)
    done.test(False)
    assert (done.earned, done.hidden) == (0.0, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"01": 3}',
        '{"01": {"relu": []}}',
        "[" * 100_000,
        "\ud800".encode("utf-8", "surrogatepass"),
    ],
    ids=range(8),
)
def test_a_file_that_is_none_of_ours_is_no_notes_and_is_replaced(tmp_path, text):
    path = tmp_path / ".progress.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert Record(path).of("01") == {}
    Record(path).note("01", "relu", lambda done: done.test(True))
    assert json.loads(path.read_text())["01"]["relu"]["earned"] == 1.0


def test_values_that_cannot_be_count_as_nothing():
    entry = {"hints": -3, "tried": "yes", "earned": float("nan"), "hidden": True, "solution": 1}
    assert Done.read(entry) == Done()
    assert Done.read({"earned": 7}) == Done()


def test_where_nothing_can_be_written_the_process_remembers(tmp_path):
    (tmp_path / "work").write_text("a file in the folder's place")
    path = tmp_path / "work" / ".progress.json"
    Record(path).note("01", "relu", lambda done: done.test(True))
    assert Record(path).of("01")["relu"].earned == 1.0
