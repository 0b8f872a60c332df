"""The layouts of learning platforms: whose each file is, by the outermost name alone, or a sentence that says why not."""

import pytest
from exports import NAME, OTHER, make_folder, make_zip, submitted, take, time_of

from autograder.classroom.collecting.layouts import layouts
from course_utils.errors import CourseError

METADATA = """submission_567:
  :submitters:
  - :name: Ann Example
    :sid: '4711'
    :email: ann@uni.example
  :created_at: 2026-03-01 22:05:00.193823000 Z
  :score: 3.0
submission_568:
  :submitters:
  - :name: Bo Beispiel
    :sid: ''
    :email: Bo@uni.example
  - :name: Cy Ejemplo
    :sid: '4713'
    :email:
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-03-01 23:05:00 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: UTC
"""
BLACKBOARD = "NN HW 1_{}_attempt_2026-03-0{}-20-30-10"

# Names in an archive, each with the student whose it is, or None for what is nobody's; the bytes are the name.
EXPORTS = {
    "Canvas": {
        "exampleann_101_9001_01_layers.ipynb": "exampleann_101",
        "beispielbo_LATE_102_9002_01_layers.ipynb": "beispielbo_102",
        "van_dyke_bob_LATE_103_9003_01_layers-1.ipynb": "van-dyke-bob_103",
        "vandyke_bob_104_9004_layers_2026_03_15.ipynb": "vandyke-bob_104",
        "müllerann_105_9005_other_12_34_01_layers.ipynb": "mullerann_105",
        "mallory_106_9006_exampleann_101_9001_01_layers.ipynb": "mallory_106",
        "eve_107_9007_LATE_101_9001_01_layers.ipynb": "eve_107",
        "student_8_LATE_108_9008_01_layers.ipynb": "student-8_108",
        "安_109_9009_01_layers.ipynb": "109",
        "anon_LATE_111_9011_01_layers.ipynb": "anon_111",
        "anon_112_9012_01_layers.ipynb": "anon_112",
        "typed_110_text.html": None,
    },
    "Canvas, anonymous": {
        "anon_Ab3dE_9001_01_layers.ipynb": "anon_Ab3dE",
        "LATE_anon_Xy9zQ_9002_anon_Ab3dE_9001_01_layers.ipynb": "anon_Xy9zQ",
    },
    "Moodle": {
        "Ann Example_44441_assignsubmission_file/01_layers.ipynb": "ann-example",
        "Bo Beispiel_55551_assignsubmission_file_/deep/er/01_layers.ipynb": "bo-beispiel",
        "One Name_99_assignsubmission_file/Ann Example_44441_assignsubmission_file/01_layers.ipynb": "one-name",
        "安_4711_assignsubmission_file_/01_layers.ipynb": "77f34a38",
        "Łukasz 安_4712_assignsubmission_file_/01_layers.ipynb": "lukasz-449bd987",
        "Łukasz 王_4713_assignsubmission_file_/01_layers.ipynb": "lukasz-e9bc76ff",
        "Ann Example_44441_assignsubmission_onlinetext/onlinetext.html": None,
    },
    "Moodle, flat": {
        "Ann Example_4711_assignsubmission_file_01_layers.ipynb": "ann-example",
        "Bo_4713_assignsubmission_file_Ann Example_4711_assignsubmission_file_01_layers.ipynb": "bo",
        "Team A-Cy Ejemplo_4714_assignsubmission_file_x_1_2_3.ipynb": "team-a-cy-ejemplo",
    },
    "Moodle, blind": {
        "Participant_4711_assignsubmission_file/01_layers.ipynb": "participant_4711",
        "Participant_4712_assignsubmission_file/01_layers.ipynb": "participant_4712",
    },
    "Blackboard": {
        f"{BLACKBOARD.format('ann1', 1)}_01_layers.ipynb": "ann1",
        f"{BLACKBOARD.format('ann1', 1)}.txt": None,
        f"{BLACKBOARD.format('van_dyke', 2)}_hw_bob_attempt_2026-03-01-20-30-10_x.ipynb": "van_dyke",
    },
    "Blackboard, in another language": {
        "Übung 1_ann1_Versuch_2026-03-01-20-30-10_01_layers.ipynb": "ann1",
        "Übung 1_bob2_Versuch_2026-03-01-20-31-10_01_layers.ipynb": "bob2",
    },
    "Brightspace": {
        "397063-2557369 - Mary-Ann Smith - Sep 24, 2024 926 PM/01_layers.ipynb": "mary-ann-smith",
        "397064-2557369 - John Doe - Sep 24, 2024 1226 AM/1-2 - Mary-Ann Smith - Sep 25, 2024 926 PM/01_layers.ipynb": "john-doe",
        "index.html": None,
    },
    "Brightspace, flat": {
        "12-34 - Mary-Ann Smith - Sep 24, 2024 926 PM - 01_layers.ipynb": "mary-ann-smith",
        "13-34 - John Doe - March 4, 2024 1126 AM - 12-34 - Mary-Ann Smith - Sep 24, 2024 926 PM - x.ipynb": "john-doe",
    },
    "GitHub Classroom": {
        "01-layers-submissions/01-layers-ann-b/01_layers.ipynb": "ann-b",
        "01-layers-submissions/01-layers-bo/01-layers-ann-b/01_layers.ipynb": "bo",
    },
    "GitHub Classroom, unwrapped": {
        "01-layers-ann/01_layers.ipynb": "ann",
        "01-layers-bo/src/01_layers.ipynb": "bo",
    },
    "ILIAS": {
        "Blatt 1/Abgaben/Example_Ann_aexample_4711/01_layers.ipynb": "example-ann-aexample_4711",
        "Blatt 1/Abgaben/van_Dyke_Bo_vdyke_4712/Example_Ann_aexample_4711/01_layers.ipynb": "van-dyke-bo-vdyke_4712",
    },
    "ILIAS, with its table": {
        "Example_Ann_aexample_4711/01_layers.ipynb": "example-ann-aexample_4711",
        "status.xlsx": None,
    },
    "Sakai": {
        "HW 1/Example, Ann(aex1)/Submission attachment(s)/01_layers.ipynb": "aex1",
        "HW 1/Example, Ann(aex1)/Feedback Attachment(s)/01_layers.ipynb": None,
        "HW 1/Beispiel, Bo (jr)(bob2)/Submission attachment(s)/Example, Ann(aex1)/01_layers.ipynb": "bob2",
        "HW 1/grades.csv": None,
    },
    "Google Classroom": {
        "Ann Example - 01_layers.ipynb": "ann-example",
        "Bo - Bo Beispiel - 01_layers.ipynb": "bo-bo-beispiel",
    },
    "nbgrader's exchange": {
        "ann+01_layers+2026-03-01 12:00:00.123456 UTC+r4nd0m/01_layers.ipynb": "ann",
        "bob+01_layers+2026-03-01 12:00:00 UTC/ann+01_layers+2026-03-01 12:00:00 UTC/01_layers.ipynb": "bob",
        "ann+02_batchnorm+2026-03-01 12:00:00 UTC/01_layers.ipynb": None,
    },
    "nbgrader's tree": {
        "submitted/ann/01_layers/01_layers.ipynb": "ann",
        "submitted/ann/02_batchnorm/02_batchnorm.ipynb": None,
        "submitted/bob/01_layers/01_layers.ipynb": "bob",
    },
}  # fmt: skip


