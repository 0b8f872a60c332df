"""Planted answers: penalties on weights."""

import numpy as np

from answers import right, wrong


def _plant(function, reason, name, answer, earns=(0.0, 0.985)):
    answer.__name__, answer.__module__ = name, __name__
    question = "elastic_net" if function == "l1_regularization" else function
    part = {"function": function}
    (wrong(question, reason, earns=earns, **part) if reason else right(question, **part))(answer)


def _scales_in_place(W, reg):
    loss = 0.5 * reg * np.sum(W**2)
    W *= reg
    return loss, W


for _name, _reason, _answer in (
    ("l2_without_the_half", "the penalty: loss is", lambda W, reg: (reg * np.sum(W**2), reg * W)),
    ("l2_gradient_doubled", "its gradient: dW is", lambda W, reg: (0.5 * reg * np.sum(W**2), 2 * reg * W)),
    ("l2_gradient_halved", "its gradient: dW is", lambda W, reg: (0.5 * reg * np.sum(W**2), 0.5 * reg * W)),
    ("l2_ignores_reg", "the penalty: loss is", lambda W, reg: (0.5 * np.sum(W**2), W)),
    ("l2_averaged", "the penalty: loss is", lambda W, reg: (0.5 * reg * np.mean(W**2), reg * W / W.size)),
    ("l2_of_the_norm", "the penalty: loss is", lambda W, reg: (0.5 * reg * np.sqrt(np.sum(W**2)), reg * W)),
    ("l2_squares_reg", "the penalty: loss is", lambda W, reg: (0.5 * np.sum((reg * W) ** 2), reg * W)),
    ("l2_by_column", "loss has shape", lambda W, reg: (0.5 * reg * np.sum(W**2, axis=0), reg * W)),
    ("l2_loss_alone", r"must return \(loss, dW\)", lambda W, reg: 0.5 * reg * np.sum(W**2)),
    ("l2_in_place", "changed in place", _scales_in_place),
    ("l2_as_l1", "the penalty: loss is", lambda W, reg: (reg * np.sum(np.abs(W)), reg * np.sign(W))),
    ("l2_in_single", "precision", lambda W, reg: (0.5 * reg * np.sum(W**2), (reg * W).astype(np.float32))),
):
    _plant("l2_regularization", _reason, _name, _answer)
_plant("l2_regularization", None, "l2_by_vdot", lambda W, reg: (reg / 2 * np.vdot(W, W), W * reg))
_plant(
    "l2_regularization",
    None,
    "l2_by_norm",
    lambda W, reg: (reg * np.linalg.norm(W.ravel()) ** 2 / 2, reg * W),
)
_plant(
    "l2_regularization",
    None,
    "l2_with_loops",
    lambda W, reg: (
        sum(0.5 * reg * float(w) ** 2 for w in W.ravel()),
        np.array([reg * w for w in W.ravel()]).reshape(W.shape),
    ),
)

for _name, _reason, _answer in (
    ("l1_halved", "the penalty: loss is", lambda W, reg: (0.5 * reg * np.sum(np.abs(W)), reg * np.sign(W))),
    (
        "l1_without_absolute_values",
        "the penalty: loss is",
        lambda W, reg: (reg * np.sum(W), reg * np.sign(W)),
    ),
    (
        "l1_gradient_one_everywhere",
        "its gradient: dW",
        lambda W, reg: (reg * np.sum(np.abs(W)), reg * np.ones_like(W)),
    ),
    ("l1_gradient_without_reg", "its gradient: dW", lambda W, reg: (reg * np.sum(np.abs(W)), np.sign(W))),
    (
        "l1_divides_by_itself",
        "exactly zero: dW",
        lambda W, reg: (reg * np.sum(np.abs(W)), reg * W / np.abs(W)),
    ),
    (
        "l1_plus_one_at_zero",
        "exactly zero: dW",
        lambda W, reg: (reg * np.sum(np.abs(W)), np.where(W >= 0, reg, -reg)),
    ),
    ("l1_gradient_of_l2", "its gradient: dW", lambda W, reg: (reg * np.sum(np.abs(W)), reg * W)),
    (
        "l1_of_column_sums",
        "the penalty: loss",
        lambda W, reg: (reg * np.abs(W.sum(axis=0)).sum(), reg * np.sign(W)),
    ),
    ("l1_upside_down", "its gradient: dW.*sign", lambda W, reg: (reg * np.sum(np.abs(W)), -reg * np.sign(W))),
):
    _plant("l1_regularization", _reason, _name, _answer)
