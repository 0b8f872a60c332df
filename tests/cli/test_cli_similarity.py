"""`course similarity`: what it says, and where the page is."""

import tiny
from terminal import refused

ANSWER = """def relu_backward(dout, cache):
    positive = np.where(cache > 0, np.ones_like(cache), np.zeros_like(cache))
    total = np.multiply(dout.reshape(cache.shape), positive.astype(dout.dtype))
    return np.add(total, np.zeros(cache.shape, dtype=dout.dtype))
"""


def test_it_says_who_is_alike_and_where_the_page_is(at, tiny_course, tmp_path):
    copy = ANSWER.replace("positive", "mask").replace("total", "grad")
    for student, answer in {"ada": ANSWER, "bao": copy, "chidi": tiny.RELU_BACKWARD}.items():
        tiny.hand_in(tiny_course, student, tiny.answered(tiny_course, relu_backward=answer))
    tiny.hand_in(tiny_course, "zed", b"no notebook")
    code, out, errors = at(tiny_course.root, "similarity", tiny.NAME)
    assert code == 0, errors
    assert "ada and bao: " in out
    assert "bits in relu_backward" in out
    assert "3 notebooks compared; 1 pair is alike" in out
    assert "not compared: zed: it is not a notebook" in out
    assert (tiny_course.root / "reports" / "01_small-similarity.html").read_text().count("<details") == 1
    code, out, _ = at(tiny_course.root, "similarity", tiny.NAME, "--against", str(tmp_path / "none"))
    refused((code, out, _), "none is no folder")


def test_what_comes_first_is_a_sentence(at, tiny_course):
    refused(at(tiny_course.root, "similarity", tiny.NAME), "no submission for 01_small")
    refused(at(tiny_course.root, "similarity", "01_smal"), "did you mean 01_small?")


def test_honest_answers_are_said_to_be_no_copies(at, tiny_course):
    for student in ("ada", "bao"):
        tiny.hand_in(tiny_course, student, tiny.answered(tiny_course))
    code, out, _ = at(tiny_course.root, "similarity", tiny.NAME, "--to", "page.html")
    assert (code, "no two are alike" in out) == (0, True)
    assert "No two notebooks share anything" in (tiny_course.root / "page.html").read_text()
