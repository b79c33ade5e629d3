"""The list of events of one recording, its limits, and the lane each event happened in."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

LIMITS = {
    "events": 20_000,  # of one recording; a lesson's longest has a few hundred
    "text": 120,  # characters of a value, a statement's parameters, an error's text
    "repeats": 50,  # of one line in one call, of one call or one statement in one request
    "items": 5,  # of a list or a mapping
    "names": 30,  # local variables of one call
    "objects": 200,  # mapped objects whose state is followed
}
LINE = "line"
Event = dict[str, Any]
Key = tuple[Any, ...]  # what is counted, then the request or the call it is counted in

request_lane: contextvars.ContextVar[str | None] = contextvars.ContextVar("lane", default=None)
current_line: contextvars.ContextVar[int | None] = contextvars.ContextVar("line", default=None)


class Lanes:
    """Names for threads and tasks that are the same in every run."""

    def __init__(self) -> None:
        self.tasks: list[weakref.ref[Any]] = []
        self.threads: dict[int, str] = {}
        self.counts: Counter[str] = Counter()

    def here(self, *, own: bool = False) -> str:
        """`loop`, `task 1`, `worker 1` or `thread 1`; a finished task's number is given anew.

        A task that runs none of the learner's code (`own`) counts as the one of its request.
        """
        loop = asyncio._get_running_loop()
        if loop is None:
            return self._thread()
        task = asyncio.current_task(loop)
        if task is None:
            return "loop"
        for number, other in enumerate(self.tasks, 1):
            if other() is task:
                return f"task {number}"
        return (None if own else request_lane.get()) or self._new(task)

    def enter(self) -> None:
        """A request begins in this task."""
        request_lane.set(None)
        request_lane.set(self.here(own=True))

    def _new(self, task: Any) -> str:
        for number, other in enumerate(self.tasks):
            known = other()
            if known is None or known.done():
                self.tasks[number] = weakref.ref(task)
                return f"task {number + 1}"
        self.tasks.append(weakref.ref(task))
        return f"task {len(self.tasks)}"

    def _thread(self) -> str:
        ident = threading.get_ident()
        if ident not in self.threads:
            kind = type(threading.current_thread()).__name__
            kind = {"WorkerThread": "worker", "_MainThread": "loop"}.get(kind, "thread")
            self.counts[kind] += 1
            self.threads[ident] = kind if kind == "loop" else f"{kind} {self.counts[kind]}"
        return self.threads[ident]


class Tape:
    """Events in the order they happened; what is over a limit is counted and told."""

    def __init__(self, checked_out: Callable[[], int]) -> None:
        self.on = False
        self.events: list[Event] = []
        self.lock = threading.RLock()
        self.lanes = Lanes()
        self.before_event: Callable[[], None] = lambda: None
        self.lost = 0
        self._checked_out = checked_out
        self._last_out: int | None = None
        self._seen: Counter[Key] = Counter()
        self._skipped: dict[Key, Event] = {}

    def turn(self, *, on: bool) -> None:
        """Record from now on, or no more."""
        was, self.on = self.on, False  # first of all: an app in a loop leaves the lock to nobody
        with self.lock:
            if was:
                self._close()
            self._last_out = None  # the first event tells it
            self.on = on

    def _close(self) -> None:
        """What was left out is told."""
        self.before_event()
        self._tell(list(self._skipped))
        if self.lost:
            self.events.append({"kind": "cut", "what": "events", "count": self.lost})
        self.lost = 0

    def add(self, kind: str, **facts: Any) -> Event | None:
        """Keep one event; the event itself, None where nothing is recorded."""
        if not self.on:
            return None
        with self.lock:
            self.before_event()
            event = self.put(kind, **facts)
            if event is not None and (out := self._checked_out()) != self._last_out:
                self._last_out = event["checked_out"] = out
            return event

    def look(self) -> None:
        """Tell of objects that have changed, without an event of its own."""
        if self.on:
            with self.lock:
                self.before_event()

    def put(self, kind: str, **facts: Any) -> Event | None:
        """Keep one event without a look at the objects and the pool."""
        if self.is_full():
            return None
        event = {**self._begun(kind, own="frame" in facts), **facts}
        self.events.append(event)
        return event

    def is_full(self) -> bool:
        """Is there room for no more? Then what comes is counted as lost."""
        full = len(self.events) >= LIMITS["events"]
        self.lost += full
        return full

    def _begun(self, kind: str, own: bool) -> Event:
        event: Event = {"kind": kind, "lane": self.lanes.here(own=own)}
        if (number := current_line.get()) is not None:
            event["request"] = number
        return event

    def too_often(self, key: Key, what: str, **place: Any) -> bool:
        """Was this seen more often than the limit of repeats? Then it is counted as left out."""
        with self.lock:
            self._seen[key] += 1
            if self._seen[key] <= LIMITS["repeats"]:
                return False
            cut = self._skipped.get(key)
            if cut is None:
                cut = {**self._begun("cut", own=True), "what": what, "count": 0, **place}
                self._skipped[key] = cut
            cut["count"] += 1
            return True

    def tell_skipped(self, keys: Iterable[Key]) -> None:
        """Put a `cut` for what was left out under these keys."""
        with self.lock:
            if self._skipped:
                self._tell([key for key in keys if key in self._skipped])

    def forget(self, keys: Iterable[Key]) -> None:
        """A call is over: tell what was left out of it, and count no longer."""
        with self.lock:
            keys = list(keys)
            self.tell_skipped(keys)
            for key in keys:
                self._seen.pop(key, None)

    def forget_request(self, number: int | None) -> None:
        """A request is over: calls and statements are counted anew."""
        with self.lock:
            self.forget([key for key in self._seen if key[0] != LINE and key[1] == number])

    def _tell(self, keys: list[Key]) -> None:
        for key in keys:
            self.events.append(self._skipped.pop(key))
