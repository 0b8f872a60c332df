"""Checks of the search for good settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.asking.advice import advice
from autograder.checks.asking.chance import generator
from autograder.checks.asking.expectations import expect_value_error
from autograder.checks.babysitting.chance import expect_from_rng
from autograder.checks.babysitting.forbidden import SEARCH
from autograder.verdict.check import check
from autograder.verdict.expect import expect, expect_close
from autograder.verdict.student import Student
from course_utils.compare import listed

# How far the shares of n draws may be from the uniform distribution, times the root of n; a false alarm in 1e11.
_UNIFORM = 3.7


def expect_log_uniform(values: np.ndarray, low: float, high: float, what: str) -> None:
    """Fail the case unless the logarithms of many values are uniform between those of low and high."""
    expect(
        bool(np.all((values >= low * (1 - 1e-9)) & (values <= high * (1 + 1e-9)))),
        f"{what} from {values.min():.3g} to {values.max():.3g} leave the range from {low:g} to {high:g}: 10 ** goes with log10, exp with log",
    )
    place = np.sort(np.log(values / low) / np.log(high / low))
    n = len(place)
    off = place - (np.arange(n) + 0.5) / n
    worst = int(np.argmax(np.abs(off)))
    different = len(np.unique(values))
    where = low * (high / low) ** place[worst]
    expect(
        np.abs(off[worst]) < _UNIFORM / np.sqrt(n),
        f"{what} are not uniform in their logarithm: "
        + (
            f"all {n} of them are {values[0]:.3g}"
            if different == 1
            else f"they take {different} values only"
            if different < n / 10
            else f"{(worst + 0.5) / n:.0%} of them are below {where:.3g}, where {place[worst]:.0%} of the decades are"
        )
        + "; draw the exponent uniformly",
    )


@check("sample_log_uniform", forbids=SEARCH)
def sample_log_uniform(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def ask(low: float, high: float, *more: Any, seed: int | None = None, **size: Any) -> Any:
        seed = int(rng.integers(2**31)) if seed is None else seed
        return student.call("sample_log_uniform", low, high, generator(student, seed), *more, **size)

    def draws(low: float, high: float, n: int = 3000) -> np.ndarray:
        found = ask(low, high, size=n)
        expect_close(found, np.zeros(n), "what comes back", rtol=0, atol=np.inf)
        return found

    def works() -> None:
        expect_log_uniform(draws(1e-3, 10.0), 1e-3, 10.0, "draws")

    with student.case("uniform in the exponent", 4):
        for low, high in ((1e-6, 1e-3), (1e-5, 1e5), (2.0, 300.0)):
            expect_log_uniform(draws(low, high), low, high, "draws")
    with student.case("a narrow range", 2):
        for low, high in ((0.3, 0.4), (1.0, 2.0), (0.5, 1.0)):
            expect_log_uniform(draws(low, high), low, high, "draws")
    with student.case("a range of a single number", 0.5):
        works()
        for value in (0.02, 5.0):
            expect_close(ask(value, value), value, "a range of one number")
    with student.case("a single number without a size"):
        works()
        _number(ask(1e-4, 1.0))
        at_random = generator(student, int(rng.integers(2**31)))
        many = student.ask_each([student.asking("sample_log_uniform", 1e-4, 1.0, at_random)] * 300)
        expect_log_uniform(np.array([_number(one) for one in many]), 1e-4, 1.0, "single draws")
    with student.case("shapes"):
        works()
        for size in ((2, 3), (1,), (2, 1, 4)):
            found = ask(0.1, 1.0, size=size)
            expect(
                isinstance(found, np.ndarray) and found.shape == size,
                f"size={size} gave {np.shape(found)}",
            )
            expect(len(np.unique(found)) == found.size, "each number should be a draw of its own")
    with student.case("drawn from the generator that is passed in"):
        works()
        expect_from_rng(lambda seed: ask(1e-4, 1.0, size=5, seed=seed), rng, "numbers")
        expect_from_rng(lambda seed: ask(1e-4, 1.0, seed=seed), rng, "numbers")
    with student.case("a range that is none raises ValueError"):
        works()
        for low, high in ((0.0, 1.0), (-1.0, 1.0), (-2.0, -1.0), (1.0, 0.5), (0.0, 0.0)):
            expect_value_error(partial(ask, low, high), f"from {low} to {high}")


def _number(found: Any) -> float:
    right = isinstance(found, float | np.floating) or (isinstance(found, np.ndarray) and found.ndim == 0)
    expect(right, "without a size a single number should come back")
    return float(found)


_RANGES = {"learning_rate": (1e-6, 1e-3), "reg": (1e-5, 1e5), "width": (0.2, 0.9)}


@dataclass(frozen=True)
class Searched:
    """One random search.

    Attributes:
        trials: came back, (score, settings) of each.
        asked: the settings that evaluate was called with, in order.
    """

    trials: list[tuple[float, dict[str, Any]]]
    asked: list[dict[str, Any]]


class RandomSearch:
    """random_search, asked with an evaluate that hands out scores and remembers what it was called with."""

    def __init__(self, student: Student, rng: np.random.Generator):
        self._student = student
        self._rng = rng

    def ask(
        self, scores: list[float], names: tuple[str, ...] = tuple(_RANGES), seed: int | None = None
    ) -> Searched:
        """A search over the ranges of these names, with one trial for each score."""
        asked: list[dict[str, Any]] = []

        def evaluate(*args: Any) -> float:
            expect(len(args) == 1 and isinstance(args[0], dict), "evaluate takes one dict of settings")
            asked.append(dict(args[0]))
            return scores[min(len(asked), len(scores)) - 1]

        seed = int(self._rng.integers(2**31)) if seed is None else seed
        chosen = {name: _RANGES[name] for name in names}
        at_random = generator(self._student, seed)
        trials = self._student.call("random_search", evaluate, chosen, len(scores), at_random, returns="")
        expect(
            len(asked) == len(scores),
            f"evaluate was called {len(asked)} times for num_trials = {len(scores)}; each trial is one call",
        )
        for settings in asked:
            expect(
                set(settings) == set(chosen),
                f"a trial had settings for {listed(settings)}; expected {listed(chosen)}",
            )
        return Searched(_as_trials(trials, len(scores)), asked)

    @cached_property
    def many(self) -> list[dict[str, Any]]:
        """The settings of many trials, asked for once."""
        return self.ask([0.0] * 500).asked

    def expect_sorted(self, scores: list[float]) -> None:
        """Fail the case unless the best trial comes first, each with its own settings."""
        run = self.ask(scores)
        order = sorted(scores, key=lambda s: -np.inf if np.isnan(s) else s, reverse=True)
        expect_close(
            np.array([s for s, _ in run.trials]), np.array(order), "the scores, best first and NaN last,"
        )
        for score, settings in run.trials:
            owners = [
                asked for asked, s in zip(run.asked, scores, strict=True) if s == score or s != s != score
            ]
            expect(settings in owners, f"the score {score:.3g} came with the settings of another trial")

    def expect_sorted_among(self, n: int) -> None:
        """The same for n different scores."""
        self.expect_sorted([float(s) for s in self._rng.permutation(n) / n - 0.3])


@check("random_search", forbids=SEARCH)
def random_search(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    search = RandomSearch(student, rng)
    with student.case("the best first, each with its own settings", 4):
        search.expect_sorted_among(5)
        search.expect_sorted_among(8)
    with student.case("log-uniform in every range", 3):
        _expect_drawn_log_uniformly(search.many)
    with student.case("settings are drawn independently", 2):
        _expect_drawn_independently(search.many)
    with student.case("failed runs, whose score is NaN, at the end", 2):
        nan = float("nan")
        search.expect_sorted([0.4, nan, 0.7, -0.2, nan, 0.1])
        search.expect_sorted([nan, nan, 0.5, 0.6])
        search.expect_sorted([nan, -1e9, 0.5])
    with student.case("equal scores"):
        search.expect_sorted_among(4)
        run = search.ask([0.5, 0.5, 0.9, 0.5])
        expect(run.trials[0][1] == run.asked[2], "the best score came with the settings of another trial")
        left = [settings for _, settings in run.trials[1:]]
        expect(all(s in left for s in run.asked if s != run.asked[2]), "a trial with an equal score was lost")
    with student.case("other names, a single one, and a single trial"):
        search.expect_sorted([0.3])
        run = search.ask([0.1, 0.9], names=("width",))
        expect(
            run.trials[0] == (0.9, run.asked[1]), "the best of two trials of one setting should come first"
        )
    with student.case("drawn from the generator that is passed in"):
        search.expect_sorted_among(4)
        expect_from_rng(
            lambda seed: [list(s.values()) for s in search.ask([0.1, 0.2, 0.3], seed=seed).asked],
            rng,
            "settings",
        )
    with student.case("the ranges stay as they were", 0.5):
        search.expect_sorted_among(3)
        student.expect_unchanged()


def _expect_drawn_log_uniformly(asked: list[dict[str, Any]]) -> None:
    """Fail the case unless every setting of many trials is log-uniform in its range, and drawn anew."""
    for name, (low, high) in _RANGES.items():
        values = np.array([settings[name] for settings in asked], dtype=np.float64)
        expect(
            len(np.unique(values)) == len(asked),
            f"{name} takes only {len(np.unique(values))} values in {len(asked)} trials: draw it anew in each (no grid)",
        )
        expect_log_uniform(values, low, high, f"values of {name}")


def _expect_drawn_independently(asked: list[dict[str, Any]]) -> None:
    """Fail the case when settings of a few hundred trials hang together."""
    logs = np.log([[settings[name] for name in _RANGES] for settings in asked])
    together = np.abs(np.corrcoef(logs.T) - np.eye(3)).max()
    expect(
        together < 0.35,
        f"two settings rise and fall together (correlation {together:.2f}): draw each by itself",
    )


def _as_trials(trials: Any, count: int) -> list[tuple[float, dict[str, Any]]]:
    expect(
        isinstance(trials, list | tuple) and len(trials) == count,
        f"a list of {count} pairs (score, settings) is expected",
    )
    for trial in trials:
        right = isinstance(trial, list | tuple) and len(trial) == 2 and isinstance(trial[1], dict)
        expect(
            right and isinstance(trial[0], float | int | np.number),
            "each trial should be a pair (score, settings), a number and a dict",
        )
    return [(float(score), settings) for score, settings in trials]


@check("narrow_ranges", forbids=SEARCH)
def narrow_ranges(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    def drawn(n: int, *names: str) -> list[tuple[float, dict[str, Any]]]:
        """Trials, best first; the best are neither sorted by their settings nor at the ends of all trials."""
        scores = np.sort(rng.uniform(size=n))[::-1]
        return [(float(s), {name: float(10 ** rng.uniform(-4, 1)) for name in names}) for s in scores]

    def expect_right(trials: list[Any], **more: Any) -> None:
        found = student.call("narrow_ranges", trials, returns="", **more)
        expect_close(found, reference.narrow_ranges(trials, **more), "the ranges")
        expect(
            set(found) == set(trials[0][1]), f"ranges for {listed(found)}; expected {listed(trials[0][1])}"
        )

    among = (
        "The best trials are the first ones, sorted by score: of these the smallest value and the largest, here "
        "divided and multiplied by widen = 1"
    )
    with student.case("from the smallest to the largest of the best three", 3), advice(among):
        for n in (9, 14):
            expect_right(drawn(n, "learning_rate", "reg"), widen=1.0)
    room = "The lower end is divided by widen (2 unless it is given), the upper one multiplied"
    with student.case("with room on either side", 3), advice(room, student):
        for _ in range(2):
            expect_right(drawn(8, "learning_rate", "reg"))
        for widen in (1.5, 10.0):
            expect_right(drawn(8, "learning_rate", "reg"), widen=widen)
    with student.case("another number of trials to keep", 2):
        for keep in (1, 2, 5):
            expect_right(drawn(12, "learning_rate", "reg"), keep=keep)
    with student.case("other names, and fewer trials than keep"):
        expect_right(drawn(6, "width"))
        expect_right(drawn(2, "a", "b", "c"))
    with student.case("trials stay as they were", 0.5):
        expect_right(drawn(6, "learning_rate", "reg"))
        student.expect_unchanged()
