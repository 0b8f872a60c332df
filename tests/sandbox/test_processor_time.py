"""Processor time counts on when a process is gone, whether or not somebody waited for it."""

from pathlib import Path

import pytest

from autograder.sandbox.cgroups import Cgroup
from autograder.sandbox.processor_time import ProcessorTime, Used

NOTHING = Used()


class Looks:
    """A look each tenth of a second at a sandbox whose first process has number 1."""

    def __init__(self, processors: int = 2):
        self.now = 0.0
        self._time = ProcessorTime(lambda: self.now, processors)

    def add(self, first: Used = NOTHING, **others: Used) -> float:
        self.now += 0.1
        return self._time.add(
            {(1, "0"): first} | {(int(name[1:]), "5"): used for name, used in others.items()}
        )


def test_what_lives_counts_once() -> None:
    looks = Looks()
    assert looks.add(Used(1.0, 2.0), p2=Used(3.0)) == pytest.approx(6)
    assert looks.add(Used(1.5, 2.0), p2=Used(3.5)) == pytest.approx(7)


def test_a_child_that_was_waited_for_counts_once() -> None:
    looks = Looks()
    looks.add(Used(), p2=Used(3.0))
    assert looks.add(Used(0.0, 3.05)) == pytest.approx(3.1, abs=0.05)


def test_a_child_that_nobody_waited_for_counts_on() -> None:
    looks = Looks()
    looks.add(Used(), p2=Used(3.0))
    assert 3.0 <= looks.add() <= 3.2
    assert 3.0 <= looks.add() <= 3.2


@pytest.mark.parametrize("processors", [1, 2])
def test_what_came_and_went_between_looks_is_charged_with_the_time_between_them(processors: int) -> None:
    looks = Looks(processors)
    looks.add(p2=Used())
    for number in range(1, 11):
        used = looks.add(**{f"p{2 + 5 * number}": Used()})
    assert used == pytest.approx(10 * 0.1 * processors)


def test_a_number_used_again_is_another_process() -> None:
    time = ProcessorTime(lambda: 0.0)
    time.add({(2, "5"): Used(3.0)})
    assert time.add({(2, "9"): Used(1.0)}) == pytest.approx(4.0)


def test_a_control_group_says_what_it_has_counted(tmp_path: Path) -> None:
    group = Cgroup(tmp_path)
    assert group.cpu_seconds() is None
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 2000000\n")
    assert group.cpu_seconds() == 2.5
