"""Sixteen uses of ConvNets, drawn."""

import matplotlib.pyplot as plt
from matplotlib.colors import to_hex

from course_utils.plotting import course_style, draw_uses


def test_each_of_sixteen_has_a_name_and_a_drawing_with_an_answer_in_colour():
    figure = draw_uses()
    try:
        assert len(figure.axes) == 16
        colours = course_style()["axes.prop_cycle"].by_key()["color"]
        for number, axes in enumerate(figure.axes, start=1):
            assert axes.get_title(loc="left").startswith(f"{number} · ")
            drawn = [*axes.patches, *axes.lines, *axes.texts, *axes.collections]
            used = set()
            for artist in drawn:
                for get in ("get_color", "get_edgecolor", "get_facecolor"):
                    if hasattr(artist, get):
                        value = getattr(artist, get)()
                        rows = value if getattr(value, "ndim", 1) == 2 else [value]
                        with plt.style.context(course_style()):
                            used |= {to_hex(row) for row in rows}
            assert to_hex(colours[1]) in used, axes.get_title(loc="left")
    finally:
        plt.close(figure)
