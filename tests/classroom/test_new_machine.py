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
from pathlib import Path

import pytest

from autograder.sandbox import bubblewrap
from course_utils.course import notebooks, sources

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def machine(made, tmp_path_factory) -> Path:
    """A new machine's folder: the bundle, and an environment with the packages of its lock and nothing else."""
    folder = tmp_path_factory.mktemp("machine") / "course ü"
    shutil.copytree(made.folder, folder)
    environment = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=100)
    for line in (folder / "requirements.lock").read_text().splitlines():
        if found := re.match(r"([a-z0-9._-]+)==", line):
            link_package(found[1], environment)
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


def on(machine: Path, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of the new machine without a network, where this one lets it be taken away."""
    walls = ["bwrap", "--dev-bind", "/", "/", "--unshare-net"] if bubblewrap.status().available else []
    keep = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.run(
        [*walls, machine / ".venv" / "bin" / command[0], *command[1:]],
        cwd=machine,
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
    assert "The line in bold above" in on(machine, "course", "hint", "copy_backward").stdout
    assert re.search(r"^[1-9]\d* of \d+ points so far", on(machine, "course", "progress").stdout)


def test_a_new_machine_has_no_grader(machine):
    for module in ("autograder", "nbgrader", "answers"):
        done = on(machine, "python", "-c", f"import {module}")
        assert f"No module named '{module}'" in done.stderr
    assert not (machine / ".venv/share/jupyter/kernels/course-grader").exists()
    done = on(machine, "course", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nbgrader" not in done.stdout
