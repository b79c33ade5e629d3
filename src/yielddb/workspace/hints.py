"""The steps of a check's hints, one at a time, and a question instead of the same words again."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from yielddb.catalogue import Lesson
from yielddb.verdict import CheckResult
from yielddb.workspace.progress import Entry, Progress

if TYPE_CHECKING:
    from yielddb.checking import CheckFacts

STARTS = "the app starts"
WHERE = "Read this line and ask what it does."
ELSEWHERE = "Read the lines of your app that have to do with it."
POINTS_AT = "In your code: "  # before the line that the last step of a hint ends with
ASK_AT = 3  # the same failure so often in a row: repeating the hint has not helped


class Pointers(Protocol):
    """What a failure pointed to: a result has it, and what is remembered of one."""

    @property
    def hint(self) -> str | None:
        """The question that was asked."""

    @property
    def misconception(self) -> str | None:
        """The misconception behind it."""

    @property
    def at(self) -> str | None:
        """The learner's line."""


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


def steps_of(lesson: Lesson, seen: Pointers, name: str) -> tuple[str, tuple[str, ...]]:
    """Title of a check and the hints for a failure of it.

    They are the check's own; where the failure pointed to another misconception, the question that
    the verdict asked, what is true, and where to look.
    """
    title, facts = _check(lesson, name)
    own, usual = (facts.hints, facts.misconception) if facts else ((), None)
    about = lesson.course.misconceptions.get(seen.misconception or "", {})
    is_told_apart = seen.misconception != usual or seen.hint == about.get("clue")
    if about and is_told_apart and seen.hint and seen.hint not in own:
        nearest = own[-1] if own and seen.hint != about.get("clue") else ELSEWHERE
        return title, (seen.hint, about["truth"], WHERE if seen.at else nearest)
    return title, own


def _check(lesson: Lesson, name: str) -> tuple[str, CheckFacts | None]:
    """Title and facts of a check function; the check file is run as a module."""
    from yielddb.checking import facts_of

    spec = importlib.util.spec_from_file_location(f"yielddb_hints_{lesson.slug}", lesson.check)
    if spec is None or spec.loader is None or not lesson.check.is_file():
        return "", None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, f"test_{name}", None) or getattr(module, name, None)
    if function is None:
        return (STARTS if name == "starts" else ""), None
    return " ".join((function.__doc__ or "").split()), facts_of(function)


def next_hint(lesson: Lesson, progress: Progress) -> Hint:
    """One step more than was shown for the failure seen last; the last step stays.

    The verdict has shown the first one.
    """
    entry: Entry = progress.entry(lesson)
    if entry.problem is None:
        return Hint(lesson.stem, None, None, 0, 0, _nothing(lesson, entry))
    check = entry.problem.split(" ")[0]
    title, steps = steps_of(lesson, entry, check.rpartition(".")[2])
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
