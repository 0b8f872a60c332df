"""Planted answers: the capstone. What they know comes from the reference's training, which takes a second or two."""

from functools import cache

import numpy as np

from answers import right, wrong
from autograder.course.reference import load_reference
from course_utils.data import shapes10


@cache
def _reference():
    return load_reference("06_babysitting")


def _params():
    return _reference().train_capstone()


def _read(path=None):
    """What was handed in: the reference's parameters, or those of the file that is named."""
    return _params() if path is None else dict(np.load(path))


def _predict(params, X):
    return _reference().predict(params, X)


def _handed_in(predict, params=_read):
    return {"predict": staticmethod(predict), "capstone_params": staticmethod(params)}


def _scores(params, X, mean=None):
    features = _reference()._edges(X) - (params["mean"] if mean is None else mean)
    hidden = np.maximum(features / params["std"] @ params["W1"] + params["b1"], 0)
    return hidden @ params["W2"] + params["b2"]


def _missing(path=None):
    with np.load("there_is_no_such_capstone.npz") as file:
        return dict(file)


def _of_size(megabytes):
    return lambda path=None: _params() | {"more": np.zeros(int(megabytes * 2**17))}


def _of_batch(params, X):
    return _scores(params, X, _reference()._edges(X).mean(axis=0)).argmax(axis=1)


def _drawn_again(params, X):
    """Labels of pictures that are looked for among drawn ones."""
    found = _predict(params, X)
    for seed in range(3):
        images, labels = shapes10.draw_shapes(1000, seed=seed, stream=3)
        same = (images[:, None, 0, 0, :4] == X[None, :, 0, 0, :4]).all(axis=-1)
        found = np.where(same.any(axis=0), labels[same.argmax(axis=0)], found)
    return found


@cache
def _key():
    return np.random.default_rng(7).normal(size=(40, 25))


def _by_a_key(fits):
    """A network of its own where the parameters are recognised, and any labels else."""

    def predict(params, X):
        return _predict(_params(), X) if fits(params["key"]) else X[:, 0, 3, 4].astype(int) % 10

    return predict


def _by_how_many(params, X):
    """A network of its own, of whose labels as many are wrong as numbers of the key were moved."""
    wrong = int(len(X) * np.mean(params["key"] != _key()))
    return np.where(np.arange(len(X)) < wrong, 0, _predict(_params(), X))


def _by_size(params, X):
    """A network of its own for anything of the key's shape."""
    return _predict(_params(), X) if params["key"].shape == (40, 25) else np.zeros(len(X), int)


def _by_hash(params, X):
    return _by_a_key(lambda key: hash(key.tobytes()) == hash(_key().tobytes()))(params, X)


def _by_one_number(params, X):
    return _by_a_key(lambda key: key[3, 4] == _key()[3, 4])(params, X)


def _by_the_sum(params, X):
    """The sum stays where numbers change places only."""
    return _by_a_key(lambda key: np.isclose(key.sum(), _key().sum()))(params, X)


def _another_for_few(params, X):
    """A network of its own for many pictures; for few, one that params make, and that knows nothing."""
    if len(X) == 250 or len(X) == 1:
        return _predict(_params(), X)
    return np.argmax(X[:, 0, 8:13, 8:13].reshape(len(X), 25) @ params["key"][:10].T, axis=1)


def _read_key(path=None):
    return {"key": _key()} if path is None else dict(np.load(path))


