"""Counts what SQLAlchemy does inside the app, for what no view from outside shows."""

from __future__ import annotations

import contextvars
import functools
import threading
import weakref
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

MAX_EVENTS = 4000  # an app in a loop must not fill the memory of its own process
MAX_TEXT = 500  # characters of a statement or a value
COUNTED = (
    "connects",
    "closes",
    "checkouts",
    "checkins",
    "sessions",
    "begins",
    "commits",
    "rollbacks",
    "statements",
    "disposed",
)

current_request: contextvars.ContextVar[int | None] = contextvars.ContextVar(
    "request", default=None
)


class Probe:
    """Counters and, when asked, a list of events in the order they happened."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTED, 0)
        self.statements: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.recording = False
        self.in_flight = 0
        self.lock = threading.Lock()
        self.used: weakref.WeakSet[Session] = weakref.WeakSet()

    def reset(self) -> None:
        """Begin to count anew, for another app in the same process."""
        self.counts = dict.fromkeys(COUNTED, 0)
        self.statements, self.events, self.recording, self.in_flight = [], [], False, 0
        self.used = weakref.WeakSet()

    def saw(self, kind: str, detail: str = "", *, count: str | None = None) -> None:
        """Count one happening and, while recording, keep it."""
        with self.lock:
            if count:
                self.counts[count] += 1
            if count == "statements" and len(self.statements) < MAX_EVENTS:
                self.statements.append(detail[:MAX_TEXT])
            if self.recording and len(self.events) < MAX_EVENTS:
                self.events.append(
                    {
                        "kind": kind,
                        "request": current_request.get(),
                        "detail": detail[:MAX_TEXT],
                        "checked_out": self.checked_out,
                    }
                )

    def enter(self) -> None:
        """A request, or the lifespan, begins."""
        with self.lock:
            self.in_flight += 1

    def leave(self) -> None:
        """It is over, background tasks and the code after `yield` included."""
        with self.lock:
            self.in_flight -= 1

    @property
    def checked_out(self) -> int:
        """Connections out of all pools of the process."""
        return self.counts["checkouts"] - self.counts["checkins"]

    def snapshot(self) -> dict[str, Any]:
        """All counters, and the statements so far."""
        with self.lock:
            return {
                **self.counts,
                "checked_out": self.checked_out,
                "in_flight": self.in_flight,
                "statements": list(self.statements),
            }

    def install(self) -> None:
        """Listen to every engine, pool and session of this process, whoever makes them."""
        _listen_to_pools(self)
        _listen_to_engines(self)
        _listen_to_sessions(self)


def _listen_to_pools(probe: Probe) -> None:
    event.listen(Pool, "connect", lambda *_: probe.saw("connect", count="connects"))
    event.listen(Pool, "close", lambda *_: probe.saw("disconnect", count="closes"))
    event.listen(Pool, "checkout", lambda *_: probe.saw("checkout", count="checkouts"))
    event.listen(Pool, "checkin", lambda *_: probe.saw("checkin", count="checkins"))


def _listen_to_engines(probe: Probe) -> None:
    def execute(_c: Any, _k: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
        values = f"  {parameters!r}" if parameters else ""
        probe.saw("sql", " ".join(statement.split()) + values, count="statements")

    event.listen(Engine, "begin", lambda _: probe.saw("begin", count="begins"))
    event.listen(Engine, "commit", lambda _: probe.saw("commit", count="commits"))
    event.listen(Engine, "rollback", lambda _: probe.saw("rollback", count="rollbacks"))
    event.listen(Engine, "before_cursor_execute", execute)
    event.listen(Engine, "engine_disposed", lambda _: probe.saw("dispose", count="disposed"))


def _listen_to_sessions(probe: Probe) -> None:
    def began(session: Session, _transaction: Any, _connection: Any) -> None:
        with probe.lock:
            first = session not in probe.used
            probe.used.add(session)
        if first:  # a session that never asked for a connection is nobody's conversation
            probe.saw("session", "has its first connection", count="sessions")

    event.listen(Session, "after_begin", began)

    close = Session.close

    @functools.wraps(close)
    def noted(session: Session) -> None:
        close(session)
        if session in probe.used:  # no event tells of a close
            probe.saw("session close")

    Session.close = noted  # type: ignore[method-assign,assignment]
