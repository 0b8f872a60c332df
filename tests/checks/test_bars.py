"""The bars that the hidden checks of every notebook are held to."""

import importlib
import inspect
import re

import numpy as np
import pytest
from empty_answers import EMPTY, OF_ANOTHER_FORM, trivial, unfilled
from notebook_checks import COURSE, checks_of, sentences, stumbles

from autograder.verdict.local import verdict_in_process
from course_utils.course import notebooks

ROOMS = [checks_of(assignment.checks) for assignment in COURSE.assignments if assignment.checks]
# Networks, and the capstone's: numbers are drawn for what has been built, and here nothing is.
NETWORKS = {"TwoLayerNet", "FullyConnectedNet", "ThreeLayerConvNet", "LeNet5", "predict", "ResNet"}
# What asks the notebook's own network, or takes its cache: here there is none.
OF_A_NETWORK = {
    "activation_maximization",
    "class_saliency",
    "dream_step",
    "exciting_patches",
    "guided_relu_backward",
    "occlusion_map",
}
ASK_A_NETWORK = NETWORKS | OF_A_NETWORK
# A choice, which is judged as it is; and what takes a graph, whose shape does not show.
NO_ARGUMENTS = {"next_ranges", "topological_order"}

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")

of_every_room = pytest.mark.parametrize("room", ROOMS, ids=str)
of_every_question = pytest.mark.parametrize(
    ("room", "question"), [(room, question) for room in ROOMS for question in room.checks], ids=str
)


def of_planted(which):
    """Parametrize over planted answers: `which` is "wrong" or "right"."""
    planted = [
        pytest.param(room, answer, id=f"{room}-{answer.question}-{answer.name}")
        for room in ROOMS
        for answer in getattr(room, which)
    ]
    return pytest.mark.parametrize(("room", "answer"), planted)


@of_planted("wrong")
def test_a_planted_wrong_answer_fails_for_its_reason(room, answer):
    verdict = room.ask(answer.question, room.with_planted(answer), 0)
    found = sentences(verdict)
    if not any(re.search(answer.reason, sentence) for sentence in found):  # a slip, which is looked for last
        found = sentences(room.ask(answer.question, answer.namespace(room.reference), 0, explained=True))
    assert any(re.search(answer.reason, sentence) for sentence in found), found
    low, high = answer.earns
    assert low <= verdict.fraction <= high, (verdict.fraction, found)
    assert stumbles(verdict) == []


@of_planted("right")
def test_a_planted_right_answer_earns_everything(room, answer, seeds):
    for seed in seeds:
        verdict = room.ask(answer.question, room.with_planted(answer), seed)
        assert sentences(verdict) == [], f"seed {seed}"


@of_every_question
def test_the_reference_earns_everything(room, question, seeds):
    """By the door that authors use, which finds the question's check by its notebook."""
    maximum = room.points[question]
    for seed in seeds:
        verdict = verdict_in_process(question, vars(room.reference), seed, COURSE, room.assignment.name)
        assert sentences(verdict) == [], f"seed {seed}"
        assert verdict.points(maximum) == maximum


class Watched(dict):
    """A namespace that knows which of its names were asked for."""

    def __init__(self, names):
        super().__init__(names)
        self.asked = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)


@of_every_question
def test_an_answer_that_says_nothing_earns_nothing(room, question):
    verdicts = {}
    for empty in EMPTY:
        own = dict.fromkeys(room.parts(question), empty)
        alone = Watched(room.kept | own)
        verdicts[empty.__name__, "this alone"] = room.ask(question, alone, 0)
        if alone.asked - {*own}:  # else the others are not asked for, whatever they are
            everything = dict.fromkeys(room.checks, empty)
            verdicts[empty.__name__, "everything"] = room.ask(question, everything, 0)
    assert {key: verdict.fraction for key, verdict in verdicts.items() if verdict.fraction} == {}
    assert {key: stumbles(verdict) for key, verdict in verdicts.items() if stumbles(verdict)} == {}


