"""What submissions are rebuilt on is made by nbgrader's steps once, and kept by all that it is made of."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiny
from places import ROOT

from autograder.course import release_steps
from autograder.course import template as module
from autograder.course.manifest import Course
from autograder.course.template import template
from autograder.grading.version import reached
from course_utils.course import notebooks

# Without nbgrader, which takes longer to load than a notebook to grade.
_ELSEWHERE = f"""
import sys
from pathlib import Path
import autograder.grading.job
from autograder.course.manifest import Course
from autograder.course.template import template
from course_utils.course import notebooks

course = Course(Path(sys.argv[1]))
sys.stdout.write(notebooks.dumps(template(course, course.assignment({tiny.NAME!r}))))
assert "nbgrader" not in sys.modules
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "course-grader" / "released"


def text(course: Course, name: str = tiny.NAME) -> str:
    return notebooks.dumps(template(course, course.assignment(name)))


@pytest.mark.parametrize("name", [assignment.name for assignment in Course(ROOT).assignments])
def test_what_is_kept_is_what_was_made(cache: Path, name: str) -> None:
    made = text(Course(ROOT), name)
    assert len(list(cache.iterdir())) == 1
    assert text(Course(ROOT), name) == made


def test_another_process_needs_no_nbgrader(cache: Path, tiny_course: Course) -> None:
    made = text(tiny_course)
    command = [sys.executable, "-c", _ELSEWHERE, str(tiny_course.root)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == made


@pytest.mark.parametrize("damage", [b"", b"\xff", b"{}"])
def test_a_damaged_one_is_made_again(cache: Path, tiny_course: Course, damage: bytes) -> None:
    made = text(tiny_course)
    [file] = cache.iterdir()
    for content in (damage, file.read_bytes()[:-3] + damage):
        file.write_bytes(content)
        assert text(tiny_course) == made


def test_another_solution_or_manifest_makes_another_one(cache: Path, tiny_course: Course) -> None:
    made = text(tiny_course)
    source = tiny_course.source(tiny_course.assignment(tiny.NAME))
    source.write_text(source.read_text().replace("max(0, x)", "max(x, 0)"))
    edited = text(tiny_course)
    assert "max(x, 0)" in edited
    assert "max(x, 0)" not in made
    manifest = tiny_course.root / "course.toml"
    entry = f'\n[[assignment]]\nname = "{tiny.LATER}"\ntitle = "Later"\npoints = 1\nchecks = "layers"\n'
    manifest.write_text(manifest.read_text() + entry)
    assert "Later" in text(Course(tiny_course.root))  # the link at its end


def test_what_somebody_saves_meanwhile_is_not_taken_for_what_was_there(
    cache, tiny_course, monkeypatch
) -> None:
    source = tiny_course.source(tiny_course.assignment(tiny.NAME))
    before, make = source.read_text(), release_steps.with_hidden_tests

    def saving(*arguments):
        source.write_text(before.replace("max(0, x)", "max(x, 0)"))
        return make(*arguments)

    monkeypatch.setattr(release_steps, "with_hidden_tests", saving)
    text(tiny_course)
    assert not cache.exists()


def test_all_code_that_makes_one_decides() -> None:
    modules = reached(
        ["autograder.course.release_steps"], {"autograder", "course_utils"}, through_rooms=False
    )
    files = {Path(find_spec(name).origin) for name in modules if find_spec(name)}
    outside = {path for path in files if not any(path.is_relative_to(place) for place in module._MADE_BY)}
    names = {path.relative_to(ROOT).as_posix() for path in outside if path.name != "__init__.py"}
    # What the manifest hands on and no step reads; what imports the library.
    assert names == {"autograder/limits.py", "autograder/library.py"}


def test_it_goes_on_where_nothing_can_be_kept(tmp_path: Path, monkeypatch, tiny_course: Course) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "relu_forward" in text(tiny_course)


def test_those_that_were_made_last_are_kept(cache: Path, tiny_course: Course, monkeypatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    source = tiny_course.source(tiny_course.assignment(tiny.NAME))
    before = source.read_text()
    for number in range(3):
        source.write_text(before.replace("max(0, x)", f"max({number}, x)"))
        text(tiny_course)
    assert len(list(cache.iterdir())) == 2
    assert any("max(2, x)" in file.read_text() for file in cache.iterdir())
