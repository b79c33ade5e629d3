"""`yielddb grade`: every submission below a folder, each verdict kept as soon as it is known."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from yielddb.batch.apps import key_of
from yielddb.batch.farm import Farm
from yielddb.batch.finding import Finder
from yielddb.batch.isolation import look_at
from yielddb.batch.own_checks import with_own_checks
from yielddb.batch.progress import Progress
from yielddb.batch.records import (
    RESULTS,
    Class,
    Graded,
    Options,
    Outcome,
    Student,
    Trouble,
    Unit,
)
from yielddb.batch.roster import Roster, read_roster
from yielddb.batch.signals import signals
from yielddb.batch.store import Store
from yielddb.batch.workers import Interrupted, Task, Terms, Workers
from yielddb.catalogue import Course, Lesson
from yielddb.grade import not_judged, versions
from yielddb.verdict import Verdict
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.report import command, tidy
from yielddb.workspace.storage import FileLock

LOCK = "grade.lock"
DESK = ".in-hand"  # below the results: what a kill leaves there, the next run clears away

Say = Callable[[str], object]


def grade(course: Course, options: Options, say: Say) -> Outcome:
    """Grade what is new or changed below the folder; `say` gets each note when it is known.

    Raises Complaint where nothing can be done, Interrupted when a signal ended the run.
    """
    lesson = course.find(options.lesson) if options.lesson else None
    _check_folder(options)
    if options.dask and options.jobs:
        raise Complaint("--jobs is for this machine; with --dask the cluster has its own workers")
    roster = read_roster(options.roster) if options.roster else Roster()
    if options.checks:
        course = with_own_checks(course, options.checks)
        lesson = course.find(lesson.stem) if lesson else None
    out = options.results
    lock = FileLock(out / LOCK)
    if not _usable(out, lock.acquire):
        raise Complaint(f"{out}: another `yielddb grade` writes there; wait for it, or add --out")
    try:
        store = Store.open(out / RESULTS)
        try:
            return _Run(course, options, lesson, roster, store, say).go()
        finally:
            store.close()
    finally:
        lock.release()


def _check_folder(options: Options) -> None:
    folder = options.folder
    try:
        is_folder = folder.is_dir()
    except OSError as error:
        raise Complaint(f"{folder}: {error.strerror}; name the class's folder") from None
    if not is_folder:
        raise Complaint(f"{folder}: no folder; name the one with the submissions in it")
    if options.results.resolve() == folder.resolve():
        raise Complaint(f"--out {options.out}: submissions lie there; name another folder")


def _usable(out: Path, acquire: Callable[[], bool]) -> bool:
    try:
        return acquire()
    except OSError as error:
        raise Complaint(f"{out}: {error.strerror or error}; name another folder: --out") from None


class _Run:
    """One run, from the folder to the outcome."""

    def __init__(
        self,
        course: Course,
        options: Options,
        lesson: Lesson | None,
        roster: Roster,
        store: Store,
        say: Say,
    ) -> None:
        self.course, self.options, self.lesson = course, options, lesson
        self.roster, self.store, self.say = roster, store, say
        self.notes: list[str] = []
        self.verdicts: dict[tuple[str, str], Graded] = {}
        self.troubles: list[tuple[str, Trouble]] = []

    def go(self) -> Outcome:
        """Find, compare with what is known, judge the rest."""
        for note in self.roster.notes:
            self._note(note)
        self._look_at_the_clock()
        finder = Finder(self.options.folder, self.course, self.lesson, self.options.results)
        units = self._newest(self._owned(x) for x in finder.units(self.options.owner))
        if not units and not self.troubles:
            raise Complaint(f"{self.options.folder}: no submissions (folders, .py, .ipynb, .zip)")
        if self.roster.students:
            self.store.enroll(self.roster.students)
        tasks = [task for unit in units if (task := self._task(unit))]
        unchanged = len(self.verdicts)
        for unit in units:
            if unit.trouble:
                self._keep(unit, "", self._broken(unit, unit.trouble))
        self._judge(tasks)
        return Outcome(self._class(), self.troubles, self.notes, len(tasks), unchanged)

    def _note(self, text: str) -> None:
        self.notes.append(text)
        self.say(text)

    def _look_at_the_clock(self) -> None:
        newest = self.store.newest()
        if newest > datetime.now(UTC).isoformat(timespec="seconds"):
            self._note(f"the clock went back: a verdict here is of {newest}; order is kept")

    def _owned(self, unit: Unit) -> Unit:
        """The unit under its student's id in the roster."""
        if not self.roster.students:
            return unit
        student = self.roster.find(unit.student)
        if student is None:
            self._note(f"{unit.shown}: {unit.student} is not in the roster")
            return unit
        return replace(unit, student=student.id)

    def _newest(self, units: Iterable[Unit]) -> list[Unit]:
        """Of several for one student and lesson, the one changed last; all are told."""
        found: dict[tuple[str, str], list[Unit]] = {}
        for unit in units:
            if unit.lesson is None:
                assert unit.trouble
                self.troubles.append((unit.student, unit.trouble))
            else:
                found.setdefault((unit.student, unit.lesson.slug), []).append(unit)
        for (student, slug), several in found.items():
            several.sort(key=lambda unit: (unit.modified, unit.shown))
            if len(several) > 1:
                *others, last = [unit.shown for unit in several]
                rest = ", ".join(others)
                self._note(f"{student}, {slug}: {len(several)} submissions; {last} is the newest "
                           f"and counts, not {rest}")  # fmt: skip
        return [several[-1] for several in found.values()]

    def _task(self, unit: Unit) -> Task | None:
        """What is left to judge; None where the verdict is known, or there is trouble."""
        if unit.submission is None or unit.lesson is None:
            return None
        seed = self.options.seed
        key = key_of(unit.submission, unit.lesson, versions(None), seed)
        known = self.store.known(unit.student, unit.lesson.slug, key)
        if known is None or not known.verdict.is_whole:
            return Task(unit, key)
        if known.submission != unit.shown:
            known = replace(known, submission=unit.shown)
        self.verdicts[unit.student, unit.lesson.slug] = known
        latest = self.store.current(unit.student, unit.lesson.slug)
        if latest != key:  # an older version was handed in again: it counts again
            self._keep(unit, key, known.verdict)
        return None

    def _broken(self, unit: Unit, trouble: Trouble) -> Verdict:
        assert unit.lesson
        return not_judged(unit.lesson, Path(unit.shown), trouble.says, trouble.fix)

    def _keep(self, unit: Unit, key: str, verdict: Verdict) -> None:
        """Into the database, then into what is shown."""
        graded = self.store.add(unit.student, key, replace(verdict, submission=unit.shown))
        self.verdicts[unit.student, graded.slug] = graded

    def _judge(self, tasks: Sequence[Task]) -> None:
        if not tasks:
            return
        workers = self._workers(len(tasks))
        with workers, signals(workers.interrupt):
            look_at(workers, self.options.require)
            self._take(workers, tasks)

    def _take(self, workers: Workers | Farm, tasks: Sequence[Task]) -> None:
        with Progress(len(tasks)) as progress:
            try:
                for task, verdict in workers.run(tasks):
                    self._keep(task.unit, task.key, verdict)
                    progress.step()
            except Interrupted:
                left = len(tasks) - progress.count
                for task, verdict in workers.finished():
                    self._keep(task.unit, task.key, verdict)
                    left -= 1
                progress.stop()
                again = command("grade", *self.options.words())
                self.say(f"stopped; {left} of {len(tasks)} left. To go on, type: {again}")
                raise

    def _workers(self, count: int) -> Workers | Farm:
        options = self.options
        terms = Terms(options.timeout_s, options.seed, options.require)
        if options.dask:
            return Farm(self.course, options.dask, terms)
        jobs = min(options.jobs or os.cpu_count() or 1, count)
        return Workers(self.course, jobs, terms, options.results.resolve() / DESK)

    def _class(self) -> Class:
        """Students as the roster has them, then the others by name; lessons in order."""
        listed = {one.id: one for one in self.roster.students}
        handed_in = {student for student, _ in self.verdicts} | {who for who, _ in self.troubles}
        missing = [one.id for one in self.roster.students if one.id not in handed_in]
        for student in missing:
            self._note(f"{student} handed in nothing")
        others = sorted(handed_in - set(listed), key=str.casefold)
        students = (*self.roster.students, *(Student(name) for name in others))
        slugs = {slug for _, slug in self.verdicts}
        lessons = {x.slug: f"{x.number} {x.slug}" for x in self.course.lessons if x.slug in slugs}
        return Class(students, lessons, self.verdicts)


def to_stderr(text: str) -> None:
    """A note for the person, out of the way of what programs read."""
    print(f"note: {tidy(text)}", file=sys.stderr, flush=True)
