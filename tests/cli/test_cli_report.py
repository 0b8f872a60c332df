"""`course report`: what it writes, and what comes before it."""

import tiny
from classes_in_words import enrol, right, wrong
from terminal import refused

CLASS = {"ada": ([right()], [right()]), "bao": ([right()], [wrong()])}


def test_it_writes_a_page_and_says_what_it_has_no_link_to(at, tiny_class):
    enrol(tiny_class, CLASS)
    code, out, errors = at(tiny_class.root, "report", tiny.NAME)
    assert code == 0, errors
    page = tiny_class.root / "reports" / f"{tiny.NAME}.html"
    assert f"✓ {page}" in out
    assert "2 have no feedback page to link to: `course feedback`" in out
    assert "bao" in page.read_text(encoding="utf-8")
    assert at(tiny_class.root, "feedback", tiny.NAME)[0] == 0
    code, out, _ = at(tiny_class.root, "report", tiny.NAME, "--to", "../elsewhere/page.html")
    assert (code, "to link to" in out) == (0, False)
    page = tiny_class.root.parent / "elsewhere" / "page.html"
    assert f'href="../{tiny_class.root.name}/feedback/ada/' in page.read_text(encoding="utf-8")


def test_several_notebooks_are_one_page_with_one_row_a_student(at, later, tmp_path):
    enrol(later, CLASS)
    code, _, errors = at(later.root, "report", tiny.NAME, tiny.LATER, "--to", str(tmp_path / "both.html"))
    assert code == 0, errors
    text = (tmp_path / "both.html").read_text(encoding="utf-8")
    assert text.count('<tr id="student-') == 2
    assert f'<h2 id="{tiny.LATER}">' in text
    assert "Nobody has handed in anything that is graded." in text


def test_what_comes_first_is_a_sentence(at, tiny_course, tmp_path):
    refused(at(tiny_course.root, "report", tiny.NAME), "there are no grades yet", "course grade")
    refused(at(tiny_course.root, "report", "01_smal"), "did you mean 01_small?")
    manifest = tiny_course.root / "course.toml"
    manifest.write_text(manifest.read_text().replace('checks = "layers"\n', ""))
    refused(at(tiny_course.root, "report", tiny.NAME), "01_small is not graded")


def test_a_page_that_cannot_be_written_is_a_sentence(at, tiny_class):
    enrol(tiny_class, CLASS)
    (tiny_class.root / "reports").write_text("a file")
    refused(at(tiny_class.root, "report", tiny.NAME), "cannot be written")