@of_every_question
def test_a_trivial_answer_earns_nothing(room, question):
    """Zero, an argument, a constant, NaN: alone, and in the form of a right answer."""
    right = {part: room.kept[part] for part in room.parts(question)}
    places = max(len(inspect.signature(answer).parameters) for answer in right.values())
    answers = {part: trivial(answer, places) for part, answer in right.items()}
    verdicts = {
        name: room.ask(question, room.kept | {part: answers[part][name] for part in answers}, 0)
        for name in answers[question]
    }
    earned = {
        name: [case.title for case in verdict.cases if case.passed] for name, verdict in verdicts.items()
    }
    assert {name: titles for name, titles in earned.items() if titles} == {}


@of_every_question
def test_a_skeleton_with_nothing_in_it_earns_nothing(room, question):
    """What stands around the regions to be filled, an inherited class among it, is no answer."""
    [source] = [cell.source for cell in room.cells if notebooks.grade_id(cell) == question]
    namespace = dict(room.kept)
    exec(re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "pass", source, flags=re.DOTALL), namespace)
    verdict = room.ask(question, namespace, 0)
    assert [case.title for case in verdict.cases if case.passed] == []


@of_every_question
def test_nothing_written_is_no_attempt(room, question):
    # Every stub is a function of its own: what is forbidden is one of them, not all.
    stubs = {name: lambda *args, **kwargs: unfilled() for name in room.written_by_students}
    assert not room.ask(question, stubs, 0).attempted
    assert not room.ask(question, {}, 0).attempted


@of_every_question
def test_the_cases_do_not_depend_on_the_student(room, question):
    filled = [(case.title, case.weight) for case in room.ask(question, room.kept, 0).cases]
    empty = [(case.title, case.weight) for case in room.ask(question, {}, 1).cases]
    assert filled == empty
    assert len({title for title, _ in filled}) == len(filled)


@of_every_question
def test_no_check_stumbles_over_an_answer_of_another_form(room, question):
    # Drawing the capstone's pictures takes a second each time.
    forms = list(OF_ANOTHER_FORM)[: 3 if question == "predict" else None]
    verdicts = {form: room.ask(question, room.kept | {question: OF_ANOTHER_FORM[form]}, 0) for form in forms}
    assert [form for form, verdict in verdicts.items() if verdict.fraction == 1] == []
    assert {form: stumbles(verdict) for form, verdict in verdicts.items() if stumbles(verdict)} == {}


def shown(value):
    """An argument as plain data, which can be compared."""
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    return str(value) if np.isscalar(value) else type(value).__name__


def arguments(room, question, seed):
    """What functions that always raise are shown."""
    asked = []

    def raising():
        def spy(*args, **kwargs):
            asked.append(shown([*args, kwargs]))
            raise ValueError("no")

        return spy

    room.ask(question, {name: raising() for name in room.written_by_students}, seed)
    return asked


@of_every_question
def test_a_seed_asks_the_same_question_again(room, question):
    first = arguments(room, question, 3)
    assert first == arguments(room, question, 3)
    if question not in ASK_A_NETWORK | NO_ARGUMENTS:
        assert first != arguments(room, question, 4)


@of_every_question
def test_every_check_has_planted_answers(room, question):
    for kind, planted, needed in (("wrong", room.wrong, 5), ("right", room.right, 3)):
        there = sum(answer.question == question for answer in planted)
        assert there >= needed, (
            f"answers/{room} has {there} {kind} answers to {question}: plant {needed} or more"
        )


@of_every_room
def test_every_question_of_the_notebook_has_a_check(room):
    assert set(room.points) == set(room.checks)


@of_every_room
def test_no_planted_answer_is_left_over(room):
    assert {answer.question for answer in room.answers} <= set(room.checks)
    assert len({(answer.question, answer.name) for answer in room.answers}) == len(room.answers)


@of_every_room
def test_what_is_forbidden_exists(room):
    for name in {name for check in room.checks.values() for name in check.forbids}:
        module, _, function = name.rpartition(".")
        if module:
            assert callable(getattr(importlib.import_module(module), function)), name
        else:
            assert callable(getattr(room.reference, function)), name
