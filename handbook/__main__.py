"""`python -m handbook`: make the site, and the PDF if asked for."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from autograder.course.manifest import Course
from course_utils.errors import CourseError
from handbook.chromium import find_chromium
from handbook.pdf import print_pdf
from handbook.site import build_one_page, build_site


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m handbook", description="Make the handbook in build/.")
    parser.add_argument("--pdf", action="store_true", help="one PDF as well, by chromium")
    parser.add_argument(
        "--no-pictures", action="store_true", help="do not run the notebooks: pages without outputs"
    )
    asked = parser.parse_args()
    try:
        _make(Course.find(), pictures=not asked.no_pictures, pdf=asked.pdf)
    except CourseError as error:
        sys.exit(f"✗ {error}")


def _make(course: Course, *, pictures: bool, pdf: bool) -> None:
    build, work = course.root / "build", course.root / "build" / "handbook-work"
    if pdf:
        find_chromium()  # said now, and not after the minutes that the notebooks take
    print(f"✓ {_made(course, build_site(course, build / 'handbook', work, pictures=pictures))}")
    if pdf:
        print_pdf(build_one_page(course, work, pictures=pictures), build / "handbook.pdf")
        print(f"✓ {_made(course, build / 'handbook.pdf')}")


def _made(course: Course, path: Path) -> Path:
    return path.relative_to(course.root)


main()
