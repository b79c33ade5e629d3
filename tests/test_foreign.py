"""A learner's database may hold anything: looking into it ends, and takes little memory."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from yielddb.checking import Broken
from yielddb.judging.database import MAX_TABLES, Database
from yielddb.sandbox import foreign

ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) select max(x) from c"


@pytest.fixture
def planted(tmp_path: Path) -> Callable[[str], Database]:
    """The database that a script makes."""

    def plant(script: str) -> Database:
        with sqlite3.connect(tmp_path / "app.db") as connection:
            connection.executescript(script)
        connection.close()
        return Database(tmp_path / "app.db")

    return plant


def test_an_endless_trigger(planted: Callable[[str], Database]) -> None:
    """A row that is put in sets off what never ends."""
    into = f"insert into log {ENDLESS}"
    database = planted(
        "create table item(id integer primary key, name text); create table log(x);"
        f"create trigger t after insert on item begin {into}; end"
    )
    began = time.monotonic()
    with pytest.raises(Broken) as broken:
        database.insert("item", name="x")
    assert time.monotonic() - began < 3 * foreign.WORK_S
    assert broken.value.contract == "tables that can be read in a moment"


def test_an_endless_view(planted: Callable[[str], Database]) -> None:
    """So does a question to a view."""
    with pytest.raises(Broken, match="tables that can be read in a moment"):
        planted(f"create view item as {ENDLESS}").rows("select * from item")


def test_a_column_that_is_made_up(planted: Callable[[str], Database]) -> None:
    """A gigabyte that lies in no file."""
    database = planted("create table item(a, b generated always as (zeroblob(900000000)) virtual);"
                       "insert into item values (1)")  # fmt: skip
    with pytest.raises(Broken, match="in a moment"):
        database.rows("select * from item")


def test_too_many_rows(planted: Callable[[str], Database]) -> None:
    """A small file that gives rows for ever."""
    script = ENDLESS.replace("max(x)", "x")
    with pytest.raises(Broken, match="tables that can be read in a moment"):
        planted(f"create view item as {script}").rows("select * from item")


def test_rows_that_are_too_large(planted: Callable[[str], Database]) -> None:
    """Each of them is allowed, all of them are not."""
    rows = "with recursive c(x) as (select 1 union all select x + 1 from c limit 100) select x"
    view = f"create view item as {rows}, replace(hex(zeroblob(250000)), '0', 'é') from c"
    with pytest.raises(Broken, match="tables that can be read in a moment"):
        planted(view).rows("select * from item")


def test_too_many_tables(planted: Callable[[str], Database]) -> None:
    """Each is looked at on its own, so that there may be a handful."""
    some = "".join(f"create table t{number}(x);" for number in range(MAX_TABLES))
    assert len(planted(some).tables()) == MAX_TABLES
    with pytest.raises(Broken, match="a handful of tables") as broken:
        planted("create table one_more(x)").tables()
    assert broken.value.saw == f"{MAX_TABLES + 1} tables"
