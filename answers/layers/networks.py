"""Planted answers: the networks and the training step."""

# Each answer unpacks the whole cache, as a student would, and uses what it needs.

import numpy as np

from answers import right, wrong

# TwoLayerNet and FullyConnectedNet are the same network here, built from one plain class with doors for mistakes.


class _Net:
    """{affine - ReLU} × (L - 1) - affine - softmax; each wrong net below overrides one step."""

    def set_up(self, dims, weight_scale, reg, dtype=np.float64):
        self.reg, self.dtype, self.L = reg, dtype, len(dims) - 1
        self.params = {}
        rng = np.random.default_rng()
        for i in range(1, self.L + 1):
            self.params[f"W{i}"] = self.first_weights(rng, weight_scale, (dims[i - 1], dims[i])).astype(dtype)
            self.params[f"b{i}"] = self.first_biases(rng, dims[i]).astype(dtype)

    def first_weights(self, rng, weight_scale, shape):
        return weight_scale * rng.standard_normal(shape)

    def first_biases(self, rng, M):
        return np.zeros(M)

    def activation(self, s, i):
        return np.maximum(s, 0)

    def open(self, s, i):
        return s > 0

    def penalty(self):
        return 0.5 * self.reg * sum(np.sum(self.params[f"W{i}"] ** 2) for i in range(1, self.L + 1))

    def regularize(self, grads):
        for i in range(1, self.L + 1):
            grads[f"W{i}"] = grads[f"W{i}"] + self.reg * self.params[f"W{i}"]
        return grads

    def output(self, scores):
        return scores

    def loss(self, X, y=None):
        out = [X.reshape(len(X), -1).astype(self.dtype)]
        for i in range(1, self.L + 1):
            s = out[-1] @ self.params[f"W{i}"] + self.params[f"b{i}"]
            out.append(self.activation(s, i) if i < self.L else s)
        if y is None:
            return self.output(out[-1])
        loss, dout = _softmax_loss(out[-1], y)
        grads = {}
        for i in range(self.L, 0, -1):
            if i < self.L:
                dout = dout * self.open(out[i], i)
            grads[f"W{i}"], grads[f"b{i}"] = self.affine_gradients(out[i - 1], dout)
            dout = dout @ self.params[f"W{i}"].T
        return loss + self.penalty(), self.regularize(grads)

    def affine_gradients(self, x, dout):
        return x.T @ dout, dout.sum(axis=0)


def _softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    totals = np.exp(shifted).sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    dx = np.exp(shifted) / totals
    dx[rows, y] -= 1
    return (np.log(totals[:, 0]) - shifted[rows, y]).mean(), dx / len(x)


class _Two(_Net):
    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.set_up([input_dim, hidden_dim, num_classes], weight_scale, reg)


class _Deep(_Net):
    def __init__(
        self, hidden_dims, input_dim=3072, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float32
    ):
        self.set_up([input_dim, *hidden_dims, num_classes], weight_scale, reg, dtype)


_BASES = {"TwoLayerNet": _Two, "FullyConnectedNet": _Deep}


def _wrong_nets(reason, *, earns, questions=("TwoLayerNet", "FullyConnectedNet")):
    """Plant the mistake that the decorated class makes in both networks."""

    def plant(mistake):
        for question in questions:
            base = _BASES[question]
            members = {"__module__": mistake.__module__}
            net = type(f"{mistake.__name__}_{question}", (mistake, base), members)
            wrong(question, reason, earns=earns)(net)
        return mistake

    return plant


@_wrong_nets("standard deviation", earns=(0.8, 0.95))
class ignores_weight_scale:
    def first_weights(self, rng, weight_scale, shape):
        return rng.standard_normal(shape)


@_wrong_nets("standard deviation", earns=(0.8, 0.95))
class takes_weight_scale_for_the_variance:
    def first_weights(self, rng, weight_scale, shape):
        return np.sqrt(weight_scale) * rng.standard_normal(shape)


@_wrong_nets("has mean", earns=(0.8, 0.95))
class first_weights_all_positive:
    def first_weights(self, rng, weight_scale, shape):
        return weight_scale * (rng.standard_normal(shape) + 1)


@_wrong_nets("standard deviation", earns=(0.8, 0.95))
class weights_start_at_zero:
    def first_weights(self, rng, weight_scale, shape):
        return np.zeros(shape)


@_wrong_nets("repeats its numbers", earns=(0.8, 0.95))
class every_unit_starts_alike:
    def first_weights(self, rng, weight_scale, shape):
        column = rng.choice([-1.0, 1.0], size=(shape[0], 1))
        column -= column.mean()
        return np.repeat(weight_scale * column / column.std(), shape[1], axis=1)


