"""The handbook: made without a warning, every link leads somewhere, nothing comes from a network, nothing gives a solution away."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_output
from places import ROOT

from autograder.course.manifest import Course
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError
from handbook.executed import executed, filled_in
from handbook.executed import page as notebook_page
from handbook.site import build_site

COURSE = Course(ROOT)
# In a process of its own, since one process drives one browser at a time.
PRINT = "import sys; from pathlib import Path; from handbook.pdf import print_pdf; print_pdf(*map(Path, sys.argv[1:]))"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site without the notebooks' outputs, which take minutes."""
    folder = tmp_path_factory.mktemp("handbook")
    return build_site(COURSE, folder / "site", folder / "work", pictures=False).parent


@pytest.fixture(scope="module")
def pages(site):
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in site.rglob("*.html")
    }


def test_every_document_and_every_notebook_has_a_page(pages, site):
    names = {path.relative_to(site).as_posix() for path in pages}
    documents = [path.relative_to(ROOT) for path in [*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")]]
    assert {path.with_suffix(".html").as_posix() for path in documents} <= names
    assert {f"assignments/{a.name}/{a.name}.html" for a in COURSE.assignments} <= names


def test_every_page_can_be_reached_from_the_first(pages, site):
    waiting, reached = [site / "index.html"], {site / "search.html"}
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += [target for target, _ in links(path, pages[path]) if target in pages]
    assert set(pages) == reached


def test_every_link_within_leads_to_a_place_that_is_there(pages):
    broken = []
    for path, soup in pages.items():
        for target, anchor in links(path, soup):
            if not target.exists():
                broken.append((path.name, target))
            elif anchor and target in pages and not pages[target].find(id=anchor):
                broken.append((path.name, f"{target.name}#{anchor}"))
    assert broken == []


def test_no_page_needs_a_network(pages, site):
    for path, soup in pages.items():
        loaded = [tag["src"] for tag in soup.select("[src]")] + [
            tag["href"] for tag in soup.select("link[href]")
        ]
        assert [address for address in loaded if address.startswith(("http:", "https:", "//"))] == [], path
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r"url\(.?http|@import", text), sheet


def test_formulas_bring_what_draws_them(pages, site):
    path = site / "assignments" / "05_optimizers" / "05_optimizers.html"
    soup = pages[path]
    assert len(soup.select(".math")) > 50
    [drawing] = [tag["src"] for tag in soup.select("script[src]") if "tex-svg" in tag["src"]]
    assert (path.parent / urlsplit(drawing).path).is_file()


@pytest.mark.browser
@pytest.mark.slow
def test_from_a_folder_it_is_searched_and_draws_its_formulas_and_asks_for_nothing_else(site, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / "search.html").as_uri() + "?q=dropout")
    page.locator("#search-results li a", has_text="3 · Regularization").click()
    page.locator("mjx-container svg").first.wait_for()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_is_printed_with_its_formulas_and_an_outline(browser, site, tmp_path):
    program = [sys.executable, "-c", PRINT, site / "docs" / "gradcheck.html", tmp_path / "one.pdf"]
    subprocess.run(program, cwd=ROOT, check=True, timeout=120)
    data = (tmp_path / "one.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert b"/Outlines" in data


@pytest.mark.browser
@pytest.mark.slow
def test_formulas_are_printed_without_strokes_which_a_pdf_draws_even_at_width_0(site, page):
    page.goto((site / "assignments" / "05_optimizers" / "05_optimizers.html").as_uri())
    page.locator("mjx-container svg use").first.wait_for(state="attached")
    page.emulate_media(media="print")
    strokes = page.locator("mjx-container svg :is(use, rect)").evaluate_all(
        "all => all.map(each => getComputedStyle(each).stroke)"
    )
    assert set(strokes) == {"none"}


def links(path: Path, soup: BeautifulSoup):
    """The links of a page that stay within the site: the file and the place in it."""
    for tag in soup.select("a[href]"):
        parts = urlsplit(tag["href"])
        if not parts.scheme and not parts.netloc:
            yield (
                (path.parent / unquote(parts.path)).resolve() if parts.path else path,
                unquote(parts.fragment),
            )


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_a_notebooks_page_shows_what_is_handed_out_and_no_line_of_a_solution(assignment):
    released = notebooks.read(COURSE.released_path(assignment))
    shown = notebook_page(COURSE, assignment, None)
    handed_out = {line.strip() for cell in released.cells for line in cell.source.splitlines()}
    text = {line.strip() for cell in shown.cells for line in cell.source.splitlines()}
    hidden = {
        line.strip()
        for name, cell in notebooks.answers(filled_in(COURSE, assignment))
        for line in cell.source.splitlines()
    } - handed_out
    assert hidden or assignment.name == "00_tour"
    assert not hidden & text
    assert handed_out <= text


def test_that_no_browser_can_print_is_said_before_anything_is_run(tiny_course, tmp_path):
    command = [sys.executable, "-m", "handbook", "--pdf"]
    env = {"PATH": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tiny_course.root, env=env, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert re.fullmatch(r"✗ there is no chromium here.* apt install chromium.*\n", ran.stderr)
    assert not (tiny_course.root / "build").exists()


@pytest.fixture
def released(tiny_course):
    """The tiny course, handed out with empty answers and a demo that can be chosen."""

    def release(demo):
        [assignment] = tiny_course.assignments
        notebook = notebooks.read(tiny_course.source(assignment))
        for cell in notebook.cells:
            cell.source = demo if notebooks.has_tag(cell, "demo") else sources.visible_part(cell.source)
        for name, cell in notebooks.answers(notebook):
            cell.source = f"def {name}(): raise NotImplementedError" if cell.cell_type == "code" else "Yours"
        path = tiny_course.released_path(assignment)
        path.parent.mkdir(parents=True, exist_ok=True)
        notebooks.write(notebook, path)
        return tiny_course, assignment

    return release


def test_outputs_come_from_a_run_with_the_answers_but_never_a_warning_that_quotes_them(released, tmp_path):
    demo = "import warnings\nprint('shown', relu_forward(np.array([-1.0, 2.0]))[0])\nwarnings.warn('told')"
    shown = notebook_page(*released(demo), tmp_path)
    [cell] = [cell for cell in shown.cells if notebooks.has_tag(cell, "demo")]
    assert [output.text for output in cell.outputs] == ["shown [0. 2.]\n"]
    assert not any("maximum" in cell.source for cell in shown.cells)


def test_a_notebook_is_run_again_only_where_it_changed(released, tmp_path):
    executed(*released("print(1)"), tmp_path)
    [kept] = tmp_path.glob("*.ipynb")
    ran = notebooks.read(kept)
    ran.cells[-1].outputs = [new_output("stream", text="kept\n")]
    notebooks.write(ran, kept)
    assert executed(*released("print(1)"), tmp_path).cells[-1].outputs[0].text == "kept\n"
    assert executed(*released("print(2)"), tmp_path).cells[-1].outputs[0].text == "2\n"


def test_a_notebook_that_does_not_run_is_a_sentence(released, tmp_path):
    with pytest.raises(CourseError, match=r"stopped with ValueError: odd; run .* mend the cell"):
        executed(*released("raise ValueError('odd')"), tmp_path)
