"""A database file that somebody else wrote: triggers and columns in it may never end.

After SQLite's own advice for untrusted files (sqlite.org/security.html), but for `trusted_schema`:
switched off, it refuses honest triggers with JSON in them, and full-text search.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

WORK_S = 2.0  # for all statements over one connection; a lesson's need a thousandth
STEPS = 20_000  # of SQLite's virtual machine between two looks at the clock: a millisecond
MAX_ROWS, MAX_CHARACTERS = 20_000, 1 << 20  # of one query; the file itself may have 16 MiB
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1 << 20,  # bytes of a value or a row
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave; asked as a cursor of sqlite3 is."""

    rows: list[tuple[Any, ...]]
    rowcount: int
    lastrowid: int | None

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return self.rows

    def fetchone(self) -> Any:
        """The first row, None where there is none."""
        return self.rows[0] if self.rows else None


class Connection(Protocol):
    """What the outside needs of a connection; each method raises sqlite3.Error."""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        """Run one statement to its end."""

    def copy_to(self, path: Path) -> None:
        """Copy the whole database into another file."""

    def close(self) -> None:
        """Let go of the file."""


class Near:
    """A connection of this process."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.connection = sqlite3.connect(path, timeout=seconds, isolation_level=None)
        for limit, most in LIMITS.items():
            self.connection.setlimit(limit, most)
        end = time.monotonic() + WORK_S
        self.connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        """Run one statement; sqlite3.DataError where it gives too much."""
        cursor = self.connection.execute(sql, parameters)
        return Result(_fetched(cursor), cursor.rowcount, cursor.lastrowid)

    def copy_to(self, path: Path) -> None:
        """Copy the whole database into another file."""
        with contextlib.closing(sqlite3.connect(path)) as other:
            self.connection.backup(other)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()


def _fetched(cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        found.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(found) > MAX_ROWS or size > MAX_CHARACTERS:
            raise sqlite3.DataError(f"{len(found):,} rows with {size:,} characters, and more")
    return found
