"""Planted answers: neighbours, and the map's gradient."""

import numpy as np

from answers import right, wrong


@wrong("nearest_neighbours", "the row numbers")
def farthest_first(codes, query, k):
    return np.argsort(-np.square(codes - query).sum(axis=1))[:k]


@wrong("nearest_neighbours", "the row numbers")
def by_the_largest_product(codes, query, k):
    return np.argsort(-codes @ query)[:k]


@wrong("nearest_neighbours", "the row numbers")
def without_the_nearest(codes, query, k):
    return np.argsort(np.square(codes - query).sum(axis=1))[1 : k + 1]


@wrong("nearest_neighbours", "the row numbers")
def by_signed_differences(codes, query, k):
    return np.argsort((codes - query).sum(axis=1))[:k]


@wrong("nearest_neighbours", "the row numbers")
def distances_and_no_rows(codes, query, k):
    return np.sort(np.square(codes - query).sum(axis=1))[:k]


@wrong("nearest_neighbours", "the row numbers", earns=(0.0, 0.6))
def in_no_order(codes, query, k):
    return np.sort(np.argsort(np.square(codes - query).sum(axis=1))[:k])


@wrong("nearest_neighbours", "the row numbers", earns=(0.0, 0.6))
def by_the_angle(codes, query, k):
    cosines = codes @ query / np.linalg.norm(codes, axis=1)
    return np.argsort(-cosines)[:k]


@right("nearest_neighbours")
def by_norms(codes, query, k):
    return np.argsort(np.linalg.norm(codes - query[None], axis=1))[:k]


@right("nearest_neighbours")
def row_by_row(codes, query, k):
    distances = [sum((a - b) ** 2 for a, b in zip(row, query, strict=True)) for row in codes]
    return np.array(sorted(range(len(codes)), key=distances.__getitem__)[:k])


@right("nearest_neighbours")
def a_part_sorted(codes, query, k):
    distances = np.square(codes - query).sum(axis=1)
    best = np.argpartition(distances, k - 1)[:k]
    return best[np.argsort(distances[best])]


def _weights(Y):
    w = 1 / (1 + np.square(Y[:, None] - Y).sum(axis=2))
    np.fill_diagonal(w, 0)
    return w


@wrong("tsne_gradient", "dY", earns=(0.0, 0.4))
def without_the_weight(P, Y):
    w = _weights(Y)
    return 4 * np.einsum("ij,ijd->id", P - w / w.sum(), Y[:, None] - Y)


@wrong("tsne_gradient", "dY")
def the_diagonal_counts(P, Y):
    w = 1 / (1 + np.square(Y[:, None] - Y).sum(axis=2))
    return 4 * np.einsum("ij,ijd->id", (P - w / w.sum()) * w, Y[:, None] - Y)


@wrong("tsne_gradient", "dY")
def without_the_four(P, Y):
    w = _weights(Y)
    return np.einsum("ij,ijd->id", (P - w / w.sum()) * w, Y[:, None] - Y)


@wrong("tsne_gradient", "dY")
def pushes_where_it_should_pull(P, Y):
    w = _weights(Y)
    return 4 * np.einsum("ij,ijd->id", (w / w.sum() - P) * w, Y[:, None] - Y)


@wrong("tsne_gradient", "dY")
def shares_of_each_row(P, Y):
    w = _weights(Y)
    return 4 * np.einsum("ij,ijd->id", (P - w / w.sum(axis=1, keepdims=True)) * w, Y[:, None] - Y)


@wrong("tsne_gradient", "dY")
def gaussian_weights(P, Y):
    w = np.exp(-np.square(Y[:, None] - Y).sum(axis=2))
    np.fill_diagonal(w, 0)
    return 4 * np.einsum("ij,ijd->id", P - w / w.sum(), Y[:, None] - Y)


@wrong("tsne_gradient", "dY")
def by_distances_not_squared(P, Y):
    w = 1 / (1 + np.linalg.norm(Y[:, None] - Y, axis=2))
    np.fill_diagonal(w, 0)
    return 4 * np.einsum("ij,ijd->id", (P - w / w.sum()) * w, Y[:, None] - Y)


@right("tsne_gradient")
def springs_as_a_matrix(P, Y):
    w = _weights(Y)
    springs = (P - w / w.sum()) * w
    return 4 * (springs.sum(axis=1)[:, None] * Y - springs @ Y)


@right("tsne_gradient")
def pair_by_pair(P, Y):
    w, dY = _weights(Y), np.zeros_like(Y)
    Q = w / w.sum()
    for i in range(len(Y)):
        for j in range(len(Y)):
            dY[i] += 4 * (P[i, j] - Q[i, j]) * w[i, j] * (Y[i] - Y[j])
    return dY


@right("tsne_gradient")
def attraction_and_repulsion(P, Y):
    w, difference = _weights(Y), Y[:, None] - Y
    attraction = ((P * w)[..., None] * difference).sum(axis=1)
    repulsion = ((w * w)[..., None] * difference).sum(axis=1) / w.sum()
    return 4 * (attraction - repulsion)
