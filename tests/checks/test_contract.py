"""What an answer that keeps to the contract may do, and what it may not do: held by the checks of every notebook."""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict, UserDict, defaultdict, namedtuple

import numpy as np
import pytest
from notebook_checks import COURSE, checks_of, sentences

ROOMS = [checks_of(assignment.checks) for assignment in COURSE.assignments if assignment.checks]
CLASSES = ("TwoLayerNet", "FullyConnectedNet", "ThreeLayerConvNet", "LeNet5")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")


def questions(wanted):
    """Parametrize over (room, question), those for which wanted(name) holds."""
    found = [(room, question) for room in ROOMS for question in room.checks if wanted(question)]
    return pytest.mark.parametrize(("room", "question"), found, ids=str)


def of_its_own_order(net):
    """The same class as another year may have it: the sizes first, all else in another order, and no rng."""

    class Ordered(net):
        def __init__(self, *sizes, **named):
            assert len(sizes) <= 1, f"{len(sizes)} arguments by position"
            assert "rng" not in named, "rng is our own argument"
            super().__init__(*sizes, **named)

    return Ordered


@questions(lambda question: question in CLASSES)
def test_what_stands_behind_the_sizes_is_passed_by_name(room, question):
    verdict = room.ask_with(question, of_its_own_order(room.kept[question]))
    assert sentences(verdict) == []


Pair = namedtuple("Pair", "first second")
Triple = namedtuple("Triple", "first second third")


def as_user_dict(value):
    if isinstance(value, dict):
        return UserDict({key: as_user_dict(item) for key, item in value.items()})
    return as_tuple(value, as_user_dict)


def as_ordered_dict(value):
    if isinstance(value, dict):
        return OrderedDict((np.str_(key), as_ordered_dict(item)) for key, item in value.items())
    return as_tuple(value, as_ordered_dict)


def as_default_dict(value):
    if isinstance(value, dict):
        return defaultdict(list, {key: as_default_dict(item) for key, item in value.items()})
    return as_tuple(value, as_default_dict)


def as_tuple(value, inner):
    named = {2: Pair, 3: Triple}
    if type(value) is tuple and len(value) in named:
        return named[len(value)](*map(inner, value))
    return [inner(item) for item in value] if type(value) in (list, tuple) else value


def as_scalar(value):
    """Numbers of NumPy for those of Python, and arrays without axes for those."""
    if type(value) in (bool, int, float):
        return np.asarray(value)[()]
    if isinstance(value, np.generic):
        return np.asarray(value)
    if type(value) in (list, tuple):
        return type(value)(map(as_scalar, value))
    return {key: as_scalar(item) for key, item in value.items()} if type(value) is dict else value


KINDS = (as_user_dict, as_ordered_dict, as_default_dict, as_scalar)


def of_kind(answer, kind):
    """The same answer, its results (and a model's parameters) of another kind."""
    if inspect.isclass(answer):

        class OfKind(answer):
            def __init__(self, *args, **kwargs):
                super().__init__(*args, **kwargs)
                if hasattr(self, "params"):  # a Tensor or a layer has none
                    self.params = kind(self.params)

            def loss(self, X, y=None):
                return kind(super().loss(X, y))

        return OfKind
    return functools.wraps(answer)(lambda *args, **kwargs: kind(answer(*args, **kwargs)))


FORWARD = ("_forward", "_forward_naive")


@pytest.mark.parametrize("kind", KINDS)
@questions(lambda question: not question.endswith(("_backward", *FORWARD)))
def test_what_behaves_like_a_dict_a_tuple_or_a_number_passes_for_one(room, question, kind):
    assert sentences(room.ask_with(question, of_kind(room.kept[question], kind))) == []


@questions(lambda question: question.endswith(FORWARD))
def test_a_pair_whose_parts_have_names_passes_for_one(room, question):
    """A cache may be anything, and is handed back as it is."""
    plain = room.kept[question]
    assert sentences(room.ask_with(question, lambda *args, **kwargs: Pair(*plain(*args, **kwargs)))) == []


def overwriting(forward, backward):
    """A forward pass whose cache holds what it was given, and a backward pass that overwrites that."""

    def remember(*args, **kwargs):
        out, cache = forward(*[np.copy(a) if isinstance(a, np.ndarray) else a for a in args], **kwargs)
        return out, (cache, args)

    def overwrite(dout, cache):
        cache, args = cache
        result = backward(dout, cache)
        for array in args:
            if isinstance(array, np.ndarray):
                array.fill(0)
        return result

    return remember, overwrite


def layers(takes_arrays=False):
    """(room, forward, backward) of every layer that has a cache."""
    for room in ROOMS:
        for question in room.checks:
            forward = question.replace("_backward", "_forward").removesuffix("_alt")
            if (
                "_backward" in question
                and forward not in ("copy_forward", "guided_relu_forward")  # none, and one that is given
                and not (takes_arrays and "graph" in question)
            ):
                yield pytest.param(room, forward, question, id=f"{room}-{question}")


