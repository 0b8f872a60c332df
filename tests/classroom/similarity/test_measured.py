"""What `python -m benchmarks.similarity` measures: no alarm on right answers that were written apart, and most copies found."""

from itertools import takewhile

import pytest
from places import ROOT

from autograder.course.manifest import Course
from benchmarks.similarity import measure, planted, real

pytestmark = pytest.mark.slow
MINE = """def mean(x):
    total = np.add.reduce(x.astype(float), axis=0, keepdims=True)
    number = np.float64(x.shape[0]) + np.zeros_like(total)
    return np.divide(total, number, where=number > 0).reshape(-1)
"""
YOURS = """def mean(values):
    s = 0
    for k, row in enumerate(values):
        s = s + (row - s) / (k + 1)
    return s if len(values) else np.full(values.shape[1:], np.nan)
"""


def test_right_answers_that_were_written_apart_are_not_called_alike():
    first = takewhile(lambda each: each[0].startswith("01_layers"), planted(Course(ROOT)))
    found = measure(first)
    assert found.pairs > 50
    assert found.alarms == []
    assert found.found > 0.7 * (found.copies - found.short) > 20


def test_a_folder_of_real_answers_is_measured_by_question(tmp_path):
    (tmp_path / "mean").mkdir()
    for name, source in {"a": MINE, "b": YOURS, "c": MINE.replace("total", "t")}.items():
        (tmp_path / "mean" / f"{name}.py").write_text(source)
    found = measure(real(tmp_path))
    assert (found.pairs, found.alarms) == (3, ["mean: answers 1 and 3"])
    assert found.copies == 3
    (tmp_path / "mean" / "handed_out.py").write_text(MINE)
    assert measure(real(tmp_path)).alarms == []
