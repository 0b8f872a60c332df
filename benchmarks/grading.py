"""How long a class takes, side by side on the same submissions: stock nbgrader, this grader warm and cold, nbgrader with its steps.

python -m benchmarks.grading [--students 24] [--rounds 1] [--notebook 01_layers] [--correct [--varied]] [--way WAY] [--marks] [--profile] [--memory] [--feedback]

The submissions are those of the demo's class, again and again, broken ones included; of another notebook all are correct.
"stock" is `nbgrader autograde` as it comes, on a source notebook without hidden checks, demos and claims, unsandboxed, one process.
The others run all hidden checks in the sandbox, each from a new process and with an empty gradebook. --correct takes correct
submissions alone: broken ones make stock nbgrader wait for its timeouts. They are all the same, or with --varied each a draw
from all right answers that are planted. --way takes that way alone, and may be repeated.

--marks compares, question by question, what the three ways of this grader give, and two workers in network namespaces of
their own. --profile says where the seconds of one correct submission go, on both sides of the wire. --memory grades a class,
and one of twice the size, of notebooks of 19 MB each, and says how large the coordinator and all its processes were at most.
--feedback grades a class of correct submissions, writes the pages of feedback, and once more when none has changed.
"""

from __future__ import annotations

import argparse
import copy
import csv
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.course.manifest import Course
from autograder.demo.members import CLASS, solutions, submission
from benchmarks.machines import grade_apart
from benchmarks.right_answers import varied
from course_utils.course import notebooks
from course_utils.errors import CourseError

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
OURS = {
    "course grade": ("course", "grade"),
    "course grade --cold": ("course", "grade", "--cold"),
    "nbgrader, our steps": ("nbgrader", "autograde"),
}
STOCK = "stock nbgrader"
DEMO = "01_layers"
# nbgrader calls `alembic` by name.
_ENVIRONMENT = os.environ | {"PATH": os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")])}
_STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ExecutePreprocessor.timeout = 30
"""


def make_course(root: Path, name: str) -> Course:
    """A course folder with this notebook released."""
    for each in ("solutions", "course.toml", "nbgrader_config.py"):
        path = ROOT / each
        (shutil.copytree if path.is_dir() else shutil.copy)(path, root / each)
    subprocess.run([PROGRAMS / "course", "release", name], cwd=root, check=True, capture_output=True)
    return Course(root)


def submissions(
    course: Course, name: str, students: int, *, correct: bool = False, differing: bool = False
) -> dict[str, bytes]:
    """What so many students hand in: correct notebooks alone, or those of the demo's class."""
    assignment = course.assignment(name)
    released = notebooks.read(course.released_path(assignment))
    answers = solutions(course, assignment)
    if differing:
        drawn = [varied(assignment.checks, answers, number) for number in range(students)]
        return {f"student{number:04}": submission(released, each) for number, each in enumerate(drawn)}
    if correct or name != DEMO:
        return {f"student{number:04}": submission(released, answers) for number in range(students)}
    members = [CLASS[number % len(CLASS)] for number in range(students)]
    return {
        f"{member.name}{number:04}": member.hand_in(released, answers)
        for number, member in enumerate(members)
    }


def hand_in(root: Path, name: str, handed_in: dict[str, bytes]) -> None:
    """Put submissions where graders look for them."""
    for student, content in handed_in.items():
        folder = root / "submitted" / student / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_bytes(content)


def hand_in_links(root: Path, name: str, content: bytes, students: int) -> None:
    """Put one submission there for so many students, on the disk once."""
    hand_in(root, name, {"student0000": content})
    first = root / "submitted" / "student0000"
    for number in range(1, students):
        shutil.copytree(first, first.with_name(f"student{number:04}"), copy_function=os.link)


def make_stock(root: Path, course: Course, name: str) -> None:
    """A course folder of nbgrader's own: visible tests only, no demos, an ordinary kernel."""
    source = notebooks.read(course.source(course.assignment(name)))
    plain = copy.deepcopy(source)
    plain.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    plain.cells = [cell for cell in plain.cells if not notebooks.is_withheld(cell)]
    drop_demos(plain)
    for cell in plain.cells:
        if notebooks.is_test(cell):
            cell.source = cell.source.partition("### BEGIN HIDDEN TESTS")[0]
    folder = root / "source" / name
    shutil.copytree(course.source(course.assignment(name)).parent, folder)
    notebooks.write(plain, folder / f"{name}.ipynb")
    (root / "nbgrader_config.py").write_text(_STOCK)
    command = [PROGRAMS / "nbgrader", "generate_assignment", name]
    subprocess.run(command, cwd=root, check=True, capture_output=True, env=_ENVIRONMENT)


def drop_demos(notebook: NotebookNode) -> None:
    """Leave only what is graded: stock nbgrader would run the demos of every submission, ours runs none."""
    notebook.cells = [cell for cell in notebook.cells if not notebooks.has_tag(cell, "demo")]


def drop_demos_of_all(root: Path) -> None:
    """Do so in all that was handed in; what is no notebook stays as it is."""
    for path in (root / "submitted").rglob("*.ipynb"):
        with suppress(CourseError):
            notebook = notebooks.read(path)
            drop_demos(notebook)
            notebooks.write(notebook, path)


def timed(command: list[object], root: Path) -> float:
    """Wall time of a command; broken submissions may make it fail in the end."""
    begun = time.perf_counter()
    done = [str(part) for part in command]
    subprocess.run(done, cwd=root, capture_output=True, check=False, env=_ENVIRONMENT)
    return time.perf_counter() - begun


def compare(name: str, students: int, rounds: int, ways: list[str], **kind: bool) -> dict[str, float]:
    """Median seconds of each way for so many submissions; prints a table."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in times:
            with tempfile.TemporaryDirectory(prefix="b-") as folder, tempfile.TemporaryDirectory() as other:
                course = make_course(Path(folder), name)
                handed_in = submissions(course, name, students, **kind)
                stock = way not in OURS
                root = Path(other) if stock else Path(folder)
                if stock:
                    make_stock(root, course, name)
                hand_in(root, name, handed_in)
                if stock:
                    drop_demos_of_all(root)
                program, *arguments = ("nbgrader", "autograde") if stock else OURS[way]
                times[way].append(timed([PROGRAMS / program, *arguments, name], root))
                print(f"{way}: {times[way][-1]:.1f} s", file=sys.stderr, flush=True)
    found = {way: statistics.median(seconds) for way, seconds in times.items()}
    for way, seconds in found.items():
        beside = f", {found[STOCK] / seconds:5.1f} times stock" if STOCK in found else ""
        print(f"{way:22} {seconds:7.1f} s for {students}, {60 * students / seconds:5.0f} a minute{beside}")
    return found


def marks(name: str, students: int) -> None:
    """Compare, question by question, what the ways of this grader give; exits with 1 where they differ."""
    ways = {way: partial(_graded_by, [PROGRAMS / program, *more]) for way, (program, *more) in OURS.items()}
    ways["two workers, each in a network namespace"] = grade_apart
    found: dict[str, list[list[str]]] = {}
    for way, grade in ways.items():
        with tempfile.TemporaryDirectory(prefix="b-") as folder:
            course = make_course(Path(folder), name)
            hand_in(course.root, name, submissions(course, name, students))
            grade(course.root, name)
            table = course.root / "grades.csv"
            timed([PROGRAMS / "course", "export", name, "--to", table, "--questions"], course.root)
            with table.open(newline="") as file:
                found[way] = sorted(csv.reader(file))
    first = next(iter(found.values()))
    differing = [way for way, rows in found.items() if rows != first]
    print(f"{len(first) - 1} rows of {len(first[0])} columns, {len(found)} ways: {', '.join(ways)}")
    print("DIFFERENT: " + ", ".join(differing) if differing else "the same marks")
    sys.exit(bool(differing))


def _graded_by(command: list[object], root: Path, name: str) -> None:
    timed([*command, name], root)


def memory(name: str, students: int) -> None:
    """Print how large the coordinator becomes over a class of large notebooks, and one of twice the size."""
    for number in (students, 2 * students):
        with tempfile.TemporaryDirectory(prefix="b-") as folder:
            course = make_course(Path(folder), name)
            notebook = notebooks.read(course.released_path(course.assignment(name)))
            notebook.cells.append(new_code_cell("# " + "x" * 19_000_000))
            large = notebooks.dumps(notebook).encode()
            hand_in_links(course.root, name, large, number)
            begun = time.perf_counter()
            alone, together = largest([str(PROGRAMS / "course"), "grade", name], course.root)
            seconds = time.perf_counter() - begun
        print(
            f"{number} of {len(large) / 1e6:.0f} MB: coordinator {alone / 2**20:.0f} MiB, with all its processes {together / 2**20:.0f} MiB, {seconds:.0f} s"
        )


def feedback(name: str, students: int) -> None:
    """Print how long a class's pages take, and how long when none of them has changed."""
    with tempfile.TemporaryDirectory(prefix="b-") as folder:
        course = make_course(Path(folder), name)
        hand_in(course.root, name, submissions(course, name, students, correct=True))
        timed([PROGRAMS / "course", "grade", name], course.root)
        first, again = (timed([PROGRAMS / "course", "feedback", name], course.root) for _ in range(2))
    print(f"{students} pages: {first:.1f} s; when none has changed {again:.1f} s")


def largest(command: list[str], root: Path) -> tuple[int, int]:
    """The most bytes that a command held, alone and with all its processes, looked at ten times a second."""
    process = psutil.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    alone = together = 0
    while process.poll() is None:
        held = []
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error):
                held.append(each.memory_info().rss)
        alone, together = max(alone, *held[:1], 0), max(together, sum(held))
        time.sleep(0.1)
    return alone, together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--notebook", default=DEMO)
    parser.add_argument("--correct", action="store_true")
    parser.add_argument("--varied", action="store_true")
    parser.add_argument("--way", action="append", choices=(STOCK, *OURS))
    parser.add_argument("--marks", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--feedback", action="store_true")
    options = parser.parse_args()
    if options.profile:
        from benchmarks.grading_profile import profile

        profile(options.notebook)
    elif options.memory:
        memory(options.notebook, options.students)
    elif options.feedback:
        feedback(options.notebook, options.students)
    elif options.marks:
        marks(options.notebook, options.students)
    else:
        ways = options.way or [STOCK, *OURS]
        kind = {"correct": options.correct, "differing": options.varied}
        compare(options.notebook, options.students, options.rounds, ways, **kind)


if __name__ == "__main__":
    main()
