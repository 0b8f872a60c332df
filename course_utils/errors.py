"""The one exception that a user of the course sees as a sentence instead of a traceback."""


class CourseError(Exception):
    """Something a user can put right; its text is one clear sentence that says what to do."""


def cannot_write(error: OSError) -> str:
    """The sentence for a file or folder that could not be written."""
    return f"{error.filename or 'a file'} cannot be written ({error.strerror or error}): make it writable, or make room"