_plant(
    "l1_regularization",
    None,
    "l1_by_comparison",
    lambda W, reg: (reg * np.abs(W).sum(), reg * (W > 0).astype(float) - reg * (W < 0)),
)
_plant(
    "l1_regularization",
    None,
    "l1_by_norm",
    lambda W, reg: (reg * np.linalg.norm(W.ravel(), 1), np.sign(W) * reg),
)
_plant(
    "l1_regularization",
    None,
    "l1_with_where",
    lambda W, reg: (
        float((reg * np.where(W < 0, -W, W)).sum()),
        np.where(W == 0, 0.0, np.where(W > 0, reg, -reg)),
    ),
)


def _elastic(W, l1, l2, half=0.5):
    return l1 * np.abs(W).sum() + half * l2 * (W**2).sum(), l1 * np.sign(W) + 2 * half * l2 * W


for _name, _reason, _answer in (
    ("elastic_swapped", "order W, l1, l2", lambda W, l1, l2: _elastic(W, l2, l1)),
    ("elastic_without_the_half", "the penalty: loss", lambda W, l1, l2: _elastic(W, l1, l2, 1.0)),
    ("elastic_l2_alone", "the penalty: loss", lambda W, l1, l2: _elastic(W, 0, l2)),
    ("elastic_l1_alone", "the penalty: loss", lambda W, l1, l2: _elastic(W, l1, 0)),
    ("elastic_as_a_ratio", "the penalty: loss", lambda W, l1, l2: _elastic(W, l1 * l2, l1 * (1 - l2))),
    ("elastic_gradient_of_l2_alone", "its gradient: dW", lambda W, l1, l2: (_elastic(W, l1, l2)[0], l2 * W)),
    (
        "elastic_averaged",
        "the penalty: loss",
        lambda W, l1, l2: tuple(part / 2 for part in _elastic(W, l1, l2)),
    ),
):
    _plant("elastic_net", _reason, _name, _answer)
_plant("elastic_net", None, "elastic_in_one", lambda W, l1, l2: _elastic(W, l1, l2))
_plant(
    "elastic_net",
    None,
    "elastic_of_absolute_values",
    lambda W, l1, l2: (np.sum(np.abs(W) * (l1 + 0.5 * l2 * np.abs(W))), np.sign(W) * (l1 + l2 * np.abs(W))),
)
_plant(
    "elastic_net",
    None,
    "elastic_by_vdot",
    lambda W, l1, l2: (l2 / 2 * np.vdot(W, W) + np.vdot(np.sign(W), l1 * W), l2 * W + l1 * np.sign(W)),
)


def _limit(W, c, axis=0, keep_short=True, norm=lambda W, axis: np.sqrt((W**2).sum(axis=axis, keepdims=True))):
    norms = norm(W, axis)
    with np.errstate(all="ignore"):
        factor = c / norms
    return W * (np.where(norms > c, factor, 1.0) if keep_short else factor)


def _limit_in_place(W, c):
    W[...] = _limit(W, c)
    return W


