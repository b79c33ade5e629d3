"""All that the pages tell, gathered once for every language; problems of all lessons are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from yielddb import __version__
from yielddb.catalogue import LANGUAGES, CatalogueError, Course, Lesson
from yielddb.laws import texts as laws_of_texts
from yielddb.laws import translations
from yielddb.lesson.answers import AnswerError
from yielddb.lesson.building import notebook
from yielddb.lesson.text import LessonText, load
from yielddb.lesson.transcript import Recorder
from yielddb.problems import Problem, Problems
from yielddb.site import misconceptions, proof, reference
from yielddb.site.checks import CheckLine, judging_edits, lines_of

Progress = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class LessonFacts:
    """A lesson in English and in each language that has it, its notebook and its checks."""

    lesson: Lesson
    text: LessonText
    translations: Mapping[str, LessonText]
    notebook: str
    checks: tuple[CheckLine, ...]

    def in_language(self, code: str) -> LessonText:
        """The text in that language, or the English one."""
        return self.translations.get(code, self.text)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the site tells, whatever the language."""

    course: Course
    lessons: tuple[LessonFacts, ...]
    misconceptions: tuple[misconceptions.Misconception, ...]
    commands: tuple[reference.Command, ...]
    fixtures: tuple[reference.Fixture, ...]
    helpers: tuple[reference.Name, ...]
    schemas: tuple[reference.Schema, ...]
    proof: proof.Proof
    version: str = __version__

    @property
    def edits(self) -> int:
        """How many wrong versions of the solutions the checks name."""
        return sum(len(check.edits) for one in self.lessons for check in one.checks)


def gather(
    course: Course,
    commands: Sequence[reference.Command],
    recorder: Recorder,
    progress: Progress,
) -> Facts:
    """Run what has to be run, or remember it.

    Raises Problems with those of every lesson.
    """
    lessons, problems = [], []
    for lesson in course.lessons:
        progress(lesson.stem)
        try:
            lessons.append(_lesson(lesson, recorder))
        except Problems as error:
            problems += error.problems
    if problems:
        raise Problems(sorted(problems))
    with judging_edits(course) as judge:
        try:
            texts = [lesson.text for lesson in lessons]
            table = misconceptions.gather(course, texts, judge, progress)
        except (ValueError, CatalogueError) as error:  # an edit that no longer fits
            problem = Problem(course.checks_dir, 0, str(error), "run `yielddb dev check`")
            raise Problems([problem]) from None
    return Facts(
        course,
        tuple(lessons),
        table,
        tuple(commands),
        reference.fixtures(course),
        reference.helpers(),
        reference.schemas(),
        proof.proof(course),
    )


def _lesson(lesson: Lesson, recorder: Recorder) -> LessonFacts:
    text = load(lesson)
    laws = (laws_of_texts.head(text), text.faults, laws_of_texts.names(text))
    if found := [problem for law in laws for problem in law]:
        raise Problems(found)
    if found := list(translations.differences(lesson)):
        raise Problems(found)
    try:
        checks = lines_of(lesson) if lesson.check.exists() else ()
    except AnswerError as error:
        raise Problems([Problem(lesson.check, 0, error.says, error.fix)]) from None
    book = notebook(lesson, recorder)
    return LessonFacts(lesson, text, dict(_translations(lesson)), book, checks)


def _translations(lesson: Lesson) -> Iterator[tuple[str, LessonText]]:
    for code in LANGUAGES:
        path = lesson.translation(code)
        if path.exists():
            yield code, load(lesson, path)
