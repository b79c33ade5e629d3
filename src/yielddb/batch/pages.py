"""The report for the instructor, one HTML file, and a feedback file for each learner."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

from yielddb.batch.records import Class, Graded, Outcome, Student
from yielddb.batch.summary import Table, counts, faults, hurdles, leading
from yielddb.verdict import CheckResult
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.report import check_lines, closing_lines, tidy, visible
from yielddb.workspace.storage import write_atomically

REPORT = "report.html"
FEEDBACK = "feedback"
MAX_NAME = 80  # characters of a file's name; file systems take 255 bytes


def write_report(outcome: Outcome, misconceptions: Table, out: Path) -> Path:
    """Write `report.html`; it needs nothing from elsewhere and no JavaScript."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates" / "batch"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    classroom = outcome.classroom
    path = out / REPORT
    page = environment.get_template(REPORT).render(
        classroom=classroom,
        students=[_row(classroom, number, x) for number, x in enumerate(classroom.students)],
        hurdles=hurdles(classroom, misconceptions),
        leading=leading(classroom, misconceptions),
        beliefs={name: entry.get("belief", "") for name, entry in misconceptions.items()},
        faults=faults(classroom),
        counts=counts(outcome),
        outcome=outcome,
    )
    _write(path, page)
    return path


def _row(classroom: Class, number: int, student: Student) -> dict[str, Any]:
    """A student as the report shows one; `leads` is the misconception met first."""
    found = classroom.of(student)
    broken = [c for one in found for c in one.verdict.checks if c.status in ("failed", "error")]
    return {
        "anchor": f"student-{number}",
        "student": student,
        "cells": [classroom.verdicts.get((student.id, slug)) for slug in classroom.lessons],
        "graded": found,
        "score": sum(one.verdict.score for one in found),
        "max_score": sum(one.verdict.max_score for one in found),
        "leads": next((check.misconception for check in broken if check.misconception), None),
    }


def write_feedback(classroom: Class, out: Path) -> int:
    """Write `feedback/STUDENT.txt` for all who handed in; hidden checks are left out."""
    count = 0
    for student in classroom.students:
        if found := classroom.of(student):
            _write(out / FEEDBACK / f"{file_name(student.id)}.txt", feedback(found))
            count += 1
    return count


def feedback(found: Sequence[Graded]) -> str:
    """What a learner reads: the words of `yielddb check`, lesson by lesson."""
    lines: list[str] = []
    for graded in found:
        lines += [graded.slug, ""]
        for check in visible(graded.verdict.checks):
            if check.status != "skipped":
                lines += map(str, check_lines(check, check.hint))
        lines += [*map(str, closing_lines(graded.verdict)), ""]
    return "\n".join(lines)


def check_text(check: CheckResult) -> str:
    """One check in plain text, without its title."""
    rows = (("sent", check.sent), ("came back", check.came_back),
            ("contract", check.contract), ("hint", check.hint))  # fmt: skip
    return "\n".join(f"{name}: {tidy(text)}" for name, text in rows if text)


def file_name(student: str) -> str:
    """A name that every file system takes; two students never get the same."""
    plain = re.sub(r"[^\w.@-]+", "_", student).strip("._")[:MAX_NAME]
    if plain == student and not plain.startswith("-"):
        return plain
    digest = hashlib.sha256(student.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{plain.lstrip('-') or 'student'}-{digest}"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise Complaint(
            f"{path}: {error.strerror or error}; the verdicts are kept, run the command again"
        ) from None
