"""The report on a class: what it says, whom it names, and that nothing in it is anybody's code."""

import re
import shutil
from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import tiny
from classes_in_words import FLIPPED, Answers, enrol, right, unwritten, wrong
from nbgrader.api import Gradebook

from autograder.classroom.feedback import write_feedback
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.journal import Journal
from autograder.classroom.report import write_report
from autograder.course.manifest import Course

RIGHT = ([right()], [right()])
SIGN = ([right()], [right(), wrong()])
NOTHING = ([unwritten()], [unwritten()])
MOST = {"ada": RIGHT, "bao": SIGN, "chidi": SIGN, "dora": NOTHING, "eve": SIGN, "farah": RIGHT}


@pytest.fixture
def enrolled(tiny_class: Course) -> Callable[[dict[str, Answers]], Course]:
    """Writes the marks of a class."""
    return partial(enrol, tiny_class)


class Parsed(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self._skip = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._skip = tag == "style"

    def handle_endtag(self, tag):
        self._skip = False
        self.text += " " if tag in ("th", "td", "li", "dt", "dd", "p") else ""

    def handle_data(self, data):
        self.text += "" if self._skip else data

    def all(self, tag: str, attribute: str) -> list[str]:
        return [
            attributes[attribute] for name, attributes in self.tags if name == tag and attribute in attributes
        ]


def page(course: Course, **options: object) -> tuple[Path, Parsed, str]:
    report = write_report(course, [course.assignment(tiny.NAME)], **options)
    text = report.path.read_text(encoding="utf-8")
    return report.path, Parsed(text), text


@pytest.fixture(scope="module")
def page_of_most(
    tmp_path_factory: pytest.TempPathFactory, empty_gradebook: Path
) -> tuple[Course, Path, Parsed, str]:
    """A class with feedback and its page, made once; not to be changed."""
    course = tiny.make_course(tmp_path_factory.mktemp("most") / "tiny")
    shutil.copy(empty_gradebook, course.root / "gradebook.db")
    enrol(course, MOST)
    write_feedback(course, course.assignment(tiny.NAME))
    return course, *page(course)


def test_it_has_one_row_a_student_and_one_click_to_the_feedback(page_of_most):
    course, path, parsed, _ = page_of_most
    links = [link for link in parsed.all("a", "href") if not link.startswith("#")]
    assert [Path(path.parent, unquote(link)).resolve() for link in links] == [
        course.root / "feedback" / student / tiny.NAME / f"{tiny.NAME}.html" for student in MOST
    ]
    assert all(Path(path.parent, unquote(link)).is_file() for link in links)
    assert len([tag for tag in parsed.tags if tag[0] == "tr" and "id" in tag[1]]) == len(MOST)


def test_it_says_who_made_which_mistake_and_who_needs_help(page_of_most):
    _, _, parsed, _ = page_of_most
    said = " ".join(parsed.text.split())
    assert f"3 relu_backward {FLIPPED} likely bao, chidi, eve" in said
    assert (
        "dora has 0% of the points that are marked; 3 questions not written, the first is relu_forward"
        in said
    )
    assert (
        f"relu_backward: 4 of 6 lost points here, 10 points in all. 1 of 6 have written nothing that can be read. 3 made the same mistake: {FLIPPED}."
        in said
    )
    assert "6 submissions, 7 points at most." in said


def test_what_was_tried_and_earned_nothing_is_not_called_unwritten(enrolled):
    course = enrolled({"ada": ([right()], [wrong()]), "bao": NOTHING, "chidi": RIGHT})
    _, parsed, _ = page(course)
    [alt] = [alt for alt in parsed.all("img", "alt") if alt.startswith("What became")]
    assert "relu_forward: 2 all points, 1 not written" in alt
    assert "relu_backward: 1 all points, 1 none, 1 not written" in alt
    assert "ada has 29% of the points that are marked; 1 question not written" in " ".join(
        parsed.text.split()
    )


def test_a_mistake_of_many_keeps_its_row_short(enrolled):
    course = enrolled({f"s{number:02}": SIGN for number in range(13)})
    _, parsed, text = page(course)
    assert text.count("<details>") == 1
    assert "<summary>all 13</summary>" in text
    assert parsed.all("a", "href").count("#student-13") == 1


def test_the_pictures_are_in_it_and_told_in_words(page_of_most):
    _, _, parsed, text = page_of_most
    alts = parsed.all("img", "alt")
    assert "Submissions by share of the points. 0–10 %: 1; 50–60 %: 3; 80–90 %: 2. The median is 57%." in alts
    assert any("relu_backward: 2 all points, 3 some, 1 not written" in alt for alt in alts)
    assert any("relu_forward: 83%, +0." in alt for alt in alts)
    sources = parsed.all("img", "src") + parsed.all("source", "srcset")
    assert len(sources) == 2 * len(alts) == 6
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert not re.search(r"<script|<link|<iframe|@import|url\(", text)
    assert "default-src 'none'" in text


def test_names_are_text_whatever_they_are(enrolled):
    course = enrolled({"ada": SIGN, "bao": RIGHT})
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.update_or_create_student(
            "ada", first_name="<script>alert(1)</script>", last_name="\u202eLovelace\x07"
        )
        gradebook.update_or_create_student('x"><img src=q onerror=alert(2)>', first_name="&amp;")
    _, parsed, text = page(course)
    assert "<script" not in text
    assert "<script>alert(1)</script> Lovelace" in parsed.text
    assert 'x"><img src=q onerror=alert(2)>' in parsed.text
    assert not [tag for tag in parsed.tags if any(name.startswith("on") for name in tag[1])]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x07]", text)
    assert "&amp;amp;" in text


