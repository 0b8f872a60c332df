"""The gradient checker and the answers planted for the hidden checks: wrong ones are found and named, right ones pass."""

import numpy as np
import pytest

import answers.gradcheck.planted as answers


@pytest.mark.slow
def test_wrong_answers_are_found_and_named_and_seldom_named_wrongly():
    planted = answers.wrong_answers()
    said = {str(wrong): answers.outcome(wrong, seed=0) for wrong in planted}
    results = [result for result, _ in said.values()]
    assert len(planted) >= 250
    assert [name for name, (result, _) in said.items() if result == "missed"] == []
    assert results.count("named") >= 0.85 * len(planted)
    assert results.count("wrongly") <= 0.03 * len(planted), [s for s in said.items() if s[1][0] == "wrongly"]


@pytest.mark.parametrize(
    ("question", "notebook", "space", "who"),
    list(answers.right_spaces()),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_right_answers_pass(question, notebook, space, who):
    for check in answers.checks_of(question, notebook, np.random.default_rng(0)):
        report = check(dict(space))
        assert report.passed, report.explain()
