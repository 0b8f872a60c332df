"""Planted answers: the losses."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.

import numpy as np

from answers import right, wrong


def _softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _cross_entropy(x, y):
    """Loss and gradient, each a sum over the batch."""
    shifted = x - x.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(x)), y]
    dx = _softmax(x)
    dx[np.arange(len(x)), y] -= 1
    return losses.sum(), dx


@wrong("softmax_loss", "around 10,000: (loss|dx) is (nan|inf).*largest score", earns=(0.7, 0.9))
def softmax_without_a_shift(x, y):
    p = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    return loss, p / len(x)


@wrong("softmax_loss", "each row at its own height: .*own maximum", earns=(0.7, 0.95))
def softmax_shifts_all_rows_alike(x, y):
    e = np.exp(x - x.max())
    p = e / e.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    return loss, p / len(x)


@wrong("softmax_loss", "far behind: loss is inf.*log", earns=(0.8, 0.96))
def softmax_takes_the_log_of_zero(x, y):
    p = _softmax(x)
    rows = np.arange(len(x))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    return loss, p / len(x)


@wrong("softmax_loss", "Here the logarithm saw no less than 1e-08", earns=(0.0, 0.9))
def softmax_adds_a_little_before_the_log(x, y):
    _, dx = _cross_entropy(x, y)
    return -np.log(_softmax(x)[np.arange(len(x)), y] + 1e-8).mean(), dx / len(x)


for _little in (3e-7, 1e-15, np.finfo(float).eps, 1e-30, 1e-300):

    def _added(x, y, little=_little):
        _, dx = _cross_entropy(x, y)
        return -np.log(_softmax(x)[np.arange(len(x)), y] + little).mean(), dx / len(x)

    _added.__name__ = f"softmax_adds_{_little:.3g}_before_the_log"
    _seen = f"Here the logarithm saw no less than {_little:.3g} .added"
    wrong("softmax_loss", _seen, earns=(0.0, 0.98))(_added)


@wrong("softmax_loss", "Here probabilities below 1e-06 were cut off before the logarithm", earns=(0.8, 0.98))
def softmax_cuts_probabilities_off(x, y):
    _, dx = _cross_entropy(x, y)
    return -np.log(np.maximum(_softmax(x)[np.arange(len(x)), y], 1e-6)).mean(), dx / len(x)


@wrong("softmax_loss", "Here the losses of all classes were averaged", earns=(0.0, 0.5))
def softmax_loss_of_all_classes(x, y):
    _, dx = _cross_entropy(x, y)
    return -np.log(_softmax(x)).mean(), dx / len(x)


@wrong("softmax_loss", "Here p.:, y. takes every label of the batch for each example: ", earns=(0.0, 0.5))
def softmax_loss_of_every_label(x, y):
    _, dx = _cross_entropy(x, y)
    return -np.log(_softmax(x)[:, y]).mean(), dx / len(x)


@wrong("softmax_loss", "Here p.:, y. -= 1 subtracts at every label of the batch", earns=(0.0, 0.5))
def softmax_gradient_at_every_label(x, y):
    loss, dx = _cross_entropy(x, y)
    dx = _softmax(x)
    dx[:, y] -= 1
    return loss / len(x), dx / len(x)


@wrong("softmax_loss", "Here the maximum was subtracted inside exp alone", earns=(0.0, 0.5))
def softmax_shifts_one_side(x, y):
    _, dx = _cross_entropy(x, y)
    log_sums = np.log(np.exp(x - x.max(axis=1, keepdims=True)).sum(axis=1))
    return (log_sums - x[np.arange(len(x)), y]).mean(), dx / len(x)


@wrong("softmax_loss", "axis 0 needs the shape .4, 1.: keepdims=True", earns=(0.0, 0.1))
def softmax_without_keepdims(x, y):
    e = np.exp(x - x.max(axis=1))
    return 0.0, e / e.sum(axis=1)


@wrong("softmax_loss", "Here the losses of the examples were added up", earns=(0.0, 0.1))
def softmax_sums_over_the_batch(x, y):
    return _cross_entropy(x, y)


@wrong(
    "softmax_loss",
    "Here dx was not divided by N",
    earns=(0.1, 0.4),
)
def softmax_gradient_not_averaged(x, y):
    loss, dx = _cross_entropy(x, y)
    return loss / len(x), dx


@wrong("softmax_loss", "dx is wrong", earns=(0.1, 0.4))
def softmax_gradient_averaged_twice(x, y):
    loss, dx = _cross_entropy(x, y)
    return loss / len(x), dx / len(x) ** 2


@wrong("softmax_loss", "Here the 1 was not subtracted at the right", earns=(0.1, 0.4))
def softmax_forgets_minus_one(x, y):
    return _cross_entropy(x, y)[0] / len(x), _softmax(x) / len(x)


@wrong("softmax_loss", "Here the minus was forgotten", earns=(0.1, 0.4))
def softmax_loss_of_the_wrong_sign(x, y):
    loss, dx = _cross_entropy(x, y)
    return -loss / len(x), dx / len(x)


@wrong("softmax_loss", "(loss|dx) (is|has)", earns=(0.0, 0.2))
def softmax_over_the_batch(x, y):
    p = _softmax(x.T).T
    rows = np.arange(len(x))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    return loss, p / len(x)


@wrong("softmax_loss", "changed in place", earns=(0.7, 0.95))
def softmax_shifts_x_in_place(x, y):
    loss, dx = _cross_entropy(x, y)
    x -= x.max(axis=1, keepdims=True)
    return loss / len(x), dx / len(x)


@wrong("softmax_loss", "loss has shape", earns=(0.1, 0.4))
def softmax_loss_for_each_example(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(x)), y]
    return losses, _cross_entropy(x, y)[1] / len(x)


@wrong("softmax_loss", r"must return \(loss, dx\)", earns=(0.0, 0.01))
def softmax_forgets_the_gradient(x, y):
    return _cross_entropy(x, y)[0] / len(x)


@wrong("softmax_loss", "Here the logarithm has base 2", earns=(0.1, 0.4))
def softmax_in_bits(x, y):
    loss, dx = _cross_entropy(x, y)
    return loss / len(x) / np.log(2), dx / len(x)


@wrong("softmax_loss", "precision", earns=(0.0, 0.1))
def softmax_in_single_precision(x, y):
    loss, dx = _cross_entropy(x.astype(np.float32), y)
    return loss / np.float32(len(x)), dx / np.float32(len(x))


@right("softmax_loss")
def softmax_with_loops(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        top = max(float(v) for v in x[n])
        total = sum(np.exp(float(v) - top) for v in x[n])
        loss += (np.log(total) + top - float(x[n, y[n]])) / N
        for c in range(C):
            dx[n, c] = (np.exp(float(x[n, c]) - top) / total - (c == y[n])) / N
    return loss, dx


@right("softmax_loss")
def softmax_by_logsumexp(x, y):
    N, C = x.shape
    x = x.astype(np.float64)
    log_total = np.logaddexp.reduce(x, axis=1)
    one_hot = np.eye(C)[y]
    return np.asarray((log_total - (x * one_hot).sum(axis=1)).mean()), (
        np.exp(x - log_total[:, None]) - one_hot
    ) / N


@right("softmax_loss")
def softmax_in_place_on_a_copy(x, y):
    scores = x.copy()
    scores -= scores.max(axis=1)[:, np.newaxis]
    rows = np.arange(len(y))
    right_scores = scores[rows, y].copy()
    np.exp(scores, out=scores)
    totals = scores.sum(axis=1)
    loss = float(np.mean(np.log(totals) - right_scores))
    scores /= totals[:, np.newaxis]
    scores[rows, y] -= 1
    scores /= len(y)
    return [loss, scores]


def _hinge(x, y, margin=1.0):
    """Margins above zero, none for the right class."""
    rows = np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + margin)
    margins[rows, y] = 0
    return margins


def _hinge_gradient(margins, y):
    dx = (margins > 0).astype(float)
    dx[np.arange(len(y)), y] = -dx.sum(axis=1)
    return dx


@wrong("svm_loss", "Here the right class was counted", earns=(0.1, 0.4))
def svm_counts_the_right_class(x, y):
    margins = _hinge(x, y)
    return margins.sum() / len(x) + 1, _hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "the gradient of a batch: .*Here the margin of 1 was forgotten", earns=(0.0, 0.4))
def svm_without_a_margin(x, y):
    margins = _hinge(x, y, 0.0)
    return margins.sum() / len(x), _hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "Here the losses of the examples were added up", earns=(0.0, 0.05))
def svm_sums_over_the_batch(x, y):
    margins = _hinge(x, y)
    return margins.sum(), _hinge_gradient(margins, y)


@wrong("svm_loss", "Here the loss was averaged over the classes", earns=(0.1, 0.4))
def svm_averages_over_classes_too(x, y):
    margins = _hinge(x, y)
    return margins.mean(), _hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "Here the right class lost 1", earns=(0.1, 0.5))
def svm_right_class_counted_once(x, y):
    margins = _hinge(x, y)
    dx = (margins > 0).astype(float)
    dx[np.arange(len(y)), y] = -1
    return margins.sum() / len(x), dx / len(x)


@wrong("svm_loss", "Here the right class got no gradient", earns=(0.1, 0.4))
def svm_right_class_left_out(x, y):
    margins = _hinge(x, y)
    return margins.sum() / len(x), (margins > 0) / len(x)


@wrong("svm_loss", "Here the gradient was not divided by N", earns=(0.1, 0.4))
def svm_gradient_not_averaged(x, y):
    margins = _hinge(x, y)
    return margins.sum() / len(x), _hinge_gradient(margins, y)


@wrong("svm_loss", "Here the margins were squared", earns=(0.0, 0.4))
def svm_squares_the_margins(x, y):
    margins = _hinge(x, y)
    return (margins**2).sum() / len(x), _hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "(loss|dx) is", earns=(0.0, 0.5))
def svm_hears_the_worst_class_only(x, y):
    margins = _hinge(x, y)
    margins = margins * (margins == margins.max(axis=1, keepdims=True))
    return margins.sum() / len(x), _hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "dx is wrong.*sign", earns=(0.1, 0.4))
def svm_gradient_of_the_wrong_sign(x, y):
    margins = _hinge(x, y)
    return margins.sum() / len(x), -_hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "Here the margins were not cut off at 0: it is max", earns=(0.0, 0.5))
def svm_without_the_cut(x, y):
    rows = np.arange(len(x))
    margins = x - x[rows, y][:, None] + 1
    margins[rows, y] = 0
    return margins.sum() / len(x), _hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "Here every wrong class got a gradient", earns=(0.0, 0.5))
def svm_gradient_without_the_cut(x, y):
    margins = _hinge(x, y)
    others = np.ones_like(x)
    others[np.arange(len(x)), y] = 0
    return margins.sum() / len(x), _hinge_gradient(others, y) / len(x)


@wrong("svm_loss", "Here the scores were subtracted the wrong way round", earns=(0.0, 0.4))
def svm_subtracts_the_wrong_way_round(x, y):
    margins = _hinge(-x, y)
    return margins.sum() / len(x), _hinge_gradient(margins, y) / len(x)


@wrong("svm_loss", "Here the margins themselves came back", earns=(0.1, 0.4))
def svm_gradient_is_the_margins(x, y):
    margins = _hinge(x, y)
    dx = margins.copy()
    dx[np.arange(len(y)), y] = -dx.sum(axis=1)
    return margins.sum() / len(x), dx / len(x)


@wrong("svm_loss", "changed in place", earns=(0.7, 0.95))
def svm_shifts_x_in_place(x, y):
    margins = _hinge(x, y)
    x -= x[np.arange(len(y)), y][:, None].copy()
    return margins.sum() / len(x), _hinge_gradient(margins, y) / len(x)


@right("svm_loss")
def svm_with_loops(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for n in range(N):
        for c in range(C):
            margin = x[n, c] - x[n, y[n]] + 1
            if c != y[n] and margin > 0:
                loss += margin / N
                dx[n, c] += 1 / N
                dx[n, y[n]] -= 1 / N
    return loss, dx


@right("svm_loss")
def svm_with_one_hot_labels(x, y):
    N, C = x.shape
    x = x.astype(np.float64)
    one_hot = np.eye(C)[y]
    right_score = np.einsum("nc,nc->n", x, one_hot)
    raw = x - right_score[:, None] + 1 - one_hot
    broken = (raw > 0) & (one_hot == 0)
    dx = broken - one_hot * broken.sum(axis=1, keepdims=True)
    return np.asarray(np.where(broken, raw, 0).sum() / N), dx / N


@right("svm_loss")
def svm_less_one_for_the_right_class(x, y):
    N, rows = len(x), np.arange(len(x))
    margins = np.clip(x - np.take_along_axis(x, y[:, None], axis=1) + 1, 0, None)
    loss = float(np.sum(margins) / N - 1)
    dx = np.where(margins > 0, np.ones_like(x), 0)
    dx[rows, y] -= np.count_nonzero(margins, axis=1)
    return [loss, dx / N]


def _summed_over(axis):
    """Softmax whose sum goes over this axis, after each example's own maximum was subtracted."""

    def softmax(x, y):
        rows = np.arange(len(x))
        e = np.exp(x - x.max(axis=1, keepdims=True))
        p = e / e.sum(axis=axis, keepdims=True)
        loss = -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        return loss, p / len(x)

    return softmax


