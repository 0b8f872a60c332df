"""The sandbox of a grader that was installed, not run from a checkout: there it lies inside what its kernels see."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from places import ROOT, TESTS

from autograder.sandbox import bubblewrap

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not bubblewrap.status().available, reason="there is no sandbox here"),
]

_PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import autograder
from hostile import snooping  # whose attacks are then among ATTACKS
from hostile.attack import ATTACKS
from hostile.world import World
from hostile.course import NAME
from autograder.grading.job import Job, grade

attack = next(attack for attack in ATTACKS if attack.name == "look_for_the_checks")
world = World.make(Path(sys.argv[2]))
graded = grade(Job("eve", NAME, attack.build(world), world.root, limits=attack.limits))
print(autograder.__file__, graded.score, graded.fault, graded.why(), sep="|")
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The interpreter of an environment in which the packages lie as a wheel leaves them."""
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=100)
    site = Path(sysconfig.get_path("purelib"))
    target = environment / site.relative_to(sys.prefix)
    leave_out = shutil.ignore_patterns("*.pth", "__pycache__", "jupyterlab", "debugpy")
    shutil.copytree(site, target, copy_function=_linked, ignore=leave_out, dirs_exist_ok=True)
    shutil.copytree(Path(sys.prefix, "share", "jupyter", "kernels"), environment / "share/jupyter/kernels")
    for package in ("autograder", "course_utils"):
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))
    return environment / "bin" / "python"


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy(source, target)


def test_an_installed_grader_hides_its_checks(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed, "-c", _PROGRAM, str(TESTS), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    place, score, fault, why = done.stdout.strip().split("|")
    assert place.startswith(str(installed.parents[1]))
    assert (score, fault) == ("0.0", ""), why
