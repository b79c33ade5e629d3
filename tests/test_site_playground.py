"""Playgrounds stand in the pages of lessons that a built runtime knows, and in no others."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from site_room import build, dressed

from yielddb.site.playground import is_buildable

PSF = "A licence\n\nwith <two> parts"
ELEMENT = '<yielddb-playground lesson="hello"'


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of the toy course, whose runtime was built; one of its lessons needs a server."""
    folder = tmp_path_factory.mktemp("playgrounds")
    course = dressed(folder / "toy")
    course.runtime_dir.mkdir(parents=True)
    files = [{"name": "packages-1.zst", "bytes": 4, "unpacked": 9, "sha256": ""}]
    lessons = {"hello": {"needs_server": False}, "count": {"needs_server": "it starts a thread"}}
    manifest = {"version": "1", "files": files, "lessons": lessons}
    licences = [{"name": "CPython", "version": "3.14", "licence": "PSF-2.0", "text": PSF}]
    for name, text in {
        "manifest.json": json.dumps(manifest),
        "licences.json": json.dumps(licences),
        "worker.js": "",
        "packages-1.zst": "1234",
    }.items():
        (course.runtime_dir / name).write_text(text, "utf-8")
    return build(course, folder / "site")


def page(out: Path, address: str, language: str = "en") -> str:
    return (out / language / address / "index.html").read_text("utf-8")


def test_a_lesson_of_the_runtime_has_a_playground(out: Path) -> None:
    """Button before the starter, loader in the page, runtime and service worker at the root."""
    hello = page(out, "lessons/hello")
    assert hello.index(ELEMENT) < hello.index("main.py</span>")
    assert "assets/playground.lazy.js" in hello
    assert "make runtime" not in hello
    for name in ("sw.js", "runtime/manifest.json", "runtime/worker.js", "en/assets/playground.js"):
        assert (out / name).is_file()


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "A page cannot judge this app"),
        ("uk", "Сторінка не може оцінити цей застосунок"),
        ("ru", "Страница не может оценить это приложение"),
    ],
)
def test_a_lesson_that_needs_a_server_says_so_before_anything(
    out: Path, language: str, says: str
) -> None:
    """In the page itself, above the button, with the command to type; no other lesson says it."""
    count, hello = (page(out, f"lessons/{slug}", language) for slug in ("count", "hello"))
    assert count.index(says) < count.index("<yielddb-playground")
    assert "<code>yielddb check 2</code>" in count[count.index(says) :]
    assert says not in hello


def test_all_licences_are_on_one_page(out: Path) -> None:
    """What the theme and the runtime say of themselves, and each file with its bytes."""
    text = page(out, "licences")
    names = ("Material for MkDocs", "Material Design Icons", "CPython 3.14: PSF-2.0", "minisearch")
    assert [name for name in names if name not in text] == []
    assert "A licence\n\nwith &lt;two&gt; parts</pre>" in text
    assert "<code>runtime/packages-1.zst</code></td><td>4</td><td>9</td>" in text
    assert "<code>assets/playground.js</code>" in text
    assert 'href="../../licences/"' in page(out, "lessons/hello")


def test_without_a_runtime_there_is_none(tmp_path: Path) -> None:
    """Nothing is offered that would not work; one sentence says how to get it."""
    course = dressed(tmp_path / "toy")
    out = build(course, tmp_path / "site", languages=("en",))
    hello = page(out, "lessons/hello")
    assert "<yielddb-playground" not in hello
    assert "<code>make runtime site</code>" in hello
    assert "minisearch" in page(out, "licences")
    assert not {"playground", "codemirror"} & set(re.findall(r"\w+", page(out, "licences")))
    assert not list(out.rglob("playground*.js")) + list(out.rglob("sw.js"))
    shutil.rmtree(course.root / "web" / "runtime")  # an installed course: nobody can build it
    assert not is_buildable(course)
