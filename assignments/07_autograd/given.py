"""Functions of earlier notebooks, handed to 07_autograd.

Generated from the solution cells of 01_layers; edit those.
"""

import numpy as np
from course_utils.compare import check_close
from course_utils.gradcheck import gradient_check, loss_gradient_check, model_gradient_check

def graph_forward(x, y, z):
    """Forward pass through the graph of f = (x + y) z.

    x, y, z: numbers
    Returns (f, cache): f is a number; cache holds whatever graph_backward will need.
    """
    q = x + y
    f = q * z
    cache = (q, z)
    return f, cache

def graph_backward(df, cache):
    """Backward pass through the graph of f = (x + y) z.

    df: upstream gradient, a number: how much the final result grows when f grows by one
    cache: what graph_forward returned as its second result
    Returns (dx, dy, dz), three numbers.
    """
    q, z = cache
    dz = q * df
    dq = z * df
    dx, dy = dq, dq
    return dx, dy, dz

def sigmoid_neuron_forward(w, x):
    """Forward pass of one neuron with two inputs: f = 1 / (1 + exp(-(w[0] x[0] + w[1] x[1] + w[2]))).

    w: weights, shape (3,); the last one is the bias
    x: inputs, shape (2,)
    Returns (f, cache): f is a number between 0 and 1.
    """
    s = w[0] * x[0] + w[1] * x[1] + w[2]
    f = 1 / (1 + np.exp(-s))
    cache = (w, x, f)
    return f, cache

def sigmoid_neuron_backward(df, cache):
    """Backward pass of the sigmoid neuron.

    df: upstream gradient, a number
    cache: what sigmoid_neuron_forward returned as its second result
    Returns (dw, dx) with shapes (3,) and (2,).
    """
    w, x, f = cache
    ds = (1 - f) * f * df
    dw = ds * np.array([x[0], x[1], 1.0])
    dx = ds * w[:2]
    return dw, dx

def copy_forward(x, n):
    """Hand one value to n users.

    x: array of any shape
    n: number of users, at least 1
    Returns a list of n arrays equal to x.
    """
    return [x.copy() for _ in range(n)]

def copy_backward(douts):
    """Backward pass of copy_forward.

    douts: list of the n upstream gradients, each of x's shape
    Returns dx, of x's shape.
    """
    return np.sum(douts, axis=0)

def numeric_gradient(f, x, h=1e-5):
    """Gradient of f at x by centred differences: one number of x nudged at a time.

    f: function from an array of x's shape to a number
    x: float array of any shape; holds exactly its old values again when this returns
    h: size of the nudge
    Returns the gradient, an array of x's shape.
    """
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        below = f(x)
        x[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad

def affine_forward(x, w, b):
    """Forward pass of an affine (fully connected) layer: out = x·w + b, one row for each example.

    x: inputs, shape (N, d1, ..., dk); each example is flattened to D = d1·...·dk numbers
    w: weights, shape (D, M)
    b: biases, shape (M,)
    Returns (out, cache): out has shape (N, M).
    """
    out = x.reshape(x.shape[0], -1) @ w + b
    cache = (x, w)
    return out, cache

def affine_backward(dout, cache):
    """Backward pass of an affine layer.

    dout: upstream gradient, shape (N, M)
    cache: what affine_forward returned as its second result
    Returns (dx, dw, db) with the shapes of x (N, d1, ..., dk), w (D, M) and b (M,).
    """
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db

def relu_forward(x):
    """Forward pass of the rectified linear unit: out = max(0, x), number by number.

    x: array of any shape
    Returns (out, cache): out has x's shape.
    """
    out = np.maximum(x, 0)
    cache = x
    return out, cache

def relu_backward(dout, cache):
    """Backward pass of the rectified linear unit; at x = 0 the gradient is 0.

    dout: upstream gradient, same shape as x
    cache: what relu_forward returned as its second result
    Returns dx, same shape as x.
    """
    x = cache
    return dout * (x > 0)

def leaky_relu_forward(x, alpha=0.1):
    """Forward pass of the leaky ReLU: x where x is positive, alpha·x elsewhere.

    x: array of any shape
    alpha: slope on the negative side, 0 <= alpha < 1
    Returns (out, cache): out has x's shape.
    """
    out = np.where(x > 0, x, alpha * x)
    cache = (x, alpha)
    return out, cache

def leaky_relu_backward(dout, cache):
    """Backward pass of the leaky ReLU.

    dout: upstream gradient, same shape as x
    cache: what leaky_relu_forward returned as its second result
    Returns dx, same shape as x.
    """
    x, alpha = cache
    return np.where(x > 0, dout, alpha * dout)

def elu_forward(x, alpha=1.0):
    """Forward pass of the exponential linear unit: x where x is positive, alpha·(exp(x) - 1) elsewhere.

    x: array of any shape
    alpha: minus the value approached far to the left, positive
    Returns (out, cache): out has x's shape.
    """
    # np.where computes both branches: exp must not see the large positive numbers.
    out = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))
    cache = (x, alpha)
    return out, cache

