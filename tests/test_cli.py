"""`course`, as somebody at a terminal meets it: help, exit codes, and one sentence for whatever goes wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from places import ROOT
from typer.testing import CliRunner

from autograder import cli
from autograder.classroom.release import release
from autograder.course import notebooks
from autograder.course.manifest import Course
from autograder.course.workspace import ensure_copies

COMMANDS = sorted(
    command.name or command.callback.__name__.replace("_", "-") for command in cli.app.registered_commands
)


@pytest.fixture
def at(monkeypatch, capsys):
    """Run `course` in a folder, through the entry point that users run; gives exit code, output and errors."""

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COLUMNS", "200")
        monkeypatch.setattr(sys, "argv", ["course", *arguments])
        monkeypatch.setattr(cli, "console", cli.Console(width=200))
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def refused(ended, *parts):
    """Assert that a command said one sentence on stderr, with these parts in it, and ended with 1."""
    code, _, errors = ended
    assert code == 1, errors
    assert "Traceback" not in errors
    assert errors.count("✗") == 1
    assert len(errors.strip().splitlines()) == 1, errors
    for part in parts:
        assert part in errors


def test_the_commands_are_those_that_were_promised():
    promised = {"lab", "check", "hint", "solution", "release", "collect", "grade", "feedback", "export"}
    assert promised | {"demo", "doctor"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    (found,) = [
        each
        for each in cli.app.registered_commands
        if (each.name or each.callback.__name__.replace("_", "-")) == command
    ]
    assert found.callback.__doc__.split(".")[0].split()[0] in result.output


def test_the_program_is_installed_and_starts_without_heavy_imports():
    program = (
        "import sys; import autograder.cli; "
        "print(sorted({'numpy', 'nbgrader', 'nbconvert', 'jupyter_client', 'matplotlib', 'zmq'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    course = Path(sys.executable).with_name("course")
    assert subprocess.run([course, "--help"], capture_output=True, check=False).returncode == 0


def test_an_unknown_command_or_option_is_a_usage_error(at, tiny_course):
    assert at(tiny_course.root, "grad")[0] == 2
    assert at(tiny_course.root, "grade", tiny.NAME, "--fast")[0] == 2
    assert at(tiny_course.root, "grade")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("lab", "01_smal"),
        ("check", "01_smal"),
        ("release", "01_smal"),
        ("grade", "01_smal"),
        ("feedback", "01_smal"),
    ],
)
def test_an_unknown_assignment_gets_a_suggestion(at, tiny_course, arguments):
    refused(at(tiny_course.root, *arguments), "no assignment is called '01_smal'; did you mean 01_small?")


@pytest.mark.parametrize(
    "arguments",
    [("release",), ("grade", "01_layers"), ("check", "x.ipynb"), ("export",), ("doctor",), ("hint", "f")],
)
def test_outside_of_a_course_folder_it_says_so(at, tmp_path, arguments):
    refused(at(tmp_path, *arguments), "no course.toml in", "run this inside the course folder")


def test_a_broken_manifest_is_a_sentence(at, tiny_course):
    manifest = tiny_course.root / "course.toml"
    manifest.write_text("title = ")
    refused(at(tiny_course.root, "release"), "course.toml cannot be read")
    manifest.write_text('title = "T"\n')
    refused(at(tiny_course.root, "release"), "course.toml", "assignment")
    manifest.write_text('title = "T"\n[[assignment]]\nname = "01"\ntitel = "x"\npoints = 1\n')
    refused(at(tiny_course.root, "release"), "course.toml", "titel")
    manifest.write_bytes(b'title = "\xff"')
    refused(at(tiny_course.root, "release"), "course.toml cannot be read")


@pytest.mark.parametrize("student", ["ada/bao", "ada lovelace", "../ada"])
def test_a_student_id_with_a_slash_or_a_space_is_refused(at, tiny_course, student):
    refused(at(tiny_course.root, "grade", tiny.NAME, "--student", student), "is no student id", "no slash")
    refused(at(tiny_course.root, "feedback", tiny.NAME, "--student", student), "is no student id", "no slash")


def test_nothing_handed_in_is_a_sentence(at, tiny_course):
    (tiny_course.root / "submitted").mkdir()
    refused(at(tiny_course.root, "grade", tiny.NAME), "no submission for 01_small", "submitted/<student>/")


def test_feedback_and_export_before_grading_say_what_comes_first(at, tiny_course):
    refused(at(tiny_course.root, "feedback", tiny.NAME), "course grade 01_small")
    refused(at(tiny_course.root, "export"), "course grade")
    assert not (tiny_course.root / "gradebook.db").exists()


def test_the_life_of_an_assignment(at, tiny_class):
    folder = tiny_class.root
    code, out, _ = at(folder, "release")
    assert (code, "assignments/01_small/01_small.ipynb" in out) == (0, True)
    tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
    tiny.hand_in(tiny_class, "bao", b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}')
    code, out, errors = at(folder, "grade", tiny.NAME)
    assert code == 0, errors
    assert re.search(r"ada\s.*6/6.*all correct", out)
    assert re.search(r"bao\s.*0/6.*it is a notebook of format 3, not 4; open it in JupyterLab, save it", out)
    tiny.hand_in(tiny_class, "eve lovelace", b"{}")
    code, out, _ = at(folder, "grade", tiny.NAME)
    assert code == 3
    assert "submitted/eve lovelace: 'eve lovelace' is no student id" in out
    code, out, _ = at(folder, "feedback", tiny.NAME)
    assert (code, "2 pages" in out) == (0, True)
    code, out, _ = at(folder, "export", "--to", "marks.csv")
    assert (code, "marks.csv: 2 rows" in out) == (0, True)
    assert (folder / "feedback/ada/01_small/01_small.html").is_file()


def test_the_gradebook_of_another_course_is_refused_and_kept(at, tiny_class):
    from nbgrader.api import Gradebook

    with Gradebook(tiny_class.gradebook_url) as gradebook:
        gradebook.add_assignment("ps1")
    tiny.hand_in(tiny_class, "ada", b"{}")
    before = (tiny_class.root / "gradebook.db").read_bytes()
    refused(at(tiny_class.root, "grade", tiny.NAME), "belongs to another course (it holds ps1)")
    refused(at(tiny_class.root, "release"), "belongs to another course (it holds ps1)")
    assert (tiny_class.root / "gradebook.db").read_bytes() == before


def test_a_gradebook_that_is_no_database_is_refused_and_kept(at, tiny_course):
    path = tiny_course.root / "gradebook.db"
    path.write_bytes(b"my grades\n" * 100)
    tiny.hand_in(tiny_course, "ada", b"{}")
    for command in (("grade", tiny.NAME), ("release",), ("export",)):
        refused(at(tiny_course.root, *command), "gradebook", "move it away")
    assert path.read_bytes() == b"my grades\n" * 100


class TestCheck:
    @pytest.fixture
    def notebook(self, tiny_course):
        path = tiny_course.root / "01_small.ipynb"
        path.write_bytes(tiny.answered(tiny_course))
        return path

    def test_all_correct_is_0(self, at, tiny_course, notebook):
        code, out, _ = at(tiny_course.root, "check", notebook.name)
        assert code == 0
        assert "✓ relu_forward" in out
        assert "6 of 6 points" in out

    def test_a_stub_notebook_is_2_and_says_what_is_missing(self, at, tiny_course):
        released = release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)
        code, out, _ = at(tiny_course.root, "check", str(released))
        assert code == 2
        assert "relu_backward" in out
        assert "is not written yet (section 1)" in out
        assert "0 of 6 points" in out

    def test_a_mistake_is_2_and_named_and_the_same_seed_says_the_same(self, at, tiny_course):
        path = tiny_course.root / "01_small.ipynb"
        wrong = tiny.RELU_BACKWARD.replace("dout * (cache > 0)", "-dout * (cache > 0)")
        path.write_bytes(tiny.answered(tiny_course, relu_backward=wrong))
        first = at(tiny_course.root, "check", path.name, "--seed", "5", "-q", "relu_backward")
        assert first[0] == 2
        assert "the sign is flipped" in first[1]
        assert "✓ relu_forward" not in first[1]
        assert at(tiny_course.root, "check", path.name, "--seed", "5", "-q", "relu_backward") == first

    def test_markup_in_a_message_is_only_text(self, at, tiny_course):
        path = tiny_course.root / "01_small.ipynb"
        raising = 'def relu_forward(x):\n    raise ValueError("[/bold] [red]x[/red] \\x1b[2J")\n'
        path.write_bytes(tiny.answered(tiny_course, relu_forward=raising))
        code, out, errors = at(tiny_course.root, "check", path.name)
        assert code == 2, errors
        assert "[/bold] [red]x[/red]" in out
        assert "\x1b[2J" not in out

    def test_the_notebook_is_left_as_it_is(self, at, tiny_course, notebook):
        before = notebook.read_bytes()
        at(tiny_course.root, "check", notebook.name)
        assert notebook.read_bytes() == before
        assert not (tiny_course.root / "gradebook.db").exists()

    def test_a_missing_file_and_a_missing_copy_are_sentences(self, at, tiny_course):
        refused(
            at(tiny_course.root, "check", "nowhere/01_small.ipynb"), "there is no file nowhere/01_small.ipynb"
        )
        refused(at(tiny_course.root, "check", tiny.NAME), "work/01_small", "course lab 01_small")

    def test_an_unknown_question_is_a_sentence(self, at, tiny_course, notebook):
        refused(at(tiny_course.root, "check", notebook.name, "-q", "relu"), "relu is no question of 01_small")

    def test_a_renamed_copy_is_known_by_what_it_holds_or_refused(self, at, tiny_course, notebook):
        notebook.rename(notebook.with_name("homework.ipynb"))
        refused(at(tiny_course.root, "check", "homework.ipynb"), "no assignment is called 'homework.ipynb'")

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (
                b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}',
                "it is a notebook of format 3, not 4",
            ),
            (b"%PDF-1.7", "it is not a notebook (no valid JSON)"),
            (b"", "it is not a notebook"),
        ],
    )
    def test_what_is_no_notebook_is_2_with_the_reason(self, at, tiny_course, notebook, content, sentence):
        notebook.write_bytes(content)
        code, out, errors = at(tiny_course.root, "check", notebook.name)
        assert code == 2, errors
        assert sentence in out

    def test_a_folder_in_place_of_a_file_is_a_sentence(self, at, tiny_course):
        (tiny_course.root / "01_small.ipynb").mkdir()
        refused(at(tiny_course.root, "check", "01_small.ipynb"), "there is no file 01_small.ipynb")


class TestLab:
    def test_it_copies_once_and_never_overwrites(self, tiny_course):
        assignment = tiny_course.assignment(tiny.NAME)
        released = release(tiny_course, assignment, register=False)
        mine = ensure_copies(tiny_course, assignment)
        assert mine == tiny_course.root / "work" / tiny.NAME / f"{tiny.NAME}.ipynb"
        assert mine.read_bytes() == released.read_bytes()
        assert os.access(mine, os.W_OK)
        mine.write_text("my work")
        (released.parent / "data.txt").write_text("new")
        assert ensure_copies(tiny_course, assignment).read_text() == "my work"
        assert (mine.parent / "data.txt").read_text() == "new"

    def test_what_is_not_released_is_a_sentence(self, at, tiny_course):
        refused(
            at(tiny_course.root, "lab", tiny.NAME), "01_small is not released yet", "course release 01_small"
        )

    def test_a_file_where_the_folder_should_be_is_a_sentence(self, at, tiny_course):
        release(tiny_course, tiny_course.assignment(tiny.NAME), register=False)
        (tiny_course.root / "work").write_text("")
        refused(at(tiny_course.root, "lab", tiny.NAME), "cannot be written")


class TestHintAndSolution:
    def test_hints_go_from_a_nudge_to_more(self, at):
        code, first, _ = at(ROOT, "hint", "affine_backward")
        assert code == 0
        assert "course hint affine_backward -m" in first
        _, second, _ = at(ROOT, "hint", "affine_backward", "-m")
        assert len(second) > len(first) - 60
        assert "<" not in first.replace("<details>", "<") or "<details>" not in first

    def test_an_unknown_question_gets_a_suggestion(self, at):
        for command in ("hint", "solution"):
            refused(at(ROOT, command, "afine_backward"), "'afine_backward'", "did you mean affine_backward?")

    def test_a_hint_says_which_notebooks_ask_the_question(self, at):
        _, first, _ = at(ROOT, "hint", "FullyConnectedNet")
        assert "as 01_layers asks it; for another notebook: --in 02_batchnorm or --in 03_dropout" in first
        _, second, _ = at(ROOT, "hint", "FullyConnectedNet", "--in", "02_batchnorm")
        assert "as 01_layers" not in second
        assert "--in 02_batchnorm -m" in second

    def test_a_question_without_hints_says_so(self, at, tiny_course):
        refused(at(tiny_course.root, "hint", "relu_forward"), "there is no hint on relu_forward")

    def test_a_solution_is_shown_without_marks(self, at, tiny_course):
        code, out, _ = at(tiny_course.root, "solution", "relu_forward")
        assert code == 0
        assert "np.maximum(0, x)" in out
        assert "SOLUTION" not in out

    def test_an_assignments_solution_is_a_path(self, at, tiny_course):
        assert at(tiny_course.root, "solution", tiny.NAME)[1].strip() == "solutions/01_small/01_small.ipynb"


def test_doctor_says_what_works(at, tiny_course):
    code, out, _ = at(tiny_course.root, "doctor")
    assert code == 0
    for what in ("Python", "numpy", "nbgrader", "sandbox", "free disk", "data: shapes10"):
        assert what in out


READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
cd "$1"
shift
exec "$@"
"""


