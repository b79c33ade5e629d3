"""The recorder in an interpreter that goes on after the app: installed, and taken out again."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import fastapi.routing
from sqlalchemy import event
from sqlalchemy.engine.cursor import CursorFetchStrategy
from sqlalchemy.orm import InstanceState, Session
from starlette.background import BackgroundTask

from yielddb.browser.loop import in_worker
from yielddb.sandbox.recording.recorder import Recorder
from yielddb.sandbox.recording.tape import Lanes

TOOL = "yielddb"  # the recorder's name in sys.monitoring
# What a recorder puts something in the place of; a process of the sandbox takes it along.
REPLACED: tuple[tuple[Any, str], ...] = (
    *((CursorFetchStrategy, name) for name in ("fetchone", "fetchmany", "fetchall")),
    (Session, "__init__"),
    (Session, "close"),
    (InstanceState, "_load_expired"),
    (fastapi.routing, "solve_dependencies"),
    (BackgroundTask, "__call__"),
)


class InlineLanes(Lanes):
    """`def` routes run in what would be a worker, though there is one thread."""

    def here(self, *, own: bool = False) -> str:
        """As elsewhere, but for that."""
        return "worker 1" if in_worker.get() else super().here(own=own)


class InlineRecorder(Recorder):
    """A recorder that can be taken out."""

    def __init__(self, folder: str, checked_out: Callable[[], int]) -> None:
        super().__init__(folder, checked_out)
        self.tape.lanes = InlineLanes()
        self.listened: list[tuple[Any, str, Any]] = []
        self.before = [(owner, name, vars(owner)[name]) for owner, name in REPLACED]
        with _noted(self.listened):
            self.install()

    def take_out(self) -> None:
        """Everything is as before; the tape stays."""
        self.tape.on = False
        for owner, name, kept in self.before:
            setattr(owner, name, kept)
        for target, name, function in self.listened:
            event.remove(target, name, function)
        self.before, self.listened = [], []
        if sys.version_info < (3, 12):
            sys.settrace(None)
            threading.settrace(None)
            return
        monitoring = sys.monitoring
        for tool in range(6):
            if monitoring.get_tool(tool) == TOOL:
                monitoring.set_events(tool, 0)
                monitoring.free_tool_id(tool)


@contextmanager
def _noted(listened: list[tuple[Any, str, Any]]) -> Iterator[None]:
    """Keep who listens to what, so that it can end."""
    listen = event.listen

    def noting(target: Any, name: str, function: Any, *more: Any, **options: Any) -> None:
        listened.append((target, name, function))
        listen(target, name, function, *more, **options)

    event.listen = noting  # type: ignore[assignment]
    try:
        yield
    finally:
        event.listen = listen
