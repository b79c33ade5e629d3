"""Time for an app that shares its only thread with its judge: waits end, loops are broken."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy.util import queue

LOOK_AT = 2000  # lines of the learner's code between two looks at the clock


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

    In one thread, a wait can end by time alone: nobody else runs who could end it earlier. So a
    wait costs its length on this clock and nothing on the wall, and a wait past the deadline is
    the end at once.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.skipped = 0.0
        self.deadline: float | None = None
        self.limit = 0.0

    def now(self) -> float:
        """Seconds, the skipped ones included."""
        return time.perf_counter() + self.skipped

    def sleep(self, seconds: float) -> None:
        """Let time pass; raises OutOfTime where it is more than the app has left."""
        if self.deadline is not None and self.now() + seconds > self.deadline:
            raise OutOfTime(self.limit, stack(self.folder))
        self.skipped += max(0.0, seconds)

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
        sleep, wait, pool_time = time.sleep, threading.Condition.wait, queue._time
        clock = self

        def waited(self: threading.Condition, timeout: float | None = None) -> bool:
            clock.sleep(float("inf") if timeout is None else timeout)
            return False  # nobody else runs who could have called notify

        time.sleep = clock.sleep
        threading.Condition.wait = waited  # type: ignore[method-assign,assignment]
        queue._time = lambda: time.time() + self.skipped  # a pool looks at it after each wait
        stop = _watch_loops(self.folder, self.look)
        try:
            yield
        finally:
            stop()
            time.sleep, threading.Condition.wait = sleep, wait  # type: ignore[method-assign]
            queue._time = pool_time


def _watch_loops(folder: str, look: Callable[[], None]) -> Callable[[], None]:
    """Call `look` now and then while the learner's code runs; gives what ends that."""
    if sys.version_info < (3, 12):
        return _watch_lines(folder, look)
    return _watch_jumps(folder, look)


def _watch_jumps(folder: str, look: Callable[[], None]) -> Callable[[], None]:
    """Every loop jumps back: looked at in each jump and each call, for a few nanoseconds."""
    monitoring = sys.monitoring
    tool = monitoring.PROFILER_ID
    monitoring.use_tool_id(tool, "yielddb clock")
    count = 0

    def seen(code: Any, *_: Any) -> Any:
        nonlocal count
        if not code.co_filename.startswith(folder):
            return monitoring.DISABLE
        count += 1
        if count % LOOK_AT == 0:
            look()
        return None

    wanted = monitoring.events.JUMP | monitoring.events.PY_START
    for event in (monitoring.events.JUMP, monitoring.events.PY_START):
        monitoring.register_callback(tool, event, seen)
    monitoring.set_events(tool, wanted)

    def stop() -> None:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)

    return stop


def _watch_lines(folder: str, look: Callable[[], None]) -> Callable[[], None]:
    """Before Python 3.12: a trace function in the learner's frames."""
    count = 0

    def line(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        if count % LOOK_AT == 0:
            look()
        return line

    def call(frame: Any, event: str, argument: Any) -> Any:
        return line if frame.f_code.co_filename.startswith(folder) else None

    before = sys.gettrace()
    sys.settrace(call)
    return lambda: sys.settrace(before)
