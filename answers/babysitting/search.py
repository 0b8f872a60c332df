"""Planted answers: sampling on a logarithmic scale, random search and narrower ranges."""

import math

import numpy as np

from answers import right, wrong
from course_utils.training import search


def _expect_range(low, high):
    if low <= 0 or high < low:
        raise ValueError("no range")


# sample_log_uniform


@wrong("sample_log_uniform", "not uniform in their logarithm", earns=(0.0, 0.3))
def uniform_in_the_number(low, high, rng, size=None):
    _expect_range(low, high)
    return rng.uniform(low, high, size)


@wrong("sample_log_uniform", "leave the range .* exp with log", earns=(0.0, 0.3))
def e_to_the_power(low, high, rng, size=None):
    _expect_range(low, high)
    return np.exp(rng.uniform(np.log10(low), np.log10(high), size))


@wrong("sample_log_uniform", "not uniform in their logarithm", earns=(0.0, 0.3))
def whole_exponents(low, high, rng, size=None):
    _expect_range(low, high)
    return np.clip(10.0 ** np.round(rng.uniform(np.log10(low), np.log10(high), size)), low, high)


@wrong("sample_log_uniform", "each number should be a draw of its own|not uniform", earns=(0.0, 0.6))
def one_draw_for_all(low, high, rng, size=None):
    _expect_range(low, high)
    value = 10 ** rng.uniform(np.log10(low), np.log10(high))
    return value if size is None else np.full(size, value)


@wrong("sample_log_uniform", "draw from rng and from nothing else", earns=(0.7, 0.95))
def global_chance(low, high, rng, size=None):
    _expect_range(low, high)
    return 10 ** np.random.uniform(np.log10(low), np.log10(high), size)  # noqa: NPY002


@wrong("sample_log_uniform", "should raise a ValueError", earns=(0.7, 0.95))
def nan_for_negative_ends(low, high, rng, size=None):
    with np.errstate(all="ignore"):
        return 10 ** rng.uniform(np.log10(min(low, high)), np.log10(max(low, high)), size)


@wrong("sample_log_uniform", "a single number should come back", earns=(0.6, 0.95))
def always_an_array(low, high, rng, size=None):
    _expect_range(low, high)
    return 10 ** rng.uniform(np.log10(low), np.log10(high), 1 if size is None else size)


@wrong("sample_log_uniform", "write this one yourself", earns=(0.0, 0.3))
def sample_by_the_library(low, high, rng, size=None):
    _expect_range(low, high)
    draws = [search.log_uniform(low, high, rng) for _ in range(1 if size is None else int(np.prod(size)))]
    return draws[0] if size is None else np.reshape(draws, size)


@right("sample_log_uniform")
def right_sample(low, high, rng, size=None):
    _expect_range(low, high)
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


@right("sample_log_uniform")
def sample_by_powers(low, high, rng, size=None):
    _expect_range(low, high)
    return low * (high / low) ** rng.random(size)


@right("sample_log_uniform")
def sample_one_by_one(low, high, rng, size=None):
    _expect_range(low, high)
    start, decades = math.log10(low), math.log10(high) - math.log10(low)
    if size is None:
        return 10 ** (start + decades * rng.random())
    out = np.empty(size)
    for place in np.ndindex(out.shape):
        out[place] = 10 ** (start + decades * rng.random())
    return out


# random_search


def _drawn(ranges, rng):
    return {name: float(right_sample(low, high, rng)) for name, (low, high) in ranges.items()}


def _tried(evaluate, ranges, num_trials, rng):
    settings = [_drawn(ranges, rng) for _ in range(num_trials)]
    return [(evaluate(s), s) for s in settings]


def _or_last(score):
    return -np.inf if np.isnan(score) else score


@wrong("random_search", "NaN last", earns=(0.5, 0.9))
def sorts_nan_as_it_comes(evaluate, ranges, num_trials, rng):
    return sorted(_tried(evaluate, ranges, num_trials, rng), key=lambda t: t[0], reverse=True)


@wrong("random_search", "best first", earns=(0.2, 0.7))
def worst_first(evaluate, ranges, num_trials, rng):
    return sorted(_tried(evaluate, ranges, num_trials, rng), key=lambda t: _or_last(t[0]))


@wrong("random_search", "best first", earns=(0.2, 0.7))
def as_they_came(evaluate, ranges, num_trials, rng):
    return _tried(evaluate, ranges, num_trials, rng)


@wrong("random_search", "settings of another trial", earns=(0.1, 0.75))
def one_dict_for_all(evaluate, ranges, num_trials, rng):
    settings, trials = {}, []
    for _ in range(num_trials):
        settings.update(_drawn(ranges, rng))
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda t: _or_last(t[0]), reverse=True)


@wrong("random_search", "no grid|values in 500 trials", earns=(0.3, 0.85))
def a_grid(evaluate, ranges, num_trials, rng):
    side = math.ceil(num_trials ** (1 / len(ranges)))
    axes = [np.geomspace(low, high, side) for low, high in ranges.values()]
    corners = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(ranges))[:num_trials]
    trials = [dict(zip(ranges, map(float, corner), strict=True)) for corner in rng.permutation(corners)]
    return sorted([(evaluate(s), s) for s in trials], key=lambda t: _or_last(t[0]), reverse=True)


@wrong("random_search", "rise and fall together", earns=(0.5, 0.9))
def one_draw_for_all_names(evaluate, ranges, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        place = rng.random()
        settings = {name: float(low * (high / low) ** place) for name, (low, high) in ranges.items()}
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda t: _or_last(t[0]), reverse=True)


