"""Planted answers: tables of dissimilarities, CKA, and the linear probe."""

import numpy as np

from answers import right, wrong


def _unit_rows(codes):
    return codes / np.linalg.norm(codes, axis=1, keepdims=True)


@wrong("dissimilarity_matrix", "the matrix")
def similarities_instead(codes):
    return np.corrcoef(codes)


@wrong("dissimilarity_matrix", "the matrix.*shape")
def of_units_instead_of_pictures(codes):
    return 1 - np.corrcoef(codes.T)


@wrong("dissimilarity_matrix", "the matrix")
def cosines_without_centring(codes):
    unit = _unit_rows(codes)
    return 1 - unit @ unit.T


@wrong("dissimilarity_matrix", "the matrix")
def centred_over_the_pictures(codes):
    unit = _unit_rows(codes - codes.mean(axis=0))
    return 1 - unit @ unit.T


@wrong("dissimilarity_matrix", "the matrix")
def euclidean(codes):
    return np.linalg.norm(codes[:, None] - codes, axis=2)


@wrong("dissimilarity_matrix", "the matrix")
def covariances(codes):
    centred = codes - codes.mean(axis=1, keepdims=True)
    return 1 - centred @ centred.T / codes.shape[1]


@wrong("dissimilarity_matrix", "the matrix")
def never_above_one(codes):
    return 1 - np.abs(np.corrcoef(codes))


@right("dissimilarity_matrix")
def by_corrcoef(codes):
    return 1 - np.corrcoef(codes)


@right("dissimilarity_matrix")
def half_the_squared_distance(codes):
    unit = _unit_rows(codes - codes.mean(axis=1, keepdims=True))
    return 0.5 * np.square(unit[:, None] - unit).sum(axis=2)


@right("dissimilarity_matrix")
def picture_by_picture(codes):
    N = len(codes)
    out = np.zeros((N, N))
    for i in range(N):
        for j in range(N):
            a, b = codes[i] - codes[i].mean(), codes[j] - codes[j].mean()
            out[i, j] = 1 - a @ b / np.sqrt((a @ a) * (b @ b))
    return out


@wrong("cka", "the result")
def without_centring(A, B):
    norm = np.linalg.norm
    return norm(A.T @ B) ** 2 / (norm(A.T @ A) * norm(B.T @ B))


@wrong("cka", "the result")
def centred_over_the_units(A, B):
    A, B = A - A.mean(axis=1, keepdims=True), B - B.mean(axis=1, keepdims=True)
    norm = np.linalg.norm
    return norm(A.T @ B) ** 2 / (norm(A.T @ A) * norm(B.T @ B) + 1e-300)


@wrong("cka", "the result")
def without_the_square(A, B):
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    norm = np.linalg.norm
    return norm(A.T @ B) / (norm(A.T @ A) * norm(B.T @ B))


@wrong("cka", "the result")
def norms_of_the_codes(A, B):
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    norm = np.linalg.norm
    return norm(A.T @ B) ** 2 / (norm(A) * norm(B)) ** 2


@wrong("cka", "the result", earns=(0.0, 0.4))
def the_root_of_it(A, B):
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    norm = np.linalg.norm
    return norm(A.T @ B) / np.sqrt(norm(A.T @ A) * norm(B.T @ B))


@wrong("cka", "the result")
def the_trace(A, B):
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    least = min(A.shape[1], B.shape[1])
    norm = np.linalg.norm
    return np.trace((A.T @ B)[:least, :least]) ** 2 / (norm(A.T @ A) * norm(B.T @ B)) / 3


@right("cka")
def by_similarities(A, B):
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)
    K, L = A @ A.T, B @ B.T
    return np.sum(K * L) / np.sqrt(np.sum(K * K) * np.sum(L * L))


@right("cka")
def by_a_centring_matrix(A, B):
    N = len(A)
    H = np.eye(N) - np.ones((N, N)) / N
    K, L = H @ A @ A.T @ H, H @ B @ B.T @ H
    return np.trace(K @ L) / (np.linalg.norm(K) * np.linalg.norm(L))


