"""The training dashboard: what it shows, that its controls act while training runs, and what it leaves in the notebook."""

import io
import re
import time

import nbformat
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from lab import SECONDS, Lab, run_first_cell
from matplotlib.image import imread
from models_for_training import Linear, SmallNet, small_data
from nbclient import NotebookClient
from places import TESTS

from course_utils.training import Callback, Solver
from course_utils.training.looks import first_weights, layer_outputs
from course_utils.widgets.dashboard import TrainingDashboard
from course_utils.widgets.dashboard.picture import describe

DATA = small_data()


class At(Callback):
    """Do something after a step."""

    def __init__(self, **what):
        self.what = {int(name.removeprefix("step")): action for name, action in what.items()}

    def on_step(self, solver):
        self.what.get(solver.steps_done, lambda: None)()


def quiet(model=None, *callbacks, **settings):
    settings = {"verbose": False, "num_epochs": 4, "batch_size": 30} | settings
    return Solver(model or SmallNet(), DATA, callbacks=callbacks, **settings)


# What it shows


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


def relu_forward(x):
    return np.maximum(x, 0), x


def affine_forward(x, w):
    return x @ w, (x, w)


def affine_relu_forward(x, w):
    return relu_forward(affine_forward(x, w)[0])


class Layered:
    def __init__(self, bend):
        self.bend = bend
        self.w = np.random.default_rng(0).normal(size=(16, 16))

    def loss(self, X):
        x = X.reshape(len(X), -1)
        for _ in range(2):
            x = self.bend(affine_forward(x, self.w)[0])
        return x


def test_layers_are_overheard():
    X = DATA["X_val"][:7]
    found = layer_outputs(Layered(lambda x: relu_forward(x)[0]), X)
    assert list(found) == ["relu 1", "relu 2"]
    inner = np.maximum(X.reshape(7, -1) @ Layered(None).w, 0)
    np.testing.assert_allclose(found["relu 1"], inner)
    assert list(layer_outputs(Layered(lambda x: x), X)) == ["affine 1", "affine 2"]
    # A layer made of layers counts once.
    assert list(layer_outputs(Layered(lambda x: affine_relu_forward(x, np.eye(16))[0]), X)) == [
        "affine relu 1",
        "affine relu 2",
    ]
    found = layer_outputs(SmallNet(), X)
    assert list(found) == ["scores"]
    assert found["scores"].shape == (7, 3)


def test_what_the_caller_gives_as_activations_is_shown():
    for given, names in (
        (lambda X: {"first": X, "second": -X}, ["first", "second"]),
        (lambda X: [X, X], ["layer 1", "layer 2"]),
    ):
        dashboard = TrainingDashboard(given)
        quiet(None, dashboard, num_epochs=1).train()
        assert [words.get_text().split(":")[0] for words in dashboard._picture._panels[3]._words] == names


@pytest.mark.parametrize(
    ("params", "shape", "size"),
    [
        ({"W1": np.ones((6, 3, 5, 4))}, (3, 32, 32), (5, 6 * 5 - 1, 3)),
        ({"b": np.ones(3), "W1": np.ones((10, 1, 5, 5))}, (1, 8, 8), (2 * 6 - 1, 8 * 6 - 1, 3)),
        ({"W1": np.ones((4, 64, 3, 3))}, (64, 8, 8), (3, 4 * 4 - 1, 3)),
        ({"W1": np.ones((48, 10))}, (3, 4, 4), (2 * 5 - 1, 8 * 5 - 1, 3)),
        ({"W1": np.ones((7, 5))}, (7,), (7, 5, 3)),
        ({"W1": np.zeros((7, 5))}, (7,), (7, 5, 3)),
        ({"W1": np.full((7, 5), np.nan)}, (7,), (7, 5, 3)),
    ],
)
def test_first_weights(params, shape, size):
    pixels = first_weights(params, shape)
    assert pixels.shape == size
    assert pixels.min() >= 0
    assert pixels.max() <= 1


