"""Decides entry by entry whether a gradient agrees with centred differences.

A small array is swept entry by entry; a larger one is tried along random directions and at a sample of its entries.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from course_utils.gradcheck.closer_look import Entry, closer_look
from course_utils.gradcheck.precision import is_single
from course_utils.gradcheck.probe import Index, Probe, Slopes, random_direction
from course_utils.gradcheck.settings import Settings

# How many doubtful entries get a closer look once one is proven wrong.
LOOKS = 8


@dataclass
class Judgement:
    """What was found for one argument.

    Attributes:
        numeric: centred differences by index, for the entries that were looked at one by one.
        wrong: the indices that count as wrong.
        entries: those that needed a closer look.
        directions: how many random directions agreed.
        direction_error: largest relative error along them.
        single: whether the gradient is right but only to single precision.
    """

    numeric: dict[Index, float] = field(default_factory=dict)
    wrong: set[Index] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    directions: int = 0
    direction_error: float = 0.0
    single: bool = False

    @property
    def passed(self) -> bool:
        """Whether no entry is wrong."""
        return not self.wrong and not self.single

    def of(self, verdict: str) -> list[Entry]:
        """The entries of one verdict, e.g. "kink"."""
        return [entry for entry in self.entries if entry.verdict == verdict]


def judge(
    probe: Probe,
    analytic: np.ndarray,
    settings: Settings,
    rng: np.random.Generator,
    label: str = "gradient",
) -> Judgement:
    """Compare a gradient with centred differences.

    Args:
        probe: the outputs near the point.
        analytic: the gradient under test, of the point's shape, float64.
        settings: how closely and at what cost.
        rng: where directions and samples come from.
        label: the gradient's name, for the progress bar.
    """
    judgement = _Judge(probe, analytic, settings, rng, label).judge()
    # Who allows for more than single precision loses has no quarrel with it.
    exact = settings.rtol <= 1e-6 and not settings.atol
    if judgement.passed and not judgement.of("kink") and exact:
        judgement.single = is_single(probe, analytic, rng)
    return judgement


class _Judge:
    """One gradient, its probe, and what has been found so far."""

    def __init__(
        self,
        probe: Probe,
        analytic: np.ndarray,
        settings: Settings,
        rng: np.random.Generator,
        label: str,
    ) -> None:
        self._probe, self._analytic, self._settings = probe, analytic, settings
        self._rng, self._label = rng, label
        self._found = Judgement()
        # Steps of the entries that need one of their own.
        self._steps: dict[Index, float] = {}

    def judge(self) -> Judgement:
        size, settings = self._analytic.size, self._settings
        if size <= min(settings.small, settings.max_evaluations // 2):
            self._sweep(np.ndindex(self._analytic.shape))
        else:
            self._try_directions()
        return self._found

    def _try_directions(self) -> None:
        doubtful = False
        for _ in range(self._settings.directions):
            v = random_direction(self._analytic.shape, self._rng)
            error = self._direction_error(v)
            if error is None:
                doubtful = True
                self._sweep(self._sample(8))
                if not self._found.wrong:
                    self._sweep([self._bisect(v)])
                if self._found.wrong:
                    break
            else:
                self._found.directions += 1
                self._found.direction_error = max(self._found.direction_error, error)
        room = max(0, self._settings.max_evaluations - self._probe.evaluations) // 2
        self._sweep(self._sample(min(24 if doubtful else 8, room)))

    def _direction_error(self, v: np.ndarray) -> float | None:
        """Relative error along a direction, or None when it disagrees at every step.

        A direction moves all entries at once and soon crosses a kink somewhere; smaller steps cross fewer.
        """
        analytic, h0 = self._analytic, self._settings.h
        if not np.isfinite(self._probe.direction(v, h0 / 10)).all():
            # Beyond the edge of a domain: each entry moves by a part of itself only.
            v = v * np.minimum(1.0, np.abs(self._probe.x))
        expected = float(np.vdot(analytic, v))
        scale = float(np.linalg.norm(analytic * (v != 0)))
        first = None
        for h in (h0 / 10, h0 / 100, h0 / 1000):
            _, numeric, _ = self._probe.direction(v, h)
            scale = max(scale, abs(numeric))
            error, noise = abs(expected - numeric), self._probe.noise / h
            first = error if first is None else first
            if first > error and noise > 0.1 * first:
                return None
            if error <= self._settings.atol * float(np.linalg.norm(v)) + self._settings.rtol * scale + noise:
                return error / scale if scale else 0.0
            if h < h0 / 10 and error > 0.9 * first:
                return None
        return None

    def _bisect(self, v: np.ndarray) -> Index:
        """Halve a direction that disagrees until one entry is left."""
        shape = self._analytic.shape
        chosen = np.arange(self._analytic.size)
        while chosen.size > 1:
            half = chosen[: chosen.size // 2]
            part = np.zeros(self._analytic.size)
            part[half] = v.flat[half]
            agrees = self._direction_error(part.reshape(shape)) is not None
            chosen = chosen[chosen.size // 2 :] if agrees else half
        return _unravelled(chosen[0], shape)

    def _sample(self, count: int) -> list[Index]:
        size = self._analytic.size
        chosen = np.sort(self._rng.choice(size, size=min(count, size), replace=False))
        return [_unravelled(flat, self._analytic.shape) for flat in chosen]

    def _sweep(self, indices: Iterable[Index]) -> None:
        """Compare entry by entry; those that disagree get a closer look, the worst first."""
        probe, found = self._probe, self._found
        indices = [index for index in indices if index not in found.numeric]
        slopes = {
            index: probe.entry(index, self._settings.h) for index in _with_progress(indices, self._label)
        }
        found.numeric |= {index: centred for index, (_, centred, _) in slopes.items()}
        doubtful = self._disagreeing(indices)
        if doubtful:
            probe.measure_noise()
            slopes |= {index: self._within_reach(index, slopes[index]) for index in doubtful}
            found.numeric |= {index: slopes[index][1] for index in doubtful}
            doubtful = self._disagreeing(doubtful)
        doubtful.sort(key=lambda index: -self._badness(index))
        for index in doubtful:
            # Once a few are proven wrong, the rest of that kind need no proof of their own.
            spent = len(found.entries) >= LOOKS or probe.evaluations > self._settings.max_evaluations
            if found.wrong and spent:
                found.wrong.add(index)
                continue
            settings = replace(self._settings, h=self._steps.get(index, self._settings.h))
            entry = closer_look(probe, index, float(self._analytic[index]), slopes[index], settings)
            found.entries.append(entry)
            found.numeric[index] = entry.numeric
            if entry.verdict == "bug":
                found.wrong.add(index)

    def _disagreeing(self, indices: list[Index]) -> list[Index]:
        analytic, numeric, noise = self._analytic, self._found.numeric, self._probe.noise
        # Noise is what it is at the step that an entry was given.
        ratio = {i: self._settings.h / self._steps.get(i, self._settings.h) for i in indices}
        return [i for i in indices if not self._settings.agree(analytic[i], numeric[i], noise * ratio[i])]

    def _within_reach(self, index: Index, slopes: Slopes) -> Slopes:
        """Slopes with a step that fits where it is asked: next to a small number, or to the edge of a domain."""
        h, size = self._settings.h, abs(float(self._probe.x[index]))
        steps = [1e-4 * size] if 0 < size < 1e3 * h else []
        if not np.isfinite(slopes).all():
            steps += [h * 10.0**-k for k in range(3, 7)]
        for step in steps:
            wide, fine = self._probe.entry(index, 100 * step), self._probe.entry(index, step)
            settled = abs(wide[1] - fine[1]) <= 0.02 * abs(fine[1])
            if (
                np.isfinite((*wide, *fine)).all()
                and settled
                and self._probe.noise < 1e-2 * step * abs(fine[1])
            ):
                self._steps[index] = step
                return fine
        return slopes

    def _badness(self, index: Index) -> float:
        a = float(self._analytic[index])
        return abs(a - self._found.numeric[index]) if math.isfinite(a) else math.inf


def _unravelled(flat: int, shape: Index) -> Index:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _with_progress(indices: list[Index], label: str) -> Iterator[Index]:
    """Show a progress bar once it is clear that the sweep takes more than two seconds."""
    start, bar = time.monotonic(), None
    for k, index in enumerate(indices):
        yield index
        spent = time.monotonic() - start
        if bar is None and spent > 0.3 and spent * len(indices) / (k + 1) > 2:
            from tqdm.auto import tqdm

            bar = tqdm(total=len(indices), initial=k, desc=f"checking {label}", unit="entry", leave=False)
        if bar is not None:
            bar.update(1)
    if bar is not None:
        bar.close()
