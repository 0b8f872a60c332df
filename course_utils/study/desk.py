"""What lies before a learner: the course, the notebook that is open, and its questions."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from course_utils.study import layout
from course_utils.study.questions import Question, read_questions


class StudyError(Exception):
    """Something that cannot be told; its text is one sentence that says what to do."""


@dataclass(frozen=True)
class Chapter:
    """A notebook of the course.

    Attributes:
        name: of its assignment, or of its file.
        title: for people.
        path: the file that its questions are read from.
        solution: the solution notebook, where there is one.
    """

    name: str
    title: str
    path: Path
    solution: Path | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        """In the notebook's order."""
        try:
            return _read(self.path, self.path.stat().st_mtime_ns)
        except OSError:
            return ()


@dataclass(frozen=True)
class Desk:
    """The chapters within reach of a folder.

    Attributes:
        folder: where the kernel works: the folder of its notebook.
        root: the course folder that it lies in, or None.
        chapters: in the course's order.
    """

    folder: Path
    root: Path | None
    chapters: tuple[Chapter, ...]

    @property
    def here(self) -> Chapter | None:
        """The chapter whose notebook is open."""
        names = {chapter.name: chapter for chapter in self.chapters}
        return names.get(self.folder.name) or (self.chapters[0] if len(self.chapters) == 1 else None)

    @property
    def record_path(self) -> Path | None:
        """Where is kept what the learner has done; None where that is not theirs."""
        if self.root is None:
            return self.folder / ".progress.json" if self.chapters else None
        authors = (self.root / "solutions") in (self.folder, *self.folder.parents)
        return None if authors else self.root / layout.WORK / ".progress.json"

    def has_answer(self, chapter: Chapter, question: Question) -> bool:
        """Whether the learner's own copy, as it is saved, answers a question otherwise than what was handed out."""
        if self.root is None:
            return False
        own = read_questions(layout.work_path(self.root, chapter.name))
        return any(each.name == question.name and each.source != question.source for each in own)

    def find(self, name: str) -> tuple[Chapter, Question]:
        """A question by its name: of the notebook that is open, else of the first that asks it.

        Raises:
            StudyError: there is none; the sentence says which one is meant, perhaps.
        """
        chapters = sorted(self.chapters, key=lambda chapter: chapter != self.here)
        found = {
            question.name: (chapter, question) for chapter in chapters[::-1] for question in chapter.questions
        }
        if name in found:
            return found[name]
        if not found:
            raise StudyError(
                f"no notebook with questions lies in {self.folder}: open one of the course's folder"
            )
        near = difflib.get_close_matches(str(name), found, 1)
        advice = f"did you mean {near[0]}?" if near else "hint() lists those of this notebook"
        raise StudyError(f"no question is called {name!r}; {advice}")


def desk_here() -> Desk:
    """The desk of the folder that this process works in."""
    try:
        return desk_at(Path.cwd())
    except OSError:  # it was removed
        return Desk(Path(), None, ())


def desk_at(folder: Path) -> Desk:
    """The desk of somebody whose notebook lies in a folder."""
    folder = folder.resolve()
    root = layout.root_above(folder)
    found = _chapters(root) if root else ()
    if found:
        return Desk(folder, root, found)
    own = [Chapter(path.stem, path.stem, path) for path in sorted(folder.glob("*.ipynb"))]
    return Desk(folder, None, tuple(chapter for chapter in own if chapter.questions))


def _chapters(root: Path) -> tuple[Chapter, ...]:
    try:
        entries = tomllib.loads((root / layout.MANIFEST).read_text(encoding="utf-8"))["assignment"]
        names = [(str(entry["name"]), str(entry["title"])) for entry in entries]
    except (OSError, ValueError, LookupError, TypeError):
        return ()
    return tuple(_chapter(root, name, title) for name, title in names)


def _chapter(root: Path, name: str, title: str) -> Chapter:
    solution = layout.solution_path(root, name)
    solution_here = solution if solution.is_file() else None
    places = (layout.released_path(root, name), layout.work_path(root, name), solution)
    return Chapter(name, title, next((path for path in places if path.is_file()), places[0]), solution_here)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> tuple[Question, ...]:
    return read_questions(path)
