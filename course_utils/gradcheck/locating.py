"""Asks for the line where one small change would put a wrong gradient right, and decides when to say it unasked."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course_utils.gradcheck.judge import Judgement
from course_utils.gradcheck.lines import Known, Location, Task, Way, locate, situations, source_text
from course_utils.gradcheck.problem import Problem
from course_utils.gradcheck.report import ArgumentResult

# What the course asks learners to write: they look for the line themselves first.
GRADED = frozenset(
    [
        "graph_backward",
        "sigmoid_neuron_backward",
        "copy_backward",
        "affine_backward",
        "relu_backward",
        "leaky_relu_backward",
        "elu_backward",
        "tanh_backward",
        "sigmoid_backward",
        "maxout_backward",
        "softmax_loss",
        "svm_loss",
        "batchnorm_backward",
        "batchnorm_backward_alt",
        "layernorm_backward",
        "l2_regularization",
        "l1_regularization",
        "elastic_net",
        "dropout_backward",
        "dropconnect_backward",
        "conv_backward_naive",
        "max_pool_backward_naive",
        "avg_pool_backward",
        "spatial_batchnorm_backward",
        "spatial_groupnorm_backward",
        "TwoLayerNet",
        "FullyConnectedNet",
        "ThreeLayerConvNet",
        "LeNet5",
    ]
)
# Kinds of guesses that say what the numbers are, not what was done.
DESCRIBED = frozenset(["diagonal", "reg", "wrong array", "copied"])
# Digests of the versions of each graded function that have failed so far.
_FAILED: defaultdict[str, set[str]] = defaultdict(set)


def locator(
    problem: Problem, judged: Mapping[str, Judgement], h: float
) -> Callable[[float], Location | Way | None] | None:
    """A function of seconds that looks for the line; None where there is nothing to look for."""
    versions = problem.versions
    expected = {
        label: _expected(problem, name, judged.get(label), h) for name, label in problem.labels.items()
    }
    wrong = {label: known for label, known in expected.items() if known is not None}
    if versions is None or not wrong or any(not len(known.values) for known in wrong.values()):
        return None
    task = Task(
        function=versions.function,
        ask=versions.ask,
        dout=problem.dout,
        gradients=problem.gradients,
        expected=wrong,
        situations=lambda: situations(
            versions.evaluate or problem.evaluate,
            versions.given,
            problem.labels,
            problem.points,
            problem.out,
            versions.examples,
        ),
        routes=versions.routes,
    )
    return lambda seconds: locate(task, seconds)


def _expected(problem: Problem, name: str, found: Judgement | None, h: float) -> Known | None:
    """Where a wrong gradient should have which values, and how closely; None of a gradient whose values are right."""
    probe = problem.probe(name)
    if found is None:
        shape = problem.points[name].shape
        flat = np.unique(np.linspace(0, max(0, problem.points[name].size - 1), 8).astype(int))
        indices = [tuple(int(i) for i in np.unravel_index(k, shape)) for k in flat] if all(shape) else []
        numeric = {index: probe.entry(index, h)[1] for index in indices}
    elif found.wrong:
        odd = {entry.index for entry in found.entries if entry.verdict != "bug"}
        numeric = {index: value for index, value in found.numeric.items() if index not in odd}
    else:
        return None
    numeric = {index: value for index, value in numeric.items() if np.isfinite(value)}
    values = np.array(list(numeric.values()))
    places = tuple(np.array(axis) for axis in zip(*numeric, strict=True))
    tolerance = 1e-5 * float(np.max(np.abs(values), initial=0.0)) + 2 * probe.noise / h
    return Known(problem.points[name].shape, places, values, tolerance)


def with_line(
    results: list[ArgumentResult],
    problem: Problem,
    find: Callable[[float], Location | Way | None] | None,
    seconds: float,
) -> list[ArgumentResult]:
    """The results, the first wrong one with the line to look at, where it may be said and is known."""
    if not seconds or find is None or problem.versions is None or not _is_told(problem.versions.function):
        return results
    line = find(seconds)
    if line is None:
        return results
    first = next(k for k, result in enumerate(results) if result.name in line.labels)
    told = [_beside_a_line(result, problem.kind) for result in results]
    return [result.replace(where=str(line)) if k == first else result for k, result in enumerate(told)]


def _beside_a_line(result: ArgumentResult, of: str) -> ArgumentResult:
    """A result without a guess that only describes the numbers, where the line says what is wrong."""
    is_plain = result.cause is not None and result.cause.kind in DESCRIBED
    if is_plain and of == "model" and result.cause.kind == "reg":  # type: ignore[union-attr]
        # Models have a regularization, which the guess then speaks of.
        return result
    return result.replace(cause=None) if is_plain else result


def _is_told(function: Callable[..., Any]) -> bool:
    """Whether the line is said unasked: of a function that the course grades once a second version of it has failed."""
    # A method goes by the name of its class.
    *_, name = getattr(function, "__qualname__", "").removesuffix(".loss").split(".")
    if name not in GRADED:
        return True
    digest = hashlib.sha256(source_text(function).encode()).hexdigest()
    _FAILED[name].add(digest)
    return len(_FAILED[name]) > 1
