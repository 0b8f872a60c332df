"""The playground with a learner's rules: right ones walk as the course's, and whatever wrong ones do is said."""

import re
import time

import nbformat
import numpy as np
import pytest
from lab import SECONDS, Lab, run_first_cell
from tiny import notebook_of

from course_utils.training import rules
from course_utils.widgets.optimizers import default_walks, optimizer_playground
from course_utils.widgets.own_walks import RULES, own_walks
from course_utils.widgets.surfaces import SURFACES

SETTINGS = {
    "rate": 0.05,
    "step": 0.1,
    "momentum": 0.9,
    "decay": 0.99,
    "beta1": 0.9,
    "beta2": 0.999,
    "steps": 60,
}


def walks(own, surface="ravine", start=(-9.0, 2.5), **settings):
    return own_walks(own, SURFACES[surface], start, SETTINGS | settings)


def written_otherwise(w, dw, config=None):
    """Momentum with its products in another order, and no state at first."""
    config = {} if config is None else config
    velocity = -(config.get("learning_rate", 1e-2) * dw - config.get("velocity", 0) * config["momentum"])
    return velocity + w, {**config, "velocity": velocity}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("rate", [0.05, 0.9])
def test_right_rules_walk_as_the_courses_do_and_nothing_is_said(surface, rate):
    own = {**RULES, "momentum": written_otherwise}
    for name, each in walks(own, surface, SURFACES[surface].start, rate=rate).items():
        assert (each.said, each.course) == ("", None), name
        assert np.isfinite(each.points).all()


def test_a_rule_that_is_missing_or_not_written_is_the_courses():
    def stub(w, dw, config=None):
        raise NotImplementedError("adam is not written yet (section 5)")

    found = walks({"Adam": stub})
    assert {each.said for each in found.values()} == {"is not written yet: this is the course's"}
    right = walks(RULES)
    assert all(np.array_equal(found[name].points, right[name].points) for name in RULES)


def forgets(w, dw, config):
    return rules.sgd_momentum(w, dw, {key: config[key] for key in ("learning_rate", "momentum")})


def climbs(w, dw, config):
    return w + config["learning_rate"] * dw, config


def without_correction(w, dw, config):
    m = 0.9 * config.get("m", 0) + 0.1 * dw
    v = 0.999 * config.get("v", 0) + 0.001 * dw**2
    return w - config["learning_rate"] * m / (np.sqrt(v) + 1e-8), {**config, "m": m, "v": v}


@pytest.mark.parametrize(
    ("name", "rule", "step"), [("momentum", forgets, 2), ("SGD", climbs, 1), ("Adam", without_correction, 1)]
)
@pytest.mark.parametrize("surface", ["ravine", "noisy bowl"])
def test_a_wrong_rule_walks_its_own_way_beside_the_courses(name, rule, step, surface):
    each = walks({name: rule}, surface)[name]
    assert each.said == f"does not go where the rule goes, from step {step} on"
    assert len(each.points) == 61
    assert np.array_equal(each.course, walks(RULES, surface)[name].points)
    assert not np.allclose(each.points[step], each.course[step])


def fails_late(w, dw, config):
    config["t"] = config.get("t", 0) + 1
    return (w, config) if config["t"] < 3 else w[7]


def leaves(w, dw, config):
    raise SystemExit(1)


def loses_the_numbers(w, dw, config):
    return w * np.nan, config


def dawdles(w, dw, config):
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        pass
    return rules.sgd(w, dw, config)


def grows(w, dw, config):
    return np.ones((2, 2)), config


