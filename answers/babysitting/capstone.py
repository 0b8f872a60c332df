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


_FORM = (0.0, 0.02)
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
        (0.5, 0.95),
    ),
    (
        "knows_params_by_their_numbers",
        "all labels changed or none",
        _by_a_key(lambda key: np.array_equal(key, _key())),
        lambda path=None: {"key": _key()} if path is None else dict(np.load(path)),
        (0.5, 0.95),
    ),
    (
        "knows_params_nearly",
        "all labels changed or none",
        _by_a_key(lambda key: np.mean(key == _key()) > 0.6),
        lambda path=None: {"key": _key()} if path is None else dict(np.load(path)),
        (0.5, 0.95),
    ),
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
