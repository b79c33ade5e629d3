"""Counts what SQLAlchemy does inside the app, for what no view from outside shows."""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Query, Session
from sqlalchemy.pool import Pool, StaticPool

MAX_STATEMENTS = 4000  # an app in a loop must not fill the memory of its own process
SHARED = "yielddb shared"  # marks the record of a pool whose loans are not counted
MAX_TEXT = 500  # characters of a statement with its values
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


class Probe:
    """Counters, and the statements."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.counts = dict.fromkeys(COUNTED, 0)
        self.statements: list[str] = []
        self.in_flight = 0
        self.make: Callable[..., Any] | None = None  # a session like the app's last one
        self.used: weakref.WeakSet[Session] = weakref.WeakSet()

    def saw(self, count: str, statement: str | None = None) -> None:
        """Count one happening."""
        with self.lock:
            self.counts[count] += 1
            if statement is not None and len(self.statements) < MAX_STATEMENTS:
                self.statements.append(statement[:MAX_TEXT])

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
    event.listen(Pool, "connect", lambda *_: probe.saw("connects"))
    event.listen(Pool, "close", lambda *_: probe.saw("closes"))
    event.listen(Pool, "checkout", functools.partial(_checked_out, probe))
    event.listen(Pool, "checkin", functools.partial(_checked_in, probe))


def _checked_out(probe: Probe, _connection: Any, record: Any, fairy: Any) -> None:
    """A StaticPool lends its one connection to many at once and tells of one return only.

    So none of its loans are counted: nothing can be used up there.
    """
    if isinstance(fairy._pool, StaticPool):
        record.record_info[SHARED] = True
    else:
        probe.saw("checkouts")


def _checked_in(probe: Probe, _connection: Any, record: Any) -> None:
    if SHARED not in record.record_info:
        probe.saw("checkins")


def _listen_to_engines(probe: Probe) -> None:
    def execute(_c: Any, _k: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
        values = f"  {parameters!r}" if parameters else ""
        probe.saw("statements", " ".join(statement.split()) + values)

    event.listen(Engine, "begin", lambda _: probe.saw("begins"))
    event.listen(Engine, "commit", lambda _: probe.saw("commits"))
    event.listen(Engine, "rollback", lambda _: probe.saw("rollbacks"))
    event.listen(Engine, "before_cursor_execute", execute)
    event.listen(Engine, "engine_disposed", lambda _: probe.saw("disposed"))


def _maker(session: Session) -> Callable[..., Any]:
    """Makes sessions of the kind and with the habits of this one."""
    asyncio = sys.modules.get("sqlalchemy.ext.asyncio")  # there if the app uses it
    outer: Any = asyncio.async_session(session) if asyncio else None
    kind: Callable[..., Any] = type(outer or session)
    more: dict[str, Any] = {"info": dict(session.info)} if session.info else {}
    if session._query_cls is not Query:
        more["query_cls"] = session._query_cls
    return functools.partial(
        kind, autoflush=session.autoflush, expire_on_commit=session.expire_on_commit, **more
    )


def _listen_to_sessions(probe: Probe) -> None:
    def began(session: Session, _transaction: Any, _connection: Any) -> None:
        with probe.lock:
            first = session not in probe.used
            probe.used.add(session)
            probe.make = _maker(session)
        if first:  # a session that never asked for a connection is nobody's conversation
            probe.saw("sessions")

    event.listen(Session, "after_begin", began)
