"""A group's hand-in, graded once: every member has the same verdicts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from autograder.classroom.journal import Journal
from autograder.grading.job import Graded, Job, Waiting

Jobs = Iterable[Job | Waiting]
Grader = Callable[[Jobs], Iterator[Graded]]


def once_a_group(groups: Mapping[str, str], grader: Grader) -> Grader:
    """A grader that grades what the members of a group handed in together once, and yields a result for each of them.

    Args:
        groups: names of groups by student.
        grader: grades what it is given.
    """

    def grade(jobs: Jobs) -> Iterator[Graded]:
        members: dict[tuple[str, str], list[str]] = {}
        first: list[Job | Waiting] = []
        for job in jobs:
            key = (groups.get(job.student, ""), job.digest)
            if key[0] and key in members:
                members[key].append(job.student)
                continue
            if key[0]:
                members[key] = [job.student]
            first.append(job)
        others = {students[0]: students[1:] for students in members.values()}
        for graded in grader(first):
            copies = [_of(graded, student) for student in others.get(graded.student, ())]
            yield graded
            yield from copies

    return grade


def joining(
    groups: Mapping[str, str], journal: Journal, job: Job | Waiting, done: Iterable[Job | Waiting]
) -> Job | Waiting:
    """A job with the verdicts of a member of its group who has handed in the same and is graded already, if there is one.

    Args:
        groups: names of groups by student.
        done: jobs that were graded before.
    """
    group = groups.get(job.student)
    mates = [
        each for each in done if group and groups.get(each.student) == group and each.digest == job.digest
    ]
    if not mates:
        return job
    return job.partly(journal.standing(mates[0]) or {}, journal.seed(mates[0].student))


def _of(graded: Graded, student: str) -> Graded:
    """The same result for another member, with a notebook of its own to be written down."""
    return replace(graded, student=student, notebook=copy.deepcopy(graded.notebook))
