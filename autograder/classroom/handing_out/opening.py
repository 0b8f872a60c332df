"""The cells around a notebook that students get: the first installs what it imports, the last hands it in."""

from __future__ import annotations

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell

_CLONE = """    !git clone -q --depth 1 {url} course_folder
"""
# Outside of the condition: a runtime that is started again has the library, and is back in its first folder.
_ENTER = """
if Path("course_folder/assignments/{name}").is_dir():
    %cd course_folder/assignments/{name}"""
_CELL = """# On Colab and Kaggle this installs what the notebook imports; elsewhere it does nothing.
import importlib.util
from glob import glob
{path}
if importlib.util.find_spec("course_utils") is None:
{clone}    places = ["course_folder/wheels", ".", "wheels", "/content", "/kaggle/input/*", "/kaggle/input/*/wheels"]
    wheels = [wheel for place in places for wheel in glob(place + "/{wheel}")]
    if not wheels:
        raise FileNotFoundError("upload {wheel} from the folder wheels/ that you were given, and run this cell again")
    %pip install -q {{wheels[0]}}{enter}
"""


def opening_cell(name: str, wheel: str, url: str = "") -> NotebookNode:
    """The cell.

    Args:
        name: of the assignment.
        wheel: file name of the students' wheel.
        url: of the git repository that students can clone, where there is one.
    """
    clone, enter = (_CLONE.format(url=url), _ENTER.format(name=name)) if url else ("", "")
    path = "from pathlib import Path\n" if url else ""
    return new_code_cell(
        _CELL.format(clone=clone, wheel=wheel, enter=enter, path=path).rstrip(), id="install"
    )


def closing_cell() -> NotebookNode:
    """The cell that hands the notebook in; a grader does not run it, nor does the command itself."""
    source = "# Save the notebook first: this looks it over and writes the file to hand in.\nfrom course_utils.study import submit\n\nsubmit()"
    return new_code_cell(source, id="hand-in", metadata={"tags": ["demo"]})
