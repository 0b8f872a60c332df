"""No function, class or import that nobody uses: not the packages themselves, nor a notebook, an answer, a benchmark."""

import tomllib
from pathlib import Path

import pytest
from places import ROOT
from vulture import Vulture

from autograder.course.manifest import Course
from course_utils.course import notebooks, sources

# What is set on other packages' objects for them to read.
FOR_OTHERS = ("attribute", "variable")


@pytest.mark.slow
def test_nothing_is_dead(tmp_path: Path) -> None:
    course = Course(ROOT)
    for assignment in course.assignments:
        cells = notebooks.read(course.source(assignment)).cells
        code = [sources.without_magics(cell.source) for cell in cells if cell.cell_type == "code"]
        (tmp_path / f"notebook_{assignment.name}.py").write_text("\n\n".join(code))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["vulture"]
    vulture = Vulture(ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"])
    ours = ["autograder", "course_utils"]
    vulture.scavenge([*(str(ROOT / name) for name in (*ours, "answers", "benchmarks")), str(tmp_path)])
    dead = [
        item.get_report()
        for item in vulture.get_unused_code(min_confidence=60)
        if item.filename.relative_to(item.filename.anchor).parts
        and any((ROOT / name) in Path(item.filename).parents for name in ours)
        and item.typ not in FOR_OTHERS
    ]
    assert not dead, "\n".join(dead)
