"""Functions of earlier notebooks, handed to 05_optimizers.

Generated from the solution cells of 01_layers, 02_batchnorm, 03_dropout; edit those.
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

import numpy as np
from course_utils.compare import check_close
from course_utils.gradcheck import gradient_check, model_gradient_check

def init_weights(fan_in, fan_out, scheme, rng=None):
    """First weights of a layer, drawn from a normal distribution with mean 0.

    fan_in: numbers each unit reads, D
    fan_out: units, M
    scheme: "small" for standard deviation 0.01, "xavier" for sqrt(1/D), "he" for sqrt(2/D)
    rng: numpy.random.Generator to draw from; a fresh one if None
    Returns an array of shape (D, M). Raises ValueError for any other scheme.
    """
    rng = np.random.default_rng() if rng is None else rng
    scales = {"small": 0.01, "xavier": np.sqrt(1 / fan_in), "he": np.sqrt(2 / fan_in)}
    if scheme not in scales:
        raise ValueError(f'scheme is {scheme!r}; it must be "small", "xavier" or "he"')
    return scales[scheme] * rng.normal(size=(fan_in, fan_out))

def activation_statistics(x, weights, nonlinearity):
    """Send a batch through a stack of layers without biases and measure what comes out of each.

    x: inputs, shape (N, D)
    weights: list of L matrices; layer i computes f(input · weights[i]), and the next layer reads the result
    nonlinearity: f, "tanh" or "relu"
    Returns (activations, means, stds): a list of the L arrays that leave the layers (after f), and the
    mean and the standard deviation over all numbers of each of them, as arrays of shape (L,) or lists.
    """
    f = {"tanh": np.tanh, "relu": lambda s: np.maximum(s, 0)}[nonlinearity]
    activations = []
    for w in weights:
        x = f(x @ w)
        activations.append(x)
    means = np.array([h.mean() for h in activations])
    stds = np.array([h.std() for h in activations])
    return activations, means, stds

def batchnorm_forward(x, gamma, beta, bn_param):
    """Forward pass of batch normalization (Ioffe and Szegedy 2015, algorithm 1).

    x: inputs, shape (N, D)
    gamma: scale, shape (D,)
    beta: shift, shape (D,)
    bn_param: dict with
        "mode": "train" or "test"; anything else raises ValueError
        "eps": added to the variance inside the root, 1e-5 by default
        "momentum": weight of the old running averages, 0.9 by default
        "running_mean", "running_var": shape (D,); zeros to begin with; training mode updates them in this dict
    Returns (out, cache): out has shape (N, D). Backward is only ever called after training mode.
    """
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if mode == "train":
        mean = x.mean(axis=0)
        centred = x - mean
        var = (centred**2).mean(axis=0)
        std = np.sqrt(var + eps)
        x_hat = centred / std
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
        cache = (x_hat, centred, std, gamma)
    elif mode == "test":
        x_hat = (x - running_mean) / np.sqrt(running_var + eps)
        cache = None
    else:
        raise ValueError(f'mode is {mode!r}; it must be "train" or "test"')
    return gamma * x_hat + beta, cache

def batchnorm_backward(dout, cache):
    """Backward pass of batch normalization in training mode, node by node through its graph.

    dout: upstream gradient, shape (N, D)
    cache: what batchnorm_forward returned as its second result
    Returns (dx, dgamma, dbeta) with shapes (N, D), (D,) and (D,).
    """
    x_hat, centred, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma

    dstd = -(dx_hat * centred).sum(axis=0) / std**2  # x_hat = centred / std
    dvar = dstd / (2 * std)  # std = sqrt(var + eps)
    dcentred = dx_hat / std + 2 * centred * dvar / N  # two users: the quotient, and var = mean of centred²
    dmean = -dcentred.sum(axis=0)  # centred = x - mean
    dx = dcentred + dmean / N  # two users: the difference, and the mean
    return dx, dgamma, dbeta

def batchnorm_backward_alt(dout, cache):
    """Backward pass of batch normalization in training mode, simplified on paper first.

    It computes everything itself: batchnorm_backward may not stand in for any of it.

    dout: upstream gradient, shape (N, D)
    cache: what batchnorm_forward returned as its second result
    Returns (dx, dgamma, dbeta) with shapes (N, D), (D,) and (D,).
    """
    x_hat, _, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    # The two means are dbeta and dgamma over again, up to gamma / N.
    dx = (gamma / std) * (dout - (dbeta + x_hat * dgamma) / N)
    return dx, dgamma, dbeta

def layernorm_forward(x, gamma, beta, ln_param):
    """Forward pass of layer normalization: every example is normalized over its own D features.

    x: inputs, shape (N, D)
    gamma: scale, shape (D,)
    beta: shift, shape (D,)
    ln_param: dict with "eps", added to the variance inside the root, 1e-5 by default; other keys are ignored
    Returns (out, cache): out has shape (N, D).
    """
    eps = ln_param.get("eps", 1e-5)
    centred = x - x.mean(axis=1, keepdims=True)
    std = np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    x_hat = centred / std
    cache = (x_hat, std, gamma)
    return gamma * x_hat + beta, cache

def layernorm_backward(dout, cache):
    """Backward pass of layer normalization.

    dout: upstream gradient, shape (N, D)
    cache: what layernorm_forward returned as its second result
    Returns (dx, dgamma, dbeta) with shapes (N, D), (D,) and (D,).
    """
    x_hat, std, gamma = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dx_hat = dout * gamma
    shift = dx_hat.mean(axis=1, keepdims=True)
    stretch = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    dx = (dx_hat - shift - x_hat * stretch) / std
    return dx, dgamma, dbeta

class FullyConnectedNet:
    """{affine - [normalization] - ReLU} × (L - 1) - affine - softmax, with L2 regularization of the weights.

    hidden_dims: list with the number of units of each hidden layer; its length is L - 1, and may be 0
    input_dim: numbers in one example, D
    num_classes: classes, C
    reg: regularization strength; for W1 ... WL only
    weight_scale: standard deviation of the first weights; the first biases are zero
    dtype: type of all parameters and of the computation; float64 for gradient checks
    rng: numpy.random.Generator for the first weights; a fresh one if None (experiments pass it, no check does)
    normalization: "batchnorm", "layernorm" or None
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
        normalization=None,
    ):
        """Set self.reg, self.dtype, self.normalization, self.num_layers (L), and self.params.

        params holds W1, b1, ..., WL, bL, and with normalization gamma1, beta1, ..., gamma(L-1), beta(L-1): ones and
        zeros, one for each unit of the hidden layer. Running averages do not belong into params.
        """
        rng = np.random.default_rng() if rng is None else rng
        self.reg = reg
        self.dtype = dtype
        self.normalization = normalization
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            W = rng.normal(scale=weight_scale, size=(dims[i - 1], dims[i]))
            self.params[f"W{i}"] = W.astype(dtype)
            self.params[f"b{i}"] = np.zeros(dims[i], dtype=dtype)
            if normalization and i < self.num_layers:
                self.params[f"gamma{i}"] = np.ones(dims[i], dtype=dtype)
                self.params[f"beta{i}"] = np.zeros(dims[i], dtype=dtype)
        self.norm_params = {i: {} for i in range(1, self.num_layers)}

    def loss(self, X, y=None):
        """Loss and gradients of a batch in training mode; scores alone, in test mode, where there are no labels.

        X: examples, shape (N, d1, ..., dk) with d1·...·dk = D
        y: labels, shape (N,), or None
        Returns the scores, shape (N, C), if y is None; otherwise (loss, grads): softmax loss plus
        0.5·reg·‖W‖² for every weight matrix, and a dict with the gradient of each entry of self.params.
        """
        X = X.astype(self.dtype)
        params, L = self.params, self.num_layers
        for norm_param in self.norm_params.values():
            norm_param["mode"] = "test" if y is None else "train"
        out, caches = X, {}
        for i in range(1, L):
            out, affine_cache = affine_forward(out, params[f"W{i}"], params[f"b{i}"])
            out, norm_cache = self._normalize(out, i)
            out, relu_cache = relu_forward(out)
            caches[i] = affine_cache, norm_cache, relu_cache
        scores, caches[L] = affine_forward(out, params[f"W{L}"], params[f"b{L}"])
        if y is None:
            return scores

        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{L}"], grads[f"b{L}"] = affine_backward(dout, caches[L])
        for i in range(L - 1, 0, -1):
            affine_cache, norm_cache, relu_cache = caches[i]
            dout = relu_backward(dout, relu_cache)
            dout = self._normalize_backward(dout, norm_cache, i, grads)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, affine_cache)
        for i in range(1, L + 1):
            loss += 0.5 * self.reg * np.sum(params[f"W{i}"] ** 2)
            grads[f"W{i}"] += self.reg * params[f"W{i}"]
        return loss, grads

    def _normalize(self, x, i):
        if self.normalization is None:
            return x, None
        forward = batchnorm_forward if self.normalization == "batchnorm" else layernorm_forward
        return forward(x, self.params[f"gamma{i}"], self.params[f"beta{i}"], self.norm_params[i])

    def _normalize_backward(self, dout, cache, i, grads):
        if self.normalization is None:
            return dout
        backward = batchnorm_backward_alt if self.normalization == "batchnorm" else layernorm_backward
        dx, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(dout, cache)
        return dx

