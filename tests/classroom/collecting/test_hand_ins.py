"""What `course submit` writes, collected out of a platform's export, and what its receipt tells."""

import io
import json
import zipfile

import pytest
from exports import NAME, NOTEBOOK, known_of, make_folder, make_zip, planned, submitted, take

from autograder.classroom.collecting.hand_ins import receipt_remarks
from course_utils.submission.receipt import Receipt, digest_of, read_receipt

FILE = f"{NAME}.ipynb"
TIME = "2026-03-01T12:00:00+01:00"
PACKED = f"{NAME}.hand-in.zip"
PLACES = {
    "Canvas": "lovelaceada_1001_5001_{}",
    "Canvas, of one who was late": "lovelaceada_LATE_1001_5001_{}",
    "Moodle, in folders": "Ada Lovelace_1234_assignsubmission_file/{}",
    "Moodle, flat": "Ada Lovelace_1234_assignsubmission_file_{}",
    "folders": "ada/{}",
}


def hand_in(notebook=NOTEBOOK, receipt_of=NOTEBOOK, **more):
    """The bytes of what `course submit` writes."""
    receipt = Receipt(NAME, TIME, {FILE: digest_of(receipt_of)}, {"relu": "passed"}, 2.0).as_json().encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {FILE: notebook, "receipt.json": receipt, **more}.items():
            archive.writestr(name, content)
    return file.getvalue()


def remarks(course, source):
    with planned(course, course.assignment(NAME), source, known_of(course)) as plan:
        return {each.student: list(each.odd) for each in plan.students}, plan.refused


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_it_is_collected_wherever_a_platform_puts_it(course, tmp_path, place):
    others = [(place.replace("Ada Lovelace", "Bo Li").replace("lovelaceada", "libo").replace("1001", "1002")
               .replace("1234", "1235").replace("ada/", "bo/").format(PACKED), hand_in(b"%BO"))]  # fmt: skip
    source = make_zip(tmp_path / "export.zip", [(place.format(PACKED), hand_in()), *others])
    collected = take(course, source)
    assert not collected.refused
    found = submitted(course)
    assert len(found) == 2
    assert NOTEBOOK in found.values()
    assert b"%BO" in found.values()


def test_it_is_collected_out_of_a_folder(course, tmp_path):
    source = make_folder(tmp_path / "class", [("ada/" + PACKED, hand_in()), ("bo/" + FILE, NOTEBOOK)])
    assert take(course, source).students == ["ada", "bo"]
    assert submitted(course) == {"ada": NOTEBOOK, "bo": NOTEBOOK}


def test_who_changed_what_since_the_receipt_is_said(course, tmp_path):
    entries = [(f"ada/{PACKED}", hand_in()), (f"bo/{PACKED}", hand_in(b"{}", NOTEBOOK))]
    odd, refused = remarks(course, make_zip(tmp_path / "export.zip", entries))
    assert odd == {"ada": [], "bo": [f"changed since its receipt of {TIME}: {FILE}"]}
    assert not refused


def test_a_receipt_beside_an_unpacked_notebook_is_read_as_well(course, tmp_path):
    receipt = Receipt(NAME, TIME, {FILE: digest_of(b"before")}).as_json().encode()
    entries = [(f"ada/{FILE}", NOTEBOOK), ("ada/receipt.json", receipt), (f"bo/{FILE}", NOTEBOOK)]
    odd, _ = remarks(course, make_zip(tmp_path / "export.zip", entries))
    assert odd == {"ada": [f"changed since its receipt of {TIME}: {FILE}"], "bo": []}


def test_of_two_attempts_the_last_counts(course, tmp_path):
    entries = [
        (f"lovelaceada_1001_5001_{PACKED}", hand_in(b"first")),
        (f"lovelaceada_1001_5002_{NAME}.hand-in-1.zip", hand_in(b"second")),
    ]
    assert not take(course, make_zip(tmp_path / "export.zip", entries)).refused
    assert submitted(course) == {"lovelaceada_1001": b"second"}


def damaged():
    return hand_in()[:-30]


def without_receipt():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(FILE, NOTEBOOK)
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [damaged(), without_receipt(), b"no archive"], ids=["damaged", "other", "text"]
)
def test_another_archive_is_refused_as_ever(course, tmp_path, content):
    source = make_zip(tmp_path / "export.zip", [(f"ada/{PACKED}", content), (f"bo/{FILE}", NOTEBOOK)])
    collected = take(course, source)
    assert submitted(course) == {"bo": NOTEBOOK}
    assert "it is an archive within the archive" in dict(collected.refused)["ada"]


@pytest.mark.parametrize("name", ["../../up.ipynb", "/tmp/up.ipynb", "C:\\up.ipynb"])
def test_no_path_in_it_leads_outside(course, tmp_path, name):
    source = make_zip(
        tmp_path / "export.zip", [(f"ada/{PACKED}", hand_in(**{name: b"bad"})), (f"bo/{FILE}", NOTEBOOK)]
    )
    take(course, source)
    assert submitted(course) == {"ada": NOTEBOOK, "bo": NOTEBOOK}
    assert {path.name for path in (course.root / "submitted" / "ada" / NAME).iterdir()} == {FILE}


def test_a_bomb_in_it_costs_its_student_only(course, tmp_path):
    bomb = hand_in(b"0" * 50_000_000)
    assert len(bomb) < 100_000
    source = make_zip(tmp_path / "export.zip", [(f"ada/{PACKED}", bomb), (f"bo/{FILE}", NOTEBOOK)])
    collected = take(course, source)
    assert submitted(course) == {"bo": NOTEBOOK}
    assert "it unpacks to more than 200 times its size" in dict(collected.refused)["ada"]


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"[" * 100_000, b'{"files": 3}', b'{"time": 1, "files": {}, "assignment": ""}', b"\xff",
     b'{"time": "noon", "files": {}, "assignment": ""}', b" " * 300_000, b'{"files": {}, "time": null}'],
)  # fmt: skip
def test_a_receipt_that_is_none_is_said_and_costs_nothing(course, tmp_path, text):
    with pytest.raises(ValueError, match="it is no receipt"):
        read_receipt(text)
    entries = [(f"ada/{PACKED}", hand_in(**{"receipt.json": text})), (f"bo/{FILE}", NOTEBOOK)]
    odd, _ = remarks(course, make_zip(tmp_path / "export.zip", entries))
    assert odd == {"ada": ["its receipt cannot be read"], "bo": []}


def test_what_a_receipt_says_is_shown_as_plain_text(course, tmp_path):
    text = json.dumps({"assignment": "x", "time": "2026-03-01", "files": {FILE: "\x1b[31m"}}).encode()
    entries = [(f"ada/{PACKED}", hand_in(**{"receipt.json": text})), (f"bo/{FILE}", NOTEBOOK)]
    odd, _ = remarks(course, make_zip(tmp_path / "export.zip", entries))
    assert odd["ada"] == [f"changed since its receipt of 2026-03-01: {FILE}"]


def test_without_a_receipt_there_is_nothing_to_say():
    assert not list(receipt_remarks(None, {FILE: NOTEBOOK}))
