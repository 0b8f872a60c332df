"""Planted answers: geometric means of models."""

import numpy as np

from answers import right, wrong


def _normalized(mean):
    return mean / mean.sum(axis=1, keepdims=True)


def _logs(probabilities, weights):
    return np.tensordot(weights, np.log(probabilities), axes=1)


def _in_place(probabilities, weights):
    np.log(probabilities, out=probabilities)
    return _normalized(np.exp(np.tensordot(weights, probabilities, axes=1)))


for _name, _reason, _answer in (
    ("mean_not_normalized", "the mean was not made to add up to 1", lambda q, w: np.exp(_logs(q, w))),
    ("mean_of_probabilities", "the usual mean of the probabilities", lambda q, w: np.tensordot(w, q, axes=1)),
    ("mean_without_weights", "the same weight", lambda q, w: _normalized(np.exp(np.log(q).mean(axis=0)))),
    ("mean_of_logarithms", "the mean", lambda q, w: _logs(q, w)),
    (
        "mean_normalized_over_examples",
        "the mean",
        lambda q, w: np.exp(_logs(q, w)) / np.exp(_logs(q, w)).sum(axis=0),
    ),
    ("mean_normalized_by_all", "the mean", lambda q, w: np.exp(_logs(q, w)) / np.exp(_logs(q, w)).sum()),
    ("mean_by_whole_product", "the mean", lambda q, w: _normalized(np.prod(q, axis=0))),
    (
        "mean_root_of_underflow",
        "the mean|very sure",
        lambda q, w: _normalized(np.prod(q, axis=0) ** (1 / len(q))),
    ),
    ("mean_harmonic", "the mean", lambda q, w: _normalized(1 / np.tensordot(w, 1 / q, axes=1))),
    ("mean_in_place", "changed in place", _in_place),
    ("mean_in_single", "precision", lambda q, w: _normalized(np.exp(_logs(q, w))).astype(np.float32)),
):
    _answer.__name__, _answer.__module__ = _name, __name__
    wrong("normalized_geometric_mean", _reason, earns=(0.0, 0.985))(_answer)


@right("normalized_geometric_mean")
def mean_by_powers(probabilities, weights):
    return _normalized(np.prod(probabilities ** np.reshape(weights, (-1, 1, 1)), axis=0))


@right("normalized_geometric_mean")
def mean_by_softmax(probabilities, weights):
    logs = np.einsum("k,knc->nc", weights, np.log(probabilities))
    return _normalized(np.exp(logs - logs.max(axis=1, keepdims=True)))


@right("normalized_geometric_mean")
def mean_with_loops(probabilities, weights):
    out = np.ones(probabilities.shape[1:])
    for said, weight in zip(probabilities, weights, strict=True):
        out = out * np.power(said, weight)
    return np.array([row / np.sum(row) for row in out])
