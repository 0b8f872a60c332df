"""What a class knows beside the archive: its roster, Moodle's worksheet, times of submission."""

import json

import pytest
from exports import NAME, NOTEBOOK, OTHER, course_of_two, make_zip, submitted, take, time_of

from course_utils.errors import CourseError

ROSTER = """id,name,e-mail,canvas,github,gradescope
ann,"Example, Ann Maria",ann@uni.example,101,annex,4711
bob,Bo van Dyke,bo@uni.example,102,bob2,
cy,Cy Ejemplo,cy@uni.example,,,
"""
WORKSHEETS = {
    "English": "Identifier,Full name,Email address,Status,Grade\n"
    "Participant {0},Ann Maria Example,ann@uni.example,Submitted,\nParticipant {1},Bo van Dyke,bo@uni.example,Submitted,\n",
    "German": "\ufeffID;Vollständiger Name;ID-Nummer;E-Mail-Adresse;Status\n"
    "Teilnehmer/in{0};Ann Maria Example;7;ann@uni.example;Abgegeben\nTeilnehmer/in{1};Bo van Dyke;8;bo@uni.example;\n",
    "Japanese": "識別子,フルネーム,メールアドレス\n参加者 {0},Ann Maria Example,ann@uni.example\n参加者 {1},Bo van Dyke,bo@uni.example\n",
}  # fmt: skip


@pytest.fixture
def roster(course):
    (course.root / "roster.csv").write_text(ROSTER)


def moodle(tmp_path, name, numbers):
    names = [
        f"{who}_{n}_assignsubmission_file"
        for who, n in zip(("Ann Maria Example", "Bo van Dyke"), numbers, strict=True)
    ]
    return make_zip(tmp_path / f"{name}.zip", [(f"{each}/{name}.ipynb", each[:2].encode()) for each in names])


@pytest.mark.parametrize(
    "name",
    [
        "exampleannmaria_101_9001_01_layers.ipynb",
        "somebodyelse_LATE_101_9001_01_layers.ipynb",
        "Ann Maria Example_99_assignsubmission_file/01_layers.ipynb",
        "01-layers-submissions/01-layers-annex/01_layers.ipynb",
        "hw_ann_attempt_2026-03-01-20-30-10_01_layers.ipynb",
        "1-2 - Ann Maria Example - Sep 24, 2024 926 PM/01_layers.ipynb",
        "Ann Maria Example/01_layers.ipynb",
        "Example, Ann Maria/01_layers.ipynb",
        "ann@uni.example/01_layers.ipynb",
        "ANN/01_layers.ipynb",
    ],
)
def test_a_roster_makes_one_student_of_every_platforms_names(course, roster, tmp_path, name):
    assert take(course, make_zip(tmp_path / "a.zip", [(name, NOTEBOOK)])).students == ["ann"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stranger_999_9001_01_layers.ipynb", "nobody in roster.csv is stranger 999"),
        (
            "exampleannmaria_555_9001_01_layers.ipynb",
            "nobody in roster.csv is exampleannmaria 555",
        ),  # she has 101
        ("zoe/01_layers.ipynb", "nobody in roster.csv is zoe"),
        ("A.ipynb", "nobody in roster.csv is A"),
    ],
)
def test_whom_the_roster_does_not_know_is_refused_by_name(course, roster, tmp_path, name, said):
    result = take(course, make_zip(tmp_path / "a.zip", [(name, NOTEBOOK)]))
    assert submitted(course) == {}
    assert [said in reason for _, reason in result.refused] == [True]


def test_a_name_is_enough_where_the_roster_has_no_number(course, roster, tmp_path):
    source = make_zip(tmp_path / "a.zip", [("ejemplocy_555_9001_01_layers.ipynb", NOTEBOOK)])
    assert take(course, source).students == ["cy"]
    note = json.loads((course.root / ".grading/collected/01_layers/cy.json").read_text())
    assert note["remarks"] == ["known by name alone"]


def test_a_name_that_two_students_have_decides_nothing_and_a_number_does(course, tmp_path):
    (course.root / "roster.csv").write_text("id,name,canvas\nann1,Ann Example,101\nann2,Example Ann,102\n")
    result = take(course, make_zip(tmp_path / "a.zip", [("exampleann_102_9_01_layers.ipynb", b"2")]))
    assert (result.students, result.refused) == (["ann2"], [])
    result = take(
        course, make_zip(tmp_path / "b.zip", [("Ann Example_1_assignsubmission_file/x.ipynb", b"?")])
    )
    assert submitted(course) == {"ann2": b"2"}
    assert "could be ann1, ann2" in result.refused[0][1]


