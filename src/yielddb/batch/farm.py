"""Judges on other machines: a Dask cluster gets apps as bytes and gives verdicts as JSON."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import signal
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any

from yielddb.batch.parcels import Identity, differences, identity, pack, unpack_answer
from yielddb.batch.workers import TRIES, Interrupted, Task, Terms
from yielddb.catalogue import Course
from yielddb.grade import not_judged
from yielddb.sandbox.levels import BelowLevel, level
from yielddb.verdict import Verdict
from yielddb.workspace.complaint import Complaint

if TYPE_CHECKING:
    from distributed import Client, Future

    from yielddb.batch.farmhand import Farmhand

ANSWER_S = 10.0  # a scheduler that is there answers in milliseconds, a far one in a second
WORKER_S = 60.0  # without any worker; a nanny starts one anew in a few seconds
TICK_S = 1.0  # between two looks at a cluster that says nothing
AHEAD = 2  # apps on their way for each that is judged, so that no worker waits for us
ADDRESS = re.compile(r"(?:[a-z]+://)?[^/\s]+:\d+")
SCHEDULER = "as `dask scheduler` prints it"
INSTALL = "pip install 'yielddb[farm]'"


@dataclass(frozen=True, slots=True)
class Sent:
    """An app under way; Dask forgets a future that nobody holds."""

    future: Future[str]
    task: Task
    number: int  # of the try


class Farm:
    """Judges tasks on the cluster at `address`; leave the block and nothing of ours is left there.

    Takes the place of Workers. A worker that dies costs a retry: Dask gives its apps to others.
    """

    def __init__(self, course: Course, address: str, terms: Terms) -> None:
        self.course, self.address, self.terms = course, address, terms
        self.same: Identity = identity(course)
        self.name = f"yielddb-{uuid.uuid4().hex[:12]}"
        self.done: SimpleQueue[Future[str] | BaseException] = SimpleQueue()
        self.sent: dict[Any, Sent] = {}  # by the key of the future
        self.client: Client | None = None
        self.registered = False

    def __enter__(self) -> Farm:
        try:
            self._connect()
        except KeyboardInterrupt:
            self._leave()
            raise Interrupted(signal.SIGINT) from None
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._leave()

    def isolation(self) -> tuple[list[str], dict[str, str]]:
        """The layers of the worker that keeps apps in least well; raises BelowLevel."""
        from yielddb.batch.farmhand import isolation

        assert self.client
        found: dict[str, tuple[list[str], dict[str, str]]] = self.client.run(isolation, self.name)
        if not found:
            raise Complaint(self._lost("no worker is left"))
        return max(found.values(), key=lambda one: level(one[0]))

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Verdict]]:
        """Each task with its verdict, as soon as it is known.

        Raises Interrupted after `interrupt`, Complaint when the cluster is lost.
        """
        waiting = list(reversed(tasks))
        idle = 0.0
        hands = self._hands()
        for _ in tasks:
            verdict = None
            while verdict is None:
                while waiting and len(self.sent) < AHEAD * max(hands, 1):
                    self._send(waiting.pop(), 1)
                try:
                    result = self.done.get(timeout=TICK_S)
                except Empty:
                    hands = self._hands()
                    idle = 0.0 if hands else idle + TICK_S
                    if idle >= WORKER_S:
                        raise Complaint(self._lost("no worker is left")) from None
                    continue
                if isinstance(result, BaseException):
                    raise result
                task, verdict = self._taken(result)
            yield task, verdict

    def finished(self) -> Iterator[tuple[Task, Verdict]]:
        """What was ready, but not taken when the run was broken off."""
        with contextlib.suppress(Empty):
            while True:
                result = self.done.get_nowait()
                if not isinstance(result, BaseException) and result.status == "finished":
                    task, verdict = self._taken(result)
                    if verdict is not None:
                        yield task, verdict

    def interrupt(self, number: int, *_: object) -> None:
        """A handler for signals: `run` raises Interrupted as soon as it is asked."""
        self.done.put(Interrupted(number))

    def _connect(self) -> None:
        try:
            from distributed import Client

            from yielddb.batch.farmhand import Farmhand, same
        except ImportError as error:
            raise Complaint(f"--dask: no Dask here ({error.name}); {INSTALL}") from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # we say it in a sentence
        if not ADDRESS.fullmatch(self.address):
            raise Complaint(f"--dask {self.address}: no address; give HOST:PORT, {SCHEDULER}")
        try:
            kind = asyncio.run(_kind(self.address))  # a Client that gets no answer leaves noise
            if kind != "Scheduler":
                raise OSError
            self.client = Client(self.address, timeout=ANSWER_S, set_as_default=False)
        except OSError:  # TimeoutError is one, too
            says = f"no scheduler answers within {ANSWER_S:g} s; start one"
            raise Complaint(f"--dask {self.address}: {says}, and name it {SCHEDULER}") from None
        try:
            self.client.wait_for_workers(1, timeout=ANSWER_S)
        except TimeoutError:
            says = f"no worker there; start some: dask worker {self.address} --nthreads 1"
            raise Complaint(f"--dask {self.address}: {says}") from None
        self._settle(Farmhand, same)

    def _settle(self, kind: type[Farmhand], same: Callable[..., Awaitable[Identity]]) -> None:
        """Put a hand on each worker, those that come later included, and compare the courses."""
        assert self.client
        lessons = [one for one in self.course.lessons if one.check.parent == self.course.own_checks]
        own = {lesson.check.name: lesson.check.read_text("utf-8") for lesson in lessons}
        try:
            self.client.register_plugin(kind(self.name, own, self.terms), self.name)
            self.registered = True
            theirs: dict[str, Any] = self.client.run(same, self.name)
        except Exception as error:  # whatever a worker raised arrives here, often as text alone
            says = f"--dask {self.address}: a worker can't be set up: {error}"
            raise Complaint(f"{says}; on all machines: {INSTALL}") from None
        for worker, found in theirs.items():
            self._compare(worker, found)

    def _lost(self, what: str) -> str:
        rest = "what was graded is kept; run the same command again"
        return f"--dask {self.address}: {what}; {rest}"

    def _compare(self, worker: str, theirs: Identity) -> None:
        if says := differences(theirs, self.same):
            raise Complaint(
                f"--dask {self.address}: worker {worker}: {says}; install the same yielddb and "
                "course on all machines"
            )

    def _hands(self) -> int:
        """How many apps are judged side by side there."""
        assert self.client
        try:
            if self.client.status == "running":
                return len(self.client.nthreads())  # the threads of one worker take turns
        except (OSError, ValueError):
            pass
        raise Complaint(self._lost("the scheduler is gone"))

    def _send(self, task: Task, number: int) -> None:
        from yielddb.batch.farmhand import work

        assert self.client
        parcel = pack(task.unit, self.same, self.terms.seed)
        future = self.client.submit(work, self.name, parcel, pure=False)
        self.sent[future.key] = Sent(future, task, number)
        future.add_done_callback(self.done.put)

    def _taken(self, future: Future[str]) -> tuple[Task, Verdict | None]:
        """The task and its verdict; None where it was sent once more."""
        sent = self.sent.pop(future.key)
        task, number = sent.task, sent.number
        if future.status == "cancelled":
            raise Complaint(self._lost("the scheduler is gone"))
        if future.status == "finished":
            answer = unpack_answer(future.result())
            self._compare(answer.worker, answer.identity)
            return task, answer.verdict
        error = future.exception()
        if isinstance(error, BelowLevel):
            raise error  # a worker that came later keeps apps in less well
        says = f"a worker of the farm failed: {type(error).__name__}: {error}"[:300]
        if number < TRIES:
            self._send(task, number + 1)
            return task, None
        assert task.unit.lesson
        assert task.unit.submission
        fix = f"{TRIES} tries; run the same command again"
        origin = task.unit.submission.origin
        return task, not_judged(task.unit.lesson, origin, says, fix, seed=self.terms.seed)

    def _leave(self) -> None:
        """Take back what is under way, and the judges, from a cluster that others may use too."""
        if self.client is None:
            return
        with contextlib.suppress(Exception):  # a cluster that is gone has nothing of ours
            self.client.cancel([sent.future for sent in self.sent.values()], force=True)
        if self.registered and self.client.status == "running":
            with contextlib.suppress(Exception):
                self.client.unregister_worker_plugin(self.name)
        with contextlib.suppress(Exception):
            self.client.close(ANSWER_S)
        self.client = None


async def _kind(address: str) -> str:
    """What answers there: Scheduler, Worker; empty for what is no part of Dask.

    Raises OSError where nothing answers.
    """
    from distributed import rpc

    async def ask() -> str:
        async with rpc(address, timeout=ANSWER_S) as remote:
            return str((await remote.identity()).get("type", ""))

    try:
        return await asyncio.wait_for(ask(), ANSWER_S)
    except (ValueError, AssertionError):  # a scheme it does not know, an answer it can't read
        return ""
