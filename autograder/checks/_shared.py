"""What several checks need: inputs that say something, and a layer asked and compared as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograder.checking import CheckFailed, expect, expect_close
from autograder.checks import _mistakes
from autograder.student import Handle, NoAnswer, NotWritten, Student
from course_utils.compare import Match, kind_of
from course_utils.gradcheck.problem import argument_names, named_numbers

# Single precision keeps about seven digits; sums of a few dozen terms lose one or two of them.
SINGLE = {"rtol": 5e-4, "atol": 5e-5}
# Centred differences with h = 1e-5 of values near 1 are off by about 1e-10, by 1e-9 where third derivatives are large.
NUMERIC = {"rtol": 1e-6, "atol": 1e-7}
# The course's own numeric gradients may not stand in for a backward pass.
NUMERIC_HELPERS = tuple(
    f"course_utils.gradcheck.{name}"
    for name in (
        "numeric_gradient",
        "numeric_gradient_array",
        "gradient_check",
        "loss_gradient_check",
        "model_gradient_check",
    )
)


def mixed(
    rng: np.random.Generator, shape: tuple[int, ...], low: float = 0.2, high: float = 2.0
) -> np.ndarray:
    """Numbers of both signs, as many of each, none closer to zero than `low`, so that no kink at zero is near."""
    x = rng.uniform(low, high, size=shape)
    x.flat[rng.permutation(x.size)[: x.size // 2]] *= -1
    return x


def crossed(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    """An upstream gradient for `x`: where x is positive it has both signs, and where x is negative too."""
    dout = rng.uniform(0.2, 2.0, size=x.shape)
    for side in (np.flatnonzero(x > 0), np.flatnonzero(x <= 0)):
        dout.flat[rng.permutation(side)[: len(side) // 2]] *= -1
    return dout


def drawn_until(draw: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """The first draw that is good."""
    while True:
        found = draw()
        if good(found):
            return found


def as_single(value: Any) -> Any:
    """Arrays and numbers of double precision in single precision, everything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return value.astype(np.float32)
    return np.float32(value) if isinstance(value, float) else value


def as_double(value: Any) -> Any:
    """float32 arrays as float64, everything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype == np.float32:
        return value.astype(np.float64)
    return value


BY_ITS_CACHE = "Forward was called for another input in between: backward must go by its cache alone"


@contextmanager
def advice(sentence: str, student: Student | None = None) -> Iterator[None]:
    """Add `sentence` to what is said when the comparison inside fails; not where no answer came at all.

    student: give the advice only where every case before this one has passed; else the mistake is a larger one
    """
    try:
        yield
    except (NotWritten, NoAnswer):
        raise
    except CheckFailed as failure:
        if student and not all(case.passed for case in student.cases[:-1]):
            raise
        raise CheckFailed(joined(failure, sentence)) from failure


def joined(failure: CheckFailed, sentence: str) -> str:
    """What was said of a failure, and another sentence."""
    said = str(failure)
    return f"{said}{'' if said.endswith(('.', '?', '!')) else '.'} {sentence}"


def explained(failure: CheckFailed, explanation: str) -> str:
    """What was said of a failure, and the one explanation that is known to be right instead of a guess."""
    return joined(CheckFailed(str(failure).split(": it looks like ")[0]), explanation)


@contextmanager
def told(actual: Any, mistakes: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Add to what is said when the comparison inside fails which of the known mistakes gives `actual`.

    mistakes: makes the values that they give, by what was done, as in "the bias was forgotten"
    """
    try:
        yield
    except CheckFailed as failure:
        with np.errstate(all="ignore"):
            did = _told(actual, mistakes()) if isinstance(actual, np.ndarray | np.generic | float) else None
        if did is None:
            raise
        raise CheckFailed(explained(failure, f"Here {did}")) from failure


def _told(actual: Any, mistakes: Mapping[str, Any]) -> str | None:
    """The first mistake whose values agree with `actual` so closely that only rounding keeps them apart."""
    actual = np.asarray(actual)
    if actual.dtype.kind not in "iuf":
        return None
    rounding = 1e-5 if actual.dtype.itemsize < 8 else 1e-9
    matches = (
        (did, Match(values, tolerance=rounding * float(np.max(np.abs(values), initial=0.0))))
        for did, values in mistakes.items()
    )
    return next((did for did, match in matches if match.fits(actual)), None)


