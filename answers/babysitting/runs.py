"""Planted answers: what is looked at before and during a training."""

import math

import numpy as np

from answers import right, wrong
from course_utils.training import stopping

# check_first_loss


def _looked(
    model,
    X,
    y,
    num_classes,
    strong_reg=1e3,
    tolerance=0.1,
    *,
    weak=0.0,
    guess=np.log,
    near=None,
    rises=None,
    back=True,
):
    """The report with one of its decisions taken otherwise."""
    kept = model.reg
    try:
        model.reg = kept if weak is None else weak
        loss = model.loss(X, y)[0]
        model.reg = strong_reg
        regularized = model.loss(X, y)[0]
    finally:
        if back:
            model.reg = kept
    expected = guess(num_classes)
    near = near or (lambda loss, expected, tolerance: abs(loss - expected) <= tolerance * expected)
    rises = rises or (lambda loss, regularized: regularized > loss)
    ok = bool(near(loss, expected, tolerance) and rises(loss, regularized))
    return {"loss": loss, "expected": expected, "regularized": regularized, "ok": ok}


def _reports(name, reason, earns=(0.0, 0.97), **decisions):
    def check_first_loss(model, X, y, num_classes, strong_reg=1e3, tolerance=0.1):
        return _looked(model, X, y, num_classes, strong_reg, tolerance, **decisions)

    check_first_loss.__name__, check_first_loss.__module__ = name, __name__
    (wrong("check_first_loss", reason, earns=earns) if reason else right("check_first_loss"))(
        check_first_loss
    )


_reports("leaves_reg_changed", "model.reg afterwards", back=False)
_reports("keeps_the_old_reg", "asked for with model.reg = 0", weak=None)
_reports("logarithm_to_base_ten", "natural logarithm", guess=np.log10)
_reports("expects_one_over_C", "natural logarithm", guess=lambda C: 1 / C)
_reports("an_absolute_tolerance", "are allowed", near=lambda a, e, t: abs(a - e) <= t)
_reports(
    "a_loss_that_is_too_small_is_fine",
    "the loss is that of 5 classes, not of 12",
    near=lambda a, e, t: a <= e * (1 + t),
)
_reports(
    "a_loss_that_is_too_large_is_fine",
    "the loss is that of 5 classes, not of 3",
    near=lambda a, e, t: a >= e * (1 - t),
)
_reports("regularization_is_not_looked_at", "with and without regularization", rises=lambda a, b: True)
_reports("regularization_may_lower", "regularization makes the loss smaller", rises=lambda a, b: a != b)


@wrong("check_first_loss", "strong_reg was 7", earns=(0.5, 0.95))
def a_strong_reg_of_its_own(model, X, y, num_classes, strong_reg=1e3, tolerance=0.1):
    return _looked(model, X, y, num_classes, 1e3, tolerance)


@wrong("check_first_loss", "model.params afterwards", earns=(0.5, 0.97))
def takes_a_step_as_well(model, X, y, num_classes, strong_reg=1e3, tolerance=0.1):
    report = _looked(model, X, y, num_classes, strong_reg, tolerance)
    for name, grad in model.loss(X, y)[1].items():
        model.params[name] -= 1e-3 * grad
    return report


@wrong("check_first_loss", "model.reg afterwards", earns=(0.8, 0.99))
def forgets_reg_when_the_model_raises(model, X, y, num_classes, strong_reg=1e3, tolerance=0.1):
    kept, expected = model.reg, math.log(num_classes)
    model.reg = 0.0
    loss = model.loss(X, y)[0]
    model.reg = strong_reg
    regularized = model.loss(X, y)[0]
    model.reg = kept
    ok = abs(loss - expected) <= tolerance * expected and regularized > loss
    return {"loss": loss, "expected": expected, "regularized": regularized, "ok": bool(ok)}


_reports("first_loss_by_the_book", None)
_reports("first_loss_by_ratio", None, near=lambda a, e, t: -t <= a / e - 1 <= t)
_reports("first_loss_with_minus_log_share", None, guess=lambda C: -math.log(1 / C))

# overfit_small


def _learned(
    model, X, y, rate, max_steps=200, count=20, *, reg=0.0, back=True, tests_first=False, done=1.0, batch=None
):
    kept = model.reg
    model.reg = kept if reg is None else reg
    X, y = X[:count], y[:count]
    accuracy, steps = 0.0, 0
    while steps < max_steps:
        if tests_first and np.mean(model.loss(X).argmax(axis=1) == y) == 1:
            accuracy = 1.0
            break
        chosen = slice(None) if batch is None else np.arange(steps, steps + batch) % len(X)
        _, grads = model.loss(X[chosen], y[chosen])
        for name in model.params:
            model.params[name] -= rate * grads[name]
        steps += 1
        accuracy = float(np.mean(model.loss(X).argmax(axis=1) == y))
        if accuracy >= done and not tests_first:
            break
    model.reg = kept if back else model.reg
    return accuracy, steps