def test_facts_that_contradict_each_other_decide_nothing(course, roster, tmp_path):
    metadata = (
        b"submission_1:\n  :submitters:\n  - :name: Ann\n    :sid: '4711'\n    :email: bo@uni.example\n"
    )
    files = [("x/submission_metadata.yml", metadata), ("x/submission_1/01_layers.ipynb", b"{}")]
    result = take(course, make_zip(tmp_path / "a.zip", files))
    assert submitted(course) == {}
    assert "could be ann, bob" in result.refused[0][1]


def test_two_who_call_themselves_by_one_name_are_both_refused(course, roster, tmp_path):
    names = ["Bo van Dyke_1_assignsubmission_file", "van Dyke Bo_2_assignsubmission_file"]
    result = take(
        course, make_zip(tmp_path / "a.zip", [(f"{name}/x.ipynb", name.encode()) for name in names])
    )
    assert submitted(course) == {}
    assert sorted(name for name, _ in result.refused) == names


@pytest.mark.parametrize("text", WORKSHEETS.values(), ids=WORKSHEETS)
def test_the_worksheet_gives_moodles_students_their_addresses(course, tmp_path, text):
    for name, numbers in ((NAME, (44441, 55551)), (OTHER, (44442, 55552))):
        sheet = tmp_path / f"{name}.csv"
        sheet.write_text(text.format(*numbers), encoding="utf-8")
        take(course, moodle(tmp_path, name, numbers), name, worksheet=sheet)
        assert submitted(course, name) == {"ann@uni.example": b"An", "bo@uni.example": b"Bo"}


def test_a_worksheet_may_hold_what_students_wrote(course, tmp_path):
    text = f'"<p>line\n""quoted""</p>{"x" * 200_000}"'
    lines = f"Identifier,Full name,Email address,Online text\nParticipant 1,Bo,bo@uni.example,{text}\n"
    (tmp_path / "sheet.csv").write_text(lines)
    source = make_zip(tmp_path / "a.zip", [("Bo_1_assignsubmission_file/x.ipynb", b"bo")])
    assert take(course, source, worksheet=tmp_path / "sheet.csv").students == ["bo@uni.example"]


def test_worksheet_and_roster_together_give_the_roster_s_ids(course, roster, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(WORKSHEETS["English"].format(1, 2))
    take(course, moodle(tmp_path, NAME, (1, 2)), worksheet=sheet)
    assert submitted(course) == {"ann": b"An", "bob": b"Bo"}


def test_blind_marking_is_lifted_by_the_worksheet(course, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(WORKSHEETS["English"].format(1, 2))
    source = make_zip(tmp_path / "a.zip", [("Participant_2_assignsubmission_file/x.ipynb", b"bo")])
    take(course, source, worksheet=sheet)
    assert submitted(course) == {"bo@uni.example": b"bo"}


@pytest.mark.parametrize(
    ("name", "student", "what_to_do"),
    [
        ("Participant_2_assignsubmission_file/x.ipynb", "participant_2", "give --worksheet"),
        ("anon_Ab3dE_9001_01_layers.ipynb", "anon_Ab3dE", "export with names"),
    ],
)
def test_whom_a_platform_hides_is_told_with_what_to_do(course, tmp_path, name, student, what_to_do):
    take(course, make_zip(tmp_path / "a.zip", [(name, NOTEBOOK)]))
    note = json.loads((course.root / f".grading/collected/01_layers/{student}.json").read_text())
    assert [what_to_do in remark for remark in note["remarks"]] == [True]


def test_the_worksheet_of_another_assignment_maps_nobody(course, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(WORKSHEETS["English"].format(55551, 44441))  # the numbers are there, but other students'
    result = take(course, moodle(tmp_path, NAME, (44441, 55551)), worksheet=sheet)
    assert submitted(course) == {}
    assert ["is it the worksheet of this assignment?" in reason for _, reason in result.refused] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("roster", "name,canvas\nAnn,1\n", "has no column 'id'"),
        ("roster", "id\nann\nANN\n", "twice"),
        ("roster", "id\na b\n", "no student id"),
        ("roster", "id,name\n", "no row below its titles"),
        ("roster", "id\0\n", "no table"),
        ("worksheet", "Identifier,Full name\nParticipant 1,Ann\n", "no grading worksheet"),
        ("times", "student\nann\n", "has no column 'time'"),
        ("times", "student,time\nann,yesterday\n", "'yesterday' is no time"),
        ("times", "student,time\nann,2026-03-01\nAnn,2026-03-02\n", "two times for Ann"),
    ],
)
def test_a_list_that_is_none_gets_one_sentence(course, tmp_path, file, text, said):
    path = tmp_path / f"{file}.csv"
    path.write_text(text)
    with pytest.raises(CourseError, match=said):
        take(course, make_zip(tmp_path / "a.zip", [("ann.ipynb", NOTEBOOK)]), **{file: path})
    with pytest.raises(CourseError, match="cannot be read"):
        take(course, tmp_path / "a.zip", **{file: tmp_path / "missing.csv"})


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01 12:30:00 UTC", "2026-03-01 12:30:00 UTC"),
        ("2026-03-01T12:30:00+01:00", "2026-03-01 11:30:00 UTC"),
        ("2026-03-01 12:30", "2026-03-01 11:30:00 UTC"),
        ("2026-07-01 12:30", "2026-07-01 10:30:00 UTC"),
    ],
)
def test_times_come_from_a_file_in_the_course_s_zone(tmp_path, text, time):
    course = course_of_two(tmp_path / "berlin", 'timezone = "Europe/Berlin"')
    (tmp_path / "times.csv").write_text(f"student;time\nANN;{text}\n")
    files = [("ann.ipynb", NOTEBOOK), ("bob.ipynb", NOTEBOOK)]
    take(course, make_zip(tmp_path / "a.zip", files), times=tmp_path / "times.csv")
    assert (time_of(course, "ann"), time_of(course, "bob")) == (time, None)


