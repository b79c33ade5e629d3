"""New lessons and new numbers: all parts go together, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from yielddb import scaffold
from yielddb.catalogue import CatalogueError, Course
from yielddb.grade import Grader
from yielddb.laws import apps, checks, parts
from yielddb.lesson.text import load

BELIEF = "name-one-of-the-table:\n  belief: Any key will do.\n  truth: The contract names it.\n"


def files(course: Course) -> list[str]:
    return sorted(
        path.relative_to(course.root).as_posix()
        for path in course.root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


def refused(call: object, *arguments: object) -> str:
    with pytest.raises(CatalogueError) as raised:
        call(*arguments)  # type: ignore[operator]
    return str(raised.value)


def test_a_new_lesson(toy: Course) -> None:
    """`new` writes the three parts that a person writes, under the lesson's name."""
    made = scaffold.new(toy, 3, "soft_delete")
    assert [path.relative_to(toy.root).as_posix() for path in made] == [
        "lessons/03_soft_delete.md",
        "solutions/03_soft_delete/main.py",
        "checks/03_soft_delete.py",
    ]
    lesson = Course(toy.root).find("soft_delete")
    assert lesson.title == "soft_delete"
    assert not any("SLUG" in path.read_text("utf-8") for path in made)


@pytest.mark.parametrize("slug", ["soft_delete", "a", "x__y_", "n1"])
def test_a_new_lesson_lacks_a_misconception_alone(
    tmp_path: Path, grader: Grader, slug: str
) -> None:
    """With its placeholder in the table it is lawful: starter fails, solution passes."""
    scaffold.new(Course(tmp_path), 1, slug)
    lesson = Course(tmp_path).find("1")
    fixes = {problem.fix for problem in load(lesson).faults}
    assert fixes == {"add it to lessons/misconceptions.yml"}
    assert [problem.says for problem in checks.problems(lesson)] == [
        "test_answers names no known misconception: name-one-of-the-table"
    ]
    (tmp_path / "lessons/misconceptions.yml").write_text(BELIEF)
    course = Course(tmp_path)
    lesson = course.find("1")
    assert load(lesson).faults == ()
    found = [parts.problems(course), checks.problems(lesson)]
    found.append(apps.problems(lesson, grader, lambda _: None))
    assert [list(problems) for problems in found] == [[], [], []]


@pytest.mark.parametrize("slug", ["", "Soft", "soft-delete", "2nd", "_x", "зонт", "a b", "../x"])
def test_no_slug(toy: Course, slug: str) -> None:
    """A slug is part of an address and of file names."""
    before = files(toy)
    says = f"{slug!r} is no slug: lower-case letters, digits and _ alone"
    assert refused(scaffold.new, toy, 3, slug) == says
    assert files(toy) == before


def test_what_is_taken(toy: Course) -> None:
    """Neither a slug nor a number is given twice."""
    before = files(toy)
    assert refused(scaffold.new, toy, 3, "count") == "there is a lesson count: 02_count"
    assert refused(scaffold.new, toy, 2, "umbrella") == (
        "02_count has this number; make it last, then `yielddb dev move` it"
    )
    assert refused(scaffold.new, toy, 0, "umbrella") == (
        "0 is no number of a lesson: they begin at 1"
    )
    assert files(toy) == before


def test_new_overwrites_nothing(toy: Course) -> None:
    """A solution without a text may be somebody's work: it stays."""
    path = toy.solutions_dir / "03_umbrella/main.py"
    path.parent.mkdir()
    path.write_text("work")
    says = f"already there: {path}; move or delete it"
    assert refused(scaffold.new, toy, 3, "umbrella") == says
    assert path.read_text() == "work"
    assert not (toy.lessons_dir / "03_umbrella.md").exists()


@pytest.fixture
def three(toy: Course) -> Course:
    """Three lessons; the first has translations and a notebook."""
    scaffold.new(toy, 3, "umbrella")
    hello = toy.find("hello")
    toy.notebooks_dir.mkdir(exist_ok=True)
    for path in (hello.translation("uk"), hello.translation("ru"), hello.notebook):
        path.write_text(f"of hello: {path.name}")
    return Course(toy.root)


def order(course: Course) -> list[str]:
    return [lesson.stem for lesson in Course(course.root).lessons]


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("hello", 3, ["01_count", "02_umbrella", "03_hello"]),
        ("umbrella", 1, ["01_umbrella", "02_hello", "03_count"]),
        ("hello", 2, ["01_count", "02_hello", "03_umbrella"]),
        ("count", 2, ["01_hello", "02_count", "03_umbrella"]),
    ],
)
def test_move(three: Course, name: str, number: int, expected: list[str]) -> None:
    """The lesson goes to its place, those between make room, and no part is left behind."""
    contents = {lesson.slug: lesson.check.read_text() for lesson in three.lessons}
    before = files(three)
    moved = scaffold.move(three, three.find(name), number)
    assert order(three) == expected
    after = Course(three.root)
    assert list(parts.problems(after)) == []
    assert {lesson.slug: lesson.check.read_text() for lesson in after.lessons} == contents
    hello = after.find("hello")
    assert hello.translation("uk").read_text() == "of hello: 01_hello.uk.md"
    assert hello.translation("ru").exists()
    assert hello.notebook.exists()
    assert len(files(after)) == len(before)
    assert all(path.exists() for path in moved)
    gone = {path for path in before if path not in files(after)}
    assert len(gone) == len({path for path in files(after) if path not in before})
    assert (files(after) == before) is (moved == [])


def test_move_there_and_back(three: Course) -> None:
    """Moving back restores every file."""
    before = {name: (three.root / name).read_bytes() for name in files(three)}
    scaffold.move(three, three.find("hello"), 3)
    again = Course(three.root)
    scaffold.move(again, again.find("hello"), 1)
    assert {name: (three.root / name).read_bytes() for name in files(three)} == before


def test_move_closes_a_gap(toy: Course) -> None:
    """Numbers run from 1 afterwards, whatever they were."""
    scaffold.new(toy, 7, "umbrella")
    course = Course(toy.root)
    scaffold.move(course, course.find("umbrella"), 2)
    assert order(toy) == ["01_hello", "02_umbrella", "03_count"]


@pytest.mark.parametrize("number", [0, -1, 4])
def test_no_such_place(three: Course, number: int) -> None:
    """A place before the first or beyond the last lesson is none."""
    before = files(three)
    says = f"there is no place {number}: lessons run from 1 to 3"
    assert refused(scaffold.move, three, three.find("hello"), number) == says
    assert files(three) == before


def test_move_overwrites_nothing(three: Course) -> None:
    """A stray file where a part would go stops the move before anything is renamed."""
    stray: Path = three.checks_dir / "03_hello.py"
    stray.write_text("work")
    before = files(three)
    says = f"already there: {stray}; move or delete it"
    assert refused(scaffold.move, three, three.find("hello"), 3) == says
    assert files(three) == before
