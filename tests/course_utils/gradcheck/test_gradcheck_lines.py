"""The line where one small change puts a gradient right."""

import gc
import logging
import re
from pathlib import Path

import numpy as np
import pytest

from course_utils.course import notebooks
from course_utils.gradcheck import gradient_check, locating, loss_gradient_check
from course_utils.gradcheck.lines import search
from course_utils.gradcheck.lines.bounded import within

ROOT = Path(__file__).resolve().parents[3]
CALLS = []


@pytest.fixture
def softmax():
    def forward(x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        return p, p

    return forward


def line_of(function, text):
    """The number of a function's line that holds the text."""
    lines = Path(__file__).read_text().splitlines()
    first = function.__code__.co_firstlineno
    return next(n for n, line in enumerate(lines[first - 1 :], first) if text in line)


def axis(dout, p):
    inner = np.sum(dout * p, axis=0, keepdims=True)
    return p * (dout - inner)


def function(dout, p):
    inner = np.mean(dout * p, axis=1, keepdims=True)
    return p * (dout - inner)


def left_out(dout, p):
    inner = np.sum(dout * p, axis=1, keepdims=True)  # noqa: F841
    return p * dout


def wrong_variable(dout, p):
    inner = np.sum(dout * p, axis=1, keepdims=True)
    slope = p - inner
    return p * slope


def a_loop(dout, p):
    dx = np.zeros_like(p)
    for n in range(len(p)):
        jacobian = np.diag(p[n]) - np.outer(p[n], p[0])
        dx[n] = jacobian @ dout[n]
    return dx


@pytest.mark.parametrize(
    ("backward", "text", "kind"),
    [
        (axis, "inner =", "another axis"),
        (function, "inner =", "another function"),
        (left_out, "return", "a term more"),
        (wrong_variable, "slope =", "another variable"),
        (a_loop, "jacobian =", "another index"),
    ],
)
def test_the_line_and_the_kind_of_change_are_said(backward, text, kind, softmax, rng):
    report = gradient_check(softmax, backward, rng.normal(size=(4, 3)), rng=rng)
    found = report.locate()
    assert (found.line, found.kind) == (line_of(backward, text), kind)
    assert f"line {found.line}, `" in str(report)
    assert f"{kind} there, and dx agrees" in report["dx"].where
    assert found.change not in str(report), "what to write is for the learner to find"


def test_the_change_is_shown_when_asked(softmax, rng, capsys):
    report = gradient_check(softmax, axis, rng.normal(size=(4, 3)))
    report.locate(show=True)
    assert "inner = np.sum(dout * p, axis=1, keepdims=True)" in capsys.readouterr().out
    right = gradient_check(
        softmax, lambda d, p: p * (d - (d * p).sum(axis=1, keepdims=True)), rng.normal(size=(4, 3))
    )
    assert right.locate(show=True) is None
    assert "no single line" in capsys.readouterr().out


def test_a_change_must_hold_for_all_gradients_and_at_other_sizes(rng):
    def forward(x, w):
        h = x @ w
        return np.tanh(h), (x, w, np.tanh(h))

    def backward(dout, cache):
        x, w, t = cache
        dh = dout * (1 - t)
        return dh @ w.T, x.T @ dh

    report = gradient_check(forward, backward, rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))
    found = report.locate()
    assert found.line == line_of(backward, "dh = dout")
    assert found.labels == ("dx", "dw")
    assert str(found).endswith("and both gradients agree")


def test_nothing_is_said_where_two_lines_would_do(softmax, rng):
    def backward(dout, p):
        inner = -np.sum(dout * p, axis=1, keepdims=True)
        slope = dout - inner
        return p * slope

    report = gradient_check(softmax, backward, rng.normal(size=(4, 3)))
    assert report.locate() is None
    assert "line" not in str(report)


def test_nothing_is_said_where_no_small_change_does(softmax, rng):
    def backward(dout, p):
        return np.cos(dout) * p

    assert gradient_check(softmax, backward, rng.normal(size=(4, 3))).locate() is None


def test_a_function_without_source_is_passed_over(softmax, rng):
    space = {}
    exec("def backward(dout, p):\n    return p * dout", space)
    for backward in (space["backward"], lambda dout, p: p * dout):
        assert gradient_check(softmax, backward, rng.normal(size=(4, 3))).locate() is None


