"""The site: the repository's documents and the notebooks' pages, laid out as in the repository, made HTML by Sphinx."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from autograder.course.manifest import Course
from course_utils.course import notebooks
from course_utils.errors import CourseError
from handbook.executed import page

HERE = Path(__file__).parent
# Documents, and what they link to.
DOCUMENTS = ("*.md", "LICENSE", "docs/**/*.md", "docs/**/*.png", "course_utils/data/*.md")
OURS = {"index.md": ".", "conf.py": ".", "handbook.css": "_static"}


def build_site(course: Course, site: Path, work: Path, *, pictures: bool = True) -> Path:
    """Make the site, a folder that needs no network.

    Args:
        site: where it goes.
        work: folder for what later builds can use again.
        pictures: run the notebooks for their outputs (minutes, the first time); their pages have none otherwise.

    Returns:
        Its first page.

    Raises:
        CourseError: Sphinx has something to warn of, for example a link that leads nowhere.
    """
    made = _sphinx(course, work, "html", pictures=pictures)
    shutil.rmtree(site, ignore_errors=True)
    shutil.move(made, site)
    return site / "index.html"


def build_one_page(course: Course, work: Path, *, pictures: bool = True) -> Path:
    """All of the handbook on one page, to be printed; returns the page. It raises what `build_site` does."""
    return _sphinx(course, work, "singlehtml", pictures=pictures) / "index.html"


def _sphinx(course: Course, work: Path, builder: str, *, pictures: bool) -> Path:
    source, made = work / "source", work / builder
    _lay_out(course, source, work / "runs" if pictures else None)
    shutil.rmtree(made, ignore_errors=True)
    # What is printed is text from one end to the other, without a sidebar.
    theme = ["-D", "html_theme=basic"] if builder == "singlehtml" else []
    options = ["--quiet", "--fail-on-warning", "-d", str(work / "doctrees" / builder), *theme]
    command = [sys.executable, "-m", "sphinx", "-b", builder, *options, str(source), str(made)]
    if subprocess.run(command, check=False).returncode:
        raise CourseError("the handbook has the faults named above: mend them and make it again")
    return made


def _lay_out(course: Course, source: Path, runs: Path | None) -> None:
    shutil.rmtree(source, ignore_errors=True)
    for pattern in DOCUMENTS:
        for path in sorted(course.root.glob(pattern)):
            _copy(path, source / path.relative_to(course.root))
    for name, folder in OURS.items():
        _copy(HERE / name, source / folder / name)
    for assignment in course.assignments:
        target = source / "assignments" / assignment.name / f"{assignment.name}.ipynb"
        target.parent.mkdir(parents=True)
        notebooks.write(page(course, assignment, runs), target)


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)