@_wrong_nets("b1 should start at zero", earns=(0.8, 0.95))
class biases_drawn_too:
    def first_biases(self, rng, M):
        return 0.01 * rng.standard_normal(M)


@_wrong_nets(r"params\['b1'\] has shape \(1, ", earns=(0.6, 0.95))
class biases_as_rows:
    def first_biases(self, rng, M):
        return np.zeros((1, M))


@_wrong_nets("Here the penalty was left out", earns=(0.5, 0.95))
class loss_without_the_penalty:
    def penalty(self):
        return 0.0


@_wrong_nets("with regularization: loss is.*Here the penalty lacks its 0.5", earns=(0.7, 0.95))
class penalty_without_the_half:
    def penalty(self):
        return 2 * super().penalty()


@_wrong_nets("Here the penalty's gradient was left out", earns=(0.6, 0.9))
class gradient_without_the_penalty:
    def regularize(self, grads):
        return grads


@_wrong_nets("Here the penalty's gradient was halved", earns=(0.6, 0.9))
class gradient_of_the_penalty_halved:
    def regularize(self, grads):
        return {k: v + 0.5 * self.reg * self.params[k] * k.startswith("W") for k, v in grads.items()}


@_wrong_nets("Here biases were penalized, too", earns=(0.5, 0.9))
class penalizes_biases_too:
    def penalty(self):
        return 0.5 * self.reg * sum(np.sum(value**2) for value in self.params.values())

    def regularize(self, grads):
        return {name: value + self.reg * self.params[name] for name, value in grads.items()}


@_wrong_nets("Here (W2 is not|W1 alone is) in the penalty", earns=(0.5, 0.9))
class penalizes_the_first_layer_only:
    def penalty(self):
        return 0.5 * self.reg * np.sum(self.params["W1"] ** 2)

    def regularize(self, grads):
        return grads | {"W1": grads["W1"] + self.reg * self.params["W1"]}


@_wrong_nets("regularization: loss is", earns=(0.5, 0.95))
class averages_the_penalty:
    def penalty(self):
        return 0.5 * self.reg * sum(np.mean(self.params[f"W{i}"] ** 2) for i in range(1, self.L + 1))


@_wrong_nets("Here nothing stands between the affine layers", earns=(0.0, 0.4))
class no_nonlinearity:
    def activation(self, s, i):
        return s

    def open(self, s, i):
        return 1.0


@_wrong_nets(r"grads\['W1'\] is wrong.*Here the ReLU was left out on the way back", earns=(0.1, 0.5))
class forgets_the_mask_on_the_way_back:
    def open(self, s, i):
        return 1.0


@_wrong_nets("Here probabilities came back", earns=(0.3, 0.85))
class gives_probabilities_for_scores:
    def output(self, scores):
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)


@_wrong_nets(r"scores has shape", earns=(0.3, 0.85))
class gives_classes_for_scores:
    def output(self, scores):
        return scores.argmax(axis=1)


@_wrong_nets(r"grads\['b[123]'\] has shape", earns=(0.1, 0.5))
class bias_gradients_keep_their_axis:
    def affine_gradients(self, x, dout):
        return x.T @ dout, dout.sum(axis=0, keepdims=True)


@_wrong_nets(r"grads\['b[123]'\] is wrong", earns=(0.1, 0.5))
class bias_gradients_averaged:
    def affine_gradients(self, x, dout):
        return x.T @ dout, dout.mean(axis=0)


@_wrong_nets("grads has no key 'b1'", earns=(0.1, 0.5))
class leaves_out_the_bias_gradients:
    def regularize(self, grads):
        return {name: value for name, value in super().regularize(grads).items() if name.startswith("W")}


@_wrong_nets("after loss|remembers nothing: loss is", earns=(0.5, 0.95))
class decays_the_weights_in_place:
    def regularize(self, grads):
        for name, value in grads.items():
            if name.startswith("W"):
                value += self.reg * self.params[name]
                self.params[name] *= 1 - 1e-3 * self.reg
        return grads


@_wrong_nets(r"must return a pair \(loss, grads\)", earns=(0.1, 0.5))
class gives_the_loss_alone:
    def loss(self, X, y=None):
        result = super().loss(X, y)
        return result if y is None else result[0]


@_wrong_nets("raised ValueError|scores", earns=(0.5, 0.95))
class cannot_flatten_images:
    def loss(self, X, y=None):
        if X.ndim > 2:
            raise ValueError("matmul: shapes do not fit")
        return super().loss(X, y)


@_wrong_nets("has dtype float64, expected float32", earns=(0.7, 0.95), questions=("FullyConnectedNet",))
class ignores_dtype:
    def set_up(self, dims, weight_scale, reg, dtype=np.float64):
        super().set_up(dims, weight_scale, reg, np.float64)


