"""How a student's `course` begins."""

from course_utils import interrupts


def main() -> None:
    """Load the command line and run it; whoever stops it meanwhile is not shown where it was."""
    with interrupts.told():
        from course_utils.cli import main as course

        course()
