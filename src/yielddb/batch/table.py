"""The class in a terminal: students by lessons, then what most fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from yielddb.batch.records import Class, Graded, Outcome, Student
from yielddb.batch.summary import Hurdle, counts, faults
from yielddb.workspace.report import clip, columns, marks_for, tidy

WIDTH = 80  # columns where the output is no terminal
NAME = 24  # columns of a student's name
CELL = 10  # columns of a lesson, its gap included
TOTAL = 11  # columns of the sum
MOST = 3  # checks that are told below the table
STYLES = {"passed": "green", "failed": "red", "error": "yellow"}


class Screen:
    """Prints to a stream, in colours where it is a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        stream = sys.stdout if stream is None else stream
        width = None if stream.isatty() else WIDTH
        self.console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
        self.marks = marks_for(stream.encoding)

    def show(self, outcome: Outcome, hurdles: Sequence[Hurdle], report: Path) -> None:
        """Print all that a person wants to know first."""
        for number, table in enumerate(self._tables(outcome.classroom)):
            if number:
                self._line("")
            self.console.print(table)
        for hurdle in hurdles[:MOST]:
            self._hurdle(hurdle)
        for line in _counts(outcome):
            self._line(line)
        self._line(f"Report: {report}")

    def _line(self, text: str, style: str = "") -> None:
        self.console.print(Text(tidy(text), style), soft_wrap=True)

    def _tables(self, classroom: Class) -> Iterator[Table]:
        """As many tables as it takes to show all lessons in this width."""
        slugs = list(classroom.lessons)
        room = max(1, (self.console.width - NAME - TOTAL - 3) // CELL)
        parts = [slugs[at : at + room] for at in range(0, len(slugs), room)]
        for number, part in enumerate(parts, 1):
            yield self._table(classroom, part, last=number == len(parts))

    def _table(self, classroom: Class, slugs: Sequence[str], last: bool) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("student", no_wrap=True)
        for slug in slugs:
            table.add_column(clip(classroom.lessons[slug], CELL - 2), no_wrap=True)
        if last:
            table.add_column("points", justify="right", no_wrap=True)
        for student in classroom.students:
            cells = [self._cell(classroom.verdicts.get((student.id, slug))) for slug in slugs]
            total = [Text(_total(classroom, student))] if last else []
            table.add_row(Text(clip(tidy(student.label), NAME)), *cells, *total)
        return table

    def _cell(self, graded: Graded | None) -> Text:
        if graded is None:
            return Text("-", "dim")
        verdict = graded.verdict
        status = verdict.status if verdict.is_whole else "error"
        points = f" {verdict.score:g}/{verdict.max_score:g}"
        text = self.marks[status] + (points if verdict.status != "error" else "")
        return Text(text, STYLES[status])

    def _hurdle(self, hurdle: Hurdle) -> None:
        hidden = " (hidden)" if hurdle.visibility == "hidden" else ""
        head = f"{hurdle.failed} of {hurdle.of} fail{hidden}: {hurdle.title} ({hurdle.lesson})"
        self._line("")
        self._line(clip(tidy(head), self.console.width), "bold")
        if hurdle.misconception:
            text = f'  {hurdle.misconception}: "{hurdle.belief or "?"}"'
            room = max(self.console.width, columns(hurdle.misconception) + 8)
            self.console.print(Text(clip(text, room)), soft_wrap=True)


def _total(classroom: Class, student: Student) -> str:
    found = [one.verdict for one in classroom.of(student)]
    score, most = sum(x.score for x in found), sum(x.max_score for x in found)
    return f"{score:g}/{most:g}" if found else "nothing"


def _counts(outcome: Outcome) -> Iterator[str]:
    """How many of what, and what could not be graded, each with its remedy."""
    yield ""
    yield from (f"! {fault}" for fault in faults(outcome.classroom))
    for graded in outcome.classroom.verdicts.values():
        if graded.verdict.status == "error":
            check = graded.verdict.checks[0]
            yield f"! {graded.student}: {check.came_back}; {check.hint}"
    for student, trouble in outcome.troubles:
        yield f"! {student}: {trouble.says}; {trouble.fix}"
    yield f"{counts(outcome)} {outcome.graded} judged now, {outcome.unchanged} unchanged."
