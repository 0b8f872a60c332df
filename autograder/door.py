"""How `course` begins, for those who learn alone, write the course or grade a class."""

from course_utils import interrupts


def main() -> None:
    """Load the command line and run it; whoever stops it meanwhile is not shown where it was."""
    with interrupts.told():
        from autograder.cli import main as course

        course()
