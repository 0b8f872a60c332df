"""The named mistakes: no two give the same numbers where a question is first asked, and each is told somewhere."""

import sys
from contextlib import contextmanager
from functools import lru_cache
from itertools import combinations

import numpy as np
import pytest

from autograder.checks.asking.advice import told
from autograder.checks.mistakes.known import REGISTRY
from autograder.checks.mistakes.schedules import SCHEDULES
from autograder.checks.optimizers.schedules import PROBES
from autograder.course.manifest import Course
from autograder.course.reference import load_reference
from autograder.verdict.check import ask_in_process, load_checks
from course_utils.compare import Match

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# The nearest mistake is told: rounding leaves 1e-13, so that these are apart.
TOLD_APART = 1e-12
NOTEBOOKS = {a.name: a.checks for a in Course.find().assignments if a.checks}
QUESTIONS = [
    (notebook, question) for notebook, checks in NOTEBOOKS.items() for question in load_checks(checks)
]


@lru_cache
def reference(notebook):
    return load_reference(notebook)


class Watched:
    """What could be told of a right answer's comparisons, one after the other."""

    def __init__(self):
        self.known, self.told, self.first_doubles = set(), set(), None

    @contextmanager
    def __call__(self, actual, mistakes):
        yield
        actual, told, doubles = np.asarray(actual, dtype=float), [], []
        for did, values in mistakes().items():
            self.known.add(did)
            match = Match(values, tolerance=TOLD_APART * float(np.max(np.abs(values), initial=0.0)))
            if match.empty or match.fits(actual):
                continue  # here it is no mistake
            same = [other for other, other_match in told if other_match.fits(np.asarray(values, dtype=float))]
            doubles += [(same[0], did)] if same else []
            told += [] if same else [(did, match)]
        self.told |= {did for did, _ in told}
        self.first_doubles = doubles if self.first_doubles is None else self.first_doubles


@pytest.mark.parametrize(("notebook", "question"), QUESTIONS, ids=lambda value: value)
def test_mistakes_are_told_apart(notebook, question, monkeypatch):
    watched = Watched()
    for name, module in list(sys.modules.items()):
        if name.startswith("autograder.checks.") and getattr(module, "told", None) is told:
            monkeypatch.setattr(module, "told", watched)
    check = load_checks(NOTEBOOKS[notebook])[question]
    with np.errstate(all="ignore"):
        verdict = ask_in_process(check, vars(reference(notebook)), reference(notebook), 0)
    assert verdict.fraction == 1, [case.message for case in verdict.cases if not case.passed]
    assert not watched.first_doubles
    assert watched.known == watched.told


def test_mistakes_are_registered_under_the_name_of_a_question():
    strangers = set(REGISTRY) - {question for _, question in QUESTIONS}
    assert not strangers, f"no notebook asks for {', '.join(sorted(strangers))}, which mistakes_in(...) names"


@pytest.mark.parametrize("name", SCHEDULES)
def test_mistaken_schedules_differ_where_they_are_looked_for(name):
    rules = {"right": getattr(reference("05_optimizers"), name), **SCHEDULES[name]}
    rates = {did: [rule(*map(np.float64, probe)) for probe in PROBES[name]] for did, rule in rules.items()}
    alike = [
        (one, other)
        for one, other in combinations(rates, 2)
        if np.allclose(rates[one], rates[other], rtol=1e-9, atol=0)
    ]
    assert not alike