def test_a_zone_that_is_none_gets_one_sentence(tmp_path):
    course = course_of_two(tmp_path / "nowhere", 'timezone = "Nowhere/Land"')
    with pytest.raises(CourseError, match="is no time zone such as"):
        take(course, make_zip(tmp_path / "a.zip", [("ann.ipynb", NOTEBOOK)]))


TIMED = {
    "hw_ann_attempt_2026-03-01-20-30-10_01_layers.ipynb": "2026-03-01 19:30:10 UTC",
    "1-2 - Ann - Sep 24, 2024 926 PM/01_layers.ipynb": "2024-09-24 19:26:00 UTC",
    "ann+01_layers+2026-03-01 12:00:00.5 UTC+x/01_layers.ipynb": "2026-03-01 12:00:00 UTC",
}


@pytest.mark.parametrize(("name", "time"), TIMED.items())
def test_times_in_names_are_those_of_the_course_s_zone(tmp_path, name, time):
    course = course_of_two(tmp_path / "berlin", 'timezone = "Europe/Berlin"')
    take(course, make_zip(tmp_path / "a.zip", [(name, NOTEBOOK)]))
    assert time_of(course, "ann") == time


@pytest.mark.parametrize(
    ("folder", "text", "time"),
    [
        ("HW/Example, Ann(ann)", "20260301123000000", "2026-03-01 12:30:00 UTC"),
        ("HW/Example, Ann(ann)", "2026-03-01T12:30:00.1Z", "2026-03-01 12:30:00 UTC"),
        ("HW/Example, Ann(ann)", "01.03.2026, half past noon", None),
        ("submitted/ann/01_layers", "2026-03-01 12:30:00 UTC", "2026-03-01 12:30:00 UTC"),
    ],
)
def test_times_that_a_platform_wrote_into_a_file_are_taken(course, tmp_path, folder, text, time):
    inside = f"{folder}/Submission attachment(s)" if "(" in folder else folder
    files = [(f"{inside}/01_layers.ipynb", NOTEBOOK), (f"{folder}/timestamp.txt", text.encode())]
    take(course, make_zip(tmp_path / "a.zip", files))
    assert time_of(course, "ann") == time


def test_a_time_is_that_of_the_submission_which_lies_there(course, tmp_path):
    times = tmp_path / "times.csv"
    times.write_text("student,time\nann,2026-03-01 12:30:00+00:00\n")
    first, second = (
        make_zip(tmp_path / f"{text}.zip", [("ann.ipynb", text.encode())]) for text in ("first", "second")
    )
    take(course, first)
    assert take(course, first, times=times).students == ["ann"]
    assert time_of(course, "ann") == "2026-03-01 12:30:00 UTC"
    assert take(course, first).unchanged == ["ann"]
    assert time_of(course, "ann") == "2026-03-01 12:30:00 UTC"
    take(course, second)
    assert time_of(course, "ann") is None


def test_what_a_platform_said_is_written_down(course, tmp_path):
    take(course, make_zip(tmp_path / "a.zip", [("ann_LATE_101_9_01_layers-2.ipynb", NOTEBOOK)]))
    note = json.loads((course.root / ".grading/collected/01_layers/ann_101.json").read_text())
    assert (note["platform"], note["number"], note["late"], note["time"]) == ("canvas", "101", True, None)
    assert note["remarks"] == ["late", "a later upload (-2)"]
    assert note["files"]["01_layers.ipynb"]["from"] == "ann_LATE_101_9_01_layers-2.ipynb"
