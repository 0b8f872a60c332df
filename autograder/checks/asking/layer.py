"""A layer's forward and backward pass, the student's beside the reference's, asked and compared as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, Unpack

import numpy as np

from autograder.checks.asking.advice import expect_by_cache, note, told
from autograder.checks.asking.inputs import NUMERIC, Tolerances, another, as_double, as_single, slope
from autograder.checks.mistakes.known import Results, Values, known_mistakes
from autograder.verdict.asked import Asked, Made
from autograder.verdict.expect import expect_close
from autograder.verdict.student import Student
from course_utils.compare import difference
from course_utils.gradcheck.arguments import argument_names
from course_utils.gradcheck.sizes import named_numbers


class Layer:
    """A layer's forward and backward pass, the student's beside the reference's.

    Everywhere `args` and `kwargs` are what the forward function takes, and `dout` has the shape of its output.

    Args:
        name: of the layer; its functions are `<name>_forward` and `<name>_backward`.
        gradients: what backward returns, as in "dx, dw, db"; in the order of forward's arguments.
        backward: name of the backward function that is asked, where it is another than `<name>_backward`.

    Attributes:
        name: of the layer.
        gradients: names of what backward returns.
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
        return self._student.send(self._going_forward(args, kwargs))

    def forward_call(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Name and arguments of the call that is the student's forward pass."""
        return f"{self.name}_forward", args, kwargs

    def backward(self, dout: Any, cache: Any) -> list[Any]:
        """The student's gradients, always as a list; a `dout` changed in place is noted, earlier changes are not."""
        self._student.changed.clear()
        return self._as_list(self._student.send(self._going_back(dout, cache)))

    def _going_back(self, dout: Any, cache: Any) -> Asked:
        return self._student.calling(self._backward, dout, cache, returns=", ".join(self.gradients))

    def _going_forward(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Asked:
        name, args, kwargs = self.forward_call(*args, **kwargs)
        return self._student.calling(name, *args, **kwargs)

    def _as_list(self, gradients: Any) -> list[Any]:
        return [gradients] if len(self.gradients) == 1 else list(gradients)

    def expected_out(self, *args: Any, **kwargs: Any) -> Any:
        """`out` of the reference, worked out in double precision and as precise as the arguments."""
        double = getattr(self._reference, f"{self.name}_forward")(*map(as_double, args), **kwargs)[0]
        return self._as_precise_as(args, double)

    def expected_gradients(self, dout: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """The reference's gradients in the order of `gradients`, each as precise as the arguments."""
        _, cache = getattr(self._reference, f"{self.name}_forward")(*map(as_double, args), **kwargs)
        result = getattr(self._reference, self._backward)(as_double(dout), cache)
        result = [result] if len(self.gradients) == 1 else result
        return [self._as_precise_as(args, gradient) for gradient in result]

    def _as_precise_as(self, args: tuple[Any, ...], result: Any) -> Any:
        return as_single(result) if any(getattr(a, "dtype", None) == np.float32 for a in args) else result

    def mistaken_outs(self, *args: Any, **kwargs: Any) -> Values:
        """What known mistakes of the forward pass give."""
        return known_mistakes(f"{self.name}_forward", *args, **kwargs).get("out", {})

    def mistaken_gradients(self, dout: Any, *args: Any, **kwargs: Any) -> Results:
        """What known mistakes of the backward pass give, by a gradient's name."""
        return known_mistakes(f"{self.name}_backward", dout, *args, **kwargs)

    def expect_out(self, *args: Any, rtol: float = 1e-8, atol: float = 1e-12, **kwargs: Any) -> None:
        """Fail the case unless the forward pass gives what the reference gives."""
        out, _ = self.forward(*args, **kwargs)
        with told(out, lambda: self.mistaken_outs(*args, **kwargs)):
            expect_close(out, self.expected_out(*args, **kwargs), "out", rtol=rtol, atol=atol)

    def is_right(self, *args: Any, rtol: float = 1e-8, atol: float = 1e-12, **kwargs: Any) -> bool:
        """Whether the forward pass gives what the reference gives."""
        out, _ = self.forward(*args, **kwargs)
        return difference(out, self.expected_out(*args, **kwargs), "out", rtol=rtol, atol=atol) is None

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
        expected, sizes = self.expected_gradients(dout, *args, **kwargs), self._sizes(dout, args, kwargs)
        mistakes = partial(self.mistaken_gradients, dout, *args, **kwargs)

        def expect(actual: list[Any], known: Callable[[], Results]) -> None:
            self._compare(actual, expected, known, only, sizes=sizes, rtol=rtol, atol=atol)

        self._expect_by_cache(expect, dout, args, kwargs, mistakes=mistakes)

    def expect_twice(self, dout: Any, *args: Any, **kwargs: Any) -> None:
        """Fail the case unless backward, called again for the same cache, gives the same gradients again."""
        self.expect_gradients(dout, *args, **kwargs)
        _, cache = self.forward(*args, **kwargs)
        self.backward(dout, cache)
        with note("The first call was right: something the cache holds was changed on the way"):
            self._compare(self.backward(dout, cache), self.expected_gradients(dout, *args, **kwargs))

    def expect_own_cache(
        self,
        dout: Any,
        args: tuple[Any, ...],
        other: tuple[Any, ...],
        kwargs: dict[str, Any],
        other_kwargs: dict[str, Any],
    ) -> None:
        """Fail the case unless backward goes by its cache when forward saw this other input in between.

        Args:
            dout: upstream gradient of the first input.
            args, kwargs: what forward takes first.
            other, other_kwargs: what forward takes in between.
        """
        expected, sizes = self.expected_gradients(dout, *args, **kwargs), self._sizes(dout, args, kwargs)
        mistakes = partial(self.mistaken_gradients, dout, *args, **kwargs)

        def expect(actual: list[Any], known: Callable[[], Results]) -> None:
            self._compare(actual, expected, known, sizes=sizes)

        self._expect_by_cache(expect, dout, args, kwargs, (other, other_kwargs), mistakes)

    def expect_slopes(self, dout: Any, *args: Any, **kwargs: Any) -> None:
        """Fail the case unless each gradient is the slope of the student's own forward pass.

        Where that is not right, it is no measure: then the reference's gradients are.
        """
        if not self.is_right(*args, **kwargs):
            self.expect_gradients(dout, *args, **kwargs)
            return

        @cache
        def own_slope(position: int) -> np.ndarray:
            return self._slope(position, dout, args, kwargs)

        def expect(actual: list[Any], _: Callable[[], Results]) -> None:
            with note("Compared with the numeric gradient of your own forward pass"):
                # One by one, for each asks many times, and none is needed after the first gradient that is wrong.
                slopes = map(own_slope, range(len(self.gradients)))
                self._compare(actual, slopes, sizes=self._sizes(dout, args, kwargs), **NUMERIC)

        self._expect_by_cache(expect, dout, args, kwargs)

    def _expect_by_cache(
        self,
        expect: Callable[[list[Any], Callable[[], Results]], None],
        dout: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        between: tuple[tuple[Any, ...], dict[str, Any]] | None = None,
        mistakes: Callable[[], Results] = dict,
    ) -> None:
        """Fail the case unless gradients are as expected though forward saw another input in between.

        Args:
            expect: fails the case unless these gradients are right; of the mistakes it is given one may explain them.
            between: what forward takes in between; made from `args` unless it is given.
            mistakes: makes what `mistaken_gradients` returns; worked out only where the other input is not to blame.
        """
        other, other_kwargs = between or (another(args), kwargs)

        def ask(take_other: Callable[[Iterator[Any]], object] | None) -> None:
            forward = [self._going_forward(args, kwargs)]
            if take_other:
                forward.append(self._going_forward(other, other_kwargs))
            results = self._student.row([*forward, self._going_back(dout, Made(0, 1))])
            next(results)
            if take_other:
                take_other(results)
            self._student.changed.clear()
            expect(self._as_list(next(results)), dict if take_other else mistakes)

        expect_by_cache(ask, next)

    def _slope(self, position: int, dout: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> np.ndarray:
        def out(points: list[np.ndarray]) -> list[Any]:
            values = points if isinstance(args[position], np.ndarray) else map(float, points)
            calls = [self.forward_call(*at(value), **kwargs) for value in values]
            return self._student.ask_each(
                [self._student.asking(name, *given, **named) for name, given, named in calls]
            )

        def at(value: Any) -> tuple[Any, ...]:
            return *args[:position], value, *args[position + 1 :]

        return slope(out, args[position], dout)

    def _sizes(self, dout: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, float]:
        """Numbers that a wrong factor may turn out to be, so that it is told by name: N = 4 times too large."""
        names, defaults = argument_names(getattr(self._reference, f"{self.name}_forward"), args, {})
        return named_numbers(defaults | dict(zip(names, args, strict=True)) | kwargs, dout)

    def _compare(
        self,
        actual: list[Any],
        expected: Iterable[Any],
        mistakes: Callable[[], Results] = dict,
        only: str | None = None,
        *,
        sizes: Mapping[str, float] | None = None,
        **tolerances: Unpack[Tolerances],
    ) -> None:
        """Fail the case unless the gradients, or the one named `only`, agree.

        Args:
            mistakes: makes what `mistaken_gradients` returns.
        """

        def compare(name: str, gradient: Any, wanted: Any) -> None:
            with told(gradient, lambda: mistakes().get(name, {})):
                expect_close(gradient, wanted, name, sizes=sizes, **tolerances)

        for name, gradient, wanted in zip(self.gradients, actual, expected, strict=True):
            if only in (None, name):
                compare(name, gradient, wanted)
