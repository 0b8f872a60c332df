"""A class: its submissions, grades, feedback and releases."""
