"""The judge looks into a learner's database from a process that can reach nothing else."""

from __future__ import annotations

import os
import signal
import sqlite3
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from yielddb.checking import Broken
from yielddb.judging.database import Database
from yielddb.judging.outside import Outside
from yielddb.sandbox.foreign import Near
from yielddb.sandbox.parent import Sandbox

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows forks nothing: there the judge looks itself"
)
confined = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has layers that keep a process in its folders"
)
MAGIC = bytes.fromhex("d9d505f920a163d7")  # of a journal: sqlite.org/fileformat2.html
PAGE, SECTOR = 4096, 512


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture
def outside(sandbox: Sandbox) -> Iterator[Outside]:
    folder = sandbox.root / f"data{next(sandbox.numbers)}"
    folder.mkdir()
    made = Outside(sandbox)
    made.move(folder)
    yield made
    made.close()


@pytest.fixture
def database(outside: Outside) -> Database:
    """A table with a blob, a unique name and one row."""
    path = outside.folders[0] / "office.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table item(id integer primary key, name text unique, raw blob)")
        connection.execute("insert into item values (7, 'зонт', x'00ff')")
    connection.close()
    return Database(path, outside.connect)


def test_gives_what_sqlite_gives(database: Database) -> None:
    """Rows of every type, keys, counts and errors."""
    assert database.rows("select * from item") == [(7, "зонт", b"\x00\xff")]
    assert database.rows("select ?, ?, null", 2.5, b"\x01") == [(2.5, b"\x01", None)]
    assert database.insert("item", name="key") == 8
    assert database.run("update item set raw = ?", b"") == 2
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE") as refused:
        database.insert("item", name="key")
    assert refused.value.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_UNIQUE
    with database.writing():
        assert database.locked()
    assert not database.locked()
    assert database.copy_to(database.path.with_name("other.db")).tables() == ["item"]
    database.delete("item", 7)
    assert len(database.rows("select * from item")) == 1


def test_a_process_that_ends(outside: Outside, database: Database) -> None:
    """What it looked into is to blame; the next look has a process again."""
    connection = outside.connect(database.path, 1)
    assert outside.looker
    os.kill(outside.looker.seen_pid, signal.SIGKILL)
    with pytest.raises(Broken, match="looked into"):
        connection.execute("select 1")
    assert database.tables() == ["item"]


def plant_a_journal(path: Path, victim: Path) -> None:
    """A hot journal of several files at once; the victim is the one that SQLite removes."""
    name = os.fsencode(victim)
    pages = path.stat().st_size // PAGE
    head = MAGIC + struct.pack(">IIIII", 0, 0, pages, SECTOR, PAGE)
    summed = sum(struct.unpack(f"{len(name)}b", name)) & 0xFFFFFFFF
    page_of_the_lock = (1 << 30) // PAGE + 1
    tail = struct.pack(">I", page_of_the_lock) + name + struct.pack(">II", len(name), summed)
    path.with_name(f"{path.name}-journal").write_bytes(head.ljust(SECTOR, b"\0") + tail + MAGIC)


@confined
def test_a_journal_that_names_another_file(database: Database, tmp_path: Path) -> None:
    """SQLite would remove it for whoever opens the database."""
    victim = tmp_path / "homework.txt"
    victim.write_text("mine", "utf-8")
    plant_a_journal(database.path, victim)
    assert database.rows("select name from item") == [("зонт",)]
    assert victim.read_text("utf-8") == "mine"
    plant_a_journal(database.path, victim)
    Near(database.path, 1).execute("select name from item")
    assert not victim.exists()  # so the journal is what it is said to be


@confined
def test_reaches_nothing_else(outside: Outside, database: Database, tmp_path: Path) -> None:
    """A path outside its folders is not there."""
    other = tmp_path / "other.db"
    sqlite3.connect(other).execute("create table secret(x)")
    assert database.tables() == ["item"]
    with pytest.raises(Broken, match="a SQLite database"):
        Database(other, outside.connect).tables()