_UNSHARE = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh"]


def read_only(folder, *arguments):
    """Run `course` in a folder that cannot be written, not even by root: a read-only mount in a namespace of its own."""
    run = subprocess.run(
        [*_UNSHARE, str(folder), sys.executable, "-c", "from autograder.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )
    return run.returncode, run.stdout, run.stderr


@pytest.fixture(scope="module")
def can_mount(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("mount"))
    try:
        run = subprocess.run(
            [*_UNSHARE, folder, "true"],
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare here to make a read-only folder with")
    if run.returncode:
        pytest.skip(f"no read-only folder can be mounted here: {run.stderr.decode().strip()}")


class TestInAReadOnlyFolder:
    @pytest.fixture
    def folder(self, can_mount, tiny_class):
        release(tiny_class, tiny_class.assignment(tiny.NAME), register=False)
        tiny.hand_in(tiny_class, "ada", tiny.answered(tiny_class))
        return tiny_class.root

    @pytest.mark.parametrize("arguments", [("release",), ("grade", tiny.NAME), ("lab", tiny.NAME)])
    def test_it_is_a_sentence_and_loses_nothing(self, folder, arguments):
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        refused(read_only(folder, *arguments), "writ")
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    def test_check_needs_to_write_nothing(self, folder):
        code, out, errors = read_only(folder, "check", f"submitted/ada/{tiny.NAME}/{tiny.NAME}.ipynb")
        assert code == 0, errors
        assert "6 of 6 points" in out


def test_feedback_and_export_of_a_read_only_course_are_sentences(can_mount, graded_course):
    refused(read_only(graded_course.root, "feedback", "01_layers", "--student", "ada"), "writ")
    refused(read_only(graded_course.root, "export"), "writ")


def test_this_course_is_complete():
    course = Course(ROOT)
    for assignment in course.assignments:
        cells = notebooks.read(course.source(assignment)).cells
        assert sum(map(notebooks.points, cells)) == assignment.points
