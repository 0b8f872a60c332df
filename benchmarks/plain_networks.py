"""Three kinds of small network in plain NumPy, which share no code with the course's own layers, and Adam for them."""

from __future__ import annotations

import numpy as np

Parameters = dict[str, np.ndarray]


def softmax(scores: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean cross-entropy and its gradient for scores (N, C) and labels (N,)."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(shifted)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(probabilities[rows, y] + 1e-12).mean()
    probabilities[rows, y] -= 1
    return float(loss), probabilities / np.float32(len(y))


class Linear:
    """Softmax on the pixels."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.params = {"W": normal(rng, (3072, 10), 0.001), "b": np.zeros(10, np.float32)}

    def scores(self, X: np.ndarray) -> np.ndarray:
        return X.reshape(len(X), -1) @ self.params["W"] + self.params["b"]

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, Parameters]:
        loss, dscores = softmax(self.scores(X), y)
        return loss, {"W": X.reshape(len(X), -1).T @ dscores, "b": dscores.sum(axis=0)}


class TwoLayer:
    """One hidden layer of ReLUs."""

    def __init__(self, rng: np.random.Generator, hidden: int = 100) -> None:
        self.params = {
            "W1": normal(rng, (3072, hidden), np.sqrt(2 / 3072)),
            "b1": np.zeros(hidden, np.float32),
            "W2": normal(rng, (hidden, 10), np.sqrt(2 / hidden)),
            "b2": np.zeros(10, np.float32),
        }

    def _hidden(self, X: np.ndarray) -> np.ndarray:
        return np.maximum(X.reshape(len(X), -1) @ self.params["W1"] + self.params["b1"], 0)

    def scores(self, X: np.ndarray) -> np.ndarray:
        return self._hidden(X) @ self.params["W2"] + self.params["b2"]

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, Parameters]:
        hidden = self._hidden(X)
        loss, dscores = softmax(hidden @ self.params["W2"] + self.params["b2"], y)
        dhidden = (dscores @ self.params["W2"].T) * (hidden > 0)
        return loss, {
            "W1": X.reshape(len(X), -1).T @ dhidden,
            "b1": dhidden.sum(axis=0),
            "W2": hidden.T @ dscores,
            "b2": dscores.sum(axis=0),
        }


class ConvNet:
    """conv 3x3 - ReLU - pool, once for each number of filters, then softmax. Planes are kept as (C, N, H, W)."""

    def __init__(self, rng: np.random.Generator, filters: tuple[int, ...] = (16, 32, 64)) -> None:
        self.depth = len(filters)
        self.params, channels = {}, 3
        for layer, count in enumerate(filters, start=1):
            self.params[f"W{layer}"] = normal(rng, (count, channels * 9), np.sqrt(2 / (channels * 9)))
            self.params[f"b{layer}"] = np.zeros(count, np.float32)
            channels = count
        features = channels * (32 >> self.depth) ** 2
        self.params["W"] = normal(rng, (features, 10), np.sqrt(1 / features))
        self.params["b"] = np.zeros(10, np.float32)

    def _forward(self, X: np.ndarray) -> tuple[np.ndarray, list, np.ndarray]:
        planes, caches = X.transpose(1, 0, 2, 3), []
        for layer in range(1, self.depth + 1):
            columns = unfold(planes)
            out = self.params[f"W{layer}"] @ columns + self.params[f"b{layer}"][:, None]
            out = np.maximum(out, 0).reshape(-1, *planes.shape[1:])
            planes = pool(out)
            caches.append((columns, out, planes))
        features = planes.transpose(1, 0, 2, 3).reshape(len(X), -1)
        return features @ self.params["W"] + self.params["b"], caches, features

    def scores(self, X: np.ndarray) -> np.ndarray:
        return self._forward(X)[0]

    def gradients(self, X: np.ndarray, y: np.ndarray) -> tuple[float, Parameters]:
        scores, caches, features = self._forward(X)
        loss, dscores = softmax(scores, y)
        grads = {"W": features.T @ dscores, "b": dscores.sum(axis=0)}
        C, N, H, W = caches[-1][2].shape
        dpooled = (dscores @ self.params["W"].T).reshape(N, C, H, W).transpose(1, 0, 2, 3)
        for layer in range(self.depth, 0, -1):
            columns, out, pooled = caches[layer - 1]
            dout = unpool(dpooled, out, pooled) * (out > 0)
            flat = dout.reshape(len(dout), -1)
            grads[f"W{layer}"], grads[f"b{layer}"] = flat @ columns.T, flat.sum(axis=1)
            if layer > 1:
                dpooled = fold(self.params[f"W{layer}"].T @ flat, caches[layer - 2][2].shape)
        return loss, grads


def unfold(planes: np.ndarray) -> np.ndarray:
    """The nine shifted copies that a 3x3 convolution with padding 1 sees, shape (C * 9, N * H * W)."""
    C, N, H, W = planes.shape
    padded = np.pad(planes, ((0, 0), (0, 0), (1, 1), (1, 1)))
    columns = np.empty((C, 3, 3, N, H, W), planes.dtype)
    for i in range(3):
        for j in range(3):
            columns[:, i, j] = padded[:, :, i : i + H, j : j + W]
    return columns.reshape(C * 9, -1)


def fold(columns: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The transpose of `unfold`: add the nine shifted copies up again."""
    C, N, H, W = shape
    columns = columns.reshape(C, 3, 3, N, H, W)
    padded = np.zeros((C, N, H + 2, W + 2), columns.dtype)
    for i in range(3):
        for j in range(3):
            padded[:, :, i : i + H, j : j + W] += columns[:, i, j]
    return padded[:, :, 1:-1, 1:-1]


CORNERS = [(slice(i, None, 2), slice(j, None, 2)) for i in (0, 1) for j in (0, 1)]


def pool(planes: np.ndarray) -> np.ndarray:
    """2x2 maximum with stride 2."""
    a, b, c, d = (planes[:, :, rows, columns] for rows, columns in CORNERS)
    return np.maximum(np.maximum(a, b), np.maximum(c, d))


def unpool(dpooled: np.ndarray, planes: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    """The gradient of `pool`: to every position that holds the maximum."""
    dplanes = np.empty_like(planes)
    for rows, columns in CORNERS:
        dplanes[:, :, rows, columns] = dpooled * (planes[:, :, rows, columns] == pooled)
    return dplanes


def normal(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> np.ndarray:
    return (rng.standard_normal(shape) * scale).astype(np.float32)


class Adam:
    """Kingma and Ba, 2015, with weight decay kept apart from the gradient."""

    def __init__(self, params: Parameters, weight_decay: float) -> None:
        self.params, self.weight_decay, self.t = params, weight_decay, 0
        self.m = {name: np.zeros_like(value) for name, value in params.items()}
        self.v = {name: np.zeros_like(value) for name, value in params.items()}

    def step(self, grads: Parameters, learning_rate: float) -> None:
        self.t += 1
        rate = learning_rate * np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        for name, grad in grads.items():
            m, v, w = self.m[name], self.v[name], self.params[name]
            m += 0.1 * (grad - m)
            v += 0.001 * (grad * grad - v)
            w -= rate * m / (np.sqrt(v) + 1e-8) + learning_rate * self.weight_decay * w