import numpy as np
from course_utils.compare import check_close
from course_utils.data.changes import check_change
from course_utils.data.ranges import back_in_range
from course_utils.gradcheck import gradient_check, loss_gradient_check, model_gradient_check

def l2_regularization(W, reg):
    """Penalty 0.5·reg·sum(W²) and its gradient.

    W: weights, any shape
    reg: strength, lambda in the table
    Returns (loss, dW): a number, and an array of W's shape.
    """
    return 0.5 * reg * np.sum(W**2), reg * W

def l1_regularization(W, reg):
    """Penalty reg·sum(|W|) and its gradient, which is 0 where W is 0.

    W: weights, any shape
    reg: strength, lambda in the table
    Returns (loss, dW): a number, and an array of W's shape.
    """
    return reg * np.sum(np.abs(W)), reg * np.sign(W)

def elastic_net(W, l1, l2):
    """L1 and L2 penalty together (Zou and Hastie 2005): l1·sum(|W|) + 0.5·l2·sum(W²), and the gradient.

    W: weights, any shape
    l1, l2: strengths of the two penalties
    Returns (loss, dW): a number, and an array of W's shape.
    """
    loss1, dW1 = l1_regularization(W, l1)
    loss2, dW2 = l2_regularization(W, l2)
    return loss1 + loss2, dW1 + dW2

