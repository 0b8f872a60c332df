"""Search for good settings: random or on a grid, coarse to fine, in parallel, hopeless runs ended early.

    def run(settings, report):
        net = TwoLayerNet(reg=settings["reg"])
        solver = Solver(net, data, optim_config={"learning_rate": settings["learning_rate"]}, verbose=False,
                        callbacks=[lambda solver: report(solver.val_acc_history[-1])])
        solver.train()
        return solver.best_val_acc

    results = random_search(run, {"learning_rate": (1e-4, 1), "reg": (1e-5, 1)}, num_trials=20, results="search.jsonl")

A space says for each setting either a range, a pair (low, high) whose logarithm is searched evenly, or a list of choices.
"""

from __future__ import annotations

import itertools
import json
import math
import multiprocessing
import os
import statistics
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from course_utils.layers.parallel import single_threaded_blas
from course_utils.training.results import Results, Trial
from course_utils.training.stopping import has_diverged

Settings = dict[str, Any]
Space = Mapping[str, tuple[float, float] | Sequence[Any]]
Run = Callable[[Settings, "Report"], float]

__all__ = (
    "coarse_to_fine",
    "grid_search",
    "grid_settings",
    "log_uniform",
    "narrowed",
    "random_search",
    "random_settings",
)

# The median of fewer runs is left to chance.
_ENOUGH_RUNS = 3


class Hopeless(Exception):
    """Raised by `report` in a run that is worse than half of the others; let it pass."""


class Report:
    """What a run is given to tell how it is doing; call it with a score, higher being better, e.g. after each epoch.

    report(score, loss) also ends the run when the loss is NaN, infinite or more than 3 times the first one reported.
    """

    def __init__(self, connection: Connection):
        self._connection = connection
        self._losses: list[float] = []

    def __call__(self, score: float, loss: float | None = None) -> None:
        self._connection.send(("report", float(score)))
        go_on = self._connection.recv()
        if loss is not None:
            self._losses.append(float(loss))
            go_on = go_on and math.isfinite(loss) and not has_diverged(self._losses)
        if not go_on:
            raise Hopeless


def log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    """Draw a number whose logarithm is uniform between those of low and high, 0 < low <= high."""
    _expect_range(low, high, "the range")
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def random_settings(space: Space, num_trials: int, rng: np.random.Generator) -> list[Settings]:
    """Draw settings: ranges by `log_uniform`, choices evenly; returns num_trials dicts."""
    _expect_space(space)
    return [
        {
            name: log_uniform(*values, rng)
            if isinstance(values, tuple)
            else values[int(rng.integers(len(values)))]
            for name, values in space.items()
        }
        for _ in range(num_trials)
    ]


def grid_settings(space: Space, points: int = 5) -> list[Settings]:
    """All combinations of choices and of `points` values of each range, evenly spaced in the logarithm, ends included."""
    _expect_space(space)
    axes = [
        [float(v) for v in np.geomspace(*values, points)] if isinstance(values, tuple) else list(values)
        for values in space.values()
    ]
    return [dict(zip(space, values, strict=True)) for values in itertools.product(*axes)]


def narrowed(
    space: Space, trials: Sequence[Trial], *, top: float = 0.25, shrink: float = 0.4
) -> dict[str, Any]:
    """The space around the best trials, for the next, finer search.

    trials: of the search before
    top: share of the trials that count as the best, at least two
    shrink: width of a new range, as a share of the old one, in the logarithm
    Returns a space: each range lies around the geometric mean of the best, and may reach beyond the old one where the best were at
    its edge; of choices those remain that the best made.
    """
    ranked = Results(trials).ranked()
    best = [trial.settings for trial in ranked[: max(2, round(top * len(ranked)))]]
    new: dict[str, Any] = {}
    for name, values in space.items():
        if isinstance(values, tuple):
            centre = statistics.fmean(math.log(settings[name]) for settings in best)
            half = 0.5 * shrink * (math.log(values[1]) - math.log(values[0]))
            new[name] = (math.exp(centre - half), math.exp(centre + half))
        else:
            new[name] = [value for value in values if any(settings[name] == value for settings in best)]
    return new


