"""Commands of `course` that are too long for its one module."""
