"""Makes folders of a class on the toy course, and runs `yielddb grade` on them."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

from tests.command import yielddb
from yielddb.catalogue import Course

TOY = Path(__file__).parent / "toy/solutions"
HELLO = (TOY / "01_hello/main.py").read_text("utf-8")
COUNT = (TOY / "02_count/main.py").read_text("utf-8")
WRONG = HELLO.replace("Hello town", "Hello city")
FLUSHED = COUNT.replace("db.commit()", "db.flush()")


def put(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def notebook(*cells: str) -> str:
    """A notebook with these code cells."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": c} for c in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def packed(path: Path, files: dict[str, str | bytes]) -> Path:
    """A .zip with these files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def grade(course: Course, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `yielddb grade FOLDER words...`."""
    return yielddb(course, folder.parent, "grade", str(folder), *words)


def record(course: Course, folder: Path, *words: str) -> dict[str, Any]:
    """What `yielddb grade --json` prints."""
    done = grade(course, folder, "--json", *words)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def statuses(found: dict[str, Any]) -> dict[tuple[str, str], str]:
    """(student, lesson) -> status."""
    return {
        (one["student"], one["verdict"]["lesson"]): one["verdict"]["status"]
        for one in found["verdicts"]
    }


def judged(found: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """The verdicts without what differs from run to run."""
    seen = {}
    for one in found["verdicts"]:
        verdict = one["verdict"]
        for name in ("seconds", "isolation", "versions", "submission"):
            verdict.pop(name)
        for check in verdict["checks"]:
            check.pop("seconds")
        seen[one["student"], verdict["lesson"]] = verdict
    return seen