def test_a_loss_keeps_its_value(rng):
    def squares(x, t):
        r = x - t
        loss = np.sum(r**2) / len(x)
        dx = 2 * x / len(x)
        return loss, dx

    report = loss_gradient_check(squares, rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))
    found = report.locate()
    assert (found.line, found.kind) == (line_of(squares, "dx ="), "another variable")


def test_versions_that_never_end_are_stopped(softmax, rng):
    def backward(dout, p):
        dx, n = np.zeros_like(p), 0
        while n < len(p):
            dx[n] = p[n] * (dout[n] - dout[n].sum())
            n += 1
        return dx

    assert gradient_check(softmax, backward, rng.normal(size=(4, 3))).locate(seconds=1.0) is None


def noisy(dout, p):
    CALLS.append(1)
    print("hello")
    np.random.seed(0)  # noqa: NPY002
    inner = np.sum(dout * p, axis=0, keepdims=True)
    return p * (dout - inner)


def test_a_search_touches_nothing(softmax, rng, capsys):
    report = gradient_check(softmax, noisy, rng.normal(size=(4, 3)))
    CALLS.clear()
    np.random.seed(7)  # noqa: NPY002
    before = np.random.get_state()[1]  # noqa: NPY002
    capsys.readouterr()
    assert report.locate() is not None
    assert CALLS == []
    assert capsys.readouterr().out == ""
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_what_reaches_beyond_itself_is_never_tried(softmax, rng, tmp_path):
    path = tmp_path / "kept"

    def backward(dout, p):
        with open(path, "a") as file:
            file.write("x")
        return p * dout

    report = gradient_check(softmax, backward, rng.normal(size=(4, 3)))
    written = path.read_text()
    assert report.locate() is None
    assert path.read_text() == written


def test_a_search_without_time_says_nothing(softmax, rng):
    assert gradient_check(softmax, axis, rng.normal(size=(4, 3))).locate(seconds=0.0) is None


def test_graded_functions_show_the_line_after_the_second_version_that_fails(rng, monkeypatch):
    monkeypatch.setattr(locating, "_FAILED", locating.defaultdict(set))
    forward = lambda x: (np.tanh(x), np.tanh(x))  # noqa: E731

    def tanh_backward(dout, t):
        slope = 1 - t
        return dout * slope

    first = gradient_check(forward, tanh_backward, rng.normal(size=(4, 3)))
    again = gradient_check(forward, tanh_backward, rng.normal(size=(4, 3)))
    assert "line" not in f"{first}{again}", "the same version is no second try"

    def tanh_backward(dout, t):
        slope = 1 - t**3
        return dout * slope

    assert "line" in str(gradient_check(forward, tanh_backward, rng.normal(size=(4, 3))))


def test_the_graded_functions_are_those_of_the_notebooks():
    ends = ("_backward", "_backward_alt", "_backward_naive", "_loss", "_regularization", "elastic_net")
    graded = set()
    for path in sorted((ROOT / "solutions").glob("0[1-4]*/*.ipynb")):
        for cell in notebooks.read(path).cells:
            names = (
                re.findall(r"^def (\w+)", cell.source, re.MULTILINE) if notebooks.is_solution(cell) else []
            )
            graded |= {name for name in names if name.endswith(ends)}
            if notebooks.is_solution(cell) and "def loss(" in cell.source:
                graded |= set(re.findall(r"^class (\w+)", cell.source, re.MULTILINE))
    assert graded == locating.GRADED


def test_a_long_search_shows_a_progress_bar(softmax, rng, capsys):
    report = gradient_check(softmax, axis, rng.normal(size=(4, 3)))
    assert isinstance(report.locate(seconds=5), search.Location)
    assert "looking for the line" in capsys.readouterr().err


def test_what_the_collector_tells_is_not_cut_short() -> None:
    """An error there would be lost, and with it the word that time is up."""
    heard = []

    def listen(phase: str, _info: dict[str, int]) -> None:
        heard.append(phase)

    gc.callbacks.append(listen)
    try:
        assert within(0.0, gc.collect) is not None
    finally:
        gc.callbacks.remove(listen)
    assert heard == ["start", "stop"]


def test_time_that_is_up_interrupts_nobody_whom_a_library_tells_of_an_objects_end():
    handlers = [logging.StreamHandler()]
    assert within(0.0, handlers.clear) is None
    assert not handlers  # and nothing was raised in what `logging` does then, which pytest would hear of
