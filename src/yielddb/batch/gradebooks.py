"""Verdicts as tables: Canvas, Moodle, and a plain CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from yielddb.batch.pages import feedback
from yielddb.batch.records import Class, Graded

# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def defused(cell: str) -> str:
    """The cell as text, whatever a learner has written into it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _table(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([map(defused, row) for row in rows])
    return text.getvalue()


def _grade(graded: Graded | None) -> str:
    """The points; empty where nothing could be judged, so that no grade is overwritten."""
    whole = graded is not None and graded.verdict.is_whole
    return f"{graded.verdict.score:g}" if graded is not None and whole else ""


def _most(classroom: Class, slug: str) -> str:
    found = [x.verdict.max_score for x in classroom.verdicts.values() if x.slug == slug]
    return f"{max(found, default=0):g}"


def canvas(classroom: Class) -> str:
    """Canvas's gradebook: a column for each lesson, row 2 with the points possible.

    Source: Canvas, "How do I import grades in the Gradebook?": Student, ID, SIS User ID, SIS Login
    ID, Section, then assignments; names are "Last, First". The roster's id is the SIS User ID, its
    e-mail the SIS Login ID; rename a column to `Name (id)` to meet an assignment that is there.
    """
    slugs = list(classroom.lessons)
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *slugs],
        ["    Points Possible", "", "", "", "", *(_most(classroom, slug) for slug in slugs)],
    ]
    for student in classroom.students:
        grades = [_grade(classroom.verdicts.get((student.id, slug))) for slug in slugs]
        rows.append([_last_first(student.label), "", student.id, student.email, "", *grades])
    return _table(rows)


def _last_first(name: str) -> str:
    """`Jane Ada Doe` as `Doe, Jane Ada`; a name with a comma or of one word stays."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first and "," not in name else name


def moodle(classroom: Class) -> str:
    """Moodle's grade import: for each lesson the grade and, always beside it, the feedback.

    Source: Moodle, "Grade import": students are met by "ID number" or "Email address". A feedback
    column without its grade column wipes grades, so there is never one alone; both cells are empty
    where nothing was judged. Feedback is for learners: hidden checks are left out.
    """
    head = ["ID number", "Email address"]
    for slug in classroom.lessons:
        head += [slug, f"{slug} (feedback)"]
    rows = [head]
    for student in classroom.students:
        row = [student.id, student.email]
        for slug in classroom.lessons:
            graded = classroom.verdicts.get((student.id, slug))
            grade = _grade(graded)
            row += [grade, feedback([graded]).strip() if graded and grade else ""]
        rows.append(row)
    return _table(rows)


def plain(classroom: Class) -> str:
    """A row for each student and lesson; a student without a submission has one, `missing`."""
    head = ["id", "name", "email", "lesson", "status", "score", "max_score", "seconds", "graded",
            "submission", "first_problem", "misconception"]  # fmt: skip
    rows = [head]
    for student in classroom.students:
        who = [student.id, student.name, student.email]
        found = classroom.of(student)
        rows += [[*who, *_cells(graded)] for graded in found]
        if not found:
            rows.append([*who, "", "missing", *[""] * 7])
    return _table(rows)


def _cells(graded: Graded) -> list[str]:
    verdict, problem = graded.verdict, graded.verdict.first_problem
    return [
        graded.slug,
        verdict.status,
        _grade(graded),
        f"{verdict.max_score:g}",
        f"{verdict.seconds:g}",
        graded.graded,
        graded.submission,
        problem.title if problem else "",
        (problem.misconception or "") if problem else "",
    ]