@pytest.mark.parametrize(
    ("rule", "said", "points"),
    [
        (fails_late, r"stops at step 3: IndexError: index 7 is out of bounds", 3),
        (leaves, r"stops at step 1: SystemExit: 1", 1),
        (grows, r"stops at step 1: ValueError: next_w has shape \(2, 2\); expected w's, \(2,\)", 1),
        (lambda w, dw, config: w, r"it returned a value of type ndarray; expected \(next_w, config\)", 1),
        (lambda w, dw, config: None, r"it returned None; expected", 1),
        (lambda w, dw, config: (w,), r"it returned 1 value; expected", 1),
        (lambda w, dw, config: (w, None), r"config is None; expected a dict", 1),
        (lambda w, dw, config: ("here", config), r"stops at step 1: ValueError: could not convert", 1),
        (lambda: None, r"stops at step 1: TypeError: .*takes 0 positional arguments", 1),
        ("no function", r"stops at step 1: TypeError: 'str' object is not callable", 1),
        (loses_the_numbers, r"does not go where the rule goes, from step 1 on", 1),
        (dawdles, r"takes too long: 3 steps in 1 s", 4),
    ],
)
def test_whatever_a_rule_does_a_path_and_a_sentence_come_back(rule, said, points):
    each = walks({"SGD": rule})["SGD"]
    assert each.said
    assert re.search(said, each.said)
    assert "\n" not in each.said
    assert len(each.points) == points
    assert each.course is not None


def test_what_a_rule_prints_is_not_shown(capsys):
    walks({"SGD": lambda w, dw, config: print(w) or rules.sgd(w, dw, config)})
    assert capsys.readouterr().out == ""


def test_a_rule_that_the_playground_does_not_have_is_refused():
    with pytest.raises(ValueError, match="no rule lion in the playground; it has SGD, momentum"):
        optimizer_playground(rules={"lion": rules.sgd})


def test_a_sentence_of_a_rule_cannot_end_the_script(capsys):
    def raises(w, dw, config):
        raise ValueError("</script><b>")

    playground = optimizer_playground(rules={"SGD": raises})
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("course_utils.widgets.optimizers.display", lambda each, raw=False: shown.append(each))
        playground._ipython_display_()
    bundle, page = shown
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert page.data.count("</script>") == 1


# In JupyterLab

SHOWN = """import numpy as np
from course_utils.training import rules
from course_utils.widgets.optimizers import optimizer_playground


def twice(w, dw, config):
    return w - 2 * config["learning_rate"] * dw, config


def unwritten(w, dw, config):
    raise NotImplementedError


def broken(w, dw, config):
    return w / 0 if isinstance(w, list) else undefined


own = {"SGD": twice, "momentum": rules.sgd_momentum, "Adam": unwritten, "RMSProp": broken}
optimizer_playground(rules=own)
"""
STATE = "document.querySelector('div[id^=playground]').playground"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    nbformat.write(notebook_of(nbformat.v4.new_code_cell(SHOWN)), folder / "play.ipynb")
    lab = Lab(folder, home)
    yield lab
    lab.close()


@pytest.mark.browser
@pytest.mark.slow
def test_in_jupyterlab_a_click_asks_the_kernel_for_the_learners_paths(browser, lab):
    page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(1000 * SECONDS)
    page.goto(lab.url("lab/tree/play.ipynb"))
    run_first_cell(page)
    canvas = page.locator("div[id^=playground] canvas").first
    canvas.wait_for()
    first = page.evaluate(STATE)
    assert first["walks"]["SGD"][1] == pytest.approx([-9.0 * (1 - 0.06), 2.5 * (1 - 1.2)])
    assert first["walks"]["momentum"] == pytest.approx(default_walks("ravine", 120)["momentum"])
    page.wait_for_selector("[class*=-asked] input", state="attached")
    box = canvas.bounding_box()
    canvas.click(position={"x": 0.75 * box["width"], "y": 0.75 * box["height"]})
    page.wait_for_function(f"{STATE}.answered === 2")
    clicked = page.evaluate(STATE)
    x, y = clicked["start"]
    assert x > -1
    assert clicked["walks"]["SGD"][1] == pytest.approx([x * (1 - 0.06), y * (1 - 1.2)])
    assert clicked["walks"]["SGD"][0] == clicked["start"]
    assert clicked["walks"]["RMSProp"] == [clicked["start"]]
    status = page.get_by_role("status").inner_text()
    assert "Your SGD does not go where the rule goes, from step 1 on." in status
    assert "Your RMSProp stops at step 1: NameError: name 'undefined' is not defined." in status
    assert "Your Adam is not written yet" in status
    page.select_option("div[id^=playground] select", "saddle")
    page.wait_for_function(f"{STATE}.surface === 'saddle'")
    assert "Your SGD" in page.get_by_role("status").inner_text()
    page.close()
