"""Reports and figures in a real kernel, as a student meets them."""

import pytest
from jupyter_client.manager import start_new_kernel

FIGURE = """
import numpy as np
from course_utils.plotting import image_grid
image_grid(np.zeros((2, 8, 8), np.uint8));
"""
PLAIN_FIGURE = """
import matplotlib.pyplot as plt
plt.plot([1, 2]);
"""
FAILED_CHECK = """
import numpy as np
from course_utils.gradcheck import gradient_check
def double_forward(x): return 2 * x, None
def double_backward(dout, cache): return dout
gradient_check(double_forward, double_backward, np.ones((3, 4))).raise_if_failed()
"""


@pytest.fixture(scope="module")
def run():
    """Run a cell in a kernel and return its messages as (type, content)."""
    manager, client = start_new_kernel(kernel_name="python3")

    def run_cell(source):
        shown = []
        client.execute_interactive(source, output_hook=shown.append, timeout=60)
        return [(message["msg_type"], message["content"]) for message in shown]

    yield run_cell
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_plain_figure_is_shown_after_one_of_the_courses(run):
    for source in (FIGURE, PLAIN_FIGURE):
        assert len([kind for kind, content in run(source) if "image/png" in content.get("data", {})]) == 1, (
            source
        )


def test_a_failed_check_shows_its_map_before_its_error(run):
    messages = run(FAILED_CHECK)
    kinds = [kind for kind, _ in messages]
    report = next(content["data"]["text/html"] for kind, content in messages if kind == "display_data")
    error = next(content for kind, content in messages if kind == "error")
    assert kinds.index("display_data") < kinds.index("error")
    assert "data:image/png" in report
    assert error["ename"] == "GradientCheckFailed"
