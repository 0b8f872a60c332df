"""What a learner sees in a notebook when something goes wrong."""

from course_utils.notebook.set_up import set_up

__all__ = ["set_up"]
