"""nbgrader's formgrader and a student's notebook, in JupyterLab, in a real browser."""

import shutil
from io import BytesIO

import pytest
from courses import copy_course
from lab import SECONDS, Lab, run_first_cell
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from PIL import Image, ImageStat

from autograder.classroom.release import release
from course_utils.course import notebooks
from course_utils.course.workspace import ensure_copies

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def course(graded_class, tmp_path_factory):
    """A course with notebook 01 released and handed in by three of the class and an attacker, not graded yet."""
    course = copy_course(tmp_path_factory.mktemp("formgrader") / "course")
    assignment = course.assignment("01_layers")
    guide_markers(course.source(assignment))
    release(course, assignment)
    for student in ("emeka", "jonas", "lucia"):
        folder = graded_class.course.folder("submitted", student, assignment)
        shutil.copytree(folder, course.folder("submitted", student, assignment))
    path = course.folder("submitted", "mallory", assignment) / "01_layers.ipynb"
    path.parent.mkdir(parents=True)
    notebooks.write(with_scripts(notebooks.read(course.released_path(assignment))), path)
    ensure_copies(course, assignment)
    return course


def guide_markers(path):
    """Give each answer in words a guide of our own for those who mark."""
    notebook = notebooks.read(path)
    notebook.cells = [cell for cell in notebook.cells if not notebooks.is_guide(cell)]
    for cell in list(filter(notebooks.is_marked_by_hand, notebook.cells)):
        name = notebooks.grade_id(cell)
        guide = new_markdown_cell(f"1 point for $x_1$ in {name}", metadata={"tags": ["guide"]})
        notebook.cells.insert(notebook.cells.index(cell) + 1, guide)
    notebooks.write(notebook, path)


def with_scripts(notebook):
    """A notebook that wants to run scripts in the browser of whoever looks at it."""
    act = "window.attacked = true"
    markup = f"""Seen. <script>{act}</script> <img src="x" onerror="{act}"> <svg onload="{act}"></svg>
<iframe srcdoc="<script>parent.{act}</script>"></iframe> <div class="score" id="test_relu_forward">10</div>"""
    shown = {"text/html": markup, "image/svg+xml": f'<svg onload="{act}"></svg>', "text/markdown": markup}
    code = "".join(
        f"display({{'text/plain': 'p', {kind!r}: {content!r}}}, raw=True)\n"
        for kind, content in shown.items()
    )
    code += f"display({{'application/javascript': {act!r}}}, raw=True)\n"
    for cell in notebook.cells:
        if notebooks.is_answer(cell) and notebooks.settings(cell).get("grade"):
            cell.source = markup
    notebook.cells[2:2] = [new_markdown_cell(markup), new_code_cell(code)]
    return notebook


@pytest.fixture(scope="module")
def lab(course, tmp_path_factory):
    lab = Lab(course.root, tmp_path_factory.mktemp("home"))
    yield lab
    lab.close()


def open_submissions(lab, page):
    """Go to the list of submissions as an instructor does: from the list of assignments."""
    page.goto(lab.url("formgrader/manage_assignments"))
    row = page.locator("tr", has=page.locator("td.name", has_text="01_layers"))
    link = row.locator("td.num-submissions a")
    assert link.inner_text().strip() == "4"
    link.click()
    page.locator("td.student-id", has_text="emeka").wait_for()


def test_the_formgrader_lists_the_assignment_and_its_submissions(lab, page):
    open_submissions(lab, page)
    assert sorted(page.locator("td.student-id").all_inner_texts()) == ["emeka", "jonas", "lucia", "mallory"]


def test_a_student_without_a_name_is_listed_by_the_id(lab, page, course):
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.update_or_create_student("jonas", first_name="Jonas", last_name="Lind")
        gradebook.update_or_create_student("emeka")
    open_submissions(lab, page)
    row = page.locator("tr", has=page.locator("td.student-id", has_text="emeka"))
    assert row.locator("td.student-name").inner_text() == "emeka"
    page.goto(lab.url("formgrader/manage_students"))
    page.locator("td.id", has_text="jonas").wait_for()
    assert {"emeka", "Lind, Jonas"} <= set(page.locator("td.name").all_inner_texts())
    assert "None" not in page.locator("#main-table").inner_text()


