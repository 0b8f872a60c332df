"""Runs side by side, of which those that fall behind are ended."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterable
from multiprocessing.connection import wait
from typing import Any

from course_utils.training.runs import Run, Runner
from course_utils.training.trials import Settings, Trial

# The median of fewer runs is left to chance.
_ENOUGH_RUNS = 3


class Race:
    """Runs side by side, each in a process of its own, and a judge who ends those that fall behind.

    Args:
        run: what is run with each settings.
        workers: runs at a time.
        cores_each: cores for each of them.
        grace: reports of a run before it may be ended for being below the median of the others.
    """

    def __init__(self, run: Run, workers: int, cores_each: int, grace: int) -> None:
        self._run, self._workers, self._cores_each, self._grace = run, workers, cores_each, grace
        self._reports: list[list[float]] = []

    def trials(self, wanted: Iterable[Settings], finished: Iterable[Trial]) -> Iterable[Trial]:
        """Yield each trial when it is over; finished ones are what the first of the new are compared with."""
        self._reports = [trial.reports for trial in finished]
        queue = iter(wanted)
        running: dict[Any, Runner] = {}
        try:
            while True:
                for settings in itertools.islice(queue, self._workers - len(running)):
                    runner = Runner(self._run, settings, self._cores_each, list(running))
                    self._reports.append(runner.trial.reports)
                    running[runner.connection] = runner
                if not running:
                    return
                for connection in wait(list(running)):
                    runner = running[connection]
                    if self._hear(runner):
                        del running[connection]
                        runner.close()
                        yield runner.trial
        finally:
            for runner in running.values():
                runner.close()

    def _hear(self, runner: Runner) -> bool:
        """Take one message of a run; returns whether it was the last."""
        trial = runner.trial
        try:
            kind, value = runner.connection.recv()
        except (EOFError, ConnectionResetError):
            trial.status, trial.error = "failed", "its process died (out of memory?)"
            return True
        if kind == "report":
            trial.reports.append(value)
            runner.connection.send(not self._hopeless(trial.reports))
            return False
        trial.status = kind
        if kind == "failed":
            trial.error = value
        else:
            score = trial.reports[-1] if kind == "hopeless" else value
            trial.score = score if math.isfinite(score) else None
        return True

    def _hopeless(self, reports: list[float]) -> bool:
        """Whether a run's best report so far is below the median of what the others had at the same point."""
        k = len(reports)
        if not math.isfinite(reports[-1]):
            return True
        others = [other[k - 1] for other in self._reports if other is not reports and len(other) >= k]
        return k > self._grace and len(others) >= _ENOUGH_RUNS and max(reports) < statistics.median(others)
