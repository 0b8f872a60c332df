"""Planted answers: principal axes and preprocessing."""

import numpy as np

from answers import right, wrong

# principal_axes


@wrong("principal_axes", "variances", earns=(0.0, 0.2))
def weakest_first(X):
    variances, axes = np.linalg.eigh(X.T @ X / len(X))
    return axes, variances


@wrong("principal_axes", "variances", earns=(0.0, 0.2))
def axes_divided_by_one_less(X):
    variances, axes = np.linalg.eigh(np.cov(X.T).reshape(X.shape[1], -1))
    return axes[:, ::-1], variances[::-1]


@wrong("principal_axes", "Here each axis is a row: transpose", earns=(0.3, 0.75))
def axes_as_rows(X):
    _, lengths, axes = np.linalg.svd(X, full_matrices=False)
    return axes, lengths**2 / len(X)


@wrong("principal_axes", "variances", earns=(0.0, 0.2))
def singular_values_as_they_are(X):
    _, lengths, axes = np.linalg.svd(X, full_matrices=False)
    return axes.T, lengths


@wrong("principal_axes", "variances", earns=(0.0, 0.2))
def standard_deviations(X):
    variances, axes = np.linalg.eigh(X.T @ X / len(X))
    return axes[:, ::-1], np.sqrt(np.maximum(variances[::-1], 0))


@wrong("principal_axes", "Here the axes are in the order of rising variances", earns=(0.3, 0.75))
def variances_alone_turned_round(X):
    variances, axes = np.linalg.eigh(X.T @ X / len(X))
    return axes, variances[::-1]


@wrong("principal_axes", "axes, each turned", earns=(0.3, 0.75))
def turns_round_the_rows(X):
    variances, axes = np.linalg.eigh(X.T @ X / len(X))
    return axes[::-1], variances[::-1]


@wrong("principal_axes", "changed in place", earns=(0.8, 0.99))
def centers_in_place(X):
    X -= X.mean(axis=0) - 1e-30
    X += 1e-3
    return axes_by_svd_of_the_covariance(X - 1e-3)


@wrong("principal_axes", "as many axes as features, 5", earns=(0.8, 0.95))
def axes_by_a_reduced_svd(X):
    _, lengths, axes = np.linalg.svd(X, full_matrices=False)
    return axes.T, lengths**2 / len(X)


@right("principal_axes")
def axes_by_svd(X):
    _, lengths, axes = np.linalg.svd(X)
    variances = np.zeros(X.shape[1])
    variances[: len(lengths)] = lengths**2 / len(X)
    return axes.T, variances


@right("principal_axes")
def axes_by_svd_of_the_covariance(X):
    axes, variances, _ = np.linalg.svd(X.T @ X / len(X))
    return axes, variances


@right("principal_axes")
def axes_by_sorting(X):
    variances, axes = np.linalg.eigh(np.einsum("nd,ne->de", X, X) / len(X))
    order = np.argsort(-variances)
    return -axes[:, order], variances[order]


# preprocess

_METHODS = ("center", "channel", "normalize", "pca", "whiten")


def _preprocess(
    statistics=lambda X_train, others: X_train,
    ddof=0,
    scale=lambda variance, eps: np.sqrt(variance + eps),
    default_eps=1e-5,
    channel_axes=(0, 2, 3),
    refuses=True,
    axes_of=lambda rows: axes_by_svd_of_the_covariance(rows)[0],
    after=lambda parts: parts,
):
    """A preprocess with one of its decisions taken otherwise."""

    def preprocess(X_train, *others, method="center", eps=default_eps):
        if method not in _METHODS:
            if refuses:
                raise ValueError("no such method")
            method = "center"
        seen = np.asarray(statistics(X_train, others))
        parts = (X_train, *others)
        if method == "channel":
            mean = seen.mean(axis=channel_axes, keepdims=True)
            return after(tuple(X - mean for X in parts))
        if method in ("center", "normalize"):
            below = scale(seen.var(axis=0, ddof=ddof), eps) if method == "normalize" else 1.0
            return after(tuple((X - seen.mean(axis=0)) / below for X in parts))
        seen = seen.reshape(len(seen), -1)
        centred = seen - seen.mean(axis=0)
        axes = axes_of(centred)
        variances = np.sum((centred @ axes) ** 2, axis=0) / (len(centred) - ddof)
        below = scale(variances, eps) if method == "whiten" else 1.0
        return after(tuple((X.reshape(len(X), -1) - seen.mean(axis=0)) @ axes / below for X in parts))

    return preprocess


def _own_statistics(X_train, *others, method="center", eps=1e-5):
    one = _preprocess()
    return tuple(one(X, method=method, eps=eps)[0] for X in (X_train, *others))


