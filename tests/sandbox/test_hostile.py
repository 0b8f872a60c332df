"""Every attack gets the mark it deserves, leaves no trace, and costs its neighbour nothing."""

from __future__ import annotations

import logging
import os
import re
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import channels, forgery, resources, snooping, structure  # noqa: F401 - each registers its attacks
from hostile.attack import ATTACKS, LIMITS, Attack, right
from hostile.course import NAME
from hostile.world import TOKEN, World

from autograder.grading.job import Graded, Job, grade
from autograder.limits import MIB
from autograder.sandbox import bubblewrap, warm
from course_utils.course import notebooks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not bubblewrap.status().available, reason=bubblewrap.status().reason),
]
# Far above what any limit allows to pass: only something that never ends takes longer.
_NEVER_ENDS_SECONDS = 90
_GRADER_MAY_GROW = 600 * MIB
HONEST = notebooks.dumps(right()).encode()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    # Not pytest's own folder: its name is too long for the path of a socket.
    folder = Path(tempfile.mkdtemp(prefix="h-"))
    world = World.make(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", world.mark)
        patch.setenv("COURSE_TOKEN", TOKEN)
        patch.setenv("TMPDIR", str(world.tmp))
        patch.setattr(tempfile, "tempdir", None)
        yield world
    world.close()
    shutil.rmtree(folder)


def hand_in(world: World, content: bytes | None, attack: Attack | None = None, cold: bool = False) -> Graded:
    limits = attack.limits if attack else LIMITS
    return grade(Job("mallory", NAME, content, world.root, limits=limits, cold=cold))


def texts(graded: Graded) -> str:
    cases = [case.message for verdict in graded.verdicts.values() for case in verdict.cases]
    reasons = [verdict.reason for verdict in graded.verdicts.values()]
    return "\n".join(filter(None, [*graded.notes, *reasons, *cases]))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack(world: World, attack: Attack, caplog: pytest.LogCaptureFixture) -> None:
    """Between two honest neighbours out of one source, which is none the worse for it.

    The neighbour that came after the last attack is the one before this.
    """
    before = world.neighbours if world.neighbours == warm.processes() != set() else neighbour(world)
    world.neighbours = set()
    withstand(world, attack, caplog)
    world.neighbours = neighbour(world)
    assert world.neighbours == before


def neighbour(world: World) -> set[int]:
    """The sources out of one of which honest work has just earned all its points."""
    assert hand_in(world, HONEST).score == 10
    sources = warm.processes()
    assert sources
    return sources


@pytest.mark.parametrize("attack", ATTACKS[::8], ids=lambda attack: attack.name)
def test_attack_on_a_sandbox_of_its_own(
    world: World, attack: Attack, caplog: pytest.LogCaptureFixture
) -> None:
    withstand(world, attack, caplog, cold=True)


def withstand(world: World, attack: Attack, caplog: pytest.LogCaptureFixture, cold: bool = False) -> None:
    caplog.set_level(logging.CRITICAL)
    before, memory = world.traces(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = os.times().elapsed

    graded = hand_in(world, attack.build(world), attack, cold)

    assert graded.score in attack.scores, texts(graded)
    assert re.search(attack.says, texts(graded)), texts(graded)
    assert os.times().elapsed - started < _NEVER_ENDS_SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - memory < _GRADER_MAY_GROW
    assert world.processes() == []
    assert world.traces() == before
    assert graded.max_score == 10
    assert graded.sandbox == "bubblewrap"
    assert_can_be_stored(graded, attack)


def assert_can_be_stored(graded: Graded, attack: Attack) -> None:
    """The graded notebook is proper text of bounded size, and holds one number for each test cell."""
    text = notebooks.dumps(graded.notebook)
    assert len(text.encode()) < 3 * attack.limits.output_bytes + 2_000_000
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", texts(graded))
    assert len(texts(graded)) < 20_000
    for cell in graded.notebook.cells:
        if notebooks.is_test(cell):
            number, details = cell.outputs
            assert number.output_type == "execute_result"
            assert 0 <= float(number.data["text/plain"]) <= notebooks.points(cell)
            assert "<script" not in details.data["text/html"]


def test_the_small_course_grades_honest_work(world: World) -> None:
    assert hand_in(world, HONEST).score == 10
    assert hand_in(world, None).score == 0


@pytest.mark.parametrize(
    "name",
    [
        "read_what_lies_around",
        "import_the_grader",
        "follow_links_out_of_proc",
        "the_network",
        "interfaces_routes_and_other_address_families",
        "other_processes",
        "memory_of_no_process",
        "one_file_too_large",
    ],
)
def test_without_a_sandbox_the_attack_succeeds(world: World, name: str) -> None:
    """So that the tests above are known to be able to fail; only attacks that harm nothing where they succeed."""
    attack = next(attack for attack in ATTACKS if attack.name == name)
    content = attack.build(world)
    graded = grade(Job("mallory", NAME, content, world.root, limits=attack.limits, unsandboxed=True))
    assert graded.score not in attack.scores
    world.hits.clear()