def elu_backward(dout, cache):
    """Backward pass of the exponential linear unit.

    dout: upstream gradient, same shape as x
    cache: what elu_forward returned as its second result
    Returns dx, same shape as x.
    """
    x, alpha = cache
    return np.where(x > 0, dout, dout * alpha * np.exp(np.minimum(x, 0)))

def tanh_forward(x):
    """Forward pass of the hyperbolic tangent, number by number.

    x: array of any shape
    Returns (out, cache): out has x's shape, values between -1 and 1.
    """
    out = np.tanh(x)
    cache = out
    return out, cache

def tanh_backward(dout, cache):
    """Backward pass of the hyperbolic tangent.

    dout: upstream gradient, same shape as x
    cache: what tanh_forward returned as its second result
    Returns dx, same shape as x.
    """
    out = cache
    return dout * (1 - out**2)

def sigmoid_forward(x):
    """Forward pass of the sigmoid 1 / (1 + exp(-x)), number by number, for any finite x.

    x: array of any shape; |x| may be 1000 and more
    Returns (out, cache): out has x's shape, values between 0 and 1.
    """
    # exp(-|x|) never overflows; for negative x, 1 / (1 + e^-x) = e^x / (1 + e^x).
    e = np.exp(-np.abs(x))
    out = np.where(x >= 0, 1, e) / (1 + e)
    cache = out
    return out, cache

def sigmoid_backward(dout, cache):
    """Backward pass of the sigmoid.

    dout: upstream gradient, same shape as x
    cache: what sigmoid_forward returned as its second result
    Returns dx, same shape as x.
    """
    out = cache
    return dout * (1 - out) * out

def maxout_forward(x, w1, b1, w2, b2):
    """Forward pass of a maxout layer with two pieces: the larger of x·w1 + b1 and x·w2 + b2, number by number.

    x: inputs, shape (N, d1, ..., dk), D = d1·...·dk
    w1, w2: weights, shape (D, M)
    b1, b2: biases, shape (M,)
    Returns (out, cache): out has shape (N, M).
    """
    first, cache1 = affine_forward(x, w1, b1)
    second, cache2 = affine_forward(x, w2, b2)
    out = np.maximum(first, second)
    cache = (cache1, cache2, first >= second)
    return out, cache

def maxout_backward(dout, cache):
    """Backward pass of a maxout layer.

    dout: upstream gradient, shape (N, M)
    cache: what maxout_forward returned as its second result
    Returns (dx, dw1, db1, dw2, db2) with the shapes of x, w1, b1, w2, b2.
    """
    cache1, cache2, first_won = cache
    dx1, dw1, db1 = affine_backward(dout * first_won, cache1)
    dx2, dw2, db2 = affine_backward(dout * ~first_won, cache2)
    return dx1 + dx2, dw1, db1, dw2, db2

def softmax_loss(x, y):
    """Average cross-entropy of softmax probabilities, and its gradient.

    x: scores, shape (N, C), of any size (1e4 and more)
    y: labels, integers from 0 to C - 1, shape (N,)
    Returns (loss, dx): the mean of -log p(right class) over the batch, and its gradient with shape (N, C).
    """
    N = x.shape[0]
    # Adding a constant to a row changes no probability; with the largest score at 0 nothing overflows.
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(N), y].mean()

    dx = np.exp(log_p)
    dx[np.arange(N), y] -= 1
    return loss, dx / N

def svm_loss(x, y):
    """Average multiclass hinge loss with margin 1, and its gradient.

    x: scores, shape (N, C)
    y: labels, integers from 0 to C - 1, shape (N,)
    Returns (loss, dx): for each example the sum over the wrong classes j of max(0, x[j] - x[y] + 1),
    averaged over the batch, and its gradient with shape (N, C).
    """
    N = x.shape[0]
    rows = np.arange(N)
    margins = np.maximum(x - x[rows, y][:, None] + 1, 0)
    margins[rows, y] = 0
    loss = margins.sum() / N

    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] = -dx.sum(axis=1)
    return loss, dx / N

