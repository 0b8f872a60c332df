"""Notebooks as an author runs them, from top to bottom, experiments, claims and all; `make notebooks` runs every one of them."""

import re
import shutil

import pytest
import stand_ins
from nbclient import NotebookClient
from places import ROOT

from autograder.course import given
from autograder.course.manifest import Course
from course_utils.course import notebooks

COURSE = Course(ROOT)
# Of those that train networks, each takes half a minute and more.
SHORT = ("00_tour", "01_layers")
# The one line that chooses what the experiments are made with.
CHOICE = 'PICTURES = "shapes10"'


def run_whole(course, assignment, folder, pictures=""):
    """Run a solution notebook in a new folder, with what lies beside it; on other pictures, if asked for."""
    beside = shutil.ignore_patterns("*.ipynb*", "__pycache__", *assignment.files)
    shutil.copytree(course.source(assignment).parent, folder, ignore=beside)
    if assignment.given:
        (folder / "given.py").write_text(given.source(course, assignment), encoding="utf-8")
    notebook = notebooks.read(course.source(assignment))
    for cell in notebook.cells if pictures else ():
        cell.source = cell.source.replace(CHOICE, f'PICTURES = "{pictures}"')
    where = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, store_widget_state=False, resources=where).execute()
    return notebook


@pytest.mark.slow
@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_notebook_runs_from_top_to_bottom_without_a_warning(assignment, tmp_path, monkeypatch, request):
    if assignment.name not in SHORT and not request.config.getoption("--whole-notebooks"):
        pytest.skip("runs with --whole-notebooks")
    # Where other processes keep the cores busy, two BLAS threads spend their time waiting for each other.
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    notebook = run_whole(COURSE, assignment, tmp_path / "notebook")
    outputs = [(cell.id, output) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [(name, o.text) for name, o in outputs if o.output_type == "stream" and o.name == "stderr"] == []
    pictures = {name for name, output in outputs if "image/png" in output.get("data", {})}
    plots = {
        cell.id
        for cell in notebook.cells
        if re.search(r"plt\.subplots|image_grid\(|_explorer\(", cell.source)
    }
    assert plots - pictures == set(), "a figure was drawn and not shown"


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_one_line_at_the_top_chooses_the_pictures(assignment):
    cells = notebooks.read(COURSE.source(assignment)).cells
    chosen = [number for number, cell in enumerate(cells) if CHOICE in cell.source.splitlines()]
    trains = any(re.search(r"load_(pictures|dataset)\(", cell.source) for cell in cells)
    assert len(chosen) == (1 if trains else 0)
    code = [number for number, cell in enumerate(cells) if cell.cell_type == "code"]
    assert all(code.index(number) < 3 for number in chosen), (
        f"{assignment.name} chooses its pictures too far down"
    )


@pytest.fixture(scope="module")
def at_hand(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    stand_ins.cifar10(folder)
    stand_ins.fashion_mnist(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("pictures", ["cifar10", "fashion_mnist"])
@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_notebook_runs_on_other_pictures(assignment, pictures, at_hand, tmp_path, monkeypatch, request):
    if assignment.name != "00_tour" and not request.config.getoption("--whole-notebooks"):
        pytest.skip("runs with --whole-notebooks")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setenv("COURSE_DATA_PATH", str(at_hand))
    notebook = run_whole(COURSE, assignment, tmp_path / "notebook", pictures)
    assert [cell.id for cell in notebook.cells if f'PICTURES = "{pictures}"' in cell.source] == [
        "which-pictures"
    ]
