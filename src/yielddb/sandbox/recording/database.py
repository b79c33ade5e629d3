"""Puts on the tape what SQLAlchemy does: pool, transactions, statements, sessions."""

from __future__ import annotations

import functools
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.cursor import CursorFetchStrategy
from sqlalchemy.orm import InstanceState, Session
from sqlalchemy.pool import Pool

from yielddb.sandbox.recording.states import States
from yielddb.sandbox.recording.tape import Event, Tape, current_line
from yielddb.sandbox.recording.values import Describer, cut

MAX_STATEMENT = 1000  # characters; the longest of a lesson has 300
TRANSACTIONS = {
    "savepoint": "savepoint",
    "rollback_savepoint": "rollback savepoint",
    "release_savepoint": "release savepoint",
}


class Database:
    """Listens to every engine, pool and session of this process, whoever makes them."""

    def __init__(self, tape: Tape, states: States, describer: Describer) -> None:
        self.tape, self.states, self.describer = tape, states, describer
        self.connections: dict[int, int] = {}
        self.opened = 0
        self.statements: dict[int, Event] = {}

    def install(self) -> None:
        """Listen from now on."""
        self._pools()
        self._transactions()
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "engine_disposed", lambda _: self.tape.add("dispose"))
        for name in ("fetchone", "fetchmany", "fetchall"):
            setattr(CursorFetchStrategy, name, self._counting(name))
        self._sessions()

    def number(self, connection: Any) -> int:
        """The number of a connection of the driver, by first sight."""
        with self.tape.lock:
            if id(connection) not in self.connections:
                self.opened += 1
                self.connections[id(connection)] = self.opened
            return self.connections[id(connection)]

    def _pools(self) -> None:
        def closed(connection: Any, record: Any) -> None:
            self.tape.add("disconnect", connection=self.number(connection))
            self.connections.pop(id(connection), None)  # the next may lie at the same address

        def saw(kind: str) -> Any:
            def note(connection: Any, *_: Any) -> None:
                self.tape.add(kind, connection=self.number(connection))

            return note

        event.listen(Pool, "close", closed)
        for kind in ("connect", "checkout", "checkin"):
            event.listen(Pool, kind, saw(kind))

    def _transactions(self) -> None:
        def saw(kind: str, **facts: Any) -> Any:
            def note(connection: Any, *_: Any) -> None:
                self.tape.add(kind, connection=self._behind(connection), **facts)

            return note

        event.listen(Engine, "begin", saw("begin", transaction=True))
        event.listen(Engine, "commit", saw("commit", transaction=False))
        event.listen(Engine, "rollback", saw("rollback", transaction=False))
        for name, kind in TRANSACTIONS.items():
            event.listen(Engine, name, saw(kind))

    def _behind(self, connection: Any) -> int:
        held = connection._dbapi_connection
        return self.number(held.dbapi_connection if held is not None else connection)

    def _before(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any
    ) -> None:
        if not self.tape.on:
            return
        text = cut(" ".join(statement.split()), MAX_STATEMENT)
        number = self._behind(connection)
        self.statements.pop(id(cursor), None)
        if self.tape.too_often(("sql", current_line.get(), text), "statements", statement=text):
            return
        values = self.describer.text(parameters) if parameters else ""
        event = self.tape.add(
            "sql", statement=text, parameters=cut(values), rows=None, connection=number
        )
        if event is not None:
            self.statements[id(cursor)] = event

    def _after(
        self, connection: Any, cursor: Any, _s: str, _p: Any, context: Any, _m: bool
    ) -> None:
        event = self.statements.get(id(cursor))
        if event is not None and cursor.description is None and cursor.rowcount >= 0:
            event["rows"] = cursor.rowcount  # nothing to fetch: the driver has counted

    def _counting(self, name: str) -> Any:
        fetch = getattr(CursorFetchStrategy, name)

        @functools.wraps(fetch)
        def counted(strategy: Any, result: Any, cursor: Any, *rest: Any, **named: Any) -> Any:
            found = fetch(strategy, result, cursor, *rest, **named)
            event = self.statements.get(id(cursor))
            if event is not None:
                more = len(found) if name != "fetchone" else int(found is not None)
                event["rows"] = (event["rows"] or 0) + more
            return found

        return counted

    def _sessions(self) -> None:
        sessions: Any = Session
        make, close = sessions.__init__, sessions.close

        @functools.wraps(make)
        def made(session: Session, *arguments: Any, **named: Any) -> None:
            make(session, *arguments, **named)
            self._saw(session)

        @functools.wraps(close)
        def closed(session: Session) -> None:
            close(session)
            if self.tape.on:  # no event of SQLAlchemy tells of a close
                self.tape.add("session close", session=self._saw(session))

        sessions.__init__, sessions.close = made, closed
        self._refreshed()
        event.listen(Session, "after_begin", lambda session, *_: self._saw(session))

    def _refreshed(self) -> None:
        states: Any = InstanceState
        load = states._load_expired

        @functools.wraps(load)
        def loaded(state: InstanceState[Any], *arguments: Any) -> Any:
            found = load(state, *arguments)
            self.tape.look()  # the object may be gone before anything else happens
            return found

        states._load_expired = loaded

    def _saw(self, session: Session) -> int:
        if not self.tape.on:
            return 0
        with self.tape.lock:
            return self.states.session(session)
