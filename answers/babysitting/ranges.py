"""Planted answers: whether the best trials stand at an edge, and the ranges that are searched next."""

import numpy as np

from answers import right, wrong

# at_edge


def _places(trials, ranges, keep):
    """Where in each range the best few stand, by exponents."""
    return {
        name: [np.log(s[name] / low) / np.log(high / low) for _, s in trials[:keep]]
        for name, (low, high) in ranges.items()
    }


def _sides(place_of, margin):
    sides = {
        name: "low" if p < margin else "high" if p > 1 - margin else None for name, p in place_of.items()
    }
    return {name: side for name, side in sides.items() if side}


@wrong("at_edge", "the place in the range was counted in numbers", earns=(0.0, 0.6))
def edge_by_numbers(trials, ranges, keep=3, margin=0.15):
    place_of = {
        name: np.mean([(s[name] - low) / (high - low) for _, s in trials[:keep]])
        for name, (low, high) in ranges.items()
    }
    return _sides(place_of, margin)


@wrong("at_edge", "not at an edge|expected", earns=(0.0, 0.3))
def edge_of_all_trials(trials, ranges, keep=3, margin=0.15):
    return _sides({n: np.mean(p) for n, p in _places(trials, ranges, None).items()}, margin)


@wrong("at_edge", "not at an edge", earns=(0.4, 0.95))
def edge_of_the_best_alone(trials, ranges, keep=3, margin=0.15):
    return _sides({n: p[0] for n, p in _places(trials, ranges, keep).items()}, margin)


@wrong("at_edge", "not at an edge", earns=(0.4, 0.95))
def edge_by_the_median(trials, ranges, keep=3, margin=0.15):
    return _sides({n: np.median(p) for n, p in _places(trials, ranges, keep).items()}, margin)


@wrong("at_edge", "expected 'low'|expected 'high'", earns=(0.0, 0.1))
def edges_exchanged(trials, ranges, keep=3, margin=0.15):
    sides = _sides({n: np.mean(p) for n, p in _places(trials, ranges, keep).items()}, margin)
    return {name: {"low": "high", "high": "low"}[side] for name, side in sides.items()}


@wrong("at_edge", "the dict has|expected not at an edge", earns=(0.0, 0.1))
def edge_none_for_the_middle(trials, ranges, keep=3, margin=0.15):
    sides = _sides({n: np.mean(p) for n, p in _places(trials, ranges, keep).items()}, margin)
    return {name: sides.get(name) for name in ranges}


@wrong("at_edge", "expected 'low'", earns=(0.0, 0.1))
def upper_edge_only(trials, ranges, keep=3, margin=0.15):
    sides = _sides({n: np.mean(p) for n, p in _places(trials, ranges, keep).items()}, margin)
    return {name: side for name, side in sides.items() if side == "high"}


@right("at_edge")
def edge_by_a_loop(trials, ranges, keep=3, margin=0.15):
    return _sides({n: np.mean(p) for n, p in _places(trials, ranges, keep).items()}, margin)


@right("at_edge")
def edge_by_decades(trials, ranges, keep=3, margin=0.15):
    found = {}
    best = trials[:keep]
    for name in ranges:
        low, high = np.log10(ranges[name])
        middle = sum(np.log10(settings[name]) for _, settings in best) / len(best)
        if middle < low + margin * (high - low):
            found[name] = "low"
        if middle > high - margin * (high - low):
            found[name] = "high"
    return found


@right("at_edge")
def edge_by_products(trials, ranges, keep=3, margin=0.15):
    """The mean of exponents is the root of a product of numbers."""
    found = {}
    for name, (low, high) in ranges.items():
        values = np.array([settings[name] for _, settings in trials[:keep]])
        typical = np.prod(values ** (1 / len(values)))
        if typical < low * (high / low) ** margin:
            found[name] = "low"
        elif typical > high / (high / low) ** margin:
            found[name] = "high"
    return found


# next_ranges


@wrong("next_ranges", "has 3.0 decades", earns=(0.0, 0.1))
def everything_again():
    return {"learning_rate": (1e-6, 1e-3), "reg": (1e-5, 1e5)}


@wrong("next_ranges", "your range ends at", earns=(0.3, 0.8))
def stops_at_the_edge():
    return {"learning_rate": (1e-4, 1e-3), "reg": (1e-3, 3.0)}


@wrong("next_ranges", "upper end of your range of learning_rate", earns=(0.0, 0.5))
def rates_too_low():
    return {"learning_rate": (1e-5, 1e-4), "reg": (1e-3, 3.0)}


@wrong("next_ranges", "lower end of your range of learning_rate", earns=(0.0, 0.7))
def rates_too_high():
    return {"learning_rate": (3e-3, 3e-2), "reg": (1e-3, 3.0)}


@wrong("next_ranges", "end of your range of reg", earns=(0.3, 0.7))
def reg_too_high():
    return {"learning_rate": (3e-4, 3e-3), "reg": (10.0, 1e4)}


@wrong("next_ranges", "0 < low < high", earns=(0.0, 0.1))
def ends_exchanged():
    return {"learning_rate": (3e-3, 3e-4), "reg": (3.0, 1e-3)}


@wrong("next_ranges", "should be a pair of numbers", earns=(0.0, 0.1))
def single_settings():
    return {"learning_rate": 1e-3, "reg": 0.1}


@right("next_ranges")
def a_decade_round_the_edge():
    return {"learning_rate": (3e-4, 3e-3), "reg": (1e-3, 3.0)}


@right("next_ranges")
def as_lists():
    return {"reg": [2e-4, 2.0], "learning_rate": [2e-4, 4e-3]}


@right("next_ranges")
def by_exponents():
    return {"learning_rate": tuple(10.0 ** np.array([-3.6, -2.4])), "reg": (10.0**-3.5, 10.0**0.4)}