def soft_threshold(W, amount):
    """Weights moved towards zero by amount; those that are not further away than that become exactly zero.

    W: weights, any shape
    amount: how far, a number, at least 0
    Returns a new array of W's shape.
    """
    return np.sign(W) * np.maximum(np.abs(W) - amount, 0)

def max_norm(W, c):
    """Weights with no unit's incoming weights longer than c (Srebro and Shraibman 2005).

    W: weights, shape (D, M); column m holds the D weights that enter unit m
    c: largest allowed Euclidean length of a column, positive
    Returns a new array of shape (D, M): columns longer than c scaled to length c, the others as they were.
    """
    norms = np.linalg.norm(W, axis=0)
    return W * (c / np.maximum(norms, c))

def dropout_vanilla_train(x, p, rng=None):
    """Dropout as first published, in training: each number is kept with probability p, else set to zero.

    x: activations, any shape
    p: probability of KEEPING a number, 0 < p <= 1
    rng: numpy.random.Generator for the mask; a fresh one if None
    Returns an array of x's shape; what is kept is not scaled.
    """
    rng = np.random.default_rng() if rng is None else rng
    return x * (rng.random(x.shape) < p)

def dropout_vanilla_predict(x, p):
    """Dropout as first published, at test time: everything is kept, and scaled to the average of training.

    x: activations, any shape
    p: probability with which a number was kept in training
    Returns an array of x's shape.
    """
    return x * p

def dropout_forward(x, dropout_param):
    """Forward pass of inverted dropout.

    x: inputs, any shape
    dropout_param: dict with
        "p": probability of KEEPING a number, 0 < p <= 1
        "mode": "train" or "test"
        "seed": integer; the same seed gives the same mask. Without it (or None) every call draws anew
    Returns (out, cache): out has x's shape. In test mode it equals x.
    """
    p, mode = dropout_param["p"], dropout_param["mode"]
    rng = np.random.default_rng(dropout_param.get("seed"))
    if mode == "train":
        mask = ((rng.random(x.shape) < p) / p).astype(x.dtype)
        return x * mask, mask
    return x.copy(), None

