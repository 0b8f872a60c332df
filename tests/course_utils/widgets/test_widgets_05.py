"""The playground of notebook 05 and its surfaces: slopes are slopes, films are films, a click starts the walks anew."""

import json
from io import BytesIO
from itertools import pairwise

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from IPython.display import HTML
from lab import SECONDS, Lab, run_first_cell
from matplotlib.figure import Figure
from nbconvert import HTMLExporter
from PIL import Image as Picture
from tiny import notebook_of

from course_utils.training import rules
from course_utils.widgets.optimizers import RATES, default_walks, optimizer_playground
from course_utils.widgets.surfaces import COLOURS, SURFACES, animate_paths, draw_paths, draw_surface, walk

# Surfaces


@given(name=st.sampled_from(sorted(SURFACES)), x=st.floats(-3, 3), y=st.floats(-3, 3))
def test_the_slopes_of_a_surface_are_those_of_its_loss(name, x, y):
    surface, h = SURFACES[name], 1e-5
    numeric = [
        (surface.loss(x + h, y) - surface.loss(x - h, y)) / (2 * h),
        (surface.loss(x, y + h) - surface.loss(x, y - h)) / (2 * h),
    ]
    assert surface.gradient(np.array([x, y])) == pytest.approx(numeric, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("name", SURFACES)
def test_the_minima_of_a_surface_are_where_it_is_lowest_in_the_picture(name):
    surface = SURFACES[name]
    left, right, bottom, top = surface.limits
    heights = surface.loss(*np.meshgrid(np.linspace(left, right, 300), np.linspace(bottom, top, 300)))
    for x, y in surface.minima:
        assert left < x < right
        assert bottom < y < top
        assert surface.gradient(np.array([x, y])) == pytest.approx([0, 0], abs=1e-3)
        assert surface.loss(x, y) <= heights.min() + 1e-9


def test_noise_comes_from_the_generator_alone():
    bowl, w = SURFACES["noisy bowl"], np.array([1.0, 1.0])
    assert np.array_equal(bowl.gradient(w), [0.5, 2.0])
    draws = [bowl.gradient(w, np.random.default_rng(0)) for _ in range(2)]
    assert np.array_equal(*draws)
    assert not np.array_equal(draws[0], bowl.gradient(w))
    assert np.array_equal(SURFACES["ravine"].gradient(w, np.random.default_rng(0)), [0.1, 2.0])


def test_a_walk_follows_its_rule_and_a_run_away_ends_in_nan():
    ravine = SURFACES["ravine"]
    points = walk(ravine, rules.sgd, 3, start=(2.0, 1.0), learning_rate=0.5)
    assert points == pytest.approx(np.array([[2.0, 1.0], [1.9, 0.0], [1.805, 0.0], [1.71475, 0.0]]))
    away = walk(ravine, rules.sgd, 50, learning_rate=9.0)
    assert np.isfinite(away[:5]).all()
    assert np.isnan(away[-1]).all()


def test_paths_and_ends_are_drawn_in_the_colour_of_their_rule():
    axes = Figure().subplots()
    draw_surface(axes, SURFACES["ravine"])
    draw_paths(
        axes, {"Adam": np.array([[-9.0, 2.0], [0.0, 1.0], [np.nan, np.nan]]), "mine": np.zeros((3, 2))}
    )
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["Adam"].get_color() == COLOURS["Adam"]
    assert np.array_equal(lines["Adam"].get_xydata(), [[-9.0, 2.0], [0.0, 1.0]])
    assert lines["mine"].get_color() != COLOURS["Adam"]


def test_a_film_grows_from_picture_to_picture_and_is_written_where_asked(tmp_path):
    walks = {"ravine": default_walks("ravine", 30), "saddle": default_walks("saddle", 30)}
    image = animate_paths(walks, frames=5, seconds=1.0, file=tmp_path / "walks.gif")
    assert (tmp_path / "walks.gif").read_bytes() == image.data
    film = Picture.open(BytesIO(image.data))
    assert film.n_frames == 5
    assert film.info["loop"] == 0
    pictures = []
    for k in range(5):
        film.seek(k)
        pictures.append(np.asarray(film.convert("RGB"), dtype=int))
    assert all(np.abs(a - b).max() > 50 for a, b in pairwise(pictures))
    assert "momentum" in image.alt


def test_a_film_is_seen_in_a_page_made_from_the_notebook():
    film = animate_paths({"ravine": default_walks("ravine", 10)}, frames=2)
    data, metadata = DisplayFormatter().format(film)
    assert "image/gif" in data
    output = nbformat.v4.new_output("display_data", data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("film", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert 'src="data:image/gif;base64,' in page


# The playground


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"surface": "swamp"}, "no surface 'swamp'; there are ravine, saddle"),
        ({"steps": 5}, "steps is 5"),
        ({"steps": 125}, "steps is 125"),
    ],
)
def test_what_the_playground_cannot_show_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        optimizer_playground(**arguments)


