"""`course`, run in a folder."""

import sys

import pytest

from autograder import cli


@pytest.fixture
def at(monkeypatch, capsys):
    """Run `course` in a folder, through the entry point that users run; gives exit code, output and errors."""

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["course", *arguments])
        monkeypatch.setattr(cli, "console", cli.Console(width=200))
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
