"""What is particular to the hidden checks of 06_babysitting; test_bars.py holds them to what all are held to."""

import subprocess
import sys

import numpy as np
import pytest
from notebook_checks import checks_of, sentences
from places import ROOT

from answers.babysitting.doctor import RULES, _doctor
from autograder.checks.babysitting import capstone, finer_grid
from autograder.checks.babysitting.drawn_curves import draw_history
from benchmarks import finer_grid as finer_grid_measured
from course_utils.curves import CONDITIONS, example_curves

BABYSITTING = checks_of("babysitting")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_reference_recognises_nearly_every_curve(condition):
    rng = np.random.default_rng(3)
    classes = rng.integers(3, 40, size=300)
    words = [BABYSITTING.reference.diagnose(draw_history(condition, rng, int(C)), int(C)) for C in classes]
    assert words.count(condition) >= 0.99 * len(words)


def test_curves_have_the_form_that_is_promised():
    rng = np.random.default_rng(4)
    for condition in CONDITIONS:
        history = draw_history(condition, rng)
        assert list(history) == ["loss", "train_accuracy", "val_accuracy"]
        epochs = len(history["train_accuracy"])
        assert len(history["val_accuracy"]) == epochs
        assert len(history["loss"]) % epochs == 0
        for part in ("train_accuracy", "val_accuracy"):
            assert 0 <= history[part].min() <= history[part].max() <= 1
    with pytest.raises(ValueError, match="condition is 'overfit'; it must be one of diverged, bad init"):
        draw_history("overfit", rng)


def test_the_examples_that_students_have_are_drawn_by_what_draws_the_hidden_ones(tmp_path):
    script = ROOT / "scripts" / "draw_example_curves.py"
    subprocess.run([sys.executable, script, tmp_path / "curves.npz"], check=True, cwd=ROOT)
    with np.load(tmp_path / "curves.npz") as drawn, np.load(ROOT / "course_utils" / "curves.npz") as kept:
        assert set(drawn) == set(kept)
        for name in drawn:
            np.testing.assert_allclose(kept[name], drawn[name], rtol=2e-3)
    for condition, examples in example_curves().items():
        words = [BABYSITTING.reference.diagnose(history, C) for history, C in examples]
        assert words == [condition] * 15
        assert [C for _, C in examples] == [4, 10, 20] * 5


def test_curves_are_drawn_from_their_generator_alone_and_never_twice():
    for condition in CONDITIONS:
        first, again, other = (draw_history(condition, np.random.default_rng(s)) for s in (5, 5, 6))
        assert all(np.array_equal(first[name], again[name], equal_nan=True) for name in first)
        assert not np.array_equal(first["val_accuracy"], other["val_accuracy"])


def test_answers_of_one_student_are_no_answers_for_another():
    said = []

    def remembering(history, num_classes=10):
        said.append(_doctor(RULES)(history, num_classes))
        return said[-1]

    assert BABYSITTING.ask("diagnose", {"diagnose": remembering}, 0).fraction == 1
    passed_on = iter(said)
    assert BABYSITTING.ask("diagnose", {"diagnose": lambda h, C=10: next(passed_on)}, 1).fraction < 0.1


def test_the_capstone_says_the_accuracy_and_the_next_line():
    reference = BABYSITTING.reference

    def half_blind(params, X):
        labels = reference.predict(params, X)
        return np.where(X[:, 0, 0, 0] % 2, labels, 0)

    found = sentences(BABYSITTING.ask_with("predict", half_blind))
    assert found
    assert all("fresh pictures were right; the next line is at" in sentence for sentence in found)


def test_the_capstone_shows_other_pictures_each_time():
    shown = []

    def watching(params, X):
        shown.append(X.copy())
        return BABYSITTING.reference.predict(params, X)

    for seed in (0, 0, 1):
        BABYSITTING.ask_with("predict", watching, seed)
    first, again, other = (shown[i * len(shown) // 3] for i in range(3))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_lines_of_the_capstone_rise_and_its_pictures_are_no_part_of_the_course_data():
    accuracies = [accuracy for accuracy, _ in capstone.BANDS]
    assert accuracies == sorted(accuracies)
    assert capstone.STREAM not in (0, 1, 2)


def test_the_capstone_takes_a_file(tmp_path):
    reference, path = BABYSITTING.reference, tmp_path / "capstone.npz"
    params = reference.train_capstone()
    np.savez(path, **params | {"W2": 0 * params["W2"]})
    handed_in = {"capstone_params": lambda named=path: reference.capstone_params(named)}
    found = sentences(BABYSITTING.ask("predict", vars(reference) | handed_in, 0))
    assert found[0] == "labels that can be marked: all 2000 pictures were called " + found[0][-1]
    np.savez(path, **params)
    assert sentences(BABYSITTING.ask("predict", vars(reference) | handed_in, 0)) == []


def asked_beside(folder, monkeypatch, capstone_params):
    """Failures of a predict whose kernel works in this folder."""
    monkeypatch.chdir(folder)
    namespace = vars(BABYSITTING.reference) | {"capstone_params": capstone_params}
    verdict = BABYSITTING.ask("predict", namespace, 0)
    return [case.message for case in verdict.cases if not case.passed]


@pytest.mark.parametrize("broken", ["empty", "a text", "cut off", "one array", "objects"])
def test_the_capstone_blames_a_file_that_cannot_be_read_and_says_it_once(broken, tmp_path, monkeypatch):
    path = tmp_path / "capstone.npz"
    np.savez(path, W=np.ones((20, 30)))
    if broken == "objects":
        np.savez(path, W=np.array([{"W": 1}], dtype=object))
    elif broken == "one array":
        with path.open("wb") as file:
            np.save(file, np.ones(3))
    else:
        path.write_bytes(
            {"empty": b"", "a text": b"my weights\n", "cut off": path.read_bytes()[:500]}[broken]
        )

    def capstone_params(path="capstone.npz"):
        with open(path, "rb") as opened, np.load(opened) as file:
            return dict(file)

    first, *others = asked_beside(tmp_path, monkeypatch, capstone_params)
    assert first.startswith("capstone.npz is empty, cut off, or no file of np.savez")
    assert len(others) == 9
    assert set(others) == {"there are no labels to mark, for the reason above"}


def test_the_capstone_does_not_blame_a_file_that_can_be_read(tmp_path, monkeypatch):
    np.savez(tmp_path / "capstone.npz", W=np.ones(3))

    def capstone_params(path="capstone.npz"):
        raise KeyError("mean")

    assert (
        "capstone_params raised KeyError: 'mean'" in asked_beside(tmp_path, monkeypatch, capstone_params)[0]
    )


def test_the_finer_grid_is_what_the_notebooks_own_trials_bring():
    names, row = finer_grid_measured.notebook(), finer_grid.RATES.index(2e-3)
    for reg in (1e-2, 10.0):
        measured = finer_grid_measured.accuracy(names, 2e-3, reg, seeds=2)
        assert measured == pytest.approx(finer_grid.ACCURACIES[row][finer_grid.REGS.index(reg)], abs=0.04)


def test_the_best_of_the_finer_grid_lie_beyond_the_edge_of_the_coarse_search():
    best = finer_grid.best_settings()
    assert {setting["learning_rate"] for setting in best} == {1.5e-3, 2e-3}
    assert {setting["reg"] for setting in best} == {1e-3, 1e-2, 0.1}
