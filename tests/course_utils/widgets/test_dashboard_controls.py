"""The dashboard's controls act while training runs."""

import time

import pytest
from dashboards import At, quiet
from lab import SECONDS

from course_utils.widgets.dashboard import TrainingDashboard


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
