"""Law: a lesson has all its parts, and no folder holds anything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from yielddb.catalogue import LANGUAGES, Course, Lesson
from yielddb.problems import Problem

BUILD = "run `yielddb dev build`"


def missing(lesson: Lesson) -> Iterator[Problem]:
    """Parts that a person writes and that are not there."""
    wanted = {
        lesson.text: "write the text, or remove the other parts",
        lesson.solution / "main.py": "write the finished app",
        lesson.check: "write the checks",
    }
    for path, fix in wanted.items():
        if not path.is_file():
            yield Problem(path, 0, "this part of the lesson is missing", fix)


def problems(course: Course) -> Iterator[Problem]:
    """Missing and stray parts, and numbers that are not 1, 2, 3, ..."""
    if not course.lessons:
        yield Problem(course.lessons_dir, 0, "there is no lesson", "run `yielddb dev new 1 SLUG`")
    for lesson in course.lessons:
        yield from missing(lesson)
    yield from _numbering(course)
    yield from _strays(course)


def _numbering(course: Course) -> Iterator[Problem]:
    for expected, lesson in enumerate(course.lessons, 1):
        if lesson.number != expected:
            says = f"lesson {lesson.number} stands where lesson {expected} is expected"
            yield Problem(lesson.text, 0, says, f"run `yielddb dev move {lesson.slug} {expected}`")
            break
    slugs = Counter(lesson.slug for lesson in course.lessons)
    for lesson in course.lessons:
        if slugs[lesson.slug] > 1:
            yield Problem(lesson.text, 0, f"two lessons are called {lesson.slug}", "rename one")


def _strays(course: Course) -> Iterator[Problem]:
    known = {lesson.stem for lesson in course.lessons}
    texts = known | {f"{stem}.{language}" for stem in known for language in LANGUAGES}
    allowed = {
        course.lessons_dir: {f"{name}.md" for name in texts} | {"misconceptions.yml"},
        course.notebooks_dir: {f"{stem}.ipynb" for stem in known},
        course.checks_dir: {f"{stem}.py" for stem in known},
        course.solutions_dir: known,
    }
    for folder, names in allowed.items():
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.name not in names and not _is_cache(path):
                yield Problem(path, 0, "this belongs to no lesson", "move or delete it")


def _is_cache(path: Path) -> bool:
    return path.name.startswith(".") or path.name == "__pycache__"
