"""What code says is looked at once and kept by its text: the same from the cache as without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import ROOT

from autograder.course.manifest import Course
from autograder.grading import code
from autograder.grading.version import assignment_version

SOURCE = b"""
import json
from numpy import array
def f(x):
    import math  # why
    return math.sqrt(x)
def g(x):
    return x
class A: ...
one = two = 3
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "course-grader" / "code.json"


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in another process."""
    monkeypatch.setattr(code._kept, "_path", None)


def test_what_code_says_leaves_out_comments_and_lines() -> None:
    said = code.said(SOURCE)
    assert said == code.said(SOURCE.replace(b"# why", b"# because").replace(b"class A", b"\n\nclass A"))
    assert said != code.said(SOURCE.replace(b"= 3", b"= 4"))
    assert code.said(SOURCE, ["g"]) == code.said(SOURCE.replace(b"return x\n", b"return -x\n"), ["g"])
    assert code.said(SOURCE, ["f"]) != code.said(SOURCE, ["g"])


def test_what_is_named_is_left_in() -> None:
    calls = SOURCE + b"g(1)\n"
    assert code.said(calls, ["g"]) != code.said(calls.replace(b"return x\n", b"return -x\n"), ["g"])


def test_imports_names_and_words_are_found() -> None:
    assert set(code.imports(SOURCE)) == {"json", "numpy", "numpy.array", "math"}
    assert code.defined(SOURCE) == ["f", "g", "A", "one", "two"]
    assert {"sqrt", "two"} <= code.words(SOURCE)
    assert "why" not in code.words(SOURCE)
    assert code.imports(b"x = 1") == []


def test_another_process_need_not_look_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = Course(ROOT)
    found = assignment_version(course, course.assignment("02_batchnorm"))
    assert cache.is_file()
    written = cache.stat().st_mtime_ns
    _forget(monkeypatch)
    monkeypatch.setattr(code, "ast", None)
    assert assignment_version(course, course.assignment("02_batchnorm")) == found
    assert cache.stat().st_mtime_ns == written


def test_a_damaged_cache_is_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imports = code.imports(SOURCE)
    code.keep()
    whole = cache.read_bytes()
    for damaged in (b"", b"\xff", b"{}", whole.replace(b"json", b"jsom"), whole[:-3]):
        cache.write_bytes(damaged)
        _forget(monkeypatch)
        assert code.imports(SOURCE) == imports


def test_what_is_not_asked_for_goes_first(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_MOST", 2)
    for text in (b"import a", b"import b", b"import c"):
        _forget(monkeypatch)
        code.imports(text)
        code.keep()
    _forget(monkeypatch)
    assert code.imports(b"import c") == ["c"]
    assert len(code._kept._found) == 2


def test_a_cache_that_cannot_be_written_costs_time_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert code.imports(b"import d") == ["d"]
    code.keep()
