"""What is said of an answer that a small slip in the reference gives, and when nothing is said."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from notebook_checks import COURSE, ask_edited, checks_of, edited

from autograder.course.reference import load_reference
from autograder.verdict.check import explain
from autograder.verdict.oracle import Oracle
from autograder.verdict.slips.bounded import bounded
from autograder.verdict.slips.probe import Probe
from autograder.verdict.slips.state import kept, made_again
from autograder.verdict.slips.transcript import HELD, holds_fractions, same, says_something
from autograder.verdict.slips.versions import Cell, Version
from course_utils.gradcheck.lines.source import TRIED
from course_utils.grading import Responder
from course_utils.grading.grade import answer_grader

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# Room, question, what the reference has, what stands there instead, what is said.
SLIPS = [
    ("batchnorm", "batchnorm_forward", "mean = x.mean(axis=0)", "mean = x.mean(axis=1, keepdims=True)",
     "the mean of x ran over axis 1; it runs over axis 0"),
    ("batchnorm", "layernorm_forward", "x.mean(axis=1, keepdims=True)", "x.mean(axis=0)",
     "the mean of x ran over axis 0; it runs over axis 1"),
    ("batchnorm", "activation_statistics", "h.std()", "h.var()",
     "the variance of h was taken; it is the standard deviation"),
    ("layers", "numeric_gradient", "        x[i] = old\n", "", "x[i] was not set"),
    ("dropout", "color_jitter", "axis=(1, 2, 3)", "axis=(2, 3)",
     "the mean of X ran over axes 2 and 3; it runs over axes 1, 2 and 3"),
    ("convnets", "conv_output_shape", "2 * pad - HH", "pad - HH", "the factor 2 of pad was forgotten"),
    ("convnets", "count_parameters", "* size * size + F", "* size * size", "the term F was forgotten"),
    ("convnets", "count_parameters", 'layer.get("pad", 0)', 'layer.get("pad", 1)',
     "pad was 1 where none is passed in; its default is 0"),
    ("convnets", "spatial_batchnorm_forward", "x.transpose(0, 2, 3, 1).reshape(-1, C)", "x.reshape(-1, C)",
     "the axes of x were not moved with transpose"),
    ("convnets", "max_pool_backward_naive", "window.argmax()", "window.argmin()",
     "the place of the smallest number of window was taken"),
    ("convnets", "max_pool_backward_naive", "row, column = np", "column, row = np", "row and column were swapped"),
    ("babysitting", "kfold_splits", "folds[i + 1 :]", "folds[i:]", "i stood where i + 1 belongs"),
    ("babysitting", "should_stop", "not np.isfinite(losses[-1])", "np.isnan(losses[-1])",
     "nan alone was asked for"),
    ("babysitting", "at_edge", "np.log(np.array(best) / low)", "np.log(np.array(best)) - low",
     "the logarithm of low was forgotten"),
    ("babysitting", "narrow_ranges", "trials[:keep]", "trials[-keep:]", "the last ones were taken"),
    ("babysitting", "preprocess", "mean(axis=(0, 2, 3), keepdims=True)", "mean(axis=(0, 1), keepdims=True)",
     "the mean of X_train ran over axes 0 and 1; it runs over axes 0, 2 and 3"),
    ("layers", "relu_forward", "np.maximum(x, 0)", "np.max(x, 0)", "np.max was called, which goes along an axis"),
    ("dropout", "FullyConnectedNet", "hidden_backward(dropout_backward(dout, dropout_cache), hidden_cache, i)",
     "hidden_backward(dout, hidden_cache, i)", "dropout_backward was forgotten"),
    ("convnets", "count_parameters", "* size * size + F", "* size * size + 1", "1 was added; it is F"),
    ("convnets", "spatial_batchnorm_backward", "dout.transpose(0, 2, 3, 1)", "dout.transpose(0, 3, 2, 1)",
     "the axes were moved by transpose(0, 3, 2, 1)"),
    ("convnets", "ThreeLayerConvNet", "affine_forward(active, W3, b3)", "affine_forward(hidden, W3, b3)",
     "relu_forward was left out"),
    ("babysitting", "overfit_small", "kept, model.reg = model.reg, 0.0", "kept = model.reg", "reg was not set"),
    ("babysitting", "diagnose", "2.0 * np.log(num_classes)", "2.0",
     "the factor the logarithm of num_classes was forgotten"),
    ("autograd", "no_grad", "Tensor.recording = False", "pass", "Tensor.recording was not set"),
    ("optimizers", "cosine_restarts", "t >= length", "t > length", "> length was asked; it is >= length"),
    ("deep", "lsuv_init", "np.std(x @ w + b)", "np.var(x @ w + b)",
     "the variance was taken; it is the standard deviation"),
]  # fmt: skip


def slips(verdict):
    """What is said of slips."""
    causes = [case.failure.cause for case in verdict.cases if case.failure]
    return {cause.clause for cause in causes if cause and cause.kind == "slip"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "question", "old", "new", "said"),
    SLIPS,
    ids=[f"{room}-{question}" for room, question, *_ in SLIPS],
)
def test_a_slip_is_said_where_it_gives_the_very_answers(room, question, old, new, said):
    verdict = ask_edited(room, question, (old, new))
    [clause] = slips(verdict)
    assert clause.startswith(said)
    assert any(f"It looks as if {said}" in case.message for case in verdict.cases)


@pytest.mark.parametrize(
    ("room", "question", "changes"),
    [
        # Two slips, of which neither alone gives the answers.
        ("batchnorm", "layernorm_forward", [("x.mean(axis=1, keepdims=True)", "x.mean(axis=0)"), ("gamma *", "2 * gamma *")]),
        # No slip of one place.
        ("babysitting", "at_edge", [("found = {}", "found, ranges = {}, {}")]),
        # Infinite numbers are what many slips give.
        ("layers", "softmax_loss", [("x.max(axis=1, keepdims=True)", "0")]),
        # Of three whole numbers many slips may be the reason.
        ("convnets", "conv_output_shape", [("min(OH, OW) < 1", "min(OH, OW) < 0")]),
    ],
)  # fmt: skip
def test_nothing_is_said_without_evidence(room, question, changes):
    verdict = ask_edited(room, question, *changes)
    assert verdict.fraction < 1
    assert not slips(verdict)


def test_a_right_answer_has_no_slips():
    verdict = ask_edited("batchnorm", "layernorm_forward")
    assert verdict.fraction == 1


@pytest.mark.parametrize(
    "assignment", [each for each in COURSE.assignments if each.checks], ids=lambda each: each.name
)
def test_the_cells_of_every_notebook_can_be_made_again(assignment):
    reference = vars(load_reference(assignment.name, COURSE))
    again = made_again(reference)
    assert again.keys() == reference.keys()
    assert any(again[name] is not reference[name] for name in reference)


@pytest.mark.parametrize(
    "value", ["10**399", "{1: {2: [None]}}", "np.full((2, 2), 1j)", "''", "[]", "float('nan')"]
)
def test_odd_answers_are_no_fault(value, caplog):
    verdict = ask_edited("optimizers", "step_decay", ("learning_rate * factor ** (t // every)", value))
    assert not slips(verdict)
    assert verdict.fraction == 0
    assert "no slip could be looked for" not in caplog.text


def test_answers_that_differ_by_rounding_are_the_same():
    one = {"a": [np.array([1e6, 1.0]), 2], "b": (True, "text", HELD, None)}
    other = {"b": (True, "text", HELD, None), "a": [np.array([1e6, 1.0 + 1e-7]), 2]}
    assert same(one, other)
    assert not same(one, other | {"a": [np.array([1e6, 1.1]), 2]})
    assert same(one, other | {"a": [np.array([7.0, 8.0]), 3]}, form_alone=True)
    assert not same(one, other | {"a": [np.array([7.0]), 3]}, form_alone=True)
    assert not same(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))
    assert not same(np.array([1, 2]), np.array([1.0, 2.0]))


def test_answers_that_say_nothing():
    for answer in (None, [], {"a": None}, np.array([np.inf]), np.ones(3), 10**399):
        assert not says_something(answer)
    assert says_something({"a": np.arange(3)})
    assert holds_fractions([1, np.array([0.5])])
    assert not holds_fractions([1, np.array([2.0]), True, "0.5"])


def test_every_version_of_a_cell_is_python_and_another_one():
    cell = Cell(
        "def f(x, p=0.5):\n    total = 0\n    for i in range(len(x)):\n        total += x[i] ** 2 * p\n    return total / len(x)\n"
    )
    right, given = cell_value(cell.codes), set()
    for version in cell.versions():
        try:
            given.add(cell_value(version.codes))
        except Exception:
            continue
    assert len(given - {right}) > 15


def cell_value(codes):
    """What the function of a cell gives for one input."""
    space = {"np": np}
    for code in codes:
        exec(code, space)
    return float(space["f"]([1.0, 2.0, 4.0]))


def test_first_weights_are_told_by_their_scale():
    """They are drawn anew each time, so that no slip could give the very numbers."""
    for old, new, said in (
        ("np.sqrt(1 / fan_in)", "1 / fan_in", "the root was forgotten"),
        ("np.sqrt(2 / fan_in)", "np.sqrt(2 / fan_out)", "fan_out was taken for fan_in"),
        ("rng.normal(", "rng.random(", "the numbers were drawn uniformly, from 0 to 1 times the scale"),
    ):
        verdict = ask_edited("batchnorm", "init_weights", (old, new))
        assert any(f"It looks as if {said}" in case.message for case in verdict.cases)


def test_what_versions_change_is_the_next_version_s_no_more(monkeypatch):
    """Versions of no_grad that leave recording off are tried; the reference and its copy are looked at before each."""
    reference, seen, left = checks_of("autograd").reference, [], []
    namespace_of, fits = Version.namespace, Probe.fits

    def watched(version, names):
        seen.extend((names["Tensor"].recording, reference.Tensor.recording))
        return namespace_of(version, names)

    def tried(probe, namespace):
        found = fits(probe, namespace)
        left.append(namespace["Tensor"].recording)
        return found

    monkeypatch.setattr(Version, "namespace", watched)
    monkeypatch.setattr(Probe, "fits", tried)
    ask_edited("autograd", "no_grad", ("Tensor.recording = False", "Tensor.recording = 2.5"))
    assert False in left
    assert all(found is True for found in seen)


def test_the_copy_of_a_reference_works_with_its_own_names():
    reference = vars(checks_of("autograd").reference)
    copy = made_again(reference)
    with copy["no_grad"]():
        assert not copy["Tensor"].recording
        assert reference["Tensor"].recording
    layer = copy["Linear"](2, 3, np.random.default_rng(0))
    assert isinstance(layer.w, copy["Tensor"])
    assert not isinstance(layer.w, reference["Tensor"])


class Machine:
    level, tried = 1, []


def test_all_that_a_reference_holds_is_put_back():
    table, names, seen, numbers = {"a": 1}, [1, 2], {1}, np.arange(3.0)
    held = {"Machine": Machine, "table": table, "names": names, "seen": seen, "numbers": numbers}
    with kept({"__name__": __name__, **held}):
        Machine.level, Machine.more = 2, 3
        Machine.tried.append(1)
        table["b"] = 2
        names.clear()
        seen.add(2)
        numbers += 1
    assert (Machine.level, Machine.tried, hasattr(Machine, "more")) == (1, [], False)
    assert (table, names, seen, numbers.tolist()) == ({"a": 1}, [1, 2], {1}, [0.0, 1.0, 2.0])


def test_a_version_whose_numbers_grow_for_ever_is_ended():
    """As a version of cosine_restarts that multiplies where a length is taken away: its lines alone would take hours."""
    source = "def grow():\n    t, n = 3, 3\n    while t:\n        t *= n\n        n *= 2\n"
    space = {}
    exec(compile(source, TRIED, "exec"), space)
    before = time.thread_time()
    assert bounded(space["grow"], seconds=0.1) is None
    assert time.thread_time() - before < 5


def test_no_kernel_waits_for_what_is_only_said_of_its_answers():
    """Its time would run meanwhile, and how long it waits would tell it what its answers were worth."""
    room, question = checks_of("batchnorm"), "layernorm_forward"
    answer = edited("batchnorm", question, ("x.mean(axis=1, keepdims=True)", "x.mean(axis=0)"))
    with TemporaryDirectory(prefix="o-") as folder:
        oracle = Oracle(Path(folder), room.checks, room.reference, 1)
        oracle.open(question)
        answer_grader(oracle.endpoint, question, Responder(answer))
        oracle.shut_down()
    cases = [case for case in oracle.verdicts[question].cases if case.failure]
    earned = oracle.verdicts[question].fraction
    assert not any("ran over axis 0" in case.message for case in cases)
    explain(oracle.explanations)
    assert any("ran over axis 0; it runs over axis 1" in case.message for case in cases)
    assert oracle.verdicts[question].fraction == earned
