"""Tables keep to their rows, whatever a submission made the grader say."""

from rich.console import Console

from autograder import tables
from autograder.course.manifest import Assignment
from autograder.grading.job import Graded
from autograder.verdict.verdict import Case, Outcome, Verdict
from course_utils.compare import Failure

LONG = "\x1b[2J[bold]\n" + "x\n" * 100_000


def test_a_row_of_the_class_is_some_lines_long_whatever_its_reason_is() -> None:
    case = Case("a batch", outcome=Outcome.RAISED, failure=Failure(LONG))
    results = [
        Graded("ada", "01_small", verdicts={"f": Verdict("f", 0, [case])}, points={"f": 4}),
        Graded("bao", "01_small", fault=LONG),
        Graded("chidi", "01_small", notes=[LONG], verdicts={}, points={}),
        Graded("dalia", "01_small", verdicts={"f": Verdict("f", 0, reason=LONG)}, points={"f": 4}),
    ]
    console = Console(width=80)
    with console.capture() as captured:
        console.print(tables.class_table(Assignment("01_small", "Small", 8), results))
    said = captured.get()
    assert len(said.splitlines()) < 8 * len(results)
    assert "\x1b[2J" not in said
    assert all(result.student in said for result in results)
