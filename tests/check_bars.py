"""The bars that the hidden checks of every notebook are held to; a test module names its checks and calls these."""

import re
from collections.abc import Callable

import numpy as np

import answers
from autograder.course.reference import load_reference
from autograder.verdict.check import ask_in_process, load_checks
from autograder.verdict.verdict import Verdict


class Bars:
    """The checks of one notebook with its reference and the answers planted for them.

    Args:
        checks: module of `autograder.checks`.
        assignment: whose solution cells are the reference.
    """

    def __init__(self, checks: str, assignment: str):
        self.checks = load_checks(checks)
        self.assignment = assignment
        self.answers = answers.planted(checks)
        self.wrong = [answer for answer in self.answers if answer.reason]
        self.right = [answer for answer in self.answers if not answer.reason]

    @property
    def reference(self):
        return load_reference(self.assignment)

    def ask(self, question: str, namespace: dict, seed: int) -> Verdict:
        return ask_in_process(self.checks[question], namespace, self.reference, seed)

    def failures(self, question: str, namespace: dict, seed: int) -> list[str]:
        """One sentence for each case that failed."""
        verdict = self.ask(question, namespace, seed)
        return [f"{case.title}: {case.message}" for case in verdict.cases if not case.passed]

    def fails_for_its_reason(self, answer: answers.Planted, seeds: range) -> None:
        for seed in seeds:
            verdict = self.ask(answer.question, answer.namespace(self.reference), seed)
            found = [f"{case.title}: {case.message}" for case in verdict.cases if not case.passed]
            assert any(re.search(answer.reason, sentence) for sentence in found), found
            low, high = answer.earns
            assert low <= verdict.fraction <= high, (verdict.fraction, found)
            assert not any(case.outcome == "stumbled" for case in verdict.cases), found

    def earns_everything(self, question: str, namespace: dict, seeds: range) -> None:
        for seed in seeds:
            assert self.failures(question, namespace, seed) == [], f"seed {seed}"

    def earns_nothing(self, question: str, empty: Callable, seeds: range) -> None:
        everything = dict.fromkeys(self.checks, empty)
        alone = vars(self.reference) | {question: empty}
        for namespace in (everything, alone):
            for seed in seeds:
                assert self.ask(question, namespace, seed).fraction <= 0.02

    def has_planted_answers(self, question: str) -> None:
        assert len([answer for answer in self.wrong if answer.question == question]) >= 5
        assert len([answer for answer in self.right if answer.question == question]) >= 3

    def asks_every_student_alike(self, question: str) -> None:
        filled = [(case.title, case.weight) for case in self.ask(question, vars(self.reference), 0).cases]
        empty = [(case.title, case.weight) for case in self.ask(question, {}, 1).cases]
        assert filled == empty
        assert len({title for title, _ in filled}) == len(filled)


def label(answer: answers.Planted) -> str:
    return f"{answer.question}-{answer.name}"


def unfilled(*args, **kwargs):
    raise NotImplementedError("this function is not written yet (section 5)")


def nothing(*args, **kwargs):
    return None


def a_pair_of_nothing(*args, **kwargs):
    return None, None


def inputs_back(*args, **kwargs):
    return args


def first_input_back(*args, **kwargs):
    return args[0]


def a_copy_of_the_first_input(*args, **kwargs):
    return np.array(args[0])


def first_input_and_cache(*args, **kwargs):
    return args[0], args


def zeros_like_inputs(*args, **kwargs):
    arrays = [np.zeros_like(a) for a in args if isinstance(a, np.ndarray | float)]
    return (arrays[0], args) if len(arrays) == 1 else tuple(arrays)


def zero_and_cache(*args, **kwargs):
    return np.zeros_like(args[0]), args


def always_a_value_error(*args, **kwargs):
    raise ValueError("no")


class EmptyNet:
    def __init__(self, *args, **kwargs):
        self.params = {}

    def loss(self, X, y=None):
        return 0.0 if y is None else (0.0, {})


EMPTY = (
    unfilled,
    nothing,
    a_pair_of_nothing,
    inputs_back,
    first_input_back,
    a_copy_of_the_first_input,
    first_input_and_cache,
    zeros_like_inputs,
    zero_and_cache,
    always_a_value_error,
    EmptyNet,
)
