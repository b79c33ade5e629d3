"""Several judges side by side, each a process of its own; one that dies costs a retry."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from yielddb.batch.records import Unit
from yielddb.catalogue import Course
from yielddb.grade import not_judged
from yielddb.judge import Judge
from yielddb.judging.submission import Submission
from yielddb.sandbox.events import SandboxError
from yielddb.sandbox.levels import BelowLevel, Level
from yielddb.sandbox.removing import remove
from yielddb.verdict import Verdict

TRIES = 2  # a judge that dies twice on one app dies of it
POLL_S = 0.05  # between two looks at a thread that should end


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all apps of a run: the time for one, the seed, the isolation asked for."""

    timeout_s: float
    seed: int | None
    require: Level = "C"


@dataclass(frozen=True, slots=True)
class Task:
    """One app to judge; `unit` has a lesson and a submission, `key` says what a verdict is for."""

    unit: Unit
    key: str


class Interrupted(Exception):
    """Somebody asked to stop; carries the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Workers:
    """Judges tasks in `jobs` processes; leave the block and none of them is left."""

    def __init__(self, course: Course, jobs: int, terms: Terms, desk: Path) -> None:
        self.terms = terms
        self.desk = desk  # where the app in hand lies; emptied when we begin and end
        self.tasks: SimpleQueue[Task] = SimpleQueue()
        self.done: SimpleQueue[tuple[Task, Verdict] | BaseException] = SimpleQueue()
        self.stopping = threading.Event()
        self.judges = [Judge(course, require=terms.require, eager=False) for _ in range(jobs)]
        self.threads = [
            threading.Thread(target=self._work, args=pair, daemon=True)
            for pair in enumerate(self.judges)
        ]

    def __enter__(self) -> Workers:
        remove(self.desk)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for judge, thread in zip(self.judges, self.threads, strict=True):
            while thread.is_alive():  # its judge may be started just now
                kill(judge)
                thread.join(POLL_S)
        remove(self.desk)

    def isolation(self) -> tuple[list[str], dict[str, str]]:
        """What one judge says of the layers, while all of them warm up; raises BelowLevel."""
        for judge in self.judges:
            judge.start()
        return self.judges[0].isolation()

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Verdict]]:
        """Each task with its verdict, as soon as it is known.

        Raises Interrupted after `interrupt`, and what went wrong in a worker's own work.
        """
        for task in tasks:
            self.tasks.put(task)
        for thread in self.threads[: len(tasks)]:
            thread.start()
        for _ in tasks:
            result = self.done.get()
            if isinstance(result, BaseException):
                raise result
            yield result

    def finished(self) -> Iterator[tuple[Task, Verdict]]:
        """What was ready, but not taken when the run was broken off."""
        with contextlib.suppress(Empty):
            while True:
                result = self.done.get_nowait()
                if isinstance(result, tuple):
                    yield result

    def interrupt(self, number: int, *_: object) -> None:
        """A handler for signals: `run` raises Interrupted as soon as it is asked."""
        self.done.put(Interrupted(number))  # a SimpleQueue may be used in a handler

    def _work(self, number: int, judge: Judge) -> None:
        try:
            while not self.stopping.is_set():
                task = self.tasks.get_nowait()
                place = self.desk / str(number)
                verdict = judged(judge, task.unit, place, self.terms, self.stopping)
                if verdict is not None:
                    self.done.put((task, verdict))
        except Empty:
            pass
        except BaseException as error:
            self.done.put(error)
        finally:
            judge.close()


def judged(
    judge: Judge, unit: Unit, place: Path, terms: Terms, stopping: threading.Event
) -> Verdict | None:
    """The verdict; a judge that died is replaced. None when we are to stop."""
    assert unit.lesson
    assert unit.submission
    for _ in range(TRIES):
        path = _lay_out(unit.submission, place)
        clock = Clock(judge, terms.timeout_s)
        try:
            with clock:
                verdict = judge.grade(unit.lesson, path, seed=terms.seed)
            if verdict.status != "error":
                return verdict
            says = str(verdict.checks[0].came_back)
            judge.close()  # it could not judge an app that can be read: a fresh one may
        except BelowLevel:
            raise  # the next app would fare the same
        except SandboxError as error:
            says = str(error)
        if stopping.is_set():
            return None
        if clock.rang:
            says = f"no verdict within {terms.timeout_s:g} s"
            fix = "does a route or the import wait for ever? --timeout gives more time"
            return not_judged(unit.lesson, path, says, fix, seed=terms.seed)
    fix = f"{TRIES} tries; run the same command again"
    return not_judged(unit.lesson, path, says, fix, seed=terms.seed)


class Clock:
    """Kills a judge whose time is up; `rang` says that it did."""

    def __init__(self, judge: Judge, seconds: float) -> None:
        self.judge = judge
        self.rang = False
        self.timer = threading.Timer(seconds, self._ring)
        self.timer.daemon = True

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        kill(self.judge)


def kill(judge: Judge) -> None:
    """End a judge that may be busy; what it started ends with it."""
    if (process := judge.process) is not None:
        with contextlib.suppress(OSError):
            process.kill()


def _lay_out(submission: Submission, place: Path) -> Path:
    """Write the app into `place`; returns the folder or file that the judge is to look at."""
    remove(place)
    place.mkdir(parents=True)
    submission.write(place)
    file = place / f"{submission.module}.py"
    return file if file.is_file() and submission.origin.suffix == ".py" else place
