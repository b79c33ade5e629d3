"""A learner's database seen from outside: real SQLite files, whatever the app made of them."""

from __future__ import annotations

import datetime
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import ForeignKey, String, UniqueConstraint, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from yielddb.checking import Broken
from yielddb.grade import Grader
from yielddb.judging import choosing
from yielddb.judging import database as module
from yielddb.judging.database import Column, Database


class Base(DeclarativeBase):
    pass


class Town(Base):
    __tablename__ = "towns"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    motto: Mapped[str | None]
    zip: Mapped[str] = mapped_column(server_default="00000")


class Passport(Base):
    __tablename__ = "passports"
    __table_args__ = (UniqueConstraint("series", "number"),)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    series: Mapped[str]
    number: Mapped[int]
    issued: Mapped[datetime.datetime]
    expires: Mapped[datetime.date]
    opens: Mapped[datetime.time]
    price: Mapped[float]
    is_valid: Mapped[bool]
    town_id: Mapped[int] = mapped_column(ForeignKey("towns.id"))


@pytest.fixture(params=["delete", "wal"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """The tables above in a real file, with either kind of journal."""
    found = Database(tmp_path / "shop.db")
    engine = create_engine(found.url)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"pragma journal_mode={request.param}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert found.journal_mode == request.param
    return found


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], Database]:
    """A database made by a script."""

    def make(script: str) -> Database:
        with sqlite3.connect(tmp_path / "made.db") as connection:
            connection.executescript(script)
        connection.close()
        return Database(tmp_path / "made.db")

    return make


def broken(call: Callable[[], object]) -> tuple[str, str | None]:
    """The contract's side and what was seen."""
    with pytest.raises(Broken) as raised:
        call()
    return raised.value.contract, raised.value.saw


# --- looking


def test_tables_and_columns(database: Database) -> None:
    """Tables and columns are told as the database declares them."""
    assert database.exists
    assert database.tables() == ["passports", "towns"]
    assert database.columns("towns") == {
        "id": Column("INTEGER", True, None, True, is_rowid=True),
        "name": Column("VARCHAR(50)", True, None, False),
        "motto": Column("VARCHAR", False, None, False),
        "zip": Column("VARCHAR", True, "'00000'", False),
    }
    assert database.columns("umbrellas") == {}


def test_the_path_may_move(tmp_path: Path) -> None:
    """The path is asked for at each call, since a restart can change it."""
    places = [tmp_path / "a.db", tmp_path / "b.db"]
    found = Database(lambda: places[0])
    assert found.url == f"sqlite:///{places[0]}"
    assert not found.exists
    places.reverse()
    assert found.path == tmp_path / "b.db"


def test_unique_columns(database: Database) -> None:
    """Unique columns are told as sets; the primary key is left out."""
    assert database.unique("towns") == {frozenset({"name"})}
    assert database.unique("passports") == {frozenset({"series", "number"})}


def test_an_index_that_is_not_unique(made: Callable[[str], Database]) -> None:
    """A plain index makes nothing unique; one made by hand does."""
    found = made("create table t (a, b); create index i on t (a); create unique index u on t (b)")
    assert found.unique("t") == {frozenset({"b"})}


def test_the_table_that_has_the_columns(made: Callable[[str], Database]) -> None:
    """Of several fitting tables, the one with the fewest other columns is meant."""
    found = made(
        "create table a (name, email, age); create table b (name, email); create table c (x)"
    )
    assert found.table_with("email", "name") == "b"
    assert found.table_with("age") == "a"
    assert broken(lambda: found.table_with("umbrella", "name")) == (
        "a table with the columns umbrella, name",
        "the tables are a(name, email, age); b(name, email); c(x)",
    )


def test_no_table_at_all(made: Callable[[str], Database]) -> None:
    """An empty database is said to have no table."""
    assert broken(lambda: made("").table_with("name"))[1] == "there is no table"


