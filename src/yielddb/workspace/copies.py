"""The learner's copies of the built notebooks: refreshed while untouched, never overwritten."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from yielddb.catalogue import Lesson
from yielddb.workspace.folder import Workspace
from yielddb.workspace.storage import locked, write_atomically


def digest(path: Path) -> str:
    """What tells two versions of a file apart."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refresh(workspace: Workspace) -> list[Path]:
    """Bring every notebook into the learner's folder; returns the files that were written."""
    workspace.open()
    workspace.notebooks.mkdir(exist_ok=True)
    with locked(workspace.state / "notebooks.lock"):
        ledger = Ledger(workspace.state / "notebooks.json")
        lessons = [x for x in workspace.course.lessons if x.notebook.is_file()]
        written = [path for x in lessons if (path := _refresh_one(workspace, ledger, x))]
        ledger.save()
    return written


class Ledger:
    """Remembers by slug which version was given as the copy and which was laid beside it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, dict[str, str]] = {}
        try:
            read = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            read = {}  # unknown copies count as changed, so a lost ledger loses nobody's work
        if isinstance(read, dict):
            self.entries = {k: v for k, v in read.items() if isinstance(v, dict)}

    def save(self) -> None:
        """Write it back in one step."""
        write_atomically(self.path, json.dumps(self.entries, indent=1) + "\n")


def _refresh_one(workspace: Workspace, ledger: Ledger, lesson: Lesson) -> Path | None:
    known = ledger.entries.setdefault(lesson.slug, {})
    shipped = digest(lesson.notebook)
    copy = workspace.notebooks / lesson.notebook.name
    if not copy.exists() or digest(copy) == known.get("given"):
        fresh = copy.exists() and known.get("given") == shipped
        known["given"] = shipped
        return None if fresh else _write(lesson, copy)
    if digest(copy) == shipped:
        known["given"] = shipped
        return None
    if shipped in (known.get("given"), known.get("beside")):
        return None  # the learner's changes stand on this version, or it was offered already
    beside = _place_beside(copy, known.get("beside"))
    known["beside"] = shipped
    workspace.say(f"{copy.name} has your changes; the new version is {beside.name} beside it")
    return _write(lesson, beside)


def _place_beside(copy: Path, offered: str | None) -> Path:
    """`NN_slug.new.ipynb`, or with a number where the learner has changed that one too."""
    number = 1
    while True:
        suffix = ".new.ipynb" if number == 1 else f".new-{number}.ipynb"
        path = copy.with_suffix(suffix)
        if not path.exists() or digest(path) == offered:
            return path
        number += 1


def _write(lesson: Lesson, target: Path) -> Path:
    write_atomically(target, lesson.notebook.read_bytes())
    return target
