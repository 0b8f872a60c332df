"""The training dashboard: what it shows, and that watching changes nothing."""

import io

import numpy as np
from dashboards import quiet
from matplotlib.image import imread
from models_for_training import Linear

from course_utils.training import Callback
from course_utils.widgets.dashboard import TrainingDashboard
from course_utils.widgets.dashboard.picture import describe


def test_watching_changes_nothing_of_the_training():
    watched, alone = quiet(None, TrainingDashboard(share=1e9)), quiet()
    assert watched.train().loss == alone.train().loss
    for name, w in alone.model.params.items():
        np.testing.assert_array_equal(watched.model.params[name], w)


def test_the_first_and_the_last_step_are_drawn_and_the_share_bounds_the_rest():
    dashboard = TrainingDashboard(share=1e-9)
    solver = quiet(None, dashboard)
    solver.train()
    assert dashboard.frames == 2
    picture = imread(io.BytesIO(dashboard.picture().data), format="png")
    assert picture.shape[0] > 800
    assert picture.std() > 0.05  # something is drawn


def test_it_is_described_for_who_cannot_see_it():
    solver = quiet(None, TrainingDashboard(), num_epochs=2)
    history = solver.train()
    said = describe(solver)
    assert f"from {history.loss[0]:.3g} to {history.loss[-1]:.3g}" in said
    assert f"validation accuracy {history.val_accuracy[-1]:.1%}" in said
    assert said.endswith("Finished after 2 epochs, 6 steps.")
    assert solver.callbacks[0].picture().alt == said


def test_a_training_that_goes_wrong_is_drawn_too():
    def disturb(call, loss, grads):
        return (np.nan if call == 4 else loss), {
            name: dw * np.nan if call == 3 else dw for name, dw in grads.items()
        }

    dashboard = TrainingDashboard(share=1e9)
    assert quiet(Linear(disturb=disturb), dashboard).train().stop.kind == "non-finite"
    assert "not finite" in dashboard._picture._panels[3]._words[0].get_text()
    assert imread(io.BytesIO(dashboard.picture().data), format="png").std() > 0.05


def test_what_the_caller_gives_as_activations_is_shown():
    for given, names in (
        (lambda X: {"first": X, "second": -X}, ["first", "second"]),
        (lambda X: [X, X], ["layer 1", "layer 2"]),
    ):
        dashboard = TrainingDashboard(given)
        quiet(None, dashboard, num_epochs=1).train()
        assert [words.get_text().split(":")[0] for words in dashboard._picture._panels[3]._words] == names


def test_a_browser_is_shown_no_picture_before_there_is_one():
    dashboard, seen = TrainingDashboard(), []

    class Look(Callback):
        def on_train_begin(self, solver):
            seen.append((bool(dashboard._image.value), dashboard._image.layout.visibility))

        def on_step(self, solver):
            self.on_train_begin(solver)

    quiet(None, dashboard, Look()).train()
    assert seen[0] == (False, "hidden")
    assert seen[-1] == (True, "visible")
    assert {value for value, visibility in seen if visibility == "visible"} == {True}
