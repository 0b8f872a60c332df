"""Planted answers: wrong ones that a hidden check must refuse for the right reason, right ones that it must accept.

The rooms here are those of `autograder.checks`. An answer is ordinary code:

    @wrong("affine_backward", r"db has shape .* sum over the batch")
    def bias_gradient_not_summed(dout, cache): ...

    @right("affine_forward", "affine_backward")
    class affine_with_loops:
        def affine_forward(x, w, b): ...
        def affine_backward(dout, cache): ...

A planted backward pass that brings no forward pass is given the one marked `@plain`, whose cache it can rely on.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

_answers: list[Planted] = []
_plain: dict[str, Callable] = {}


@dataclass(frozen=True)
class Planted:
    """One planted answer.

    Attributes:
        question: the graded function or class it answers.
        name: says what is wrong or different.
        definitions: what it puts into the student's namespace.
        reason: pattern that a message of a failed case must match; None for a right answer.
        earns: smallest and largest fraction of the marks that is fair.
        module: where it was planted.
        function: what it stands for: the question itself, or one of several functions that the question asks for.
    """

    question: str
    name: str
    definitions: dict[str, Any]
    reason: str | None
    earns: tuple[float, float]
    module: str
    function: str

    def namespace(self, reference: SimpleNamespace) -> dict[str, Any]:
        """A student's namespace: the reference, with this answer in its place."""
        forward = self.question.replace("_backward", "_forward")
        given = {forward: _plain[forward]} if forward in _plain and forward != self.question else {}
        return vars(reference) | given | self.definitions


def wrong(
    question: str,
    reason: str,
    *,
    earns: tuple[float, float] = (0.0, 0.4),
    function: str | None = None,
    **also: Callable,
) -> Callable:
    """Plant a wrong answer to `question`.

    Args:
        reason: pattern that a message of a failed case must match.
        earns: smallest and largest fraction of the marks that is fair.
        function: what it stands for, where the question asks for several functions.
        also: further definitions by name, for example another forward pass.
    """

    def plant(answer: Any) -> Any:
        named = function or question
        definitions = also | _definitions((named,), answer)
        _answers.append(
            Planted(question, answer.__name__, definitions, reason, earns, answer.__module__, named)
        )
        return answer

    return plant


def right(*questions: str, function: str | None = None, **also: Callable) -> Callable:
    """Plant a right answer, written differently from the reference, to each of `questions`; `function` as of `wrong`."""

    def plant(answer: Any) -> Any:
        definitions = also | _definitions((function,) if function else questions, answer)
        for question in questions:
            _answers.append(
                Planted(
                    question,
                    answer.__name__,
                    definitions,
                    None,
                    (1.0, 1.0),
                    answer.__module__,
                    function or question,
                )
            )
        return answer

    return plant


def plain(forward: Callable) -> Callable:
    """The forward pass whose cache the planted backward passes of this layer take apart."""
    _plain[forward.__name__] = forward
    return forward


def _definitions(questions: tuple[str, ...], answer: Any) -> dict[str, Any]:
    parts = vars(answer) if isinstance(answer, type) else {}
    if all(question in parts for question in questions):
        return {name: value for name, value in parts.items() if not name.startswith("__")}
    return dict.fromkeys(questions, answer)


def planted(checks: str) -> list[Planted]:
    """All answers planted for the room `autograder.checks.<checks>`; none where nothing was planted."""
    room = f"{__name__}.{checks}"
    if importlib.util.find_spec(room) is None:
        return []
    importlib.import_module(room)
    return [answer for answer in _answers if f"{answer.module}.".startswith(f"{room}.")]
