"""The notebook that runs is rebuilt from the course's own; a submission only lends the sources of its answers.

Cell metadata, tags, tests, points, flags and order come from the solution notebook. From the submission come the
sources of solution cells, matched by grade id, and the student's own extra cells, stripped of metadata.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.course import notebooks, sources

MAX_BYTES = 20_000_000
MAX_EXTRA_CELLS = 300
MAX_SOURCE = 200_000
NOTES_ID = "notes-from-grading"


class HandedIn(StrEnum):
    """What came of the file that a student handed in."""

    READ = "read"
    UNREADABLE = "unreadable"
    NOTHING = "nothing"


@dataclass
class Rebuilt:
    """A notebook that is safe to mark, and what was wrong with the one that came.

    Attributes:
        notebook: the course's cells with the student's answers.
        notes: one sentence for each thing that was missing, doubled or changed.
        handed_in: whether anything could be taken from the submission.
        reason: why nothing could, or "".
    """

    notebook: NotebookNode
    notes: list[str] = field(default_factory=list)
    handed_in: HandedIn = HandedIn.READ
    reason: str = ""


def rebuild(base: NotebookNode, submission: bytes | None, notes: Iterable[str] = ()) -> Rebuilt:
    """Put a submission's answers into the course's notebook; whatever the bytes are, a notebook comes back.

    Args:
        base: what `template` returns.
        submission: the file that was handed in, or None when there is none.
        notes: what else there is to say about what was handed in.
    """
    rebuilt = Rebuilt(copy.deepcopy(base))
    cells = _read(submission, rebuilt)
    answers = _take_answers(rebuilt, cells)
    for name, cell in notebooks.answers(rebuilt.notebook):
        _fill(name, cell, answers[name], rebuilt)
    _note_changed_tests(base, cells, rebuilt)
    _insert_extra_cells(base, cells, rebuilt)
    rebuilt.notes += notes
    rebuilt.notebook.metadata["grading"] = {"notes": list(rebuilt.notes)}
    if rebuilt.notes:
        text = "**Notes from grading**\n\n" + "\n".join(f"- {note}" for note in rebuilt.notes)
        rebuilt.notebook.cells.insert(0, new_markdown_cell(text, id=NOTES_ID))
    return rebuilt


def _read(submission: bytes | None, rebuilt: Rebuilt) -> list[_Cell]:
    """The submission's cells; none where it cannot be read, and then `rebuilt` says why."""
    if submission is None:
        rebuilt.handed_in, rebuilt.reason = HandedIn.NOTHING, "nothing was handed in"
        rebuilt.notes.append("The file could not be read: no notebook of this name was handed in.")
        return []
    try:
        return _parse(submission)
    except ValueError as error:
        rebuilt.handed_in, rebuilt.reason = HandedIn.UNREADABLE, str(error)
        rebuilt.notes.append(f"The file could not be read: {error}")
        return []


@dataclass(frozen=True)
class _Cell:
    """What is believed of a submitted cell: plain text, nothing else."""

    kind: str
    source: str
    grade_id: str | None
    id: str | None


def _parse(submission: bytes) -> list[_Cell]:
    if len(submission) > MAX_BYTES:
        raise ValueError(
            f"it has {len(submission):,} bytes, and a notebook may have {MAX_BYTES:,}; clear its outputs"
        )
    try:
        data = json.loads(submission)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not a notebook (no valid JSON)") from error
    if not isinstance(data, dict) or "nbformat" not in data:
        raise ValueError("it is not a notebook (no nbformat)")
    version = data["nbformat"]
    if type(version) is not int or version != 4:
        said = version if type(version) is int and abs(version) < 100 else "unknown"
        raise ValueError(
            f"it is a notebook of format {said}, not 4; open it in JupyterLab, save it and hand it in again"
        )
    if not isinstance(data.get("cells"), list):
        raise ValueError("it is a notebook without a list of cells")
    return [cell for raw in data["cells"] if (cell := _parse_cell(raw))]


