"""Folders and files named after students: the outermost name is the student's, and what lies deeper stays there."""

import pytest
from exports import make_folder, make_zip, submitted, take

from course_utils.errors import CourseError

# Names in an archive, each with the student whose notebook it is, or None for what is left out.
ARCHIVES = {
    "files": {"ann.ipynb": "ann", "bob.ipynb": "bob"},
    "folders": {"ann/01_layers.ipynb": "ann", "bob/my work.ipynb": "bob"},
    "one student": {"ann/my work.ipynb": "ann", "ann/notes.txt": None},
    "one student, nbgrader's way": {"export/ann/01_layers/01_layers.ipynb": "ann"},
    "one student's file in a folder": {"submissions/ann.ipynb": "ann"},
    "a folder around files": {"submissions/ann.ipynb": "ann", "submissions/bob.ipynb": "bob"},
    "folders around folders": {"a/b/01_layers/ann/x.ipynb": "ann", "a/b/01_layers/bob/01_layers.ipynb": "bob"},
    "dates": {"ann/layers_2026_03_15.ipynb": "ann", "bob/layers_2026_03_16.ipynb": "bob"},
    "names with the assignment's": {"ann_01_layers.ipynb": "ann", "01_layers-bob.ipynb": "bob"},
    "all assignments": {
        "01_layers/ann/01_layers.ipynb": "ann",
        "02_batchnorm/ann/02_batchnorm.ipynb": None,
        "01_layers/bob/x.ipynb": "bob",
    },
    "students with all assignments": {
        "ann/02_batchnorm/01_layers.ipynb": None,
        "ann/01_layers/01_layers.ipynb": "ann",
        "bob/02_batchnorm.ipynb": None,
        "bob/layers.ipynb": "bob",
    },
    "home folders": {
        "homes/a/nb/mine/01_layers/01_layers.ipynb": "a",
        "homes/b/nb/mine/01_layers/01_layers.ipynb": "b",
    },
    "a copy that lies deeper": {"ann/01_layers.ipynb": "ann", "ann/old/01_layers.ipynb": None, "bob/x.ipynb": "bob"},
    "a neighbour's folder": {"one/other/01_layers.ipynb": "one", "other/01_layers.ipynb": "other"},
    "a neighbour's name of a platform": {"one/other_12_34_01_layers.ipynb": "one", "other/01_layers.ipynb": "other"},
    "a neighbour's name in capitals": {"one/OTHER/01_layers.ipynb": "one", "other/01_layers.ipynb": "other"},
    "a neighbour's and one's own": {
        "one/01_layers.ipynb": "one",
        "one/Other Name_4711_assignsubmission_file/01_layers.ipynb": None,
        "other/01_layers.ipynb": "other",
    },
}  # fmt: skip


@pytest.mark.parametrize("make", [make_zip, make_folder])
@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_the_outermost_name_is_the_students(course, tmp_path, make, archive):
    result = take(course, make(tmp_path / "all", [(name, name.encode()) for name in archive]))
    assert submitted(course) == {student: name.encode() for name, student in archive.items() if student}
    assert result.refused == []


# What is refused of an archive, by name, beside what is collected.
REFUSED = {
    "case twins": ({"Ann.ipynb", "ann.ipynb", "bob.ipynb"}, {"bob"}, "would be the same student"),
    "a file and a folder": ({"ann.ipynb", "ann/x.ipynb", "bob.ipynb"}, {"bob"}, "would be the same student"),
    "two notebooks": ({"ann/one.ipynb", "ann/two.ipynb", "bob.ipynb"}, {"bob"}, "nobody can say which of its notebooks counts"),
    "two sections": ({"s1/ann/01_layers.ipynb", "s1/bob/01_layers.ipynb", "cy/x.ipynb"}, {"cy"}, "several folders hold"),
    "a list beside": ({"README.md", "hw/ann.ipynb", "hw/bob.ipynb"}, {"ann", "bob"}, "lies in no student's folder"),
    "a list beside folders": ({"README.md", "hw/ann/x.ipynb", "hw/bob/x.ipynb"}, {"ann", "bob"}, "lies in no student's folder"),
    "packed": ({"ann.zip", "bob.ipynb"}, {"bob"}, "ask for the notebook itself"),
    "packed within": ({"ann/work.zip", "bob.ipynb"}, {"bob"}, "ask for the notebook itself"),
    "an assignment": ({"01_layers/x.ipynb", "ann.ipynb"}, {"ann"}, "named after an assignment"),
    "a wrapper": ({"submitted/ann/x.ipynb", "bob.ipynb"}, {"bob"}, "collect it by itself"),
    "a solution beside": ({"submissions/01_layers.ipynb", "submissions/ann.ipynb"}, {"ann"}, "nothing says whose it is"),
}  # fmt: skip


@pytest.mark.parametrize(("names", "students", "said"), REFUSED.values(), ids=REFUSED)
def test_two_claims_and_what_is_nobodys_are_refused_by_name(course, tmp_path, names, students, said):
    result = take(course, make_zip(tmp_path / "all.zip", [(name, name.encode()) for name in sorted(names)]))
    assert set(submitted(course)) == students
    assert result.refused
    assert all(said in reason for _, reason in result.refused), result.refused


@pytest.mark.parametrize(
    "names",
    [
        ["homes/a/nb/mine/01_layers/01_layers.ipynb"],
        ["hw1/01_layers.ipynb", "hw1/ann.ipynb", "hw1/bob.ipynb"],
        ["hw1/01_layers.ipynb", "hw1/old/01_layers.ipynb"],
        ["hw1/README.txt", "hw1/ann/01_layers.ipynb"],
        ["README.txt", "hw1/ann/01_layers.ipynb"],
    ],
)
def test_where_one_folder_may_be_a_students_or_not_nothing_is_collected(course, tmp_path, names):
    with pytest.raises(CourseError, match="nobody can say whether that is one student's folder"):
        take(course, make_zip(tmp_path / "all.zip", [(name, b"{}") for name in names]))


def test_the_last_attempt_counts(course, tmp_path):
    names = ["ann_1_11_01_layers.ipynb", "ann_1_12_01_layers-2.ipynb", "ann_1_13_01_layers-1.ipynb"]
    take(course, make_zip(tmp_path / "all.zip", [(name, name.encode()) for name in names]))
    assert submitted(course) == {"ann_1": names[1].encode()}


def test_an_id_that_differs_in_capitals_from_an_earlier_one_is_refused(course, tmp_path):
    take(course, make_zip(tmp_path / "a.zip", [("Ann.ipynb", b"Ann")]))
    result = take(course, make_zip(tmp_path / "b.zip", [("ann.ipynb", b"ann")]))
    assert submitted(course) == {"Ann": b"Ann"}
    assert "differs only in capitals from Ann" in dict(result.refused)["ann"]


def test_collecting_again_loses_nothing(course, tmp_path):
    take(course, make_zip(tmp_path / "a.zip", [("ann.ipynb", b"old"), ("bob.ipynb", b"same")]))
    result = take(course, make_zip(tmp_path / "b.zip", [("ann.ipynb", b"new"), ("bob.ipynb", b"same")]))
    assert (result.students, result.unchanged) == (["ann"], ["bob"])
    assert submitted(course)["ann"] == b"new"
    [kept] = (course.root / ".grading" / "replaced" / "01_layers").iterdir()
    assert kept.read_bytes() == b"old"
