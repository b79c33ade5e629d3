"""The laws of a course: everything that is wrong with it, found in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import ParamSpec

from yielddb.catalogue import Course, Lesson
from yielddb.grade import Grader
from yielddb.laws import apps, checks, notebooks, parts, translations
from yielddb.lesson import building, text
from yielddb.problems import Problem, Problems

Progress = Callable[[str], None]
Law = Iterator[Problem]
P = ParamSpec("P")


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
        for law in (text.problems, checks.problems, translations.problems):
            yield from _guarded(lesson.text, law, lesson)
    progress("the freshness of the notebooks")
    yield from _guarded(course.notebooks_dir, building.stale, course)
    with closing(Grader(course)) as grader:
        for lesson in whole:
            yield from _guarded(lesson.solution, apps.problems, lesson, grader, progress)
    if run_notebooks:
        for lesson in whole:
            progress(f"{lesson.stem}: notebook, as shipped and solved")
            yield from _guarded(lesson.notebook, notebooks.problems, lesson)


def _guarded(path: Path, law: Callable[P, Iterable[Problem]], /, *a: P.args, **k: P.kwargs) -> Law:
    """What a law finds; one that can't go on says why and keeps no other from its work."""
    try:
        yield from law(*a, **k)
    except Problems as error:
        yield from error.problems
    except Exception as error:
        says = f"a law can't go on: {type(error).__name__}: {error}"
        yield Problem(path, 0, says, "mend what it names, then run this again")
