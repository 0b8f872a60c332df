"""What the unseen mistakes are tried on, and how a report on one is judged."""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.fresh import course_bugs as fresh_course_bugs
from benchmarks.fresh import other_bugs as fresh_other_bugs
from benchmarks.fresh import other_layers as fresh_other_layers
from benchmarks.unseen import course_bugs, course_layers, other_bugs, other_layers
from course_utils.gradcheck import GradientReport, gradient_check, loss_gradient_check
from course_utils.gradcheck.lines import Location, Way
from course_utils.gradcheck.lines.location import TAKEN
from course_utils.gradcheck.locating import DESCRIBED

# Sentences that are true of any wrong gradient, and so name nothing.
GENERIC = re.compile(r"times what it should be everywhere")


@dataclass(frozen=True)
class Unseen:
    """A mistake as an edit of right source, in a module of right layers."""

    module: ModuleType
    layer: str
    title: str
    right: str
    wrong: str
    words: str

    def code(self) -> tuple[Callable, int]:
        """The function with the mistake, its source where `inspect` finds it as in a notebook, and the mistake's line."""
        name = self.layer if self.layer.endswith("_loss") else f"{self.layer}_backward"
        source = inspect.getsource(getattr(self.module, name))
        line = source[: source.index(self.right)].count("\n") + 1
        return compiled(name, source.replace(self.right, self.wrong), dict(vars(self.module))), line

    @property
    def line(self) -> str:
        """The line with the mistake."""
        function, number = self.code()
        return inspect.getsource(function).splitlines()[number - 1].strip()

    def arguments(self, seed: int) -> tuple[tuple, dict]:
        """What its layer takes, by position and by name."""
        return getattr(self.module, "arguments", inputs)(self.layer, np.random.default_rng(seed))

    def check(self, seed: int) -> GradientReport:
        """The report on it."""
        function, _ = self.code()
        args, kwargs = self.arguments(seed)
        rng = np.random.default_rng(seed + 1)
        if self.layer.endswith("_loss"):
            return loss_gradient_check(function, *args, rng=rng, line_seconds=0, **kwargs)
        forward = getattr(self.module, f"{self.layer}_forward")
        return gradient_check(forward, function, *args, rng=rng, line_seconds=0, **kwargs)


def compiled(name: str, source: str, space: dict[str, Any]) -> Callable:
    """The function of a cell."""
    file = f"<cell {abs(hash(source))}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), space)
    return space[name]


def mistakes(whose: str) -> Iterator[Unseen]:
    """All on the "course"'s kinds of layers, or on "other" ones; or those of the second, "fresh" set."""
    module, bugs = {
        "course": (course_layers, course_bugs.BUGS),
        "other": (other_layers, other_bugs.BUGS),
        "fresh course": (course_layers, fresh_course_bugs.BUGS),
        "fresh other": (fresh_other_layers, fresh_other_bugs.BUGS),
    }[whose]
    for layer, edits in bugs.items():
        for edit in edits:
            yield Unseen(module, layer, *edit)


def outcome(bug: Unseen, seed: int) -> tuple[str, str]:
    """("named" | "unnamed" | "wrongly" | "missed", what the report says) for one mistake and one seed."""
    report = bug.check(seed)
    # As it is said of a second version of a function that the course grades, and of any other at once.
    line = report.find(2.0) if report.find else None
    said = "\n".join([*report.failures, *([str(line)] if line else [])])
    if report.passed:
        return "missed", said
    causes = {result.cause for result in report.results if result.cause is not None}
    if line:
        causes = {cause for cause in causes if cause.kind not in DESCRIBED}
    clauses = [cause.clause for cause in causes if not GENERIC.search(cause.clause)]
    judged = {_judged(bug, clause) for clause in clauses}
    judged |= {_leads_to(bug, line)} if line else set()
    if not judged:
        return "unnamed", said
    return ("wrongly" if False in judged else "named"), said


def _leads_to(bug: Unseen, found: Location | Way) -> bool:
    """Whether what is to change is on the mistake's line, or, where no line is said, may be there."""
    if isinstance(found, Location):
        return found.line == bug.code()[1]
    if found.kind == TAKEN:
        return _judged(bug, str(found))
    return any(bug.line.startswith(f"{name} ") for name in found.names)


def _judged(bug: Unseen, clause: str) -> bool:
    return re.search(bug.words, clause) is not None


def inputs(layer: str, rng: np.random.Generator) -> tuple[tuple, dict]:
    """Arguments of one layer or loss, by position and by name."""
    n = rng.normal
    if layer in ("conv", "max_pool"):
        x = n(size=(2, 3, 7, 7))
        window = {"stride": 2, "pad": 1} if layer == "conv" else {"size": 3, "stride": 2}
        return ((x, n(size=(4, 3, 3, 3)), n(size=4)) if layer == "conv" else (x,)), window
    if layer in ("softmax_loss", "svm_loss", "smoothed_loss"):
        return (n(size=(6, 4)), rng.integers(0, 4, size=6)), {}
    shapes = {
        "affine": ((6, 2, 3), (6, 4), (4,)),
        "batchnorm": ((7, 4), (4,), (4,)),
        "layernorm": ((3, 6), (6,), (6,)),
        "spatial_batchnorm": ((2, 3, 4, 4), (3,), (3,)),
        "two_layers": ((6, 4), (4, 5), (5,), (5, 3), (3,)),
        "attention": ((4, 4), (4, 4), (4, 4)),
        "causal_attention": ((4, 3), (3, 5), (3, 5), (3, 5)),
        "lstm_step": ((3, 4), (3, 5), (3, 5), (4, 20), (5, 20), (20,)),
        "rnn": ((2, 4, 3), (2, 5), (3, 5), (5, 5), (5,)),
        "swish": ((4, 3), (3,)),
        "rms_norm": ((4, 6), (6,)),
    }
    if layer == "embedding":
        return (n(size=(5, 3)), np.array([0, 2, 2, 4])), {}
    if layer == "bce_loss":
        return (n(size=(4, 3)), rng.random((4, 3))), {}
    if layer in ("huber_loss", "cosine_loss"):
        return (n(size=(4, 3)), 2 * n(size=(4, 3))), {}
    return tuple(n(size=shape) for shape in shapes.get(layer, ((4, 5),))), {}
