"""Finds the line of a backward pass that one small change would put right."""

from course_utils.gradcheck.lines.location import Location, Way
from course_utils.gradcheck.lines.search import Known, Task, locate
from course_utils.gradcheck.lines.situations import Situation, larger, situations
from course_utils.gradcheck.lines.source import source_text

__all__ = ["Known", "Location", "Situation", "Task", "Way", "larger", "locate", "situations", "source_text"]