def _parse_cell(raw: Any) -> _Cell | None:
    if not isinstance(raw, dict) or raw.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = raw.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    metadata = raw.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = settings.get("grade_id") if isinstance(settings, dict) else None
    cell_id = raw.get("id")
    return _Cell(
        raw["cell_type"],
        source.encode("utf-8", "replace").decode("utf-8"),
        grade_id if isinstance(grade_id, str) else None,
        cell_id if isinstance(cell_id, str) else None,
    )


def _take_answers(rebuilt: Rebuilt, cells: list[_Cell]) -> dict[str, list[str]]:
    answers: dict[str, list[str]] = {name: [] for name, _ in notebooks.answers(rebuilt.notebook)}
    for cell in cells:
        if cell.grade_id in answers:
            answers[cell.grade_id].append(cell.source)
    return answers


def _fill(name: str, cell: NotebookNode, sources: list[str], rebuilt: Rebuilt) -> None:
    """Give an answer cell the student's source: the last one that differs from the stub, as a notebook would run."""
    changed = [source for source in sources if source != cell.source]
    if not sources:
        if rebuilt.handed_in is HandedIn.READ:
            rebuilt.notes.append(f"The cell `{name}` was missing.")
        # A stub in its place would hide a definition that the student moved to a cell of their own; of an answer in
        # words it says that there is nothing to mark by hand.
        if cell.cell_type == "code":
            cell.source = f"# the cell {name} was missing from the submission"
        return
    if len(sources) > 1:
        rebuilt.notes.append(
            f"The cell `{name}` was there {len(sources)} times; the last one that you changed counts."
        )
    source = (changed or sources)[-1]
    if len(source) > MAX_SOURCE:
        rebuilt.notes.append(f"The cell `{name}` has more than {MAX_SOURCE:,} characters and was left out.")
        source = f"# the cell {name} was too long to be run"
    cell.source = source


def _note_changed_tests(base: NotebookNode, cells: list[_Cell], rebuilt: Rebuilt) -> None:
    submitted = {cell.grade_id: cell.source for cell in cells if cell.grade_id}
    for cell in base.cells:
        name = notebooks.grade_id(cell)
        if name is None or notebooks.is_answer(cell) or rebuilt.handed_in is not HandedIn.READ:
            continue
        if name not in submitted:
            rebuilt.notes.append(f"The cell `{name}` was missing; the course's own was used.")
        elif sources.visible_part(submitted[name]).strip() != sources.visible_part(cell.source).strip():
            rebuilt.notes.append(f"The cell `{name}` was changed; the course's own was used.")


def _insert_extra_cells(base: NotebookNode, cells: list[_Cell], rebuilt: Rebuilt) -> None:
    """Put the student's own cells behind the course's cell that they followed."""
    ids = {cell.get("id") for cell in base.cells}
    grade_ids = {notebooks.grade_id(cell) for cell in base.cells} - {None}
    texts = {cell.source.strip() for cell in base.cells}
    behind: dict[str | None, list[NotebookNode]] = {}
    anchor, count = None, 0
    by_grade_id = {
        notebooks.grade_id(cell): cell.get("id") for cell in base.cells if notebooks.grade_id(cell)
    }
    for cell in cells:
        if cell.grade_id in grade_ids or cell.id in ids:
            anchor = by_grade_id.get(cell.grade_id) or cell.id
        elif cell.source.strip() and cell.source.strip() not in texts and cell.kind != "raw":
            count += 1
            if count <= MAX_EXTRA_CELLS and len(cell.source) <= MAX_SOURCE:
                make = new_code_cell if cell.kind == "code" else new_markdown_cell
                behind.setdefault(anchor, []).append(make(cell.source, id=f"extra-{count}"))
    if count > MAX_EXTRA_CELLS:
        rebuilt.notes.append(f"Only the first {MAX_EXTRA_CELLS} of your {count} own cells were kept.")
    arranged = list(behind.get(None, []))
    for cell in rebuilt.notebook.cells:
        arranged += [cell, *behind.get(cell.get("id"), [])]
    rebuilt.notebook.cells = arranged
