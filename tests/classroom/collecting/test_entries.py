"""What gets out of a folder or an archive: only plain files, each to a path that is made here; the rest is named."""

import io
import os
import socket
import stat
import zipfile

import pytest
from exports import DOWNLOADED, NAME, NOTEBOOK, make_folder, make_zip, submitted, take, time_of

from course_utils.errors import CourseError


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../evil/01_layers.ipynb", "leads out of the archive"),
        ("bob/../../01_layers.ipynb", "leads out of the archive"),
        ("/etc/evil.ipynb", "absolute"),
        ("C:/evil/01_layers.ipynb", "absolute"),
        ("C:\\evil\\01_layers.ipynb", "absolute"),
        ("evil\\..\\01_layers.ipynb", "leads out of the archive"),
        ("\\\\server\\evil.ipynb", "absolute"),
        ("evil/homework.zip", "no notebook of 01_layers among homework.zip"),
        ("e vil.ipynb", "no student id"),
        ("-evil.ipynb", "no student id"),
        ("é.ipynb", "no student id"),
        (f"{'e' * 65}.ipynb", "no student id"),
        (f"{'e' * 256}.ipynb", "more than 255 characters"),
        ("evil/notes.txt", "no notebook of 01_layers among notes.txt"),
        ("weights.npz", "it is no notebook, and lies in no student's folder"),
        ("01_layers.ipynb", "nothing says whose it is"),
        ("02_batchnorm/01_layers.ipynb", "named after an assignment"),
        ("bob/02_batchnorm.ipynb", "no notebook of 01_layers among 02_batchnorm.ipynb"),
    ],
)
def test_bad_names_are_refused_by_name_and_the_rest_is_collected(course, tmp_path, name, reason):
    result = take(course, make_zip(tmp_path / "all.zip", [(name, b"{}"), ("ann.ipynb", NOTEBOOK)]))
    assert result.students == ["ann"]
    [(_, said)] = result.refused
    assert reason in said
    assert files_below(course.root / "submitted") == [f"ann/{NAME}/{NAME}.ipynb"]


@pytest.mark.parametrize(
    ("kind", "said"), [(stat.S_IFLNK, "symbolic link"), (stat.S_IFCHR, "device"), (stat.S_IFIFO, "pipe")]
)
def test_links_and_devices_in_an_archive_are_refused(course, tmp_path, kind, said):
    info = zipfile.ZipInfo("eve.ipynb", DOWNLOADED)
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    result = take(course, make_zip(tmp_path / "all.zip", [(info, b"/etc/passwd"), ("ann.ipynb", NOTEBOOK)]))
    assert result.students == ["ann"]
    assert [(name, said in reason) for name, reason in result.refused] == [("eve", True)]


def test_links_pipes_and_sockets_in_a_folder_are_refused(course, tmp_path):
    source = make_folder(tmp_path / "in", [("ann.ipynb", NOTEBOOK)])
    (tmp_path / "secret.ipynb").write_bytes(b"secret")
    (source / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (source / "dir").symlink_to(tmp_path)
    os.mkfifo(source / "pipe.ipynb")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(source / "sock.ipynb"))
        result = take(course, source)
    assert submitted(course) == {"ann": NOTEBOOK}
    assert sorted(name for name, _ in result.refused) == ["dir", "link", "pipe", "sock"]


def test_a_zip_bomb_is_refused_by_its_ratio_and_by_its_size(course, tmp_path):
    archive = make_zip(tmp_path / "all.zip", [("eve.ipynb", bytes(5_000_000)), ("ann.ipynb", NOTEBOOK)])
    assert "times its size" in dict(take(course, archive).refused)["eve"]
    assert "more than the 1,000" in dict(take(course, archive, file_bytes=1000).refused)["eve"]


