"""Formulas in plain characters: the same reading as the formula, whatever it is made of."""

import re

import pytest
from places import ROOT

from course_utils.study.formulas import formula_text, plain
from course_utils.study.questions import read_questions


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\hat x / \sqrt{\sigma^2 + \epsilon}", "x̂ / √(σ^2 + ε)"),
        (r"-\sum_n d\hat x_n\, c_n / \text{std}^2", "-∑_n dx̂_n c_n / std^2"),
        (r"e^{-|x|} + 10^{-12}", "e^(-|x|) + 10^-12"),
        (r"x^{n-1} f^{(3)}(x) v'", "x^(n-1) f^(3)(x) v′"),
        (r"\frac{1}{2N} \frac{\partial L}{\partial x_1} \frac12", "1/(2N) ∂L/∂x_1 1/2"),
        (r"\frac{\hat m_t}{\sqrt{\hat v_t}+\epsilon}", "m̂_t/(√v̂_t+ε)"),
        (r"\sqrt[3]{x+1}", "(x+1)^(1/3)"),
        (r"\begin{pmatrix}\cos & -\sin\\ \sin & \cos\end{pmatrix}", "[cos, -sin; sin, cos]"),
        (r"\begin{cases} x & x > 0\\ 0 & \text{else}\end{cases}", "{ x x > 0; 0 else"),
        (r"\underset{(N, M)}{\text{out}} = X_{nd} W_{i,j}^T", "out [(N, M)] = X_nd W_(i,j)^T"),
        (r"N\log N + \lambda \lVert w \rVert_2^2", "N log N + λ ‖ w ‖_2^2"),
        (r"\left(\frac{a}{b}\right)^2 \unknown", "(a/b)^2 unknown"),
    ],
)
def test_a_formula_reads_as_it_is_meant(latex, text):
    assert formula_text(latex) == text


@pytest.mark.parametrize(
    "broken", ["x^{x^{", "}{", "^", "\\", "{" * 5000, r"\frac", r"\begin{cases}", "_" * 3000]
)
def test_what_is_no_formula_is_some_text(broken):
    assert isinstance(formula_text(broken), str)


def test_code_stays_as_it_is_and_tags_go():
    assert plain("`x**2 $a$` **bold** $\\alpha$ <b>x</b> &lt; 5 $") == "`x**2 $a$` bold α x < 5 $"


def test_no_hint_of_the_course_shows_latex_in_a_terminal():
    hints = [
        hint
        for path in (ROOT / "assignments").glob("*/*.ipynb")
        for question in read_questions(path)
        for hint in question.hints
    ]
    assert len(hints) > 100
    for hint in hints:
        words = re.sub(r"```.*?```|`[^`]*`", "", plain(hint.text), flags=re.DOTALL)
        assert not re.search(r"\\[a-zA-Z]|\$|\{", words), words