def test_weights_are_told_by_brightness_and_their_place():
    w = np.zeros((2, 1, 2, 2))
    w[1, 0, 0, 1], w[0, 0, 1, 0] = 4.0, -2.0
    pixels = first_weights({"W": w}, (1, 8, 8))[..., 0]
    np.testing.assert_array_equal(pixels, [[0.5, 0.5, 1, 0.5, 1.0], [0.25, 0.5, 1, 0.5, 0.5]])
    assert first_weights({"b": np.ones(3)}, (1, 8, 8)) is None


# What its controls do


def test_the_slider_sets_the_rate_and_follows_a_schedule():
    dashboard = TrainingDashboard(share=1e9)
    solver = quiet(
        None,
        At(step3=lambda: setattr(dashboard.rate, "value", 1e-3)),
        dashboard,
        optim_config={"learning_rate": 0.01},
        lr_decay=0.5,
    )
    rates = solver.train().learning_rate
    assert rates[:3] == pytest.approx([0.01] * 3)
    assert rates[3:6] == pytest.approx([1e-3] * 3, rel=0.13)  # the slider has notches
    assert rates[6] == pytest.approx(rates[3] / 2)
    assert rates[9] == pytest.approx(rates[3] / 4)
    assert dashboard.rate.value == pytest.approx(solver.history.learning_rate[-1], rel=0.6)


def test_a_rate_far_from_usual_widens_the_slider():
    dashboard = TrainingDashboard()
    solver = quiet(None, dashboard, optim_config={"learning_rate": 1e-9})
    assert solver.train().learning_rate == [1e-9] * 12
    assert dashboard.rate.value == pytest.approx(1e-9)


def test_the_stop_button_ends_the_training():
    dashboard = TrainingDashboard()
    solver = quiet(None, dashboard, At(step5=lambda: dashboard.stop.click()))
    history = solver.train()
    assert (history.stop.kind, str(history.stop), len(history.loss)) == (
        "asked",
        "Stopped with the button.",
        5,
    )
    assert dashboard.stop.disabled
    assert dashboard.rate.disabled


def test_pause_holds_the_training_until_it_is_released_or_stopped():
    dashboard = TrainingDashboard()
    solver = quiet(None, At(step5=lambda: setattr(dashboard.pause, "value", True)), dashboard)
    thread = solver.train_in_background()
    while "paused" not in dashboard_text(dashboard):
        time.sleep(0.01)
    assert thread.is_alive()
    assert solver.steps_done == 5
    dashboard.pause.value = False
    thread.join(SECONDS)
    assert solver.history.stop.kind == "finished"

    solver = quiet(None, At(step5=lambda: setattr(dashboard.pause, "value", True)), dashboard)
    thread = solver.train_in_background()
    while "paused" not in dashboard_text(dashboard):
        time.sleep(0.01)
    dashboard.stop.click()
    thread.join(SECONDS)
    assert (solver.history.stop.kind, solver.steps_done) == ("asked", 5)


def dashboard_text(dashboard):
    picture = getattr(dashboard, "_picture", None)
    return "" if picture is None else picture._panels[5]._words.get_text()


# In notebooks

SETUP = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from models_for_training import SmallNet, small_data
from course_utils.training import Solver
from course_utils.widgets.dashboard import TrainingDashboard
def make(num_epochs):
    return Solver(SmallNet(), small_data(), num_epochs=num_epochs, batch_size=30, verbose=False, callbacks=[TrainingDashboard()])
