"""An event loop for a system without threads and without anything to wait for but time."""

from __future__ import annotations

import asyncio
import collections
import contextvars
import heapq
from asyncio import events
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from anyio._backends._asyncio import AsyncIOBackend

from yielddb.browser.clock import Clock

Result = TypeVar("Result")
TICK_S = 1e-6  # a timer that is due so soon is due
# Which of the two kinds of thread would run this: the loop's own, or one of AnyIO's workers?
in_worker: contextvars.ContextVar[bool] = contextvars.ContextVar("in_worker", default=False)


class Deadlock(RuntimeError):
    """Something waits, and nothing is left that could end the wait."""


class InlineLoop(asyncio.BaseEventLoop):
    """Runs one coroutine to its end, whoever calls; what else was scheduled runs beside it.

    It has no selector: no file or socket can become ready, only time can pass. While a page's
    own loop runs (Pyodide's, a notebook's), `drive` steps into its place and back.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self._selector = self
        self._ready: collections.deque[Any]
        clock.others = self.run_others

    def select(self, timeout: float | None) -> list[Any]:
        """What BaseEventLoop asks its selector between two rounds; `timeout` None: nothing is due.

        Raises Deadlock.
        """
        if timeout is None:
            raise Deadlock("everything waits, and nothing can end that")
        if timeout > 0:
            self.clock.sleep(timeout)
        return []

    def time(self) -> float:
        """Seconds on the clock that timers are set by."""
        return self.clock.now()

    def _run_once(self) -> None:
        """One round, as BaseEventLoop runs it; within a round, `run_others` may run the rest."""
        timers: list[Any] = self._scheduled  # type: ignore[attr-defined]
        while timers and timers[0]._cancelled:
            heapq.heappop(timers)._scheduled = False
        if not self._ready:
            self.select(max(0.0, timers[0]._when - self.time()) if timers else None)
        while timers and timers[0]._when <= self.time() + TICK_S:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            self._ready.append(timer)
        for _ in range(len(self._ready)):
            if not self._ready:
                break
            handle = self._ready.popleft()
            if not handle._cancelled:
                handle._run()

    def run_others(self) -> bool:
        """A call waits in this thread: let everybody else run; False where nobody can.

        What they do may end the wait, as it would with threads.
        """
        if not self._ready or not self.is_running():
            return False
        outer = events._get_running_loop()
        events._set_running_loop(self)  # first: from Python 3.14 on it alone knows its task
        task = asyncio.current_task(self)
        if task:
            asyncio.tasks._leave_task(self, task)
        try:
            self._run_once()
        finally:
            if task:
                asyncio.tasks._enter_task(self, task)
            events._set_running_loop(outer)
        return True

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody calls from another thread."""

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Result], *args: Any
    ) -> asyncio.Future[Result]:
        """Call `func` here and now: there is no other thread."""
        future: asyncio.Future[Result] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future

    def drive(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine to its end and give its result."""
        outer = events._get_running_loop()
        task = asyncio.current_task(outer) if outer else None
        if outer and task:
            asyncio.tasks._leave_task(outer, task)
        events._set_running_loop(None)
        try:
            return self.run_until_complete(coroutine)
        finally:
            events._set_running_loop(outer)
            if outer and task:
                asyncio.tasks._enter_task(outer, task)


async def _inline(
    cls: type[AsyncIOBackend],
    func: Callable[..., Any],
    args: tuple[Any, ...],
    abandon_on_cancel: bool = False,
    limiter: Any = None,
) -> Any:
    """AnyIO's worker thread without a thread: the same checkpoint, limiter and context."""
    await cls.checkpoint()
    async with limiter or cls.current_default_thread_limiter():
        context = contextvars.copy_context()
        context.run(in_worker.set, True)
        loop = events._get_running_loop()
        events._set_running_loop(None)  # a worker has none
        try:
            return context.run(func, *args)
        finally:
            events._set_running_loop(loop)


def run_workers_inline() -> Callable[[], None]:
    """Let `def` routes and dependencies run in the loop's own thread; gives what undoes it.

    FastAPI and Starlette reach their thread pool through this one method of AnyIO's backend,
    under whatever name they imported it.
    """
    before = AsyncIOBackend.__dict__["run_sync_in_worker_thread"]
    AsyncIOBackend.run_sync_in_worker_thread = classmethod(_inline)  # type: ignore[assignment,method-assign]

    def undo() -> None:
        AsyncIOBackend.run_sync_in_worker_thread = before  # type: ignore[method-assign]

    return undo