def dropout_backward(dout, cache):
    """Backward pass of inverted dropout, in either mode.

    dout: upstream gradient, x's shape
    cache: what dropout_forward returned as its second result
    Returns dx, of x's shape.
    """
    mask = cache
    return dout.copy() if mask is None else dout * mask

def as_vanilla(W, learning_rate, reg, p):
    """Weights, rate and price with which vanilla dropout trains the layer behind it just as inverted dropout does.

    W: first weights of the layer behind inverted dropout, any shape
    learning_rate, reg: of W: each step is W - learning_rate·(dW + reg·W)
    p: probability of KEEPING a number, for both
    Returns (V, learning_rate, reg) for vanilla dropout, V a new array of W's shape. (The bias needs no change.)
    """
    return W / p, learning_rate / p**2, reg * p**2

def mc_dropout_predict(predict, x, num_masks):
    """Average a network's answers over many dropout masks.

    predict: function from a batch x to an array of answers, (N, C); draws a new mask in every call
    x: batch, shape (N, ...)
    num_masks: number of calls to predict, at least 1
    Returns (mean, std): mean and standard deviation of the answers over the calls, both of shape (N, C).
    """
    answers = np.stack([predict(x) for _ in range(num_masks)])
    return answers.mean(axis=0), answers.std(axis=0)

def normalized_geometric_mean(probabilities, weights):
    """What several models say together: the weighted geometric mean of their probabilities, made to add up to 1.

    probabilities: of K models, shape (K, N, C), each positive; every row of C adds up to 1
    weights: of the models, shape (K,); they add up to 1
    Returns an array of shape (N, C), whose rows add up to 1.
    """
    mean = np.exp(np.tensordot(weights, np.log(probabilities), axes=1))
    return mean / mean.sum(axis=1, keepdims=True)

def dropconnect_forward(x, w, b, dropconnect_param):
    """Forward pass of an affine layer with inverted DropConnect: each weight is kept with probability p.

    x: inputs, shape (N, D)
    w: weights, shape (D, M)
    b: biases, shape (M,); never dropped
    dropconnect_param: dict with "p" (probability of KEEPING a weight), "mode" ("train" or "test"; anything else
        raises ValueError) and maybe "seed", as for dropout_forward
    Returns (out, cache): out has shape (N, M). In test mode it is x·w + b.
    """
    p, mode = dropconnect_param["p"], dropconnect_param["mode"]
    rng = np.random.default_rng(dropconnect_param.get("seed"))
    if mode == "train":
        mask = ((rng.random(w.shape) < p) / p).astype(w.dtype)
    elif mode == "test":
        mask = np.ones_like(w)
    else:
        raise ValueError(f'mode is {mode!r}; it must be "train" or "test"')
    out, affine_cache = affine_forward(x, w * mask, b)
    return out, (affine_cache, mask)

def dropconnect_backward(dout, cache):
    """Backward pass of dropconnect_forward, in either mode.

    dout: upstream gradient, shape (N, M)
    cache: what dropconnect_forward returned as its second result
    Returns (dx, dw, db) with shapes (N, D), (D, M) and (M,).
    """
    affine_cache, mask = cache
    dx, dw, db = affine_backward(dout, affine_cache)
    return dx, dw * mask, db

def dropblock_mask(shape, p, block_size, rng=None):
    """Mask of DropBlock: squares of zeros, drawn for each image and each channel on their own.

    shape: (N, C, H, W)
    p: probability of keeping a number, about
    block_size: side of a square, at most H and at most W; squares lie wholly inside, and may overlap
    rng: numpy.random.Generator; a fresh one if None
    Returns an array of that shape: zero in the squares, and elsewhere the one value that makes the mean 1.
    """
    rng = np.random.default_rng() if rng is None else rng
    N, C, H, W = shape
    rows, columns = H - block_size + 1, W - block_size + 1
    gamma = (1 - p) / block_size**2 * (H * W) / (rows * columns)
    corners = rng.random((N, C, rows, columns)) < gamma
    mask = np.ones(shape)
    for i in range(block_size):
        for j in range(block_size):
            mask[:, :, i : i + rows, j : j + columns][corners] = 0
    return mask / mask.mean()