@pytest.mark.parametrize("make", [make_zip, make_folder])
@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_each_platforms_names_give_each_student_their_own_file(course, tmp_path, make, export):
    result = take(course, make(tmp_path / "export", [(name, name.encode()) for name in export]))
    assert submitted(course) == {student: name.encode() for name, student in export.items() if student}
    assert all("typed" in reason or "typed" in name for name, reason in result.refused), result.refused


def test_gradescopes_metadata_say_whose_and_when(course, tmp_path):
    files = {
        "assignment_1_export/submission_metadata.yml": METADATA.encode(),
        "assignment_1_export/submission_567/01_layers.ipynb": b"ann",
        "assignment_1_export/submission_567/submission_568/01_layers.ipynb": b"not bo",
        "assignment_1_export/submission_568/01_layers.ipynb": b"bo and cy",
        "assignment_1_export/submission_569/01_layers.ipynb": b"nobody",
    }
    result = take(course, make_zip(tmp_path / "export.zip", files.items()))
    assert submitted(course) == {
        "ann-example_4711": b"ann",
        "bo@uni.example": b"bo and cy",
        "cy-ejemplo_4713": b"bo and cy",
    }
    assert time_of(course, "ann-example_4711") == "2026-03-01 22:05:00 UTC"
    assert time_of(course, "cy-ejemplo_4713") == "2026-03-01 23:05:00 UTC"
    assert [name for name, _ in result.refused] == ["assignment_1_export/submission_569"]