@wrong("random_search", "not uniform in their logarithm", earns=(0.5, 0.9))
def search_uniform_in_the_number(evaluate, ranges, num_trials, rng):
    trials = []
    for _ in range(num_trials):
        settings = {name: float(rng.uniform(low, high)) for name, (low, high) in ranges.items()}
        trials.append((evaluate(settings), settings))
    return sorted(trials, key=lambda t: _or_last(t[0]), reverse=True)


@wrong("random_search", "each trial is one call|a list of", earns=(0.0, 0.4))
def forgets_failed_runs(evaluate, ranges, num_trials, rng):
    trials = [t for t in _tried(evaluate, ranges, num_trials - 1, rng) if not np.isnan(t[0])]
    return sorted(trials, key=lambda t: t[0], reverse=True)


@wrong("random_search", "TypeError|'<' not supported", earns=(0.0, 0.95))
def sorts_the_dicts_too(evaluate, ranges, num_trials, rng):
    trials = _tried(evaluate, ranges, num_trials, rng)
    return sorted(((_or_last(score), s) for score, s in trials), reverse=True)


@wrong("random_search", "write this one yourself", earns=(0.0, 0.1))
def settings_by_the_library(evaluate, ranges, num_trials, rng):
    trials = [(evaluate(s), s) for s in search.random_settings(ranges, num_trials, rng)]
    return sorted(trials, key=lambda t: _or_last(t[0]), reverse=True)


@right("random_search")
def search_by_the_book(evaluate, ranges, num_trials, rng):
    return sorted(_tried(evaluate, ranges, num_trials, rng), key=lambda t: _or_last(t[0]), reverse=True)


@right("random_search")
def search_with_two_lists(evaluate, ranges, num_trials, rng):
    trials = _tried(evaluate, ranges, num_trials, rng)
    fine = [t for t in trials if not np.isnan(t[0])]
    failed = [t for t in trials if np.isnan(t[0])]
    return [*sorted(fine, key=lambda t: -t[0]), *failed]


@right("random_search")
def search_with_argsort(evaluate, ranges, num_trials, rng):
    draws = {name: right_sample(*ends, rng, num_trials) for name, ends in ranges.items()}
    settings = [{name: float(values[i]) for name, values in draws.items()} for i in range(num_trials)]
    scores = np.array([evaluate(s) for s in settings])
    return [(scores[i], settings[i]) for i in np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")]


# narrow_ranges


def _narrowed(trials, keep, low, high):
    best = [settings for _, settings in trials[:keep]]
    return {name: (low([s[name] for s in best]), high([s[name] for s in best])) for name in best[0]}


@wrong("narrow_ranges", "The best trials are the first ones", earns=(0.0, 0.3))
def ranges_of_all_trials(trials, keep=3, widen=2.0):
    return _narrowed(trials, None, lambda v: min(v) / widen, lambda v: max(v) * widen)


@wrong("narrow_ranges", "the ranges", earns=(0.0, 0.3))
def ranges_of_the_worst(trials, keep=3, widen=2.0):
    return _narrowed(trials[::-1], keep, lambda v: min(v) / widen, lambda v: max(v) * widen)


@wrong("narrow_ranges", "The lower end is divided by widen", earns=(0.3, 0.75))
def no_room(trials, keep=3, widen=2.0):
    return _narrowed(trials, keep, min, max)


@wrong("narrow_ranges", "the ranges", earns=(0.3, 0.75))
def room_added(trials, keep=3, widen=2.0):
    return _narrowed(trials, keep, lambda v: min(v) - (widen - 1), lambda v: max(v) + (widen - 1))


@wrong("narrow_ranges", "the ranges", earns=(0.0, 0.3))
def room_around_the_best(trials, keep=3, widen=2.0):
    return _narrowed(trials, 1, lambda v: v[0] / widen, lambda v: v[0] * widen)


@wrong("narrow_ranges", "the ranges", earns=(0.0, 0.95))
def always_the_best_three(trials, keep=3, widen=2.0):
    return _narrowed(trials, 3, lambda v: min(v) / widen, lambda v: max(v) * widen)


@wrong("narrow_ranges", "write this one yourself", earns=(0.0, 0.1))
def narrowed_by_the_library(trials, keep=3, widen=2.0):
    search.narrowed([], {}, 1)
    return right_ranges(trials, keep, widen)


@right("narrow_ranges")
def right_ranges(trials, keep=3, widen=2.0):
    return _narrowed(trials, keep, lambda v: min(v) / widen, lambda v: max(v) * widen)


@right("narrow_ranges")
def ranges_with_numpy(trials, keep=3, widen=2.0):
    names = list(trials[0][1])
    values = np.array([[settings[name] for name in names] for _, settings in trials[:keep]])
    ends = np.stack([values.min(axis=0) / widen, values.max(axis=0) * widen], axis=1)
    return {name: tuple(pair) for name, pair in zip(names, ends.tolist(), strict=True)}


@right("narrow_ranges")
def ranges_step_by_step(trials, keep=3, widen=2.0):
    ranges = {}
    for _, settings in trials[:keep]:
        for name, value in settings.items():
            low, high = ranges.get(name, (value, value))
            ranges[name] = (min(low, value), max(high, value))
    return {name: (low / widen, high * widen) for name, (low, high) in ranges.items()}
