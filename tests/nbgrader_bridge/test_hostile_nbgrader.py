"""The same attacks by nbgrader's own commands and by what the formgrader's button calls: same marks, no aborted batch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import tiny
from hostile import channels, forgery, resources, snooping, structure  # noqa: F401 - each registers its attacks
from hostile.attack import ATTACKS, LIMITS, right
from hostile.course import NAME
from hostile.world import World
from nbgrader.api import Gradebook
from places import TESTS

from autograder.classroom.release import release
from autograder.course.manifest import Course
from autograder.sandbox import bubblewrap
from course_utils.course import notebooks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason),
]
# Some of each family; nbgrader itself reads, copies and writes around each of them.
CHOSEN = {
    "exit_at_once",
    "die_in_an_answer",
    "endless_loop_in_an_answer",
    "disk_bomb",
    "a_gigabyte_of_output",
    "an_output_that_no_connection_takes",
    "the_oracle_flooded",
    "malformed_replies_from_0",
    "patched_shell",
    "forged_verdicts",
    "lies_nan_inf_and_empty",
    "read_what_lies_around",
    "import_the_grader",
    "the_network",
    "skip_execution_tags",
    "every_cell_twice",
    "flags_points_and_schema_versions",
    "metadata_of_wrong_types",
    "markup_in_an_error",
    "half_surrogates",
    "file_binary",
    "file_deeply_nested",
    "file_nbformat_3",
    "file_empty",
}
BY_BUTTON = ["exit_at_once", "flags_points_and_schema_versions", "file_binary"]
HONEST = ("ada", "zoe")  # first and last in nbgrader's order
_BUTTON = """
import json, sys
from nbgrader.apps.api import NbGraderAPI
from autograder.nbgrader_bridge.settings import configure
from pathlib import Path
from traitlets.config import Config

api = NbGraderAPI(config=configure(Config(), Path.cwd()))
json.dump([api.autograde(sys.argv[1], student)["success"] for student in sys.argv[2:]], sys.stdout)
"""


def as_toml(table: dict) -> str:
    """An inline table of TOML."""
    entries = (f"{k} = {as_toml(v) if isinstance(v, dict) else v}" for k, v in table.items())
    return "{ " + ", ".join(entries) + " }"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="h-"))
    world = World.make(folder)
    for name in ("submitted", "autograded"):
        shutil.rmtree(world.root / name)
    (world.root / "gradebook.db").unlink()
    (world.root / "nbgrader_config.py").write_text(tiny.CONFIG, encoding="utf-8")
    limits = "".join(f"{k} = {as_toml(v) if isinstance(v, dict) else v}\n" for k, v in asdict(LIMITS).items())
    with (world.root / "course.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(f"\n[limits]\n{limits}")
    course = Course(world.root)
    release(course, course.assignment(NAME))
    honest = notebooks.dumps(right()).encode()
    for student in HONEST:
        tiny.hand_in(course, student, honest)
    for attack in ATTACKS:
        if attack.name in CHOSEN:
            tiny.hand_in(course, attack.name, attack.build(world))
    yield world
    world.close()
    shutil.rmtree(folder)


def run(world: World, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=world.root,
        capture_output=True,
        text=True,
        timeout=500,
        env={
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(world.tmp),
            "LANG": "C.UTF-8",
            "TZ": world.mark,
            "TMPDIR": str(world.tmp),
            # The hidden checks of the hostile course.
            "PYTHONPATH": str(TESTS),
        },
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def marks(world: World, student: str) -> float:
    with Gradebook(Course(world.root).gradebook_url) as gradebook:
        submission = gradebook.find_submission_notebook(NAME, NAME, student)
        return sum(grade.auto_score for grade in submission.grades if grade.cell_type == "code")


def assert_deserved(world: World, names: set[str]) -> None:
    attacks = {attack.name: attack for attack in ATTACKS if attack.name in names}
    assert set(attacks) == set(names)
    got = {name: marks(world, name) for name in attacks}
    assert {name: mark for name, mark in got.items() if mark not in attacks[name].scores} == {}
    assert {student: marks(world, student) for student in HONEST} == dict.fromkeys(HONEST, 10)
    assert world.processes() == []
    assert world.hits == []


def test_autograde_marks_every_attack_as_it_deserves_and_stops_for_none(world: World) -> None:
    before = sorted(os.listdir(world.tmp))
    run(world, str(Path(sys.executable).with_name("nbgrader")), "autograde", NAME)
    assert_deserved(world, CHOSEN)
    left = [name for name in sorted(os.listdir(world.tmp)) if not name.startswith(".")]
    assert left == before


def test_the_formgraders_button_gives_the_same_marks(world: World) -> None:
    done = run(world, sys.executable, "-c", _BUTTON, NAME, *BY_BUTTON, *HONEST)
    assert json.loads(done[done.rindex("[") :]) == [True] * (len(BY_BUTTON) + len(HONEST))
    assert_deserved(world, set(BY_BUTTON))
