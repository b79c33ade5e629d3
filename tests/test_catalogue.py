"""Where the parts of a course lie, and how a lesson is found by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import yielddb.catalogue
from yielddb.catalogue import CatalogueError, Course, default_course


def test_the_parts_of_a_lesson(toy: Course) -> None:
    """All parts share the stem; the number orders, the slug identifies."""
    first, second = toy.lessons
    assert (first.number, first.slug, first.stem) == (1, "hello", "01_hello")
    assert second.stem == "02_count"
    for path in (first.text, first.solution / "main.py", first.check):
        assert path.is_file()
    assert first.notebook == toy.root / "notebooks/01_hello.ipynb"
    assert first.translation("uk") == toy.root / "lessons/01_hello.uk.md"
    assert toy.site_dir == toy.root / "site"
    assert first.title == "Hello"
    assert first.front_matter["minutes"] == 5


def test_translations_and_other_files_are_no_lessons(toy: Course) -> None:
    """A lesson is NN_slug.md: no translation, no note, no wrong spelling."""
    for name in ("01_hello.uk.md", "notes.md", "3_short.md", "03_Upper.md", "03_.md", "03_a-b.md"):
        (toy.lessons_dir / name).write_text("---\ntitle: x\n---\n")
    assert [lesson.slug for lesson in toy.lessons] == ["hello", "count"]


def test_numbers_order_the_lessons(toy: Course) -> None:
    """Order is by number, not by spelling; two of one number go by slug."""
    for name in ("100_last.md", "03_b.md", "03_a.md"):
        (toy.lessons_dir / name).write_text("---\ntitle: x\n---\n")
    stems = [lesson.stem for lesson in toy.lessons]
    assert stems == ["01_hello", "02_count", "03_a", "03_b", "100_last"]


@pytest.mark.parametrize(
    "name", ["2", "02", "002", "count", "02_count", "02-count", " Count ", "COUNT"]
)
def test_finds_a_lesson_by_any_name(toy: Course, name: str) -> None:
    """Number, slug and stem name a lesson, in any case, with - or _."""
    assert toy.find(name) is toy.lessons[1]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("conut", "no lesson 'conut'; lessons: 02_count"),
        ("3", "no lesson '3'; lessons: 01_hello, 02_count"),
        ("umbrella", "no lesson 'umbrella'; lessons: 01_hello, 02_count"),
        ("", "no lesson ''; lessons: 01_hello, 02_count"),
        ("²", "no lesson '²'; lessons: 01_hello, 02_count"),
    ],
)
def test_names_the_nearest_lessons(toy: Course, name: str, says: str) -> None:
    """A name of no lesson is answered by the ones that are near, else by all."""
    with pytest.raises(CatalogueError) as raised:
        toy.find(name)
    assert str(raised.value) == says


def test_a_course_without_lessons(tmp_path: Path) -> None:
    """Nothing can be found in an empty course, and no table is missed."""
    course = Course(tmp_path)
    assert course.lessons == ()
    assert course.misconceptions == {}
    with pytest.raises(CatalogueError, match=r"^no lesson '1'; lessons: none here$"):
        course.find("1")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# Hello\n", "no front matter (title, goal, minutes between --- lines)"),
        ("---\n- title\n---\n", "no front matter (title, goal, minutes between --- lines)"),
        ("---\ntitle: Hello\n", "no front matter (title, goal, minutes between --- lines)"),
        ("---\ntitle: a: b\n---\n", "the front matter is not YAML: mapping values are not allowed"),
    ],
)
def test_broken_front_matter(toy: Course, text: str, says: str) -> None:
    """A head that is missing, open, a list or no YAML is refused with the path."""
    path = toy.lessons[0].text
    path.write_text(text)
    with pytest.raises(CatalogueError) as raised:
        _ = toy.lessons[0].title
    assert str(raised.value).startswith(f"{path}: {says}")


def test_a_title_falls_back_on_the_slug(toy: Course) -> None:
    """A head without a title gives the slug."""
    toy.lessons[0].text.write_text("---\ngoal: x\n---\n")
    assert toy.lessons[0].title == "hello"


def test_the_table_of_misconceptions(toy: Course) -> None:
    """The table maps ids to beliefs; anything else is refused with its path."""
    assert toy.misconceptions["flush-is-commit"]["truth"] == "Only a commit makes it last."
    path = toy.lessons_dir / "misconceptions.yml"
    for content in ("- a\n", ""):
        path.write_text(content)
        with pytest.raises(CatalogueError) as raised:
            _ = Course(toy.root).misconceptions
        assert str(raised.value) == f"{path}: expected a mapping of ids"


def test_a_table_that_is_no_yaml(toy: Course) -> None:
    """A slip in the table is an error with the table's path, as one in a head is."""
    path = toy.lessons_dir / "misconceptions.yml"
    path.write_text("a: b: c\n")
    with pytest.raises(CatalogueError) as raised:
        _ = toy.misconceptions
    assert str(raised.value).startswith(f"{path}: ")


def test_the_course_named_by_the_environment(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """$YIELDDB_COURSE names a course; a folder without lessons is refused."""
    monkeypatch.setenv("YIELDDB_COURSE", str(toy.root))
    assert default_course() == toy
    monkeypatch.setenv("YIELDDB_COURSE", str(toy.lessons_dir))
    says = f"YIELDDB_COURSE={toy.lessons_dir}: there is no folder lessons/ in it"
    with pytest.raises(CatalogueError) as raised:
        default_course()
    assert str(raised.value) == says


def test_the_course_in_the_package_comes_before_the_clone(
    toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed package carries its course; a clone's package lies two folders below it."""
    monkeypatch.delenv("YIELDDB_COURSE", raising=False)
    package = tmp_path / "clone/src/yielddb"
    package.mkdir(parents=True)
    monkeypatch.setattr(yielddb.catalogue, "__file__", str(package / "catalogue.py"))
    assert default_course() == Course(tmp_path / "clone")
    shutil.copytree(toy.root, package / "course")
    assert default_course() == Course(package / "course")
