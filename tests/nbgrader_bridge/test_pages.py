"""The formgrader's page of one submission, as its server makes it: whatever a student wrote, it comes, and soon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
from bs4 import BeautifulSoup
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from places import ROOT
from traitlets.config import Config

from autograder.course.manifest import Course
from autograder.nbgrader_bridge import pages
from autograder.nbgrader_bridge.marking_page import MarkingExporter
from autograder.nbgrader_bridge.settings import configure
from autograder.sandbox.bounded import Bounded

PLAIN = "Shown as plain text"
# Each took the square of its length in a library; as long, they would take minutes.
ENDLESS = {
    "clean_markdown": "\\begin{a}" * 20_000,
    "colour": " \n" * 50_000,
    "printed": "\x1b[31m" * 1_000_000,
    "clean": "<a><b>" * 100_000,
}


@pytest.fixture
def exporter(tmp_path: Path) -> MarkingExporter:
    """The formgrader's, set up as it does it."""
    course = tiny.make_course(tmp_path / "course")
    config = configure(Config(), course.root)
    return MarkingExporter(config=config)


def page(exporter: MarkingExporter, notebook: NotebookNode) -> str:
    names = (
        "assignment_id",
        "notebook_id",
        "student",
        "last_name",
        "first_name",
        "notebook_path",
        "base_url",
    )
    resources = dict.fromkeys(names, "x") | {"submission_id": "1", "index": 0, "total": 1}
    return exporter.from_notebook_node(notebook, resources=resources)[0]


def test_an_honest_page_has_its_formulas_colours_and_outputs(exporter: MarkingExporter) -> None:
    notebook = tiny.first_notebook()
    notebook.cells.insert(0, new_markdown_cell("# A *title* with $x_1$\n\n<details>more</details>"))
    notebook.cells[4].outputs = [
        new_output("stream", text="\x1b[31mred\x1b[0m <b>"),
        new_output("display_data", {"text/html": "<table><tr><td>7</td></tr></table>"}),
    ]
    text = page(exporter, notebook)
    assert PLAIN not in text
    for part in (
        "<em>title</em> with $x_1$",
        "<details>more</details>",
        '<span class="k">def</span>',
        '<span class="ansi-red-fg">red</span> &lt;b&gt;',
        "<td>7</td>",
    ):
        assert part in text


def test_no_output_acts_and_every_picture_has_a_description(exporter: MarkingExporter) -> None:
    notebook = tiny.first_notebook()
    act = "window.attacked = true"
    of_size = {"width": f"1 onerror={act}", "height": f"1 onload={act}", "alt": f'x" onload="{act}'}
    outputs: list[tuple[str, str, dict[str, dict[str, str]]]] = [
        ("application/javascript", act, {}),
        ("text/html", f"<script>{act}</script><img src=x onerror='{act}'>", {}),
        ("text/html", f"<script>{act}</script>", {"text/html": {"isolated": "1"}}),
        ("image/svg+xml", f"<svg onload='{act}'><script>{act}</script></svg>", {}),
        ("image/png", f'x" onload="{act}', {"image/png": of_size}),
        ("image/jpeg", "x", {"image/jpeg": of_size}),
        ("image/png", "x", {}),
    ]
    shown = [new_output("display_data", {kind: data}, metadata=more) for kind, data, more in outputs]
    notebook.cells[4].outputs = shown
    soup = BeautifulSoup(page(exporter, notebook), "html.parser").select_one("#notebook")
    assert soup is not None
    acting = [each for each in soup.find_all(True) if any(name.startswith("on") for name in each.attrs)]
    assert acting == [] == soup.find_all(["script", "svg"])
    pictures = soup.find_all("img")
    without = "A picture without a description"
    assert [each["alt"] for each in pictures] == [without] * 2 + [of_size["alt"]] * 2 + [without]
    assert [each.get("width") for each in pictures[2:]] == [of_size["width"]] * 2 + [None]


@pytest.fixture
def pages_of_a_second(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each page may take one second of the processor's time, which is enough to see that no more is given."""
    with Bounded("autograder.nbgrader_bridge.markup", seconds=1, memory_bytes=2 * 2**30) as markup:
        monkeypatch.setattr(pages, "_markup", markup)
        monkeypatch.setattr(pages, "_PAGE_SECONDS", 1)
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("pages_of_a_second")
@pytest.mark.parametrize("function", ENDLESS)
def test_what_takes_too_long_is_shown_as_plain_text_until_the_next_page(function: str) -> None:
    pages.new_page(Course(ROOT), NotebookNode(cells=[]), {})
    shown = getattr(pages, function)(ENDLESS[function])
    assert shown.startswith(f"<p>{PLAIN}, since this page takes more than 1 s to format:</p>")
    assert "<b>" not in shown
    assert pages.clean_markdown(f"# *b* {function}").startswith(f"<p>{PLAIN}")
    pages.new_page(Course(ROOT), NotebookNode(cells=[]), {})
    assert "<em>b</em>" in pages.clean_markdown(f"# *b* {function}")


@pytest.mark.slow
def test_a_page_of_endless_texts_comes_and_the_next_is_as_ever(exporter: MarkingExporter) -> None:
    notebook = tiny.first_notebook()
    for cell in notebook.cells:
        cell.source = ENDLESS["colour" if cell.cell_type == "code" else "clean_markdown"][:100_000]
        if cell.cell_type == "code":
            cell.outputs = [
                new_output("stream", text=ENDLESS["printed"][:100_000]),
                new_output("display_data", {"text/html": "<b>" * 3_000}),
            ]
    assert f"{PLAIN}, since this page takes more than 5 s" in page(exporter, notebook)
    assert PLAIN not in page(exporter, tiny.first_notebook())
