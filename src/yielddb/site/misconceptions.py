"""Each misconception with what the course has on it: an edit, a verdict, questions, a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from yielddb.catalogue import Course, Lesson
from yielddb.checking import Edit
from yielddb.lesson.blocks import Block, Debug, Parsons, Predict, Quiz, Starter
from yielddb.lesson.text import LessonText
from yielddb.site.checks import CheckLine, EditJudge, diff_of, lines_of
from yielddb.verdict import CheckResult


@dataclass(frozen=True, slots=True)
class Sample:
    """The mistake in code: an edit of a solution, and the check that fails on it."""

    lesson: Lesson
    check: CheckLine
    diff: str
    result: CheckResult | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A place of a lesson where the misconception turns up; `kind` is a key of the words."""

    lesson: Lesson
    kind: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Misconception:
    """One row of the table, with all that is known of it."""

    id: str
    belief: str
    truth: str
    sample: Sample | None
    meetings: tuple[Meeting, ...]
    debug: tuple[LessonText, Debug] | None

    @property
    def first_lesson(self) -> Lesson | None:
        """Where a reader comes upon it first."""
        return min((m.lesson for m in self.meetings), key=lambda x: x.number, default=None)


def gather(
    course: Course,
    texts: Sequence[LessonText],
    judge: EditJudge,
    progress: Callable[[str], object],
) -> tuple[Misconception, ...]:
    """All misconceptions in the order of the table; grades one edit for each."""
    checks = {text.lesson: lines_of(text.lesson) for text in texts}
    meetings = [one for text in texts for one in _meetings(text, checks[text.lesson])]
    found = []
    table = course.misconceptions
    with ThreadPoolExecutor(judge.at_once) as pool:
        samples = pool.map(lambda key: _sample(key, checks, judge), table)
        for number, (key, row) in enumerate(table.items(), 1):
            progress(f"misconception {number} of {len(table)}")
            found.append(
                Misconception(
                    key,
                    row["belief"],
                    row["truth"],
                    next(samples),
                    tuple(dict.fromkeys(meeting for name, meeting in meetings if name == key)),
                    _debug(key, texts, checks),
                )
            )
    return tuple(found)


def _sample(
    key: str, checks: dict[Lesson, tuple[CheckLine, ...]], judge: EditJudge
) -> Sample | None:
    for lesson, line, edit in _edits(checks):
        if edit.misconception == key and not line.hidden:
            result = judge.first_failure(lesson, edit)
            return Sample(lesson, line, diff_of(lesson, edit), result)
    return None


def _edits(
    checks: dict[Lesson, tuple[CheckLine, ...]],
) -> Iterator[tuple[Lesson, CheckLine, Edit]]:
    for lesson, lines in checks.items():
        for line in lines:
            yield from ((lesson, line, edit) for edit in line.edits)


def _meetings(text: LessonText, checks: Iterable[CheckLine]) -> Iterator[tuple[str, Meeting]]:
    """Each place of a lesson, with the id of the misconception that is met there."""
    for block in text.blocks:
        for key in _named(block):
            kind = "met_lines" if isinstance(block, Parsons) else "met_question"
            yield key, Meeting(text.lesson, kind, block.id, getattr(block, "ask", ""))
    starter = next((block.id for block in text.blocks if isinstance(block, Starter)), "")
    for line in checks:
        if not line.hidden:
            for edit in line.edits:
                meeting = Meeting(text.lesson, "met_check", starter, line.title)
                yield edit.misconception, meeting


def _named(block: Block) -> Iterator[str]:
    if isinstance(block, Quiz | Predict):
        yield from (option.misconception for option in block.options if option.misconception)
    elif isinstance(block, Parsons):
        yield from (distractor.misconception for distractor in block.distractors)


def _debug(
    key: str, texts: Sequence[LessonText], checks: dict[Lesson, tuple[CheckLine, ...]]
) -> tuple[LessonText, Debug] | None:
    """The block that shows this mistake at work, if a lesson has one."""
    for text in texts:
        firsts = {c.name: c.edits[0].misconception for c in checks[text.lesson] if c.edits}
        for block in text.blocks:
            if isinstance(block, Debug) and firsts.get(block.breaks) == key:
                return text, block
    return None
