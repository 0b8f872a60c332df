"""A forward and a backward function as the checker calls them: with fresh copies, watched for what they change."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from course_utils import compare
from course_utils.gradcheck.arguments import argument_names, differentiable, fresh
from course_utils.gradcheck.laws import changed_arrays
from course_utils.gradcheck.methods import NotALayer, on_copies, out_and_cache
from course_utils.gradcheck.nested import Path, flat, found_at, is_numeric, leaves, rebuilt, shaped, shown
from course_utils.gradcheck.problem import Versions


class Layer:
    """A forward and a backward function, called with fresh copies and watched for what they change.

    Arrays in lists and dicts are points of their own, called e.g. params['W1']; several outputs are one, flat.

    Attributes:
        points: the arrays to differentiate by, float64, by name.
        labels: names of their gradients.
        values: every argument by name, with the defaults of the signature.
        changed: what was changed in place so far.
        dtype: of the arrays that both functions are handed.

    Args:
        forward: see `gradient_check`.
        backward: see `gradient_check`.
        args: arguments of forward by position.
        kwargs: arguments of forward by name.
        wrt: names of the arguments to differentiate by; None for all that hold floats.
        dtype: float64, or float32 for layers that compute in single precision.
    """

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        wrt: Iterable[str] | None,
        dtype: type = np.float64,
    ) -> None:
        names, defaults = argument_names(forward, args, kwargs)
        names, chosen = differentiable(args, names, kwargs, wrt)
        self._forward, self._backward, self._source = *on_copies(forward, backward), backward
        self._positional, self._keywords = names, list(kwargs)
        self._given = {**dict(zip(names, args, strict=True)), **kwargs}
        self._is_free = wrt is not None
        self._outputs: Any = None
        self.dtype = dtype
        self.values = {**defaults, **self._given}
        self.changed: list[str] = []
        self._choose(chosen)

    def _choose(self, chosen: list[str]) -> None:
        self._chosen = chosen
        self._paths: dict[str, tuple[str, Path]] = {}
        self.points: dict[str, np.ndarray] = {}
        for argument in chosen:
            for path, leaf in leaves(self._given[argument]):
                name = argument + shown(path)
                self._paths[name] = (argument, path)
                self.points[name] = np.array(np.asarray(leaf, dtype=self.dtype), dtype=np.float64)
        self.labels = {name: f"d{name}" for name in self.points}

    def forward(self, replaced: dict[str, Any]) -> tuple[np.ndarray, Any]:
        """(out, cache), out in float64, several outputs one after the other.

        Raises:
            NotALayer: forward returned something else.
        """
        values = self._arguments(replaced)
        before = (
            {name: v.copy() for name, v in values.items() if isinstance(v, np.ndarray)}
            if not replaced
            else {}
        )
        result = self._forward(
            *(values[name] for name in self._positional), **{name: values[name] for name in self._keywords}
        )
        self.changed += [name for name in changed_arrays(before, values) if name not in self.changed]
        out, cache = out_and_cache(result)
        self._outputs = out if is_numeric(out) else None
        return (np.array(out, dtype=np.float64) if self._outputs is None else flat(out)), cache

    def _arguments(self, replaced: dict[str, Any]) -> dict[str, Any]:
        """Every argument, fresh, with other points and other values in place of those given."""
        values = {name: replaced.get(name, fresh(value)) for name, value in self._given.items()}
        for argument in self._chosen:
            others = {
                path: self._point(name, replaced.get(name, self.points[name]))
                for name, (owner, path) in self._paths.items()
                if owner == argument
            }
            values[argument] = rebuilt(self._given[argument], others)
        return values

    def _point(self, name: str, point: Any) -> Any:
        argument, path = self._paths[name]
        given = found_at(self._given[argument], path)
        if not isinstance(given, np.ndarray) and not np.ndim(point):
            return float(point)
        return np.array(point, dtype=self.dtype)

    def evaluate(self, replaced: dict[str, Any]) -> np.ndarray:
        """The outputs, float64."""
        return self.forward(replaced)[0]

    def backward(self, cache: Any, dout: np.ndarray) -> dict[str, Any]:
        """Gradients by label.

        Raises:
            NotALayer: there are too many or too few.
        """
        return self.by_label(self.ask_backward(cache, dout))

    def ask_backward(self, cache: Any, dout: np.ndarray) -> Any:
        """What backward returns."""
        handed = self.handed(dout)
        kept = copy.deepcopy(handed)
        result = self._backward(handed, cache)
        if any(changed_arrays({"dout": a}, {"dout": b}) for a, b in _arrays(kept, handed)):
            self.changed += ["dout"] if "dout" not in self.changed else []
        return result

    def handed(self, dout: np.ndarray) -> Any:
        """The upstream gradient as backward takes it: an array, a number, or one for each output."""
        if self._outputs is not None:
            return shaped(dout.astype(self.dtype), self._outputs)
        return dout.astype(self.dtype) if dout.ndim else float(dout)

    def by_label(self, result: Any) -> dict[str, Any]:
        """Gradients by label, as they are now, since a later call might write into the same arrays."""
        gradients = self._by_argument(result)
        found = {}
        for name, (argument, path) in self._paths.items():
            gradient = gradients[argument]
            if path and gradient is not None and not isinstance(gradient, (Mapping, list, tuple)):
                raise NotALayer(
                    "backward",
                    f"d{argument} is {compare.kind_of(gradient)}, expected gradients in the structure of {argument}, "
                    f"{compare.kind_of(self._given[argument])}",
                )
            found[self.labels[name]] = self._own(found_at(gradient, path))
        return found

    def _own(self, gradient: Any) -> Any:
        """A copy; of a layer in single precision the same numbers in double."""
        is_single = isinstance(gradient, np.ndarray) and gradient.dtype == self.dtype
        return gradient.astype(np.float64) if is_single else fresh(gradient)

    def leave_out_state(self, result: Any) -> None:
        """Dicts of arrays that backward returns nothing for are state or settings."""
        dicts = [name for name in self._chosen if isinstance(self._given[name], Mapping)]
        count = len(result) if isinstance(result, (tuple, list)) else 1
        others = [name for name in self._chosen if name not in dicts]
        if dicts and others and not isinstance(result, Mapping) and count == len(others):
            self._choose(others)

    def _by_argument(self, result: Any) -> dict[str, Any]:
        chosen = self._chosen
        if isinstance(result, Mapping):
            return self._named(result)
        gradients = list(result) if isinstance(result, (tuple, list)) else [result]
        if len(chosen) == 1 and isinstance(self._given[chosen[0]], (list, tuple)):
            inside = len(gradients) == 1 and isinstance(gradients[0], (list, tuple))
            gradients = gradients if inside else [gradients]
        every = [*self._positional, *self._keywords]
        if len(gradients) != len(chosen) and len(gradients) in (len(every), len(self._positional)):
            rest = [g for name, g in zip(every, gradients, strict=False) if name not in chosen]
            if self._is_free or all(g is None for g in rest):
                gradients = [g for name, g in zip(every, gradients, strict=False) if name in chosen]
        if len(gradients) != len(chosen):
            raise NotALayer("backward", self._wrong_count(gradients))
        return dict(zip(chosen, gradients, strict=True))

    def _wrong_count(self, gradients: list[Any]) -> str:
        count = f"{len(gradients)} gradient{'s' * (len(gradients) != 1)}"
        wanted = f"{len(self._chosen)} ({', '.join(f'd{name}' for name in self._chosen)})"
        hint = "; where it has none for some of them, name the others with wrt=" if gradients else ""
        return f"backward returned {count}, expected {wanted}{hint}"

    def _named(self, result: Mapping[Any, Any]) -> dict[str, Any]:
        """Gradients in a dict, under the arguments' names or those of the gradients."""
        chosen = self._chosen
        if any(name in result or f"d{name}" in result for name in chosen):
            return {name: result.get(name, result.get(f"d{name}")) for name in chosen}
        if len(chosen) == 1 and isinstance(self._given[chosen[0]], Mapping):
            return {chosen[0]: result}
        wanted = ", ".join(f"d{name}" for name in chosen)
        raise NotALayer(
            "backward",
            f"backward returned a dict with the keys {compare.listed(result)}, expected {wanted}; where it has none for "
            "some of them, name the others with wrt=",
        )

    def gradients_at(self, points: dict[str, np.ndarray], dout: np.ndarray) -> dict[str, Any]:
        """Gradients by label at other points; none where they cannot be had."""
        try:
            return self.backward(self.forward(points)[1], dout)
        except NotALayer:
            return {}

    def versions(self) -> Versions | None:
        """How other versions of the backward function are asked; None of a method that reads its object."""
        if self._backward is not self._source:
            return None
        here = self.forward({})[1]

        def ask(version: Callable[..., Any], replaced: dict[str, Any], dout: np.ndarray) -> dict[str, Any]:
            other = copy.copy(self)
            other._backward, other.changed = version, []
            cache = other.forward(replaced)[1] if replaced else copy.deepcopy(here)
            return other.backward(cache, dout)

        return Versions(self._source, ask, self._given, self._routes())

    def _routes(self) -> dict[str, list[tuple[Any, ...]]]:
        """Where each gradient lies in what backward returns, by label."""
        return {
            self.labels[name]: [
                (self._chosen.index(argument), argument, f"d{argument}"),
                *((key, f"d{key}") for key in path),
            ]
            for name, (argument, path) in self._paths.items()
        }


def _arrays(one: Any, other: Any) -> list[tuple[np.ndarray, Any]]:
    """Arrays of a structure beside those of another."""
    return [(leaf, found_at(other, path)) for path, leaf in leaves(one) if isinstance(leaf, np.ndarray)]
