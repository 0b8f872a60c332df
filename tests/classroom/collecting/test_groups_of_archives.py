"""One hand-in for several students: whose it is, and what becomes of it where they do not agree."""

from __future__ import annotations

import pytest
from exports import NAME, course_of_two, known_of, make_zip, planned, submitted, take, time_of

from autograder.classroom.students import rename
from autograder.course.groups import groups_of, together
from autograder.course.manifest import Course
from course_utils.errors import CourseError

ROSTER = "id,name,canvas,group\nann,Ann-Marie Smith,11,Red\nbo,Bo Li,12,Red\ncy,Cy Young,13,\ndee,Dee Fox,14,Blue\n"
FOLDER = "{}_{}_assignsubmission_file/" + f"{NAME}.ipynb"


@pytest.fixture
def course(tmp_path) -> Course:
    """A course whose first assignment is handed in by groups."""
    course = course_of_two(tmp_path / "course")
    manifest = course.root / "course.toml"
    manifest.write_text(manifest.read_text().replace("points = 1\n", "points = 1\ngroups = true\n", 1))
    (course.root / "roster.csv").write_text(ROSTER)
    return Course(course.root)


def export(tmp_path, *entries):
    return make_zip(tmp_path / "export.zip", [(name, content) for name, content in entries])


def test_one_member_hands_in_for_all(course, tmp_path):
    source = export(
        tmp_path, (f"smithannmarie_11_91_{NAME}.ipynb", b"RED"), (f"youngcy_13_92_{NAME}.ipynb", b"CY")
    )
    assert not take(course, source).refused
    assert submitted(course) == {"ann": b"RED", "bo": b"RED", "cy": b"CY"}
    assert groups_of(course, NAME) == {"ann": "Red", "bo": "Red"}
    assert together(course, NAME, "bo") == ["ann", "bo"]
    assert together(course, NAME, "cy") == ["cy"]


def test_the_table_says_who_is_together_and_who_handed_in(course, tmp_path):
    source = export(tmp_path, (f"smithannmarie_11_91_{NAME}.ipynb", b"RED"))
    with planned(course, course.assignment(NAME), source, known_of(course)) as plan:
        odd = {each.student: each.odd for each in plan.students}
    assert odd == {"ann": ("group Red, with bo",), "bo": ("group Red, with ann", "handed in by ann")}


def test_groups_of_the_roster_count_only_where_the_assignment_is_handed_in_by_groups(course, tmp_path):
    manifest = course.root / "course.toml"
    manifest.write_text(manifest.read_text().replace("groups = true\n", ""))
    take(Course(course.root), export(tmp_path, (f"smithannmarie_11_91_{NAME}.ipynb", b"RED")))
    assert submitted(course) == {"ann": b"RED"}


@pytest.mark.parametrize("name", [f"red/{NAME}.ipynb", "Red.ipynb"])
def test_a_hand_in_may_bear_the_groups_name(course, tmp_path, name):
    collected = take(
        course,
        export(tmp_path, (name, b"RED"), (f"cy/{NAME}.ipynb", b"CY"))
        if "/" in name
        else export(tmp_path, (name, b"RED"), ("cy.ipynb", b"CY")),
    )
    assert submitted(course) == {"ann": b"RED", "bo": b"RED", "cy": b"CY"}, collected.refused


def test_different_work_in_one_group_is_nobodys_unless_it_is_known_which_is_the_last(course, tmp_path):
    source = export(tmp_path, (f"a_11_91_{NAME}.ipynb", b"ONE"), (f"b_12_92_{NAME}.ipynb", b"TWO"))
    refused = dict(take(course, source).refused)
    assert not submitted(course)
    assert "ann, bo of group Red handed in different work" in refused["ann"]
    times = tmp_path / "times.csv"
    times.write_text("student,time\nann,2026-03-01 12:00:00Z\nbo,2026-03-01 13:00:00Z\n")
    assert not take(course, source, times=times).refused
    assert submitted(course) == {"ann": b"TWO", "bo": b"TWO"}
    assert time_of(course, "ann") == time_of(course, "bo") == "2026-03-01 13:00:00 UTC"


def test_the_same_work_of_two_members_was_handed_in_by_the_first(course, tmp_path):
    times = tmp_path / "times.csv"
    times.write_text("student,time\nann,2026-03-01 12:00:00Z\nbo,2026-03-01 13:00:00Z\n")
    take(
        course,
        export(tmp_path, (f"a_11_91_{NAME}.ipynb", b"ONE"), (f"b_12_92_{NAME}.ipynb", b"ONE")),
        times=times,
    )
    assert time_of(course, "bo") == "2026-03-01 12:00:00 UTC"


