"""The check of the learning-curve doctor: curves that are drawn anew for each student."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checks.babysitting.drawn_curves import draw_history
from autograder.verdict.check import check
from autograder.verdict.expect import expect
from autograder.verdict.refusals import StudentError
from autograder.verdict.student import Student
from course_utils.compare import cut, kind_of
from course_utils.curves import CONDITIONS, Curve

_CURVES = 15
_OVERFITTING, _HEALTHY = "overfitting", "healthy"
_CLASSES = (4, 10, 20)
# So many of a condition's curves have to be recognised; as many others may be taken for it as may be missed.
_BANDS = {"most": (10, 2.0), "nearly all": (14, 1.0)}


@check("diagnose")
def diagnose(student: Student, reference: SimpleNamespace, rng: np.random.Generator) -> None:
    drawn = [(condition, _CLASSES[k % 3]) for condition in CONDITIONS for k in range(_CURVES)]
    curves = [(condition, draw_history(condition, rng, C), C) for condition, C in drawn]
    said, failure = _answers(student, [curves[i] for i in rng.permutation(len(curves))])

    def expect_asked() -> None:
        if failure is not None:
            raise failure

    for condition in CONDITIONS:
        for band, (needed, weight) in _BANDS.items():
            with student.case(f"{band} of the curves: {condition}", weight):
                expect_asked()
                if condition == _OVERFITTING:
                    _expect_gap(student, said, curves)
                _expect_recognised(said, condition, needed)
                _expect_meant(said, condition, needed)
    late = [(_HEALTHY, _late(draw_history(_HEALTHY, rng, C)), C) for C in _CLASSES * 5]
    with student.case("healthy curves whose accuracies rise late", 1.0):
        expect_asked()
        _expect_meant(said, _HEALTHY, _BANDS["most"][0])
        _expect_end(student, late)
    with student.case("the curves stay as they were", 0.5):
        expect_asked()
        for condition in CONDITIONS:
            _expect_recognised(said, condition, _CURVES // 2)
        student.expect_unchanged()


def _expect_gap(student: Student, said: list[tuple[str, str]], curves: list[Any]) -> None:
    """Fail the case where nothing was called overfitting but what had its two accuracies exchanged."""
    if any(word == _OVERFITTING for _, word in said):
        return
    exchanged = [
        (
            shown,
            history | {"train_accuracy": history["val_accuracy"], "val_accuracy": history["train_accuracy"]},
            C,
        )
        for shown, history, C in curves
        if shown == _OVERFITTING
    ]
    found, _ = _answers(student, exchanged)
    expect(
        all(word != _OVERFITTING for _, word in found),
        f'0 of {_CURVES} curves were recognised as "overfitting", and curves whose two accuracies were exchanged were: '
        "the gap is the training accuracy less the validation accuracy, not the other way round",
    )


def _late(history: Curve) -> Curve:
    """The same curves with accuracies that are far lower in the first epochs, and the same in the last."""
    epochs = np.arange(1, len(history["train_accuracy"]) + 1)
    accuracies = ("train_accuracy", "val_accuracy")
    return history | {name: history[name] * (1 - 0.7**epochs) for name in accuracies}


def _expect_end(student: Student, late: list[tuple[str, Curve, int]]) -> None:
    """Fail the case where an accuracy of the first epochs decides about the whole training."""
    said, failure = _answers(student, late)
    if failure is not None:
        raise failure
    words = Counter(word for _, word in said)
    expect(
        words[_HEALTHY] >= _BANDS["most"][0],
        f'{words[_HEALTHY]} of {_CURVES} curves whose accuracies rise late and end high were recognised as "{_HEALTHY}"; '
        f"the others were called {_counted(words, without=_HEALTHY)}: what counts is where a training ends",
    )


def _answers(student: Student, curves: list[Any]) -> tuple[list[tuple[str, str]], StudentError | None]:
    """(condition, what was said) of each curve, up to the first that stopped with an error, and that error."""
    said: list[tuple[str, str]] = []
    for condition, history, num_classes in curves:
        try:
            word = student.call("diagnose", history, num_classes, returns="")
        except StudentError as error:
            return said, error
        said.append((condition, _shown(word)))
    return said, None


def _shown(word: Any) -> str:
    return cut(word, 40) if isinstance(word, str) else f"({kind_of(word)})"


def _counted(words: Counter[str], without: str = "") -> str:
    """The most common words and how often each was said."""
    return ", ".join(f'"{word}" ({n})' for word, n in words.most_common(6) if word != without)


def _expect_recognised(said: list[tuple[str, str]], condition: str, needed: int) -> None:
    words = Counter(word for shown, word in said if shown == condition)
    others = _counted(words, without=condition)
    expect(
        words[condition] >= needed,
        f'{words[condition]} of {_CURVES} curves were recognised as "{condition}", expected {needed} at least; '
        f"the others were called {others}",
    )


def _expect_meant(said: list[tuple[str, str]], condition: str, needed: int) -> None:
    """Fail the case when the word is said of too many curves that show something else."""
    mistaken = Counter(shown for shown, word in said if word == condition != shown)
    expect(
        mistaken.total() <= _CURVES - needed,
        f'"{condition}" was also said of {mistaken.total()} curves that show something else: '
        f"{_counted(mistaken)}",
    )
