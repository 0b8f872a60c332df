"""What notebook 07 hands out for its machine: Python's operators, and the longer rows of its table of operations."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Operators:
    """Operators and methods for a class that has `apply`: `a + b` becomes `a.apply("add", a, b)`.

    Shapes that do not fit are a ValueError that names them. `apply(name, *inputs, **settings)` computes a row of the table of operations for values of the class, arrays or
    numbers. A class with an attribute `tangent` (a dual number) comes first where it meets one without.

    Attributes:
        operation: name of the row that a value came from; "" where it was given.
    """

    operation = ""
    data: Array
    __array_ufunc__ = None  # array * tensor asks the tensor, instead of going through the array's entries

    def _row(self, name: str, *inputs: Any, **settings: Any) -> Self:
        if not hasattr(self, "tangent") and any(hasattr(value, "tangent") for value in inputs):
            return NotImplemented
        try:
            made = self.apply(name, *inputs, **settings)  # type: ignore[attr-defined]
        except ValueError as error:
            shapes = " and ".join(str(_shape(value)) for value in inputs)
            raise ValueError(f"{name} cannot take shapes {shapes}: {error}") from error
        made.operation = name
        return made

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array."""
        return self.data.shape

    @property
    def T(self) -> Self:
        """The same with its axes turned round."""
        return self.transpose()

    def __add__(self, other: Any) -> Self:
        return self._row("add", self, other)

    def __radd__(self, other: Any) -> Self:
        return self._row("add", other, self)

    def __sub__(self, other: Any) -> Self:
        return self._row("subtract", self, other)

    def __rsub__(self, other: Any) -> Self:
        return self._row("subtract", other, self)

    def __mul__(self, other: Any) -> Self:
        return self._row("multiply", self, other)

    def __rmul__(self, other: Any) -> Self:
        return self._row("multiply", other, self)

    def __truediv__(self, other: Any) -> Self:
        return self._row("divide", self, other)

    def __rtruediv__(self, other: Any) -> Self:
        return self._row("divide", other, self)

    def __pow__(self, other: Any) -> Self:
        return self._row("power", self, other)

    def __rpow__(self, other: Any) -> Self:
        return self._row("power", other, self)

    def __matmul__(self, other: Any) -> Self:
        return self._row("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Self:
        return self._row("matmul", other, self)

    def __neg__(self) -> Self:
        return self._row("multiply", self, -1.0)

    def __getitem__(self, index: Any) -> Self:
        return self._row("index", self, index=index)

    def exp(self) -> Self:
        """e to the power of each number."""
        return self._row("exp", self)

    def log(self) -> Self:
        """Natural logarithm of each number."""
        return self._row("log", self)

    def tanh(self) -> Self:
        """Hyperbolic tangent of each number."""
        return self._row("tanh", self)

    def relu(self) -> Self:
        """Each number, or 0 where it is negative."""
        return self._row("relu", self)

    def sigmoid(self) -> Self:
        """1 / (1 + exp(-x)) of each number, stable."""
        return self._row("sigmoid", self)

    def softplus(self) -> Self:
        """log(1 + exp(x)) of each number, stable."""
        return self._row("softplus", self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Self:
        """Sum over an axis, several, or all."""
        return self._row("sum", self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Self:
        """Largest number along an axis, several, or all."""
        return self._row("max", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Self:
        """Mean over an axis, several, or all."""
        total = self.sum(axis, keepdims)
        return total / (self.data.size / max(total.data.size, 1))

    def reshape(self, *shape: Any) -> Self:
        """The same numbers in another shape, given as numbers or as a tuple."""
        return self._row("reshape", self, shape=shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Self:
        """The axes in another order, given as numbers or as a tuple; turned round where none is given."""
        return self._row("transpose", self, axes=axes[0] if len(axes) == 1 else axes or None)


def _shape(value: Any) -> tuple[int, ...]:
    return value.shape if isinstance(value, Operators) else np.shape(value)


def stable_sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), of arguments of any size."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def power_slope(base: Array, exponent: Array) -> Array:
    """Slope of base**exponent in the base, which is 0 where the exponent is 0."""
    flat = np.equal(exponent, 0)
    return np.where(flat, 0.0, exponent * base ** np.where(flat, 1.0, np.subtract(exponent, 1)))


def power_exponent_slope(out: Array, base: Array) -> Array:
    """Slope of base**exponent in the exponent, which is 0 where the base is 0; NaN where it is negative."""
    nought = np.equal(base, 0)
    return np.where(nought, 0.0, out * np.log(np.where(nought, 1.0, base)))


def shares_of_max(x: Array, axis: Any = None, keepdims: bool = False) -> Array:
    """Slope of x.max(axis) in each number of x: 1 for the largest; several share it equally."""
    largest = x == x.max(axis=axis, keepdims=True)
    return largest / largest.sum(axis=axis, keepdims=True)


def turned_back(axes: Any) -> Any:
    """The order of axes that undoes a transpose by `axes`."""
    return None if axes is None else np.argsort(np.arange(len(axes))[list(axes)])


def matmul_first(dout: Array, first: Array, second: Array) -> Array:
    """Gradient of first @ second in `first`, which may come back with more axes where it was stretched."""
    dout, _, columns = _as_matrices(dout, first, second)
    grad = dout @ columns.swapaxes(-1, -2)
    return grad if first.ndim > 1 else grad.sum(axis=tuple(range(grad.ndim - 1)))


def matmul_second(dout: Array, first: Array, second: Array) -> Array:
    """Gradient of first @ second in `second`, which may come back with more axes where it was stretched."""
    dout, rows, _ = _as_matrices(dout, first, second)
    grad = rows.swapaxes(-1, -2) @ dout
    return grad if second.ndim > 1 else grad[..., 0].sum(axis=tuple(range(grad.ndim - 2)))


def _as_matrices(dout: Array, first: Array, second: Array) -> tuple[Array, Array, Array]:
    """The three with axes for rows and columns, where first or second is a vector."""
    dout = dout if second.ndim > 1 else dout[..., None]
    dout = dout if first.ndim > 1 else np.expand_dims(dout, -2)
    rows = first if first.ndim > 1 else first[None, :]
    return dout, rows, second if second.ndim > 1 else second[:, None]