@right("cka")
def by_covariances(A, B):
    A, B = A - A.mean(axis=0, keepdims=True), B - B.mean(axis=0, keepdims=True)

    def squared(M, N):
        return np.square(M.T @ N).sum()

    return squared(A, B) / np.sqrt(squared(A, A) * squared(B, B))


@wrong("linear_probe", "[Wb]")
def the_bias_is_penalized_too(codes, y, num_classes, reg=1.0):
    ones = np.hstack([codes, np.ones((len(codes), 1))])
    T = np.eye(num_classes)[y]
    both = np.linalg.solve(ones.T @ ones + reg * np.eye(ones.shape[1]), ones.T @ T)
    return both[:-1], both[-1]


@wrong("linear_probe", "[Wb]")
def no_bias(codes, y, num_classes, reg=1.0):
    W = np.linalg.solve(codes.T @ codes + reg * np.eye(codes.shape[1]), codes.T @ np.eye(num_classes)[y])
    return W, np.zeros(num_classes)


@wrong("linear_probe", "[Wb]")
def bias_of_the_centred_codes(codes, y, num_classes, reg=1.0):
    T = np.eye(num_classes)[y]
    centred = codes - codes.mean(axis=0)
    W = np.linalg.solve(centred.T @ centred + reg * np.eye(codes.shape[1]), centred.T @ T)
    return W, T.mean(axis=0)


@wrong("linear_probe", "[Wb]")
def penalty_for_the_mean(codes, y, num_classes, reg=1.0):
    T = np.eye(num_classes)[y]
    mean = codes.mean(axis=0)
    centred = codes - mean
    W = np.linalg.solve(centred.T @ centred + len(codes) * reg * np.eye(codes.shape[1]), centred.T @ T)
    return W, T.mean(axis=0) - mean @ W


@wrong("linear_probe", "[Wb]", earns=(0.3, 0.75))
def always_the_default_strength(codes, y, num_classes, reg=1.0):
    T = np.eye(num_classes)[y]
    mean = codes.mean(axis=0)
    centred = codes - mean
    W = np.linalg.solve(centred.T @ centred + np.eye(codes.shape[1]), centred.T @ T)
    return W, T.mean(axis=0) - mean @ W


@wrong("linear_probe", "[Wb]")
def labels_of_both_signs(codes, y, num_classes, reg=1.0):
    T = 2 * np.eye(num_classes)[y] - 1
    mean = codes.mean(axis=0)
    centred = codes - mean
    W = np.linalg.solve(centred.T @ centred + reg * np.eye(codes.shape[1]), centred.T @ T)
    return W, T.mean(axis=0) - mean @ W


@wrong("linear_probe", "shape", earns=(0.3, 0.95))
def only_classes_that_occur(codes, y, num_classes, reg=1.0):
    T = np.eye(int(y.max()) + 1)[y]
    mean = codes.mean(axis=0)
    centred = codes - mean
    W = np.linalg.solve(centred.T @ centred + reg * np.eye(codes.shape[1]), centred.T @ T)
    return W, T.mean(axis=0) - mean @ W


@right("linear_probe")
def by_an_unpenalized_one(codes, y, num_classes, reg=1.0):
    ones = np.hstack([codes, np.ones((len(codes), 1))])
    penalty = reg * np.eye(ones.shape[1])
    penalty[-1, -1] = 0
    both = np.linalg.solve(ones.T @ ones + penalty, ones.T @ np.eye(num_classes)[y])
    return both[:-1], both[-1]


@right("linear_probe")
def by_the_pictures(codes, y, num_classes, reg=1.0):
    T, mean = np.eye(num_classes)[y], codes.mean(axis=0)
    centred = codes - mean
    alpha = np.linalg.solve(centred @ centred.T + reg * np.eye(len(codes)), T - T.mean(axis=0))
    W = centred.T @ alpha
    return W, T.mean(axis=0) - mean @ W


@right("linear_probe")
def by_singular_values(codes, y, num_classes, reg=1.0):
    T, mean = np.eye(num_classes)[y], codes.mean(axis=0)
    U, s, Vt = np.linalg.svd(codes - mean, full_matrices=False)
    W = Vt.T @ ((s / (s**2 + reg))[:, None] * (U.T @ (T - T.mean(axis=0))))
    return W, T.mean(axis=0) - mean @ W