def test_where_there_is_no_exchange_the_commands_that_do_without_are_named(lab, page):
    page.goto(lab.url("formgrader/manage_assignments"))
    page.locator("td.name", has_text="01_layers").wait_for()
    assert page.locator(".alert-warning").count() == 0
    if exchange := page.locator("#warning-exchange").all_inner_texts():
        assert "course collect" in exchange[0]


def test_the_formgrader_is_dark_where_the_system_is(lab, browser, course):
    page = browser.new_page(color_scheme="dark")
    page.set_default_timeout(1000 * SECONDS)
    page.goto(lab.url("formgrader/manage_students"))
    page.locator("td.id").first.wait_for()
    with Image.open(BytesIO(page.screenshot())) as picture:
        assert ImageStat.Stat(picture.convert("L")).median[0] < 50
    page.close()


def autograde(lab, page, student):
    """Press the button in a student's row, wait for its end and return the row."""
    open_submissions(lab, page)
    row = page.locator("tr", has=page.locator("td.student-id", has_text=student))
    row.locator("td.autograde a").click()
    row.locator("td.status .label-info, td.status .label-success").wait_for()
    return row


def ensure_autograded(lab, page, student):
    """Autograde what no test before this one did."""
    open_submissions(lab, page)
    row = page.locator("tr", has=page.locator("td.student-id", has_text=student))
    if not row.locator("td.status").locator(".label-info, .label-success").count():
        autograde(lab, page, student)


@pytest.mark.parametrize("student", ["emeka", "jonas", "lucia"])
def test_its_autograde_button_gives_the_marks_of_course_grade(lab, page, course, graded_class, student):
    """To a proper submission, to one whose kernel dies and to one that is no notebook."""
    row = autograde(lab, page, student)
    with Gradebook(course.gradebook_url) as gradebook:
        submission = gradebook.find_submission_notebook("01_layers", "01_layers", student)
        marks = {mark.name: mark.auto_score for mark in submission.grades if mark.cell_type == "code"}
    expected = graded_class.results[student]
    assert marks == {
        f"test_{question}": verdict.points(expected.points[question])
        for question, verdict in expected.verdicts.items()
    }
    assert row.locator("td.score").inner_text().split("/")[0].strip() == f"{expected.score:g}"


def test_nothing_that_a_student_wrote_acts_in_the_instructors_browser(lab, page, course):
    """A script there would have the instructor's own rights on the server, and so on the machine."""
    ensure_autograded(lab, page, "mallory")
    with Gradebook(course.gradebook_url) as gradebook:
        number = gradebook.find_submission_notebook("01_layers", "01_layers", "mallory").id
    page.goto(lab.url(f"formgrader/submissions/{number}/"))
    page.locator("text=Seen.").first.wait_for()
    page.wait_for_load_state("load")
    assert page.evaluate("window.attacked") is None
    written = page.locator("#notebook").first.inner_text()
    assert written.count("<script>window.attacked = true</script>") >= 3
    assert page.locator("#notebook iframe, #notebook img[onerror], #notebook svg").count() == 0
    assert page.locator("#test_relu_forward").evaluate_all("all => all.map(each => each.tagName)") == [
        "INPUT"
    ]