def random_flip(X, rng, p=0.5):
    """Mirror pictures left to right, each with probability p.

    X: pictures, shape (N, C, H, W)
    rng: numpy.random.Generator
    p: probability that a picture is mirrored
    Returns a new array of X's shape and dtype.
    """
    mirrored = rng.random(len(X)) < p
    return np.where(mirrored[:, None, None, None], X[:, :, :, ::-1], X)

def random_crop(X, rng, pad=4):
    """Shift pictures: pad all sides with zeros, then cut the old size out at a random place.

    X: pictures, shape (N, C, H, W)
    rng: numpy.random.Generator
    pad: width of the border of zeros; each of the (2·pad + 1)² places is equally likely, for each picture anew
    Returns a new array of X's shape and dtype.
    """
    N, _, H, W = X.shape
    padded = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    top, left = rng.integers(2 * pad + 1, size=(2, N))
    return np.stack([padded[n, :, top[n] : top[n] + H, left[n] : left[n] + W] for n in range(N)])

def color_jitter(X, rng, brightness=0.2, contrast=0.2):
    """Change the contrast and the brightness of each picture: out = factor · (picture - mean) + mean + shift.

    X: pictures, shape (N, C, H, W), floats in 0..1 or uint8 in 0..255
    rng: numpy.random.Generator
    brightness: shift is uniform in [-brightness, brightness], as a share of the range (times 255 for uint8)
    contrast: factor is uniform in [1 - contrast, 1 + contrast]
    mean is the mean over all numbers of that picture. Factor and shift are drawn for each picture on its own.
    Returns a new array of X's shape and dtype, clipped to its range.
    """
    top = 255 if X.dtype == np.uint8 else 1
    one_each = (len(X), 1, 1, 1)
    factor = rng.uniform(1 - contrast, 1 + contrast, size=one_each)
    shift = top * rng.uniform(-brightness, brightness, size=one_each)
    mean = X.mean(axis=(1, 2, 3), keepdims=True)
    return back_in_range(factor * (X - mean) + mean + shift, X)

def pca_color_jitter(X, rng, covariance, std=0.1):
    """Shift the colours of each picture along the principal axes of the training colours (AlexNet).

    X: colour pictures, shape (N, 3, H, W), floats in 0..1 or uint8 in 0..255
    rng: numpy.random.Generator
    covariance: (3, 3), of the RGB values of the training pixels, scaled to 0..1
    std: standard deviation of the alphas, which are normal with mean 0
    Returns a new array of X's shape and dtype, clipped to its range. (The shift is times 255 for uint8.)
    """
    eigenvalues, eigenvectors = np.linalg.eigh(covariance)  # one eigenvector in each column
    alpha = rng.normal(scale=std, size=(len(X), 3))
    shift = (alpha * eigenvalues) @ eigenvectors.T
    top = 255 if X.dtype == np.uint8 else 1
    return back_in_range(X + top * shift[:, :, None, None], X)

def random_rotation(X, rng, max_degrees=15):
    """Rotate each picture about its centre, by an angle uniform in [-max_degrees, max_degrees].

    X: pictures, shape (N, C, H, W)
    rng: numpy.random.Generator
    max_degrees: largest angle, in degrees
    Returns a new array of X's shape and dtype. A pixel takes the value of the place it came from (of the nearest
    pixel, or mixed from the four around); places that come from outside of the picture are zero.
    """
    N, _, H, W = X.shape
    rows, columns = np.indices((H, W))
    y, x = rows - (H - 1) / 2, columns - (W - 1) / 2
    out = np.zeros_like(X)
    for n, angle in enumerate(np.deg2rad(rng.uniform(-max_degrees, max_degrees, size=N))):
        # Where did the pixel at (y, x) come from? Rotate it back.
        i = np.rint(np.cos(angle) * y - np.sin(angle) * x + (H - 1) / 2).astype(int)
        j = np.rint(np.sin(angle) * y + np.cos(angle) * x + (W - 1) / 2).astype(int)
        inside = (i >= 0) & (i < H) & (j >= 0) & (j < W)
        out[n][:, inside] = X[n][:, i[inside], j[inside]]
    return out