MOODLE = {
    "Group A-Ann-Marie Smith": b"A",
    "Group A-Bo Li": b"A",
    "Default group-Cy Young": b"C",
}


def moodle(tmp_path, names):
    return export(
        tmp_path, *((FOLDER.format(name, 100 + n), data) for n, (name, data) in enumerate(names.items()))
    )


def test_moodles_groups_are_known_by_the_roster_s_names(course, tmp_path):
    take(course, moodle(tmp_path, MOODLE))
    assert submitted(course) == {"ann": b"A", "bo": b"A", "cy": b"C"}
    assert groups_of(course, NAME) == {"ann": "Group A", "bo": "Group A", "cy": "Default group"}


def test_moodles_groups_are_known_by_the_worksheet(course, tmp_path):
    (course.root / "roster.csv").unlink()
    worksheet = tmp_path / "worksheet.csv"
    rows = [("100", "Ann-Marie Smith", "ann"), ("101", "Bo Li", "bo"), ("102", "Cy Young", "cy")]
    worksheet.write_text(
        "Identifier,Full name,Email address,Status,Grade\n"
        + "".join(f"Participant {number},{name},{who}@uni.example,Submitted,\n" for number, name, who in rows)
    )
    take(course, moodle(tmp_path, MOODLE), worksheet=worksheet)
    assert groups_of(course, NAME)["ann@uni.example"] == "Group A"
    assert together(course, NAME, "bo@uni.example") == ["ann@uni.example", "bo@uni.example"]


@pytest.mark.parametrize("group", ["Group A", "Lab-1 Team"])
def test_moodles_groups_are_known_by_what_their_members_share(course, tmp_path, group):
    (course.root / "roster.csv").unlink()
    hyphen = "Lab-2 Rest" if "-" in group else "Default group"
    names = {f"{group}-Ann Smith": b"A", f"{group}-Bo Li": b"A", f"{hyphen}-Cy Young": b"C"}
    take(course, moodle(tmp_path, names))
    assert submitted(course) == {"ann-smith": b"A", "bo-li": b"A", "cy-young": b"C"}
    assert together(course, NAME, "bo-li") == ["ann-smith", "bo-li"]


@pytest.mark.parametrize(
    "names",
    [
        {"Anne-Marie Smith": b"1", "Anne-Lise Berg": b"2"},
        {"Anne-Marie Smith": b"1", "Anne-Lise Berg": b"1", "Bo Li": b"2"},
        {"Anne-Marie Smith": b"1"},
    ],
)
def test_a_hyphen_alone_makes_no_group(course, tmp_path, names):
    (course.root / "roster.csv").unlink()
    take(course, moodle(tmp_path, names))
    assert len(submitted(course)) == len(names)
    assert groups_of(course, NAME) == {}


def test_a_later_collection_takes_a_student_out_of_the_group_and_a_rename_keeps_it(course, tmp_path):
    take(course, export(tmp_path, (f"a_11_91_{NAME}.ipynb", b"ONE")))
    rename(course, "bo", "robert")
    assert together(course, NAME, "ann") == ["ann", "robert"]
    (course.root / "roster.csv").write_text(
        ROSTER.replace("Bo Li,12,Red", "Bo Li,12,").replace("bo,", "robert,")
    )
    take(course, export(tmp_path, (f"a_11_91_{NAME}.ipynb", b"ONE"), (f"b_12_92_{NAME}.ipynb", b"TWO")))
    assert groups_of(course, NAME) == {"ann": "Red"}
    assert submitted(course) == {"ann": b"ONE", "robert": b"TWO"}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\xff"])
def test_a_list_of_groups_that_is_none_is_a_sentence(course, text):
    (course.root / "groups.csv").write_bytes(text.encode("latin-1") or b"student\nann\n")
    with pytest.raises(CourseError, match=r"groups\.csv cannot be read"):
        groups_of(course, NAME)


def test_groups_that_are_neither_yes_nor_no_are_a_sentence(course):
    manifest = course.root / "course.toml"
    manifest.write_text(manifest.read_text().replace("groups = true", 'groups = "Red"'))
    with pytest.raises(CourseError, match="groups = 'Red' is neither true nor false"):
        Course(course.root).assignment(NAME)
