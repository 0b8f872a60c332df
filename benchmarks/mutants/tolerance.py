"""How near to its tolerance a comparison of the hidden checks comes."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from autograder.verdict import expect


class Errors:
    """Largest error that a comparison saw, in units of its tolerance, by kind of tolerance."""

    def __init__(self):
        self.largest: dict[str, float] = {}

    @contextlib.contextmanager
    def watched(self):
        kept = expect.difference

        def difference(
            actual: Any, expected: Any, name: str, *, rtol: float, atol: float, **more: Any
        ) -> str | None:
            self._note(actual, expected, rtol, atol)
            return kept(actual, expected, name, rtol=rtol, atol=atol, **more)

        expect.difference = difference
        try:
            yield self
        finally:
            expect.difference = kept

    def _note(self, actual: Any, expected: Any, rtol: float, atol: float) -> None:
        for a, e in zip(arrays_of(actual), arrays_of(expected), strict=False):
            # What is refused for its shape or its dtype says nothing about the tolerance.
            if a.shape != e.shape or not e.size or rtol == 0 or a.dtype.itemsize < e.dtype.itemsize:
                continue
            error = np.abs(a.astype(float) - e.astype(float)) / (atol + rtol * np.abs(e))
            worst = float(error.max())
            if np.isfinite(worst):
                kind = f"{rtol:.0e}"
                self.largest[kind] = max(worst, self.largest.get(kind, 0.0))


def arrays_of(value: Any) -> list[np.ndarray]:
    if isinstance(value, list | tuple):
        return [array for item in value for array in arrays_of(item)]
    array = np.asarray(value) if isinstance(value, np.ndarray | np.generic | float | int) else None
    return [] if array is None or array.dtype.kind not in "biuf" else [array]
