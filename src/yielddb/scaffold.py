"""Makes the files of a new lesson, and renumbers lessons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from yielddb.catalogue import LANGUAGES, CatalogueError, Course, Lesson

TEMPLATES = Path(__file__).parent / "templates" / "lesson"
SLUG = re.compile(r"[a-z][a-z0-9_]*")


def new(course: Course, number: int, slug: str) -> list[Path]:
    """Write the text, the solution and the check of a new lesson, and give their paths.

    Raises CatalogueError for a slug that is taken or no identifier, a number that is taken, or a
    file that would be overwritten.
    """
    if not SLUG.fullmatch(slug):
        raise CatalogueError(f"{slug!r} is no slug: lower-case letters, digits and _ alone")
    if number < 1:
        raise CatalogueError(f"{number} is no number of a lesson: they begin at 1")
    for lesson in course.lessons:
        if slug == lesson.slug:
            raise CatalogueError(f"there is a lesson {slug}: {lesson.stem}")
        if number == lesson.number:
            raise CatalogueError(
                f"{lesson.stem} has this number; make it last, then `yielddb dev move` it"
            )
    lesson = Lesson(number, slug, course)
    targets = {
        "text.md": lesson.text,
        "main.py": lesson.solution / "main.py",
        "check.py": lesson.check,
    }
    _refuse_to_overwrite(targets.values())
    for name, target in targets.items():
        template = (TEMPLATES / f"{name}.txt").read_text("utf-8")
        target.parent.mkdir(parents=True, exist_ok=True)
        ids = "-".join(filter(None, slug.split("_")))
        target.write_text(template.replace("SLUG-", f"{ids}-").replace("SLUG", slug), "utf-8")
    return list(targets.values())


def _refuse_to_overwrite(targets: Iterable[Path]) -> None:
    """What lies there may be somebody's work, though it belongs to no lesson."""
    if there := [str(path) for path in targets if path.exists()]:
        raise CatalogueError(f"already there: {', '.join(there)}; move or delete it")


def move(course: Course, lesson: Lesson, number: int) -> list[Path]:
    """Give `lesson` another number; those between make room. Gives the new paths.

    Raises CatalogueError for a number beyond the last lesson, or a file that would be overwritten.
    """
    others = [other for other in course.lessons if other.slug != lesson.slug]
    if not 1 <= number <= len(others) + 1:
        raise CatalogueError(f"there is no place {number}: lessons run from 1 to {len(others) + 1}")
    order = [*others[: number - 1], lesson, *others[number - 1 :]]
    renames = [
        (old, Lesson(place, old.slug, course))
        for place, old in enumerate(order, 1)
        if old.number != place
    ]
    ours = {path for old, _ in renames for path in _parts(old)}
    targets = [path for _, new_lesson in renames for path in _all_parts(new_lesson)]
    _refuse_to_overwrite(path for path in targets if path not in ours)
    # two steps, so that no name is taken while another lesson still has it
    for old, _ in renames:
        for path in _parts(old):
            path.rename(path.with_name(f"moving-{path.name}"))
    moved = []
    for old, new_lesson in renames:
        for source, target in zip(_all_parts(old), _all_parts(new_lesson), strict=True):
            held = source.with_name(f"moving-{source.name}")
            if held.exists():
                held.rename(target)
                moved.append(target)
    return moved


def _all_parts(lesson: Lesson) -> list[Path]:
    translations = [lesson.translation(language) for language in LANGUAGES]
    return [lesson.text, *translations, lesson.notebook, lesson.solution, lesson.check]


def _parts(lesson: Lesson) -> list[Path]:
    return [path for path in _all_parts(lesson) if path.exists()]
