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

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from course_utils.training.race import Race
from course_utils.training.results import Results
from course_utils.training.results_file import ResultsFile, key
from course_utils.training.runs import Run
from course_utils.training.spaces import (
    Space,
    grid_settings,
    in_words,
    log_uniform,
    narrowed,
    random_settings,
)
from course_utils.training.trials import Settings, Trial

__all__ = (
    "coarse_to_fine",
    "grid_search",
    "grid_settings",
    "log_uniform",
    "narrowed",
    "random_search",
    "random_settings",
)


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

    Args:
        run: run(settings, report) -> score, higher being better; each run is a forked process of its own (Linux) or a
            thread (elsewhere), so what it changes outside itself may be lost.
        space: ranges and choices, see above.
        num_trials: how many settings to try.
        rng: what they are drawn from; a fixed seed when not given, so that a search that was cut short draws the same
            again.
        results: file (JSON lines) that keeps each trial as soon as it is over; settings found there are not tried again.
        workers: runs at a time; the cores of this process when not given.
        grace: reports of a run before it may be ended for being below the median of the others.
        verbose: whether to print a line for each trial.

    Returns:
        All trials, those of the file too.

    Raises:
        ValueError: an impossible space or file.
        RuntimeError: every run failed.
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
    """Try all settings of a grid.

    Args:
        run: see `random_search`.
        space: see `random_search`.
        points: the number of values in each range.
        results: see `random_search`.
        workers: see `random_search`.
        grace: see `random_search`.
        verbose: see `random_search`.

    Returns:
        All trials, those of the file too.

    Raises:
        ValueError: an impossible space or file.
        RuntimeError: every run failed.
    """
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

    Args:
        run: see `random_search`.
        space: see `random_search`.
        rounds: how often.
        num_trials: how many trials are made in each round.
        top: see `narrowed`.
        shrink: see `narrowed`.
        rng: see `random_search`.
        results: see `random_search`.
        workers: see `random_search`.
        grace: see `random_search`.
        verbose: see `random_search`.

    Returns:
        All trials; `trial.round` counts from 0.

    Raises:
        ValueError: an impossible space or file.
        RuntimeError: every run failed.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    kept: list[Trial] = []
    for number in range(rounds):
        if number:
            space = narrowed(
                space, [trial for trial in kept if trial.round == number - 1], top=top, shrink=shrink
            )
        if verbose:
            print(f"round {number + 1} of {rounds}: {in_words(space)}")
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
    file = None if path is None else ResultsFile(Path(path), set(space))
    known = list(before) if file is None else file.trials
    done = {key(trial.settings): trial for trial in known if trial.status != "failed"}
    for settings in wanted:  # a finished trial of an older file may have been drawn in this round
        if key(settings) in done:
            done[key(settings)].round = number
    left = [settings for settings in wanted if key(settings) not in done]
    race = Race(run, workers, max(1, cores // workers), grace)
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