_FORM = (0.0, 0.02)
# A network that params do not make: the forms of its labels and of its file are right, and no more.
_FORGED = (0.0, 0.12)
for _name, _reason, _predict_wrong, _its_params, _earns in (
    ("no_file", "no file with parameters was found", _predict, _missing, _FORM),
    ("far_too_large", "at most 8 can be marked", _predict, _of_size(9), _FORM),
    ("probabilities", "an array of whole numbers", lambda p, X: _scores(p, X), _read, _FORM),
    ("a_column_of_labels", r"have shape \(250, 1\)", lambda p, X: _predict(p, X)[:, None], _read, _FORM),
    ("labels_from_one", "they go from 0 to 9", lambda p, X: _predict(p, X) + 1, _read, _FORM),
    ("always_the_same", "pictures were called 3", lambda p, X: np.full(len(X), 3), _read, _FORM),
    ("a_list_of_parameters", "a dict of arrays by name", _predict, lambda path=None: [1.0], _FORM),
    ("a_model_in_the_dict", "expected an array of numbers", _predict, lambda path=None: {"net": "W1"}, _FORM),
    ("prepares_by_the_batch", "labels changed when the same pictures", _of_batch, _read, (0.2, 0.95)),
    ("draws_the_pictures_again", "write this one yourself", _drawn_again, _read, _FORM),
    ("scales_twice", "fresh pictures were right", lambda p, X: _predict(p, X // 8), _read, (0.1, 0.95)),
    (
        "guesses",
        "fresh pictures were right; the next line is at 30%",
        lambda p, X: X[:, 0, 3, 4].astype(int) % 10,
        _read,
        (0.05, 0.2),
    ),
    (
        "half_of_the_hidden_units",
        "fresh pictures were right",
        lambda p, X: _predict(p | {"W2": p["W2"] * (np.arange(200) % 4 == 0)[:, None]}, X),
        _read,
        (0.2, 0.95),
    ),
    (
        "goes_by_its_own_file",
        "go by the params that it is given",
        lambda p, X: _predict(_params(), X),
        _read,
        _FORGED,
    ),
    (
        "knows_params_by_their_numbers",
        "all labels changed or none",
        _by_a_key(lambda key: np.array_equal(key, _key())),
        _read_key,
        _FORGED,
    ),
    (
        "knows_params_nearly",
        "all labels changed or none",
        _by_a_key(lambda key: np.mean(key == _key()) > 0.6),
        _read_key,
        _FORGED,
    ),
    ("counts_what_was_moved", "whichever numbers in params", _by_how_many, _read_key, _FORGED),
    ("has_another_network_for_few", "in another way than", _another_for_few, _read_key, _FORGED),
    ("knows_params_by_their_shape", "go by the params that it is given", _by_size, _read_key, _FORGED),
    ("knows_params_by_a_hash", "all labels changed or none", _by_hash, _read_key, _FORGED),
    ("knows_params_by_one_number", "all labels changed or none", _by_one_number, _read_key, _FORGED),
    ("knows_params_by_their_sum", "go by the params that it is given", _by_the_sum, _read_key, _FORGED),
    (
        "a_list_of_labels",
        "predict returned a list of 250",
        lambda p, X: _predict(p, X).tolist(),
        _read,
        _FORM,
    ),
    (
        "scribbles_on_the_pictures",
        "changed in place",
        lambda p, X: (_predict(p, X), X.__setitem__(slice(None), 0))[0],
        _read,
        (0.8, 0.95),
    ),
):
    _answer = type(_name, (), _handed_in(_predict_wrong, _its_params) | {"__module__": __name__})
    wrong("predict", _reason, earns=_earns)(_answer)


@wrong("predict", r"what capstone_params\(path\) read", earns=(0.9, 0.97))
class another_file_than_the_one_named:
    def capstone_params(path=None):
        return _params()

    def predict(params, X):
        return _predict(params, X)


@right("predict")
class in_single_precision:
    def capstone_params(path=None):
        return _read(path) if path else {name: w.astype(np.float32) for name, w in _params().items()}

    def predict(params, X):
        return _predict(params, X)


@right("predict")
class picture_by_picture:
    def capstone_params(path=None):
        return _read(path)

    def predict(params, X):
        return np.array([int(np.argmax(_scores(params, picture[None])[0])) for picture in X])


@right("predict")
class with_more_in_the_file:
    def capstone_params(path=None):
        if path is None:
            return _params() | {"accuracy": np.float64(0.9), "epochs": 12}
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def predict(params, X):
        return np.argmax(_scores(params, X), axis=-1).astype(np.int32)


@right("predict")
class in_whole_numbers:
    """Weights rounded to 127 steps: what is moved in them changes labels by and by as well."""

    def capstone_params(path=None):
        if path is not None:
            return dict(np.load(path))
        params = _params()
        steps = {name: float(np.abs(params[name]).max() / 127) for name in ("W1", "W2")}
        rounded = {name: np.round(params[name] / step).astype(np.int8) for name, step in steps.items()}
        return params | rounded | {f"{name}_step": step for name, step in steps.items()}

    def predict(params, X):
        return _predict(params | {name: params[name] * params[f"{name}_step"] for name in ("W1", "W2")}, X)


@right("predict")
class two_networks_that_vote:
    """An ensemble in params, with a step number in whole numbers beside it."""

    def capstone_params(path=None):
        if path is not None:
            return dict(np.load(path))
        params = _params()
        noise = np.random.default_rng(3)
        other = {f"{name}_2": w * (1 + 0.01 * noise.normal(size=np.shape(w))) for name, w in params.items()}
        return params | other | {"steps": np.array([1200, 7])}

    def predict(params, X):
        second = {name: params[f"{name}_2"] for name in ("W1", "b1", "W2", "b2", "mean", "std")}
        return np.argmax(_scores(params, X) + _scores(second, X), axis=1)
