"""The notebook that runs is rebuilt from the course's own; a submission only lends the sources of its answers.

Cell metadata, tags, tests, points, flags and order come from the solution notebook. From the submission come the
sources of solution cells, the student's own extra cells, and what they added to the course's, stripped of metadata.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from course_utils.course import notebooks, sources
from course_utils.submission.arrange import arrange
from course_utils.submission.matching import Known, Matched, Role, match
from course_utils.submission.notes import answers_found, cell_notes, fits
from course_utils.submission.reading import Unreadable, read_cells

NOTES_ID = "notes-from-grading"


class HandedIn(StrEnum):
    """What came of the file that a student handed in."""

    READ = "read"
    OTHER = "another notebook"
    UNREADABLE = "unreadable"
    NOTHING = "nothing"


@dataclass
class Rebuilt:
    """A notebook that is safe to mark, and what was wrong with the one that came.

    Attributes:
        notebook: the course's cells with the student's answers.
        notes: one sentence for each thing that was missing, doubled or changed.
        handed_in: what came of the file.
        reason: why nothing could be taken from it, or "".
    """

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)
    handed_in: HandedIn = HandedIn.READ
    reason: str = ""


def take(known: list[Known], submission: bytes) -> Matched:
    """What the cells of a file are, read in this process: for one's own file.

    Raises:
        Unreadable: it is no notebook, or too large.
    """
    try:
        return match(known, read_cells(submission))
    except ValueError as error:
        raise Unreadable(str(error)) from error


def rebuild(
    base: NotebookNode,
    submission: bytes | None,
    notes: Iterable[str] = (),
    *,
    take: Callable[[list[Known], bytes], Matched] = take,
) -> Rebuilt:
    """Put a submission's answers into the course's notebook; whatever the bytes are, a notebook comes back.

    Args:
        base: the released notebook, with its hidden tests where a grader has them.
        submission: the file that was handed in, or None when there is none.
        notes: what else there is to say about what was handed in.
        take: what its cells are; a stranger's file is read elsewhere.
    """
    rebuilt = Rebuilt(pickle.loads(pickle.dumps(base)))  # a copy, in a fraction of `deepcopy`'s time
    known = known_cells(base)
    matched = _taken(known, submission, rebuilt, take)
    if matched:
        rebuilt.handed_in, rebuilt.reason = _judged(known, matched)
        rebuilt.notes += cell_notes(known, matched)
        arrange(known, matched, rebuilt.notebook)
    rebuilt.notes += notes
    rebuilt.notebook.metadata["grading"] = {"notes": list(rebuilt.notes)}
    if rebuilt.notes:
        text = "**Notes from grading**\n\n" + "\n".join(f"- {note}" for note in rebuilt.notes)
        rebuilt.notebook.cells.insert(0, new_markdown_cell(text, id=NOTES_ID))
    return rebuilt


def known_cells(base: NotebookNode) -> list[Known]:
    """The course's cells as a student was given them."""
    return [
        Known(
            cell.cell_type,
            _shown(cell.source),
            cell.get("id", ""),
            notebooks.grade_id(cell),
            _role(cell),
        )
        for cell in base.cells
    ]


@lru_cache(maxsize=1024)
def _shown(source: str) -> str:
    """What students see of a source of the course's own, which is asked of each submission anew."""
    return sources.visible_part(source)


def _role(cell: NotebookNode) -> Role:
    if notebooks.is_answer(cell):
        return Role.ANSWER
    if notebooks.is_test(cell):
        return Role.TEST
    return Role.LOCKED if notebooks.grade_id(cell) else Role.FREE


def _taken(
    known: list[Known],
    submission: bytes | None,
    rebuilt: Rebuilt,
    take: Callable[[list[Known], bytes], Matched],
) -> Matched | None:
    """What the submission holds; None where it cannot be read, and then `rebuilt` says why."""
    if submission is None:
        rebuilt.handed_in, rebuilt.reason = HandedIn.NOTHING, "nothing was handed in"
        rebuilt.notes.append("The file could not be read: no notebook of this name was handed in.")
        return None
    try:
        return take(known, submission)
    except Unreadable as error:
        rebuilt.handed_in, rebuilt.reason = HandedIn.UNREADABLE, str(error)
        rebuilt.notes.append(f"The file could not be read: {error}")
        return None


def _judged(known: list[Known], matched: Matched) -> tuple[HandedIn, str]:
    if fits(known, matched):
        return HandedIn.READ, ""
    nothing = not answers_found(known, matched)
    return HandedIn.OTHER, "none of the cells to fill in is in what was handed in" if nothing else ""
