"""`course bundle`: what students get, and what never gets to them."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import tiny
from IPython.core.inputtransformer2 import TransformerManager
from places import ROOT

from autograder.classroom.handing_out.badges import badges
from autograder.classroom.handing_out.bundle import Bundle, bundle
from autograder.classroom.handing_out.opening import opening_cell
from autograder.classroom.release import release
from autograder.course import given
from autograder.course.manifest import Course
from autograder.grading.job import Job, grade
from autograder.sandbox import bubblewrap
from course_utils.course import notebooks, sources

# Formulas that the library and a solution write alike: paddings and two schedules of one line.
SHARED = {
    "padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))",
    "return learning_rate * factor ** (t // every)",
    "return learning_rate / (1 + decay * t)",
}
LONG_ENOUGH = 24
BEFORE, AFTER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)


def lines(text: str) -> set[str]:
    return {line.strip() for line in text.splitlines()}


def of_code(folder: Path) -> set[str]:
    return set().union(*(lines(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")))


@pytest.fixture(scope="module")
def written(solutions) -> tuple[set[str], set[str], set[str]]:
    """Lines of the notebooks: those that students see, those of solutions, those that are hidden otherwise."""
    visible, answered, hidden = set(), set(), set()
    for cell in (cell for notebook in solutions.values() for cell in notebook.cells):
        if notebooks.is_withheld(cell):
            hidden |= lines(cell.source)
            continue
        seen = sources.visible_part(cell.source)
        hidden |= lines(cell.source) - lines(seen)
        for region in sources.solution_regions(seen):
            answered |= lines(region)
            seen = seen.replace(region, "")
        visible |= lines(seen)
    return visible, answered, hidden


@pytest.fixture(scope="module")
def secrets(written) -> set[str]:
    """Every long line of a solution, a claim, a hidden check or a planted answer that nothing for students has, too."""
    visible, answered, hidden = written
    library = of_code(ROOT / "course_utils") - answered
    hidden = hidden | answered | of_code(ROOT / "autograder" / "checks") | of_code(ROOT / "answers")
    return {line for line in hidden - visible - library - SHARED if len(line) >= LONG_ENOUGH}


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and what lies in it where it is an archive."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                yield from unpacked(f"{name}!{info.filename}", archive.read(info))
    else:
        yield name, content


def everything(made: Bundle) -> Iterator[tuple[str, bytes]]:
    """All that a student can get at: files, archives within archives, and each object of the repository."""
    for path in sorted(made.folder.rglob("*")):
        if path.is_file():
            yield from unpacked(path.relative_to(made.folder).as_posix(), path.read_bytes())
    yield from unpacked("zip", made.archive.read_bytes())
    for line in git(made, "rev-list", "--all", "--objects").decode().splitlines():
        name, _, path = line.partition(" ")
        if git(made, "cat-file", "-t", name).strip() == b"blob":
            yield from unpacked(f"git:{path}", git(made, "cat-file", "blob", name))


def git(made: Bundle, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "--git-dir", made.repository, *arguments], capture_output=True, check=True, timeout=60
    ).stdout


def texts(name: str, content: bytes) -> str:
    if not name.endswith(".ipynb"):
        return content.decode("utf-8", "replace")
    return "\n".join(cell.source for cell in nbformat.reads(content.decode(), as_version=4).cells)


def test_no_line_of_a_solution_a_hidden_check_or_a_planted_answer_is_in_it(made, secrets):
    assert len(secrets) > 8000
    found, looked_at = [], set()
    for name, content in everything(made):
        assert not name.endswith(".pyc"), name
        assert not re.search(r"assignments/.*given\.py", name), name
        assert "autograder" not in name
        looked_at.add(name)
        found += [(name, line) for line in lines(texts(name, content)) & secrets]
        assert b"HIDDEN TESTS" not in content or "!course_utils/" in name, name  # which reads such marks
    assert not found
    assert any("!course_utils/gradcheck/judge.py" in name for name in looked_at)
    assert "git:assignments/01_layers/01_layers.ipynb" in looked_at


def test_a_line_would_be_seen_if_it_were_in_it(secrets):
    course = Course(ROOT)
    losses = (ROOT / "autograder/checks/layers/losses.py").read_text(encoding="utf-8")
    for text in (given.source(course, course.assignment("06_babysitting")), losses):
        assert len(lines(text) & secrets) > 40


def test_each_answer_is_a_stub(made, solutions):
    for name, solution in solutions.items():
        released = dict(
            notebooks.answers(notebooks.read(made.folder / "assignments" / name / f"{name}.ipynb"))
        )
        for question, cell in notebooks.answers(solution):
            regions = sources.solution_regions(cell.source)
            seen = cell.source
            for region in regions:
                seen = seen.replace(region, "")
            ours = lines("".join(regions)) - lines(seen) - {""}
            assert ours, question
            assert not ours & lines(released[question].source), (name, question)


def test_the_manifest_keeps_what_is_the_instructors_to_itself(tmp_path):
    course = tiny.make_course(tmp_path / "course")
    manifest = course.root / "course.toml"
    secret = 'gradebook = "postgresql://teacher:secret@db/course"\ntimezone = "Europe/Berlin"\n'
    manifest.write_text(secret + manifest.read_text() + "[limits]\nnotebook_seconds = 600\n")
    course = Course(course.root)
    release(course, course.assignment(tiny.NAME), register=False)
    made = bundle(course, tmp_path / "out", list(course.assignments))
    text = (made.folder / "course.toml").read_text()
    assert "secret" not in text
    assert "limits" not in text
    theirs = Course(made.folder)
    assert [each.name for each in theirs.assignments] == [tiny.NAME]
    assert str(theirs.timezone) == "Europe/Berlin"


def test_given_is_handed_out_when_its_predecessor_is_due(later, tmp_path):
    both, given = list(later.assignments), Path("assignments") / tiny.LATER / "given.py"
    first = bundle(later, tmp_path / "out", both, now=BEFORE)
    assert not (first.folder / given).exists()
    assert first.waiting == [tiny.LATER]
    second = bundle(later, tmp_path / "out", both, now=AFTER)
    assert "np.maximum(0, x)" in (second.folder / given).read_text()
    assert not second.waiting
    assert "np.maximum" not in git(second, "show", "HEAD~1", "--", str(given)).decode()
    assert git(second, "rev-list", "--count", "HEAD").strip() == b"2"
    bundle(later, tmp_path / "out", both, now=AFTER)
    assert git(second, "rev-list", "--count", "HEAD").strip() == b"2"


def test_without_a_due_date_given_stays(tmp_path):
    course = tiny.make_course(tmp_path / "course", later=True)
    for assignment in course.assignments:
        release(course, assignment, register=False)
    assert bundle(course, tmp_path / "out", list(course.assignments)).waiting == [tiny.LATER]


def test_the_same_course_gives_the_same_bytes(later, tmp_path):
    one, two = (
        bundle(later, tmp_path / name / "students", list(later.assignments), now=BEFORE) for name in "ab"
    )
    assert one.archive.read_bytes() == two.archive.read_bytes()


def test_a_notebook_out_of_it_is_graded_as_any_other(later, tmp_path):
    made = bundle(later, tmp_path / "out", list(later.assignments), now=BEFORE)
    notebook = notebooks.read(made.folder / "assignments" / tiny.NAME / f"{tiny.NAME}.ipynb")
    assert notebook.cells[0].source.startswith("# On Colab and Kaggle")
    answers = {"relu_forward": tiny.RELU_FORWARD, "relu_backward": tiny.RELU_BACKWARD}
    for name, cell in notebooks.answers(notebook):
        cell.source = answers.get(name, cell.source)
    unsandboxed = not bubblewrap.status().available
    job = Job("ada", tiny.NAME, notebooks.dumps(notebook).encode(), later.root, unsandboxed=unsandboxed)
    graded = grade(job)
    assert (graded.score, graded.notes) == (6, [])


def test_the_first_cell_installs_the_wheel_where_the_library_is_missing(made):
    source = notebooks.read(made.folder / "assignments/01_layers/01_layers.ipynb").cells[0].source
    wheel = next((made.folder / "wheels").iterdir()).name
    assert f'"/{wheel}"' in source
    compile(sources.without_magics(source.replace("    %pip", "    pass  # %pip")), "<cell>", "exec")


def test_the_first_cell_leads_into_the_cloned_folder_again_after_a_restart(tmp_path, monkeypatch):
    cell = TransformerManager().transform_cell(
        opening_cell("01_small", "a.whl", "https://example.org/nets").source
    )
    ran = []
    shell = SimpleNamespace(
        run_line_magic=lambda *magic: ran.append(magic)
    )  # the library is there: no other is run
    monkeypatch.chdir(tmp_path)
    exec(cell, {"get_ipython": lambda: shell})
    assert ran == []
    Path("course_folder/assignments/01_small").mkdir(parents=True)
    exec(cell, {"get_ipython": lambda: shell})
    assert ran == [("cd", "course_folder/assignments/01_small")]


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        (
            "https://github.com/ada/nets.git",
            [
                "https://mybinder.org/v2/gh/ada/nets/main?urlpath=lab",
                "https://colab.research.google.com/github/ada/nets/blob/main/assignments/00/00.ipynb",
                "https://kaggle.com/kernels/welcome?src=https://github.com/ada/nets/blob/main/assignments/00/00.ipynb",
            ],
        ),
        (
            "https://git.example.org/nets",
            ["https://mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fnets/main?urlpath=lab"],
        ),
        ("git@github.com:ada/nets.git", []),
        ("", []),
    ],
)
def test_badges_open_what_is_published(url, opened):
    assert re.findall(r"\]\((https[^)]+)\)(?!\])", badges(url, "assignments/00/00.ipynb")) == opened


def test_the_readme_of_students_has_badges_where_the_course_says_its_address(later, tmp_path):
    plain = (
        bundle(later, tmp_path / "plain" / "out", list(later.assignments), now=BEFORE).folder / "README.md"
    )
    assert "mybinder" not in plain.read_text()
    manifest = later.root / "course.toml"
    manifest.write_text('students_url = "https://github.com/ada/nets"\n' + manifest.read_text())
    course = Course(later.root)
    readme = bundle(course, tmp_path / "out", list(course.assignments), now=BEFORE).folder / "README.md"
    assert "/gh/ada/nets/main" in readme.read_text().splitlines()[2]


def test_the_wheel_asks_for_nothing_of_the_grader(made):
    wheel = next((made.folder / "wheels").iterdir())
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("METADATA"))
    asked = set(re.findall(r"^Requires-Dist: ([\w-]+)", metadata, re.MULTILINE))
    assert {"numpy", "jupyterlab", "typer"} <= asked
    assert not asked & {"nbgrader", "hatchling", "bleach"}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {
        "course_utils",
        "neural_networks_from_scratch_student",
    }
    assert "course_utils/course/lab/jupyter_server_config.json" in names
