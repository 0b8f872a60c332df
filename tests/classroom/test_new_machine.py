"""A new machine with nothing but what students get, and no network."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from places import ROOT

from autograder.classroom.handing_out.packages import download_packages
from autograder.sandbox import bubblewrap
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError

pytestmark = pytest.mark.slow


def prepared(folder: Path, environment: Path) -> None:
    """Make an environment with the packages of the bundle's lock, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=100)
    for line in (folder / "requirements.lock").read_text().splitlines():
        if found := re.match(r"([a-z0-9._-]+)==", line):
            link_package(found[1], environment)


@pytest.fixture(scope="module")
def machine(made, tmp_path_factory) -> Path:
    """A new machine's folder, in which all is installed."""
    folder = tmp_path_factory.mktemp("machine") / "course ü"
    shutil.copytree(made.folder, folder)
    environment = folder / ".venv"
    prepared(folder, environment)
    python = environment / "bin" / "python"
    wheel = next((folder / "wheels").iterdir())
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    install = ["install", "--quiet", "--no-index", "-r", folder / "requirements.lock", wheel]
    done = subprocess.run([*pip, *install], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


def link_package(name: str, environment: Path) -> None:
    """Put an installed package into another environment, as an installer that has its wheel at hand does."""
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:  # for other systems
        return
    site = Path(sysconfig.get_path("purelib"))
    for file in files:
        source = Path(os.path.normpath(site / file))
        target = environment / source.relative_to(sys.prefix)
        if source.is_file() and "bin" not in source.parts and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except OSError:  # another disk
                shutil.copy(source, target)


def on(machine: Path, *command: str, folder: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the new machine without a network, where this one lets it be taken away."""
    walls = ["bwrap", "--dev-bind", "/", "/", "--unshare-net"] if bubblewrap.status().available else []
    keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [*walls, machine.resolve() / ".venv" / "bin" / command[0], *command[1:]],
        cwd=machine / folder,
        env=keep | {"COLUMNS": "200", "IPYTHONDIR": str(machine / ".ipython")} | variables,
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_a_new_machine_reaches_its_first_green_check_without_a_network(machine, solutions):
    mine = machine / "work" / "01_layers" / "01_layers.ipynb"
    shutil.copytree(machine / "assignments" / "01_layers", mine.parent)
    notebook = notebooks.read(mine)
    ours = dict(notebooks.answers(solutions["01_layers"]))
    for name, cell in notebooks.answers(notebook):
        if name == "copy_backward":
            cell.source = sources.without_marks(ours[name].source)
    notebooks.write(notebook, mine)
    done = on(machine, "course", "check", "01_layers")
    assert done.returncode == 2, done.stderr
    assert "✓ copy_backward" in done.stdout, done.stdout + done.stderr
    assert "✗" not in done.stdout
    done = on(machine, "course", "check", "01_layers", "--json", "-q", "copy_backward")
    assert json.loads(done.stdout)["questions"][0]["state"] == "passed"
    assert "the line in bold above" in on(machine, "course", "hint", "copy_backward").stdout
    assert re.search(r"^[1-9]\d* of \d+ points so far", on(machine, "course", "progress").stdout)


def test_a_new_machine_has_no_grader(machine):
    for module in ("autograder", "nbgrader", "answers"):
        done = on(machine, "python", "-c", f"import {module}")
        assert f"No module named '{module}'" in done.stderr
    assert not (machine / ".venv/share/jupyter/kernels/course-grader").exists()
    done = on(machine, "course", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nbgrader" not in done.stdout


def test_the_first_cell_installs_the_wheel_where_the_library_is_missing(made, tmp_path):
    folder = tmp_path / "content"
    shutil.copytree(made.folder, folder)
    prepared(folder, folder / ".venv")
    link_package("pip", folder / ".venv")
    (folder / "empty").mkdir()
    cell = notebooks.read(folder / "assignments" / "01_layers" / "01_layers.ipynb").cells[0].source
    (folder / "cell.ipy").write_text(cell + "\nimport course_utils\nprint(course_utils.__file__)\n")
    missing = on(
        folder, "python", "-m", "IPython", "--colors=nocolor", "../cell.ipy", folder="empty", PIP_NO_INDEX="1"
    )
    assert "FileNotFoundError: upload neural_networks_from_scratch_student" in missing.stdout + missing.stderr
    done = on(folder, "python", "-m", "IPython", "--colors=nocolor", "cell.ipy", PIP_NO_INDEX="1")
    assert str(folder / ".venv") in done.stdout.splitlines()[-1], done.stdout + done.stderr


def test_packages_are_downloaded_or_a_sentence_says_why_not(tmp_path, monkeypatch):
    wheel = tmp_path / "index" / "tiny_thing-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    about = {
        "METADATA": "Metadata-Version: 2.1\nName: tiny-thing\nVersion: 1.0\n",
        "WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (*about.items(), ("RECORD", "")):
            archive.writestr(f"tiny_thing-1.0.dist-info/{name}", text)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    lock = tmp_path / "requirements.lock"
    lock.write_text("tiny-thing==1.0\n")
    download_packages(lock, tmp_path / "packages")
    assert [path.name for path in (tmp_path / "packages").iterdir()] == [wheel.name]
    lock.write_text("no-such-thing==1.0\n")
    with pytest.raises(
        CourseError, match=r"could not be downloaded \(.*no-such-thing.*\): try again with a network"
    ):
        download_packages(lock, tmp_path / "packages")


def test_who_grades_without_what_grading_needs_is_told_what_to_install(machine, tmp_path):
    shutil.copytree(ROOT / "autograder", tmp_path / "autograder")
    program = "import sys; sys.argv = ['course', *sys.argv[1:]]; from autograder.cli import main; main()"
    command = ("python", "-c", program)
    done = on(machine, *command, "release", "01_layers", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == (
        "✗ grading needs nbgrader: install the course with its extra, as in `pip install '.[grading]'`\n"
    )
    assert on(machine, *command, "hint", "copy_backward", PYTHONPATH=str(tmp_path)).returncode == 0
