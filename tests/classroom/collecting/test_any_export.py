"""Whatever a class is called and whatever it hands in: each student's own bytes, or a refusal by name, and nobody else's."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from exports import NAME, NOTEBOOK, OTHER, course_of_two, make_zip, submitted, take
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from autograder.classroom.collecting.people import ascii_name, name_id
from course_utils.errors import CourseError

WORDS = [
    "ann",
    "Ann",
    "ANN",
    "bob",
    "LATE",
    "anon",
    "text",
    "01",
    "01_layers",
    OTHER,
    "2026-03-01",
    "2026_03_01",
    "3",
    "12",
    "9001",
]
PIECES = st.sampled_from(
    [*WORDS, "_", "_", "-", " ", ", ", ".", "(", ")", "+", "é", "e\u0301", "安", "\u202e", "assignsubmission"]
)
PIECES |= st.text(max_size=3)
# Names that a student gives to a file or a folder, others' entries among them; a slash makes a folder of its own.
FOREIGN = st.sampled_from([
    "ann_1_9001_01_layers.ipynb", "ann_LATE_2_9001_01_layers.ipynb", "anon_abcde_9_01_layers.ipynb", "1_2_01_layers.ipynb",
    "Ann Example_4711_assignsubmission_file/01_layers.ipynb", "ann/01_layers.ipynb", "ANN/01_layers/01_layers.ipynb",
    "hw_ann_attempt_2026-03-01-20-30-10_01_layers.ipynb", "1-2 - ann - Sep 24, 2024 926 PM/01_layers.ipynb",
    "Example, Ann(ann)/Submission attachment(s)/01_layers.ipynb", "01-layers-ann/01_layers.ipynb", "submission_1/01_layers.ipynb",
    "ann+01_layers+2026-03-01 12:00:00 UTC/01_layers.ipynb", "01_layers (1).ipynb", "timestamp.txt", "02_batchnorm/01_layers.ipynb",
])  # fmt: skip
UNSAFE = '/\\:*?"<>|\0'


def name_of(pieces: list[str]) -> str:
    return "".join(c for c in "".join(pieces) if c not in UNSAFE and not 0xD800 <= ord(c) < 0xE000).strip(
        ". "
    )


NAMES = st.lists(PIECES, min_size=1, max_size=6).map(name_of).filter(bool)


@dataclass(frozen=True)
class Student:
    """One of a class: what a platform knows, and what was handed in beside the notebook."""

    name: str
    login: str
    number: int
    extra: tuple[str, ...]

    @property
    def own(self) -> bytes:
        return f"{self.number}".encode()


def canvas_name(name: str) -> str:
    """As Canvas makes one: no number between underscores, small, and of word characters alone."""
    import re

    name = re.sub(r"_(\d+)_", r"\1", name)
    return "".join(c for c in name.lower() if c.isalnum() or c == "_") or "x"


def moodle_name(name: str) -> str:
    return name.replace("_", " ").strip() or "x"


def github_login(student: Student) -> str:
    """Letters, digits and single hyphens within."""
    return "-".join(filter(None, student.login.replace("_", "-").split("-"))) or f"x{student.number}"


# A layout: the path of a file that a student gave a name, and the id that the student has to have.
LAYOUTS: dict[str, tuple[Callable[[Student, str], str], Callable[[Student], str | None]]] = {
    "Canvas": (
        lambda s, file: f"{canvas_name(s.name)}{'_LATE' * (s.number % 2)}_{s.number}_{s.number + 5000}_{file.replace('/', '_')}",
        lambda s: f"{ascii_name(canvas_name(s.name))[:40]}_{s.number}".removeprefix("_"),
    ),
    "Moodle": (lambda s, file: f"{moodle_name(s.name)}_{s.number}_assignsubmission_file/{file}", lambda s: name_id(moodle_name(s.name)) or None),
    "Moodle, flat": (
        lambda s, file: f"{moodle_name(s.name)}_{s.number}_assignsubmission_file_{file.replace('/', '_')}",
        lambda s: name_id(moodle_name(s.name)) or None,
    ),
    "Blackboard": (lambda s, file: f"HW 1_{s.login}_attempt_2026-03-01-20-30-10_{file.replace('/', '_')}", lambda s: s.login),
    "Brightspace": (lambda s, file: f"{s.number}-77 - {s.name} - Sep 24, 2024 926 PM/{file}", lambda s: name_id(s.name) or None),
    "GitHub": (lambda s, file: f"hw-submissions/hw-{github_login(s)}/{file}", lambda s: github_login(s)),
    "ILIAS": (lambda s, file: f"Abgaben/{s.name}_{s.login}_x_{s.number}/{file}", lambda s: None),
    "Sakai": (lambda s, file: f"HW/{s.name}({s.login})/Submission attachment(s)/{file}", lambda s: s.login),
    "exchange": (lambda s, file: f"{s.login}+{NAME}+2026-03-01 12:00:00 UTC+x/{file}", lambda s: s.login),
    "folders": (lambda s, file: f"{s.login}/{file}", lambda s: s.login),
}  # fmt: skip


@st.composite
def classes(draw: st.DrawFn) -> list[Student]:
    numbers = draw(st.lists(st.integers(1, 30), min_size=1, max_size=5, unique=True))
    logins = st.lists(
        st.sampled_from(["ann", "Ann", "b", "bob", "van", "3", "12", "_", "_", "-"]), min_size=1, max_size=4
    ).map("".join)
    names = [draw(NAMES) for _ in numbers]
    chosen = draw(st.lists(logins, min_size=len(numbers), max_size=len(numbers), unique=True))
    return [
        Student(name, login, number, tuple(draw(st.lists(FOREIGN, max_size=2, unique=True))))
        for name, login, number in zip(names, chosen, numbers, strict=True)
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(members=classes(), named=st.booleans())
@example(
    members=[Student("ann", "ann", 1, ()), Student("_.ann", "Ann", 3, ())], named=False
)  # a hidden folder
@example(members=[Student("ann" * 16, "ann", 1, ())], named=False)  # longer than an id's part of letters
def test_no_export_puts_a_file_under_the_wrong_student(layout, members, named):
    path, identify = LAYOUTS[layout]
    files = []
    for each in members:
        file = f"{NAME}.ipynb" if named else f"{each.number}_2026_layers.ipynb"
        files += [(path(each, name), each.own) for name in (file, *each.extra)]
    with tempfile.TemporaryDirectory() as folder:
        course = course_of_two(Path(folder) / "course")
        if len({path(each, "x") for each in members}) < len(members):  # no platform gives one name to two
            return
        if len({name for name, _ in files}) < len(files):  # and a file system keeps one of two
            return
        if (
            layout == "folders" and len(members) == 1
        ):  # one folder of notebooks may as well be one of students
            return
        try:
            result = take(course, make_zip(Path(folder) / "a.zip", files))
        except CourseError:
            assert submitted(course) == {}
            return
        collected = submitted(course)
    assert len(set(collected.values())) == len(collected)  # nobody's work under two names
    by_own = {each.own: each for each in members}
    for student, own in collected.items():
        expected = identify(by_own[own])
        assert expected is None or student == expected, (student, by_own[own])
    refused = " ".join(name for name, _ in result.refused)
    missing = len(members) - len(collected)
    assert missing == 0 or refused


# The column of a roster, and what a platform says of a student there.
COLUMNS: dict[str, tuple[str, Callable[[Student], str]]] = {
    "Canvas": ("canvas", lambda s: str(s.number)),
    "Blackboard": ("blackboard", lambda s: s.login.lower()),
    "GitHub": ("github", lambda s: github_login(s).lower()),
    "ILIAS": ("ilias", lambda s: str(s.number)),
    "Sakai": ("sakai", lambda s: s.login.lower()),
}


@pytest.mark.parametrize("layout", COLUMNS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(members=[Student("anon", "ann", 2, ())])
@given(members=classes())
def test_a_roster_puts_no_file_under_the_wrong_student_either(layout, members):
    (path, _), (column, told) = LAYOUTS[layout], COLUMNS[layout]
    if len({told(each) for each in members}) < len(members):
        return
    files = [(path(each, f"{NAME}.ipynb"), each.own) for each in members]
    with tempfile.TemporaryDirectory() as folder:
        course = course_of_two(Path(folder) / "course")
        rows = [f"student{each.number},{told(each)}" for each in members]
        (course.root / "roster.csv").write_text("\n".join([f"id,{column}", *rows]), encoding="utf-8")
        try:
            result = take(course, make_zip(Path(folder) / "a.zip", files))
        except CourseError:
            assert submitted(course) == {}
            return
        collected = submitted(course)
    assert collected.items() <= {f"student{each.number}": each.own for each in members}.items()
    assert len(collected) + len(result.refused) == len(members)


@settings(max_examples=50, deadline=None)
@given(data=st.binary(min_size=1, max_size=30), place=st.integers(0, 10_000), cut=st.integers(0, 400))
def test_damage_anywhere_in_an_archive_ends_in_a_sentence(data, place, cut):
    with tempfile.TemporaryDirectory() as folder:
        archive = make_zip(
            Path(folder) / "a.zip", [("ann/01_layers.ipynb", NOTEBOOK * 3), ("bob.ipynb", b"bob" * 90)]
        )
        whole = archive.read_bytes()
        place %= len(whole)
        archive.write_bytes(
            (whole[:place] + data + whole[place + len(data) :])[: len(whole) - cut * (cut % 5 == 0)]
        )
        course = course_of_two(Path(folder) / "course")
        try:
            take(course, archive)
        except CourseError as error:
            assert str(error).isprintable()  # noqa: PT017 (a sentence, or nothing at all)
        for own in submitted(course).values():
            assert own in (NOTEBOOK * 3, b"bob" * 90)


def test_the_layouts_here_are_recognised(tmp_path):
    """So that the property above is about them and not about refusals alone."""
    for number, (layout, (path, identify)) in enumerate(LAYOUTS.items()):
        course = course_of_two(tmp_path / str(number))
        members = [Student("Ann Example", "ann", 1, ()), Student("Bo Beispiel", "bob", 2, ())]
        archive = make_zip(
            tmp_path / f"{number}.zip", [(path(each, f"{NAME}.ipynb"), each.own) for each in members]
        )
        assert len(take(course, archive).students) == 2, layout
        assert all(identify(each) in (None, *submitted(course)) for each in members)
        assert zipfile.is_zipfile(archive)