def _learns(name, reason, earns=(0.0, 0.97), result=lambda accuracy, steps: (accuracy, steps), **decisions):
    def overfit_small(model, X, y, learning_rate, max_steps=200, count=20):
        changed = {"max_steps": max_steps, "count": count} | decisions
        return result(*_learned(model, X, y, learning_rate, **changed))

    overfit_small.__name__, overfit_small.__module__ = name, __name__
    (wrong("overfit_small", reason, earns=earns) if reason else right("overfit_small"))(overfit_small)


_learns("trains_with_regularization", "steps is|accuracy is|without reg", reg=None)
_learns("forgets_to_put_reg_back", "model.reg afterwards", back=False)
_learns("never_stops_early", "steps is", done=2.0)
_learns("all_examples", "One step is one batch of the first 20 examples", count=10**6)
_learns("always_twenty", "steps is|accuracy is", count=20, earns=(0.4, 0.95))
_learns("always_two_hundred_steps", "steps is", max_steps=200)
_learns("steps_counted_from_zero", "steps is", result=lambda accuracy, steps: (accuracy, steps - 1))
_learns("results_exchanged", "steps is", result=lambda accuracy, steps: (steps, accuracy), earns=(0.0, 0.3))
_learns("one_example_a_step", "steps is|full batch", batch=1)
_learns("stops_at_ninety_percent", "steps is|accuracy is", done=0.9)


@wrong("overfit_small", "full batch", earns=(0.2, 0.85))
def trains_a_copy(model, X, y, learning_rate, max_steps=200, count=20):
    first = {name: w.copy() for name, w in model.params.items()}
    result = _learned(model, X, y, learning_rate, max_steps, count)
    model.params.update(first)
    return result


_learns("learns_by_the_book", None)
_learns("learns_and_gives_numpy_numbers", None, result=lambda a, s: (np.float64(a), np.int64(s)))


@right("overfit_small")
def learns_with_a_for_loop(model, X, y, learning_rate, max_steps=200, count=20):
    kept, model.reg = model.reg, 0.0
    X, y, right_ones, step = X[:count], y[:count], 0, 0
    for step in range(1, max_steps + 1):  # noqa: B007
        _, grads = model.loss(X, y)
        for name, w in model.params.items():
            w -= learning_rate * grads[name]
        right_ones = np.sum(np.argmax(model.loss(X), axis=-1) == y)
        if right_ones == len(y):
            break
    model.reg = kept
    return right_ones / len(y), step


# should_stop


@wrong("should_stop", "the loss is NaN", earns=(0.3, 0.8))
def nan_compares_false(losses, factor=3.0):
    return len(losses) > 0 and bool(losses[-1] > factor * losses[0])


@wrong("should_stop", "the loss is infinite", earns=(0.6, 0.9))
def only_nan(losses, factor=3.0):
    return len(losses) > 0 and bool(np.isnan(losses[-1]) or losses[-1] > factor * losses[0])


@wrong("should_stop", "an earlier loss was NaN", earns=(0.7, 0.95))
def looks_for_nan_anywhere(losses, factor=3.0):
    return bool(len(losses) and (not np.isfinite(losses).all() or losses[-1] > factor * losses[0]))


@wrong("should_stop", "it has come down again", earns=(0.5, 0.9))
def any_loss_counts(losses, factor=3.0):
    losses = np.asarray(losses, dtype=float)
    return bool(len(losses) and (not np.isfinite(losses).all() or losses.max() > factor * losses[0]))


@wrong("should_stop", "compared with the first loss", earns=(0.5, 0.9))
def compares_with_the_smallest(losses, factor=3.0):
    return bool(len(losses) and (not np.isfinite(losses[-1]) or losses[-1] > factor * np.min(losses)))


@wrong("should_stop", "exactly three times is not more", earns=(0.5, 0.9))
def three_times_is_enough(losses, factor=3.0):
    return bool(len(losses) and (not np.isfinite(losses[-1]) or losses[-1] >= factor * losses[0]))


@wrong("should_stop", "not more than 5 times", earns=(0.8, 0.98))
def always_three(losses, factor=3.0):
    return right_stop(losses)


@wrong("should_stop", "there is no loss yet|IndexError", earns=(0.6, 0.98))
def fails_without_losses(losses, factor=3.0):
    return bool(not np.isfinite(losses[-1]) or losses[-1] > factor * losses[0])


@wrong("should_stop", "an array is as good as a list|ambiguous|no loss yet", earns=(0.7, 0.99))
def asks_an_array_for_its_truth(losses, factor=3.0):
    if not losses:
        return False
    return bool(not np.isfinite(losses[-1]) or losses[-1] > factor * losses[0])


