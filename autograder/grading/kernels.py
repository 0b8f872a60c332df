"""The kernels of one submission, each in a working directory of its own and otherwise alike."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.course.manifest import Assignment, Course
from autograder.grading.scratch import working_directory
from autograder.limits import SandboxLimits
from autograder.sandbox import warm
from autograder.sandbox.session import KernelSession
from course_utils.grading import SOCKET_VARIABLE


def begin_source(course: Course) -> None:
    """Start what warm kernels of a course are forked from, before there is one; where that fails, the first kernel will say so."""
    with suppress(warm.SourceFailed):
        warm.source(
            _environment("any oracle's"), _hidden(course)
        )  # of which a source knows only that there is one


def _environment(endpoint: str) -> dict[str, str]:
    return os.environ | {SOCKET_VARIABLE: endpoint}


def _hidden(course: Course) -> list[Path]:
    return [course.root]


@dataclass
class Kernels:
    """Starts kernels.

    Attributes:
        folder: for their working directories.
        limits: what each may cost.
        unsandboxed: accept by name that they run without a sandbox.
        cold: start each in a sandbox of its own, not in one that is forked from a source.
        disturbed: why what came of one that has ended is not to be trusted, or "".
    """

    folder: Path
    course: Course
    assignment: Assignment
    limits: SandboxLimits
    unsandboxed: bool
    cold: bool
    disturbed: str = ""

    @contextmanager
    def start(self, endpoint: str, files: Mapping[str, bytes]) -> Iterator[KernelSession]:
        """A kernel, until the block ends.

        Args:
            endpoint: the oracle's socket.
            files: what was handed in beside the notebook, by name.

        Raises:
            RuntimeError: it could not be started; a fault of the machine, never of the student.
        """
        own = Path(tempfile.mkdtemp(dir=self.folder))
        with KernelSession(
            working_directory(own, self.course, self.assignment, files),
            _environment(endpoint),
            limits=self.limits,
            hidden=_hidden(self.course),
            unsandboxed=self.unsandboxed,
            cold=self.cold,
        ) as session:
            yield session
        self.disturbed = self.disturbed or session.disturbed
