"""The notebooks' pages: what is handed out, with the outputs of a run in which the answers were filled in.

A reader of the handbook is a student. So a page holds the cells of the released notebook and nothing of a solution; what its experiments
show comes from a run of the same cells with the reference in place of the stubs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder.course import given
from autograder.course.manifest import Assignment, Course
from course_utils.course import notebooks, sources
from course_utils.errors import CourseError

SECONDS = 3600  # for one cell, on a machine that is busy with other things
_QUIET: dict[str, Any] = {"store_widget_state": False, "extra_arguments": ["--IPKernelApp.log_level=ERROR"]}
_NO_KERNEL = "application/vnd.jupyter.widget-view+json"


def page(course: Course, assignment: Assignment, cache: Path | None) -> NotebookNode:
    """The notebook that the handbook shows for an assignment.

    Args:
        cache: folder of earlier runs; None leaves the outputs out and runs nothing.
    """
    shown = notebooks.read(course.released_path(assignment))
    if cache is not None:
        ran = {cell.id: cell for cell in executed(course, assignment, cache).cells}
        for cell in shown.cells:
            if cell.cell_type == "code":
                _take_outputs(cell, ran[cell.id])
    shown.cells.insert(1, new_markdown_cell(_introduction(assignment), id="about-this-page"))
    return shown


def executed(course: Course, assignment: Assignment, cache: Path) -> NotebookNode:
    """The released notebook with the answers filled in, run from top to bottom.

    What was run once is taken from `cache` until the notebook, its given functions or the library change.
    """
    filled = filled_in(course, assignment)
    kept = cache / f"{assignment.name}-{_digest(course, assignment, filled)}.ipynb"
    if not kept.is_file():
        print(f"running {assignment.name} ...", flush=True)
        _run(course, assignment, filled)
        cache.mkdir(parents=True, exist_ok=True)
        notebooks.write(filled, kept)
    return notebooks.read(kept)


def filled_in(course: Course, assignment: Assignment) -> NotebookNode:
    """The released notebook, its stubs replaced by the reference."""
    answers = {
        name: sources.without_marks(cell.source)
        for name, cell in notebooks.answers(notebooks.read(course.source(assignment)))
    }
    notebook = notebooks.read(course.released_path(assignment))
    for name, cell in notebooks.answers(notebook):
        cell.source = answers[name]
    return notebook


def _run(course: Course, assignment: Assignment, notebook: NotebookNode) -> None:
    with tempfile.TemporaryDirectory() as folder:
        released = course.released_path(assignment)
        for beside in released.parent.iterdir():
            if beside.is_file() and beside != released:
                shutil.copy(beside, folder)
        given.write(course, assignment, Path(folder))
        where = {"metadata": {"path": folder}}
        # Figures for white paper, whatever theme the author has chosen.
        env = os.environ | {"JUPYTERLAB_SETTINGS_DIR": folder}
        try:
            NotebookClient(notebook, timeout=SECONDS, resources=where, **_QUIET).execute(env=env)
        except CellExecutionError as error:
            raise CourseError(
                f"{assignment.name}, its answers filled in, stopped with {error.ename}: {error.evalue}; run "
                f"{course.source(assignment)} from top to bottom, and mend the cell where it stops"
            ) from error
        except (CellTimeoutError, DeadKernelError) as error:
            raise CourseError(
                f"a cell of {assignment.name}, its answers filled in, ran for {SECONDS // 60} minutes or took its kernel along: try "
                "again when this machine has time and memory; what is done is kept"
            ) from error


def _digest(course: Course, assignment: Assignment, notebook: NotebookNode) -> str:
    digest = hashlib.sha256()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            digest.update(cell.source.encode() + b"\0")
    digest.update(given.source(course, assignment).encode() + b"\0" if assignment.given else b"")
    for path in _imported(course, assignment):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _imported(course: Course, assignment: Assignment) -> Iterator[Path]:
    yield from sorted(course.released_path(assignment).parent.glob("*.py"))
    yield from sorted(
        path for path in (course.root / "course_utils").rglob("*") if path.suffix in (".py", ".mplstyle")
    )


def _take_outputs(cell: NotebookNode, ran: NotebookNode) -> None:
    cell.outputs = [shown for output in ran.outputs if (shown := _shown(output))]
    cell.execution_count = ran.execution_count
    sizes = [output.metadata.get("image/png", {}) for output in cell.outputs if "metadata" in output]
    described = next((size for size in sizes if size.get("alt")), {})
    image = {"alt": described.get("alt", "What the cell above draws.")}
    image |= {"width": f"{described['width']}px"} if described.get("width") else {}
    cell.metadata["mystnb"] = {"image": image}


def _shown(output: NotebookNode) -> NotebookNode | None:
    """An output as a page shows it; a warning would show lines of the reference, and controls and scripts need a kernel."""
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    if output.data.get("text/plain") == "":  # a script for the page that the kernel runs for
        return None
    output.data.pop(_NO_KERNEL, None)
    return output if any(output.data.values()) else None


def _introduction(assignment: Assignment) -> str:
    return (
        f"```{{note}}\nThis is `{assignment.name}` as it is handed out. Pictures and numbers come from a run in which the answers were "
        f"filled in; yours appear when you run your own copy: `course lab {assignment.name}`. "
        f"[What to read beside it](../../docs/reading/{assignment.name}.md).\n```"
    )
