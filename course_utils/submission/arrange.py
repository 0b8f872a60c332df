"""A student's texts in and around the course's cells, in the order in which they ran for the student."""

from __future__ import annotations

from collections import defaultdict
from itertools import count

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from course_utils.course import notebooks
from course_utils.submission.matching import Known, Matched, Piece, Role


def arrange(known: list[Known], matched: Matched, notebook: NotebookNode) -> None:
    """Fill the answers of the course's notebook, and put the student's own cells and additions beside its cells."""
    at = defaultdict(list)
    for piece in matched.pieces:
        at[piece.place].append(piece)
    numbers = count(1)

    def made(pieces: list[Piece]) -> list[NotebookNode]:
        return [_cell(piece, f"extra-{next(numbers)}", known) for piece in pieces]

    arranged = made(at[-1])
    for number, cell in enumerate(notebook.cells):
        ahead = [piece for piece in at[number] if piece.ahead]
        behind = [piece for piece in at[number] if not piece.ahead]
        if known[number].role is Role.ANSWER:
            ahead, behind = _fill(cell, behind, too_long=number in matched.too_long)
        arranged += [*made(ahead), cell, *made(behind)]
    notebook.cells = arranged


def _cell(piece: Piece, name: str, known: list[Known]) -> NotebookNode:
    """A cell of the student's own, without metadata but for what it is a part of."""
    if piece.kind != "code":
        return new_markdown_cell(piece.source, id=name)
    cell = new_code_cell(piece.source, id=name)
    if piece.part:
        notebooks.mark_part(cell, known[piece.place].grade_id or "")
    return cell


def _fill(cell: NotebookNode, pieces: list[Piece], *, too_long: bool) -> tuple[list[Piece], list[Piece]]:
    """Give an answer cell the student's text; returns what is to stand before and behind it.

    Of code in several parts it gets the last one, of words all.
    """
    parts = [number for number, piece in enumerate(pieces) if piece.part]
    if not parts:
        _say_why(cell, too_long)
        return [], pieces
    if cell.cell_type != "code":
        cell.source = "\n\n".join(pieces[number].source for number in parts)
        return [], [piece for piece in pieces if not piece.part]
    cell.source = pieces[parts[-1]].source
    return pieces[: parts[-1]], pieces[parts[-1] + 1 :]


def _say_why(cell: NotebookNode, too_long: bool) -> None:
    """Leave no stub, which would hide a definition that the student moved to a cell of their own.

    Of a missing answer in words it stays: it says that there is nothing to mark by hand.
    """
    name = notebooks.grade_id(cell)
    if too_long:
        cell.source = f"# the cell {name} was too long to be run"
    elif cell.cell_type == "code":
        cell.source = f"# there was no cell {name} in the submission"