class FullyConnectedNet:
    """{affine - [normalization] - ReLU - [dropout]} × (L - 1) - affine - softmax, with L2 regularization.

    hidden_dims: list with the number of units of each hidden layer; its length is L - 1, and may be 0
    input_dim: numbers in one example, D
    num_classes: classes, C
    reg: regularization strength; for W1 ... WL only
    weight_scale: standard deviation of the first weights; the first biases are zero
    dtype: type of all parameters and of the computation; float64 for gradient checks
    rng: numpy.random.Generator for the first weights; a fresh one if None (experiments pass it, no check does)
    normalization: "batchnorm", "layernorm" or None
    dropout_keep_ratio: probability of KEEPING a unit of a hidden layer; 1 for no dropout
    seed: integer for masks that repeat, None for new masks in every training pass
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
        normalization=None,
        dropout_keep_ratio=1,
        seed=None,
    ):
        """Set self.reg, self.dtype, self.normalization, self.num_layers (L), and self.params.

        params holds W1, b1, ..., WL, bL, and with normalization gamma1, beta1, ..., gamma(L-1), beta(L-1).
        """
        rng = np.random.default_rng() if rng is None else rng
        self.reg = reg
        self.dtype = dtype
        self.normalization = normalization
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            W = rng.normal(scale=weight_scale, size=(dims[i - 1], dims[i]))
            self.params[f"W{i}"] = W.astype(dtype)
            self.params[f"b{i}"] = np.zeros(dims[i], dtype=dtype)
            if normalization and i < self.num_layers:
                self.params[f"gamma{i}"] = np.ones(dims[i], dtype=dtype)
                self.params[f"beta{i}"] = np.zeros(dims[i], dtype=dtype)
        self.norm_params = {i: {} for i in range(1, self.num_layers)}
        self.dropout_param = {"p": dropout_keep_ratio, "seed": seed}

    def loss(self, X, y=None):
        """Loss and gradients of a batch in training mode; scores alone, in test mode, where there are no labels.

        X: examples, shape (N, d1, ..., dk) with d1·...·dk = D
        y: labels, shape (N,), or None
        Returns the scores, shape (N, C), if y is None; otherwise (loss, grads): softmax loss plus
        0.5·reg·‖W‖² for every weight matrix, and a dict with the gradient of each entry of self.params.
        """
        X = X.astype(self.dtype)
        params, L = self.params, self.num_layers
        for param in (self.dropout_param, *self.norm_params.values()):
            param["mode"] = "test" if y is None else "train"
        out, caches = X, {}
        for i in range(1, L):
            out, affine_cache = affine_forward(out, params[f"W{i}"], params[f"b{i}"])
            out, norm_cache = self._normalize(out, i)
            out, relu_cache = relu_forward(out)
            out, dropout_cache = dropout_forward(out, self.dropout_param)
            caches[i] = affine_cache, norm_cache, relu_cache, dropout_cache
        scores, caches[L] = affine_forward(out, params[f"W{L}"], params[f"b{L}"])
        if y is None:
            return scores

        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{L}"], grads[f"b{L}"] = affine_backward(dout, caches[L])
        for i in range(L - 1, 0, -1):
            affine_cache, norm_cache, relu_cache, dropout_cache = caches[i]
            dout = relu_backward(dropout_backward(dout, dropout_cache), relu_cache)
            dout = self._normalize_backward(dout, norm_cache, i, grads)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, affine_cache)
        for i in range(1, L + 1):
            penalty, dW = l2_regularization(params[f"W{i}"], self.reg)
            loss += penalty
            grads[f"W{i}"] += dW
        return loss, grads

    def _normalize(self, x, i):
        if self.normalization is None:
            return x, None
        forward = batchnorm_forward if self.normalization == "batchnorm" else layernorm_forward
        return forward(x, self.params[f"gamma{i}"], self.params[f"beta{i}"], self.norm_params[i])

    def _normalize_backward(self, dout, cache, i, grads):
        if self.normalization is None:
            return dout
        backward = batchnorm_backward if self.normalization == "batchnorm" else layernorm_backward
        dx, grads[f"gamma{i}"], grads[f"beta{i}"] = backward(dout, cache)
        return dx
