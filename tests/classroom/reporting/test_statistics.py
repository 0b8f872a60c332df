"""Difficulty, discrimination and distribution, against SciPy and by hand."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.classroom.reporting.chapters import GROUP, merged, rounded
from autograder.classroom.reporting.gather import ClassWork, Question, Work
from autograder.classroom.reporting.statistics import distribution, successes, together, total_shares

F, G, H = Question("f", "test_f", 2), Question("g", "test_g", 4), Question("h", "test_h", 3)
SHARES = st.integers(0, 100).map(lambda percent: percent / 100)
ROWS = [(2, 4, 3), (2, 3, 1), (0, 1, 2), (2, 4, 0), (0, 0, 1)]


def work(rows: list[tuple], questions: tuple[Question, ...] = (F, G, H)) -> ClassWork:
    works = [
        Work(f"s{k}", {q.name: p for q, p in zip(questions, row, strict=True) if p is not None}, 0)
        for k, row in enumerate(rows)
    ]
    return ClassWork("n", "N", questions, tuple(works), ())


def test_discrimination_of_a_question_that_is_right_or_wrong_is_the_point_biserial_one():
    from scipy.stats import pearsonr, pointbiserialr  # takes a second, which each process of a run would pay

    f, g, _ = successes(work(ROWS))
    rest = [g + h for _, g, h in ROWS]
    assert f.discrimination == pytest.approx(pointbiserialr([row[0] > 0 for row in ROWS], rest).statistic)
    assert g.discrimination == pytest.approx(
        pearsonr([row[1] for row in ROWS], [row[0] + row[2] for row in ROWS]).statistic
    )


def test_difficulty_and_what_became_of_the_answers():
    f, g, h = successes(work(ROWS))
    assert (f.mean, f.full, f.part, f.none, f.unwritten) == (pytest.approx(3 / 5), 3, 0, 2, 0)
    assert (g.full, g.part, g.none, g.lost, g.losers) == (2, 2, 1, pytest.approx(8), 3)
    assert h.mean == pytest.approx(7 / 15)


@pytest.mark.parametrize("rows", [[], [(2, 4, 3)], [(2, 4, 3)] * 2, [(1, 2, 3)] * 9, [(0, 0, 0)] * 5])
def test_where_all_are_alike_or_few_there_is_no_discrimination(rows):
    assert [each.discrimination for each in successes(work(rows))] == [None] * 3


def test_a_question_that_waits_for_a_person_is_not_counted_by_those_who_left_it_empty():
    f, *_ = successes(work([(None, 4, 3), (0, 3, 1), (0, 1, 2)]))
    assert (f.shares, f.mean, f.losers) == ((), None, 0)


def test_shares_are_of_what_is_marked():
    assert total_shares(work([(None, 2, None), (2, 4, 3), (None, None, None)])) == [0.5, 1]


@given(st.lists(SHARES, max_size=40))
def test_everybody_is_in_one_range(shares):
    bins = distribution(shares)
    assert sum(each.number for each in bins) == len(shares)
    assert [each.number for each in distribution([0.1, 0.3, 0.7, 1.0])] == [0, 1, 0, 1, 0, 0, 0, 1, 0, 1]


@given(st.lists(SHARES, min_size=GROUP, max_size=40))
def test_no_range_that_is_shown_to_a_class_holds_few(shares):
    wide = merged(distribution(shares))
    assert sum(each.number for each in wide) == len(shares)
    assert min(each.number for each in wide) >= GROUP
    assert (wide[0].low, wide[-1].high) == (0, 1)
    assert all(one.high == other.low for one, other in pairwise(wide))


def test_shares_are_rounded_to_twentieths():
    assert [rounded(share) for share in (0.0, 0.03, 0.52, 0.98, 1.0)] == pytest.approx([0, 0.05, 0.5, 1, 1])


def test_correlation_needs_three_and_a_difference():
    assert together([0, 1], [0, 1]) is None
    assert together([0, 1, 2], [5, 5, 5]) is None
    assert together([0, 1, 2], [1, 2, 3]) == pytest.approx(1)
