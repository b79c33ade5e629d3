"""The two commands of this front, from what was typed to the exit code."""

from __future__ import annotations

from pathlib import Path

from yielddb.batch.grading import grade, to_stderr
from yielddb.batch.records import Options
from yielddb.batch.workers import Interrupted
from yielddb.catalogue import Course

EXPORT = "yielddb/export/1"
SIGNAL = 128  # a shell's code for a program that a signal ended is this much more


def grade_class(course: Course, options: Options, *, as_json: bool, feedback: bool) -> int:
    """Grade, show, write the report; gives the exit code."""
    from yielddb.batch.pages import write_feedback, write_report
    from yielddb.batch.summary import hurdles, to_dict
    from yielddb.batch.table import Screen

    try:
        outcome = grade(course, options, to_stderr)
    except Interrupted as error:
        return SIGNAL + error.number
    out = options.results
    report = write_report(outcome, course.misconceptions, out)
    if feedback:
        write_feedback(outcome.classroom, out)
    if as_json:
        import json

        record = to_dict(outcome, course.misconceptions, str(out))
        print(json.dumps(record, indent=2, ensure_ascii=False), flush=True)
    else:
        Screen().show(outcome, hurdles(outcome.classroom, course.misconceptions), report)
    return outcome.exit_code


def grade_one(course: Course, options: Options, system: str) -> int:
    """Grade inside another system's autograder; 0 also where checks fail, as those want it."""
    from yielddb.batch.inside import grade_inside

    try:
        print(grade_inside(course, options, system, to_stderr))
    except Interrupted as error:
        return SIGNAL + error.number
    return 0


def export_results(results: Path, to: str, out: Path | None, *, as_json: bool) -> None:
    """Write what another system reads; prints the files."""
    from yielddb.batch.exporting import export

    files = [str(path) for path in export(results, to, out, to_stderr)]
    if as_json:
        import json

        record = {"schema": EXPORT, "to": to, "files": files}
        print(json.dumps(record, indent=2, ensure_ascii=False))
        return
    for file in files:
        print(file)
