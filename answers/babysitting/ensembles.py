"""Planted answers: several models together."""

import numpy as np

from answers import right, wrong


def _softmax(scores):
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True)


# ensemble_predict


@wrong("ensemble_predict", "probabilities", earns=(0.0, 0.3))
def averages_the_scores(score_functions, X):
    p = _softmax(np.mean([f(X) for f in score_functions], axis=0))
    return p.argmax(axis=1), p


@wrong("ensemble_predict", "labels", earns=(0.4, 0.8))
def votes(score_functions, X):
    p = np.mean([_softmax(f(X)) for f in score_functions], axis=0)
    ballots = np.mean([np.eye(p.shape[1])[f(X).argmax(axis=1)] for f in score_functions], axis=0)
    return ballots.argmax(axis=1), p


@wrong("ensemble_predict", "largest score first|inf|nan|NaN", earns=(0.4, 0.95))
def overflows(score_functions, X):
    with np.errstate(all="ignore"):
        exps = [np.exp(f(X)) for f in score_functions]
        p = np.mean([e / e.sum(axis=1, keepdims=True) for e in exps], axis=0)
    return p.argmax(axis=1), p


@wrong("ensemble_predict", "largest score first", earns=(0.2, 0.9))
def one_shift_for_all(score_functions, X):
    exps = [np.exp(np.maximum(f(X) - f(X).max(), -700)) for f in score_functions]
    p = np.mean([e / e.sum(axis=1, keepdims=True) for e in exps], axis=0)
    return p.argmax(axis=1), p


@wrong("ensemble_predict", "probabilities", earns=(0.1, 0.5))
def forgets_to_divide(score_functions, X):
    p = np.sum([_softmax(f(X)) for f in score_functions], axis=0)
    return p.argmax(axis=1), p


@wrong("ensemble_predict", "probabilities", earns=(0.0, 0.4))
def softmax_over_the_examples(score_functions, X):
    p = np.mean([_softmax(f(X).T).T for f in score_functions], axis=0)
    return p.argmax(axis=1), p


@wrong("ensemble_predict", "probabilities", earns=(0.0, 0.3))
def geometric_mean(score_functions, X):
    p = np.exp(np.mean([np.log(_softmax(f(X)) + 1e-300) for f in score_functions], axis=0))
    p /= p.sum(axis=1, keepdims=True)
    return p.argmax(axis=1), p


@wrong("ensemble_predict", "score functions were asked|probabilities", earns=(0.0, 0.4))
def asks_the_first_only(score_functions, X):
    p = _softmax(score_functions[0](X))
    return p.argmax(axis=1), p


@wrong("ensemble_predict", "labels", earns=(0.0, 0.2))
def results_exchanged(score_functions, X):
    p = np.mean([_softmax(f(X)) for f in score_functions], axis=0)
    return p, p.argmax(axis=1)


@right("ensemble_predict")
def ensemble_by_the_book(score_functions, X):
    p = np.mean([_softmax(f(X)) for f in score_functions], axis=0)
    return np.argmax(p, axis=1), p


@right("ensemble_predict")
def ensemble_with_log_sum_exp(score_functions, X):
    total = []
    for f in score_functions:
        scores = f(X)
        top = scores.max(axis=1)
        norm = top + np.log(np.sum(np.exp(scores - top[:, None]), axis=1))
        total.append(np.exp(scores - norm[:, None]))
    p = np.stack(total).mean(axis=0)
    return p.argmax(axis=-1), p


@right("ensemble_predict")
def ensemble_row_by_row(score_functions, X):
    all_scores = [f(X) for f in score_functions]
    p = np.zeros(all_scores[0].shape)
    for n in range(len(p)):
        for scores in all_scores:
            e = np.exp(scores[n] - np.max(scores[n]))
            p[n] += e / np.sum(e) / len(all_scores)
    return np.array([int(np.argmax(row)) for row in p]), p


# average_parameters


@wrong("average_parameters", "is a division by the number of copies missing", earns=(0.0, 0.5))
def sums_only(copies):
    return {name: sum(c[name] for c in copies) for name in copies[0]}


@wrong("average_parameters", "the average", earns=(0.0, 0.5))
def first_and_last(copies):
    return {name: (copies[0][name] + 2 * copies[-1][name]) / 3 for name in copies[0]}


@wrong("average_parameters", "copy every array", earns=(0.6, 0.95))
def hands_a_single_copy_on(copies):
    if len(copies) == 1:
        return dict(copies[0])
    return {name: sum(params[name] for params in copies) / len(copies) for name in copies[0]}


@wrong("average_parameters", "changed in place", earns=(0.5, 0.9))
def adds_into_the_first(copies):
    total = copies[0]
    for copy in copies[1:]:
        for name in total:
            total[name] += copy[name]
    average = {name: w / len(copies) for name, w in total.items()}
    if len(copies) == 1:
        copies[0]["b1"] += 1
    return average


@wrong("average_parameters", "the average", earns=(0.0, 0.3))
def one_number_for_each(copies):
    return {name: np.mean([c[name] for c in copies]) for name in copies[0]}


@wrong("average_parameters", "has no key", earns=(0.0, 0.3))
def weights_alone(copies):
    return {name: sum(c[name] for c in copies) / len(copies) for name in copies[0] if name.startswith("W")}


@wrong("average_parameters", "the average", earns=(0.0, 0.5))
def running_average(copies):
    average = {name: w.copy() for name, w in copies[0].items()}
    for copy in copies[1:]:
        for name in average:
            average[name] = 0.9 * average[name] + 0.1 * copy[name]
    return average


@right("average_parameters")
def average_by_the_book(copies):
    return {name: np.mean([c[name] for c in copies], axis=0) for name in copies[0]}


@right("average_parameters")
def average_in_a_loop(copies):
    total = {name: np.zeros_like(w) for name, w in copies[0].items()}
    for copy in copies:
        for name, w in copy.items():
            total[name] += w / len(copies)
    return total


@right("average_parameters")
def average_by_steps(copies):
    average = {name: w.copy() for name, w in copies[0].items()}
    for k, copy in enumerate(copies[1:], start=2):
        for name in average:
            average[name] = average[name] + (copy[name] - average[name]) / k
    return average
