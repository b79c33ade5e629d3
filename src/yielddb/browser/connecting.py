"""SQLite connections that keep to the kind of thread that made them, though there is one thread."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable
from typing import Any

from yielddb.browser.loop import in_worker

CONNECT = sqlite3.connect
LOOP, WORKER = 1, 2  # in place of the numbers of real threads
CHECKED = ("cursor", "execute", "executemany", "executescript", "commit", "rollback", "close")


class ThreadBound(sqlite3.Connection):
    """Refuses, where sqlite3 would, to be used in another kind of thread.

    A server runs start-up code and `async def` in its loop's thread, `def` in a worker. With
    `check_same_thread`, sqlite3's default, a connection serves the thread that made it alone.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.bound = options.get("check_same_thread", True)
        self.home = _thread()
        super().__init__(*arguments, **options)


def _thread() -> int:
    return WORKER if in_worker.get() else LOOP


def _checked(name: str) -> Callable[..., Any]:
    method = getattr(sqlite3.Connection, name)

    @functools.wraps(method)
    def call(self: ThreadBound, *arguments: Any, **options: Any) -> Any:
        if self.bound and self.home != _thread():
            raise sqlite3.ProgrammingError(
                "SQLite objects created in a thread can only be used in that same thread. The "
                f"object was created in thread id {self.home} and this is thread id {_thread()}."
            )
        return method(self, *arguments, **options)

    return call


for _name in CHECKED:
    setattr(ThreadBound, _name, _checked(_name))
