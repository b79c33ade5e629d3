"""Which of several tables that fit is the one the app uses: a row tells."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from yielddb.checking import quoted
from yielddb.judging.filling import filling

if TYPE_CHECKING:
    from yielddb.judging.database import Database

Look = Callable[[], object]
PATIENCE_S = 1.0  # an app that commits after its answer is found out by a check, not here
LOOK_S = 0.01
# What FTS and R-trees keep their content in: `items_fts_data` is no table of the app's own.
SHADOWS = ("config", "content", "data", "docsize", "idx", "node", "parent", "rowid", "segdir",
           "segments", "stat")  # fmt: skip


def real(database: Database) -> list[str]:
    """The tables that hold rows themselves, sorted: no virtual ones, nor what those keep."""
    sql = "select name from sqlite_master where sql like 'create virtual table %'"
    virtual = {name for (name,) in database.rows(sql)} if database.exists else set()
    apart = virtual | {f"{name}_{shadow}" for name in virtual for shadow in SHADOWS}
    return [table for table in database.tables() if table not in apart]


def shown_by(
    database: Database, tables: Sequence[str], columns: Sequence[str], look: Look
) -> str | None:
    """The table in which a row from outside changes what `look` gives."""
    for table in tables:
        declared = database.columns(table)
        before = look()
        with suppress(sqlite3.IntegrityError):
            key = database.insert(table, **{c: filling(c, declared[c]) for c in columns})
            try:
                is_shown = look() != before
            finally:
                database.delete(table, key)
            if is_shown:
                return table
    return None


def filled_by(
    database: Database, tables: Sequence[str], column: str, post: Callable[[str], Look]
) -> str | None:
    """The table in which the row turns up that `post(word)` stores with the word in `column`.

    Where it turns up in several (one may keep a history), it is the table without whose row
    `look`, what `post` gave back, gives something else.
    """
    word = uuid.uuid4().hex
    look = post(word)
    end = time.monotonic() + PATIENCE_S
    while not (holders := _holders(database, tables, column, word)):
        if time.monotonic() > end:
            return None
        time.sleep(LOOK_S)
    for table in holders if len(holders) > 1 else ():
        before = look()
        with suppress(sqlite3.IntegrityError):
            database.run(f"delete from {quoted(table)} where {quoted(column)} = ?", word)
        if look() != before:
            return table
    return holders[0]


def _holders(database: Database, tables: Sequence[str], column: str, word: str) -> list[str]:
    sql = "select 1 from {} where {} = ?"
    return [
        table for table in tables if database.rows(sql.format(quoted(table), quoted(column)), word)
    ]
