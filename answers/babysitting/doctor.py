"""Planted answers: the learning-curve doctor."""

import numpy as np

from answers import right, wrong
from course_utils.curves import example_curves


def _symptoms(history, num_classes):
    """What can be read off a history, by name."""
    loss, train, val = history["loss"], history["train_accuracy"], history["val_accuracy"]
    tenths = [part.mean() for part in np.array_split(loss, 10)]
    return {
        "lost": not np.isfinite(loss[-1]) or loss[-1] > 3 * loss[0],
        "falls back": np.maximum(-np.diff(train[len(train) // 2 :]), 0).mean(),
        "jumps": np.diff(loss[len(loss) // 2 :]).std() / np.log(num_classes),
        "first": loss[0] / np.log(num_classes),
        "woke": (tenths[0] - tenths[2]) / (tenths[0] - tenths[-1]),
        "late": (tenths[6] - tenths[-1]) / (tenths[0] - tenths[-1]),
        "gap": np.mean(train[-3:] - val[-3:]),
        "last": train[-1],
        "early": train[1],
    }


RULES = {
    "diverged": lambda s: s["lost"],
    "rate too high": lambda s: s["falls back"] > 0.01,
    "batch too small": lambda s: s["jumps"] > 0.11,
    "bad init": lambda s: s["first"] > 2 or s["woke"] < 0.1,
    "rate too low": lambda s: s["late"] > 0.2,
    "overfitting": lambda s: s["gap"] > 0.16,
    "underfitting": lambda s: s["last"] < 0.66,
    "healthy": lambda s: True,
}


def _doctor(rules):
    def diagnose(history, num_classes=10):
        with np.errstate(all="ignore"):
            symptoms = _symptoms({name: np.asarray(curve) for name, curve in history.items()}, num_classes)
        return next((word for word, holds in rules.items() if holds(symptoms)), "healthy")

    return diagnose


def _without(word):
    return {w: holds for w, holds in RULES.items() if w != word}


def _first(*words):
    return {w: RULES[w] for w in words} | RULES


for _name, _reason, _rules, _earns in (
    (
        "never_sees_overfitting",
        '0 of 15 curves were recognised as "overfitting"',
        _without("overfitting"),
        (0.7, 0.9),
    ),
    ("never_sees_bad_init", 'were recognised as "bad init"', _without("bad init"), (0.6, 0.9)),
    (
        "never_sees_underfitting",
        '0 of 15 curves were recognised as "underfitting"',
        _without("underfitting"),
        (0.7, 0.9),
    ),
    (
        "takes_high_rates_for_small_batches",
        'were recognised as "rate too high"',
        _without("rate too high"),
        (0.5, 0.95),
    ),
    (
        "only_looks_at_plateaus",
        'were recognised as "bad init"',
        RULES | {"bad init": lambda s: s["woke"] < 0.1},
        (0.7, 0.99),
    ),
    (
        "only_looks_at_the_first_loss",
        'were recognised as "bad init"',
        RULES | {"bad init": lambda s: s["first"] > 2},
        (0.6, 0.99),
    ),
    (
        "too_strict_about_gaps",
        'recognised as "healthy"|also said',
        RULES | {"overfitting": lambda s: s["gap"] > 0.03},
        (0.5, 0.95),
    ),
    (
        "judges_by_the_second_epoch",
        "whose accuracies rise late and end high were recognised as",
        RULES | {"underfitting": lambda s: s["early"] < 0.66},
        (0.7, 0.99),
    ),
    ("asks_about_underfitting_first", "also said of", _first("diverged", "underfitting"), (0.1, 0.9)),
):
    _answer = _doctor(_rules)
    _answer.__name__, _answer.__module__ = _name, __name__
    wrong("diagnose", _reason, earns=_earns)(_answer)


@wrong("diagnose", "also said of 105 curves that show something else", earns=(0.0, 0.02))
def everybody_is_ill(history, num_classes=10):
    return "overfitting"


@wrong("diagnose", r"called \"Overfitting\"", earns=(0.7, 0.9))
def another_spelling(history, num_classes=10):
    word = _doctor(RULES)(history, num_classes)
    return "Overfitting" if word == "overfitting" else word


@wrong("diagnose", "recognised as", earns=(0.0, 0.9))
def thinks_of_ten_classes_and_raw_losses(history, num_classes=10):
    loss, train = np.asarray(history["loss"]), np.asarray(history["train_accuracy"])
    if not np.isfinite(loss[-1]) or loss[-1] > 3 * loss[0]:
        return "diverged"
    if loss[0] > 2.4:
        return "bad init"
    if loss[-1] > 0.9 * loss[0]:
        return "rate too low"
    if train[-1] - history["val_accuracy"][-1] > 0.16:
        return "overfitting"
    return "underfitting" if train[-1] < 0.66 else "healthy"


def _outline(history, num_classes):
    """Twenty numbers of each curve, by which curves of any length can be compared."""
    with np.errstate(all="ignore"):
        loss = np.nan_to_num(np.minimum(history["loss"] / np.log(num_classes), 5), nan=5.0)
    curves = (loss, history["train_accuracy"], history["val_accuracy"])
    return np.concatenate([np.interp(np.linspace(0, 1, 20), np.linspace(0, 1, len(c)), c) for c in curves])


@wrong("diagnose", "recognised as|also said of", earns=(0.0, 0.75))
def calls_it_what_the_nearest_example_is_called(history, num_classes=10):
    examples = [(word, pair) for word, curves in example_curves().items() for pair in curves]
    outline = _outline(history, num_classes)
    return min(examples, key=lambda example: np.linalg.norm(_outline(*example[1]) - outline))[0]


for _name, _rules in (
    ("a_doctor_with_rules", RULES),
    (
        "a_doctor_with_other_limits",
        RULES
        | {
            "batch too small": lambda s: s["jumps"] > 0.095,
            "overfitting": lambda s: s["gap"] > 0.155,
            "underfitting": lambda s: s["last"] < 0.69,
            "rate too low": lambda s: s["late"] > 0.23,
        },
    ),
    (
        "a_doctor_who_asks_in_another_order",
        {
            word: RULES[word]
            for word in (
                "diverged",
                "rate too high",
                "batch too small",
                "bad init",
                "overfitting",
                "rate too low",
                "underfitting",
                "healthy",
            )
        },
    ),
):
    _answer = _doctor(_rules)
    _answer.__name__, _answer.__module__ = _name, __name__
    right("diagnose")(_answer)
