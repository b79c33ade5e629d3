"""Playgrounds stand in the pages of lessons that a built runtime knows, and in no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from site_room import build, dressed

from yielddb.catalogue import Course
from yielddb.site.playground import playable, publish

ELEMENT = '<yielddb-playground lesson="hello"'


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The toy course; a runtime that knows one of its lessons was built."""
    course = dressed(tmp_path / "toy")
    course.runtime_dir.mkdir(parents=True)
    manifest = json.dumps({"version": "1", "files": [], "lessons": {"hello": {}}})
    (course.runtime_dir / "manifest.json").write_text(manifest, "utf-8")
    (course.runtime_dir / "worker.js").write_text("", "utf-8")
    return course


def test_a_lesson_of_the_runtime_has_a_playground(course: Course, tmp_path: Path) -> None:
    """Button before the starter, loader in the page, runtime and service worker at the root."""
    out = build(course, tmp_path / "site", languages=("en",))
    hello, count = (
        (out / "en" / "lessons" / slug / "index.html").read_text("utf-8")
        for slug in ("hello", "count")
    )
    assert hello.index(ELEMENT) < hello.index("main.py</span>")
    assert "assets/playground.lazy.js" in hello
    assert "<yielddb-playground" not in count
    for name in ("sw.js", "runtime/manifest.json", "runtime/worker.js", "en/assets/playground.js"):
        assert (out / name).is_file()


def test_without_a_runtime_there_is_none(tmp_path: Path) -> None:
    """Nothing is offered that would not work, and nothing is copied."""
    course = dressed(tmp_path / "toy")
    assert playable(course) == frozenset()
    publish(course, tmp_path)
    assert not (tmp_path / "sw.js").exists()
