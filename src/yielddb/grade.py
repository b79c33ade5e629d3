"""The one judge behind every front: `grade(lesson, path)` gives a verdict."""

from __future__ import annotations

import functools
import secrets
import sys
import time
import zlib
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from yielddb import __version__
from yielddb.catalogue import Course, Lesson, default_course
from yielddb.judging.reading import SubmissionError
from yielddb.judging.submission import Submission, find
from yielddb.sandbox.events import SandboxError
from yielddb.sandbox.levels import BelowLevel, Level
from yielddb.sandbox.limits import Limits
from yielddb.sandbox.parent import Mode, Sandbox
from yielddb.verdict import CheckResult, Status, Verdict

if TYPE_CHECKING:
    from yielddb.judging.checkfile import CheckFiles

OnCheck = Callable[[CheckResult], None]
STACK = ("fastapi", "sqlalchemy", "pydantic")


class Grader:
    """Judges one app after the other from one warm parent; close it when done.

    The warm parent is started at once, in the background, so that what the caller does next
    (imports, above all) runs beside it. With `require`, no app is run below that level of
    isolation: `grade` raises BelowLevel, which says what is missing. `at_most` leaves layers
    out, to see what the others are worth.
    Raises SandboxError where Python leaves out every `assert`: any app would pass.
    """

    def __init__(
        self,
        course: Course | None = None,
        limits: Limits | None = None,
        mode: Mode | None = None,
        *,
        require: Level | None = None,
        at_most: Level = "A",
    ) -> None:
        if sys.flags.optimize:
            raise SandboxError("checks need `assert`: start without -O and PYTHONOPTIMIZE")
        self.sandbox = Sandbox(limits, mode, require, at_most)
        self.course = course or default_course()
        self.checks: CheckFiles | None = None

    def grade(
        self,
        lesson: Lesson,
        path: Path,
        *,
        seed: int | None = None,
        on_check: OnCheck | None = None,
    ) -> Verdict:
        """Judge the app at `path` (a folder, a .py file or a notebook) by a lesson's checks.

        Never raises for what a learner wrote: a submission that can't be judged gets a verdict
        with the status `error`. Without a seed, the app's content is the seed, so that every
        front says the same of the same app.
        """
        began = time.perf_counter()
        try:
            submission = find(path, (lesson.slug, lesson.stem, str(lesson.number)))
            seed = _seed(submission) if seed is None else seed
            checks, layers, log = self._judge(lesson, submission, seed, on_check)
        except SubmissionError as error:
            return not_judged(lesson, path, str(error), error.fix, began, seed)
        except BelowLevel:
            raise  # nobody's submission is to blame, and the next one would fare the same
        except (SandboxError, OSError) as error:
            return not_judged(lesson, path, _fault(error), _remedy(error), began, seed)
        return _verdict(lesson, path, checks, layers, began, seed, log)

    def _judge(
        self, lesson: Lesson, submission: Submission, seed: int, on_check: OnCheck | None
    ) -> tuple[list[CheckResult], list[str], str]:
        # pytest and httpx: half a second that the warm parent uses too
        from yielddb.judging.checkfile import CheckFiles
        from yielddb.judging.judgement import Judgement
        from yielddb.judging.learner import LearnerApp

        self.checks = self.checks or CheckFiles()
        app = LearnerApp(self.sandbox, submission)
        try:
            judgement = Judgement(lesson.slug, app, seed, on_check, lesson.course.symptoms)
            judgement.check_start()
            self.checks.run(lesson.check, judgement)
            judgement.client.close()
            return list(judgement.results.values()), app.layers, app.log
        finally:
            app.close()

    def keep_spare(self, rehearsed: bool = True) -> None:
        """Make ready for the next app while nobody waits; see Sandbox.keep_spare."""
        self.sandbox.keep_spare(rehearsed)

    def close(self) -> None:
        """End all processes."""
        if self.checks:
            self.checks.close()
        self.sandbox.close()

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def grade(lesson: Lesson, path: Path, *, seed: int | None = None) -> Verdict:
    """Judge one app; for several, keep a Grader."""
    with Grader(lesson.course) as grader:
        return grader.grade(lesson, path, seed=seed)


def fresh_seed() -> int:
    """A seed that nobody can foresee, short enough to be typed again."""
    return secrets.randbelow(1_000_000)


def _seed(submission: Submission) -> int:
    value = 0
    for name in sorted(submission.files):
        value = zlib.crc32(submission.files[name], zlib.crc32(name.encode(), value))
    return value


def _fault(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'the temporary folder'}: {error.strerror or error}"
    return str(error)


def _remedy(error: Exception) -> str:
    if isinstance(error, OSError):
        return "free some space, or name another folder in TMPDIR"
    return "this is our own fault, not your app's: please report it"


def versions(seed: int | None) -> dict[str, str]:
    """What a verdict may depend on beside the app and its check."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"yielddb": __version__, "python": python, **_stack(), "seed": str(seed or 0)}


@functools.cache
def _stack() -> dict[str, str]:
    return {name: metadata.version(name) for name in STACK}


def _verdict(
    lesson: Lesson,
    path: Path,
    checks: list[CheckResult],
    layers: list[str],
    began: float,
    seed: int | None,
    log: str = "",
) -> Verdict:
    passed = all(check.status == "passed" for check in checks)
    status: Status = "passed" if passed and len(checks) > 1 else "failed"
    return Verdict(
        lesson=lesson.slug,
        submission=str(path),
        status=status,
        score=sum(check.points for check in checks if check.status == "passed"),
        max_score=sum(check.points for check in checks),
        seconds=round(time.perf_counter() - began, 3),
        isolation=layers,
        versions=versions(seed),
        checks=checks,
        log=log,
    )


def not_judged(
    lesson: Lesson,
    path: Path,
    says: str,
    fix: str,
    began: float | None = None,
    seed: int | None = None,
) -> Verdict:
    """A verdict that says why there is none; `began` is of `time.perf_counter`."""
    check = CheckResult(
        f"{lesson.slug}.judged",  # the app may have started before this came up
        "the app can be judged",
        "error",
        points=0,
        came_back=says,
        contract="one app in main.py",
        hint=fix,
    )
    began = time.perf_counter() if began is None else began
    verdict = _verdict(lesson, path, [check], [], began, seed)
    return Verdict.from_dict({**verdict.to_dict(), "status": "error"})
