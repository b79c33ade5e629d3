"""The app's database seen from outside, through a connection that the app knows nothing of."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from yielddb.checking import Broken, quoted
from yielddb.judging import choosing
from yielddb.judging.filling import Column, filling, must_be_given
from yielddb.sandbox import foreign

BUSY_S = 2.0  # how long the outside waits for the app's lock before it says so
MAX_TABLES = 200
URL = "sqlite:///"
Connect = Callable[[Path, float], foreign.Connection]  # with the seconds to wait for a lock
# a key that is no rowid has an index of its own: so in a table without rowid
TABLE = (
    'select name, type, "notnull", dflt_value, pk, '
    "(select count(*) from pragma_index_list(?) where origin = 'pk') from pragma_table_info(?)"
)
UNUSABLE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Database:
    """A SQLite file; each call opens a connection of its own and closes it."""

    def __init__(
        self,
        path: Path | Callable[[], Path],
        connect: Connect = foreign.Near,
        chosen: dict[tuple[str, ...], str] | None = None,
    ) -> None:
        self._path, self._connect = path, connect
        self._chosen = {} if chosen is None else chosen  # one app's tables, for all its checks

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path() if callable(self._path) else self._path

    @property
    def url(self) -> str:
        """The URL an app is given."""
        return f"{URL}{self.path}"

    @property
    def exists(self) -> bool:
        """Is there a file?"""
        return self.path.exists()

    @contextlib.contextmanager
    def _connection(self, timeout: float | None = None) -> Iterator[foreign.Connection]:
        if not self.exists:
            raise Broken("a database at DATABASE_URL", saw="there is no database file")
        seconds = BUSY_S if timeout is None else timeout
        try:
            with contextlib.closing(self._connect(self.path, seconds)) as connection:
                yield connection
        except sqlite3.DatabaseError as error:
            saw = f"the database says: {error}"
            if isinstance(error, sqlite3.DataError) or "interrupted" in str(error):
                raise Broken("tables that can be read in a moment", saw) from None
            if "locked" in str(error):
                raise Broken("the app holds no lock between two requests", saw) from None
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in UNUSABLE:  # the low byte is the kind
                raise Broken("a SQLite database at DATABASE_URL", saw) from None
            raise

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._connection() as connection:
            return connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, *parameters: object) -> int:
        """Execute and commit; gives the number of rows touched.

        Raises sqlite3.IntegrityError where a constraint refuses.
        """
        with self._connection() as connection:
            return connection.execute(sql, parameters).rowcount

    def tables(self) -> list[str]:
        """Names of the tables, sorted; empty when there is no file."""
        if not self.exists:
            return []
        sql = "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%'"
        found = sorted(name for (name,) in self.rows(sql + " escape '\\'"))
        if len(found) > MAX_TABLES:  # each is looked at on its own
            raise Broken("a handful of tables", saw=f"{len(found):,} tables")
        return found

    def real_tables(self) -> list[str]:
        """Those that hold rows themselves: no virtual table, for search say, and its parts."""
        return choosing.real(self)

    def columns(self, table: str) -> dict[str, Column]:
        """The columns of a table by name."""
        rows = self.rows(TABLE, table, table)
        keys = sum(bool(row[4]) for row in rows)
        return {
            name: Column(
                type_,
                bool(not_null),
                default,
                bool(key),
                is_rowid=(bool(key) and keys == 1 and type_.upper() == "INTEGER" and not has_index),
            )
            for name, type_, not_null, default, key, has_index in rows
        }

    def table_with(
        self,
        *columns: str,
        shown: choosing.Look | None = None,
        posted: Callable[[str], choosing.Look] | None = None,
    ) -> str:
        """The table that has these columns.

        Of several it is the one in which a new row changes what `shown` gives, or in which the
        row turns up that `posted(word)` has the app store, the word in the first column, and
        which the look it gives back shows. That choice holds for the rest of the run. Without
        either, and where no row tells, it is the table with the fewest other columns.
        Raises Broken when there is none.
        """
        fitting = self._tables_with(columns)
        known = self._chosen.get(columns)
        if known in fitting:
            return known
        found = None
        if len(fitting) > 1 and posted:
            found = choosing.filled_by(self, fitting, columns[0], posted)
        elif len(fitting) > 1 and shown:
            found = choosing.shown_by(self, fitting, columns, shown)
        if found:
            self._chosen[columns] = found
        return found or fitting[0]

    def _tables_with(self, columns: tuple[str, ...]) -> list[str]:
        has = {table: self.columns(table) for table in self.real_tables()}
        fitting = [(len(found), t) for t, found in has.items() if set(columns) <= set(found)]
        if not fitting:
            have = "; ".join(f"{table}({', '.join(found)})" for table, found in has.items())
            raise Broken(
                f"a table with the columns {', '.join(columns)}",
                saw=f"the tables are {have}" if have else "there is no table",
            )
        return [table for _, table in sorted(fitting)]

    def key(self, table: str) -> str:
        """The column that tells rows apart: the primary key, of several `id`; else `rowid`."""
        keys = [name for name, column in self.columns(table).items() if column.primary_key]
        return keys[0] if len(keys) == 1 else "id" if "id" in keys else "rowid"

    def insert(self, table: str, **values: object) -> Any:
        """Add a row, other required columns filled; gives its primary key.

        The key is None where the app's own tables kept the row out or moved it elsewhere.
        Raises sqlite3.IntegrityError where a constraint refuses.
        """
        row = dict(values)
        for name, column in self.columns(table).items():
            if name not in row and must_be_given(column):
                row[name] = filling(name, column)
        names = ", ".join(quoted(name) for name in row)
        marks = ", ".join("?" for _ in row)
        into = f"({names}) values ({marks})" if row else "default values"
        key, name = quoted(self.key(table)), quoted(table)
        with self._connection() as connection:
            sql = f"insert into {name} {into} returning {key}"
            made = connection.execute(sql, tuple(row.values())).fetchone()
            there = f"select 1 from {name} where {key} = ?"
            return made[0] if made and connection.execute(there, made).fetchone() else None

    def delete(self, table: str, key: object) -> None:
        """Remove the row with this primary key."""
        self.run(f"delete from {quoted(table)} where {quoted(self.key(table))} = ?", key)

    def unique(self, table: str) -> set[frozenset[str]]:
        """The sets of columns that the database keeps unique, its primary key left out."""
        found = set()
        for row in self.rows(f"pragma index_list({quoted(table)})"):
            name, is_unique, origin = row[1], row[2], row[3]
            if is_unique and origin != "pk":
                inside = self.rows(f"pragma index_info({quoted(name)})")
                found.add(frozenset(column for _, _, column in inside))
        return found

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Hold a read transaction: with a rollback journal, others can flush but not commit."""
        with self._held("begin", "select count(*) from sqlite_master"):
            yield

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock: nobody else can write."""
        with self._held("begin immediate"):
            yield

    @contextlib.contextmanager
    def _held(self, *statements: str) -> Iterator[None]:
        with self._connection() as connection:
            for sql in statements:
                connection.execute(sql).fetchall()
            try:
                yield
            finally:
                connection.execute("rollback")

    @property
    def journal_mode(self) -> str:
        """`delete` (a rollback journal) or `wal`, among others."""
        return str(self.rows("pragma journal_mode")[0][0])

    def locked(self) -> bool:
        """Does somebody hold the write lock? Nobody does where there is no file."""
        if not self.exists:
            return False
        with self._connection(timeout=0) as connection:
            try:
                connection.execute("begin immediate")
                connection.execute("rollback")
            except sqlite3.OperationalError:
                return True
        return False

    def copy_to(self, path: Path) -> Database:
        """A copy of the whole database in another file."""
        with self._connection() as connection:
            connection.copy_to(path)
        return Database(path, self._connect)
