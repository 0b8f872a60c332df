"""The one exception that a user of the course sees as a sentence instead of a traceback."""


class CourseError(Exception):
    """Something a user can put right; its text is one clear sentence that says what to do."""
