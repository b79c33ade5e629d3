"""A box without a process: the app lives in the judge's own interpreter for a while."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import linecache
import os
import sqlite3
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yielddb.browser.asking import answer
from yielddb.browser.clock import Clock, OutOfTime, stack
from yielddb.browser.connecting import connect_on
from yielddb.browser.lacking import UNSETTLED, refused
from yielddb.browser.loop import Deadlock, InlineLoop
from yielddb.browser.printing import Printed
from yielddb.browser.recording import InlineRecorder
from yielddb.browser.serving import InlineTransport, Lifespan
from yielddb.browser.surroundings import AppExit, surroundings
from yielddb.sandbox import disk
from yielddb.sandbox.describing import described, wrong_app
from yielddb.sandbox.events import AppDied, AppFailed, AppSilent, Event
from yielddb.sandbox.limits import MIB
from yielddb.sandbox.recording.recorder import Recorded
from yielddb.sandbox.removing import remove

if TYPE_CHECKING:
    from yielddb.browser.parent import InlineSandbox

LAYERS = ["own interpreter of the page"]


class InlineBox:
    """One app: its folder, its modules, its loop. The methods are those of the sandbox's Box."""

    def __init__(self, sandbox: InlineSandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.app_folder = folder / "app"
        self.seen_pid = 0  # no process of its own: nobody can count its open files
        self.layers: list[str] = []
        self.missing: dict[str, str] = {}
        self.printed = Printed(sandbox.limits.file_mb * MIB)
        self.clock = Clock(str(self.app_folder) + os.sep)
        self.clock.unsettled = lambda: sandbox.wanted.note(UNSETTLED)
        self.loop = InlineLoop(self.clock)
        self.connect = connect_on(self.clock)
        self.app: Any = None
        self.module: Any = None
        self.recorder: InlineRecorder | None = None
        self.lifespan: Lifespan | None = None
        self.raised: list[Event] = []
        self.connections: list[sqlite3.Connection] = []
        self.grave: list[object] = []
        self.written = [folder]
        self.excess: str | None = None
        self.endpoints: dict[str, Any] = {}
        self.environment: dict[str, str] = {}
        self.status: int | None = None
        self.ended = False
        self.closed = False
        sandbox.litter.keep()

    # what the judge asks for ----------------------------------------------------------------

    def confine(self, *others: Path) -> None:
        """A page is confined by the browser."""
        self.layers = list(LAYERS)
        self.written += others

    def load(self, module: str, env: Mapping[str, str], record: bool = False) -> Event:
        """Import `module` from the app's folder; gives the probe's facts right after it.

        With `record` it can record.

        Raises AppFailed, AppDied or AppSilent.
        """
        home = {"HOME": str(self.app_folder), "TMPDIR": str(self.app_folder)}
        self.environment = {**home, **env}
        probe = self.sandbox.probe
        probe.forget()  # now: the box before this one may have been emptied after this one was made
        if record:
            self.recorder = InlineRecorder(str(self.app_folder), lambda: probe.checked_out)
        with self.running(self.sandbox.limits.start_s):
            importlib.invalidate_caches()
            linecache.clearcache()
            try:
                self.module = importlib.import_module(module)
            except (OutOfTime, AppExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                raise AppFailed({"stage": "import", **self.describe(error)}) from None
        self.app = getattr(self.module, "app", None)
        if wrong := wrong_app(self.module, self.app):
            facts = {"stage": "app", "type": "wrong app", "message": wrong, "at": None}
            raise AppFailed(facts)
        if self.recorder:
            self.app = Recorded(self.app, self.recorder.tape)
        return self.sandbox.probe.snapshot()

    def serve(self) -> None:
        """Run the app's start-up; raises as `load` does."""
        self.lifespan = Lifespan(self)
        with self.running(self.sandbox.limits.start_s):
            self.lifespan.start()

    def transport(self) -> InlineTransport:
        """Carries requests to the app."""
        return InlineTransport(self)

    def errors(self, seconds: float = 0.0) -> list[Event]:
        """Errors that escaped from the app since the last call."""
        found, self.raised = self.raised, []
        return found

    def ask(self, question: str, seconds: float = 5.0, **details: Any) -> Event:
        """The answer to one question."""
        return answer(self, question, details)

    @property
    def alive(self) -> bool:
        """Can it still answer?"""
        return not self.ended

    def output(self) -> str:
        """The end of what the app printed."""
        return self.printed.end()

    def where(self) -> str:
        """The learner's frames that run now."""
        return stack(self.clock.folder)

    def wrote_too_much(self) -> bool:
        """Does the app fill the disk? Then it is ended, and `excess` says what was too much."""
        if self.excess is None and not self.ended:
            self.excess = disk.excess(self.written, 0, self.sandbox.limits)
            if self.excess:
                self.kill()
        return self.excess is not None

    def kill(self) -> None:
        """Throw the app away: its modules, its tasks, its connections."""
        if self.ended:
            return
        self.ended = True
        self._forget()

    def stop(self) -> Event | None:
        """Shut down gracefully; gives the probe's last facts, None where it did not end in time."""
        if self.ended:
            return None
        facts = None
        with contextlib.suppress(AppDied, AppSilent, AppFailed):
            with self.running(self.sandbox.limits.stop_s):
                if self.lifespan:
                    self.lifespan.stop()
            facts = self.sandbox.probe.snapshot()
        self.ended = True
        self._forget()
        return facts

    def wait(self, seconds: float = 5.0) -> int | None:
        """The exit code, where the app ended itself."""
        return self.status

    def close(self, keep_files: bool = False) -> None:
        """Throw the app away and remove its files; safe to call twice."""
        if self.closed:
            return
        self.kill()
        self.closed = True
        with contextlib.suppress(AppDied, AppSilent), self.running(self.sandbox.limits.stop_s):
            self.grave.clear()
            gc.collect()
        self.sandbox.litter.release()
        if not keep_files:
            remove(self.folder)

    def told(self, stage: str, error: Exception) -> None:
        """An error escaped from the app: uvicorn would write it to the log."""
        self.raised.append({"stage": stage, **self.describe(error)})
        text = "".join(traceback.format_exception(error))
        with contextlib.suppress(OSError):  # the log is full
            self.printed.write(f"ERROR:    Exception in ASGI application\n{text}")

    def describe(self, error: BaseException) -> Event:
        """Type, text and the learner's own line of an error."""
        return described(error, str(self.app_folder))

    @contextlib.contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        """The learner's code runs inside: in its folder and environment, its output kept.

        Raises AppDied or AppSilent for what it must not do to its judge.
        """
        try:
            with (
                surroundings(self.app_folder, self.environment, self.printed, self._connect),
                refused(self.sandbox.wanted),
                self.clock.in_force(),
                self.clock.limited(seconds),
            ):
                yield
        except OutOfTime as over:
            self.kill()
            raise AppSilent(over.seconds, over.where) from None
        except Deadlock:
            self.kill()
            raise AppSilent(seconds, "") from None
        except AppExit as over:
            self.status = over.status
            self.kill()
            raise AppDied(over.status) from None

    def _forget(self) -> None:
        """Let go of the app without running a line of it, as the end of a process does.

        What is dropped would run its `finally` lines; it waits in the grave until its files are
        of no use to anybody. Its connections are closed, so that their locks go.
        """
        if self.recorder:
            self.recorder.take_out()
        root = str(self.app_folder) + os.sep
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(root):
                self.grave.append(sys.modules.pop(name))
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self.grave += [*tasks, self.app, self.lifespan, self.loop]
        for connection in self.connections:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
        self.connections.clear()
        self.app = self.module = self.lifespan = None

    def _connect(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = self.connect(*arguments, **options)
        self.connections.append(connection)
        return connection
