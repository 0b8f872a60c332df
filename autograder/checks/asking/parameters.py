"""What the parameters of a student's network must be: names, shapes, types and how they are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.checks.asking.advice import likely
from autograder.checks.asking.chance import SIGMAS
from autograder.verdict.expect import expect
from autograder.verdict.handle import Handle
from autograder.verdict.student import Student
from course_utils.compare import CheckFailed, Failure, listed

# Arrays by name, as "W1".
Params = dict[str, np.ndarray]

# What a network's parameters are, and the shapes of those of which the first rows alone come.
_FIRST_ROWS = """
class net:
    def params(self, net):
        if type(net.params) is not dict:
            return net.params
        come, whole = dict(net.params), {}
        for name, value in come.items():
            if type(value) is np.ndarray and value.size > 20_000:
                come[name], whole[name] = value[: max(1, 20_000 * len(value) // value.size)], list(value.shape)
        return come, whole

result = net()
"""


def expect_object(net: Any) -> Handle:
    """What calling the student's class gave, which must be a network."""
    expect(
        isinstance(net, Handle),
        f"calling the class must give a network with params and loss, not one {type(net).__name__}",
    )
    return net


def expect_params(net: Any, shapes: Mapping[str, tuple[int, ...]]) -> Params:
    """The student's parameters, which must be arrays of these names and shapes and nothing else."""
    return _expect_shapes(expect_object(net).read("params"), shapes, {})


def expect_large_params(student: Student, net: Any, shapes: Mapping[str, tuple[int, ...]]) -> Params:
    """As `expect_params`, but of each large parameter some thousand numbers, its first rows: megabytes take a while to come."""
    found = student.run_with_next(_FIRST_ROWS).params(expect_object(net))
    if not (isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], dict)):
        return _expect_shapes(found, shapes, {})
    params, whole = found
    return _expect_shapes(params, shapes, {name: tuple(shape) for name, shape in whole.items()})


def _expect_shapes(
    params: Any, shapes: Mapping[str, tuple[int, ...]], whole: Mapping[str, tuple[int, ...]]
) -> Params:
    """Parameters that must be of these shapes; `whole` has the shape of those of which rows were left out."""
    expect(isinstance(params, dict), f"params must be a dict, not one {type(params).__name__}")
    missing = [name for name in shapes if name not in params]
    more = [name for name in params if name not in shapes]
    expect(
        not missing and not more,
        f"params holds {listed(params)}; of what is expected it lacks {listed(missing)}, and it has {listed(more)} besides",
    )
    for name, shape in shapes.items():
        value = params[name]
        expect(
            isinstance(value, np.ndarray) and value.dtype.kind == "f",
            f"params[{name!r}] must be a float array",
        )
        found = whole.get(name, value.shape)
        expect(found == shape, f"params[{name!r}] has shape {found}, expected {shape}")
    return params


def expect_drawn(params: Params) -> None:
    """Fail the case unless every weight array holds finite numbers, and not one number throughout."""
    for name, value in params.items():
        if name.startswith("W"):
            expect(bool(np.isfinite(value).all()), f"{name} holds NaN or inf")
            expect(
                bool(np.ptp(value) > 0),
                f"{name} is {value.flat[0]:.3g} everywhere; it should be drawn at random",
            )


def expect_first_weights(
    params: Params,
    weight_scale: float,
    called: str = "weight_scale",
    mistaken: Mapping[str, float] | None = None,
) -> None:
    """Fail the case unless every weight array was drawn from a normal distribution of that scale, about 0.

    Args:
        called: what the scale is, in the student's words.
        mistaken: other scales, by what was done.
    """
    for name, value in params.items():
        if name.startswith("W"):
            n, values = value.size, value.astype(np.float64)
            error = 1 / np.sqrt(2 * n)
            if abs(values.std() / weight_scale - 1) >= SIGMAS * error:
                sentence = f"{name} has standard deviation {values.std():.3g}, expected {called} = {weight_scale:.3g}"
                others = (mistaken or {}).items()
                did = [did for did, other in others if abs(values.std() / other - 1) < 3 * error]
                raise CheckFailed(Failure(sentence, name, likely(did[0]) if len(did) == 1 else None))
            expect(
                abs(values.mean()) < SIGMAS * weight_scale / np.sqrt(n),
                f"{name} has mean {values.mean():.3g}, expected about 0",
            )
            sample = values.ravel()[:1000]
            expect(
                len(np.unique(sample)) > 0.9 * len(sample),
                f"{name} repeats its numbers; each should be drawn on its own",
            )


def expect_zero_biases(params: Params) -> None:
    """Fail the case unless every bias starts at zero."""
    for name, value in params.items():
        if name.startswith("b"):
            expect(
                not value.any(),
                f"{name} should start at zero, and starts at {value.flat[np.argmax(value != 0)]:.3g}",
            )


def expect_dtype(params: Params, name: str) -> None:
    """Fail the case unless all parameters have the type of that name, as "float32"."""
    for key, value in params.items():
        expect(value.dtype == np.dtype(name), f"params[{key!r}] has dtype {value.dtype}, expected {name}")
