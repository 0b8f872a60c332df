"""`course new`: the skeleton of a notebook releases, earns all points, passes what every notebook is asked, and spoils nothing."""

import os
import shutil
import subprocess
import sys

import pytest
from places import ROOT

from autograder.course.manifest import MANIFEST, Course
from autograder.course.new import Skeleton, create
from course_utils.course import notebooks
from course_utils.errors import CourseError

NAME, ROOM = "90_long_topic", "longtopic"
# Every test that walks over all notebooks; browsers and kernels left out.
WALKS = [
    "tests/checks",
    "tests/course",
    "tests/notebooks",
    "tests/verdict/test_replies.py",
    "tests/test_architecture.py",
]
CHOICE = f"({ROOM} or {NAME} or test_whole_course) and not test_new and not in_a_kernel"


def copy(folder, *parts):
    ignore = shutil.ignore_patterns("__pycache__", ".*")
    for part in parts:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignore)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return Course(folder)


@pytest.fixture
def clone(tmp_path):
    """What `course new` looks at: a manifest, the table of notebooks, folders of checks and of answers."""
    (tmp_path / "autograder" / "checks").mkdir(parents=True)
    (tmp_path / "answers").mkdir()
    return copy(tmp_path, MANIFEST, "README.md")


def state(course):
    return {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file()}


def run(course, *arguments):
    env = os.environ | {"PYTHONPATH": str(course.root)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=course.root, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_the_skeleton_is_a_notebook_like_all_others(tmp_path):
    parts = (
        "autograder",
        "course_utils",
        "answers",
        "benchmarks",
        "handbook",
        "tests",
        "solutions",
        "assignments",
        "docs",
    )
    course = copy(tmp_path, *parts, MANIFEST, "README.md", "pyproject.toml", "nbgrader_config.py")
    door = "from autograder.cli import main; main()"
    run(course, "-c", door, "new", NAME, "--title", "A longer topic")
    assert f"assignments/{NAME}/{NAME}.ipynb" in run(course, "-c", door, "release", NAME)
    run(course, "-m", "benchmarks.mutants", "--notebook", NAME)
    out = run(course, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *WALKS, "-k", CHOICE)
    assert int(out.split(" passed")[0].split()[-1]) > 40


def test_all_its_files_are_named_and_the_rest_stays_as_it_was(clone):
    before, last = state(clone), clone.assignments[-1].name
    written = create(clone, Skeleton.named(NAME, "A longer topic"))
    after = state(clone)
    assert {path for path in after if after[path] != before.get(path)} == set(written)
    added = Course(clone.root).assignment(NAME)
    cells = notebooks.read(clone.source(added)).cells
    assert (added.title, added.checks, added.given) == ("A longer topic", ROOM, ())
    assert sum(map(notebooks.points, cells)) == added.points
    assert after[clone.root / MANIFEST].startswith(before[clone.root / MANIFEST])
    lines = after[clone.root / "README.md"].decode().splitlines()
    row = next(line for line in lines if NAME in line)
    assert lines[lines.index(row) - 1].startswith(f"| `{last}`")
    assert len(lines) == len(before[clone.root / "README.md"].decode().splitlines()) + 1


@pytest.mark.parametrize("topic", ["a", "throwaway", "learning_by_contrast"])
def test_its_files_are_formatted_whatever_its_name(clone, topic):
    shutil.copy(ROOT / "pyproject.toml", clone.root)
    written = create(clone, Skeleton.named(f"90_{topic}"))
    files = [path for path in written if path.suffix in (".py", ".ipynb")]
    assert len(files) == 3
    for command in (["format", "--check"], ["check"]):
        run(clone, "-m", "ruff", *command, "--no-cache", *map(str, files))


@pytest.mark.parametrize(
    "name", ["topic", "7_topic", "07-topic", "07_Topic", "07_", "07_a/../b", "07_topic.ipynb", "07__x"]
)
def test_a_name_that_no_notebook_can_have_is_refused(clone, name):
    refuses(clone, name, match="cannot name a notebook")


@pytest.mark.parametrize("name", ["07_global", "07_is", "07_non_local"])
def test_a_module_is_not_named_by_a_word_of_python(clone, name):
    refuses(clone, name, match=f"{name[3:].replace('_', '')} is a word of Python")


@pytest.mark.parametrize("name", ["01_layers", "07_layers", "07_asking", "07_mistakes"])
def test_what_is_there_is_not_written_over(clone, name):
    (clone.root / "answers" / "layers").mkdir()
    refuses(clone, name, match="already")


@pytest.mark.parametrize("title", ["a | b", 'a "b"', "a\nb", "a \\ b"])
def test_a_title_that_would_break_a_table_is_refused(clone, title):
    refuses(clone, NAME, title, match="cannot stand in a table")


def test_outside_of_a_clone_it_says_so(clone):
    shutil.rmtree(clone.root / "answers")
    refuses(clone, NAME, match="no folder answers: notebooks are added in a clone")


def test_a_readme_without_a_table_is_a_sentence(clone):
    (clone.root / "README.md").write_text("# Course\n")
    refuses(clone, NAME, match="has no table of notebooks")


def refuses(course, *arguments, match):
    before = state(course)
    with pytest.raises(CourseError, match=match):
        create(course, Skeleton.named(*arguments))
    assert state(course) == before
