"""What runs inside a Dask worker: one warm judge for a run, kept between its apps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path

from distributed import Reschedule, Worker, WorkerPlugin, get_worker

from yielddb.batch.parcels import Identity, identity, pack_answer, unpack
from yielddb.batch.workers import POLL_S, Terms, judged, kill
from yielddb.catalogue import Course, default_course
from yielddb.judge import Judge
from yielddb.sandbox.removing import remove

END_S = 30.0  # a judge that was killed is gone at once; a thread needs a moment to see it


class Farmhand(WorkerPlugin):
    """Set up on each worker for one run of `yielddb grade`, and taken away at its end.

    The judge is a process of its own, started with pipes: it ends when the worker does, whatever
    thread started it and however the worker ended. Threads of a worker take turns.
    """

    def __init__(self, name: str, own_checks: Mapping[str, str], terms: Terms) -> None:
        self.name = name
        self.own_checks = dict(own_checks)
        self.timeout_s, self.require = terms.timeout_s, terms.require

    def setup(self, worker: Worker) -> None:
        """Make ready; the judge itself starts with the first app."""
        self.address = worker.address
        self.home = Path(worker.local_directory) / self.name
        self.turn = threading.Lock()
        self.stopping = threading.Event()
        self.judge: Judge | None = None
        self.known: Identity | None = None

    async def teardown(self, worker: Worker) -> None:
        """End the judge, also in the middle of an app, and remove what we wrote."""
        self.stopping.set()
        await asyncio.wait_for(asyncio.to_thread(self._end), END_S)

    def _end(self) -> None:
        while not self.turn.acquire(timeout=POLL_S):
            if self.judge:
                kill(self.judge)
        if self.judge:
            self.judge.close()
        remove(self.home)
        self.turn.release()

    def same(self) -> Identity:
        """The identity of the course here, the checks that came along included."""
        with self.turn:
            return self._ready()[1]

    def isolation(self) -> tuple[list[str], dict[str, str]]:
        """How well apps are kept in here; raises BelowLevel."""
        with self.turn:
            return self._ready()[0].isolation()

    def _ready(self) -> tuple[Judge, Identity]:
        """The judge and its course; laid out at the first question."""
        if self.judge is None or self.known is None:
            course = default_course()
            if self.own_checks:
                own = self.home / "own"
                own.mkdir(parents=True, exist_ok=True)
                for name, text in self.own_checks.items():
                    (own / name).write_text(text, "utf-8")
                course = Course(course.root, own)
            self.judge, self.known = (
                Judge(course, require=self.require, eager=False),
                identity(course),
            )
        return self.judge, self.known

    def work(self, parcel: bytes) -> str:
        """The verdict on one app, or our identity where it is not the one asked for."""
        with self.turn:
            judge, known = self._ready()
            unit, wanted, seed = unpack(parcel, judge.course)
            if known != wanted:
                return pack_answer(self.address, known, None)
            terms = Terms(self.timeout_s, seed)
            verdict = judged(judge, unit, self.home / "app", terms, self.stopping)
            if verdict is None:  # we were stopped in the middle: another worker's turn
                raise Reschedule
            return pack_answer(self.address, known, verdict)


def _hand(name: str, worker: Worker) -> Farmhand:
    found = worker.plugins[name]
    assert isinstance(found, Farmhand)
    return found


def work(name: str, parcel: bytes) -> str:
    """A task: judge one app with the hand of that name."""
    return _hand(name, get_worker()).work(parcel)


async def same(name: str, dask_worker: Worker) -> Identity:
    """Asked of every worker before the first task: is your course ours?"""
    return await asyncio.to_thread(_hand(name, dask_worker).same)


async def isolation(name: str, dask_worker: Worker) -> tuple[list[str], dict[str, str]]:
    """Asked of every worker before the first task: how well do you keep an app in?"""
    return await asyncio.to_thread(_hand(name, dask_worker).isolation)
