"""The learner's folder: an app per lesson, copies of the notebooks, backups; nothing is lost."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from yielddb.catalogue import STEM, Course, Lesson
from yielddb.starter import starter_files
from yielddb.workspace.complaint import Complaint

STATE = ".yielddb"  # locks, logs and backups, inside the learner's folder
VARIABLE = "YIELDDB_WORK"

Say = Callable[[str], None]


def to_stderr(note: str) -> None:
    """Say a note where it does not disturb what a program reads."""
    print(note, file=sys.stderr)


def find_root() -> Path:
    """`$YIELDDB_WORK`, else the learner's folder we stand in, else `./work`."""
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / STATE).is_dir():
            return folder
    return Path("work")


class Workspace:
    """Finds and makes what belongs to a learner; `say` gets a line for each surprise."""

    def __init__(self, course: Course, root: Path | None = None, say: Say = to_stderr) -> None:
        self.course = course
        self.root = find_root() if root is None else root
        self.say = say

    @property
    def state(self) -> Path:
        """Where locks, logs and backups lie."""
        return self.root / STATE

    @property
    def notebooks(self) -> Path:
        """Where the learner's copies of the notebooks lie."""
        return self.root / "notebooks"

    def folder(self, lesson: Lesson) -> Path:
        """The folder of the learner's app for the lesson."""
        return self.root / lesson.stem

    def open(self) -> None:
        """Make the folder where it is missing and follow lessons that got another number."""
        if self.root.exists() and not self.root.is_dir():
            raise Complaint(
                f"{self.root} is a file; move it away or choose a folder: {VARIABLE}=FOLDER"
            )
        self.root.mkdir(parents=True, exist_ok=True)
        self.state.mkdir(mode=0o700, exist_ok=True)  # holds the token of a running JupyterLab
        ignore = self.state / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
        self._renumber(self.root, self.root.iterdir())
        if self.notebooks.is_dir():
            self._renumber(self.notebooks, self.notebooks.glob("*.ipynb"))

    def _renumber(self, parent: Path, entries: Iterator[Path]) -> None:
        stems = {lesson.slug: lesson.stem for lesson in self.course.lessons}
        for entry in sorted(entries):
            stem, dot, rest = entry.name.partition(".")
            match = STEM.fullmatch(stem)
            now = stems.get(match["slug"]) if match else None
            if now is None or now == stem:
                continue
            target = parent / f"{now}{dot}{rest}"
            if target.exists():
                self.say(f"{entry.name} and {target.name} are both here; {target.name} counts")
            else:
                entry.rename(target)
                self.say(f"{entry.name} is now {target.name}: the lesson got another number")

    def prepare(self, lesson: Lesson) -> Path:
        """The folder of the learner's app; the starter is put there if it has no Python file."""
        self.open()
        folder = self.folder(lesson)
        if folder.exists() and not folder.is_dir():
            raise Complaint(f"{folder} is a file; move it away, a folder belongs there")
        if not folder.is_dir() or not any(folder.rglob("*.py")):
            self._put_starter(lesson)
        return folder

    def _put_starter(self, lesson: Lesson) -> None:
        """All files are written aside first, so that a full disk leaves no half of a starter."""
        files = starter_files(lesson.solution)
        if not files:
            raise Complaint(f"{lesson.stem} has no starter yet; its solution is missing")
        with tempfile.TemporaryDirectory(dir=self.state, prefix="starter-") as aside:
            for path, source in files.items():
                draft = Path(aside, path)
                draft.parent.mkdir(parents=True, exist_ok=True)
                draft.write_text(source, "utf-8")
            for path in files:
                target = self.folder(lesson) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists():
                    Path(aside, path).rename(target)

    def reset(self, lesson: Lesson) -> Path | None:
        """Put the starter back; returns where the learner's code went, if there was any."""
        self.open()
        folder, backup = self.folder(lesson), None
        if folder.exists():
            backup = self._free_backup(lesson)
            backup.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(backup)
        try:
            self.prepare(lesson)
        except BaseException:
            if backup is not None:
                shutil.rmtree(folder, ignore_errors=True)
                backup.rename(folder)
            raise
        return backup

    def _free_backup(self, lesson: Lesson) -> Path:
        number = 1
        while (path := self.state / "backups" / f"{lesson.stem}-{number}").exists():
            number += 1
        return path