def test_gradescope_without_its_metadata_and_damaged_metadata_are_sentences(course, tmp_path):
    folder = ("x/submission_1/01_layers.ipynb", b"{}")
    with pytest.raises(CourseError, match="without its submission_metadata"):
        take(course, make_zip(tmp_path / "a.zip", [folder]))
    with pytest.raises(CourseError, match="cannot be read"):
        take(course, make_zip(tmp_path / "b.zip", [folder, ("x/submission_metadata.yml", b"a: [b")]))


def test_blackboards_own_text_says_which_part_is_the_login(course, tmp_path):
    name = "hw1_van_dyke_attempt_2026-03-01-20-30-10"
    text = b"Name: Bo van Dyke (van_dyke)\nAssignment: hw1\n"
    take(course, make_zip(tmp_path / "a.zip", [(f"{name}.txt", text), (f"{name}_01_layers.ipynb", b"bo")]))
    assert submitted(course) == {"van_dyke": b"bo"}


def test_a_blackboard_name_that_leaves_the_login_open_is_refused_unless_the_roster_knows(course, tmp_path):
    names = [f"hw_1_{who}_attempt_2026-03-01-20-30-10_01_layers.ipynb" for who in ("student_1", "student_2")]
    source = make_zip(tmp_path / "a.zip", [(name, name[13:14].encode()) for name in names])
    assert [name for name, _ in take(course, source).refused] == names
    (tmp_path / "roster.csv").write_text("id,blackboard\nann,student_1\nbob,student_2\n")
    take(course, source, roster=tmp_path / "roster.csv")
    assert submitted(course) == {"ann": b"1", "bob": b"2"}


def test_of_several_attempts_the_last_one_counts_whole(course, tmp_path):
    first, last = "hw_ann1_attempt_2026-03-01-20-30-10", "hw_ann1_attempt_2026-03-02-08-00-00"
    files = [
        (f"{last}_01_layers.ipynb", b"last"),
        (f"{first}_01_layers.ipynb", b"first"),
        (f"{first}_x.ipynb", b"x"),
    ]
    take(course, make_zip(tmp_path / "a.zip", files))
    assert submitted(course) == {"ann1": b"last"}


def test_moodles_students_are_the_same_in_all_assignments(course, tmp_path):
    for name, numbers in ((NAME, (44441, 55551)), (OTHER, (44442, 55552))):
        names = [
            f"{who}_{number}_assignsubmission_file/{name}.ipynb"
            for who, number in zip(("Ann Example", "Bo"), numbers, strict=True)
        ]
        take(course, make_zip(tmp_path / f"{name}.zip", [(each, each.encode()) for each in names]), name)
    assert set(submitted(course, NAME)) == set(submitted(course, OTHER)) == {"ann-example", "bo"}


def test_two_of_one_name_are_both_refused(course, tmp_path):
    names = [f"Ann Example_{number}_assignsubmission_file" for number in (1, 2)]
    source = make_zip(
        tmp_path / "a.zip",
        [
            *((f"{name}/01_layers.ipynb", b"{}") for name in names),
            ("Bo_3_assignsubmission_file/x.ipynb", b"bo"),
        ],
    )
    result = take(course, source)
    assert submitted(course) == {"bo": b"bo"}
    assert [name for name, _ in result.refused] == names
    assert all("would be the same student, ann-example" in reason for _, reason in result.refused)


