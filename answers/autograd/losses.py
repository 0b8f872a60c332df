"""Planted answers: losses made of Tensors."""

import numpy as np

from answers import right, wrong
from answers.autograd.tensors import Plain


def _wrong(question, reason, earns=(0.0, 0.4)):
    return wrong(question, reason, earns=earns, Tensor=Plain)


def picked(scores, y):
    return scores[np.arange(len(y)), y]


def log_sums(scores):
    largest = scores.data.max(axis=1, keepdims=True)
    return (scores - largest).exp().sum(axis=1).log() + largest[:, 0]


@_wrong("softmax_loss", "the losses are summed, not averaged", earns=(0.0, 0.2))
def sums_over_examples(scores, y):
    return (log_sums(scores) - picked(scores, y)).sum()


@_wrong("softmax_loss", "scores of ±10,000: ", earns=(0.6, 0.8))
def takes_exp_of_scores(scores, y):
    return (scores.exp().sum(axis=1).log() - picked(scores, y)).mean()


@_wrong("softmax_loss", "scores of ±10,000: ", earns=(0.6, 0.8))
def shifts_by_the_largest_of_all(scores, y):
    moved = scores - scores.data.max()
    return (moved.exp().sum(axis=1).log() - picked(moved, y)).mean()


@_wrong("softmax_loss", "scores of ±10,000: ", earns=(0.6, 0.8))
def takes_logs_of_probabilities(scores, y):
    p = (scores - scores.data.max(axis=1, keepdims=True)).exp()
    return -picked(p / p.sum(axis=1, keepdims=True), y).log().mean()


@_wrong("softmax_loss", "the loss is wrong|the loss")
def forgets_the_right_scores(scores, y):
    return log_sums(scores).mean()


@_wrong("softmax_loss", "raised|is None|requires no")
def of_numbers_alone(scores, y):
    return log_sums(Plain(scores.data)).mean() - picked(Plain(scores.data), y).mean()


@_wrong("softmax_loss", "it looks like the sign is flipped|the loss", earns=(0.0, 0.2))
def turns_the_sign(scores, y):
    return (picked(scores, y) - log_sums(scores)).mean()


@_wrong("softmax_loss", "the loss|scores.grad")
def averages_over_classes_too(scores, y):
    return (log_sums(scores) - picked(scores, y)).sum() / scores.data.size


@right("softmax_loss", Tensor=Plain)
def by_one_hot_rows(scores, y):
    moved = scores - scores.max(axis=1, keepdims=True)
    hot = np.eye(scores.shape[1])[y]
    return (moved.exp().sum(axis=1).log() - (moved * hot).sum(axis=1)).sum() / len(y)


@right("softmax_loss", Tensor=Plain)
def unshifted_right_scores(scores, y):
    return log_sums(scores).mean() - picked(scores, y).mean()


@right("softmax_loss", Tensor=Plain)
def differences_to_the_right_score(scores, y):
    """log sum exp(s - s_y), with the largest of these taken out."""
    apart = scores - picked(scores, y).reshape(len(y), 1)
    largest = apart.data.max(axis=1, keepdims=True)
    return ((apart - largest).exp().sum(axis=1, keepdims=True).log() + largest).mean()


def fits(scores, targets):
    return scores.softplus() - scores * targets


def price(weights):
    return sum((w * w).sum() for w in weights) if weights else 0.0


@_wrong("bce_loss", "summed over the examples, not averaged", earns=(0.0, 0.3))
def adds_up_all_examples(scores, targets, weights=(), penalty=0.0):
    m = scores.shape[0]
    return fits(scores, targets).sum() + price(weights) * (penalty / (2 * m))


@_wrong("bce_loss", "averaged over the outputs as well", earns=(0.0, 0.3))
def averages_over_everything(scores, targets, weights=(), penalty=0.0):
    return fits(scores, targets).mean() + price(weights) * (penalty / (2 * scores.shape[0]))


@_wrong("bce_loss", "scores of ±1,000: ", earns=(0.6, 0.8))
def takes_logs_of_sigmoids(scores, targets, weights=(), penalty=0.0):
    p, m = scores.sigmoid(), scores.shape[0]
    return -(p.log() * targets + (1.0 - p).log() * (1 - targets)).sum() / m + price(weights) * (
        penalty / (2 * m)
    )


@_wrong("bce_loss", "the penalty is not halved", earns=(0.5, 0.9))
def a_penalty_twice_too_high(scores, targets, weights=(), penalty=0.0):
    m = scores.shape[0]
    return (fits(scores, targets).sum() + price(weights) * penalty) / m


@_wrong("bce_loss", "the penalty is not divided by m", earns=(0.5, 0.9))
def a_penalty_as_in_notebook_1(scores, targets, weights=(), penalty=0.0):
    return fits(scores, targets).sum() / scores.shape[0] + price(weights) * (penalty / 2)


@_wrong("bce_loss", "the penalty is left out", earns=(0.5, 0.9))
def without_a_penalty(scores, targets, weights=(), penalty=0.0):
    return fits(scores, targets).sum() / scores.shape[0]


@_wrong("bce_loss", "the gradient of a penalized weight", earns=(0.5, 0.9))
def a_penalty_of_numbers(scores, targets, weights=(), penalty=0.0):
    m = scores.shape[0]
    return (fits(scores, targets).sum() + sum(np.sum(w.data**2) for w in weights) * penalty / 2) / m + sum(
        0.0 * w.sum() for w in weights
    )


@_wrong("bce_loss", "J is wrong|J ", earns=(0.0, 0.6))
def mixes_up_yes_and_no(scores, targets, weights=(), penalty=0.0):
    m = scores.shape[0]
    return fits(scores, 1 - targets).sum() / m + price(weights) * (penalty / (2 * m))


@right("bce_loss", Tensor=Plain)
def with_relu(scores, targets, weights=(), penalty=0.0):
    """max(s, 0) - t s + log(1 + exp(-|s|)); its slope is another one at s = 0 alone."""
    m = scores.shape[0]
    size = scores.relu() + (-scores).relu()
    cost = (scores.relu() - scores * targets + (1.0 + (-size).exp()).log()).sum()
    return (cost + 0.5 * penalty * price(weights)) / m


@right("bce_loss", Tensor=Plain)
def both_halves(scores, targets, weights=(), penalty=0.0):
    yes, no = (-scores).softplus(), scores.softplus()
    cost = (yes * targets + no * (1 - targets)).sum(axis=1).mean()
    for w in weights:
        cost = cost + penalty / 2 * (w**2).sum() / len(targets)
    return cost


@right("bce_loss", Tensor=Plain)
def by_signs(scores, targets, weights=(), penalty=0.0):
    m = len(targets)
    cost = (scores * (1 - 2 * targets)).softplus().sum(axis=0).sum()
    return cost / m + price(weights) * penalty * 0.5 / m