for _name, _reason, _answer in (
    ("limits_rows", "Here rows were limited", lambda W, c: _limit(W, c, axis=1)),
    ("limits_the_whole_matrix", "Here the whole matrix was limited", lambda W, c: _limit(W, c, axis=None)),
    (
        "stretches_short_columns",
        "Here short columns were stretched",
        lambda W, c: _limit(W, c, keep_short=False),
    ),
    (
        "limits_the_sum",
        "Here sizes were added up",
        lambda W, c: _limit(W, c, norm=lambda W, axis: np.abs(W).sum(axis=axis, keepdims=True)),
    ),
    (
        "limits_the_largest",
        "too long: the weights",
        lambda W, c: _limit(W, c, norm=lambda W, axis: np.abs(W).max(axis=axis, keepdims=True)),
    ),
    (
        "limits_the_square",
        "Here the root was forgotten",
        lambda W, c: _limit(W, c, norm=lambda W, axis: (W**2).sum(axis=axis, keepdims=True)),
    ),
    ("clips_each_weight", "Here each weight was cut off", lambda W, c: np.clip(W, -c, c)),
    ("scales_to_length_one", "the weights", lambda W, c: _limit(W, c) / c),
    ("limits_in_place", "changed in place", _limit_in_place),
    (
        "stretches_and_divides_by_zero",
        "short columns were stretched",
        lambda W, c: W * c / np.sqrt((W**2).sum(0)),
    ),
    ("limits_in_single", "precision", lambda W, c: _limit(W, c).astype(np.float32)),
):
    _plant("max_norm", _reason, _name, _answer)


@right("max_norm")
def max_norm_with_a_loop(W, c):
    out = np.array(W, dtype=float)
    for m in range(W.shape[1]):
        length = np.linalg.norm(out[:, m])
        if length > c:
            out[:, m] *= c / length
    return out


_plant(
    "max_norm",
    None,
    "max_norm_by_minimum",
    lambda W, c: W * np.minimum(1.0, c / (1e-300 + np.linalg.norm(W.astype(float), axis=0))),
)
_plant("max_norm", None, "max_norm_by_limit", _limit)


def _moves_in_place(W, amount):
    W[...] = np.sign(W) * np.maximum(np.abs(W) - amount, 0)
    return W


for _name, _reason, _answer in (
    ("threshold_without_stop", "Here weights crossed zero", lambda W, amount: W - amount * np.sign(W)),
    (
        "threshold_hard",
        "Here large weights kept their size",
        lambda W, amount: np.where(np.abs(W) > amount, W, 0.0),
    ),
    (
        "threshold_positive_alone",
        "Here negative weights became 0",
        lambda W, amount: np.maximum(W - amount, 0),
    ),
    (
        "threshold_away",
        "Here weights moved away from zero",
        lambda W, amount: np.sign(W) * (np.abs(W) + amount),
    ),
    (
        "threshold_without_sign",
        "Here the sign was forgotten",
        lambda W, amount: np.maximum(np.abs(W) - amount, 0),
    ),
    ("threshold_by_share", "Here every weight was scaled", lambda W, amount: (1 - amount) * W),
    ("threshold_clips", "Here weights were cut off at amount", lambda W, amount: np.clip(W, -amount, amount)),
    ("threshold_in_place", "changed in place", _moves_in_place),
    (
        "threshold_in_single",
        "precision",
        lambda W, amount: (np.sign(W) * np.maximum(np.abs(W) - amount, 0)).astype(np.float32),
    ),
    (
        "threshold_divides_by_zero",
        "weights that are zero",
        lambda W, amount: W / np.abs(W) * np.maximum(np.abs(W) - amount, 0),
    ),
):
    _plant("soft_threshold", _reason, _name, _answer)
_plant("soft_threshold", None, "threshold_by_clip", lambda W, amount: W - np.clip(W, -amount, amount))
_plant(
    "soft_threshold",
    None,
    "threshold_by_two_halves",
    lambda W, amount: np.maximum(W - amount, 0) - np.maximum(-W - amount, 0),
)
_plant(
    "soft_threshold",
    None,
    "threshold_by_where",
    lambda W, amount: np.where(amount < W, W - amount, np.where(-amount > W, W + amount, 0.0)),
)
