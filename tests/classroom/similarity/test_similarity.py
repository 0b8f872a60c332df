"""`course similarity` on a class: the copy is found, honest answers are not, and nobody's text is anybody's code."""

import random
import re
import shutil
from pathlib import Path

import pytest
import tiny

import answers
from autograder.classroom.similar import write_similarity
from autograder.classroom.similarity.pairs import WHOLE, Comparison
from autograder.course.groups import note
from autograder.course.manifest import Course
from benchmarks.similarity import disguised, source_of

pytestmark = pytest.mark.slow
NAME = "01_layers"
SHORT = (
    "copy_backward",
    "elu_backward",
    "tanh_backward",
    "relu_backward",
    "leaky_relu_backward",
    "maxout_forward",
)
QUESTIONS = ("svm_loss", "softmax_loss", "maxout_backward", "affine_backward")


def rights(question: str) -> list[str]:
    """Right answers to a question, each written in another way."""
    found = [each for each in answers.planted("layers") if each.question == question and each.reason is None]
    return [source for source in map(source_of, found) if source]


@pytest.fixture(scope="module")
def written() -> dict[str, dict[str, str]]:
    """By student the answers that are not the course's own; chidi's are ada's in disguise."""
    rng = random.Random(0)
    ada = {question: rights(question)[0] for question in QUESTIONS}
    bao = {question: rights(question)[1] for question in QUESTIONS}
    dora = {question: rights(question)[-1] for question in QUESTIONS}
    chidi = {question: disguised(source, rng) for question, source in ada.items()}
    return {"ada": ada, "bao": bao, "chidi": chidi, "dora": dora, "eve": {}}


@pytest.fixture
def handed_in(course: Course, written: dict[str, dict[str, str]]) -> Course:
    """A class in which five have handed in, one of them what the course's own answers are."""
    for student, sources in written.items():
        tiny.hand_in(course, student, tiny.answered(course, NAME, **sources), NAME)
    return course


def compared(course: Course, against: tuple[Path, ...] = (), **options: object) -> tuple[str, Comparison]:
    path, found = write_similarity(course, course.assignment(NAME), against, **options)
    return path.read_text(encoding="utf-8"), found


def alike(found: Comparison) -> list[tuple[str, str]]:
    return [(pair.one, pair.other) for pair in found.pairs if pair.is_alike]


def test_a_disguised_copy_is_found_and_honest_answers_are_not(handed_in):
    page, found = compared(handed_in)
    assert alike(found) == [("ada", "chidi")]
    assert {each.question for each in found.pairs[0].questions} == set(QUESTIONS)
    assert found.compared == (5, 0)
    assert found.alike == 1
    assert "relu_forward" in found.short
    assert not any("eve" in (pair.one, pair.other) for pair in found.pairs)
    first = page[page.index('<details id="pair-1"') : page.index('<details id="pair-2"')]
    assert first.count("<mark>") >= 6
    assert "<bdi>ada</bdi> and <bdi>chidi</bdi>" in first


def test_a_copy_in_one_cell_is_found_in_the_whole(handed_in, written):
    """Whoever puts all answers into one cell, or into another question's, has them compared all the same."""
    moved = dict.fromkeys(QUESTIONS, "# see below")
    merged = moved | {"train_step": "\n\n".join(written["chidi"].values())}
    tiny.hand_in(handed_in, "chidi", tiny.answered(handed_in, NAME, **merged), NAME)
    page, found = compared(handed_in)
    assert alike(found) == [("ada", "chidi")]
    [pair] = [pair for pair in found.pairs if pair.is_alike]
    assert [each.question for each in pair.questions] == [WHOLE]
    assert pair.share > 0.6
    for text, spans in pair.questions[0].texts:
        assert sum(end - start for start, end in spans) > 300
        assert all(0 <= start < end <= len(text) for start, end in spans)
    assert "the whole notebook" in page


def test_short_answers_that_tell_nothing_one_by_one_tell_something_together(handed_in):
    rng = random.Random(1)
    mine = {question: rights(question)[0] for question in SHORT}
    for student, sources in {"fay": mine, "gus": {q: disguised(s, rng) for q, s in mine.items()}}.items():
        tiny.hand_in(handed_in, student, tiny.answered(handed_in, NAME, **sources), NAME)
    _, found = compared(handed_in)
    assert sorted(alike(found)) == [("ada", "chidi"), ("fay", "gus")]


