"""nbgrader's configuration for a course folder: the same steps for its own commands, its formgrader and `course`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import nbgrader
from nbgrader import preprocessors as steps
from traitlets.config import Config

from autograder.course.manifest import Course
from autograder.course.signposts import Signposts
from autograder.course.stubs import NamedStubs
from autograder.course.withheld import DropWithheld
from autograder.nbgrader_bridge import hooks, pages
from autograder.nbgrader_bridge.csv_export import SafeCsvExport
from autograder.nbgrader_bridge.database import prepare_nbgrader
from autograder.nbgrader_bridge.deadlines import Deadlines, LatePenalty
from autograder.nbgrader_bridge.feedback_marks import FeedbackGrades
from autograder.nbgrader_bridge.feedback_page import FeedbackExporter
from autograder.nbgrader_bridge.lists import prepare_formgrader
from autograder.nbgrader_bridge.marks_by_hand import SaveMarks
from autograder.nbgrader_bridge.registration import RegisterCells
from autograder.nbgrader_bridge.steps import GradingExecute, SubmissionExporter, WriteVerdicts
from course_utils.files import UNFINISHED

_PAGES = str(Path(__file__).parent / "formgrader")
# Looked up, since importing it loads a whole Jupyter server.
_NBGRADERS_PAGES = str(Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates")
RELEASE_STEPS = [
    DropWithheld,
    Signposts,
    steps.LockCells,
    NamedStubs,
    steps.ClearOutput,
    steps.CheckCellMetadata,
    steps.ComputeChecksums,
    RegisterCells,
    steps.ClearHiddenTests,
    steps.ComputeChecksums,
    steps.CheckCellMetadata,
]
MARKING_STEPS = [SaveMarks, Deadlines, steps.AssignLatePenalties, steps.CheckCellMetadata]


def configure(c: Config, root: Path) -> Config:
    """Set up nbgrader for the course folder `root`; what `nbgrader_config.py` calls."""
    prepare_nbgrader()
    prepare_formgrader()
    course = Course(Path(root).resolve())
    c.CourseDirectory.root = str(course.root)
    # The one that its Gradebook takes by default; a database that checks keys refuses an empty one.
    c.CourseDirectory.course_id = "default_course"
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "assignments"
    c.CourseDirectory.db_url = course.gradebook_url
    c.CourseDirectory.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        ".pytest_cache",
        UNFINISHED,
    ]

    c.GenerateAssignment.preprocessors = RELEASE_STEPS
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [GradingExecute, WriteVerdicts, *MARKING_STEPS]
    c.GenerateAssignment.post_convert_hook = partial(hooks.leave_out_of_release, course)
    c.Execute.skip_cells_with_tag = "demo"
    c.Execute.store_widget_state = False
    c.GradingExecute.course_root = str(course.root)
    c.Deadlines.course_root = str(course.root)
    c.LatePenalty.course_root = str(course.root)
    c.FeedbackGrades.course_root = str(course.root)
    c.AssignLatePenalties.plugin_class = LatePenalty
    c.RegisterCells.course_root = str(course.root)
    c.Signposts.course_root = str(course.root)
    c.GenerateFeedback.exporter_class = FeedbackExporter
    c.GenerateFeedback.preprocessors = [FeedbackGrades]
    # The formgrader's pages.
    c.HTMLExporter.sanitize_html = True
    c.HTMLExporter.template_name = "marking"
    c.HTMLExporter.extra_template_basedirs = [_PAGES, _NBGRADERS_PAGES]
    c.HTMLExporter.extra_template_paths = [_NBGRADERS_PAGES, str(Path(_PAGES) / "lists")]
    c.HTMLExporter.preprocessors = [partial(pages.new_page, course)]
    c.HTMLExporter.filters = {
        "clean_html": pages.clean,
        "markdown2html": pages.clean_markdown,
        "highlight_code": pages.colour,
        "ansi2html": pages.printed,
    }
    c.ExportApp.plugin_class = SafeCsvExport
    return c
