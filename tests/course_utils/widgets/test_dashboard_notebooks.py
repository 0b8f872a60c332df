"""The dashboard in notebooks: what it leaves there, and that its controls are heard."""

import re
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from lab import SECONDS, Lab, run_first_cell
from nbclient import NotebookClient
from places import TESTS

pytestmark = pytest.mark.slow  # each starts a kernel

# A net whose steps wait, so that a training that goes on until it is stopped leaves the processor to others.
SETUP = f"""
import sys, time
sys.path.insert(0, {str(TESTS)!r})
from models_for_training import SmallNet, small_data
from course_utils.training import Solver
from course_utils.widgets.dashboard import TrainingDashboard
class Unhurried(SmallNet):
    def loss(self, X, y=None):
        time.sleep(0.01)
        return super().loss(X, y)
def make(num_epochs):
    return Solver(Unhurried(), small_data(), num_epochs=num_epochs, batch_size=30, verbose=False, callbacks=[TrainingDashboard()])
"""


def test_without_a_kernel_the_last_picture_remains():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SETUP + "make(3).train();")])
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3").execute()
    _, widget, names, still = notebook.cells[0].outputs  # the first is the page's own style
    assert "courseLabels" in names.data["text/html"]
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
            + "solver = make(10**6); thread = solver.train_in_background()\nwhile not solver.steps_done: time.sleep(0.01)\nprint(solver.callbacks[0].stop.comm.comm_id)"
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


def write_training(folder: Path) -> Path:
    """A folder with a notebook that trains until it is stopped, and prints what became of its learning rate."""
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
    folder.mkdir()
    nbformat.write(notebook, folder / "training.ipynb")
    return folder


@pytest.mark.browser
def test_in_jupyterlab_the_controls_act_while_the_cell_trains(page, tmp_path):
    """The image keeps its place and its element from the first picture to the last; slider, pause and stop act at once."""
    lab = Lab(write_training(tmp_path / "course"), tmp_path)
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
        still = page.locator(".jp-RenderedHTML img")
        still.wait_for()
        assert not page.locator("img.widget-image").is_visible()
    finally:
        lab.close()