@pytest.mark.parametrize(("room", "forward", "backward"), [*layers(takes_arrays=True)])
def test_a_backward_pass_that_overwrites_what_forward_was_given_is_told_so(room, forward, backward):
    pair = overwriting(room.kept[forward], room.kept[backward])
    verdict = room.ask(backward, room.kept | dict(zip((forward, backward), pair, strict=True)), 0)
    assert [s for s in sentences(verdict) if f"of {forward} (during {backward}) changed in place" in s]
    assert verdict.fraction < 1


def by_a_global(forward, backward):
    """A forward pass that keeps its cache in a variable of the module, and a backward pass that goes by that."""
    kept = []

    def remember(*args, **kwargs):
        out, cache = forward(*args, **kwargs)
        kept[:] = [cache]
        return out, None

    return remember, lambda dout, cache: backward(dout, kept[0])


@pytest.mark.parametrize(("room", "forward", "backward"), [*layers()])
def test_a_backward_pass_that_goes_by_a_global_earns_nothing(room, forward, backward):
    pair = by_a_global(room.kept[forward], room.kept[backward])
    verdict = room.ask(backward, room.kept | dict(zip((forward, backward), pair, strict=True)), 0)
    # The sum of dout alone asks for no cache.
    assert {case.title[:3] for case in verdict.cases if case.passed} <= {"db "}
    assert verdict.fraction < 0.15
    assert any("by its cache alone" in sentence for sentence in sentences(verdict))


def other_eps(forward):
    return lambda *args: forward(*args[:-1], {"eps": 1e-8} | args[-1])


def off_by_one(forward):
    def add_one(*args, **kwargs):
        out, cache = forward(*args, **kwargs)
        return out + 1, cache

    return add_one


def unscaled(forward):
    """Dropout that forgets to divide by p; its cache is as it should be."""

    def drop(*args):
        out, cache = forward(*args)
        return (out * args[-1]["p"] if args[-1]["mode"] == "train" else out), cache

    return drop


def by_a_difference_of_squares(forward):
    """A batch norm whose variance keeps no digits where numbers are far from zero, and whose cache holds that."""

    def normalize(x, gamma, beta, bn_param):
        std = np.sqrt((x**2).mean(axis=0) - x.mean(axis=0) ** 2 + bn_param["eps"])
        x_hat = (x - x.mean(axis=0)) / std
        return gamma * x_hat + beta, (x_hat, x - x.mean(axis=0), std, gamma)

    return normalize


def of_windows_that_tile(forward):
    """The assertion that many answers make of the sizes of windows."""

    def asserting(x, *args):
        *w, param = args
        sizes = w[0].shape[2:] if w else (param["pool_height"], param["pool_width"])
        for length, size in zip(x.shape[2:], sizes, strict=True):
            assert (length + 2 * param.get("pad", 0) - size) % param["stride"] == 0, "sizes do not fit"
        return forward(x, *args)

    return asserting


WRONG_FORWARDS = [
    ("layers", "relu_backward", off_by_one, set()),
    ("layers", "affine_backward", off_by_one, set()),
    ("layers", "maxout_backward", off_by_one, set()),
    ("batchnorm", "batchnorm_backward", off_by_one, set()),
    ("batchnorm", "batchnorm_backward", other_eps, set()),
    ("batchnorm", "batchnorm_backward", by_a_difference_of_squares, set()),
    ("batchnorm", "batchnorm_backward_alt", other_eps, set()),
    ("batchnorm", "layernorm_backward", other_eps, set()),
    ("convnets", "spatial_batchnorm_backward", other_eps, set()),
    ("convnets", "spatial_groupnorm_backward", other_eps, set()),
    ("convnets", "conv_backward_naive", off_by_one, set()),
    ("convnets", "conv_backward_naive", of_windows_that_tile, {"pixels that are left over"}),
    ("convnets", "max_pool_backward_naive", of_windows_that_tile, {"pixels that are left over"}),
    ("convnets", "avg_pool_backward", of_windows_that_tile, {"pixels that are left over"}),
    ("dropout", "dropout_backward", unscaled, set()),
    ("dropout", "dropconnect_backward", off_by_one, set()),
    ("dropout", "dropconnect_backward", unscaled, set()),
]


@pytest.mark.parametrize(("room", "backward", "spoil", "lost"), WRONG_FORWARDS)
def test_a_right_backward_pass_is_not_punished_for_its_forward_pass(room, backward, spoil, lost):
    room = checks_of(room)
    forward = backward.replace("_backward", "_forward").removesuffix("_alt")
    spoilt = {forward: spoil(room.kept[forward])}
    verdict = room.ask(backward, room.kept | spoilt, 0)
    assert {case.title for case in verdict.cases if not case.passed} == lost, sentences(verdict)


@pytest.mark.parametrize("forward", ["conv_forward_naive", "max_pool_forward_naive", "avg_pool_forward"])
def test_sizes_that_do_not_fit_are_a_case_of_their_own(forward):
    room = checks_of("convnets")
    verdict = room.ask_with(forward, of_windows_that_tile(room.kept[forward]))
    assert [case.title for case in verdict.cases if not case.passed] == ["pixels that are left over"]