def test_formulas_hints_and_model_answers_are_there_without_a_network(lab, page, course):
    ensure_autograded(lab, page, "emeka")
    with Gradebook(course.gradebook_url) as gradebook:
        number = gradebook.find_submission_notebook("01_layers", "01_layers", "emeka").id
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(lab.url(f"formgrader/submissions/{number}/"))
    page.wait_for_function("window.MathJax && MathJax.loaded === true && formgrader.loaded")
    assert {url for url in asked if not url.startswith((lab.address, "data:"))} == set()
    assert page.locator("#notebook .MathJax, #notebook .mjx-chtml").count() > 20
    hint = page.locator("#notebook details:not(.model-answer)").first
    page.wait_for_function("$(':animated').length === 0")  # the page scrolls to the first field
    hint.locator("summary").click()
    page.wait_for_function("document.querySelector('#notebook details:not(.model-answer)').open")
    assert len(hint.inner_text()) > len(hint.locator("summary").inner_text()) + 20
    solution = notebooks.read(course.source(course.assignment("01_layers")))
    written = [cell for _, cell in notebooks.answers(solution) if notebooks.settings(cell).get("grade")]
    answers = page.locator("details.model-answer").all_inner_texts()
    assert len(answers) == len(written) > 0
    assert all(len(answer) > 40 for answer in answers)
    guides = page.locator("details.marking-guide")
    assert [f"in {notebooks.grade_id(cell)}" in guides.nth(n).inner_text() for n, cell in enumerate(written)]
    assert guides.locator(".MathJax, .mjx-chtml").count() >= len(written)
    answer, beside = page.locator(".marking-row").first.locator("> *").all()
    assert beside.bounding_box()["x"] >= answer.bounding_box()["x"] + answer.bounding_box()["width"]
    page.keyboard.press("Control+.")
    page.wait_for_url(lambda url: number not in url)


def waits(page):
    """How many answers wait for a mark, by question, as the page says it."""
    page.locator("#by-question").wait_for()
    page.wait_for_function("MathJax.loaded === true && formgrader.grades.loaded")
    links = page.locator("#by-question a").all_inner_texts()
    return {name: int(count) for name, count in (link.split(": ") for link in links)}


def mark(page, question, points):
    """Type a mark into the field that has the cursor, which is a question's, and go on by the key."""
    page.wait_for_function(f"document.activeElement.id === '{question}'")
    page.keyboard.type(points)
    before = page.evaluate("submission_id")
    page.keyboard.press("Control+Enter")
    page.wait_for_function(f"window.submission_id && submission_id !== '{before}'")


def test_one_question_after_the_other_is_marked_by_one_key(lab, page, course):
    for student in ("emeka", "mallory"):
        ensure_autograded(lab, page, student)
    with Gradebook(course.gradebook_url) as gradebook:
        found = [
            gradebook.find_submission_notebook("01_layers", "01_layers", s) for s in ("emeka", "mallory")
        ]
        first = min(each.id for each in found)
    page.goto(lab.url(f"formgrader/submissions/{first}/"))
    before = waits(page)
    sharing, activations = list(before)[:2]
    page.locator("#by-question a", has_text=sharing).click()
    page.wait_for_url("**/?index=*")
    assert waits(page) == before
    for left in range(before[sharing] - 1, -1, -1):
        mark(page, sharing, "1")
        assert waits(page).get(sharing, 0) == left
    assert page.locator("#by-question span", has_text=sharing).inner_text() == f"{sharing}: ✓"
    page.wait_for_function(f"document.activeElement.id === '{activations}'")
    page.keyboard.press("Control+Shift+Enter")
    page.wait_for_function(f"document.activeElement.id === '{list(before)[2]}'")
    with Gradebook(course.gradebook_url) as gradebook:
        marks = [
            gradebook.find_grade(sharing, "01_layers", "01_layers", s).manual_score
            for s in ("emeka", "mallory")
        ]
    assert marks == [1, 1]


def test_a_students_notebook_opens_and_a_cell_runs(lab, page, course):
    page.goto(lab.url("lab/tree/work/01_layers/01_layers.ipynb"))
    run_first_cell(page)
    setup = page.locator(".jp-Notebook .jp-CodeCell").first
    setup.locator(".jp-InputPrompt", has_text="[1]:").wait_for()
    assert setup.locator(".jp-OutputArea-output[data-mime-type*='stderr']").count() == 0