@_wrong_nets("expected float64|precision", earns=(0.0, 0.5), questions=("FullyConnectedNet",))
class always_in_single_precision:
    def set_up(self, dims, weight_scale, reg, dtype=np.float64):
        super().set_up(dims, weight_scale, reg, np.float32)


@_wrong_nets("Here only the first layer is followed", earns=(0.2, 0.7), questions=("FullyConnectedNet",))
class rectifies_the_first_layer_only:
    def activation(self, s, i):
        return np.maximum(s, 0) if i == 1 else s

    def open(self, s, i):
        return s > 0 if i == 1 else 1.0


@_wrong_nets("no hidden layer", earns=(0.8, 0.98), questions=("FullyConnectedNet",))
class needs_a_hidden_layer:
    def set_up(self, dims, weight_scale, reg, dtype=np.float64):
        if len(dims) < 3:
            raise IndexError("list index out of range")
        super().set_up(dims, weight_scale, reg, dtype)


@wrong("TwoLayerNet", r"params\['W1'\] has shape \(4, 6\), expected \(6, 4\)", earns=(0.0, 0.1))
class weights_transposed(_Two):
    def set_up(self, dims, weight_scale, reg):
        super().set_up(dims, weight_scale, reg)
        for name in ("W1", "W2"):
            self.params[name] = self.params[name].T

    def loss(self, X, y=None):
        raise ValueError("shapes (4,6) and (5,6) not aligned")


@wrong("TwoLayerNet", "params holds", earns=(0.0, 0.1))
class parameters_in_lower_case(_Two):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params = {name.lower(): value for name, value in self.params.items()}

    def loss(self, X, y=None):
        kept = self.params
        self.params = {name.upper().replace("B", "b"): kept[name] for name in ("w1", "b1", "w2", "b2")}
        try:
            return super().loss(X, y)
        finally:
            self.params = kept


@wrong("FullyConnectedNet", "params holds", earns=(0.0, 0.4))
class counts_from_zero(_Deep):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.params = {f"{name[0]}{int(name[1:]) - 1}": value for name, value in self.params.items()}

    def loss(self, X, y=None):
        kept = self.params
        self.params = {f"{kind}{i}": kept[f"{kind}{i - 1}"] for i in range(1, self.L + 1) for kind in "Wb"}
        try:
            return super().loss(X, y)
        finally:
            self.params = kept


@right("TwoLayerNet")
class TwoLayerNet_written_out(_Two):
    def loss(self, X, y=None):
        p = self.params
        flat = X.reshape(X.shape[0], -1)
        hidden = flat.dot(p["W1"]) + p["b1"]
        hidden[hidden < 0] = 0
        scores = hidden.dot(p["W2"]) + p["b2"]
        if y is None:
            return scores
        N = len(y)
        log_p = scores - np.logaddexp.reduce(scores, axis=1)[:, None]
        loss = -np.trace(log_p[:, y]) / N + self.reg / 2 * (
            np.vdot(p["W1"], p["W1"]) + np.vdot(p["W2"], p["W2"])
        )
        dscores = (np.exp(log_p) - np.eye(scores.shape[1])[y]) / N
        dhidden = dscores.dot(p["W2"].T) * (hidden > 0)
        return loss, {
            "b1": np.einsum("nh->h", dhidden),
            "W1": np.einsum("nd,nh->dh", flat, dhidden) + self.reg * p["W1"],
            "b2": dscores.sum(0),
            "W2": hidden.T.dot(dscores) + self.reg * p["W2"],
        }


@right("TwoLayerNet")
class TwoLayerNet_with_loops(_Two):
    def loss(self, X, y=None):
        X = X.reshape(len(X), -1)
        scores, hiddens = [], []
        for x in X:
            hiddens.append(np.maximum(0, x @ self.params["W1"] + self.params["b1"]))
            scores.append(hiddens[-1] @ self.params["W2"] + self.params["b2"])
        if y is None:
            return np.array(scores)
        grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        loss = 0.0
        for x, h, s, label in zip(X, hiddens, scores, y, strict=True):
            value, ds = _softmax_loss(s[None], np.array([label]))
            ds = ds[0] / len(X)
            loss += value / len(X)
            dh = (self.params["W2"] @ ds) * (h > 0)
            grads["W2"] += np.outer(h, ds)
            grads["b2"] += ds
            grads["W1"] += np.outer(x, dh)
            grads["b1"] += dh
        for name in ("W1", "W2"):
            loss += 0.5 * self.reg * np.sum(self.params[name] * self.params[name])
            grads[name] += self.reg * self.params[name]
        return loss, grads


@right("TwoLayerNet")
class TwoLayerNet_plain(_Two):
    pass


@right("FullyConnectedNet")
class FullyConnectedNet_plain(_Deep):
    pass


