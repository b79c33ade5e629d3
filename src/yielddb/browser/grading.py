"""The judge of a page: the same checks, on an app in this interpreter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from yielddb.browser.lacking import NEEDS, Wanted, skipped
from yielddb.browser.parent import InlineSandbox
from yielddb.browser.pool import in_place
from yielddb.catalogue import STEM, Course, Lesson
from yielddb.grade import Grader, OnCheck
from yielddb.judging.judgement import STARTS
from yielddb.judging.submission import Submission
from yielddb.sandbox.limits import Limits
from yielddb.starter import solution_files
from yielddb.verdict import CheckResult, Status, Verdict


@dataclass(frozen=True)
class PageCourse(Course):
    """A course whose tables were written as JSON, for a place without YAML."""

    @cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons, found by their checks."""
        stems = (STEM.fullmatch(path.stem) for path in sorted(self.checks_dir.glob("*.py")))
        return tuple(Lesson(int(m["number"]), m["slug"], self) for m in stems if m)

    @cached_property
    def misconceptions(self) -> Mapping[str, Mapping[str, str]]:
        """The one table of misconceptions."""
        table: dict[str, Any] = json.loads((self.root / "misconceptions.json").read_text("utf-8"))
        return table


class PageGrader(Grader):
    """Judges as Grader does, without a process."""

    def __init__(self, course: Course, limits: Limits | None = None) -> None:
        self.page = InlineSandbox(limits)
        self.sandbox: Any = self.page
        self.course = course
        self.checks = None

    def grade(
        self,
        lesson: Lesson,
        path: Path,
        *,
        seed: int | None = None,
        on_check: OnCheck | None = None,
    ) -> Verdict:
        """The verdict; what only a real server could settle is skipped, and `error` its status."""
        told: list[CheckResult] = []
        self.page.wanted.reasons.clear()

        def tell(result: CheckResult) -> None:
            told.append(self.page.wanted.judged(result))
            if on_check:
                on_check(told[-1])

        with in_place():
            verdict = super().grade(lesson, path, seed=seed, on_check=tell)
        is_whole = {check.id for check in told} == {check.id for check in verdict.checks}
        return _with(verdict, told) if is_whole else verdict

    def _judge(
        self, lesson: Lesson, submission: Submission, seed: int, on_check: OnCheck | None
    ) -> tuple[list[CheckResult], list[str], str]:
        self.page.wanted.of(submission.files)
        if reasons := self.page.wanted.reasons:  # nothing of it would come out as on a server
            result = CheckResult(f"{lesson.slug}.{STARTS}", "the app starts", "failed", points=0)
            assert on_check
            on_check(result)
            return [skipped(result, reasons[0])], [], ""
        return super()._judge(lesson, submission, seed, on_check)


def _with(verdict: Verdict, checks: list[CheckResult]) -> Verdict:
    status: Status = verdict.status
    unknown = any((check.came_back or "").startswith(NEEDS) for check in checks)
    if unknown and not any(check.status in ("failed", "error") for check in checks):
        status = "error"  # no judgement was possible
    return replace(verdict, status=status, checks=checks)


def needs_server(lesson: Lesson) -> str | None:
    """Why a page can't judge a lesson, by the imports of its solution."""
    wanted = Wanted()
    files = {str(path): text.encode() for path, text in solution_files(lesson.solution).items()}
    wanted.of(files)
    return wanted.reasons[0] if wanted.reasons else None
