"""Layers whose functions end in _naive, the student's beside the reference's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from autograder.checks.asking.layer import Layer
from autograder.verdict.student import Student


class Naive(Layer):
    """A layer whose functions are called `<name>_forward_naive` and `<name>_backward_naive`."""

    def __init__(self, student: Student, reference: SimpleNamespace, name: str, gradients: str = "dx"):
        forward = getattr(reference, f"{name}_forward_naive")
        renamed = SimpleNamespace(**vars(reference) | {f"{name}_forward": forward})
        super().__init__(student, renamed, name, gradients, f"{name}_backward_naive")

    def forward_call(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return f"{self.name}_forward_naive", args, kwargs
