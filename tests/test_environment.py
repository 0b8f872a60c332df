"""One set of versions: pyproject.toml, environment.yml and the lock file agree."""

import json
import re
import tomllib
from itertools import chain

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version
from places import ROOT

from autograder.cli import app

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WHOLE = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["grading"]]
# conda-forge's name where it differs from the package index's; the base package leaves Qt out
CONDA_NAMES = {
    "matplotlib": "matplotlib-base",
    "jupyter-server-mathjax": "jupyter_server_mathjax",
    "jupyter-core": "jupyter_core",
}


def bounds(requirements):
    return {requirement.name: str(requirement.specifier) for requirement in map(Requirement, requirements)}


STUDENTS = ROOT / "autograder" / "classroom" / "handing_out" / "requirements.lock"


def locked(path=ROOT / "requirements.lock"):
    lines = path.read_text().splitlines()
    return dict(found.groups() for line in lines if (found := re.match(r"([a-z0-9._-]+)==([^ ;]+)", line)))


def test_conda_environment_and_package_ask_for_the_same_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *packages, pip, by_pip = environment["dependencies"]
    assert pip == "pip"
    conda = bounds([*packages, *by_pip["pip"]])
    assert conda.pop("python") == PROJECT["requires-python"]
    wanted = bounds(WHOLE)
    assert conda == {CONDA_NAMES.get(name, name): bound for name, bound in wanted.items()}
    assert environment["channels"] == ["conda-forge"]


@pytest.mark.parametrize(
    "requirement", [*PROJECT["dependencies"], *chain(*PROJECT["optional-dependencies"].values())]
)
def test_lock_file_pins_every_dependency_within_its_bounds(requirement):
    requirement = Requirement(requirement)
    assert requirement.specifier.contains(Version(locked()[requirement.name]))


def test_lock_file_names_no_index():
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    assert "--index" not in text


def test_students_get_the_same_versions_of_what_they_need_and_nothing_of_the_grader():
    pins = locked(STUDENTS)
    assert pins.items() <= locked().items()
    assert {Requirement(each).name for each in PROJECT["dependencies"]} <= set(pins)
    assert not {"nbgrader", "hatchling", "jupyter-server-mathjax"} & set(pins)
    assert "://" not in STUDENTS.read_text()


def test_library_never_imports_the_grader():
    for path in (ROOT / "course_utils").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) autograder", path.read_text(), re.MULTILINE), path


def test_every_command_of_the_workflow_is_one():
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    named = {name for step in steps for name in re.findall(r"\bcourse ([a-z]+)", step)}
    commands = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert {"hint", "solution", "check"} <= named <= commands
    assert any(".ci/run" in step for step in steps)


def test_the_container_of_an_editor_is_the_image_for_instructors():
    editor = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    image = (ROOT / ".devcontainer" / editor["build"]["dockerfile"]).read_text()
    assert f"WORKDIR {editor['workspaceFolder']}\n" in image
    assert editor["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"].startswith(
        "/course/.venv/"
    )
    # The folder is the host's, whose .venv may be of another system.
    assert any("target=/course/.venv,type=volume" in mount for mount in editor["mounts"])
    assert "bubblewrap" in image
    assert Version(re.search(r"FROM python:([\d.]+)", image)[1]) >= Version("3.11")
    documented = (ROOT / "docs/machines.md").read_text()
    assert all(flag.replace("=", " ", 1) in documented for flag in editor["runArgs"])
