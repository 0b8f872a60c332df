"""The trials of a search in a file, so that a search that was cut short does only what is missing."""

from __future__ import annotations

import json
import os
from pathlib import Path

from course_utils.training.trials import Settings, Trial


class ResultsFile:
    """Trials as JSON lines, one written as soon as it is over.

    Args:
        path: the file; made, with its folders, if it is not there.
        names: of the settings that are searched.

    Attributes:
        trials: those that the file held at first.

    Raises:
        ValueError: the file holds something else, or a search over other settings.
    """

    def __init__(self, path: Path, names: set[str]) -> None:
        self._path = path
        self.trials: list[Trial] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:  # a kill came while the last line was written
            path.write_text(whole, encoding="utf-8")
        for number, line in enumerate(whole.splitlines(), start=1):
            self.trials.append(self._read(line, number, names))

    def append(self, trial: Trial) -> None:
        """Add a trial, so that it outlives a kill."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(trial.to_dict()) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _read(self, line: str, number: int, names: set[str]) -> Trial:
        try:
            trial = Trial(**json.loads(line))
        except (ValueError, TypeError):
            raise ValueError(
                f"line {number} of {self._path} is no trial; choose another results file"
            ) from None
        if set(trial.settings) != names:
            raise ValueError(
                f"{self._path} holds a search over {', '.join(trial.settings)}, and this one is over {', '.join(sorted(names))}; "
                "choose another results file"
            )
        return trial


def key(settings: Settings) -> str:
    """What two trials of the same settings have in common."""
    return json.dumps(settings, sort_keys=True)
