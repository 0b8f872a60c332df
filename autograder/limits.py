"""Everything a submission may cost, in one place.

`GradingLimits()` is the default; a course changes what it needs in its manifest:

    [limits]
    notebook_seconds = 600
    sandbox = { memory_bytes = 4_294_967_296 }
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from course_utils.errors import CourseError
from course_utils.grading.wire import DEFAULT_LIMITS, Limits
from course_utils.submission.reading import HANDED_IN_BYTES

MIB = 2**20


@dataclass(frozen=True)
class CellLimits:
    """What one cell may cost.

    Attributes:
        seconds: wall time.
        grace_seconds: how long an interrupted cell may take to stop before its kernel is killed, as fairly counted as `seconds`.
        output_bytes: what a cell may print and display, together.
        output_messages: in how many messages.
    """

    seconds: float = 30.0
    grace_seconds: float = 3.0
    output_bytes: int = 1_000_000
    output_messages: int = 2_000


@dataclass(frozen=True)
class QuestionLimits:
    """What one question may cost.

    Attributes:
        call_seconds: wall time for one call of a student's function.
        question_seconds: wall time for all calls of a question.
        messages: number of messages a question may exchange.
        strays: number of messages that a notebook may send while no question is asked.
        wire: size, depth and count within one message.
    """

    call_seconds: float = 5.0
    question_seconds: float = 20.0
    messages: int = 100_000
    strays: int = 1_000
    wire: Limits = DEFAULT_LIMITS


@dataclass(frozen=True)
class SandboxLimits:
    """What all processes of one kernel may cost together; beyond it the kernel is killed.

    Attributes:
        memory_bytes: memory of all processes, files in the scratch folder included.
        tasks: processes and threads.
        cpu_seconds: processor time of all processes.
        file_bytes: size of one file.
        scratch_bytes: size of all files; they live in memory and go with the kernel.
        files: number of files and folders.
        open_files: file descriptors of one process.
        grader_bytes: by how much the kernel's messages may make the grader's own process grow.
    """

    memory_bytes: int = 2048 * MIB
    tasks: int = 128
    cpu_seconds: float = 600.0
    file_bytes: int = 128 * MIB
    scratch_bytes: int = 256 * MIB
    files: int = 20_000
    open_files: int = 512
    grader_bytes: int = 1024 * MIB


@dataclass(frozen=True)
class ReadingLimits:
    """What reading one student's file, or showing it on a page, may cost; each runs in a process of its own.

    Attributes:
        seconds: processor time.
        memory_bytes: memory.
    """

    seconds: float = 20.0
    memory_bytes: int = 2048 * MIB


@dataclass(frozen=True)
class GradingLimits:
    """Everything a submission may cost.

    Attributes:
        cell: for one cell.
        question: for one graded question.
        reading: for reading the file, before anything runs.
        sandbox: for the kernel and all it starts, from its first cell to its last.
        notebook_seconds: wall time for all cells; what has not run by then is not run.
        output_bytes: what all cells may print and display, together.
        handed_in_bytes: size of all files handed in beside the notebook, where the assignment lists some.
    """

    cell: CellLimits = field(default_factory=CellLimits)
    question: QuestionLimits = field(default_factory=QuestionLimits)
    reading: ReadingLimits = field(default_factory=ReadingLimits)
    sandbox: SandboxLimits = field(default_factory=SandboxLimits)
    notebook_seconds: float = 300.0
    output_bytes: int = 10_000_000
    handed_in_bytes: int = HANDED_IN_BYTES


def load(table: dict[str, Any]) -> GradingLimits:
    """The default limits, changed by the manifest's table `limits`.

    Raises:
        CourseError: the table names a limit that does not exist or gives one a value that is no positive number.
    """
    return _changed(GradingLimits(), table, "limits")


def _changed(limits: Any, table: dict[str, Any], where: str) -> Any:
    known = {each.name: getattr(limits, each.name) for each in fields(limits)}
    changes = {}
    for name, value in table.items():
        if name not in known:
            raise CourseError(f"course.toml: [{where}] has no {name!r}; there are {', '.join(known)}")
        if is_dataclass(known[name]) and isinstance(value, dict):
            changes[name] = _changed(known[name], value, f"{where}.{name}")
        elif not is_dataclass(known[name]) and type(value) in (int, float) and value > 0:
            changes[name] = type(known[name])(value)
        else:
            raise CourseError(f"course.toml: [{where}] {name} = {value!r} is no positive number")
    return replace(limits, **changes)
