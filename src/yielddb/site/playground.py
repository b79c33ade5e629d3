"""What a playground needs beside its page: the built runtime, and the service worker."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from yielddb.catalogue import Course, Lesson

ASSETS = Path(__file__).parents[1] / "assets"  # what web/ is bundled into
PARTS = "playground*.js"
LOADER = "playground.lazy.js"
WORKER = "sw.js"  # at the root: a service worker sees what lies beside and below it
FOLDER = "runtime"


def playable(course: Course) -> dict[str, Any]:
    """What the runtime knows of each lesson; nothing where it was not built."""
    manifest = course.runtime_dir / "manifest.json"
    if not manifest.is_file():
        return {}
    lessons: dict[str, Any] = json.loads(manifest.read_text("utf-8"))["lessons"]
    return lessons


def needs_server(lesson: Lesson) -> str:
    """Why a page can't judge this lesson; empty where it can."""
    return playable(lesson.course).get(lesson.slug, {}).get("needs_server") or ""


def is_buildable(course: Course) -> bool:
    """Is this a clone, whose reader can build the runtime that is not there?"""
    return (course.root / "web" / "runtime" / "build.mjs").is_file() and not playable(course)


def scripts(course: Course) -> list[Path]:
    """The components that a site of this course has a use for."""
    unused = () if playable(course) else (*ASSETS.glob(PARTS), ASSETS / WORKER)
    return [path for path in sorted(ASSETS.glob("*.js")) if path not in unused]


def publish(course: Course, out: Path) -> None:
    """Put runtime and service worker at the root of the site."""
    if playable(course):
        shutil.copytree(course.runtime_dir, out / FOLDER, dirs_exist_ok=True)
        shutil.copy(ASSETS / WORKER, out)
