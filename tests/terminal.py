"""`course` as its users run it, and what it says at a terminal when it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

COURSE = str(Path(sys.executable).with_name("course"))


def start(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.Popen(
        [COURSE, *arguments],
        cwd=folder,
        env=inherited | {"COLUMNS": "200"} | (environment or {}),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    with start(folder, *arguments) as process:
        out, errors = process.communicate(timeout=300)
    return process.returncode, out, errors


def refused(ended: tuple[int, str, str], *parts: str) -> None:
    """Assert that a command said one sentence on stderr, with these parts in it, and ended with 1."""
    code, _, errors = ended
    assert code == 1, errors
    assert "Traceback" not in errors
    assert errors.count("✗") == 1
    assert len(errors.strip().splitlines()) == 1, errors
    for part in parts:
        assert part in errors


def called(main: Callable[[], None], arguments: tuple[str, ...], capsys) -> tuple[int, str, str]:
    """Exit code, output and errors of a command's entry point, called in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        patch.setattr(sys, "argv", ["course", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err