class TwoLayerNet:
    """affine - ReLU - affine - softmax, with L2 regularization of the weights.

    input_dim: numbers in one example, D
    hidden_dim: hidden units, H
    num_classes: classes, C
    weight_scale: standard deviation of the first weights; the first biases are zero
    reg: regularization strength
    rng: numpy.random.Generator for the first weights; a fresh one if None (experiments pass it, no check does)
    """

    def __init__(
        self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0, rng=None
    ):
        """Set self.reg, and self.params: W1 (D, H), b1 (H,), W2 (H, C), b2 (C,)."""
        rng = np.random.default_rng() if rng is None else rng
        self.reg = reg
        self.params = {
            "W1": rng.normal(scale=weight_scale, size=(input_dim, hidden_dim)),
            "b1": np.zeros(hidden_dim),
            "W2": rng.normal(scale=weight_scale, size=(hidden_dim, num_classes)),
            "b2": np.zeros(num_classes),
        }

    def loss(self, X, y=None):
        """Loss and gradients of a batch; scores alone where there are no labels.

        X: examples, shape (N, d1, ..., dk) with d1·...·dk = D
        y: labels, shape (N,), or None
        Returns the scores, shape (N, C), if y is None; otherwise (loss, grads): softmax loss plus
        0.5·reg·(‖W1‖² + ‖W2‖²), and a dict with the gradient of each entry of self.params.
        """
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        hidden, affine1_cache = affine_forward(X, W1, b1)
        hidden, relu_cache = relu_forward(hidden)
        scores, affine2_cache = affine_forward(hidden, W2, b2)
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(W1**2) + np.sum(W2**2))

        dhidden, dW2, db2 = affine_backward(dscores, affine2_cache)
        dhidden = relu_backward(dhidden, relu_cache)
        _, dW1, db1 = affine_backward(dhidden, affine1_cache)
        grads = {"W1": dW1 + self.reg * W1, "b1": db1, "W2": dW2 + self.reg * W2, "b2": db2}
        return loss, grads

class FullyConnectedNet:
    """{affine - ReLU} × (L - 1) - affine - softmax, with L2 regularization of the weights.

    hidden_dims: list with the number of units of each hidden layer; its length is L - 1, and may be 0
    input_dim: numbers in one example, D
    num_classes: classes, C
    reg: regularization strength
    weight_scale: standard deviation of the first weights; the first biases are zero
    dtype: type of all parameters and of the computation; float64 for gradient checks
    rng: numpy.random.Generator for the first weights; a fresh one if None (experiments pass it, no check does)
    """

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        rng=None,
    ):
        """Set self.reg, self.dtype, self.num_layers (L), and self.params: W1, b1, ..., WL, bL."""
        rng = np.random.default_rng() if rng is None else rng
        self.reg = reg
        self.dtype = dtype
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            W = rng.normal(scale=weight_scale, size=(dims[i - 1], dims[i]))
            self.params[f"W{i}"] = W.astype(dtype)
            self.params[f"b{i}"] = np.zeros(dims[i], dtype=dtype)

    def loss(self, X, y=None):
        """Loss and gradients of a batch; scores alone where there are no labels.

        X: examples, shape (N, d1, ..., dk) with d1·...·dk = D
        y: labels, shape (N,), or None
        Returns the scores, shape (N, C), if y is None; otherwise (loss, grads): softmax loss plus
        0.5·reg·‖W‖² for every weight matrix, and a dict with the gradient of each entry of self.params.
        """
        X = X.astype(self.dtype)
        params, L = self.params, self.num_layers
        out, affine_caches, relu_caches = X, {}, {}
        for i in range(1, L + 1):
            out, affine_caches[i] = affine_forward(out, params[f"W{i}"], params[f"b{i}"])
            if i < L:
                out, relu_caches[i] = relu_forward(out)
        if y is None:
            return out

        loss, dout = softmax_loss(out, y)
        grads = {}
        for i in range(L, 0, -1):
            if i < L:
                dout = relu_backward(dout, relu_caches[i])
            dout, dW, grads[f"b{i}"] = affine_backward(dout, affine_caches[i])
            grads[f"W{i}"] = dW + self.reg * params[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(params[f"W{i}"] ** 2)
        return loss, grads

def train_step(model, X, y, learning_rate):
    """One step of stochastic gradient descent on a batch: forward, backward, update.

    model: has .loss(X, y) -> (loss, grads) and .params, a dict of arrays; the arrays are updated in place
    X, y: the sampled batch and its labels
    learning_rate: step size
    Returns the loss of the batch, as it was before the update.
    """
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        param -= learning_rate * grads[name]
    return loss
