"""Figures in a real kernel: the course's drawing functions leave a notebook's own figures alone."""

from jupyter_client.manager import start_new_kernel

DRAW = """
import numpy as np
from course_utils.plotting import image_grid
image_grid(np.zeros((2, 8, 8), np.uint8));
"""
PLAIN = """
import matplotlib.pyplot as plt
plt.plot([1, 2]);
"""


def test_a_plain_figure_is_shown_after_one_of_the_courses():
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        for source in (DRAW, PLAIN):
            shown = []
            client.execute_interactive(
                source, output_hook=lambda message, shown=shown: shown.append(message), timeout=60
            )
            pictures = [m for m in shown if "image/png" in m["content"].get("data", {})]
            assert len(pictures) == 1, source
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
