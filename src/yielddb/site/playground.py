"""What a playground needs beside its page: the built runtime, and the service worker."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from yielddb.catalogue import Course

ASSETS = Path(__file__).parents[1] / "assets"
LOADER = "playground.lazy.js"
WORKER = "sw.js"  # at the root: a service worker sees what lies beside and below it
FOLDER = "runtime"


def playable(course: Course) -> frozenset[str]:
    """The lessons that the runtime knows; none where it was not built."""
    manifest = course.runtime_dir / "manifest.json"
    if not manifest.is_file():
        return frozenset()
    return frozenset(json.loads(manifest.read_text("utf-8"))["lessons"])


def publish(course: Course, out: Path) -> None:
    """Put runtime and service worker at the root of the site."""
    if playable(course):
        shutil.copytree(course.runtime_dir, out / FOLDER, dirs_exist_ok=True)
        shutil.copy(ASSETS / WORKER, out)