# A dict whose names are not quite strings is no data to the wire: it stays in the kernel, as does what is made from it.
_PARAMS = """
class Name(str):
    pass


class Params(dict):
    def update_in_place(self):
        self["W"].fill(9.0)


result = Params({Name("W"): np.array([0.5, -2.0, 1.5])})
"""


def expect_copy(student: Student, made_from: Callable[[Handle], Any], what: str) -> None:
    """Fail the case when what is made from parameters moves with them when they are updated in place.

    made_from: given a dict of one array in the student's kernel, returns a dict that should hold the same numbers
    """
    params = student.run(_PARAMS)
    copied = made_from(params)
    expect(isinstance(copied, Handle | dict), f"{what} is {kind_of(copied)}, and should be a dict")

    def values() -> Any:
        return copied.get("W")

    kept = values()
    expect_close(kept, np.array([0.5, -2.0, 1.5]), f"{what}, its W,")
    params.update_in_place()
    expect(
        np.array_equal(values(), kept),
        f"the parameters were updated in place, and {what} moved with them: copy every array",
    )


def slope(f: Callable[[np.ndarray], Any], x: Any, dout: Any = 1.0, h: float = 1e-5) -> np.ndarray:
    """Gradient of sum(f(x) * dout) by centred differences.

    The course's own `numeric_gradient_array` may be forbidden while a check asks in this very process.
    """
    x = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        rise = np.asarray(f(above), dtype=np.float64) - np.asarray(f(below), dtype=np.float64)
        gradient[index] = np.sum(rise * dout) / (above[index] - below[index])
    return gradient