def test_odd_names(made: Callable[[str], Database]) -> None:
    """Spaces, quotes, keywords, Cyrillic and names like SQLite's own are names."""
    names = ["order", 'the "best" towns', "it's", "жёлтые зонты", "sqlitetown", "a; drop table b"]
    found = made("".join(f"create table {module.quoted(n)} ({module.quoted(n)});" for n in names))
    assert found.tables() == sorted(names)
    for name in names:
        assert list(found.columns(name)) == [name]
        assert found.table_with(name) == name
        assert found.unique(name) == set()
        key = found.insert(name, **{name: "Lviv"})
        assert found.rows(f"select * from {module.quoted(name)}") == [("Lviv",)]
        found.delete(name, key)
        assert found.rows(f"select * from {module.quoted(name)}") == []


def test_sqlites_own_tables_are_left_out(made: Callable[[str], Database]) -> None:
    """The table behind AUTOINCREMENT is nobody's model."""
    found = made("create table t (id integer primary key autoincrement); insert into t values (1)")
    assert found.tables() == ["t"]


# --- one table of several


def test_the_table_that_a_row_from_outside_shows_in(made: Callable[[str], Database]) -> None:
    """Of several tables it is the one whose new row the app shows; the row is taken out again."""
    found = made(
        "create table a (id integer primary key, name text not null);"
        "create table b (id integer primary key, name text, place text)"
    )
    asked: list[object] = []

    def look() -> object:
        asked.append(found.rows("select name from b"))
        return asked[-1]

    assert found.table_with("name", shown=look) == "b"
    assert found.rows("select * from a union all select id, name from b") == []
    before = len(asked)
    assert found.table_with("name", shown=look) == "b"
    assert found.table_with("name") == "b", "the choice holds"
    assert len(asked) == before
    assert found.table_with("place", shown=look) == "b", "the only one"
    assert len(asked) == before
    found.run("drop table b")
    assert found.table_with("name", shown=look) == "a"


def test_a_table_that_takes_no_row(made: Callable[[str], Database]) -> None:
    """A table that refuses a row from outside is not the one; where none tells, it is the least."""
    found = made(
        "create table a (name text check (name = 'umbrella'));"
        "create table b (name text, place text)"
    )
    assert found.table_with("name", shown=lambda: found.rows("select * from b")) == "b"
    other = Database(found.path)
    assert other.table_with("name", shown=lambda: None) == "a"
    assert other.rows("select * from b") == []


def test_a_look_that_fails_leaves_no_row(made: Callable[[str], Database]) -> None:
    """An app that breaks over the row is rid of it again."""
    found = made("create table a (name text); create table b (name text, place text)")

    def look() -> object:
        if found.rows("select * from a"):
            raise Broken("an answer")
        return None

    assert broken(lambda: found.table_with("name", shown=look)) == ("an answer", None)
    assert found.rows("select * from a") == []


def test_the_table_that_a_post_fills(made: Callable[[str], Database]) -> None:
    """Of several tables it is the one where the app's new row turns up."""
    found = made("create table a (name text); create table b (name text, place text)")

    def post(word: str) -> Callable[[], object]:
        found.insert("b", name=word)
        return lambda: None

    assert found.table_with("name", posted=post) == "b"


@pytest.mark.parametrize("refuses", [False, True], ids=["", "refuses"])
def test_the_table_that_a_history_follows(made: Callable[[str], Database], refuses: bool) -> None:
    """Where the row turns up twice, it is the table without whose row the app answers otherwise."""
    found = made("create table past (name text); create table things (name text, place text)")
    if refuses:
        found.run(
            "create trigger t before delete on past begin select raise(abort, 'it stays'); end"
        )

    def post(word: str) -> Callable[[], object]:
        found.insert("past", name=word)
        found.insert("things", name=word)
        return lambda: found.rows("select * from things where name = ?", word)

    assert found.table_with("name", posted=post) == "things"