def test_two_playgrounds_on_one_page_have_names_of_their_own():
    first, second = (optimizer_playground().data for _ in range(2))
    assert first.split('"')[1] != second.split('"')[1]


@pytest.fixture
def page(browser, tmp_path):
    """The playground alone, as a page from disk: no kernel, no network."""
    path = tmp_path / "playground.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><body>{optimizer_playground().data}</body>")
    page = browser.new_page(viewport={"width": 1000, "height": 600}, reduced_motion="reduce")
    page.set_default_timeout(1000 * SECONDS)
    page.goto(path.as_uri())
    yield page
    page.close()


def state(page):
    return page.evaluate("document.querySelector('div[id^=playground]').playground")


@pytest.mark.browser
@pytest.mark.parametrize("surface", [name for name in SURFACES if not SURFACES[name].noise])
def test_the_playground_walks_as_the_librarys_rules_do(page, surface):
    page.select_option("select", surface)
    shown = state(page)
    assert shown["surface"] == surface
    wanted = default_walks(surface, 120)
    assert set(shown["walks"]) == set(wanted) == set(COLOURS)
    for rule, points in wanted.items():
        points = points[np.isfinite(points).all(axis=1)]
        assert np.array(shown["walks"][rule]) == pytest.approx(points, rel=1e-6, abs=1e-9), rule


@pytest.mark.browser
def test_all_rules_meet_the_same_noise_and_a_run_can_be_repeated(page):
    page.select_option("select", "noisy bowl")
    first = state(page)["walks"]
    slope = np.array([0.5, 2.0]) * SURFACES["noisy bowl"].start
    noise = -(np.array(first["SGD"][1]) - first["SGD"][0]) / RATES["noisy bowl"][0] - slope
    assert np.abs(noise).max() > 0.05
    assert np.array(first["momentum"][1]) == pytest.approx(np.array(first["SGD"][1]))
    steps = -np.diff(np.array(first["SGD"]), axis=0) / RATES["noisy bowl"][0]
    noises = steps - np.array(first["SGD"])[:-1] * [0.5, 2.0]
    assert np.std(noises) == pytest.approx(1.5, rel=0.25)
    page.get_by_role("button", name="Run again").click()
    assert state(page)["walks"] == first


@pytest.mark.browser
def test_a_slider_changes_what_it_says(page):
    slider = page.locator("label", has_text="steps").locator("input")
    slider.fill("300")
    assert state(page)["settings"]["steps"] == 300
    assert len(state(page)["walks"]["SGD"]) == 301
    rate = page.locator("label", has_text="SGD … Nesterov").locator("input")
    rate.fill("-1")
    assert state(page)["settings"]["rate"] == pytest.approx(0.1)
    assert "0.1" in page.locator("label", has_text="SGD … Nesterov").inner_text()


