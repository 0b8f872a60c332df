"""Planted answers: splits, folds and cross-validation."""

import numpy as np

from answers import right, wrong


def _cut(X, y, train, val, test):
    parts = {"train": train, "val": val, "test": test}
    return {f"X_{name}": X[i] for name, i in parts.items()} | {f"y_{name}": y[i] for name, i in parts.items()}


def _expect_room(X, num_val, num_test):
    if num_val + num_test >= len(X):
        raise ValueError("nothing is left to train on")


# split_data


@wrong("split_data", "neighbours too often", earns=(0.3, 0.8))
def cuts_without_shuffling(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    order = np.arange(len(X))
    return _cut(X, y, order[num_val + num_test :], order[:num_val], order[num_val : num_val + num_test])


@wrong("split_data", "picked with the same indices")
def shuffles_twice(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    X, y = X[rng.permutation(len(X))], y[rng.permutation(len(X))]
    return cuts_without_shuffling(X, y, num_val, num_test, rng)


@wrong("split_data", r"y_train has shape \(23,\), expected \(19,\)", earns=(0.0, 0.6))
def draws_each_part_alone(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    val, test = rng.choice(len(X), num_val, replace=False), rng.choice(len(X), num_test, replace=False)
    return _cut(X, y, np.setdiff1d(np.arange(len(X)), val), val, test)


@wrong("split_data", r"y_val has shape \(4,\), expected \(7,\)", earns=(0.0, 0.6))
def exchanges_the_sizes(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    val, test, train = np.split(rng.permutation(len(X)), [num_test, num_val + num_test])
    return _cut(X, y, train, val, test)


@wrong("split_data", "draw from rng and from nothing else", earns=(0.6, 0.9))
def by_its_own_chance(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    val, test, train = np.split(np.random.permutation(len(X)), [num_val, num_val + num_test])  # noqa: NPY002
    return _cut(X, y, train, val, test)


@wrong("split_data", "two different generators gave the same", earns=(0.6, 0.9))
def always_the_same_cut(X, y, num_val, num_test, rng):
    return right_split(X, y, num_val, num_test, np.random.default_rng(0))


@wrong("split_data", "should raise a ValueError", earns=(0.8, 0.96))
def leaves_nothing(X, y, num_val, num_test, rng):
    val, test, train = np.split(rng.permutation(len(X)), [num_val, num_val + num_test])
    return _cut(X, y, train, val, test)


@wrong("split_data", "should raise a ValueError", earns=(0.8, 0.96))
def refuses_too_late(X, y, num_val, num_test, rng):
    _expect_room(np.zeros(len(X) + 1), num_val, num_test)
    return leaves_nothing(X, y, num_val, num_test, rng)


@wrong("split_data", "should stay bytes", earns=(0.8, 0.96))
def makes_floats_of_bytes(X, y, num_val, num_test, rng):
    return right_split(X.astype(float), y, num_val, num_test, rng)


@wrong("split_data", "changed in place", earns=(0.8, 0.98))
def shuffles_in_place(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    order = rng.permutation(len(X))
    X[:], y[:] = X[order], y[order]
    parts = np.split(np.arange(len(X)), [num_val, num_val + num_test])
    return _cut(X.copy(), y.copy(), parts[2], parts[0], parts[1])


@right("split_data")
def splits_in_the_old_order(X, y, num_val, num_test, rng):
    if num_val + num_test >= len(X):
        raise ValueError("nothing is left for training")
    part = np.zeros(len(X), dtype=int)
    part[:num_val], part[num_val : num_val + num_test] = 1, 2
    rng.shuffle(part)
    return {
        f"{kind}_{name}": data[part == k]
        for k, name in enumerate(("train", "val", "test"))
        for kind, data in (("X", X), ("y", y))
    }


@right("split_data")
def right_split(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    order = rng.permutation(len(X))
    num_train = len(X) - num_val - num_test
    return _cut(X, y, order[:num_train], order[num_train : num_train + num_val], order[num_train + num_val :])


@right("split_data")
def split_by_sorting_noise(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    order = list(np.argsort(rng.random(len(X))))
    val = [order.pop() for _ in range(num_val)]
    test = [order.pop() for _ in range(num_test)]
    return _cut(X, y, *(np.array(part, dtype=int) for part in (order, val, test)))


@right("split_data")
def split_by_drawing_names(X, y, num_val, num_test, rng):
    _expect_room(X, num_val, num_test)
    held_back = rng.choice(len(X), size=num_val + num_test, replace=False)
    train = rng.permutation(np.setdiff1d(np.arange(len(X)), held_back))
    return _cut(X, y, train, held_back[:num_val], held_back[num_val:])


# kfold_splits


def _expect_folds(N, k):
    if k < 2 or k > N:
        raise ValueError("no such folds")


def _with_rest(folds, N):
    return [(np.setdiff1d(np.arange(N), fold), fold) for fold in folds]


@wrong("kfold_splits", "neighbours too often", earns=(0.5, 0.85))
def folds_without_shuffling(N, k, rng):
    _expect_folds(N, k)
    return _with_rest(np.array_split(np.arange(N), k), N)


@wrong("kfold_splits", "is nowhere: nobody may be lost", earns=(0.2, 0.75))
def drops_the_rest(N, k, rng):
    _expect_folds(N, k)
    order, size = rng.permutation(N), N // k
    return _with_rest([order[i * size : (i + 1) * size] for i in range(k)], N)


@wrong("kfold_splits", "they may differ by one at most", earns=(0.2, 0.8))
def last_fold_takes_the_rest(N, k, rng):
    _expect_folds(N, k)
    order, size = rng.permutation(N), N // k
    return _with_rest(np.split(order, [i * size for i in range(1, k)]), N)


@wrong("kfold_splits", "train is everybody who is not in val", earns=(0.0, 0.4))
def trains_on_everybody(N, k, rng):
    _expect_folds(N, k)
    return [(np.arange(N), fold) for fold in np.array_split(rng.permutation(N), k)]


@wrong("kfold_splits", "each example is validated exactly once", earns=(0.0, 0.4))
def a_new_shuffle_for_each_round(N, k, rng):
    _expect_folds(N, k)
    size = -(-N // k)
    orders = [rng.permutation(N) for _ in range(k)]
    return [(order[size:], order[:size]) for order in orders]


@wrong("kfold_splits", "each example is validated exactly once", earns=(0.0, 0.4))
def exchanges_train_and_val(N, k, rng):
    return [(val, train) for train, val in right_folds(N, k, rng)]


@wrong("kfold_splits", "should raise a ValueError", earns=(0.8, 0.95))
def accepts_one_fold(N, k, rng):
    if k == 1 < N:
        order = rng.permutation(N)
        return [(order[1:], order[:1])]
    return right_folds(N, k, rng)


@wrong("kfold_splits", "draw from rng and from nothing else", earns=(0.8, 0.95))
def folds_by_their_own_chance(N, k, rng):
    return right_folds(N, k, np.random.default_rng())


@right("kfold_splits")
def right_folds(N, k, rng):
    _expect_folds(N, k)
    order = rng.permutation(N)
    return [
        (np.array([i for place, i in enumerate(order) if place % k != fold]), order[fold::k])
        for fold in range(k)
    ]


@right("kfold_splits")
def folds_by_number(N, k, rng):
    _expect_folds(N, k)
    fold_of = rng.permutation(np.arange(N) % k)
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(k)]


@right("kfold_splits")
def folds_as_lists(N, k, rng):
    _expect_folds(N, k)
    order = [int(i) for i in rng.permutation(N)]
    splits, start = [], 0
    for fold in range(k):
        stop = start + N // k + (fold < N % k)
        splits.append((order[:start] + order[stop:], order[start:stop]))
        start = stop
    return splits


# cross_validate


def _rounds(folds, score, X, y, prepare):
    return [score(*_prepared(prepare, X, y, train, val)) for train, val in folds]


def _prepared(prepare, X, y, train, val):
    X_train, X_val = prepare(X[train], X[val])
    return X_train, y[train], X_val, y[val]


def _simply(X_train, X_val, method="center"):
    """The methods of preprocess that cross-validation is asked with, written out."""
    if method == "channel":
        mean = X_train.mean(axis=(0, 2, 3), keepdims=True)
        return X_train - mean, X_val - mean
    mean = X_train.mean(axis=0)
    if method == "center":
        return X_train - mean, X_val - mean
    if method == "normalize":
        std = np.sqrt(X_train.var(axis=0) + 1e-5)
        return (X_train - mean) / std, (X_val - mean) / std
    rows = (X_train - mean).reshape(len(X_train), -1)
    variances, axes = np.linalg.eigh(np.cov(rows.T, bias=True))
    axes, variances = axes[:, ::-1], variances[::-1]
    scale = np.sqrt(variances + 1e-5) if method == "whiten" else 1
    return rows @ axes / scale, (X_val - mean).reshape(len(X_val), -1) @ axes / scale


def _validate(score, X, y, k, rng, method="center"):
    return _rounds(right_folds(len(X), k, rng), score, X, y, lambda a, b: _simply(a, b, method))


@wrong("cross_validate", "preprocess inside the loop", earns=(0.2, 0.6))
def prepares_before_folding(score, X, y, k, rng, method="center"):
    X = _simply(X, X, method)[0]
    scores = _rounds(right_folds(len(X), k, rng), score, X, y, lambda a, b: (a, b))
    return np.mean(scores), np.std(scores)


@wrong("cross_validate", "Here each part was prepared by its own statistics", earns=(0.2, 0.6))
def prepares_each_part_alone(score, X, y, k, rng, method="center"):
    def alone(a, b):
        return _simply(a, a, method)[0], _simply(b, b, method)[0]

    scores = _rounds(right_folds(len(X), k, rng), score, X, y, alone)
    return np.mean(scores), np.std(scores)


@wrong("cross_validate", "Here nothing was prepared", earns=(0.2, 0.6))
def prepares_nothing(score, X, y, k, rng, method="center"):
    scores = _rounds(right_folds(len(X), k, rng), score, X, y, lambda a, b: (a, b))
    return np.mean(scores), np.std(scores)


@wrong("cross_validate", r"divided by one less than the number of values \(ddof=1\)", earns=(0.6, 0.9))
def divides_by_one_less(score, X, y, k, rng, method="center"):
    scores = _validate(score, X, y, k, rng, method)
    return np.mean(scores), np.std(scores, ddof=1)


@wrong("cross_validate", "mean is", earns=(0.6, 0.9))
def takes_the_best_fold(score, X, y, k, rng, method="center"):
    scores = _validate(score, X, y, k, rng, method)
    return np.max(scores), np.std(scores)


@wrong("cross_validate", "each fold is one call", earns=(0.0, 0.1))
def stops_a_fold_early(score, X, y, k, rng, method="center"):
    folds = right_folds(len(X), k, rng)[1:]
    scores = _rounds(folds, score, X, y, lambda a, b: _simply(a, b, method))
    return np.mean(scores), np.std(scores)


@wrong("cross_validate", "of a round", earns=(0.6, 0.9))
def always_centers(score, X, y, k, rng, method="center"):
    scores = _validate(score, X, y, k, rng)
    return np.mean(scores), np.std(scores)


@wrong("cross_validate", "is in train and in val|labels", earns=(0.2, 0.6))
def validates_on_training_examples(score, X, y, k, rng, method="center"):
    folds = [(train, train) for train, _ in right_folds(len(X), k, rng)]
    scores = _rounds(folds, score, X, y, lambda a, b: _simply(a, b, method))
    return np.mean(scores), np.std(scores)


@wrong("cross_validate", "draw from rng and from nothing else", earns=(0.8, 0.95))
def other_folds_each_time(score, X, y, k, rng, method="center"):
    scores = _validate(score, X, y, k, np.random.default_rng(), method)
    return np.mean(scores), np.std(scores)


@right("cross_validate")
def validates_by_the_book(score, X, y, k, rng, method="center"):
    scores = np.array(_validate(score, X, y, k, rng, method))
    return scores.mean(), np.sqrt(np.mean((scores - scores.mean()) ** 2))


@right("cross_validate")
def validates_with_sums(score, X, y, k, rng, method="center"):
    total, squares = 0.0, 0.0
    for train, val in folds_by_number(len(X), k, rng):
        one = score(*_prepared(lambda a, b: _simply(a, b, method), X, y, train, val))
        total, squares = total + one, squares + one * one
    return total / k, float(np.sqrt(squares / k - (total / k) ** 2))


@right("cross_validate")
def validates_the_folds_backwards(score, X, y, k, rng, method="center"):
    folds = [(np.array(train), np.array(val)) for train, val in folds_as_lists(len(X), k, rng)][::-1]
    scores = _rounds(folds, score, X, y, lambda a, b: _simply(a, b, method))
    return float(np.mean(scores)), float(np.std(scores))