def test_a_size_that_lies_is_not_believed(course, tmp_path):
    path = make_zip(tmp_path / "all.zip", [("eve.ipynb", os.urandom(300_000)), ("ann.ipynb", NOTEBOOK)])
    data = path.read_bytes()
    # The directory says 1 kB for a file that unpacks to 300 kB.
    path.write_bytes(data.replace((300_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little")))
    result = take(course, path, file_bytes=200_000)
    assert result.students == ["ann"]
    assert [name for name, _ in result.refused] == ["eve"]


def test_too_many_entries_and_too_much_in_all_are_refused(course, tmp_path):
    archive = make_zip(tmp_path / "all.zip", [(f"s{i}.ipynb", os.urandom(1000)) for i in range(20)])
    with pytest.raises(CourseError, match="more than 10 files"):
        take(course, archive, entries=10)
    result = take(course, archive, total_bytes=10_000)
    assert (len(result.students), len(result.refused)) == (10, 10)


def test_one_path_twice_is_nobodys(course, tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = make_zip(
            tmp_path / "all.zip", [("eve/a.ipynb", b"1"), ("eve/a.ipynb", b"2"), ("ann.ipynb", b"3")]
        )
    result = take(course, archive)
    assert submitted(course) == {"ann": b"3"}
    assert result.refused == [("eve/a.ipynb", "the archive holds it twice: nobody can say which one counts")]


def test_backslashes_separate_where_the_whole_archive_has_them(course, tmp_path):
    names = ["01_layers\\", "01_layers\\ann\\01_layers.ipynb", "01_layers\\bob\\01_layers.ipynb"]
    take(course, make_zip(tmp_path / "all.zip", [(name, name[10:13].encode()) for name in names]))
    assert submitted(course) == {"ann": b"ann", "bob": b"bob"}


def test_a_backslash_among_slashes_is_a_name_that_no_system_means(course, tmp_path):
    archive = make_zip(
        tmp_path / "all.zip", [("ann/01_layers.ipynb", b"a"), ("eve/x\\..\\ann\\01_layers.ipynb", b"e")]
    )
    result = take(course, archive)
    assert submitted(course) == {"ann": b"a"}
    assert [reason for _, reason in result.refused] == ["its name holds a backslash or a zero byte"]


def test_names_in_utf8_that_do_not_say_so_are_read_as_such(course, tmp_path):
    name = "Ann Müller_4711_assignsubmission_file/01_layers.ipynb"
    path = tmp_path / "all.zip"
    data = make_zip(path, [(name.replace("ü", "__"), NOTEBOOK)]).read_bytes()
    path.write_bytes(data.replace(b"M__ller", "Müller".encode()))
    assert take(course, path).students == ["ann-muller"]


def test_what_systems_leave_behind_is_nobodys_and_not_mentioned(course, tmp_path):
    left = [
        ".DS_Store",
        "__MACOSX/ann/._01_layers.ipynb",
        "ann/.ipynb_checkpoints/01_layers-checkpoint.ipynb",
        "Thumbs.db",
    ]
    archive = make_zip(
        tmp_path / "all.zip", [*((name, b"x") for name in left), ("ann/01_layers.ipynb", NOTEBOOK)]
    )
    result = take(course, archive)
    assert (result.students, result.refused) == (["ann"], [])


def test_what_is_no_collection_gets_one_sentence(course, tmp_path):
    (tmp_path / "file").write_bytes(b"hello")
    (tmp_path / "empty").mkdir()
    for source, said in [
        ("file", "neither a folder nor a zip"),
        ("missing", "is the path right"),
        ("empty", "holds no notebook"),
    ]:
        with pytest.raises(CourseError, match=said):
            take(course, tmp_path / source)


def test_a_damaged_archive_entry_is_refused_by_name(course, tmp_path):
    path = make_zip(tmp_path / "all.zip", [("eve.ipynb", os.urandom(3000)), ("ann.ipynb", NOTEBOOK)])
    data = bytearray(path.read_bytes())
    data[100:200] = bytes(100)
    path.write_bytes(data)
    result = take(course, path)
    assert submitted(course) == {"ann": NOTEBOOK}
    assert "cannot be unpacked" in dict(result.refused)["eve"]


def test_a_damaged_directory_is_a_sentence_wherever_the_damage_is(course, tmp_path):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(zipfile.ZipInfo("ann.ipynb", DOWNLOADED), NOTEBOOK)
        archive.writestr(zipfile.ZipInfo("bob.ipynb", DOWNLOADED), NOTEBOOK)
    data, path = whole.getvalue(), tmp_path / "all.zip"
    start = data.index(b"PK\1\2")
    damaged = [data[:length] for length in range(10, len(data), 7)]
    for place in range(start, len(data)):
        damaged += [data[:place] + bytes([byte]) + data[place + 1 :] for byte in (0, 0x80, 0xFF)]
    for each in damaged:
        path.write_bytes(each)
        try:
            take(course, path)
        except CourseError as error:
            assert "\n" not in str(error)  # noqa: PT017 (a sentence, or nothing at all)


def test_names_reach_a_terminal_without_escapes_and_marks_of_direction(course, tmp_path):
    names = ["\x1b[31meve", "\u202eeve", "a\u200fb", "two\nlines"]
    for source in (
        make_folder(tmp_path / "in", [(f"{name}/x.ipynb", b"{}") for name in names]),
        make_zip(tmp_path / "all.zip", [(f"{name}/x.ipynb", b"{}") for name in names]),
    ):
        result = take(course, source)
        assert len(result.refused) == len(names)
        assert all(text.isprintable() for refusal in result.refused for text in refusal)


def test_the_time_of_an_entry_or_a_file_is_that_of_a_download_and_not_taken(course, tmp_path):
    mine = ("ann/timestamp.txt", b"1999-01-01 00:00:00 UTC")
    take(
        course,
        make_zip(tmp_path / "all.zip", [("ann/01_layers.ipynb", NOTEBOOK), mine, ("bob.ipynb", b"{}")]),
    )
    take(course, make_folder(tmp_path / "in", [("cy/01_layers.ipynb", NOTEBOOK)]))
    assert [time_of(course, student) for student in ("ann", "bob", "cy")] == [None, None, None]
