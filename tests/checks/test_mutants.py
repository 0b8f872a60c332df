"""The mutation harness: it finds every question, breaks it in every way, and its bars hold on a sample."""

import ast
import re
from dataclasses import replace

import numpy as np
import pytest

from autograder.verdict.check import load_checks
from benchmarks.mutants import report
from benchmarks.mutants.asking import Helpers, judge, judge_mutant
from benchmarks.mutants.bars import BARS, missed_bars
from benchmarks.mutants.bounded import CPU_SECONDS, Outcome, bounded, in_child
from benchmarks.mutants.measuring import Row, measure, measure_mutants
from benchmarks.mutants.mutation import mutants
from benchmarks.mutants.questions import COURSE, equivalents, mutants_of, namespace_of, questions

QUESTIONS = questions()
MEASURED = [question for question in QUESTIONS if question.assignment.name in report.sections()]
EQUIVALENT = sorted(equivalents())

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

SOURCE = '''
def scale(x, factor=2.0):
    """Doc."""
    kept = 1 + 1
    ### BEGIN SOLUTION
    out = factor * x.copy()
    cache = (x, factor)
    return out, cache
    ### END SOLUTION
'''


def named(name, notebook="01_layers"):
    return next(q for q in QUESTIONS if q.name == name and q.assignment.name == notebook)


def made(notebook, name):
    return {mutant.change: mutant for mutant in mutants_of(named(name, notebook))}


def test_every_graded_function_of_every_notebook_is_found():
    for assignment in COURSE.assignments:
        if assignment.checks:
            found = {question.name for question in QUESTIONS if question.assignment == assignment}
            assert found == set(load_checks(assignment.checks))


def test_a_forward_pass_is_asked_together_with_its_backward_pass():
    assert named("affine_forward").asked == ("affine_forward", "affine_backward")
    assert named("affine_backward").asked == ("affine_backward",)
    assert named("softmax_loss").asked == ("softmax_loss",)


def test_mutants_are_distinct_programs_that_differ_inside_the_solution_only():
    found = mutants("scale", SOURCE)
    assert len({mutant.source for mutant in found}) == len({mutant.change for mutant in found}) == len(found)
    for mutant in found:
        assert ast.parse(mutant.source)
        assert "kept = 1 + 1" in mutant.source
        assert "factor=2.0" in mutant.source


@pytest.mark.parametrize(
    "change",
    [
        "out = factor * x.copy()  →  pass",
        "out = factor * x.copy()  →  out = factor + x.copy()",
        "out = factor * x.copy()  →  out = factor * x",
        "out = factor * x.copy()  →  out = x.copy()",
        "out = factor * x.copy()  →  out = x * x.copy()",
        "cache = (x, factor)  →  cache = _stale_((x, factor))",
        "return (out, cache)  →  return (_negative_(out), cache)",
        "return (out, cache)  →  return (_rounded_(out), cache)",
        "return (out, cache)  →  return (cache, out)",
        "return (out, cache)  →  _result_ = (out, cache) ; _damage_(x, _result_) ; return _result_",
    ],
)
def test_each_kind_of_mistake_is_made(change):
    assert change in {mutant.change for mutant in mutants("scale", SOURCE)}


UNREAD = """
def bend(x):
    ### BEGIN SOLUTION
    sharp = 2 * x
    kept = np.exp(x)
    cache = (sharp, kept)
    out = np.tanh(sharp)
    return out, cache
    ### END SOLUTION
"""


@pytest.mark.parametrize(
    "change",
    [
        "kept = np.exp(x)  →  kept = np.expm1(x)",
        "cache = (sharp, kept)  →  cache = (x, kept)",
        "cache = (sharp, kept)  →  cache = _stale_((sharp, kept))",
        "return (out, cache)  →  return (out, _stale_(cache))",
    ],
)
def test_what_goes_into_a_cache_alone_is_a_mistake_only_where_the_cache_is_read(change):
    assert change in {mutant.change for mutant in mutants("bend", UNREAD)}
    assert change not in {mutant.change for mutant in mutants("bend", UNREAD, cache_is_read=False)}


@pytest.mark.parametrize(
    "change",
    [
        "sharp = 2 * x  →  sharp = 3 * x",
        "out = np.tanh(sharp)  →  out = np.tanh(x)",
        "cache = (sharp, kept)  →  pass",
        "return (out, cache)  →  return (cache, out)",
        "return (out, cache)  →  return (cache,)",
        "return (out, cache)  →  _result_ = (out, cache) ; _damage_(x, _result_) ; return _result_",
    ],
)
def test_whatever_else_is_wrong_is_a_mistake_without_the_cache_as_well(change):
    assert change in {mutant.change for mutant in mutants("bend", UNREAD, cache_is_read=False)}


def test_a_cache_written_where_it_is_returned_may_hold_anything_too():
    source = UNREAD.replace("cache = (sharp, kept)", "pass").replace("out, cache", "out, (sharp, kept)")
    changes = {mutant.change for mutant in mutants("bend", source, cache_is_read=False)}
    assert "return (out, (sharp, kept))  →  return (_negative_(out), (sharp, kept))" in changes
    assert not [change for change in changes if "_negative_((sharp" in change or "(x, kept)" in change]


def test_a_cache_is_read_where_a_backward_pass_is_asked():
    forward = named("affine_forward")
    assert mutants_of(forward) == mutants(forward.name, forward.source)
    alone = replace(forward, asked=("affine_forward",))
    assert len(mutants_of(alone)) < len(mutants_of(forward))


