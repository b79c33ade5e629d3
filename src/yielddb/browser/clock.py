"""Time for an app that shares its only thread with its judge: waits end, loops are broken."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy.util.queue

LOOK_AT = 2000  # lines of the learner's code between two looks at the clock
watching: list[Callable[[], None]] = []  # what looks at the clock of the app that runs now


class OutOfTime(BaseException):
    """The app's time is up; no `except Exception` of the app may catch it. `where` is a stack."""

    def __init__(self, seconds: float, where: str) -> None:
        super().__init__(f"no sign within {seconds:g} s")
        self.seconds, self.where = seconds, where


def stack(folder: str) -> str:
    """The learner's frames as faulthandler would list them, innermost first."""
    frame: Any = sys._getframe(1)
    lines = []
    while frame:
        if frame.f_code.co_filename.startswith(folder):
            name = frame.f_code.co_name
            lines.append(f'  File "{frame.f_code.co_filename}", line {frame.f_lineno} in {name}')
        frame = frame.f_back
    return "\n".join(lines)


class Clock:
    """Counts what the app uses up; waits are skipped, not waited for.

    In one thread, a wait ends by what other requests do while it lasts, or by time alone. Then it
    costs its length on this clock and nothing on the wall, and a wait past the deadline is the
    end at once.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.skipped = 0.0
        self.deadline: float | None = None
        self.limit = 0.0
        self.sleeping: list[float] = []  # when each call that sleeps below this one goes on
        self.unsettled: Callable[[], Exception] = RuntimeError
        self.others: Callable[[], bool] = lambda: False  # let other requests run

    def now(self) -> float:
        """Seconds, the skipped ones included."""
        return time.perf_counter() + self.skipped

    def sleep(self, seconds: float) -> None:
        """Let time pass; raises OutOfTime where it is more than the app has left."""
        if self.deadline is not None and self.now() + seconds > self.deadline:
            raise OutOfTime(self.limit, stack(self.folder))
        self.skipped += max(0.0, seconds)

    def wait(self, seconds: float) -> bool:
        """Wait for what another request may do; False once the time is over.

        True: somebody ran meanwhile, look again.
        """
        if self.others():
            return True
        if self.sleeping and self.now() + seconds > min(self.sleeping):
            raise self.unsettled()  # who sleeps would go on now, and can't before this call is over
        self.sleep(seconds)
        return False

    def doze(self, seconds: float) -> None:
        """`time.sleep`: others run meanwhile."""
        end = self.now() + seconds
        self.sleeping.append(end)
        try:
            while self.now() < end and self.others():
                pass
        finally:
            self.sleeping.pop()
        self.sleep(max(0.0, end - self.now()))

    def look(self) -> None:
        """Raise OutOfTime if the time is up."""
        self.sleep(0.0)

    @contextlib.contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """What runs inside has this much time."""
        before = self.deadline, self.limit
        self.deadline, self.limit = self.now() + seconds, seconds
        try:
            yield
        finally:
            self.deadline, self.limit = before

    @contextlib.contextmanager
    def in_force(self) -> Iterator[None]:
        """While inside, `time.sleep`, locks and conditions wait on this clock, and loops end."""
        queue: Any = sqlalchemy.util.queue
        sleep, wait, pool_time = time.sleep, threading.Condition.wait, queue._time
        clock = self

        home = threading.get_ident()  # of all threads; a page has one, a test more

        def waited(self: threading.Condition, timeout: float | None = None) -> bool:
            if threading.get_ident() != home:
                return wait(self, timeout)
            saved = self._release_save()  # type: ignore[attr-defined]
            try:
                return clock.wait(float("inf") if timeout is None else timeout)
            finally:
                self._acquire_restore(saved)  # type: ignore[attr-defined]

        def slept(seconds: float) -> None:
            (clock.doze if threading.get_ident() == home else sleep)(seconds)

        time.sleep = slept  # type: ignore[assignment]
        threading.Condition.wait = waited  # type: ignore[method-assign]
        queue._time = lambda: time.time() + self.skipped  # a pool looks at it after each wait
        watching.append(self.look)
        trace = sys.gettrace()
        if sys.version_info < (3, 12):
            sys.settrace(_lines(self.folder, trace))
        try:
            yield
        finally:
            watching.pop()
            if sys.version_info < (3, 12):
                sys.settrace(trace)
            time.sleep, threading.Condition.wait = sleep, wait  # type: ignore[method-assign]
            queue._time = pool_time


def watch_loops(folder: str) -> Callable[[], None]:
    """From Python 3.12 on, look at the clock while code below `folder` runs; gives what ends that.

    Every loop jumps back: a look in some of its jumps and calls costs a few nanoseconds, and
    code elsewhere costs nothing after its first run. Before 3.12, see `_lines`.
    """
    if sys.version_info < (3, 12):
        return lambda: None
    monitoring = sys.monitoring
    tool = next(number for number in range(6) if monitoring.get_tool(number) is None)
    monitoring.use_tool_id(tool, "yielddb clock")
    count = 0

    def seen(code: Any, *_: Any) -> Any:
        nonlocal count
        if not code.co_filename.startswith(folder):
            return monitoring.DISABLE
        count += 1
        if count % LOOK_AT == 0 and watching:
            watching[-1]()
        return None

    wanted = monitoring.events.JUMP | monitoring.events.PY_START
    for event in (monitoring.events.JUMP, monitoring.events.PY_START):
        monitoring.register_callback(tool, event, seen)
    monitoring.set_events(tool, wanted)

    def stop() -> None:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)

    return stop


def _lines(folder: str, before: Callable[..., Any] | None) -> Callable[..., Any]:
    """A trace function for the learner's frames; `before`, a recorder's, is told as well."""
    count = 0

    def call(frame: Any, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(folder):
            return None
        inner = before(frame, event, argument) if before else None
        frame.f_trace_opcodes = True  # a loop within one line begins no line

        def line(frame: Any, event: str, argument: Any) -> Any:
            nonlocal count, inner
            count += 1
            if count % LOOK_AT == 0:
                watching[-1]()
            if inner and event != "opcode":
                inner = inner(frame, event, argument)
            return line

        return line

    return call