def random_search(
    run: Run,
    space: Space,
    *,
    num_trials: int = 20,
    rng: np.random.Generator | None = None,
    results: str | Path | None = None,
    workers: int | None = None,
    grace: int = 1,
    verbose: bool = False,
) -> Results:
    """Try settings drawn at random from a space.

    run: run(settings, report) -> score, higher being better; each run is a forked process of its own (Linux) or a thread
        (elsewhere), so what it changes outside itself may be lost
    space: ranges and choices, see above
    num_trials: how many settings to try
    rng: what they are drawn from; a fixed seed when not given, so that a search that was cut short draws the same again
    results: file (JSON lines) that keeps each trial as soon as it is over; settings found there are not tried again
    workers: runs at a time; the cores of this process when not given
    grace: reports of a run before it may be ended for being below the median of the others
    verbose: whether to print a line for each trial
    Returns all trials, those of the file too. Raises ValueError for an impossible space or file, RuntimeError when every run failed.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    return _search(run, space, random_settings(space, num_trials, rng), results, workers, grace, verbose)


def grid_search(
    run: Run,
    space: Space,
    *,
    points: int = 5,
    results: str | Path | None = None,
    workers: int | None = None,
    grace: int = 1,
    verbose: bool = False,
) -> Results:
    """Try all settings of a grid; points is the number of values in each range, the rest is as in `random_search`."""
    return _search(run, space, grid_settings(space, points), results, workers, grace, verbose)


def coarse_to_fine(
    run: Run,
    space: Space,
    *,
    rounds: int = 3,
    num_trials: int = 20,
    top: float = 0.25,
    shrink: float = 0.4,
    rng: np.random.Generator | None = None,
    results: str | Path | None = None,
    workers: int | None = None,
    grace: int = 1,
    verbose: bool = False,
) -> Results:
    """Search at random, then again around the best of what was found, each time in a smaller space.

    rounds: how often; num_trials are made in each
    top, shrink: see `narrowed`
    The rest is as in `random_search`. Returns all trials; `trial.round` counts from 0.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    kept: list[Trial] = []
    for number in range(rounds):
        if number:
            space = narrowed(
                space, [trial for trial in kept if trial.round == number - 1], top=top, shrink=shrink
            )
        if verbose:
            print(f"round {number + 1} of {rounds}: {_said(space)}")
        settings = random_settings(space, num_trials, rng)
        kept = list(_search(run, space, settings, results, workers, grace, verbose, number, kept))
    return Results(kept)


def _search(
    run: Run,
    space: Space,
    wanted: list[Settings],
    path: str | Path | None,
    workers: int | None,
    grace: int,
    verbose: bool,
    number: int = 0,
    before: Sequence[Trial] = (),
) -> Results:
    """The trials of before and of the file, and those that are still wanted, made now."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(cores, len(wanted)) if workers is None else workers
    if workers < 1:
        raise ValueError(f"workers is {workers}; a search needs at least 1 and something to try")
    file = None if path is None else _ResultsFile(Path(path), set(space))
    known = list(before) if file is None else file.trials
    done = {_key(trial.settings): trial for trial in known if trial.status != "failed"}
    for settings in wanted:  # a finished trial of an older file may have been drawn in this round
        if _key(settings) in done:
            done[_key(settings)].round = number
    left = [settings for settings in wanted if _key(settings) not in done]
    race = _Race(run, workers, max(1, cores // workers), grace)
    new: list[Trial] = []
    for trial in race.trials(left, [trial for trial in done.values() if trial.round == number]):
        trial.round = number
        new.append(trial)
        if file is not None:
            file.append(trial)
        if verbose:
            print(f"[{len(wanted) - len(left) + len(new):3d} / {len(wanted)}] {trial}")
    found = [*done.values(), *new]
    if found and all(trial.status == "failed" for trial in found):
        raise RuntimeError(f"every run failed; the first one with\n{found[0].error}")
    return Results(found)


class _Race:
    """Runs side by side, each in a process of its own, and a judge who ends those that fall behind."""

    def __init__(self, run: Run, workers: int, cores_each: int, grace: int):
        self._run, self._workers, self._cores_each, self._grace = run, workers, cores_each, grace
        self._reports: list[list[float]] = []

    def trials(self, wanted: Iterable[Settings], finished: Iterable[Trial]) -> Iterable[Trial]:
        """Yield each trial when it is over; finished ones are what the first of the new are compared with."""
        self._reports = [trial.reports for trial in finished]
        queue, running = iter(wanted), {}
        try:
            while True:
                for settings in itertools.islice(queue, self._workers - len(running)):
                    runner = _Runner(self._run, settings, self._cores_each, list(running))
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

    def _hear(self, runner: _Runner) -> bool:
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


class _Runner:
    """One run: a forked process where that is safe, so that a notebook's functions and data need not be sent; else a thread.

    others: the searching ends of the pipes of other runs, which a forked process must not keep open
    """

    def __init__(self, run: Run, settings: Settings, cores: int, others: list[Connection]):
        self.trial = Trial(settings)
        self._started = time.monotonic()
        self.connection, end = multiprocessing.Pipe()
        self._process = None
        if not _can_fork():
            threading.Thread(target=_run_in_thread, args=(run, settings, end), daemon=True).start()
            return
        arguments = run, settings, end, cores, [self.connection, *others]
        self._process = multiprocessing.get_context("fork").Process(
            target=_run_in_process, args=arguments, daemon=True
        )
        with warnings.catch_warnings():
            # Python 3.12 warns of locks that other threads may hold while it forks; a kernel always has such threads,
            # and the child uses nothing of theirs.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        end.close()

    def close(self) -> None:
        """End the run if it has not ended, and let go of its process; a thread ends at its next report."""
        self.trial.seconds = round(time.monotonic() - self._started, 3)
        self.connection.close()
        if self._process is not None:
            if self.trial.status == "running":
                self._process.kill()
            self._process.join()


def _can_fork() -> bool:
    """macOS and Windows cannot fork a process that has used its matrix library, and new ones do not know a notebook's functions."""
    return sys.platform == "linux"