def test_damage_is_done_once_and_never_to_what_is_returned():
    helpers = Helpers()
    x = np.array([1.0, -2.0])
    helpers.damage(x, (x[:1], None))
    assert not helpers.damaged
    helpers.damage(x, (x * 2, None))
    assert helpers.damaged
    assert (x != [1.0, -2.0]).all()


def test_an_endless_answer_counts_as_refused():
    def endless():
        while True:
            pass

    assert in_child(endless, cpu_seconds=1) == Outcome(hidden=True, visible=True)


def test_a_dying_answer_counts_as_refused():
    def dying():
        raise MemoryError

    assert in_child(dying) == Outcome(hidden=True, visible=True)


@pytest.mark.parametrize(("notebook", "question"), sorted({entry[:2] for entry in EQUIVALENT}))
def test_equivalent_mutants_are_still_made_and_still_accepted(notebook, question):
    asked, found = named(question, notebook), made(notebook, question)
    changes = [change for *where, change in EQUIVALENT if where == [notebook, question]]
    gone = [change for change in changes if change not in found]
    assert gone == [], f"{question} is not broken like this any more; remove the entry"
    assert not judge(asked, dict(namespace_of(asked.assignment)), 1, see=False).hidden

    def refused():
        return [change for change in changes if judge_mutant(asked, found[change], 1, see=False).hidden]

    # One process for all: a process costs more than a question, and what is accepted does not run wild.
    assert bounded(refused, CPU_SECONDS * len(changes)) == [], "a check refuses it now: it is no equivalent"


def test_every_equivalent_mutant_has_a_reason():
    assert [key for key, reason in equivalents().items() if len(reason) <= 10] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "question", MEASURED, ids=lambda question: f"{question.assignment.name}-{question.name}"
)
def test_a_sample_of_mutants_is_refused(question):
    """Four or so of each question; `make mutants` asks all."""
    every = max(11, len(mutants_of(question)) // 4)
    row = measure_mutants(question, seeds=1, every=every)
    assert row.survivors == []
    assert len(row.unseen) <= 1, row.unseen


def test_a_question_is_measured_with_its_planted_and_its_right_answers():
    # The other questions' planted answers are asked one by one beside their checks.
    row = measure(named("relu_backward"), seeds=1, right_seeds=2, every=20)
    assert not row.broken
    assert row.planted_hidden == row.planted >= 5
    assert row.refused == 0
    assert row.right >= 4


def test_bars_that_are_missed_are_named():
    row = Row(
        "relu_forward", "01_layers", ast=100, hidden=98, visible=79, planted=5, planted_hidden=4, refused=1
    )
    sentences = " ".join(missed_bars([row]))
    assert re.search("01_layers: hidden checks refuse 98.0 %", sentences)
    assert re.search("visible checks refuse 79.0 %", sentences)
    assert re.search("accept 1 planted", sentences)
    assert re.search("refused 1 times", sentences)
    good = Row("relu_forward", "01_layers", ast=100, hidden=99, visible=80, planted=5, planted_hidden=5)
    assert missed_bars([good]) == []
    doubtful = Row("relu_forward", planted=5, planted_hidden=5, doubtful=["a  →  b"])
    assert re.search(
        "a seed refuses what is called equivalent in relu_forward: a",
        " ".join(missed_bars([doubtful])),
    )
    near = Row("relu_forward", planted=5, planted_hidden=5, largest_right={"1e-08": 0.2})
    assert re.search("nearer to the tolerance 1e-08", " ".join(missed_bars([near])))
    bare = Row("relu_forward", "01_layers", broken=True, ast=100, hidden=99, visible=80)
    assert re.search("reference of relu_forward fails .* nothing is planted", " ".join(missed_bars([bare])))


def test_the_report_names_every_question_of_a_measured_notebook():
    assert "01_layers" in report.sections()
    for notebook, text in report.sections().items():
        expected = [question.name for question in QUESTIONS if question.assignment.name == notebook]
        assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [*expected, "all"]


@pytest.mark.parametrize("notebook", sorted({question.assignment.name for question in QUESTIONS}))
def test_the_report_keeps_the_bars(notebook):
    text = report.sections().get(notebook)
    again = f"run `python -m benchmarks.mutants --notebook {notebook}`"
    assert text, f"docs/mutants.md has no section {notebook}: {again}"
    seeds = int(re.search(r"each right one with (\d+)", text)[1])
    assert seeds >= 1000, f"docs/mutants.md asked the right answers of {notebook} with fewer seeds: {again}"
    cells = [cell.strip() for cell in re.search(r"^\| `all` \|(.*)\|$", text, re.MULTILINE)[1].split("|")]
    _, _, hidden, visible, planted, planted_hidden, _, right, refused, _ = (
        float(cell.removesuffix(" %")) for cell in cells
    )
    assert hidden >= 100 * BARS["hidden"]
    assert visible >= 100 * BARS["visible"]
    assert planted_hidden == 100
    assert planted >= 5 * len(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)[:-1])
    assert right >= 4
    assert refused == 0


def test_measuring_one_notebook_leaves_the_others_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "REPORT", tmp_path / "mutants.md")
    report.write_report([Row("f", "01_one", ast=3, hidden=3), Row("g", "02_two")], 3, 5)
    kept = report.sections()["02_two"]
    report.write_report([Row("f", "01_one", ast=4, hidden=4)], 3, 5)
    assert list(report.sections()) == ["01_one", "02_two"]
    assert report.sections()["02_two"] == kept
    assert "| `f` | 4 |" in report.sections()["01_one"]
