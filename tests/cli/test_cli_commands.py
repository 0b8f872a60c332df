"""`course`, as somebody at a terminal meets it: help, exit codes, and one sentence for whatever goes wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from places import ROOT
from terminal import refused
from typer.testing import CliRunner

from autograder import cli
from course_utils import doctor

COMMANDS = sorted(
    command.name or command.callback.__name__.replace("_", "-") for command in cli.app.registered_commands
)


def test_the_commands_are_those_that_were_promised():
    promised = {"lab", "check", "hint", "solution", "release", "collect", "grade", "feedback", "export"}
    assert promised | {"demo", "doctor"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    (found,) = [
        each
        for each in cli.app.registered_commands
        if (each.name or each.callback.__name__.replace("_", "-")) == command
    ]
    assert found.callback.__doc__.split(".")[0].split()[0] in result.output


# What a terminal's tables, the manifest and its models load. Anything else costs every command a part of its half second.
LIGHT = {
    *("typer", "shellingham", "annotated_doc", "filelock", "attr", "rfc3987_syntax"),
    *("rich", "pygments", "markdown_it", "mdurl"),
    *("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection"),
}
HINT = ("hint", "affine_backward")


@pytest.mark.parametrize(
    ("module", "asked"),
    [
        ("autograder.cli", [HINT, ("solution", "relu_forward"), ("progress",)]),
        ("course_utils.cli", [HINT, ("progress",)]),
    ],
)
def test_help_and_hints_load_nothing_heavy(module, asked):
    program = f"""
import sys
before = set(sys.modules)
from typer.main import get_command
from {module} import app, main
for arguments in [["--help"], *[[name, "--help"] for name in get_command(app).commands], *{asked}]:
    sys.argv = ["course", *arguments]
    try:
        main()
    except SystemExit as end:
        assert not end.code, arguments
print(*{{name.partition(".")[0] for name in set(sys.modules) - before}}, file=sys.stderr)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    loaded = set(run.stderr.splitlines()[-1].split()) - set(sys.stdlib_module_names)
    assert "typer" in loaded
    assert {name for name in loaded if not name.startswith("_")} - {
        "autograder",
        "course_utils",
    } - LIGHT == set()


def test_the_program_is_installed():
    course = Path(sys.executable).with_name("course")
    assert subprocess.run([course, "--help"], capture_output=True, check=False).returncode == 0


def test_an_unknown_command_or_option_is_a_usage_error(at, tiny_course):
    assert at(tiny_course.root, "grad")[0] == 2
    assert at(tiny_course.root, "grade", tiny.NAME, "--fast")[0] == 2
    assert at(tiny_course.root, "grade")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("lab", "01_smal"),
        ("check", "01_smal"),
        ("release", "01_smal"),
        ("grade", "01_smal"),
        ("feedback", "01_smal"),
    ],
)
def test_an_unknown_assignment_gets_a_suggestion(at, tiny_course, arguments):
    refused(at(tiny_course.root, *arguments), "no assignment is called '01_smal'; did you mean 01_small?")


@pytest.mark.parametrize(
    "arguments",
    [
        *(("release",), ("grade", "01_layers"), ("check", "x.ipynb"), ("export",), ("doctor",)),
        *(("hint", "f"), ("solution", "f"), ("lab",), ("demo",)),
    ],
)
def test_outside_of_a_course_folder_it_says_so(at, tmp_path, arguments):
    refused(at(tmp_path, *arguments), "no course.toml in", "run this inside the course folder")


def test_doctor_looks_at_the_machine_outside_of_a_course_folder_too(at, tmp_path):
    _, out, _ = at(tmp_path, "doctor")
    assert "numpy" in out
    assert "free disk" in out


def test_a_broken_manifest_is_a_sentence(at, tiny_course):
    manifest = tiny_course.root / "course.toml"
    manifest.write_text("title = ")
    refused(at(tiny_course.root, "release"), "course.toml cannot be read")
    manifest.write_text('title = "T"\n')
    refused(at(tiny_course.root, "release"), "course.toml", "assignment")
    manifest.write_text('title = "T"\n[[assignment]]\nname = "01"\ntitel = "x"\npoints = 1\n')
    refused(at(tiny_course.root, "release"), "course.toml", "titel")
    manifest.write_bytes(b'title = "\xff"')
    refused(at(tiny_course.root, "release"), "course.toml cannot be read")


def test_doctor_says_what_works(at, tiny_course):
    code, out, _ = at(tiny_course.root, "doctor")
    assert code == 0
    for what in ("Python", "numpy", "nbgrader", "kernel", "sandbox", "free disk", "data: shapes10"):
        assert what in out


def test_what_the_doctor_only_has_not_met_yet_is_no_fault(at, tiny_course, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "default_cache_dir", lambda: tmp_path)
    code, out, _ = at(tiny_course.root, "doctor")
    (line,) = [line for line in out.splitlines() if "cifar10" in line]
    assert (code, line.split()[0]) == (0, "-")
    assert "will be downloaded when first used" in out
