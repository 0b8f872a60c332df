"""macOS and Windows: everything imports, what can run there runs, and the rest says in one sentence what it needs.

Linux plays them (`other_system.py`); nothing here was tried on a machine of theirs.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from other_system import GONE
from places import ROOT

from autograder.classroom.release import release

pytestmark = pytest.mark.slow
SYSTEMS = sorted(GONE)
SOCKETS = "marking needs Unix sockets"
LINUX = "student code cannot be sandboxed: the sandbox needs Linux"


@pytest.fixture
def handed_in(tiny_course):
    """The tiny course with one submission, and a learner's right notebook."""
    release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)
    answers = tiny.answered(tiny_course, tiny.NAME)
    folder = tiny_course.root / "submitted" / "ann" / tiny.NAME
    folder.mkdir(parents=True)
    for path in (folder / f"{tiny.NAME}.ipynb", tiny_course.root / f"{tiny.NAME}.ipynb"):
        path.write_bytes(answers)
    return tiny_course.root


class System:
    """A process that became another system."""

    def __init__(self, name: str, folder: Path):
        self._folder = folder
        command = [sys.executable, str(ROOT / "tests" / "other_system.py"), name]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, folder: Path, *arguments: str) -> tuple[int, str, str]:
        out, errors = (self._folder / name for name in ("out", "errors"))
        out.write_text("")
        errors.write_text("")
        self._process.stdin.write(json.dumps([str(folder), str(out), str(errors), arguments]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return code, out.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8")

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture(scope="module")
def systems(tmp_path_factory):
    started = {name: System(name, tmp_path_factory.mktemp(name)) for name in SYSTEMS}
    yield started
    for system in started.values():
        system.close()


@pytest.fixture
def run(systems):
    return lambda system, folder, *arguments: systems[system].run(folder, *arguments)


def sentence(errors: str) -> str:
    """The one line that is said, without what others warn of."""
    (line,) = [line for line in errors.splitlines() if line.startswith("✗")]
    assert "Traceback" not in errors
    return line


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_module_imports(system, run):
    code, _, errors = run(system, ROOT, "imports")
    assert code == 0, errors


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], "hint"),
        (["solution", "relu_forward"], "def relu_forward"),
        (["release"], f"{tiny.NAME}.ipynb"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_needs_no_sandbox_runs(system, arguments, said, handed_in, run):
    code, out, errors = run(system, handed_in, *arguments)
    assert (code, said in out) == (0, True), errors


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_hint_is_given(system, run):
    code, out, errors = run(system, ROOT, "hint", "affine_forward")
    assert (code, "A nudge" in out) == (0, True), errors


@pytest.mark.parametrize("arguments", [["grade", tiny.NAME], ["check", f"{tiny.NAME}.ipynb", "--as-graded"]])
@pytest.mark.parametrize(("system", "said"), [("darwin", LINUX), ("win32", SOCKETS)])
def test_the_sandbox_says_that_it_needs_linux(system, said, arguments, handed_in, run):
    code, _, errors = run(system, handed_in, *arguments)
    assert (code, said in sentence(errors)) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["grade", tiny.NAME, "--unsandboxed"], ["check", f"{tiny.NAME}.ipynb"]]
)
def test_without_a_sandbox_macos_marks_and_windows_names_wsl(arguments, handed_in, run):
    code, _, errors = run("win32", handed_in, *arguments)
    assert (code, "WSL 2" in sentence(errors)) == (1, True)
    code, out, errors = run("darwin", handed_in, *arguments)
    assert (code, "6 of 6 points" in out or "all correct" in out) == (0, True), errors


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_doctor_names_what_this_system_cannot(system, handed_in, run):
    _, out, errors = run(system, handed_in, "doctor")
    assert "the sandbox needs Linux" in " ".join(out.split()), errors
