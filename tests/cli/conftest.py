"""`course`, run in a folder."""

import pytest
from terminal import called

from autograder import cli


@pytest.fixture
def at(monkeypatch, capsys):
    """Run `course` in a folder, through the entry point that users run; gives exit code, output and errors."""

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(cli, "console", cli.Console(width=200))
        return called(cli.main, arguments, capsys)

    return run
