"""The true gradients of notebook 09, by pixels, by places and through a pool, put to the checker."""

import pytest

import answers.gradcheck.planted as answers

WRONG = [wrong for wrong in answers.wrong_answers() if wrong.notebook == "09_seeing"]
NOTHING = "(?!)"


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("seed", range(2))
def test_a_planted_mistake_is_found_and_named_where_its_numbers_tell(wrong, seed):
    result, said = answers.outcome(wrong, seed)
    assert result == ("unnamed" if wrong.names == NOTHING else "named"), said


def test_all_three_functions_are_asked():
    assert {wrong.answer.function for wrong in WRONG} == {"class_saliency", "tsne_gradient", "max_unpool"}
