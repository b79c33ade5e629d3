"""What the parts of the front for instructors hand to each other."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from yielddb.catalogue import Lesson
from yielddb.judging.submission import Submission
from yielddb.sandbox.levels import Level
from yielddb.verdict import Verdict

REQUIRE: Level = "B"  # below it an app can harm its neighbours and the machine
RESULTS = "results.db"  # what makes a folder one of results
WORDS = {  # options of `yielddb grade` that tell one run from another
    "lesson": "lesson",
    "jobs": "jobs",
    "timeout_s": "timeout",
    "seed": "seed",
    "out": "out",
    "roster": "roster",
    "require": "require-isolation",
    "checks": "checks",
    "dask": "dask",
}
TIMEOUT_S = 300.0  # one app; fifteen checks that each wait 5 s for an answer take 75 s


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something that was handed in can't be judged, and what to do."""

    says: str
    fix: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One app of one student for one lesson, or the trouble with it.

    `shown` is the path below the class's folder as a person reads it; `modified` is a time stamp
    of the file system. The lesson is unknown only where there is trouble.
    """

    student: str
    lesson: Lesson | None
    shown: str
    modified: float
    submission: Submission | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Student:
    """A line of the roster; without a roster, name and e-mail are empty."""

    id: str
    name: str = ""
    email: str = ""

    @property
    def label(self) -> str:
        """The name, else the id."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Graded:
    """A verdict that is kept: whose, on what, and when (ISO 8601, UTC)."""

    student: str
    slug: str
    submission: str
    graded: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Class:
    """All there is to show: students in order, lessons as slug -> heading, verdicts by both."""

    students: tuple[Student, ...]
    lessons: Mapping[str, str]
    verdicts: Mapping[tuple[str, str], Graded]

    def of(self, student: Student) -> list[Graded]:
        """A student's verdicts in the order of the lessons."""
        found = (self.verdicts.get((student.id, slug)) for slug in self.lessons)
        return [graded for graded in found if graded is not None]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; `jobs` None means one per core.

    `checks` is a folder of an instructor's own checks, `dask` the address of a cluster; with an
    `owner`, the folder is what this one student handed in.
    """

    folder: Path
    lesson: str | None = None
    jobs: int | None = None
    timeout_s: float = TIMEOUT_S
    seed: int | None = None
    out: Path | None = None
    roster: Path | None = None
    require: Level = REQUIRE
    checks: Path | None = None
    dask: str | None = None
    owner: str | None = None

    def words(self) -> Iterator[str]:
        """What to type to mean this run again."""
        yield str(self.folder)
        usual = {"timeout_s": TIMEOUT_S, "require": REQUIRE}
        for name, word in WORDS.items():
            value = getattr(self, name)
            if value is not None and value != usual.get(name):
                yield from (f"--{word}", str(value))

    @property
    def results(self) -> Path:
        """Where the results go: beside the class's folder, if nowhere else."""
        if self.out is not None:
            return self.out
        here = self.folder.resolve()
        return here.with_name(f"{here.name}-results") if here.name else Path("results").resolve()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run gives: the class, what could not be told of any lesson, notes, and counts."""

    classroom: Class
    troubles: Sequence[tuple[str, Trouble]]
    notes: Sequence[str]
    graded: int
    unchanged: int

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 some failed, 2 some could not be graded."""
        verdicts = [one.verdict for one in self.classroom.verdicts.values()]
        codes = [one.exit_code if one.is_whole else 2 for one in verdicts]
        return max([*codes, 2 if self.troubles else 0])


def readable(name: str) -> str:
    """A file's name as text that every database and page can hold, in one normal form."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", text)