def test_a_row_that_turns_up_nowhere(
    made: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that stores nothing, or the same everywhere, leaves the choice open."""
    monkeypatch.setattr(choosing, "PATIENCE_S", 0.0)
    monkeypatch.setattr(choosing, "LOOK_S", 0.0)
    found = made("create table a (name text); create table b (name text, place text)")
    assert found.table_with("name", posted=lambda word: lambda: None) == "a"

    def post(word: str) -> Callable[[], object]:
        for table in ("a", "b"):
            found.insert(table, name=word)
        return lambda: None

    assert found.table_with("name", posted=post) == "a"


def test_a_row_that_comes_late(
    made: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app that commits after its answer is waited for."""
    found = made("create table a (name text); create table b (name text, place text)")
    words: list[str] = []
    monkeypatch.setattr(choosing.time, "sleep", lambda _: found.insert("b", name=words[0]))

    def post(word: str) -> Callable[[], object]:
        words.append(word)
        return lambda: None

    assert found.table_with("name", posted=post) == "b"


def test_virtual_tables_are_left_out(made: Callable[[str], Database]) -> None:
    """A table for search, and what it keeps its content in, is nobody's model."""
    found = made("create table t (a, b, c); create virtual table s using fts5(a, b)")
    assert set(found.tables()) > {"s", "s_content", "t"}
    assert found.real_tables() == ["t"]
    assert found.table_with("a", "b") == "t"


# --- changing


def test_a_row_with_what_it_needs(database: Database) -> None:
    """Required columns are filled, others and defaults are left to the database."""
    key = database.insert("towns", motto="always open")
    ((found, name, motto, code),) = database.rows("select id, name, motto, zip from towns")
    assert (found, motto, code) == (key, "always open", "00000")
    assert name


def test_the_app_can_read_what_was_filled_in(database: Database) -> None:
    """Keys, moments, days, hours, numbers and flags are such as SQLAlchemy reads."""
    key = database.insert("passports", town_id=database.insert("towns"))
    engine = create_engine(database.url)
    with Session(engine) as session:
        passport = session.scalars(select(Passport)).one()
        assert passport.id == uuid.UUID(key)
        assert passport.issued == datetime.datetime(2026, 11, 21, 12)
        assert passport.expires == datetime.date(2026, 11, 21)
        assert passport.opens == datetime.time(12)
        assert (passport.price, passport.is_valid, passport.number) == (1.0, True, 1)
    engine.dispose()
    database.delete("passports", key)
    assert database.rows("select * from passports") == []


@pytest.mark.parametrize(
    "declared", ["BIGINT", "NUMERIC(10, 2)", "VARCHAR(36)", "UUID", "CHAR(32)"]
)
def test_keys_of_any_type(made: Callable[[str], Database], declared: str) -> None:
    """Two rows get two keys, whatever the key's type."""
    found = made(f"create table t (id {declared} primary key not null, extras JSON not null)")
    first, second = found.insert("t"), found.insert("t")
    assert first != second
    found.delete("t", first)
    assert found.rows("select id, extras from t") == [(second, "{}")]


@pytest.mark.parametrize(
    ("declared", "kind", "length"),
    [
        ("VARCHAR(36)", str, 36),
        ("CHAR(36)", str, 36),
        ("TEXT", str, 36),
        ("CHAR(32)", str, 32),
        ("UUID", str, 32),
        ("BLOB", bytes, 16),
    ],
)
def test_keys_as_an_app_writes_them(
    made: Callable[[str], Database], declared: str, kind: type, length: int
) -> None:
    """A key is a UUID in the spelling that the column has room for."""
    key = made(f"create table t (id {declared} primary key)").insert("t")
    assert (type(key), len(key)) == (kind, length)
    assert uuid.UUID(bytes=key) if kind is bytes else uuid.UUID(key)


@pytest.mark.parametrize(
    "declared",
    [
        "id integer primary key) without rowid",
        "id integer primary key desc)",
        "office integer, id integer, primary key (office, id))",
        "id integer, office text not null, primary key (office, id)) without rowid",
        "id text primary key default (lower(hex(randomblob(16))))) without rowid",
    ],
    ids=["no rowid", "descending", "two", "two, no rowid", "by default"],
)
def test_keys_that_are_no_rowid(made: Callable[[str], Database], declared: str) -> None:
    """SQLite gives an INTEGER its number only where it is the rowid by another name."""
    found = made(f"create table t (name text, {declared}")
    first, second = found.insert("t", name="Lviv"), found.insert("t")
    assert None not in (first, second)
    assert first != second
    found.delete("t", second)
    assert found.rows("select id, name from t") == [(first, "Lviv")]


def test_keys_of_two_columns_without_an_id(made: Callable[[str], Database]) -> None:
    """The row's number tells such rows apart."""
    found = made("create table t (a integer, b integer, primary key (a, b))")
    assert [found.insert("t", a=7), found.insert("t", a=7)] == [1, 2]
    found.delete("t", 1)
    assert len(found.rows("select * from t")) == 1


def test_a_duplicate_that_the_table_ignores(made: Callable[[str], Database]) -> None:
    """There is no new row, and so no key; the row that was there stays."""
    found = made("create table t (id integer primary key, name text unique on conflict ignore)")
    assert [found.insert("t", name="Lviv"), found.insert("t", name="Lviv")] == [1, None]
    assert found.rows("select id from t") == [(1,)]


def test_an_address_looks_like_one(made: Callable[[str], Database]) -> None:
    """A column for e-mail gets what a constraint may ask of an address."""
    found = made("create table t (mail text not null check (mail like '%_@_%._%'))")
    assert found.insert("t") == 1


def test_a_row_that_a_trigger_keeps_out(made: Callable[[str], Database]) -> None:
    """Where the app's own trigger ignores the row, there is no key."""
    found = made(
        "create table t (name text);"
        "create trigger i before insert on t begin select raise(ignore); end"
    )
    assert found.insert("t") is None


def test_a_table_without_a_key(made: Callable[[str], Database]) -> None:
    """Without a declared key, SQLite's row number is the key."""
    found = made("create table t (name text)")
    assert found.key("t") == "rowid"
    assert [found.insert("t"), found.insert("t", name="Lviv")] == [1, 2]
    found.delete("t", 2)
    assert found.rows("select * from t") == [(None,)]


def test_constraints_are_the_callers_to_see(database: Database) -> None:
    """What a constraint refuses reaches the check as SQLite says it."""
    database.insert("towns", name="Lviv")
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: towns\.name"):
        database.insert("towns", name="Lviv")
    with pytest.raises(sqlite3.IntegrityError):
        database.run("update towns set name = null")
    assert database.run("update towns set motto = ?", "open") == 1


def test_wrong_sql_is_the_callers_to_see(database: Database) -> None:
    """A fault of the check's own stays as it is."""
    with pytest.raises(sqlite3.OperationalError, match="no such table: umbrellas"):
        database.rows("select * from umbrellas")
    with pytest.raises(sqlite3.ProgrammingError):
        database.rows("select ?")


def test_a_copy_is_a_database_of_its_own(database: Database, tmp_path: Path) -> None:
    """A copy has all rows, and what is written to it stays there."""
    database.insert("towns", name="Lviv")
    copy = database.copy_to(tmp_path / "copy.db")
    copy.insert("towns", name="Odesa")
    assert copy.rows("select name from towns order by id") == [("Lviv",), ("Odesa",)]
    assert database.rows("select name from towns") == [("Lviv",)]


def test_sees_only_what_is_committed(database: Database) -> None:
    """A row that the app flushed and did not commit is not there, with either journal."""
    engine = create_engine(database.url)
    with Session(engine) as session:
        session.add(Town(name="Lviv"))
        session.flush()
        assert database.rows("select * from towns") == []
        assert database.locked()
        session.commit()
        assert not database.locked()
        assert session.scalar(select(func.count()).select_from(Town)) == 1
    assert len(database.rows("select * from towns")) == 1
    engine.dispose()


# --- locks


def test_writing_keeps_others_from_writing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the block nobody else writes; afterwards, or after an error in it, they do."""
    monkeypatch.setattr(module, "BUSY_S", 0.01)
    with database.writing():
        assert database.locked()
    with pytest.raises(Broken), database.writing():
        database.insert("towns")
    assert not database.locked()
    assert database.insert("towns")


def test_reading_keeps_others_from_committing(database: Database) -> None:
    """With a rollback journal a reader holds commits up; with WAL it does not."""
    with database.reading():
        assert not database.locked()
        other = sqlite3.connect(database.path, timeout=0, isolation_level=None)
        other.execute("begin immediate")
        other.execute("insert into towns (name) values ('Lviv')")
        if database.journal_mode == "wal":
            other.execute("commit")
        else:
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("commit")
        other.close()


def test_a_lock_of_the_app_is_named(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that keeps the database to itself is told so, after a short wait."""
    monkeypatch.setattr(module, "BUSY_S", 0.01)
    app = sqlite3.connect(database.path, isolation_level=None)
    app.execute("begin immediate")
    assert broken(lambda: database.run("delete from towns")) == (
        "the app holds no lock between two requests",
        "the database says: database is locked",
    )
    app.close()


# --- no database


def test_no_file(tmp_path: Path) -> None:
    """Without a file there are no tables and no lock, and none is made by looking."""
    found = Database(tmp_path / "none.db")
    assert not found.exists
    assert found.tables() == []
    assert not found.locked()
    expected = ("a database at DATABASE_URL", "there is no database file")
    assert broken(lambda: found.rows("select 1")) == expected
    assert broken(lambda: found.insert("towns")) == expected
    assert not found.exists


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file of other content is the app's fault, and is said to be no database."""
    path = tmp_path / "shop.db"
    path.write_text("umbrellas\n" * 1000)
    found = Database(path)
    expected = (
        "a SQLite database at DATABASE_URL",
        "the database says: file is not a database",
    )
    for look in (found.tables, found.locked, lambda: found.table_with("name")):
        assert broken(look) == expected


def test_a_damaged_database(database: Database) -> None:
    """A database with a page overwritten says that it is damaged."""
    database.insert("towns")
    content = bytearray(database.path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    database.path.write_bytes(content)
    assert broken(database.tables) == (
        "a SQLite database at DATABASE_URL",
        "the database says: database disk image is malformed",
    )


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    """A folder at the path can't be opened."""
    found = Database(tmp_path)
    expected = (
        "a SQLite database at DATABASE_URL",
        "the database says: unable to open database file",
    )
    for look in (found.tables, found.locked):
        assert broken(look) == expected


@pytest.mark.parametrize(
    "at_import",
    [
        "path.write_text('umbrellas' * 1000)",
        "path.mkdir()",
        "held = sqlite3.connect(path, isolation_level=None); held.execute('begin exclusive')",
    ],
    ids=["no database", "a folder", "locked"],
)
def test_an_app_that_spoils_its_database_is_judged(
    grader: Grader, tmp_path: Path, at_import: str
) -> None:
    """What an app does to the file while it is imported never stops the grader."""
    lesson = grader.course.find("hello")
    source = (lesson.solution / "main.py").read_text("utf-8")
    (tmp_path / "main.py").write_text(
        "import os, pathlib, sqlite3\n"
        "path = pathlib.Path(os.environ['DATABASE_URL'].removeprefix('sqlite:///'))\n"
        f"{at_import}\n{source}"
    )
    assert grader.grade(lesson, tmp_path).status == "passed"
