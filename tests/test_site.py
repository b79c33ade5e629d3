"""The site: what a reader gets without JavaScript, and what it must not ask of other hosts."""

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.problems import Problems
from yielddb.site import build_site

HERE = Path(__file__).parent


def dressed(root: Path, cache: Path | None = None) -> Course:
    """The toy course with the look of the real one, and what another copy has run before."""
    shutil.copytree(HERE / "toy", root)
    if cache:
        shutil.copytree(cache, root / ".cache")
    shutil.copy(HERE.parent / "mkdocs.yml", root)
    shutil.copytree(HERE.parent / "web", root / "web")
    return Course(root)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    said: list[str] = []
    out = build_site(dressed(folder / "toy"), folder / "out", said.append)
    assert said == ["01_hello", "02_count", "pages to HTML"]
    return out


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text without scripts."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.hushed = 0
        self.source = path.read_text("utf-8")
        self.feed(self.source)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.hushed += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.hushed -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.hushed:
            self.words.append(data)


def test_the_index_is_computed(site: Path) -> None:
    """Each lesson is there with title, goal and minutes, in order."""
    page = Page(site / "index.html")
    assert "1 Hello Answer one request. 5 minutes 2 Count Keep what you are given." in page.text
    assert '<a href="lessons/hello/">' in page.source


def test_a_lesson_offers_its_notebook(site: Path) -> None:
    """The link downloads a notebook that is there, and the command names the lesson."""
    page = Page(site / "lessons/count/index.html")
    link = next(attrs for tag, attrs in page.tags if tag == "a" and "download" in attrs)
    assert (site / "lessons/count" / str(link["href"])).resolve().exists()
    assert "yielddb start 02_count" in page.text


def test_all_answers_are_there_without_javascript(site: Path) -> None:
    """Options, reasons, outputs, puzzles, recorded runs and starters are plain HTML."""
    text = Page(site / "lessons/count/index.html").text
    for words in (
        "No. Count again.",
        "Right. Two and two.",
        "What it prints 4",
        "db.flush() does not belong. A flush does not last.",
        "Answer /hello",
        "no such step",
        "Nobody committed.",
        "# YOUR CODE: store the note and answer with its id",
        "Step Out Transaction",
        "request POST /notes",
    ):
        assert words in text


def test_the_recorded_run_is_a_real_one(site: Path) -> None:
    """The statement and the answer come from the solution of the lesson."""
    text = Page(site / "lessons/count/index.html").text
    assert "INSERT INTO notes" in text
    assert 'response 201 {"id":1}' in text


def test_no_markup_leaks(site: Path) -> None:
    """No attribute or fence of the source is left in a page."""
    for path in site.rglob("index.html"):
        page = Page(path)
        for leak in ("markdown=", "```", "{ .lead", "code-cell", "{%", "{{"):
            assert leak not in page.source, (path, leak)


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    """Scripts, styles, images and fonts all come from the site itself."""
    for path in site.rglob("*.html"):
        for tag, attrs in Page(path).tags:
            if tag == "a":
                continue
            for value in (attrs.get("src"), attrs.get("href")):
                assert not re.match(r"(https?:)?//", value or ""), (path, tag, value)
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", path.read_text("utf-8")), path


def test_ids_are_unique(site: Path) -> None:
    """No two elements of a page share an id, blocks and headings included."""
    for path in site.rglob("index.html"):
        ids = [attrs["id"] for _, attrs in Page(path).tags if attrs.get("id")]
        assert len(ids) == len(set(ids)), path


def test_refuses_a_broken_link(
    site: Path, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """A link to a lesson by its file works; one to nowhere stops the build."""
    course = dressed(tmp_path / "toy", site.parent / "toy/.cache")
    path = course.find("1").text
    source = path.read_text("utf-8")
    linked = source.replace("A route answers", "A route (see [later](02_count.md)) answers")
    path.write_text(linked, "utf-8")
    out = build_site(course, tmp_path / "out")
    assert 'href="../count/"' in (out / "lessons/hello/index.html").read_text("utf-8")
    path.write_text(linked.replace("02_count.md", "02_mount.md"), "utf-8")
    with pytest.raises(Problems) as caught:
        build_site(course, tmp_path / "out")
    golden("site_link.txt", f"{caught.value}\n".replace(f"{course.root}/", ""))


def test_refuses_a_broken_look(
    site: Path, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """What mkdocs says of its settings is passed on."""
    course = dressed(tmp_path / "toy", site.parent / "toy/.cache")
    (course.root / "mkdocs.yml").write_text("theme: umbrella\n", "utf-8")
    with pytest.raises(Problems) as caught:
        build_site(course, tmp_path / "out")
    said = f"{caught.value}\n".replace(f"{course.root}/", "")
    golden("site_look.txt", re.sub(r" The available .*", "", said))


def test_hears_of_all_broken_lessons(toy: Course, tmp_path: Path) -> None:
    """The problems of every lesson are collected before the build stops."""
    for lesson in toy.lessons:
        source = lesson.text.read_text("utf-8")
        lesson.text.write_text(source.replace("cell: ", "cell: no-"), "utf-8")
    with pytest.raises(Problems) as caught:
        build_site(toy, tmp_path / "out")
    assert [problem.path for problem in caught.value.problems] == [
        lesson.text for lesson in toy.lessons
    ]