@pytest.mark.browser
def test_on_a_narrow_page_nothing_is_cut_off(page):
    page.set_viewport_size({"width": 320, "height": 800})
    right = "all => Math.max(...all.map(each => each.getBoundingClientRect().right))"
    assert page.locator("canvas, input, label, label span").evaluate_all(right) <= 320
    box = page.get_by_role("application").bounding_box()
    assert box["width"] / box["height"] == pytest.approx(440 / 330, rel=0.01)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    left, right, bottom, top = SURFACES["ravine"].limits
    assert state(page)["start"] == pytest.approx([(left + right) / 2, (bottom + top) / 2], abs=0.1)


@pytest.mark.browser
def test_the_map_is_moved_by_keys_and_told_in_words(page):
    canvas = page.get_by_role("application")
    canvas.focus()
    left, right, bottom, top = SURFACES["ravine"].limits
    x, y = SURFACES["ravine"].start
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert state(page)["start"] == pytest.approx([x + 0.02 * (right - left), y - 0.1 * (top - bottom)])
    assert "Loss above the lowest after 120 steps: SGD" in page.get_by_role("status").inner_text()
    for _ in range(20):
        page.keyboard.press("Shift+ArrowLeft")
    assert state(page)["start"][0] == left
    page.keyboard.press("Home")
    assert state(page)["start"] == [x, y]


@pytest.mark.browser
def test_nothing_is_asked_of_the_network(browser, tmp_path):
    path = tmp_path / "playground.html"
    path.write_text(f"<!doctype html><meta charset='utf-8'><body>{optimizer_playground().data}</body>")
    page, asked, errors = browser.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    assert state(page)["surface"] == "ravine"
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert errors == []


# In JupyterLab


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    source = "from course_utils.widgets.optimizers import optimizer_playground\noptimizer_playground()"
    nbformat.write(notebook_of(nbformat.v4.new_code_cell(source)), folder / "play.ipynb")
    shown = HTML(optimizer_playground().data)
    output = nbformat.v4.new_output(
        "execute_result", data={"text/html": shown.data, "text/plain": "playground"}, execution_count=1
    )
    nbformat.write(notebook_of(nbformat.v4.new_code_cell(source, outputs=[output])), folder / "read.ipynb")
    lab = Lab(folder, home)
    yield lab
    lab.close()


@pytest.mark.browser
@pytest.mark.slow
def test_in_jupyterlab_a_click_on_the_map_moves_the_start(browser, lab):
    page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(1000 * SECONDS)
    page.goto(lab.url("lab/tree/play.ipynb"))
    run_first_cell(page)
    canvas = page.locator("div[id^=playground] canvas").first
    canvas.wait_for()
    assert state(page)["start"] == list(SURFACES["ravine"].start)
    box = canvas.bounding_box()
    canvas.click(position={"x": 0.25 * box["width"], "y": 0.75 * box["height"]})
    left, right, bottom, top = SURFACES["ravine"].limits
    clicked = [left + 0.25 * (right - left), top - 0.75 * (top - bottom)]
    assert state(page)["start"] == pytest.approx(clicked, abs=0.1)
    for points in state(page)["walks"].values():
        assert points[0] == state(page)["start"]
    page.close()


@pytest.mark.browser
@pytest.mark.slow
def test_a_notebook_that_is_not_trusted_shows_the_still_picture(browser, lab):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(1000 * SECONDS)
    page.goto(lab.url("lab/tree/read.ipynb"))
    picture = page.locator(".jp-OutputArea img")
    picture.wait_for()
    page.wait_for_function("document.querySelector('.jp-OutputArea img').naturalWidth > 400")
    assert page.locator(".jp-OutputArea canvas").count() == 0
    assert "SGD" in picture.get_attribute("alt")
    page.close()


def test_the_settings_on_the_page_are_those_of_the_surfaces():
    script = optimizer_playground("Beale", steps=200).data
    said = json.loads(script[script.rindex("), {") + 3 : script.rindex(");</script>")])
    assert said["surface"] == "Beale"
    assert said["defaults"]["steps"] == 200
    assert said["surfaces"]["Beale"]["minima"] == [[3.0, 0.5]]
