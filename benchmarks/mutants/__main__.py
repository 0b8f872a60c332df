"""The command line of `python -m benchmarks.mutants`."""

from __future__ import annotations

import argparse

from benchmarks import mutants
from benchmarks.mutants.bars import missed_bars
from benchmarks.mutants.measuring import measure_all
from benchmarks.mutants.questions import ROOT, questions
from benchmarks.mutants.report import REPORT, table, tolerances, write_report


def main() -> int:
    parser = argparse.ArgumentParser(description=mutants.__doc__.splitlines()[0])
    parser.add_argument(
        "--question", action="append", help="only this one (may be repeated); writes no report"
    )
    parser.add_argument("--notebook", action="append", help="only this one (may be repeated)")
    parser.add_argument("--seeds", type=int, default=3, help="how often a wrong answer must be refused")
    parser.add_argument(
        "--right-seeds", type=int, default=1000, help="how often a right answer must be accepted"
    )
    parser.add_argument("--show", action="store_true", help="list what the visible checks miss as well")
    arguments = parser.parse_args()
    chosen = [
        q
        for q in questions()
        if (not arguments.question or q.name in arguments.question)
        and (not arguments.notebook or q.assignment.name in arguments.notebook)
    ]
    rows = measure_all(chosen, arguments.seeds, arguments.right_seeds)
    print(table(rows), tolerances(rows), sep="\n\n")
    for row in rows:
        for text in row.survivors:
            print(f"survived the hidden checks of {row.question}: {text}")
        for text in row.unseen if arguments.show else ():
            print(f"survived the visible checks of {row.question}: {text}")
    if not arguments.question:
        write_report(rows, arguments.seeds, arguments.right_seeds)
        print(f"\nwritten to {REPORT.relative_to(ROOT)}")
    missed = missed_bars(rows)
    print(*missed, sep="\n")
    return bool(missed)


if __name__ == "__main__":
    raise SystemExit(main())
