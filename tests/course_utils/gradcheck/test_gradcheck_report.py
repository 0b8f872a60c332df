"""The report of a gradient check: text, error, page, map."""

import subprocess
import sys

import pytest

from answers.gradcheck import layers
from course_utils.gradcheck import (
    GradientCheckFailed,
    gradient_check,
)


def bad_report(rng):
    def backward(dout, c):
        dx, dw, _ = layers.affine_backward(dout, c)
        return -dx, dw, dout

    args = rng.normal(size=(10, 2, 3)), rng.normal(size=(6, 5)), rng.normal(size=5)
    return gradient_check(layers.affine_forward, backward, *args, rng=rng)


def test_the_report_says_one_line_for_each_gradient(rng):
    first, second, third = str(bad_report(rng)).splitlines()
    assert first.startswith("✗ dx is wrong in 60 of 60 entries, worst at [")
    assert first.endswith("it looks like the sign is flipped")
    assert second.startswith("✓ dw agrees with the numeric gradient (largest relative error ")
    assert third == "✗ db has shape (10, 5), expected (5,): it looks like the sum over the batch is missing"


def test_the_report_raises_its_own_text_or_returns_itself(rng):
    report = bad_report(rng)
    assert len(report.failures) == 2
    with pytest.raises(GradientCheckFailed) as caught:
        report.raise_if_failed()
    assert str(caught.value) == str(report)
    assert isinstance(caught.value, AssertionError)
    good = gradient_check(layers.tanh_forward, layers.tanh_backward, rng.normal(size=3))
    assert good.raise_if_failed() is good
    assert good.failures == []


def test_the_report_tells_how_the_mistake_is_spread(rng):
    explained = bad_report(rng).explain()
    assert "axis 0: 10 of 10; axis 1: 2 of 2; axis 2: 3 of 3" in explained
    assert "checked: all 60 entries" in explained


def test_in_a_notebook_the_report_shows_a_map_and_escapes_what_it_shows(rng):
    report = bad_report(rng)
    page = report._repr_html_()
    assert page.count('<img alt="where dx is wrong') == 1
    assert "data:image/png;base64," in page
    broken = report.results[0].replace(name="<b>", sentence="<script>")
    assert "<script>" not in type(report)((broken,))._repr_html_()


def test_a_map_of_errors_can_be_drawn_by_name(rng):
    report = bad_report(rng)
    assert len(report.error_map("dx").axes) >= 3
    with pytest.raises(ValueError, match="db"):
        report.error_map("db")
    with pytest.raises(KeyError, match="dx, dw, db"):
        report["dq"]


def test_a_check_prints_nothing(rng, capsys):
    bad_report(rng)
    assert capsys.readouterr() == ("", "")


def test_importing_the_checker_does_not_import_matplotlib():
    code = "import sys, course_utils.gradcheck, course_utils.compare; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "False"