@wrong("should_stop", "write this one yourself")
def stops_by_the_library(losses, factor=3.0):
    return len(losses) > 0 and (
        not np.isfinite(losses[-1]) or stopping.has_diverged(list(losses), ratio=factor)
    )


@right("should_stop")
def right_stop(losses, factor=3.0):
    if len(losses) == 0:
        return False
    last = losses[-1]
    return bool(np.isnan(last) or np.isinf(last) or last > factor * losses[0])


@right("should_stop")
def stop_unless_fine(losses, factor=3.0):
    return len(losses) > 0 and not (-np.inf < losses[-1] <= factor * losses[0] and losses[-1] < np.inf)


@right("should_stop")
def stop_with_python_alone(losses, factor=3.0):
    losses = [float(loss) for loss in losses]
    return bool(losses) and (not math.isfinite(losses[-1]) or losses[-1] > factor * losses[0])


# update_ratio


@wrong("update_ratio", "Left out is what is zero in all its places", earns=(0.6, 0.9))
def leaves_out_what_sums_to_zero(before, after):
    kept = [name for name, w in before.items() if w.sum() != 0]
    return {name: np.linalg.norm(after[name] - before[name]) / np.linalg.norm(before[name]) for name in kept}


@wrong("update_ratio", "Left out is what is zero in all its places", earns=(0.6, 0.9))
def leaves_out_what_holds_a_zero(before, after):
    kept = [name for name, w in before.items() if np.all(w)]
    return {name: np.linalg.norm(after[name] - before[name]) / np.linalg.norm(before[name]) for name in kept}


@wrong("update_ratio", "Here the update was divided by the norm of after", earns=(0.0, 0.5))
def over_the_norm_after(before, after):
    return {n: np.linalg.norm(after[n] - w) / np.linalg.norm(after[n]) for n, w in before.items() if w.any()}


@wrong("update_ratio", "Here each number was divided by its own", earns=(0.0, 0.3))
def mean_of_ratios(before, after):
    return {n: np.mean(np.abs((after[n] - w) / w)) for n, w in before.items() if w.any()}


@wrong("update_ratio", "Here two norms were subtracted", earns=(0.0, 0.3))
def norms_that_are_subtracted(before, after):
    return {
        n: abs(np.linalg.norm(after[n]) - np.linalg.norm(w)) / np.linalg.norm(w)
        for n, w in before.items()
        if w.any()
    }


@wrong("update_ratio", "the ratios", earns=(0.0, 0.3))
def largest_singular_value(before, after):
    def size(w):
        return np.linalg.norm(w, 2) if w.ndim == 2 else np.linalg.norm(w)

    return {n: size(after[n] - w) / size(w) for n, w in before.items() if w.any()}


@wrong("update_ratio", "they have no ratio and are left out", earns=(0.6, 0.9))
def infinite_where_zero(before, after):
    with np.errstate(all="ignore"):
        return {n: np.linalg.norm(after[n] - w) / np.linalg.norm(w) for n, w in before.items()}


@wrong("update_ratio", "has no key", earns=(0.5, 0.98))
def leaves_out_what_did_not_move(before, after):
    return {n: r for n, r in right_ratio(before, after).items() if r > 0}


@wrong("update_ratio", "Here the norms were squared", earns=(0.0, 0.5))
def squared_norms(before, after):
    return {n: np.sum((after[n] - w) ** 2) / np.sum(w**2) for n, w in before.items() if w.any()}


@wrong("update_ratio", "the ratios", earns=(0.7, 0.99))
def adds_a_small_number(before, after):
    return {
        n: np.linalg.norm(after[n] - w) / (np.linalg.norm(w) + 1e-12) for n, w in before.items() if w.any()
    }


@wrong("update_ratio", "write this one yourself")
def ratio_by_the_library(before, after):
    return {n: stopping.update_ratio(after[n] - w, w) for n, w in before.items() if w.any()}


@right("update_ratio")
def right_ratio(before, after):
    return {
        name: np.linalg.norm((after[name] - w).ravel()) / np.linalg.norm(w.ravel())
        for name, w in before.items()
        if np.any(w != 0)
    }


@right("update_ratio")
def ratio_in_a_loop(before, after):
    ratios = {}
    for name in before:
        size = np.sqrt(np.sum(before[name].astype(np.float64) ** 2))
        if size != 0:
            ratios[name] = float(np.sqrt(np.sum((after[name] - before[name]).astype(np.float64) ** 2)) / size)
    return ratios


@right("update_ratio")
def ratio_with_dot_products(before, after):
    ratios = {}
    for name, w in before.items():
        move, w = (after[name] - w).ravel(), w.ravel()
        if w.any():
            ratios[name] = np.sqrt(move @ move) / np.sqrt(w @ w)
    return ratios
