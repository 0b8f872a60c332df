"""What a learner has done, kept on their own disk: hints seen, tries, points so far."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

_WAIT_SECONDS = 5
_MOST_CHARACTERS = 4_000_000


@dataclass
class Done:
    """What was done about one question.

    Attributes:
        hints: how many hints were seen.
        tried: something was written and tested.
        solution: the solution was seen.
        earned: the share of its points, from 0 to 1; None where nothing was tested.
        hidden: that share comes from the hidden checks.
    """

    hints: int = 0
    tried: bool = False
    solution: bool = False
    earned: float | None = None
    hidden: bool = False

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Done:
        """What a file says was done; what it should not say counts as nothing."""
        found = entry.get("earned")
        earned = float(found) if isinstance(found, int | float) and 0 <= found <= 1 else None
        hints = entry.get("hints")
        return cls(
            hints=hints if isinstance(hints, int) and hints > 0 else 0,
            tried=entry.get("tried") is True,
            solution=entry.get("solution") is True,
            earned=earned,
            hidden=earned is not None and entry.get("hidden") is True,
        )

    def test(self, passed: bool) -> None:
        """Note how the visible tests ended; a pass says nothing new about what hidden checks have marked."""
        self.tried = True
        if not (passed and self.hidden):
            self.earned, self.hidden = float(passed), False

    def mark(self, earned: float) -> None:
        """Note what the hidden checks said."""
        self.tried, self.earned, self.hidden = True, earned, True


class Record:
    """The notes of one learner, by notebook and question.

    Where nothing can be written, as on a read-only disk, they are remembered until the process ends.

    Args:
        path: of the file; None where nothing is to be kept.
    """

    def __init__(self, path: Path | None):
        self._path = path

    def of(self, notebook: str) -> dict[str, Done]:
        """What was done in a notebook, by question."""
        return _notes(self._path).get(notebook, {})

    def note(self, notebook: str, question: str, change: Callable[[Done], object]) -> Done:
        """Change what is noted of a question, and return it."""
        path = self._path
        if path is None:
            return _changed({}, notebook, question, change)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_suffix(".lock"), timeout=_WAIT_SECONDS):
                notes = _notes(path)
                done = _changed(notes, notebook, question, change)
                _write(path, notes)
        except (OSError, Timeout):
            notes = _notes(path)
            done = _changed(notes, notebook, question, change)
            _unwritten[path] = notes
        return done


Notes = dict[str, dict[str, Done]]
_unwritten: dict[Path, Notes] = {}


def _changed(notes: Notes, notebook: str, question: str, change: Callable[[Done], object]) -> Done:
    done = notes.setdefault(notebook, {}).setdefault(question, Done())
    change(done)
    return done


def _notes(path: Path | None) -> Notes:
    """What the file says; nothing of what is no note."""
    if path is None or path in _unwritten:
        return _unwritten.get(path, {}) if path else {}
    try:
        with path.open(encoding="utf-8") as file:
            found = json.loads(file.read(_MOST_CHARACTERS))
        return {
            notebook: {name: Done.read(entry) for name, entry in questions.items()}
            for notebook, questions in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _write(path: Path, notes: Notes) -> None:
    data = {
        notebook: {name: asdict(done) for name, done in found.items()} for notebook, found in notes.items()
    }
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        new.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)
