"""What the documents name is there: files, functions of the tests and make targets."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from places import ROOT
from typer.main import get_command

from autograder import cli
from course_utils import cli as students

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
# Made by running, or named as an example.
NOT_YET = re.compile(r"NN_|[<{*]|^(build|work|submitted|autograded|feedback|\.grading)/|^assignments/NN")
PATH = re.compile(
    r"`((?:autograder|course_utils|answers|benchmarks|tests|docs|handbook|scripts|solutions)/[^\s`]+)`"
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    named = {name.split("::")[0] for name in PATH.findall(document.read_text(encoding="utf-8"))}
    assert not [name for name in named if not NOT_YET.search(name) and not (ROOT / name).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_repository_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]


def test_every_make_target_that_a_document_names_exists() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^make (\w+)", shown, re.MULTILINE))
    for document in DOCUMENTS:
        named = set(
            re.findall(r"`make (\w+)`|^make (\w+)", document.read_text(encoding="utf-8"), re.MULTILINE)
        )
        assert {name for pair in named for name in pair if name} <= targets, document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_a_document_names_is_there_with_its_options(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = [
        each
        for pair in re.findall(r"`course ([a-z][^`]*)`|^(?:\$ )?course ([a-z].*)$", text, re.M)
        for each in pair
        if each
    ]
    for words in (each.partition("#")[0].split() for each in named):
        assert any(_is_known(get_command(app), words) for app in (cli.app, students.app)), words


def _is_known(command: Any, words: list[str]) -> bool:
    """Whether a command, or one of its own, has all options of a line."""
    if inner := getattr(command, "commands", None):
        return words[:1] == [] or (words[0] in inner and _is_known(inner[words[0]], words[1:]))
    options = {option for parameter in command.params for option in parameter.opts}
    return {word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word)} <= options | {"--help"}


def test_every_promise_of_trust_names_a_test_that_is_there() -> None:
    """Each paragraph, point and row before what is not stopped; an attack of a family is named as `family_*`."""
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))
    answers = "\n".join(path.read_text() for path in (ROOT / "answers").rglob("*.py"))
    known = set(re.findall(r"^ *def (\w+)\(", tests, re.M)) | set(re.findall(r'^ +"(\w+)",$', answers, re.M))
    known |= set(re.findall(r"\b\w+\.py\b", " ".join(path.name for path in (ROOT / "tests").rglob("*.py"))))
    families = {f"{name}_*" for name in re.findall(r'__name__ = f"(\w+?)_\{', tests)}
    promises = (ROOT / "docs" / "trust.md").read_text().split("## What is promised")[1]
    promises = promises.split("## What is not stopped")[0]
    for promise in re.split(r"\n\n|\n(?=- |\| )", promises):
        if promise.startswith(("#", "|---", "| |")) or promise.endswith(":") or len(promise.split()) < 5:
            continue
        named = set(re.findall(r"`(?:tests/[\w/]*?)?([\w*]+(?:\.py)?)`", promise))
        missing = (
            {name for name in named if name.startswith("test_") or name.endswith("_*")} - known - families
        )
        assert not missing, missing
        assert named & (known | families) or "tests/" in promise, promise
