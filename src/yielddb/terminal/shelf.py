"""What needs no grader: hint, reset, progress and solution in a terminal."""

from __future__ import annotations

import sys
from dataclasses import asdict

import typer

from yielddb.catalogue import Course, Lesson
from yielddb.starter import solution_files, without_marks
from yielddb.terminal.screen import Terminal, print_json
from yielddb.workspace.attempts import Learner
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.hints import POINTS_AT, next_hint
from yielddb.workspace.progress import Entry
from yielddb.workspace.report import WIDTH, Line, clip, columns, command, wrap

HINT_ROWS = 3


def hint(course: Course, name: str | None, *, as_json: bool) -> None:
    """Show one step more for the failure seen last."""
    learner = Learner(course)
    lesson = learner.lesson(name)
    found = next_hint(lesson, learner.progress)
    if as_json:
        print_json(found.to_dict())
        return
    terminal = Terminal()
    if found.title:
        step = f"  (hint {found.step} of {found.of})" if found.of else ""
        terminal.line(Line(clip(found.title, WIDTH - columns(step)) + step, "bold"))
    for says in found.earlier:
        for row in wrap(says, WIDTH - 2, HINT_ROWS):
            terminal.line(Line(f"  {row}", "dim"))
    indent = "  " if found.title else ""
    for row in wrap(found.says, WIDTH - len(indent), HINT_ROWS):
        terminal.line(f"{indent}{row}")
    if found.at:
        terminal.line(f"  {POINTS_AT}{clip(found.at, WIDTH - 2 - len(POINTS_AT))}")
    if found.step:
        again = "hint" if found.step < found.of else "check"
        why = "More:" if again == "hint" else "That was all. Change the app, then type:"
        terminal.line(f"{why} {command(again, str(lesson.number))}")


def reset(course: Course, name: str, *, yes: bool, as_json: bool) -> None:
    """Put the starter back after asking; the learner's code goes to the backups."""
    learner = Learner(course)
    lesson = course.find(name)
    folder = learner.workspace.folder(lesson)
    if not yes and folder.exists() and not _agreed(f"Put the starter back in {folder}? [y/N] "):
        raise Complaint(f"nothing was changed; to agree beforehand: {command('reset', name)} --yes")
    backup = learner.workspace.reset(lesson)
    if as_json:
        kept = str(backup) if backup else None
        print_json({"schema": "yielddb/reset/1", "lesson": lesson.stem, "backup": kept})
        return
    terminal = Terminal()
    if backup:
        terminal.line(f"Your code is in {backup}")
    terminal.line(f"The starter is in {folder}. Type: {command('check', str(lesson.number))}")


def _agreed(question: str) -> bool:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def progress(course: Course, *, as_json: bool) -> None:
    """List all lessons with what is known of each."""
    learner = Learner(course)
    entries = learner.progress.read()
    if as_json:
        rows = [_row(lesson, entries.get(lesson.slug, Entry())) for lesson in course.lessons]
        print_json({"schema": "yielddb/progress-list/1", "lessons": rows})
        return
    terminal = Terminal()
    for lesson in course.lessons:
        terminal.line(_line(lesson, entries.get(lesson.slug, Entry()), terminal.marks))
    passed = sum(bool(entries.get(x.slug, Entry()).passed) for x in course.lessons)
    terminal.line(f"{passed} of {len(course.lessons)} lessons passed.")
    if passed < len(course.lessons):
        number = str(learner.progress.in_hand(course).number)
        terminal.line(f"In hand: {number}. Type: {command('start', number)}")


def _row(lesson: Lesson, entry: Entry) -> dict[str, object]:
    return {"lesson": lesson.stem, "slug": lesson.slug, "title": lesson.title, **asdict(entry)}


def _line(lesson: Lesson, entry: Entry, marks: dict[str, str]) -> Line:
    if entry.passed:
        mark, style, says = marks["passed"], "pass", f"passed {entry.passed[:10]}"
    elif entry.attempts:
        mark, style, says = marks["failed"], "fail", f"{entry.best:g} of {entry.max_score:g} points"
    else:
        mark, style, says = marks["skipped"], "dim", "not tried"
    tries = f", {entry.attempts} {'try' if entry.attempts == 1 else 'tries'}"
    says += tries if entry.attempts else ""
    room = WIDTH - 2 - 28
    title = clip(f"{lesson.number:02d} {lesson.title}", room)
    padding = " " * (room - columns(title) + 1)
    return Line(f"{title}{padding}{says}", "" if entry.attempts else "dim", f"{mark} ", style)


def solution(course: Course, name: str, *, spoil: bool, as_json: bool) -> None:
    """Show the finished app without its marks; exit code 1 while its check has not passed."""
    learner = Learner(course)
    lesson = course.find(name)
    if not spoil and not learner.progress.entry(lesson).passed:
        print(
            f"yielddb: {lesson.stem} has not passed yet; to see it anyway: "
            f"{command('solution', name, '--spoil')}",
            file=sys.stderr,
        )
        raise typer.Exit(1)
    files = {
        path.as_posix(): without_marks(source)
        for path, source in solution_files(lesson.solution).items()
    }
    if not files:
        raise Complaint(f"{lesson.stem} has no solution yet")
    if as_json:
        print_json({"schema": "yielddb/solution/1", "lesson": lesson.stem, "files": files})
        return
    terminal = Terminal()
    for path, source in files.items():
        if len(files) > 1:
            terminal.line(Line(f"# {path}", "bold"))
        terminal.code(source)
