"""A database file that somebody else wrote: triggers and columns in it may never end.

After SQLite's own advice for untrusted files (sqlite.org/security.html), but for `trusted_schema`:
switched off, it refuses honest triggers with JSON in them, and full-text search.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from yielddb.checking import Broken

CONTRACT = "tables that can be read in a moment"
WORK_S = 2.0  # for all statements over one connection; a lesson's need a thousandth
STEPS = 20_000  # of SQLite's virtual machine between two looks at the clock: a millisecond
MAX_ROWS, MAX_BYTES = 100_000, 16 << 20  # of one query; the file itself may have 16 MiB
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1 << 20,  # bytes of a value or a row
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
}


def distrust(connection: sqlite3.Connection) -> None:
    """Bound what statements over this connection may use up, whatever the schema makes of them."""
    for limit, most in LIMITS.items():
        connection.setlimit(limit, most)
    end = time.monotonic() + WORK_S
    connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)


def fetched(cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    """All rows of a query.

    Raises Broken where they are too many or too large.
    """
    found: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        found.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(found) > MAX_ROWS or size > MAX_BYTES:
            raise Broken(CONTRACT, saw=f"{len(found):,} rows with {size >> 20} MiB, and more")
    return found
