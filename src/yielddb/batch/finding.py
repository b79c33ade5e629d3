"""Finds who handed in what for which lesson below a class's folder."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from yielddb.batch.apps import app_at, lessons_in, single_app
from yielddb.batch.archives import ArchiveError, unpack
from yielddb.batch.records import RESULTS, Trouble, Unit, readable
from yielddb.catalogue import Course, Lesson
from yielddb.judging.reading import SKIPPED
from yielddb.judging.submission import NAMES
from yielddb.workspace.complaint import Complaint

APP_STEMS = {Path(name).stem for name in NAMES} | {"__init__", "submission", "solution"}
MAIN = ("main.py", "app.py")
MAKES_APP = re.compile(rb"^app\b", re.MULTILINE)
# a folder of Moodle's: full name, number of the participant, kind of the submission
MOODLE = re.compile(r"_\d+_assignsubmission_\w*\Z")
MAX_DEPTH = 12  # folders within folders; deeper ones are somebody's dependencies


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk is: what the names on the way told. `shared` is a folder of many students."""

    shown: str
    student: str | None = None
    lesson: Lesson | None = None
    shared: bool = False
    modified: float | None = None  # of the archive that is walked


class Finder:
    """Walks a class's folder; `lesson` is meant where no name tells, and others are left out."""

    def __init__(self, root: Path, course: Course, lesson: Lesson | None, out: Path) -> None:
        self.root, self.course, self.lesson, self.out = root, course, lesson, out.resolve()
        stems = "|".join(re.escape(one.stem) for one in course.lessons) or "$."
        self.stem = re.compile(rf"(?<![a-z0-9])(?:{stems})(?![a-z0-9])")

    def units(self, owner: str | None = None) -> Iterator[Unit]:
        """All that was handed in, also what can't be judged; by `owner` alone, if one is named."""
        place = Place("", lesson=self.lesson, shared=True)
        if owner is not None:
            place = Place(self._owner(), owner, self.lesson)
        found = 0
        for unit in self._folder(self.root, place, 0):
            if self.lesson is None or unit.lesson == self.lesson:
                found += 1
                yield unit
        if owner is not None and not found:
            says = f"{place.shown}: no app was handed in"
            yield self._trouble(place, says, "hand in main.py, with `app` in it")

    def _named(self, name: str) -> tuple[Lesson | None, str]:
        """The lesson that a name tells, and what is left of the name."""
        spelled = name.lower().replace("-", "_")
        for one in self.course.lessons:
            if spelled in (one.slug, one.stem):
                return one, ""
        if match := self.stem.search(spelled):
            rest = f"{name[: match.start()]} {name[match.end() :]}".strip(" _-.")
            return self.course.find(match[0]), rest
        return None, name

    def _folder(self, folder: Path, place: Place, depth: int) -> Iterator[Unit]:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            if not depth:
                raise Complaint(f"{folder}: {error.strerror}; make it readable") from None
            yield self._trouble(place, f"{place.shown}: {error.strerror}", "make it readable")
            return
        plain = [entry for entry in entries if not entry.name.startswith(".")]
        is_app = self._is_app(folder, place)
        if is_app:
            yield self._app(folder, place)
        for entry in plain:
            mode = entry.lstat().st_mode
            shown = f"{place.shown}/{readable(entry.name)}".lstrip("/")
            if stat.S_ISLNK(mode):
                yield self._trouble(
                    self._below(entry, place, shown), f"{shown}: a link, not followed",
                    "hand in the files themselves",
                )  # fmt: skip
            elif stat.S_ISDIR(mode):
                below = self._below(entry, place, shown)
                inside = self._inside(entry, place, below, is_app, depth)
                yield from self._guarded(below, inside)
            elif not stat.S_ISREG(mode):
                below = self._below(entry, place, shown)
                yield self._trouble(below, f"{shown}: no plain file", "hand in a file")
        if not is_app:
            files = [e for e in plain if stat.S_ISREG(e.lstat().st_mode)]
            yield from self._files(files, place)

    def _inside(
        self, folder: Path, place: Place, below: Place, is_app: bool, depth: int
    ) -> Iterator[Unit]:
        """A folder in a folder; a student's that holds nothing to judge is told."""
        if not self._worth(folder, is_app, depth):
            return
        units = list(self._guarded(below, self._folder(folder, below, depth + 1)))
        yield from units
        if not units and place.student is None and below.student is not None:
            yield self._trouble(below, f"{below.shown}: no app here", "hand in main.py")

    def _guarded(self, place: Place, units: Iterator[Unit]) -> Iterator[Unit]:
        """These units; where the system refuses one, the rest of the class is read all the same."""
        try:
            yield from units
        except OSError as error:
            says = f"{place.shown}: {error.strerror or error}"
            yield self._trouble(place, says, "make it readable")

    def _worth(self, folder: Path, is_app: bool, depth: int) -> bool:
        """An app's own folders belong to it; those of other lessons do not."""
        if folder.name in SKIPPED or depth >= MAX_DEPTH or folder.resolve() == self.out:
            return False
        if (folder / RESULTS).is_file():  # of an earlier run, into another --out
            return False
        other = folder.name.lower() in {one.stem for one in self.course.lessons}
        return not (folder / "pyvenv.cfg").exists() and (other or not is_app)

    def _is_app(self, folder: Path, place: Place) -> bool:
        names = MAIN if place.shared else NAMES
        return any((folder / name).is_file() for name in names)

    def _below(self, entry: Path, place: Place, shown: str) -> Place:
        """The place of a folder or file in `place`: its name tells the student or the lesson."""
        told = readable(entry.name if entry.is_dir() else entry.stem)
        if place.student is not None:
            lesson, _ = self._named(told)
            return replace(place, shown=shown, lesson=lesson or place.lesson, shared=False)
        lesson, rest = self._named(MOODLE.sub("", told))
        if not rest:
            return replace(place, shown=shown, lesson=lesson or place.lesson)
        if entry.is_file() and rest in APP_STEMS:
            return replace(place, shown=shown, student=self._owner(), shared=True)
        return replace(place, shown=shown, student=rest, lesson=lesson or place.lesson,
                       shared=entry.is_file())  # fmt: skip

    def _owner(self) -> str:
        """Whose the files are that lie in the class's folder without a name."""
        return readable(self.root.resolve().name) or "class"

    def _files(self, files: list[Path], place: Place) -> Iterator[Unit]:
        python = [file for file in files if file.suffix == ".py"]
        if place.student is not None and not any(self._named(f.stem)[1] == "" for f in python):
            python = [file for file in python if _makes_app(file)] or python
        for file in files:
            shown = f"{place.shown}/{readable(file.name)}".lstrip("/")
            below = self._below(file, place, shown)
            others = [one.name for one in python if one != file] if file in python else None
            yield from self._guarded(below, self._file(file, below, others))

    def _file(self, file: Path, place: Place, others: list[str] | None) -> Iterator[Unit]:
        """One file of a folder; `others` are the apps beside it, None where it is no Python."""
        if others is not None:
            yield self._python(file, place, others)
        elif file.suffix == ".ipynb":
            yield from self._notebook(file, place)
        elif file.suffix.lower() == ".zip":
            yield from self._archive(file, place)

    def _python(self, file: Path, place: Place, others: list[str]) -> Unit:
        if place.lesson is None:
            return self._unknown(place)
        found = single_app(file, place.lesson, place.shown, None if place.shared else others)
        return self._unit(place, file, found)

    def _app(self, folder: Path, place: Place) -> Unit:
        place = replace(place, student=place.student or self._owner())
        if place.lesson is None:
            return self._unknown(place)
        return self._unit(place, folder, app_at(folder, place.lesson, place.shown))

    def _notebook(self, file: Path, place: Place) -> Iterator[Unit]:
        wanted = [] if self.lesson else lessons_in(file, self.course)
        for lesson in wanted or ([place.lesson] if place.lesson else []):
            found = single_app(file, lesson, place.shown, None)
            yield self._unit(replace(place, lesson=lesson), file, found)
        if not wanted and not place.lesson:
            yield self._unknown(place)

    def _archive(self, file: Path, place: Place) -> Iterator[Unit]:
        place = replace(place, student=place.student or self._owner(), shared=False)
        with tempfile.TemporaryDirectory(prefix="yielddb-zip-") as name:
            folder = Path(name)
            try:
                unpack(file, folder, place.shown)
            except ArchiveError as error:
                yield self._trouble(place, error.trouble.says, error.trouble.fix)
                return
            inside = replace(place, modified=file.stat().st_mtime)
            units = list(self._folder(folder, inside, 0))
        yield from units
        if not units:
            fix = "pack main.py, a notebook, or a folder with one"
            yield self._trouble(place, f"{place.shown}: no app in this archive", fix)

    def _unit(self, place: Place, path: Path, found: object) -> Unit:
        student = place.student or self._owner()
        modified = place.modified if place.modified is not None else newest(path)
        unit = Unit(student, place.lesson, place.shown or readable(path.name), modified)
        if isinstance(found, Trouble):
            return replace(unit, trouble=found)
        return replace(unit, submission=found)  # type: ignore[arg-type]

    def _trouble(self, place: Place, says: str, fix: str) -> Unit:
        student = place.student or self._owner()
        return Unit(student, place.lesson, place.shown, 0.0, trouble=Trouble(says, fix))

    def _unknown(self, place: Place) -> Unit:
        example = self.course.lessons[0].stem if self.course.lessons else "NN_slug"
        says = f"{place.shown or self.root}: no name tells the lesson"
        return self._trouble(place, says, f"name it like {example}, or add --lesson")


def newest(path: Path) -> float:
    """When the newest of these files was changed."""
    files = [path] if path.is_file() else []
    for root, folders, names in os.walk(path):
        if len(Path(root).parts) - len(path.parts) >= MAX_DEPTH:
            folders.clear()
        files += [Path(root, name) for name in names if name.endswith(".py")]
    return max((file.lstat().st_mtime for file in files), default=0.0)


def _makes_app(file: Path) -> bool:
    """Does a line of this file begin with `app`? Helpers beside an app do not."""
    try:
        with file.open("rb") as stream:
            return MAKES_APP.search(stream.read(1 << 20)) is not None
    except OSError:
        return True  # who reads it as an app says why it can't