def test_as_many_pairs_are_shown_as_are_wanted(handed_in, written):
    tiny.hand_in(handed_in, "abe", tiny.answered(handed_in, NAME, **written["ada"]), NAME)
    _, found = compared(handed_in, most=2)
    assert alike(found)[0] == ("abe", "ada")
    assert (len(found.pairs), found.alike) == (2, 3)


def test_who_handed_in_together_is_compared_with_others_only(tiny_course):
    for student in ("ada", "bao", "chidi"):
        tiny.hand_in(tiny_course, student, tiny.answered(tiny_course))
    note(tiny_course, tiny_course.assignment(tiny.NAME), {"ada": "Red", "bao": "Red"})
    found = write_similarity(tiny_course, tiny_course.assignment(tiny.NAME))[1]
    assert found.compared == (2, 0)
    assert {(pair.one, pair.other) for pair in found.pairs} <= {("ada, bao", "chidi")}


def test_earlier_years_are_compared_with_the_class_and_not_with_each_other(handed_in, written, tmp_path):
    earlier = tmp_path / "2024"
    for place in ("fall/who.ipynb", "spring/submitted/zoe/01_layers/another name.ipynb"):
        path = earlier / place
        path.parent.mkdir(parents=True)
        path.write_bytes(tiny.answered(handed_in, NAME, **written["bao"]))
    (earlier / "poem.ipynb").write_text('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}')
    (earlier / "noise.ipynb").write_bytes(b"\xff\x00")
    (earlier / "link.ipynb").symlink_to(earlier / "fall/who.ipynb")
    (earlier / ".ipynb_checkpoints").mkdir()
    shutil.copy(earlier / "fall/who.ipynb", earlier / ".ipynb_checkpoints/who.ipynb")
    _, found = compared(handed_in, (earlier,))
    assert found.compared == (5, 2)
    assert sorted(alike(found)) == [
        ("ada", "chidi"),
        ("bao", "2024/fall/who.ipynb"),
        ("bao", "2024/spring/submitted/zoe/01_layers/another name.ipynb"),
    ]
    assert [owner for owner, _ in found.left_out] == ["2024/link.ipynb"]


def test_texts_and_names_on_the_page_are_text(handed_in, written, tmp_path):
    evil = {
        name: f"# <script>alert(1)</script>\u202e &amp;\n{source}" for name, source in written["ada"].items()
    }
    tiny.hand_in(handed_in, "ada", tiny.answered(handed_in, NAME, **evil), NAME)
    folder = tmp_path / "<img src=x onerror=alert(2)>"
    folder.mkdir()
    (folder / "b.ipynb").write_bytes(tiny.answered(handed_in, NAME, **written["bao"]))
    page, found = compared(handed_in, (folder,))
    assert len(alike(found)) == 2
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;amp;" in page
    assert "<img" not in page
    assert not re.search("[\u202a-\u202e]|https?:|<link|@import|url\\(", page)


def test_what_cannot_be_compared_is_named_and_stops_nobody(handed_in):
    tiny.hand_in(handed_in, "zed", b"no notebook", NAME)
    tiny.hand_in(handed_in, "yan", tiny.answered(handed_in, NAME, svm_loss="\x1b[" * 90_000), NAME)
    page, found = compared(handed_in)
    assert alike(found) == [("ada", "chidi")]
    assert [owner for owner, _ in found.left_out] == ["zed"]
    assert "<bdi>zed</bdi>: it is not a notebook" in page


def test_a_helper_in_a_cell_of_their_own_is_compared_too(handed_in):
    helper = rights("svm_loss")[0].replace("def svm_loss", "def mine")
    for student in ("fay", "gus"):
        notebook = tiny.notebooks.read(handed_in.source(handed_in.assignment(NAME)))
        for cell in notebook.cells:
            cell.source = tiny.sources.visible_part(tiny.sources.without_marks(cell.source))
        notebook.cells.insert(4, tiny.new_code_cell(helper))
        tiny.hand_in(handed_in, student, tiny.notebooks.dumps(notebook).encode(), NAME)
    _, found = compared(handed_in)
    assert ("fay", "gus") in alike(found)