def _one_mean(X_train, *others, method="center", eps=1e-5):
    parts = _preprocess()(X_train, *others, method=method, eps=eps)
    if method not in ("center", "channel"):
        return parts
    return tuple(X - X_train.mean() for X in (X_train, *others))


def _not_centred(X_train, *others, method="center", eps=1e-5):
    if method != "pca":
        return _preprocess()(X_train, *others, method=method, eps=eps)
    rows = X_train.reshape(len(X_train), -1)
    axes = axes_by_svd_of_the_covariance(rows - rows.mean(axis=0))[0]
    return tuple(X.reshape(len(X), -1) @ axes for X in (X_train, *others))


def _into_its_input(X_train, *others, method="center", eps=1e-5):
    parts = _preprocess()(X_train, *others, method=method, eps=eps)
    if X_train.dtype.kind == "f" and parts[0].shape == X_train.shape:
        X_train[...] = parts[0]
    return parts


def _only_training_in_a_tuple(X_train, *others, method="center", eps=1e-5):
    parts = _preprocess()(X_train, *others, method=method, eps=eps)
    return parts if others else parts[0]


for _name, _reason, _answer, _earns in (
    (
        "statistics_of_all_parts",
        "come from all parts together",
        _preprocess(lambda a, others: np.concatenate([a, *others])),
        (0.3, 0.7),
    ),
    ("each_part_by_its_own", "Here the statistics come from each part itself", _own_statistics, (0.3, 0.7)),
    ("variance_by_one_less", "normalize: X_train is wrong|whiten", _preprocess(ddof=1), (0.1, 0.6)),
    (
        "eps_outside_the_root",
        "Here eps stands outside the root",
        _preprocess(scale=lambda v, eps: np.sqrt(v) + eps),
        (0.2, 0.7),
    ),
    (
        "eps_forgotten",
        "Here eps is missing, or far too small",
        _preprocess(scale=lambda v, eps: np.sqrt(v) + 1e-300),
        (0.2, 0.8),
    ),
    ("another_default_eps", "eps is 1e-5 unless|is wrong", _preprocess(default_eps=1e-8), (0.2, 0.8)),
    (
        "divides_by_the_variance",
        "normalize: X_train is wrong",
        _preprocess(scale=lambda v, e: v + e),
        (0.1, 0.6),
    ),
    (
        "mean_over_examples_only",
        r"Here each pixel's own mean was subtracted",
        _preprocess(channel_axes=(0,)),
        (0.3, 0.8),
    ),
    (
        "mean_of_each_picture",
        "channel: X_train is wrong|part 2",
        _preprocess(channel_axes=(0, 1, 2, 3)),
        (0.3, 0.8),
    ),
    (
        "axes_weakest_first",
        "pca: X_train",
        _preprocess(axes_of=lambda rows: axes_by_svd_of_the_covariance(rows)[0][:, ::-1]),
        (0.3, 0.7),
    ),
    (
        "axes_as_rows",
        "pca: X_train",
        _preprocess(axes_of=lambda rows: axes_by_svd_of_the_covariance(rows)[0].T),
        (0.3, 0.7),
    ),
    (
        "one_mean_of_all",
        "Here one mean was taken of all numbers: each feature has its own",
        _one_mean,
        (0.3, 0.8),
    ),
    (
        "one_mean_of_all_channels",
        "Here one mean was taken of all numbers: each channel",
        _one_mean,
        (0.3, 0.8),
    ),
    ("axes_of_what_is_not_centred", "Here nothing was subtracted", _not_centred, (0.3, 0.8)),
    ("never_refuses", "should raise a ValueError", _preprocess(refuses=False), (0.9, 0.99)),
    ("prepares_in_place", "changed in place", _into_its_input, (0.8, 0.97)),
    ("an_array_for_a_single_part", "a tuple of 1 arrays is expected", _only_training_in_a_tuple, (0.0, 0.6)),
    (
        "whole_numbers_stay",
        "whole numbers|is wrong",
        _preprocess(after=lambda parts: tuple(np.round(X) if X.size > 200 else X for X in parts)),
        (0.1, 0.9),
    ),
):
    _answer.__name__, _answer.__module__ = _name, __name__
    wrong("preprocess", _reason, earns=_earns)(_answer)

for _name, _answer in (
    ("by_svd_of_the_rows", _preprocess(axes_of=lambda rows: np.linalg.svd(rows, full_matrices=False)[2].T)),
    (
        "by_eigenvectors_of_cov",
        _preprocess(axes_of=lambda rows: np.linalg.eigh(np.cov(rows.T, bias=True))[1][:, ::-1]),
    ),
    ("as_a_list", _preprocess(after=list)),
):
    _answer.__name__, _answer.__module__ = _name, __name__
    right("preprocess")(_answer)