class Layer:
    """A layer's forward and backward pass, the student's beside the reference's.

    Args:
        name: of the layer; its functions are `<name>_forward` and `<name>_backward`.
        gradients: what backward returns, as in "dx, dw, db"; in the order of forward's arguments.
        backward: name of the backward function that is asked, where it is another than `<name>_backward`.
    """

    def __init__(
        self,
        student: Student,
        reference: SimpleNamespace,
        name: str,
        gradients: str = "dx",
        backward: str = "",
    ):
        self._student = student
        self._reference = reference
        self.name = name
        self.gradients = gradients.split(", ")
        self._backward = backward or f"{name}_backward"

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """(out, cache) of the student."""
        return self._student.call(f"{self.name}_forward", *args, **kwargs)

    def backward(self, dout: Any, cache: Any) -> list:
        """The student's gradients, always as a list; a `dout` changed in place is noted, earlier changes are not."""
        self._student.changed.clear()
        result = self._student.call(self._backward, dout, cache, returns=", ".join(self.gradients))
        return [result] if len(self.gradients) == 1 else list(result)

    def expected_out(self, *args: Any, **kwargs: Any) -> Any:
        double = getattr(self._reference, f"{self.name}_forward")(*map(as_double, args), **kwargs)[0]
        return self._as_precise_as(args, double)

    def expected_gradients(self, dout: Any, *args: Any, **kwargs: Any) -> list:
        _, cache = getattr(self._reference, f"{self.name}_forward")(*map(as_double, args), **kwargs)
        result = getattr(self._reference, self._backward)(as_double(dout), cache)
        result = [result] if len(self.gradients) == 1 else result
        return [self._as_precise_as(args, gradient) for gradient in result]

    def _as_precise_as(self, args: tuple, result: Any) -> Any:
        return as_single(result) if any(getattr(a, "dtype", None) == np.float32 for a in args) else result

    def expect_out(self, *args: Any, rtol: float = 1e-8, atol: float = 1e-12, **kwargs: Any) -> None:
        """Fail the case unless the forward pass gives what the reference gives."""
        out, _ = self.forward(*args, **kwargs)
        with told(out, lambda: self.mistaken_outs(*args, **kwargs)):
            expect_close(out, self.expected_out(*args, **kwargs), "out", rtol=rtol, atol=atol)

    def expect_gradients(
        self,
        dout: Any,
        *args: Any,
        only: str | None = None,
        rtol: float = 1e-8,
        atol: float = 1e-12,
        **kwargs: Any,
    ) -> None:
        """Fail the case unless forward and then backward give the reference's gradients, or the one named `only`."""
        _, cache = self.forward(*args, **kwargs)
        actual = self.backward(dout, cache)
        expected = self.expected_gradients(dout, *args, **kwargs)
        sizes = self.sizes(dout, args, kwargs)

        self.compare(
            actual, expected, only, self._mistakes(dout, args, kwargs), rtol=rtol, atol=atol, sizes=sizes
        )

    def _mistakes(self, dout: Any, args: tuple, kwargs: dict) -> Callable[[], dict[str, Mapping[str, Any]]]:
        """What makes the known mistakes of the backward pass, when they are asked for."""
        return lambda: self.mistaken_gradients(dout, *args, **kwargs)

    def mistaken_outs(self, *args: Any, **kwargs: Any) -> Mapping[str, Any]:
        """What known mistakes of the forward pass give, by what was done."""
        known = _mistakes.OUTS.get(self.name)
        return known(*args, **kwargs) if known else {}

    def mistaken_gradients(self, dout: Any, *args: Any, **kwargs: Any) -> dict[str, Mapping[str, Any]]:
        """The same of the backward pass, for a gradient's name."""
        known = _mistakes.GRADIENTS.get(self.name)
        return known(dout, *args, **kwargs) if known else {}

    def sizes(self, dout: Any, args: tuple, kwargs: dict) -> dict[str, float]:
        """Numbers that a wrong factor may turn out to be, so that it is told by name: N = 4 times too large."""
        names, defaults = argument_names(getattr(self._reference, f"{self.name}_forward"), args, {})
        return named_numbers(defaults | dict(zip(names, args, strict=True)) | kwargs, dout)

    def compare(
        self,
        actual: list,
        expected: list,
        only: str | None = None,
        mistakes: Callable[[], dict[str, Mapping[str, Any]]] = dict,
        **how: Any,
    ) -> None:
        """Fail the case unless the gradients, or the one named `only`, agree.

        mistakes: makes what `mistaken_gradients` returns
        how: what `expect_close` takes
        """
        for name, gradient, wanted in zip(self.gradients, actual, expected, strict=True):
            if only in (None, name):
                with told(gradient, lambda name=name: mistakes().get(name, {})):
                    expect_close(gradient, wanted, name, **how)

    def expect_twice(self, dout: Any, *args: Any, **kwargs: Any) -> None:
        """Fail the case unless backward, called again for the same cache, gives the same gradients again."""
        _, cache = self.forward(*args, **kwargs)
        expected, sizes = self.expected_gradients(dout, *args, **kwargs), self.sizes(dout, args, kwargs)
        self.compare(
            self.backward(dout, cache), expected, None, self._mistakes(dout, args, kwargs), sizes=sizes
        )
        with advice("The first call was right: something the cache holds was changed on the way"):
            self.compare(self.backward(dout, cache), expected)

    def expect_own_cache(
        self, dout: Any, args: tuple, other: tuple, kwargs: dict, other_kwargs: dict
    ) -> None:
        """Fail the case unless backward goes by its cache when forward saw another input in between."""
        _, cache = self.forward(*args, **kwargs)
        self.forward(*other, **other_kwargs)
        actual = self.backward(dout, cache)
        expected = self.expected_gradients(dout, *args, **kwargs)
        sizes = self.sizes(dout, args, kwargs)
        try:
            self.compare(actual, expected, sizes=sizes)
        except CheckFailed:
            # What is wrong without another call as well has nothing to do with the cache.
            alone = self.backward(dout, self.forward(*args, **kwargs)[1])
            self.compare(alone, expected, None, self._mistakes(dout, args, kwargs), sizes=sizes)
            with advice(BY_ITS_CACHE):
                raise

    def expect_slopes(self, dout: Any, *args: Any, **kwargs: Any) -> None:
        """Fail the case unless each gradient is the slope of the student's own forward pass, which must be right."""
        out, cache = self.forward(*args, **kwargs)
        with advice("The forward pass has to be right before its slopes can be compared"):
            expect_close(out, self.expected_out(*args, **kwargs), "out")
        actual = self.backward(dout, cache)
        slopes = [self._slope(i, dout, args, kwargs) for i in range(len(self.gradients))]
        with advice("Compared with the numeric gradient of your own forward pass"):
            self.compare(actual, slopes, sizes=self.sizes(dout, args, kwargs), **NUMERIC)

    def _slope(self, position: int, dout: Any, args: tuple, kwargs: dict) -> np.ndarray:
        def out(point: np.ndarray) -> Any:
            value = point if isinstance(args[position], np.ndarray) else float(point)
            return self.forward(*args[:position], value, *args[position + 1 :], **kwargs)[0]

        return slope(out, args[position], dout)
