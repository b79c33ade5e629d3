"""The course by its laws: what `yielddb dev check` says of each lesson."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from yielddb.catalogue import Lesson, default_course
from yielddb.grade import Grader
from yielddb.laws import apps, checks, notebooks, parts, translations
from yielddb.lesson import building, text
from yielddb.problems import Problem

COURSE = default_course()
each_lesson = pytest.mark.parametrize("lesson", COURSE.lessons, ids=lambda lesson: lesson.stem)
ENDS = (COURSE.lessons[0], COURSE.lessons[-1])
each_run = pytest.mark.parametrize(  # CI runs those in between, and all of them on every Python
    "lesson",
    [
        pytest.param(one, id=one.stem, marks=[] if one in ENDS else [pytest.mark.slow])
        for one in COURSE.lessons
    ],
)


@pytest.fixture(scope="module")
def judge() -> Iterator[Grader]:
    """One warm parent for the whole course."""
    with Grader(COURSE) as grader:
        yield grader


def none(problems: list[Problem]) -> None:
    """Fail with every problem, as the command lists them."""
    assert not problems, "\n".join(map(str, problems))


def test_all_parts_are_there() -> None:
    """Every lesson has its files, and no folder holds a stray one."""
    none(list(parts.problems(COURSE)))


def test_notebooks_are_fresh() -> None:
    """A new build of every notebook equals the committed one."""
    none(building.stale(COURSE))


@each_lesson
def test_text_checks_and_translations(lesson: Lesson) -> None:
    """Blocks, answers, checks and translations keep their laws."""
    none([*text.problems(lesson), *checks.problems(lesson), *translations.problems(lesson)])


@each_run
def test_solution_starter_and_edits(lesson: Lesson, judge: Grader) -> None:
    """The solution passes, the starter fails at a check, each edit fails where it should."""
    none(list(apps.problems(lesson, judge, lambda _: None)))


@each_run
def test_notebook_runs(lesson: Lesson) -> None:
    """The notebook runs as shipped, and passes with the solution put in."""
    none(list(notebooks.problems(lesson)))
