"""Fingerprints survive what a copier changes, and texts that nobody can parse."""

import json

import numpy as np
import pytest
from worst_cases import WORST

from autograder.classroom.similarity import lexing
from autograder.classroom.similarity.page import segments
from autograder.classroom.similarity.prints import GRAM, LONGEST, WINDOW, Lexer, Prints
from autograder.classroom.similarity.weighing import weigh
from autograder.sandbox.bounded import TooMuch

ORIGINAL = '''def batchnorm(x, gamma, eps):
    """Normalize."""
    mean = x.mean(axis=0)  # per column
    spread = np.sqrt(((x - mean) ** 2).mean(axis=0) + eps)
    normal = (x - mean) / spread
    return gamma * normal, (normal, spread)
'''
RENAMED = """def batchnorm(data, g, tiny):
    m = data.mean(axis=0)
    # the standard deviation
    s = np.sqrt(
        ((data - m) ** 2).mean(axis=0) + tiny
    )
    n = (data - m) / s

    return g * n, (n, s)
"""
OTHER = """def batchnorm(x, gamma, eps):
    N = len(x)
    mu = np.sum(x, 0) / N
    var = np.einsum("nd,nd->d", x - mu, x - mu) / N
    inverse = 1 / np.power(var + eps, 0.5)
    return gamma * ((x - mu) * inverse), inverse
"""


@pytest.fixture(scope="module")
def lexer():
    with Lexer() as lexer:
        yield lexer


def test_names_comments_and_layout_make_no_difference(lexer):
    original, renamed, other = lexer.prints([ORIGINAL, RENAMED, OTHER])
    assert set(original.places) == set(renamed.places)
    assert len(set(original.places) & set(other.places)) < 0.2 * len(original.places)


def test_what_is_common_is_marked_where_it_stands(lexer):
    line = "    spread = np.sqrt(((x - mean) ** 2).mean(axis=0) + eps)\n"
    one, other = lexer.prints([f"a = 1\n{line}b = [2, 3]\n", f"while True:\n{line}    break\n"])
    [(start, end)] = one.shared(other)
    assert "np.sqrt(((x - mean) ** 2).mean(axis=0) +" in one.source[start:end]
    assert "[2, 3]" not in one.source[start:end]
    assert one.shared(Prints("")) == []


def test_a_run_of_common_words_as_long_as_promised_is_never_missed(lexer):
    words = [f"m.a{number}(" for number in range(40)]
    run = " ".join(words[:10])
    before, after = lexer.prints([f"{' '.join(words[10:20])} {run} 1", f"{run} {' '.join(words[20:])}"])
    assert GRAM + WINDOW - 1 <= 30
    assert set(before.places) & set(after.places)


def test_the_same_text_has_the_same_prints_in_every_run(lexer):
    [made] = lexer.prints(["a.b(c.d, e.f + 2, 3)"])
    assert min(made.places) == 247994581254786305


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def f(",
        "'''",
        "\x00\ud800",
        "(" * 5000,
        "x = " + "-" * 30_000,
        "\\" * 999,
        "f'{" * 3000,
        "\u202e = 1",
    ],
    ids=["empty", "half", "quotes", "control", "brackets", "long", "backslashes", "formatted", "reversed"],
)
def test_any_text_has_prints(lexer, text):
    [made] = lexer.prints([text])
    assert len(made.source) <= LONGEST
    assert all(0 <= start < end <= len(made.source) for start, end, _ in made.words)
    assert "".join(part for part, _ in segments(made.source, made.shared(made)))[:100] == made.source[:100]


@pytest.mark.parametrize("unit", WORST.values(), ids=WORST)
def test_no_single_text_takes_long(lexer, unit):
    text = (unit * LONGEST)[:LONGEST]
    assert len(lexer.prints([text])) == 1


def test_texts_that_together_take_too_long_are_refused_and_the_next_are_read(lexer):
    with pytest.raises(TooMuch):
        lexer.prints(["\x1b[" * LONGEST] * 100)
    assert lexer.prints(["x"])


def test_what_few_have_weighs_more(lexer):
    rare = "y = np.einsum('ij,jk', x.T, w) - np.linalg.norm(x, axis=3) ** 7 / x.size"
    common = "y = x.reshape(len(x), -1).dot(w) + b.sum(axis=1) * 2 - x.max(axis=0)"
    alone = [f"z = x.a{number} + x.b{number} * x.c{number} - 1" for number in range(20)]
    weighed = weigh(lexer.prints([rare, rare, *[common] * 18, *alone]))
    assert weighed.shared[0, 1] > 2 * weighed.shared[2, 3] > 0
    assert weighed.shares[0, 1] == weighed.shares[2, 3] == 1
    assert weighed.shared[0, 2] == 0
    assert weighed.alike[0, 1]


def test_what_more_than_half_have_weighs_nothing_and_what_two_have_always_something(lexer):
    common = "y = x.reshape(len(x), -1).dot(w) + b.sum(axis=1) * 2 - x.max(axis=0)"
    one, *_ = made = lexer.prints([common] * 5)
    assert weigh(made).shared.max() == 0
    assert weigh([one, one]).shared[0, 1] > 0


def test_bits_are_summed_over_all_fingerprints_however_many_there_are(lexer, monkeypatch):
    texts = [f"a.b{k}(c.d{k % 3}, e) + f.g{k % 2}(h.i, j.k) * 2 - l.m(n, o.p{k % 4})" for k in range(8)]
    made = lexer.prints(texts)
    whole = weigh(made).shared
    monkeypatch.setattr("autograder.classroom.similarity.weighing._BLOCK", 2)
    assert np.allclose(weigh(made).shared, whole)
    held = [set(each.places) for each in made]
    counts = {each: sum(each in one for one in held) for one in held for each in one}
    by_hand = [
        [sum(np.log2(9 / counts[each]) for each in one & other if counts[each] <= 4) for other in held]
        for one in held
    ]
    assert np.allclose(whole, by_hand)
    assert whole[0, 4] > 0


def test_nothing_is_weighed_too():
    assert weigh([]).shared.shape == (0, 0)
    assert not weigh([Prints(""), Prints("")]).alike.any()


def test_words_are_what_survives_renaming():
    source = (
        'def f(a):\n    """Doc."""\n    return np.sum(a.T, axis=0) if a is not None else "t" \'u\'  # why'
    )
    [words] = json.loads(lexing.words(json.dumps([source]).encode()))
    said = "def name ( name ) : return np . sum ( name . T , name = 0 ) if name is not None else text"
    assert [word for *_, word in words] == said.split()