@right("FullyConnectedNet")
class FullyConnectedNet_in_double(_Deep):
    """Parameters of the type that was asked for; everything computed in double precision."""

    def loss(self, X, y=None):
        asked, kept = self.dtype, self.params
        self.dtype, self.params = np.float64, {k: v.astype(np.float64) for k, v in kept.items()}
        try:
            return super().loss(X, y)
        finally:
            self.dtype, self.params = asked, kept


@right("FullyConnectedNet")
class FullyConnectedNet_recursive(_Deep):
    def loss(self, X, y=None):
        x = X.reshape(len(X), -1).astype(self.dtype)
        if y is None:
            return self._through(x, 1, None)[0]
        loss, grads, _ = self._through(x, 1, y)
        return float(loss) + self.penalty(), self.regularize(grads)

    def _through(self, x, i, y):
        W, b = self.params[f"W{i}"], self.params[f"b{i}"]
        s = np.einsum("nd,dm->nm", x, W) + b
        if i < self.L:
            result = self._through(s * (s > 0), i + 1, y)
            if y is None:
                return result
            loss, grads, dout = result
            ds = dout * (s > 0)
        elif y is None:
            return (s,)
        else:
            (loss, ds), grads = _softmax_loss(s, y), {}
        grads[f"W{i}"], grads[f"b{i}"] = x.T @ ds, ds.sum(axis=0)
        return loss, grads, ds @ W.T


# train_step


@wrong("train_step", r"after one step: .*|params\['W1'\] after one step", earns=(0.2, 0.45))
def climbs(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        param += learning_rate * grads[name]
    return loss


@wrong("train_step", "before the update", earns=(0.6, 0.85))
def returns_the_loss_afterwards(model, X, y, learning_rate):
    _, grads = model.loss(X, y)
    for name, param in model.params.items():
        param -= learning_rate * grads[name]
    return model.loss(X, y)[0]


@wrong("train_step", "the returned loss is missing", earns=(0.6, 0.85))
def returns_nothing(model, X, y, learning_rate):
    _, grads = model.loss(X, y)
    for name, param in model.params.items():
        param -= learning_rate * grads[name]


@wrong("train_step", r"params\['W1'\] after one step is wrong.*Here it was not updated", earns=(0.2, 0.45))
def updates_a_copy(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        param = param - learning_rate * grads[name]
    return loss


@wrong("train_step", r"params\['b1'\] after one step is wrong.*Here it was not updated", earns=(0.2, 0.45))
def updates_the_weights_only(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        if name.startswith("W"):
            param -= learning_rate * grads[name]
    return loss


@wrong(
    "train_step",
    "after one step is wrong.*Here the learning rate is 0.001 whatever is passed",
    earns=(0.2, 0.45),
)
def has_a_rate_of_its_own(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        param -= 1e-3 * grads[name]
    return loss


@wrong(
    "train_step", "after one step is wrong.*Here the gradient was divided by N once more", earns=(0.2, 0.45)
)
def divides_by_the_batch_again(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        param -= learning_rate * grads[name] / len(X)
    return loss


@wrong("train_step", "after one step is wrong.*Here the sign of the gradient was taken", earns=(0.2, 0.45))
def steps_by_the_sign(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        param -= learning_rate * np.sign(grads[name])
    return loss


@wrong("train_step", "the returned loss is a tuple", earns=(0.6, 0.85))
def returns_the_gradients_too(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name, param in model.params.items():
        param -= learning_rate * grads[name]
    return loss, grads


@wrong("train_step", "after one step is wrong.*Here two steps were taken", earns=(0.0, 0.45))
def takes_two_steps(model, X, y, learning_rate):
    for _ in range(2):
        loss, grads = model.loss(X, y)
        for name, param in model.params.items():
            param -= learning_rate * grads[name]
    return loss


@right("train_step")
def puts_new_arrays_into_params(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    for name in grads:
        model.params[name] = model.params[name] - learning_rate * grads[name]
    return loss


@right("train_step")
def replaces_the_dict(model, X, y, learning_rate):
    loss, grads = model.loss(X, y)
    model.params = {name: value - learning_rate * grads[name] for name, value in model.params.items()}
    return float(loss)


@right("train_step")
def with_loops_and_subtract(model, X, y, learning_rate):
    result = model.loss(X, y)
    for name in list(model.params):
        step = np.multiply(result[1][name], learning_rate)
        np.subtract(model.params[name], step, out=model.params[name])
    return np.asarray(result[0])


@wrong("train_step", "Here the gradients were worked out anew after a parameter had moved", earns=(0.2, 0.45))
def asks_for_gradients_one_by_one(model, X, y, learning_rate):
    loss, _ = model.loss(X, y)
    for name, param in model.params.items():
        param -= learning_rate * model.loss(X, y)[1][name]
    return loss
