"""How long a class takes: `course grade`, and `nbgrader autograde` on the same submissions, side by side.

python -m benchmarks.grading [--students 12] [--rounds 3]

Both run all hidden checks in the sandbox, from a new process and with an empty gradebook each time; nbgrader's command grades
one notebook after the other, `course grade` as many at once as there are cores.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.course.manifest import Course
from autograder.demo.members import ASSIGNMENT, solutions, submission
from course_utils.course import notebooks

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
COMMANDS = {
    "course grade": [PROGRAMS / "course", "grade", ASSIGNMENT],
    "nbgrader autograde": [PROGRAMS / "nbgrader", "autograde", ASSIGNMENT],
}


def make_class(root: Path, students: int) -> None:
    """A course folder in which so many students have handed in a correct notebook."""
    for name in ("solutions", "course.toml", "nbgrader_config.py"):
        path = ROOT / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, root / name)
    course = Course(root)
    assignment = course.assignment(ASSIGNMENT)
    subprocess.run([PROGRAMS / "course", "release", ASSIGNMENT], cwd=root, check=True, capture_output=True)
    done = submission(notebooks.read(course.released_path(assignment)), solutions(course, assignment))
    for number in range(students):
        path = course.folder("submitted", f"student{number:03}", assignment) / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(done)


def seconds(command: list, students: int) -> float:
    """Wall time of one command on a new class."""
    with tempfile.TemporaryDirectory() as folder:
        make_class(Path(folder), students)
        begun = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    times = {name: [] for name in COMMANDS}
    for _ in range(options.rounds):
        for name, command in COMMANDS.items():
            times[name].append(seconds(command, options.students))
    ratios = [slow / fast for fast, slow in zip(*times.values(), strict=True)]
    for name, found in times.items():
        each = statistics.median(found)
        print(f"{name:20} {each:6.1f} s for {options.students}, {60 * options.students / each:4.0f} a minute")
    print(f"ratio, median of {options.rounds}: {statistics.median(ratios):.1f}")


if __name__ == "__main__":
    main()
