"""Feedback pages: the reasons are there; hidden tests, scripts and terminal tricks are not."""

import re
from html.parser import HTMLParser

import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.marks import write_verdicts
from autograder.nbgrader_bridge.feedback_page import FeedbackExporter
from autograder.sandbox.bubblewrap import Sandbox
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.compare import Failure
from course_utils.submission.rebuild import NOTES_ID
from course_utils.text import plain

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x1b]0;owned\x07\u202egnp.exe"


def graded_notebook(
    source="def f(x):\n    return x", message="f is wrong at [0]", sandbox=Sandbox.BUBBLEWRAP
):
    def cell(kind, text, **settings):
        made = new_code_cell(text) if kind == "code" else new_markdown_cell(text)
        made.metadata["nbgrader"] = {
            "schema_version": 3,
            "solution": False,
            "grade": False,
            "locked": True,
        } | settings
        return made

    notebook = new_notebook(
        cells=[
            new_markdown_cell("**Notes from grading**\n\n- The cell `f` was missing. " + source, id=NOTES_ID),
            cell("code", source, grade_id="f", solution=True),
            cell(
                "code",
                'check(f)\n### BEGIN HIDDEN TESTS\ngrade("f")\n### END HIDDEN TESTS',
                grade_id="test_f",
                grade=True,
                points=4,
                score=2.0,
            ),
            cell(
                "markdown",
                source,
                grade_id="answer_f",
                solution=True,
                grade=True,
                points=2,
                waiting=True,
                comment=message,
            ),
        ]
    )
    notebook.metadata["grading"] = {"notes": ["The cell `f` was missing. " + source]}
    failed = Case("two", outcome=Outcome.WRONG, failure=Failure(message))
    write_verdicts(notebook, {"f": Verdict("f", 7, [Case("one", outcome=Outcome.PASSED), failed])}, sandbox)
    return notebook


def page(notebook, student="ann"):
    marks = {"assignment": "01_layers", "student": student, "score": 2.0, "max_score": 6.0, "late_penalty": 0}
    return FeedbackExporter().from_notebook_node(notebook, {"nbgrader": marks})[0]


class Seen(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_page_says_what_was_lost_and_why():
    text = page(graded_notebook())
    for said in (
        "2 <small>of 6 points; 2 of them for written answers",
        "two: f is wrong at [0]",
        "2 / 4",
        "was missing",
    ):
        assert said in text


def test_page_says_when_there_was_no_sandbox():
    assert "Graded without a sandbox" in page(graded_notebook(sandbox=Sandbox.NONE))
    assert "sandbox" not in page(graded_notebook())


def test_hidden_tests_and_seeds_stay_hidden():
    text = page(graded_notebook())
    assert "HIDDEN" not in text
    assert "grade(" not in text
    assert "seed" not in text


@pytest.mark.parametrize("where", ["source", "message"])
def test_what_a_student_wrote_is_never_active(where):
    notebook = graded_notebook(**{where: HOSTILE})
    text = page(notebook, student=HOSTILE)
    seen = Seen(text)
    assert not {"script", "img", "iframe", "object", "form", "svg"} & {tag for tag, _ in seen.tags}
    assert not [name for _, attrs in seen.tags for name in attrs if name.startswith("on")]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", text)
    assert "alert(1)" in re.sub(r"<[^>]*>", "", text)  # shown as text, not swallowed


def test_policy_forbids_everything_but_the_pages_own_style():
    [policy] = [
        attrs["content"]
        for tag, attrs in Seen(page(graded_notebook())).tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.split("; ")[0] == "default-src 'none'"
    assert "script" not in policy


def test_page_fetches_nothing():
    assert not [
        value
        for _, attrs in Seen(page(graded_notebook())).tags
        for name, value in attrs.items()
        if name in ("src", "href", "srcset", "data") and not value.startswith("#")
    ]


def test_a_written_answer_keeps_its_name_whatever_it_says():
    text = page(graded_notebook(source='As you see:\ngrade("f")\n'))
    assert text.count('<details id="f"') == text.count('<details id="answer_f"') == 1
    assert "As you see:\ngrade(&#34;f&#34;)" in text


def test_code_has_colours():
    text = page(graded_notebook())
    assert re.search(r'<span style="[^"]*color[^"]*">def</span>', text)
    assert "without colours" not in text


def test_code_whose_colours_take_too_long_has_none_and_the_next_page_has():
    notebook = graded_notebook(source="<b>" + " \n" * 50_000)
    notebook.cells += [NotebookNode(notebook.cells[2], id=f"again-{number}") for number in range(30)]
    text = page(notebook)
    assert "Your code is shown without colours" in text
    assert "<pre>&lt;b&gt;" in text
    assert "without colours" not in page(graded_notebook())


def test_plain_text_keeps_lines_and_letters():
    assert plain("ü\tx\ny\x1b[31mred\x1b[0m\x00") == "ü\tx\nyred"


@pytest.mark.parametrize("text", ["+" * 199_000, "x" * 199_000, "\\begin{a}\n" * 19_000, "\n" * 199_000])
def test_a_page_is_not_much_larger_than_what_is_worth_reading(text):
    notebook = graded_notebook(source=text, message=text[:2000])
    notebook.metadata["grading"]["notes"] = []
    shown = page(notebook)
    assert len(shown) < 1_500_000
    assert "more characters of what was handed in" in shown
