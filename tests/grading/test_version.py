"""What decides a mark is one digest: it changes with all that could change a mark, and with nothing else."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from courses import copy_course
from places import ROOT

from autograder.course.manifest import MANIFEST, Course
from autograder.grading.version import assignment_version, reached

NAME = "02_batchnorm"
# Each is made alone, in a process that then asks for the version anew, and taken back.
DECIDE = {
    "a shared helper of the checks": ("autograder/checks/asking/layer.py", "\nADDED = 1\n"),
    "a named mistake": ("autograder/checks/mistakes/affine.py", "\nADDED = 1\n"),
    "the notebook's own checks": ("autograder/checks/batchnorm/__init__.py", "\nADDED = 1\n"),
    "the comparison": ("course_utils/compare/guesses.py", "\nADDED = 1\n"),
    "the student's side of a question": ("course_utils/grading/responder.py", "\nADDED = 1\n"),
    "the first program in the sandbox": ("autograder/sandbox/inside/launch.py", "\nADDED = 1\n"),
    "what sandboxes are forked from": ("autograder/sandbox/inside/source.py", "\nADDED = 1\n"),
    "a default limit": ("autograder/limits.py", "\nADDED = 1\n"),
    "a limit of the course": (f"course/{MANIFEST}", "\n[limits]\nnotebook_seconds = 77\n"),
    "a file beside the notebook": (f"course/solutions/{NAME}/values.txt", "1\n"),
}
DECIDE_NOTHING = {
    "a comment of the command line": ("autograder/cli.py", "\n# A comment.\n"),
    "code of the command line": ("autograder/cli.py", "\nADDED = 1\n"),
    "a comment of the comparison": ("course_utils/compare/guesses.py", "\n# A comment.\n"),
    "the checks of another notebook": ("autograder/checks/convnets/__init__.py", "\nADDED = 1\n"),
    "a widget that the notebook does not show": ("course_utils/widgets/masks.py", "\nADDED = 1\n"),
}

_PROGRAM = """
import json, sys
from pathlib import Path
from autograder.course.manifest import Course
from autograder.grading import version

root, changes = Path(sys.argv[1]), json.loads(sys.argv[2])
assert version.__file__.startswith(str(root)), version.__file__

def now():
    course = Course(root / "course")
    return version.assignment_version(course, course.assignment(sys.argv[3]))

before, after = now(), {}
for what, (place, text) in changes.items():
    path = root / place
    old = path.read_text() if path.exists() else None
    path.write_text((old or "") + text)
    after[what] = now() != before
    path.unlink() if old is None else path.write_text(old)
print(json.dumps([now() == before, after]))
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and a course, to be changed at will."""
    folder = tmp_path_factory.mktemp("version")
    for package in ("autograder", "course_utils"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    copy_course(folder / "course")
    return folder


@pytest.fixture(scope="module")
def changed(packages: Path) -> dict[str, bool]:
    """Whether each change alone gives another version."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(packages), json.dumps(DECIDE | DECIDE_NOTHING), NAME],
        env=os.environ | {"PYTHONPATH": str(packages)},
        cwd=packages,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    same_again, changed = json.loads(done.stdout)
    assert same_again
    return changed


@pytest.mark.parametrize("what", DECIDE)
def test_what_decides_a_mark_makes_old_marks_stale(changed, what):
    assert changed[what]


@pytest.mark.parametrize("what", DECIDE_NOTHING)
def test_what_decides_nothing_leaves_old_marks_alone(changed, what):
    assert not changed[what]


def test_an_earlier_solution_that_is_given_decides(tmp_path):
    course = copy_course(tmp_path / "course")
    versions = {name: assignment_version(course, course.assignment(name)) for name in ("01_layers", NAME)}
    source = course.source(course.assignment("01_layers"))
    source.write_text(source.read_text().replace("return out, cache", "return out * 1, cache", 1))
    course = Course(course.root)
    for name, before in versions.items():
        assert assignment_version(course, course.assignment(name)) != before


_EVERYWHERE = """
def function():
    async def inner():
        import deep.a
    class Inner:
        from deep import b
    with x, y:
        for each in z:
            import deep.c
        else:
            import deep.d
try:
    while True: import deep.e
except OSError:
    from deep.f import name
else:
    if x:
        pass
    elif y:
        import deep.g as g
finally:
    match x:
        case 1:
            import deep.h, deep.i
"""


def test_an_import_counts_wherever_it_stands(tmp_path, monkeypatch):
    folder = tmp_path / "deep"
    folder.mkdir()
    for name in ("__init__", *"abcdefghij"):
        (folder / f"{name}.py").write_text("")
    (folder / "outermost.py").write_text(_EVERYWHERE)
    monkeypatch.syspath_prepend(tmp_path)
    found = reached(["deep.outermost"], {"deep"})
    assert found == {"deep", "deep.outermost", *(f"deep.{name}" for name in "abcdefghi")}
