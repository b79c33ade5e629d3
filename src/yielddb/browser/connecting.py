"""SQLite connections as they behave among threads, though there is one thread."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable
from typing import Any

from yielddb.browser.clock import Clock
from yielddb.browser.loop import in_worker

CONNECT = sqlite3.connect
DEFAULT_S = 5.0  # how long sqlite3 waits for a lock
LOOK_S = 0.05  # of waiting, between two looks
LOOP, WORKER = 1, 2  # in place of the numbers of real threads
WAITING = ("execute", "executemany", "executescript", "commit")


class Cursor(sqlite3.Cursor):
    """Waits for a lock on the app's clock."""


class Connection(sqlite3.Connection):
    """Refuses, where sqlite3 would, to be used in another kind of thread; waits on a clock.

    A server runs start-up code and `async def` in its loop's thread, `def` in a worker. With
    `check_same_thread`, sqlite3's default, a connection serves the thread that made it alone.
    """

    clock: Clock
    patience = DEFAULT_S

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.bound = options.get("check_same_thread", True)
        self.home = _thread()
        self.reads = False  # holds a lock, so that a wait for another one could last for ever
        super().__init__(*arguments, **options)

    def cursor(self, factory: Any = Cursor) -> Any:
        """A cursor that waits as well."""
        self.check()
        return super().cursor(factory)

    def check(self) -> None:
        """Raise what sqlite3 raises in another thread."""
        if self.bound and self.home != _thread():
            raise sqlite3.ProgrammingError(
                "SQLite objects created in a thread can only be used in that same thread. The "
                f"object was created in thread id {self.home} and this is thread id {_thread()}."
            )

    def waited(self, call: Callable[[], Any], is_commit: bool) -> Any:
        """What `call` gives; while the database is locked, others run and time passes."""
        end = self.clock.now() + self.patience
        while True:
            try:
                result = call()
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
                left = end - self.clock.now()
                if not is_busy or left <= 0 or (self.reads and not is_commit):
                    raise
                self.clock.wait(min(LOOK_S, left))
            else:
                self.reads = self.in_transaction and not is_commit
                return result


def _thread() -> int:
    return WORKER if in_worker.get() else LOOP


def _checked(name: str) -> Callable[..., Any]:
    method = getattr(sqlite3.Connection, name)

    @functools.wraps(method)
    def call(self: Connection, *arguments: Any, **options: Any) -> Any:
        self.check()
        if name not in WAITING:
            return method(self, *arguments, **options)
        return self.waited(lambda: method(self, *arguments, **options), name == "commit")

    return call


def _waiting(name: str) -> Callable[..., Any]:
    method = getattr(sqlite3.Cursor, name)

    @functools.wraps(method)
    def call(self: Cursor, *arguments: Any) -> Any:
        connection: Any = self.connection
        return connection.waited(lambda: method(self, *arguments), _is_commit(arguments[0]))

    return call


def _is_commit(statement: object) -> bool:
    return str(statement).lstrip()[:6].upper() == "COMMIT"


def connect_on(clock: Clock) -> Callable[..., Any]:
    """`sqlite3.connect` for the app with this clock."""

    class OnClock(Connection): ...

    OnClock.clock = clock

    def connect(*arguments: Any, **options: Any) -> Any:
        if "factory" in options or len(arguments) > 1:
            return CONNECT(*arguments, **options)
        patience = options.pop("timeout", DEFAULT_S)
        made: Any = CONNECT(*arguments, **{**options, "timeout": 0, "factory": OnClock})
        made.patience = patience
        return made

    return connect


for _name in (*WAITING, "rollback", "close"):
    setattr(Connection, _name, _checked(_name))
for _name in WAITING[:3]:
    setattr(Cursor, _name, _waiting(_name))