def _run_in_process(
    run: Run, settings: Settings, connection: Connection, cores: int, searching_ends: list[Connection]
) -> None:
    # As long as one is open anywhere, a run would wait for ever for the answer of a search that was killed.
    for end in searching_ends:
        end.close()
    os.environ["COURSE_THREADS"] = str(cores)
    with threadpool_limits(cores):
        _run_and_tell(run, settings, connection)


def _run_in_thread(run: Run, settings: Settings, connection: Connection) -> None:
    with single_threaded_blas(), connection:
        _run_and_tell(run, settings, connection)


def _run_and_tell(run: Run, settings: Settings, connection: Connection) -> None:
    try:
        message = "finished", float(run(dict(settings), Report(connection)))
    except Hopeless:
        message = "hopeless", None
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        return  # the search itself was ended
    except BaseException:
        message = "failed", traceback.format_exc()
    try:
        connection.send(message)
    except BrokenPipeError:
        return


class _ResultsFile:
    """Trials as JSON lines, one written as soon as it is over."""

    def __init__(self, path: Path, names: set[str]):
        self._path = path
        self.trials: list[Trial] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text() if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        if whole != text:  # a kill came while the last line was written
            path.write_text(whole)
        for number, line in enumerate(whole.splitlines(), start=1):
            self.trials.append(self._read(line, number, names))

    def append(self, trial: Trial) -> None:
        with self._path.open("a") as file:
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


def _key(settings: Settings) -> str:
    return json.dumps(settings, sort_keys=True)


def _expect_space(space: Space) -> None:
    if not space:
        raise ValueError(
            'the space is empty; it should be like {"learning_rate": (1e-4, 1e-1), "hidden_dim": [50, 100]}'
        )
    for name, values in space.items():
        if isinstance(values, tuple):
            if len(values) != 2:
                raise ValueError(f"{name} is {values}; a range is a pair (low, high), choices are a list")
            _expect_range(*values, name)
        elif isinstance(values, str) or not isinstance(values, Sequence) or not values:
            raise ValueError(f"{name} is {values!r}; it should be a range (low, high) or a list of choices")
        else:
            try:
                json.dumps(list(values))
            except TypeError:
                raise ValueError(
                    f"choices of {name} must be numbers, texts or lists of them, so that a file can keep them"
                ) from None


def _expect_range(low: float, high: float, name: str) -> None:
    if not 0 < low <= high < math.inf:
        raise ValueError(
            f"{name} goes from {low} to {high}; a range searched by its logarithm needs 0 < low <= high"
        )


def _said(space: Space) -> str:
    return ", ".join(
        f"{name} {values[0]:.2g} to {values[1]:.2g}" if isinstance(values, tuple) else f"{name} {values}"
        for name, values in space.items()
    )
