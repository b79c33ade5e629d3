"""What a learner has passed and tried, kept by slug in one file that no crash can halve."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from yielddb.catalogue import Course, Lesson
from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.folder import Say, Workspace, to_stderr
from yielddb.workspace.storage import locked, write_atomically

FAMILY = "yielddb/progress/"
VERSION = 1
SCHEMA = f"{FAMILY}{VERSION}"


class Damaged(ValueError):
    """The file is not what we wrote."""


@dataclass(slots=True)
class Entry:
    """One lesson: `passed` and `tried` are times (ISO 8601, UTC), `best` of `max_score` points.

    `problem` names the failure seen last, `repeats` how often in a row; `hint`, `misconception` and
    `at`, the learner's line, are what it pointed to. `hints` is the number of steps shown by check.
    """

    passed: str | None = None
    tried: str | None = None
    best: float = 0
    max_score: float = 0
    attempts: int = 0
    problem: str | None = None
    repeats: int = 0
    hint: str | None = None
    misconception: str | None = None
    at: str | None = None
    hints: dict[str, int] = field(default_factory=dict)

    def repeats_with(self, result: CheckResult) -> int:
        """How often in a row this failure has been seen, this time included."""
        return self.repeats + 1 if self.problem == signature(result) else 1

    def count(self, verdict: Verdict) -> None:
        """Take one more attempt into account."""
        self.tried = datetime.now(UTC).isoformat(timespec="seconds")
        self.attempts += 1
        if (verdict.score, verdict.max_score) > (self.best, 0) or not self.max_score:
            self.best, self.max_score = verdict.score, verdict.max_score
        problem = verdict.first_problem
        self.repeats = self.repeats_with(problem) if problem else 0
        self.problem = signature(problem) if problem else None
        self.hint = problem.hint if problem else None
        self.misconception = problem.misconception if problem else None
        self.at = problem.at if problem else None
        if verdict.status == "passed":
            self.passed = self.passed or self.tried
            self.best, self.max_score = verdict.score, verdict.max_score


def signature(result: CheckResult) -> str:
    """What makes two failures the same: the check and the status that came back.

    The rest of an answer carries random data and differs from run to run.
    """
    status = re.match(r"\d{3}\b", result.came_back or "")
    return f"{result.id} {status[0]}" if status else result.id


class Progress:
    """Reads and changes `progress.json`; `say` gets a line when it was damaged."""

    def __init__(self, path: Path, say: Say = to_stderr) -> None:
        self.path = path
        self.say = say

    @classmethod
    def of(cls, workspace: Workspace) -> Progress:
        """The progress kept in a learner's folder."""
        return cls(workspace.root / "progress.json", workspace.say)

    def read(self) -> dict[str, Entry]:
        """All entries by slug.

        Raises Complaint for a file of a newer yielddb, which stays as it is.
        """
        try:
            return self._parse()
        except Damaged:
            with self._locked():
                return self._read_or_set_aside()

    def entry(self, lesson: Lesson) -> Entry:
        """The entry of one lesson; an empty one before the first attempt."""
        return self.read().get(lesson.slug, Entry())

    def record(self, lesson: Lesson, verdict: Verdict) -> Entry:
        """Count an attempt and return the entry; a verdict that judged nothing counts for none."""
        if verdict.status == "error":
            return self.entry(lesson)
        with self._changing(lesson) as entry:
            entry.count(verdict)
        return entry

    def hint_shown(self, lesson: Lesson, check: str, steps: int) -> None:
        """Remember how many steps of a check's hints the learner has seen."""
        with self._changing(lesson) as entry:
            entry.hints[check] = max(steps, entry.hints.get(check, 0))

    def in_hand(self, course: Course) -> Lesson:
        """The first lesson that has not passed.

        Raises Complaint when there is none.
        """
        entries = self.read()
        for lesson in course.lessons:
            if not entries.get(lesson.slug, Entry()).passed:
                return lesson
        if not course.lessons:
            raise Complaint(f"{course.root}: no lessons here")
        raise Complaint("every lesson has passed; name one: yielddb check 1")

    @contextlib.contextmanager
    def _changing(self, lesson: Lesson) -> Iterator[Entry]:
        with self._locked():
            entries = self._read_or_set_aside()
            yield entries.setdefault(lesson.slug, Entry())
            lessons = {slug: asdict(entry) for slug, entry in sorted(entries.items())}
            record = {"schema": SCHEMA, "lessons": lessons}
            write_atomically(self.path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")

    def _locked(self) -> contextlib.AbstractContextManager[None]:
        return locked(self.path.parent / ".yielddb" / "progress.lock")

    def _read_or_set_aside(self) -> dict[str, Entry]:
        """Only under the lock: two processes must not both rename the file."""
        try:
            return self._parse()
        except Damaged:
            number = 1
            while (aside := self.path.with_name(f"progress.damaged-{number}.json")).exists():
                number += 1
            self.path.rename(aside)
            self.say(f"{self.path.name} was damaged; it is kept as {aside.name}, a new one begins")
            return {}

    def _parse(self) -> dict[str, Entry]:
        try:
            record = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError) as error:
            raise Damaged(str(error)) from None
        schema = record.get("schema") if isinstance(record, dict) else None
        version = re.fullmatch(re.escape(FAMILY) + r"(\d+)", str(schema))
        if version is None or int(version[1]) < 1:
            raise Damaged("no schema")
        if int(version[1]) > VERSION:
            raise Complaint(
                f"{self.path} was written by a newer yielddb ({schema}); it stays as it is. "
                "Update: pip install --upgrade yielddb"
            )
        lessons = record.get("lessons")
        if not isinstance(lessons, dict):
            raise Damaged("no lessons")
        return {slug: _entry(values) for slug, values in lessons.items()}


def _entry(values: Any) -> Entry:
    """An entry from its JSON object; refuses values of other types than we write."""
    kinds: dict[str, tuple[type, ...]] = {
        "passed": (str, type(None)),
        "tried": (str, type(None)),
        "best": (int, float),
        "max_score": (int, float),
        "attempts": (int,),
        "problem": (str, type(None)),
        "repeats": (int,),
        "hint": (str, type(None)),
        "misconception": (str, type(None)),
        "at": (str, type(None)),
        "hints": (dict,),
    }
    if not isinstance(values, dict):
        raise Damaged("an entry is no object")
    known = {f.name: values[f.name] for f in fields(Entry) if f.name in values}
    if any(not isinstance(value, kinds[name]) for name, value in known.items()):
        raise Damaged("an entry has values of the wrong type")
    if any(not isinstance(steps, int) for steps in known.get("hints", {}).values()):
        raise Damaged("hints are counted")
    return Entry(**known)
