"""Planted answers: the settings with which vanilla and inverted dropout train alike."""

from answers import right, wrong


def _in_place(W, learning_rate, reg, p):
    W /= p
    return W, learning_rate / p**2, reg * p**2


for _name, _reason, _answer in (
    (
        "vanilla_weights_multiplied",
        "the weights: V",
        lambda W, rate, reg, p: (W * p, rate / p**2, reg * p**2),
    ),
    (
        "vanilla_weights_unchanged",
        "the weights: V",
        lambda W, rate, reg, p: (W.copy(), rate / p**2, reg * p**2),
    ),
    (
        "vanilla_rate_unchanged",
        "the learning rate: learning_rate",
        lambda W, rate, reg, p: (W / p, rate, reg * p**2),
    ),
    (
        "vanilla_rate_once",
        "the learning rate: learning_rate",
        lambda W, rate, reg, p: (W / p, rate / p, reg * p**2),
    ),
    (
        "vanilla_rate_smaller",
        "the learning rate: learning_rate",
        lambda W, rate, reg, p: (W / p, rate * p**2, reg * p**2),
    ),
    ("vanilla_price_unchanged", "the price: reg", lambda W, rate, reg, p: (W / p, rate / p**2, reg)),
    ("vanilla_price_once", "the price: reg", lambda W, rate, reg, p: (W / p, rate / p**2, reg * p)),
    ("vanilla_price_larger", "the price: reg", lambda W, rate, reg, p: (W / p, rate / p**2, reg / p**2)),
    (
        "vanilla_p_drops",
        "the weights: V",
        lambda W, rate, reg, p: (W / (1 - p + 1e-9), rate / p**2, reg * p**2),
    ),
    ("vanilla_in_place", "changed in place", _in_place),
    ("vanilla_settings_alone", r"must return \(V, learning_rate, reg\)", lambda W, rate, reg, p: W / p),
    (
        "vanilla_settings_in_single",
        "precision",
        lambda W, rate, reg, p: ((W / p).astype("f4"), rate / p**2, reg * p**2),
    ),
):
    _answer.__name__, _answer.__module__ = _name, __name__
    wrong("as_vanilla", _reason, earns=(0.0, 0.985))(_answer)


@right("as_vanilla")
def vanilla_step_by_step(W, learning_rate, reg, p):
    share = learning_rate * reg
    learning_rate = learning_rate / p / p
    return W / p, learning_rate, share / learning_rate


@right("as_vanilla")
def vanilla_by_the_inverse(W, learning_rate, reg, p):
    factor = 1 / p
    return [W * factor, learning_rate * factor**2, reg / factor**2]


@right("as_vanilla")
def vanilla_by_products(W, learning_rate, reg, p):
    return W * (1 / p), learning_rate / (p * p), reg * p * p