for _axis, _sum in ((0, "sum over the batch, axis 0"), (None, "sum over the whole batch")):
    _summed = _summed_over(_axis)
    _summed.__name__ = f"softmax_summed_over_{_axis}"
    wrong("softmax_loss", f"the loss of a batch: .*Here exp was divided by its {_sum}")(_summed)


@wrong("softmax_loss", "the gradient of a batch: .*Here 1 was added at the right class")
def softmax_adds_one_at_the_right_class(x, y):
    loss, _ = _cross_entropy(x, y)
    p = _softmax(x)
    p[np.arange(len(x)), y] += 1
    return loss / len(x), p / len(x)


@wrong("softmax_loss", "the loss of a batch: .*Here the logarithm was forgotten")
def softmax_without_a_logarithm(x, y):
    _, dx = _cross_entropy(x, y)
    return -_softmax(x)[np.arange(len(x)), y].mean(), dx / len(x)


@wrong("svm_loss", "the gradient of a batch: .*Here the broken margins were counted over the batch, axis 0")
def svm_counts_over_the_batch(x, y):
    rows = np.arange(len(x))
    margins = np.maximum(x - x[rows, y][:, None] + 1, 0)
    margins[rows, y] = 0
    dx = 1.0 * (margins > 0)
    dx[rows, y] = -dx.sum(axis=0)[y]
    return margins.sum() / len(x), dx / len(x)