def test_what_a_clause_quotes_is_text_too(enrolled):
    course = enrolled({"ada": ([right()], [wrong("<img src=x onerror=alert(1)>")]), "bao": RIGHT})
    _, parsed, _ = page(course)
    assert "<img src=x onerror=alert(1)>" in parsed.text


def test_who_is_on_the_roster_and_has_not_handed_in_is_named(enrolled):
    course = enrolled({"ada": RIGHT})
    (course.root / "roster.csv").write_text("id,name\nada,Ada Lovelace\nzed,Zed Zappa\n", encoding="utf-8")
    _, parsed, _ = page(course)
    said = " ".join(parsed.text.split())
    assert "zed has not handed in" in said
    assert "Not handed in: 1 of 2." in said
    assert "Zed Zappa" in said


def test_a_second_grading_and_a_late_hand_in_are_told(enrolled):
    course = enrolled({"ada": SIGN, "bao": RIGHT})
    path = course.root / "submitted" / "ada" / tiny.NAME
    path.mkdir(parents=True)
    (course.root / "submitted" / "bao" / tiny.NAME).mkdir(parents=True)
    (path / "timestamp.txt").write_text("2026-03-02 14:00:00 UTC")
    manifest = course.root / "course.toml"
    manifest.write_text(f'timezone = "UTC"\n{manifest.read_text()}due = 2026-03-02T12:00:00Z\n')
    enrolled({"ada": RIGHT})
    course = Course(course.root)
    writer = GradebookWriter(course, course.assignment(tiny.NAME))
    list(writer.renew([Journal(course, course.assignment(tiny.NAME)).result("ada")]))
    _, parsed, _ = page(course)
    said = " ".join(parsed.text.split())
    assert "handed in 2026-03-02 14:00; late; 2 gradings" in said
    assert "1 late. Of 1 more than one grading is known." in said
    assert any("2 hours after it was due; 1 of 1 late" in alt for alt in parsed.all("img", "alt"))


@pytest.mark.parametrize(
    "students",
    [{"ada": SIGN}, dict.fromkeys("abcdefg", RIGHT), dict.fromkeys("abcdefg", NOTHING), {}],
    ids=["one", "all right", "nothing written", "nobody"],
)
@pytest.mark.parametrize("anonymous", [False, True])
def test_odd_classes_have_a_page(enrolled, students, anonymous):
    course = enrolled(students)
    _, parsed, _ = page(course, anonymous=anonymous)
    said = " ".join(parsed.text.split())
    if not students:
        assert ("Fewer than 5 have marks" if anonymous else "Nobody has handed in") in said
    assert "nan" not in said
    assert bool(parsed.all("img", "src")) == (len(students) >= 5 or (bool(students) and not anonymous))


def test_what_is_shown_to_the_class_names_nobody_and_tells_nobody_apart(enrolled):
    rare = ([right()], [right(), wrong("a mistake that two made")])
    course = enrolled(MOST | {"gita": rare, "hugo": rare})
    write_feedback(course, course.assignment(tiny.NAME))
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Augusta", last_name="King")
    _, parsed, text = page(course, anonymous=True)
    for student in ("ada", "bao", "chidi", "dora", "farah", "gita", "hugo", "augusta", "king"):
        assert not re.search(rf"\b{student}\b", text, re.IGNORECASE), student
    assert not [link for link in parsed.all("a", "href") if not link.startswith("#")]
    assert 'id="student-' not in text
    said = " ".join(parsed.text.split())
    assert f"3 relu_backward {FLIPPED}" in said
    assert "two made" not in said
    for alt in parsed.all("img", "alt"):
        assert all(int(number) >= 3 for number in re.findall(r"%: (\d+)", alt)), alt
    shares = re.findall(r"(\d+)%", said)
    assert shares
    assert all(int(share) % 5 == 0 for share in shares)


def test_the_same_class_is_the_same_page_whoever_is_who(enrolled):
    course = enrolled({"a": RIGHT, "b": SIGN, "c": SIGN, "d": SIGN, "e": NOTHING})
    *_, one = page(course, anonymous=True)
    enrolled({"e": RIGHT, "d": SIGN, "c": SIGN, "a": SIGN, "b": NOTHING})
    *_, other = page(course, anonymous=True)
    assert one == other
