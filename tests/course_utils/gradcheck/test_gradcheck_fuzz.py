"""Random edits of right code: whatever is guessed is held against the right gradient, which the checker never sees."""

import ast
import inspect
import itertools
import random
import textwrap

import numpy as np
import pytest

from answers.gradcheck import bugs as planted
from answers.gradcheck import layers
from benchmarks.unseen import course_layers, other_layers, trials
from course_utils.gradcheck import gradient_check, loss_gradient_check
from course_utils.gradcheck.lines.edits import edits
from course_utils.gradcheck.lines.variables import Variables, names_before, unused_names

LAYERS = [
    (module, name)
    for module in (course_layers, other_layers)
    for name, function in vars(module).items()
    if name.endswith(("_backward", "_loss")) and function.__module__ == module.__name__
]


def edited(module, name, chance):
    """A backward function or a loss with one statement changed at random; None where that cannot be compiled."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(getattr(module, name))))
    function = tree.body[0]
    bodies = [node.body for node in ast.walk(function) if isinstance(getattr(node, "body", None), list)]
    body, index = chance.choice([(body, k) for body in bodies for k in range(len(body))])
    variables = Variables(names_before(function, body[index]), unused_names(function), {})
    choices = list(edits(body[index], variables))
    if not choices:
        return None
    replacement = chance.choice(choices).replacement
    body[index] = ast.fix_missing_locations(ast.copy_location(replacement, body[index]))
    space = dict(vars(module))
    exec(compile(ast.fix_missing_locations(tree), "<edited>", "exec"), space)
    return space[name], ast.unparse(replacement)


def close(a, b):
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(b).max(initial=0)))


def multiple(a, b):
    """Whether two arrays are multiples of one another."""
    if a.shape != b.shape or not np.any(a):
        return False
    return close(a * (np.vdot(a, b) / np.vdot(a, a)), b)


def constant_along(array, axes):
    return close(array, np.broadcast_to(array.mean(axis=axes, keepdims=True), array.shape))


GROUPS = {1: [(0,)], 2: [(0,), (1,)], 3: [(0,), (1, 2)], 4: [(0, 2, 3), (1, 2, 3), (2, 3)]}


class Truth:
    """What is known of one wrong gradient: itself, the right one, dout and the arguments."""

    def __init__(self, wrong, right, dout, arguments, others):
        self.wrong, self.right = np.asarray(wrong, float), np.asarray(right, float)
        self.dout, self.arguments, self.others = dout, arguments, others
        self.x = next((a for a in arguments if a.shape == self.right.shape), None)

    @property
    def error(self):
        return self.wrong - self.right

    def is_path(self):
        """What is left over is, in each group, a multiple of x less its mean and a constant."""
        for axes in GROUPS[self.x.ndim]:
            centred, error = (a - a.mean(axis=axes, keepdims=True) for a in (self.x, self.error))
            along = np.sum(centred * error, axis=axes, keepdims=True) / np.sum(
                centred**2, axis=axes, keepdims=True
            )
            if close(along * centred, error):
                return True
        return False

    def is_sum_missing(self):
        axes = [(0,), (1,), (0, 1), (0, 2), (0, 2, 3), (0, 1, 2), (2, 3)]
        sums = [self.wrong.sum(axis=axis) for axis in axes if max(axis) < self.wrong.ndim]
        return any(multiple(each, self.right) for each in sums)

    def is_column_factor(self):
        with np.errstate(all="ignore"):
            ratio = self.wrong / self.right
        columns = any(constant_along(ratio, axes) for axes in GROUPS[ratio.ndim])
        return columns or any(
            a.ndim <= ratio.ndim
            and (multiple(ratio, np.broadcast_to(a, ratio.shape)) or multiple(1 / ratio, a + 0 * ratio))
            for a in self.arguments
            if a.shape == ratio.shape[ratio.ndim - a.ndim :]
        )

    def is_of_one_side(self):
        off = np.abs(self.error) > 1e-6
        return not np.any(off & (self.x > 0)) or not np.any(off & (self.x < 0))

    def is_copied(self):
        """Two slices along an axis are alike where they should not be."""
        for axis in range(self.wrong.ndim):
            wrong, right = (np.moveaxis(a, axis, 0) for a in (self.wrong, self.right))
            for i, k in itertools.combinations(range(len(wrong)), 2):
                if close(wrong[i], wrong[k]) and not close(right[i], right[k]):
                    return True
        return False

    def is_used(self):
        """Another array in an argument's place is told by name, and only for square ones."""
        return any(a.ndim == 2 and a.shape[0] == a.shape[1] for a in self.arguments)


