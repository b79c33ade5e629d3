"""`yielddb check` and `yielddb watch`: one grader, and each verdict shown as it is made."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from yielddb.catalogue import Course
from yielddb.sandbox.levels import Level
from yielddb.terminal.screen import Report, Terminal, print_json
from yielddb.verdict import Verdict
from yielddb.workspace.attempts import App, Learner
from yielddb.workspace.report import tidy

if TYPE_CHECKING:
    from yielddb.grade import Grader


def check(
    course: Course,
    name: str | None,
    path: Path | None,
    *,
    as_json: bool,
    log: bool,
    require: Level | None = None,
    seed: int | None = None,
) -> Verdict:
    """Grade one app once and show what was seen; a seed repeats the data of an earlier run."""
    from yielddb.grade import Grader

    with Grader(course, require=require) as grader:  # first: it warms up while we look around
        _note_the_environment()
        learner = Learner(course)
        app = learner.app(name, path)
        return _grade(learner, grader, app, None if as_json else Terminal(), log, seed=seed)


def watch(course: Course, name: str | None, path: Path | None, *, as_json: bool, log: bool) -> None:
    """Grade now and after every save, until Ctrl-C."""
    from yielddb.grade import Grader
    from yielddb.terminal.watch import watch_app

    with Grader(course) as grader:
        _note_the_environment()
        learner = Learner(course)
        app = learner.app(name, path)
        terminal = None if as_json else Terminal()

        def again() -> None:
            if terminal:
                terminal.clear()
            _grade(learner, grader, app, terminal, log, watching=True)
            if terminal:
                terminal.line(
                    f"Watching {tidy(str(app.path))}; every save grades again, Ctrl-C ends."
                )
            grader.keep_spare()

        watch_app(app.path, again)


def _note_the_environment() -> None:
    """Say that a check brings its own database."""
    if "DATABASE_URL" in os.environ:
        says = "DATABASE_URL of your shell is ignored: a check gives the app a fresh database"
        print(f"note: {says}", file=sys.stderr)


def _grade(
    learner: Learner,
    grader: Grader,
    app: App,
    terminal: Terminal | None,
    log: bool,
    watching: bool = False,
    seed: int | None = None,
) -> Verdict:
    from yielddb.grade import fresh_seed

    seed = fresh_seed() if seed is None else seed
    if terminal is None:
        verdict = grader.grade(app.lesson, app.path, seed=seed)
        print_json(verdict.to_dict(), on_one_line=watching)
        learner.record(app, verdict)
        return verdict
    report = Report(terminal, lambda result: learner.advice(app, result), log)
    terminal.line(f"{app.lesson.stem} in {tidy(str(app.path))}")
    verdict = grader.grade(app.lesson, app.path, seed=seed, on_check=report.check)
    then = learner.then(app, verdict)
    # while watching, a save is the command to "type" next
    report.end(verdict, then[:-1] if watching and verdict.status != "passed" else then)
    learner.record(app, verdict)  # last: a full disk must not hide the verdict
    return verdict
