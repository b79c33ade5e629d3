"""An app gets the same verdict in one interpreter with its judge as in a process of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from page_tools import COURSE, alike, is_async, needs_server, plain, zoo

from yielddb.browser.grading import PageGrader
from yielddb.catalogue import Lesson
from yielddb.grade import Grader
from yielddb.starter import starter_files

LAST = COURSE.lessons[-1]  # its checks ask for most


@pytest.fixture(scope="module")
def judges() -> Iterator[tuple[Grader, PageGrader]]:
    """The judge of a terminal and the judge of a page."""
    with Grader(COURSE) as terminal, PageGrader(COURSE) as page:
        yield terminal, page


def both(
    judges: tuple[Grader, PageGrader], lesson: Lesson, path: Path
) -> tuple[dict[str, Any], dict[str, Any]]:
    terminal, page = (plain(judge.grade(lesson, path).to_dict()) for judge in judges)
    return terminal, page


def same(judges: tuple[Grader, PageGrader], lesson: Lesson, path: Path) -> None:
    terminal, page = both(judges, lesson, path)
    if page != terminal:  # real threads race: a difference has to show twice
        terminal, page = both(judges, lesson, path)
    assert page == terminal, differing(page, terminal)


def differing(here: dict[str, Any], there: dict[str, Any]) -> list[object]:
    """The checks that differ: in the page, in the terminal."""
    pairs = zip_longest(here["checks"], there["checks"])
    return [(one, other) for one, other in pairs if one != other]


def starter(lesson: Lesson, folder: Path) -> Path:
    for name, text in starter_files(lesson.solution).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_the_last_solution(judges: tuple[Grader, PageGrader]) -> None:
    same(judges, LAST, LAST.solution)


def test_the_last_starter(judges: tuple[Grader, PageGrader], tmp_path: Path) -> None:
    same(judges, LAST, starter(LAST, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("lesson", COURSE.lessons, ids=lambda lesson: lesson.slug)
def test_every_solution_and_every_starter(
    lesson: Lesson, judges: tuple[Grader, PageGrader], tmp_path: Path
) -> None:
    same(judges, lesson, lesson.solution)
    same(judges, lesson, starter(lesson, tmp_path))


QUICK = ("uuid-keys", "route-forgets-to-commit", "session-in-a-global")


@pytest.mark.parametrize(
    ("name", "lesson", "path"),
    [
        pytest.param(*app, id=app[0], marks=[] if app[0] in QUICK else [pytest.mark.slow])
        for app in zoo()
    ],
)
def test_an_app_of_the_zoo(
    name: str, lesson: Lesson, path: Path, judges: tuple[Grader, PageGrader]
) -> None:
    """Equal, unless the app needs what no page has: then no check says anything wrong."""
    terminal, page = both(judges, lesson, path)
    if is_async(path):
        assert needs_server(page)
        assert page["status"] == "error"
        assert {check["status"] for check in page["checks"]} <= {"skipped", "passed"}
    else:
        assert alike(name, page, terminal), differing(page, terminal)