TRUE = {
    "zero": lambda t: not np.any(t.wrong) and np.any(t.right),
    "sign": lambda t: close(-t.wrong, t.right),
    "factor": lambda t: multiple(t.wrong, t.right),
    "offset": lambda t: close(t.error, np.full_like(t.error, t.error.mean())),
    "sum missing": Truth.is_sum_missing,
    "column factor": Truth.is_column_factor,
    "reg": lambda t: multiple(t.error, t.x) or multiple(t.error, np.sign(t.x)),
    "branch": lambda t: multiple(t.error, t.dout),
    "mean path": lambda t: any(constant_along(t.error, axes) for axes in GROUPS[t.x.ndim]),
    "variance path": Truth.is_path,
    "statistics": Truth.is_path,
    "swapped": lambda t: any(close(t.wrong, other) for other in t.others),
    "copied": Truth.is_copied,
    "one number": lambda t: np.ptp(t.wrong) == 0,
    "another array": lambda t: any(close(t.wrong, a) for a in (t.dout, *t.arguments)),
    "upstream": lambda t: True,  # held by the law itself: the same gradient for another dout
    "transposed": lambda t: t.is_used() or sorted(t.wrong.shape) == sorted(t.right.shape),
    "never filled": lambda t: not np.any(t.wrong[np.abs(t.error) > 1e-6]),
    "one side": Truth.is_of_one_side,
    "one-hot": lambda t: np.any(t.error),
    "mask": lambda t: t.wrong.shape == t.dout.shape,
    "formula": lambda t: t.wrong.shape == t.dout.shape,
    "wrong array": lambda t: t.wrong.shape == t.dout.shape,
    "slope twice": lambda t: close(t.wrong * t.dout, t.right**2) or close(t.wrong, t.right * t.dout),
    "cut": lambda t: close(t.wrong, np.maximum(t.right, 0)),
    "sign lost": lambda t: close(t.wrong, np.abs(t.right)),
    "signs": lambda t: close(np.abs(t.wrong), np.abs(t.right)),
    "row factor": lambda t: all(multiple(a, b) for a, b in zip(t.wrong, t.right, strict=True)),
    # Where nothing should come back, something does.
    "routing": lambda t: np.any(t.wrong[t.right == 0]),
    "misread": lambda t: np.any(t.error),  # held by the numeric gradient of what was read
    "added": lambda t: True,  # held by the law itself: not zero for a zero dout
}


def gradients(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.filterwarnings("ignore")
def test_what_is_guessed_of_random_edits_is_true(seed):
    chance = random.Random(seed)
    for k in range(30):
        module, name = chance.choice(LAYERS)
        layer = name.removesuffix("_backward")
        args, kwargs = trials.inputs(layer, np.random.default_rng(k))
        is_loss = name.endswith("_loss")
        try:
            version, text = edited(module, name, chance)
            if is_loss:
                report = loss_gradient_check(version, *args, line_seconds=0, **kwargs)
                value, gradient = getattr(module, name)(*args, **kwargs)
                other, wrong = version(*args, **kwargs)
                if other != value:
                    continue
                dout, right, wrong = np.ones(()), (gradient,), (wrong,)
            else:
                forward = getattr(module, f"{layer}_forward")
                out, cache = forward(*args, **kwargs)
                dout = np.random.default_rng(k).normal(size=out.shape)
                right = gradients(getattr(module, name)(dout.copy(), cache))
                wrong = gradients(version(dout.copy(), forward(*args, **kwargs)[1]))
                report = gradient_check(forward, version, *args, dout=dout, line_seconds=0, **kwargs)
        except Exception:
            continue
        floats = [a for a in args if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
        for place, result in enumerate(report.results[: len(right)]):
            if result.cause is not None:
                others = [r for other, r in enumerate(right) if other != place]
                truth = Truth(wrong[place], right[place], dout, floats, others)
                assert TRUE[result.cause.kind](truth), f"{name}: {text}\n{result}"


# What stays true of a gradient whose entries are each multiplied by a number of their own.
STILL_TRUE = {
    "zero", "upstream", "repeat", "another array", "last call", "wrong axis", "axes", "padding", "missing", "keepdims", "integer", "added",
}  # fmt: skip
SPOILT = [bug for bug in [*planted.bugs(), *planted.held_out()] if not bug.trial.endswith("net")]


@pytest.mark.parametrize("bug", SPOILT, ids=lambda bug: f"{bug.trial}: {bug.title}")
@pytest.mark.filterwarnings("ignore")
def test_next_to_every_planted_mistake_there_is_one_that_is_not_named(bug):
    rng = np.random.default_rng(0)
    trial = layers.trials(rng)[bug.trial]

    def spoilt(gradient):
        if np.ndim(gradient) == 0 or np.size(gradient) < 3:
            return gradient
        return gradient * np.random.default_rng(3).uniform(0.6, 1.4, np.shape(gradient))

    def answer(*args, **kwargs):
        result = bug.answer(*args, **kwargs)
        if trial.kind == "loss":
            return result[0], spoilt(result[1])
        return tuple(map(spoilt, result)) if isinstance(result, tuple) else spoilt(result)

    for result in trial.check(answer, np.random.default_rng(1)).results:
        if result.cause is not None and result.analytic is not None and result.analytic.size > 2:
            # Each is true of these numbers, too: wrong on one side alone, or where nothing should be.
            still = ("on one side", "of their window get the gradient too", "the other side is right")
            assert result.cause.kind in STILL_TRUE or any(words in result.cause.clause for words in still), (
                result
            )
