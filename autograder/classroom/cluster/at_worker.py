"""What a worker does for a coordinator: it takes a course once, and grades one submission a slot.

A worker has room for jobs of one version of a course only after it has shown that it grades by just that version, and
in a sandbox: jobs ask for a Dask resource of that name.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, replace

from distributed import Worker

from autograder.classroom.cluster.parcel import Label, folder, unpack
from autograder.classroom.worker import Slot
from autograder.course.manifest import MANIFEST, Course
from autograder.grading.job import Graded, Job
from autograder.grading.version import assignment_version
from autograder.sandbox import bubblewrap
from course_utils.errors import CourseError, cannot_write


@dataclass(frozen=True)
class Answer:
    """What a worker says to a course.

    Attributes:
        slots: how many submissions it takes at once.
        lacks: it has to be sent the course first.
        refusal: why it takes none, a sentence.
    """

    slots: int = 0
    lacks: bool = False
    refusal: str = ""


def resource(label: Label) -> str:
    """Name of the room that a worker has for a course's jobs."""
    return f"course {label.version}"


async def welcome(label: Label, archive: bytes | None = None, *, dask_worker: Worker) -> Answer:
    """Look whether this worker grades as the coordinator would, and make room for jobs if so."""
    answer = await asyncio.to_thread(_look, label, archive)
    if answer == Answer():
        slots = dask_worker.state.nthreads
        await dask_worker.set_resources(**{resource(label): slots})
        return Answer(slots)
    return answer


def grade_here(job: Job, label: Label) -> Graded:
    """Grade a submission by the course that was sent before, in this thread's slot."""
    return _slot().grade(replace(job, course_root=folder(label)))


def _look(label: Label, archive: bytes | None) -> Answer:
    try:
        bubblewrap.require(False)
        if archive is not None:
            unpack(label, archive)
        elif not (folder(label) / MANIFEST).is_file():
            return Answer(lacks=True)
        course = Course(folder(label))
        version = assignment_version(course, course.assignment(label.assignment))
    except CourseError as error:
        return Answer(refusal=str(error))
    except OSError as error:
        return Answer(refusal=cannot_write(error))
    if version == label.version:
        return Answer()
    if archive is None:  # what it keeps may be damaged
        return Answer(lacks=True)
    return Answer(
        refusal="it has another version of the course's programs, of Python or of NumPy: install the coordinator's"
    )


_of_this_thread = threading.local()


def _slot() -> Slot:
    if not hasattr(_of_this_thread, "slot"):
        _of_this_thread.slot = Slot()
    slot: Slot = _of_this_thread.slot
    return slot
