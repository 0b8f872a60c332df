"""How much processor time each command of `course` takes before it does anything: `python -m benchmarks.start`.

Every command answers `--help`, and a hint comes, within half a second. Last comes what a process needs to grade, and beside it what
nbgrader's steps would add.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.main import get_command

from autograder.cli import app

LIMIT = 0.5
REPEATS = 3
_GRADES = "import autograder.grading.job"


def calls() -> list[list[str]]:
    """`--help` of every command, and what learners ask for most."""
    commands = [[name, "--help"] for name in sorted(get_command(app).commands)]  # type: ignore[attr-defined]
    return [
        ["--help"],
        *commands,
        ["hint"],
        ["hint", "affine_backward"],
        ["solution", "relu_forward"],
        ["progress"],
    ]


def processor_seconds(arguments: list[str]) -> float:
    """The least of some runs, user and system together."""
    return _least([str(Path(sys.executable).with_name("course")), *arguments])


def _least(command: list[str]) -> float:
    return min(_once(command) for _ in range(REPEATS))


def _once(command: list[str]) -> float:
    before = os.times()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print a line for each call; end with 1 where one takes too long."""
    slow = 0
    for arguments in calls():
        seconds = processor_seconds(arguments)
        slow += seconds > LIMIT
        print(f"{'✗' if seconds > LIMIT else '✓'} {seconds:5.2f} s  course {' '.join(arguments)}")
    for imports in (_GRADES, f"{_GRADES}, nbgrader.preprocessors"):
        print(f"  {_least([sys.executable, '-c', imports]):5.2f} s  {imports}")
    sys.exit(bool(slow))


if __name__ == "__main__":
    main()
