"""Runs that take minutes, made once and kept in a small file beside the notebook, which draws them.

A cell of a notebook says what a run is and which runs there are; `course record` makes them all:

    helps = Recording("dropout-helps", train_one, grid(keep=(1.0, 0.5), seed=range(5)))

and the cells below draw `helps.values("test", keep=0.5)`, and make one of the runs again by `helps.again(keep=0.5, seed=0)`.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

ENDING = ".record.json"
DATA = "shapes10"  # what runs are about where their file's name says nothing

Settings = Mapping[str, Any]


def grid(**axes: Iterable[Any]) -> list[dict[str, Any]]:
    """The settings of one run for each combination; the last axis changes fastest."""
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*map(list, axes.values()))]


class Recording:
    """The runs of one experiment.

    Args:
        name: of its file, `<name>.record.json` in the folder of the notebook; `<name>-cifar10.record.json` where the
            setting `data` of the runs is "cifar10".
        run: `run(**settings)` trains or measures and returns a dict of numbers, or of lists of numbers, by name.
        settings: those of each run, for example `grid(keep=(1.0, 0.5), seed=range(5))`; numbers and words.
        tolerance: how far a number of a run that is made again, on this or another machine, may be from the recorded
            one r: tolerance·(1 + |r|).
    """

    def __init__(
        self,
        name: str,
        run: Callable[..., Mapping[str, Any]],
        settings: Iterable[Settings],
        *,
        tolerance: float = 0.03,
    ) -> None:
        self.name, self.tolerance = name, tolerance
        self.settings = [_plain(each) for each in settings]
        self._run = run

    def on(self, data: str) -> Recording:
        """The same runs on other pictures, in a file of their own; for runs with a setting `data`."""
        settings = [each | {"data": data} for each in self.settings]
        return Recording(self.name, self._run, settings, tolerance=self.tolerance)

    def nearest(self, data: str) -> Recording:
        """The same runs on other pictures where they are recorded; else these, and a sentence that says so.

        Args:
            data: the name of a data set; the runs must take one as the setting `data`.
        """
        if data == DATA or (other := self.on(data)).path().is_file():
            return self if data == DATA else other
        seconds = sum(entry["seconds"] for entry in self.entries())
        print(
            f"{self.name} was recorded on {DATA}, and that is what you see; .on({data!r}).record() makes the same runs on "
            f"{data}. On {DATA} they took {seconds / 60:.1f} minutes; runs that take all pictures of a set take longer on a "
            f"larger one"
        )
        return self

    def path(self, folder: Path | str = ".") -> Path:
        """The file in a folder."""
        others = sorted({each.get("data", DATA) for each in self.settings} - {DATA})
        return Path(folder, "-".join([self.name, *others]) + ENDING)

    def values(self, result: str, **chosen: Any) -> np.ndarray:
        """One result of all recorded runs with these settings, in the order of the recording.

        Returns:
            An array, shape (runs,), or (runs, k) where each run has a list of k numbers.

        Raises:
            FileNotFoundError: the file is not in the notebook's folder.
            LookupError: no run of the recording has these settings, or one is not recorded.
        """
        return np.array([entry["result"][result] for entry in self.entries(**chosen)])

    def entries(self, **chosen: Any) -> list[dict[str, Any]]:
        """The recorded runs with these settings: dicts with `settings`, `result` and `seconds`.

        Raises:
            FileNotFoundError, LookupError: as for `values`.
        """
        wanted = [each for each in self.settings if _plain(chosen).items() <= each.items()]
        if not wanted:
            raise LookupError(f"no run of {self.name} has {_said(chosen)}; see its `settings`")
        recorded = self._read(self.path())
        missing = [each for each in wanted if _key(each) not in recorded]
        if missing:
            raise LookupError(
                f"{self.path()} holds no run with {_said(missing[0])}: `course record` makes it"
            )
        return [recorded[_key(each)] for each in wanted]

    def again(self, **settings: Any) -> dict[str, Any]:
        """Make one run here and now, and print its numbers beside the recorded ones.

        Raises:
            FileNotFoundError, LookupError: as for `values`.
            ValueError: several runs have these settings.
        """
        entry, *others = self.entries(**settings)
        if others:
            raise ValueError(f"{len(others) + 1} runs have {_said(settings)}; say more of their settings")
        result = _plain(self._run(**entry["settings"]))
        for name, value in result.items():
            if np.ndim(value) == 0:
                print(f"{name}: recorded {entry['result'][name]:.4g}, here {value:.4g}")
        return result

    def record(
        self,
        folder: Path | str = ".",
        *,
        afresh: bool = False,
        said: Callable[[str], object] = print,
    ) -> Path:
        """Make the runs that are not in the file yet, and write each into it as soon as it is over.

        Args:
            folder: that of the notebook.
            afresh: make all runs, whatever the file holds.
            said: is told of each run.
        """
        path = self.path(folder)
        recorded = {} if afresh or not path.is_file() else self._read(path)
        for number, settings in enumerate(self.settings, 1):
            if _key(settings) not in recorded:
                began = time.perf_counter()
                result = _plain(self._run(**settings))
                seconds = round(time.perf_counter() - began, 2)
                recorded[_key(settings)] = {"settings": settings, "result": result, "seconds": seconds}
                said(f"{self.name} {number}/{len(self.settings)}: {_said(settings)}, {seconds:.1f} s")
            _write(path, [recorded[_key(each)] for each in self.settings if _key(each) in recorded])
        return path

    def differences(self, settings: Settings, folder: Path | str = ".") -> list[str]:
        """Make a run again and say where it is further from the record than the tolerance allows."""
        expected = self._read(self.path(folder))[_key(settings)]["result"]
        got = _plain(self._run(**settings))
        return [
            f"{self.name} with {_said(settings)}: {name} is {got.get(name)}, recorded is {value}"
            for name, value in expected.items()
            if name not in got or not self._agrees(got[name], value)
        ]

    def _agrees(self, got: Any, recorded: Any) -> bool:
        near = {"rtol": self.tolerance, "atol": self.tolerance}
        return np.shape(got) == np.shape(recorded) and np.allclose(got, recorded, **near, equal_nan=True)

    def _read(self, path: Path) -> dict[str, dict[str, Any]]:
        try:
            runs = json.loads(path.read_text(encoding="utf-8"))["runs"]
        except FileNotFoundError:
            raise FileNotFoundError(
                f"there is no {path.name} beside this notebook: copy it there from the course's folder of this notebook"
            ) from None
        return {_key(run["settings"]): run for run in runs}


def machine() -> str:
    """The class of this machine: what decides how long a run takes, and nothing of whose it is."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def _write(path: Path, runs: list[dict[str, Any]]) -> None:
    made_with = {"python": platform.python_version(), "numpy": np.__version__, "machine": machine()}
    lines = ",\n".join(json.dumps(run) for run in runs)
    unfinished = path.with_suffix(".new")
    unfinished.write_text(
        f'{{"made_with": {json.dumps(made_with)}, "runs": [\n{lines}\n]}}\n', encoding="utf-8"
    )
    unfinished.replace(path)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as JSON has them, of six significant digits, so that a file stays small."""
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain_value(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.6g}")
    return value.item() if isinstance(value, np.generic) else value


def _key(settings: Settings) -> str:
    return json.dumps(dict(settings), sort_keys=True)


def _said(settings: Settings) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items())
