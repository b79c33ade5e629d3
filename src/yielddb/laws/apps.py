"""Law: the solution passes, the starter fails at a check, and each edit fails where it should."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from yielddb.catalogue import Lesson
from yielddb.grade import Grader
from yielddb.lesson.answers import AnswerError, checks_of
from yielddb.problems import Problem
from yielddb.starter import MarkError, blanks, solution_files, starter_files, without_marks
from yielddb.verdict import CheckResult, Verdict

STARTS = "starts"


def problems(lesson: Lesson, grader: Grader, progress: Callable[[str], None]) -> Iterator[Problem]:
    """Grade the solution, the starter and every edit of the solution."""
    progress(f"{lesson.stem}: solution")
    yield from _solution(lesson, grader)
    progress(f"{lesson.stem}: starter")
    yield from _starter(lesson, grader)
    try:
        checks = checks_of(lesson.check)
    except AnswerError:  # reported by the law of checks
        return
    edits = [(name, edit) for name, facts in checks.items() for edit in facts.edits]
    for number, (name, edit) in enumerate(edits, 1):
        progress(f"{lesson.stem}: edit {number} of {len(edits)}")
        says = _edit(lesson, grader, name, edit)
        if says:
            fix = "sharpen the check, or mend its @catches"
            yield Problem(lesson.check, 0, f"{name}: {says}", fix)


def _solution(lesson: Lesson, grader: Grader) -> Iterator[Problem]:
    """It passes its own checks and those of all lessons before."""
    for earlier in lesson.course.lessons:
        if earlier.number > lesson.number or not earlier.check.exists():
            continue
        verdict = grader.grade(earlier, lesson.solution)
        if verdict.status != "passed":
            says = f"the solution fails {_first(verdict)}"
            yield Problem(lesson.solution, 0, says, f"run `yielddb check {earlier.stem} PATH`")


def _first(verdict: Verdict) -> str:
    problem = verdict.first_problem
    return _shown(problem) if problem else "nothing, and passes nothing"


def _shown(problem: CheckResult) -> str:
    return f"{problem.id}: {problem.came_back or problem.status}"


def _graded(lesson: Lesson, grader: Grader, files: dict[Path, str]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="yielddb-law-") as folder:
        for path, text in files.items():
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        return grader.grade(lesson, Path(folder))


def _starter(lesson: Lesson, grader: Grader) -> Iterator[Problem]:
    try:
        files = starter_files(lesson.solution)
    except MarkError as error:
        yield Problem(lesson.solution, 0, str(error), "mend the marks")
        return
    if not any(blanks(text) for text in solution_files(lesson.solution).values()):
        fix = "put # BEGIN SOLUTION: ... and # END SOLUTION around what learners write"
        yield Problem(lesson.solution, 0, "nothing is left to write", fix)
        return
    verdict = _graded(lesson, grader, files)
    problem = verdict.first_problem
    if problem is None:
        yield Problem(lesson.solution, 0, "the starter passes", "leave more to write")
    elif verdict.status == "error" or problem.id.endswith(f".{STARTS}"):
        says = f"the starter does not start: {problem.came_back}"
        yield Problem(lesson.solution, 0, says, "a starter must import and fail at a check")


def _edit(lesson: Lesson, grader: Grader, name: str, edit: object) -> str | None:
    """What is wrong with one edit; None if its check is the first to fail on it."""
    from yielddb.checking import Edit

    assert isinstance(edit, Edit)
    sources = {p: without_marks(text) for p, text in solution_files(lesson.solution).items()}
    path = Path(edit.file)
    if path not in sources:
        return f"there is no {edit.file} in the solution"
    try:
        sources[path] = edit.apply(sources[path])
    except ValueError as error:
        return str(error)
    problem = _graded(lesson, grader, sources).first_problem
    expected = f"{lesson.slug}.{name.removeprefix('test_')}"
    if problem is None:
        return f"it passes the app with {edit.new!r} for {edit.old!r}"
    if problem.id != expected:
        return f"{edit.new!r} for {edit.old!r} fails first at {_shown(problem)}"
    return None