"""


def test_without_a_kernel_the_last_picture_remains():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SETUP + "make(3).train();")])
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute()
    widget, still = notebook.cells[0].outputs
    assert "application/vnd.jupyter.widget-view+json" in widget.data
    assert widget.data["text/plain"].startswith(
        "[Run this cell to watch the training, change its learning rate"
    )
    assert still.data["image/png"]
    assert still.metadata["image/png"]["width"] == 941
    assert "Finished after 3 epochs, 9 steps." in still.metadata["image/png"]["alt"]


def test_in_the_background_controls_act_over_the_main_shell():
    """As in programs that know no subshells."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        shown = []
        source = (
            SETUP
            + "import time; solver = make(10**6); thread = solver.train_in_background()\nwhile not solver.steps_done: time.sleep(0.01)\nprint(solver.callbacks[0].stop.comm.comm_id)"
        )
        client.execute_interactive(source, output_hook=shown.append, timeout=SECONDS)
        printed = "".join(m["content"]["text"] for m in shown if m["msg_type"] == "stream")
        comm_id = re.search(r"\b[0-9a-f]{32}\b", printed)[0]
        data = {"method": "custom", "content": {"event": "click"}}
        client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": comm_id, "data": data}))
        shown.clear()
        source = f"thread.join({SECONDS - 10}); print(solver.history.stop)"
        client.execute_interactive(source, output_hook=shown.append, timeout=SECONDS)
        assert "Stopped with the button." in "".join(
            m["content"]["text"] for m in shown if m["msg_type"] == "stream"
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


WATCH = """() => {
    const image = document.querySelector("img.widget-image");
    const seen = (window.seen = {pictures: new Set(), places: new Set(), replaced: 0});
    const removed = (changes) => changes.flatMap((change) => [...change.removedNodes]);
    const count = (changes) => { seen.replaced += removed(changes).filter((node) => node.contains(image)).length; };
    new MutationObserver(count).observe(image.closest(".jp-OutputArea"), {childList: true, subtree: true});
    const look = () => {
        const box = image.getBoundingClientRect();
        seen.pictures.add(image.src);
        seen.places.add([box.width, box.height, image.closest(".jp-OutputArea").offsetHeight].join());
        if (!seen.done) requestAnimationFrame(look);
    };
    look();
}"""


@pytest.mark.browser
@pytest.mark.slow
def test_in_jupyterlab_the_controls_act_while_the_cell_trains(page, tmp_path):
    """The image keeps its place and its element from the first picture to the last; slider, pause and stop act at once."""
    source = SETUP + (
        "solver = make(10**6); history = solver.train()\n"
        "rates = sorted({float(f'{rate:.1g}') for rate in history.learning_rate}); print('ended:', history.stop, rates)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    folder = tmp_path / "course"
    folder.mkdir()
    nbformat.write(notebook, folder / "training.ipynb")
    lab = Lab(folder, tmp_path)
    try:
        page.goto(lab.url("lab/tree/training.ipynb"))
        run_first_cell(page)
        page.locator("img.widget-image").wait_for()
        page.evaluate(WATCH)

        def pictures():
            return page.evaluate("seen.pictures.size")

        def wait_for_pictures(more):
            page.wait_for_function(f"seen.pictures.size >= {pictures() + more}")

        wait_for_pictures(3)
        readout = page.locator(".widget-readout")
        assert readout.inner_text() == "1.00e-2"
        readout.fill("0.002")
        page.keyboard.press("Enter")
        wait_for_pictures(2)
        pause = page.locator("button", has_text="Pause")
        pause.click()
        wait_for_pictures(1)  # the one that says so
        settled = pictures()
        page.wait_for_timeout(3000)
        assert pictures() <= settled + 1
        pause.click()
        wait_for_pictures(3)
        assert page.evaluate("[seen.replaced, seen.places.size]") == [0, 1]
        page.evaluate("seen.done = true")
        page.locator("button", has_text="Stop").click()
        ended = page.locator(".jp-OutputArea-output", has_text="ended:")
        ended.wait_for()
        assert "Stopped with the button. [0.002, 0.01]" in ended.inner_text()
        still = page.locator(".jp-RenderedImage img")
        still.wait_for()
        assert not page.locator("img.widget-image").is_visible()
    finally:
        lab.close()
