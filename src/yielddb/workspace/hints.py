"""The steps of a check's hints, one at a time, and a question instead of the same words again."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from yielddb.catalogue import Lesson
from yielddb.verdict import CheckResult
from yielddb.workspace.progress import Entry, Progress

POINTS_AT = "In your code: "  # before the line that the last step of a hint ends with
ASK_AT = 3  # the same failure so often in a row: repeating the hint has not helped


@dataclass(frozen=True, slots=True)
class Hint:
    """Step number `step` of `of` for a check, and the `earlier` ones; nothing to say without it.

    The last step comes with the line of the learner's app that the failure pointed `at`.
    """

    lesson: str
    check: str | None
    title: str | None
    step: int
    of: int
    says: str
    earlier: tuple[str, ...] = ()
    at: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON object."""
        return {"schema": "yielddb/hint/1", **asdict(self)}


def advice(lesson: Lesson, result: CheckResult, repeats: int) -> str | None:
    """What stands on the hint line: the check's hint, or a question when it did not help."""
    if repeats < ASK_AT:
        return result.hint
    if belief := _belief(lesson, result.misconception):
        return f"Is it so? {belief}"
    return f"The same {repeats} times. Which line decides it, and what does it do?"


def _belief(lesson: Lesson, misconception: str | None) -> str | None:
    table: Mapping[str, Mapping[str, str]] = lesson.course.misconceptions
    return table.get(misconception, {}).get("belief") if misconception else None


def check_steps(lesson: Lesson, name: str) -> tuple[str, tuple[str, ...]]:
    """Title and hints of one check of the lesson; the check file is run as a module."""
    from yielddb.checking import facts_of

    spec = importlib.util.spec_from_file_location(f"yielddb_hints_{lesson.slug}", lesson.check)
    if spec is None or spec.loader is None or not lesson.check.is_file():
        return "", ()
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if function is None:
        return "", ()
    title = " ".join((function.__doc__ or "").split())
    return title, facts_of(function).hints


def next_hint(lesson: Lesson, progress: Progress) -> Hint:
    """One step more than was shown for the failure seen last; the last step stays.

    The verdict has shown the first one.
    """
    entry: Entry = progress.entry(lesson)
    if entry.problem is None:
        return Hint(lesson.stem, None, None, 0, 0, _nothing(lesson, entry))
    check = entry.problem.split(" ")[0]
    name = check.rpartition(".")[2]
    title, steps = check_steps(lesson, name)
    if not steps:
        title, steps = check_steps(lesson, f"test_{name}")
    if not steps:
        says = "This failure has no hint; what came back is all there is to know."
        return Hint(lesson.stem, check, title or None, 0, 0, says)
    step = min(max(entry.hints.get(check, 0), 1) + 1, len(steps))
    progress.hint_shown(lesson, check, step)
    at = entry.at if step == len(steps) else None
    return Hint(lesson.stem, check, title, step, len(steps), steps[step - 1], steps[: step - 1], at)


def _nothing(lesson: Lesson, entry: Entry) -> str:
    if entry.passed:
        return f"{lesson.stem} has passed; there is nothing to hint at."
    return f"No failure has been seen yet. Look first: yielddb check {lesson.number}"
