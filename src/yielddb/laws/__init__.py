"""The laws of a course: everything that is wrong with it, found in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from yielddb import building, text
from yielddb.catalogue import Course, Lesson
from yielddb.grade import Grader
from yielddb.laws import apps, checks, notebooks, parts, translations
from yielddb.problems import Problem, Problems

Progress = Callable[[str], None]


def problems(
    course: Course,
    lessons: Iterable[Lesson] = (),
    run_notebooks: bool = True,
    progress: Progress = lambda _: None,
) -> list[Problem]:
    """Every broken law, sorted by path and line; of all lessons, or of those given.

    `progress` is told what is looked at now. Without `run_notebooks` the slowest law is left out.
    """
    chosen = tuple(lessons) or course.lessons
    return sorted(set(_found(course, chosen, run_notebooks, progress)))


def _found(
    course: Course, lessons: tuple[Lesson, ...], run_notebooks: bool, progress: Progress
) -> Iterator[Problem]:
    progress("the parts of the course")
    yield from parts.problems(course)
    whole = [lesson for lesson in lessons if not list(parts.missing(lesson))]
    for lesson in whole:
        progress(f"{lesson.stem}: text and checks")
        yield from _unless_broken(lambda lesson=lesson: text.problems(lesson))  # type: ignore[misc]
        yield from checks.problems(lesson)
        yield from translations.problems(lesson)
    progress("the freshness of the notebooks")
    yield from _unless_broken(lambda: building.stale(course))
    with closing(Grader(course)) as grader:
        for lesson in whole:
            yield from apps.problems(lesson, grader, progress)
    if run_notebooks:
        for lesson in whole:
            progress(f"{lesson.stem}: notebook, as shipped and solved")
            yield from notebooks.problems(lesson)


def _unless_broken(law: Callable[[], list[Problem]]) -> list[Problem]:
    """A law that can't go on says why; its reasons are problems too."""
    try:
        return law()
    except Problems as error:
        return error.problems
