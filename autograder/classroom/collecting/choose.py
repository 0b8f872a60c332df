"""Which of a student's files count: the notebook and the files handed in with it, out of all that lies there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from autograder.classroom.collecting.entries import ARCHIVE_WITHIN, Entry, Refused
from autograder.classroom.collecting.hand_ins import unpacked
from autograder.classroom.collecting.level import File
from autograder.classroom.collecting.names import attempt, without_attempt
from autograder.course.manifest import ARCHIVES, Assignment
from course_utils.submission.receipt import RECEIPT
from course_utils.text import shown

Fits = Callable[[dict[str, bytes]], list[str]]

_ENDING = ".ipynb"
_MOST_LOOKED_AT = 10


@dataclass
class Chosen:
    """What counts of a student's files.

    Attributes:
        files: by the name that each is stored under; the notebook first.
        odd: what an instructor should look at.
        receipt: what the student's own machine said of it, where that lies beside it.
        left: a sentence for each file of the assignment that is not among them, though it may have been meant.
    """

    files: dict[str, Entry]
    odd: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    receipt: Entry | None = None


def choose(files: Iterable[File], assignment: Assignment, others: frozenset[str], fits: Fits) -> Chosen:
    """Which of all files that are a student's count.

    Args:
        others: names of the course's other assignments; folders and notebooks of these names are not looked at.
        fits: the names of those notebooks that are the assignment's by their cells; asked where no name says so.

    Raises:
        Refused: there is no notebook, or several of which none is called like the assignment and not one alone fits.
    """
    files = [file for file in unpacked(files) if not any(name in others for name in file.path[:-1])]
    notebook, by_cells = _notebook(files, assignment, others, fits)
    chosen = Chosen(
        {f"{assignment.name}{_ENDING}": notebook.entry}, ["chosen by its cells"] if by_cells else []
    )
    if left := [file for file in files if file.name.lower().endswith(_ENDING) and file is not notebook]:
        chosen.odd.append(f"other notebooks were left out: {_listed(left)}")
    near = [file for file in files if file.path[:-1] == notebook.path[:-1]]
    chosen.receipt = next((file.entry for file in near if file.name == RECEIPT), None)
    for name in assignment.files:
        found = _named(near, name, assignment) or _named(files, name, assignment)
        if isinstance(found, File):
            chosen.files[name] = found.entry
        elif found:
            chosen.left.append(f"none of {found} is called {name}; the notebook was taken")
    return chosen


def _notebook(
    files: list[File], assignment: Assignment, others: frozenset[str], fits: Fits
) -> tuple[File, bool]:
    """The notebook of the assignment's name that lies nearest, the last attempt of it, or the only one.

    Returns:
        The notebook, and whether its cells had to tell.
    """
    notebooks = [file for file in files if file.name.lower().endswith(_ENDING)]
    own = [file for file in notebooks if without_attempt(file.name)[: -len(_ENDING)] not in others]
    if not own:
        is_packed = any(file.name.lower().endswith(ARCHIVES) for file in files)
        advice = f"; {ARCHIVE_WITHIN}" if is_packed else ""
        raise Refused(f"no notebook of {assignment.name} among {_listed(files) or 'nothing'}{advice}")
    named = [file for file in own if without_attempt(file.name) == f"{assignment.name}{_ENDING}"]
    if not named and len(own) > 1:
        return _by_cells(own, assignment, fits), True
    nearest = _least(named or own, lambda file: _distance(file, assignment))
    folders = {file.path[:-1] for file in nearest}
    if len(folders) > 1:
        raise Refused(f"several folders hold a notebook of {assignment.name}: {_listed(nearest)}")
    return _last(nearest), False


def _by_cells(notebooks: list[File], assignment: Assignment, fits: Fits) -> File:
    """The only one of several notebooks that is the assignment's."""
    if len(notebooks) > _MOST_LOOKED_AT:
        raise Refused(f"{len(notebooks)} notebooks and none is called {assignment.name}{_ENDING}")
    contents = {}
    for file in notebooks:
        with suppress(Refused):
            contents["/".join(file.path)] = file.entry.read()
    found = fits(contents)
    if len(found) != 1:
        raise Refused(
            f"several notebooks, none is called {assignment.name}{_ENDING}, and {len(found)} fit by their cells: {_listed(notebooks)}"
        )
    return next(file for file in notebooks if "/".join(file.path) == found[0])


def _distance(file: File, assignment: Assignment) -> int:
    """How many folders deep a file lies; the assignment's own folder counts for none."""
    return len(file.path) - 1 - (file.path[0] == assignment.name)


def _named(files: list[File], name: str, assignment: Assignment) -> File | str | None:
    """The file of that name, or the only one of its ending; the names of several in question; None for none at all."""
    ending = PurePosixPath(name).suffix
    named = [file for file in files if without_attempt(file.name).lower() == name]
    alike = [file for file in files if PurePosixPath(file.name).suffix.lower() == ending]
    is_only_ending = [PurePosixPath(each).suffix for each in assignment.files].count(ending) == 1
    if named:
        nearest = _least(named, lambda file: _distance(file, assignment))
        return _last(nearest) if len({file.path[:-1] for file in nearest}) == 1 else _listed(nearest)
    if not is_only_ending or not alike:
        return None
    return alike[0] if len(alike) == 1 else _listed(alike)


def _least(files: list[File], key: Callable[[File], int]) -> list[File]:
    least = min(key(file) for file in files)
    return [file for file in files if key(file) == least]


def _last(files: list[File]) -> File:
    """The last attempt of a file.

    Raises:
        Refused: nobody can say which of several that is.
    """
    last = [file for file in files if attempt(file.name) == max(attempt(each.name) for each in files)]
    if len(last) > 1:
        raise Refused(f"nobody can say which counts of {_listed(last)}")
    return last[0]


def _listed(files: Iterable[File]) -> str:
    return shown(", ".join(sorted(shown("/".join(file.path)) for file in files)), 200)