def test_a_second_one_of_a_name_does_not_replace_the_first(course, tmp_path):
    for number, text in ((1, b"one"), (1, b"one again"), (2, b"two")):
        name = f"Ann Example_{number}_assignsubmission_file/01_layers.ipynb"
        result = take(course, make_zip(tmp_path / "a.zip", [(name, text)]))
    assert submitted(course) == {"ann-example": b"one again"}
    assert "had another number" in dict(result.refused)["ann-example"]


def test_a_canvas_name_that_can_be_read_in_two_ways_is_refused_unless_the_roster_knows(course, tmp_path):
    names = ["bob_3_102_9002_01_layers.ipynb", "ann_101_9001_4711_mine.ipynb", "cy_103_9003_01_layers.ipynb"]
    source = make_zip(tmp_path / "a.zip", [(name, name.encode()) for name in names])
    result = take(course, source)
    assert set(submitted(course)) == {"cy_103"}
    assert [name for name, _ in result.refused] == sorted(names[:2])
    (tmp_path / "roster.csv").write_text("id,canvas\nbob,102\nann,101\ncy,103\n")
    take(course, source, roster=tmp_path / "roster.csv")
    assert {s: n for s, n in submitted(course).items() if s != "cy_103"} == {
        "bob": names[0].encode(), "ann": names[1].encode(), "cy": names[2].encode()
    }  # fmt: skip


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["01_layers.ipynb", "01_layers (1).ipynb", "Copy of 01_layers.ipynb"], "Google Classroom"),
        (
            ["Abgaben/Team 1/a_b_c_1/01_layers.ipynb", "Abgaben/Team 2/x_y_z_2/01_layers.ipynb"],
            "ILIAS's export of teams",
        ),
        (["02_batchnorm/ann/x.ipynb", "02_batchnorm/bob/x.ipynb"], "another assignment"),
    ],
)
def test_what_says_of_nothing_whose_it_is_is_refused_whole(course, tmp_path, names, said):
    with pytest.raises(CourseError, match=said):
        take(course, make_zip(tmp_path / "a.zip", [(name, b"{}") for name in names]))
    assert submitted(course) == {}


def test_a_platforms_names_among_others_are_refused_and_no_students(course, tmp_path):
    for form in layouts():
        export = EXPORTS.get(form.name, {})
        work = [name for name, student in export.items() if student][:2]
        mixed = [(name, b"{}") for name in work] + [
            ("zoe/01_layers.ipynb", b"zoe"),
            ("zed/01_layers.ipynb", b"zed"),
        ]
        take(course, make_zip(tmp_path / "a.zip", mixed))
        assert {"zoe", "zed"} <= set(submitted(course)) <= {"zoe", "zed", "01-layers-ann", "01-layers-bo"}, (
            form.name
        )


def test_what_lies_among_a_platforms_names_is_no_student(course, tmp_path):
    names = [
        f"Student {letter}_{number}_assignsubmission_file/01_layers.ipynb"
        for number, letter in enumerate("abc")
    ]
    source = make_zip(tmp_path / "a.zip", [(name, b"{}") for name in [*names, "solutions/01_layers.ipynb"]])
    with pytest.raises(CourseError, match="most names here are Moodle's, and not solutions"):
        take(course, source)
    assert submitted(course) == {}


@pytest.mark.parametrize(
    ("folder", "name", "student"),
    [
        ("hw1-submissions", "hw1-ann/01_layers.ipynb", "ann"),
        ("Abgaben", "Example_Ann_aexample_4711/01_layers.ipynb", "example-ann-aexample_4711"),
    ],
)
def test_the_folder_that_is_collected_counts_as_the_one_around(course, tmp_path, folder, name, student):
    take(course, make_folder(tmp_path / folder, [(name, b"{}")]))
    take(course, make_zip(tmp_path / f"{folder}.zip", [(name, b"{}")]))
    assert set(submitted(course)) == {student}
