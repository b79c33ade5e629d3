"""Shows what became of the mutants: a bar while they are graded, a table at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from yielddb.catalogue import Lesson
from yielddb.mutants import Outcome, Report

SCHEMA = "yielddb/mutants/1"
HEAD = "| lesson | mutants | killed | survivors |\n|---|---:|---:|---:|"


@contextmanager
def bar() -> Iterator[Callable[[Lesson, int, int], None]]:
    """A bar per lesson for whoever sits at a screen; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    tasks: dict[str, Any] = {}
    with Progress(console=Console(stderr=True)) as progress:

        def show(lesson: Lesson, done: int, total: int) -> None:
            if lesson.stem not in tasks:
                tasks[lesson.stem] = progress.add_task(lesson.stem, total=total)
            progress.update(tasks[lesson.stem], completed=done)

        yield show


def table(report: Report) -> str:
    """The figures as a Markdown table with a last line of sums."""
    rows = [
        (outcome.lesson.stem, len(outcome.mutants), outcome.killed, len(outcome.survivors))
        for outcome in report.outcomes
    ]
    sums = ("all", *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True)))
    lines = [f"| {' | '.join(map(str, row))} |" for row in (*rows, sums)]
    return "\n".join([HEAD, *lines, ""])


def record(report: Report) -> dict[str, Any]:
    """The JSON object: per lesson the figures, the killers and the survivors; then the problems."""
    return {
        "schema": SCHEMA,
        "lessons": [_lesson(outcome) for outcome in report.outcomes],
        "problems": [
            {"path": str(p.path), "line": p.line, "says": p.says, "fix": p.fix}
            for p in report.problems
        ],
    }


def _lesson(outcome: Outcome) -> dict[str, Any]:
    survivors = [
        {"operator": m.operator, "line": m.was, "becomes": m.becomes} for m in outcome.survivors
    ]
    return {
        "lesson": outcome.lesson.slug,
        "mutants": len(outcome.mutants),
        "killed": outcome.killed,
        "killers": dict(sorted(outcome.killers.items())),
        "survivors": survivors,
    }
