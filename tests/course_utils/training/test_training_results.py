"""Results of a search, as a table and as a picture."""

import pytest

from course_utils.training.results import Results
from course_utils.training.trials import Trial

FOUND = Results(
    [
        Trial({"learning_rate": 1e-3, "reg": 0.1, "rule": "adam"}, 0.5, "finished", [0.4], 1.5),
        Trial({"learning_rate": 1e-2, "reg": 0.2, "rule": "sgd"}, 0.9, "finished", [0.4, 0.9], 1.0),
        Trial({"learning_rate": 1.0, "reg": 0.3, "rule": "sgd"}, None, "finished", [], 0.1),
        Trial({"learning_rate": 1e-1, "reg": 0.4, "rule": "sgd"}, 0.95, "hopeless", [0.1], 0.2),
        Trial({"learning_rate": 1e-1, "reg": 0.5, "rule": "sgd"}, status="failed", error="oh"),
    ]
)


def test_the_table_has_the_best_first():
    columns = FOUND.to_dict()
    assert columns["score"] == [0.9, 0.5, 0.95, None, None]
    assert {len(column) for column in columns.values()} == {5}
    lines = repr(FOUND.table()).splitlines()
    assert lines[0].split() == [
        "score",
        "learning_rate",
        "reg",
        "rule",
        "status",
        "reports",
        "seconds",
        "round",
    ]
    assert [line.split()[4] for line in lines[1:]] == [
        "finished",
        "finished",
        "hopeless",
        "finished",
        "failed",
    ]
    assert len({len(line) for line in lines}) == 1
    assert len(FOUND.table(top=2).splitlines()) == 3
    with pytest.raises(ValueError, match="no trial has a score"):
        _ = Results(FOUND[2:3]).best


def test_the_scatter_plot_shows_every_trial():
    figure = FOUND.scatter()
    axes, colours = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlabel(), axes.get_ylabel(), colours.get_ylabel()) == ("learning rate", "reg", "score")
    dots = {c.get_label(): c.get_offsets().tolist() for c in axes.collections}
    assert dots["best"] == [[1e-2, 0.2]]
    assert dots["ended early"] == [[1e-1, 0.4]]
    assert dots["no score"] == [[1.0, 0.3], [1e-1, 0.5]]
    assert sum(map(len, dots.values())) == 5 + 1  # the best has a dot and a ring
    with pytest.raises(ValueError, match="not every trial has a positive rule"):
        FOUND.scatter(y="rule")
    assert "best" not in Results(FOUND[2:3]).scatter().axes[0].get_title(loc="left")
