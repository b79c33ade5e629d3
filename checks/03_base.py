"""Lesson 3: an import describes the tables, a start-up makes them."""

import sqlite3
from contextlib import contextmanager, suppress

from yielddb.checking import after, catches, expect, hint, inside, listing, points, quoted, says

ROWS = 3  # that a restart must not lose
LENT = "lent_umbrellas"  # a table that a second connection makes
HEALTH = """\
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
"""


def names_of_tables(client):
    """What the app answers, without the tables that SQLite keeps for itself."""
    answer = expect(client.get("/tables"), 200, says="200 with the names of the tables")
    names = listing(answer, says="a JSON list of names")
    assert all(isinstance(name, str) for name in names), says("a list of names, each a string")
    return [name for name in names if not name.startswith("sqlite_")]


@contextmanager
def rows_to_keep(database):
    """A table and the keys of rows in it that no restart may lose; None where there is no row.

    They are put there from outside, best into an empty table, and taken out again: a row among an
    app's own settings may mean something to it. Where no table takes one, they are the app's own.
    """
    # a row in a table of Alembic's would be a version nobody knows
    tables = [name for name in database.real_tables() if not name.startswith("alembic_")]
    own = {table: keys_in(database, table) for table in tables}
    tables.sort(key=lambda table: len(own[table]))
    put = next(filter(None, (filled(database, table) for table in tables)), None)
    try:
        yield put or next(((table, keys) for table, keys in own.items() if keys), None)
    finally:
        for key in put[1] if put and put[0] in database.tables() else ():
            database.delete(put[0], key)


def keys_in(database, table):
    """The keys of the first rows."""
    sql = f"select {quoted(database.key(table))} from {quoted(table)} limit {ROWS}"
    return [key for (key,) in database.rows(sql)]


def filled(database, table):
    """The table and the keys of its new rows; None where it takes none."""
    keys = []
    with suppress(sqlite3.DatabaseError):  # a constraint may leave room for one row alone
        for _ in range(ROWS):
            keys.append(database.insert(table))
    keys = [key for key in keys if key is not None]
    return (table, keys) if keys else None


def gone(database, table, keys):
    """How many rows with these keys a second connection no longer finds, in words; or None."""
    if table not in database.tables():
        return f"the table {table} is gone"
    column = quoted(database.key(table))
    sql = f"select {column} from {quoted(table)} where {column} = ?"
    lost = [key for key in keys if not database.rows(sql, key)]
    return f"{len(lost)} of {len(keys)} rows of {table} are gone" if lost else None


def no_table(seen, misconception=None, ask=None):
    """What to say of an app that has started and has no table."""
    return says("at least one table once the app has started", seen, misconception, ask)


def why_no_table(app, client, database, probe):
    """What the app did in place of making its tables at start-up."""
    asked = probe.settled().connects  # create_all opens a connection, even where it has no model
    client.get("/tables")
    if database.exists and database.tables():
        seen = "no table; the first request made them"
        return no_table(seen, "tables-make-themselves", "Which line makes them, and who runs it?")
    app.stop()
    if database.exists and database.tables():
        seen = "no table; the shutdown made them"
        return no_table(seen, "lifespan-runs-at-once", "On which side of yield is create_all?")
    if asked:
        return no_table(inside("no table; start-up asked and made none"))
    if probe.settled().disposed:
        seen = inside("no table; start-up asked no database")
        return no_table(seen, "class-makes-table", "Which line sends CREATE TABLE, and when?")
    seen = inside("no table; nothing ran at start-up or shutdown")
    return no_table(seen, "lifespan-is-found-by-name", "Who tells FastAPI of your lifespan?")


@catches(
    'app = FastAPI(title="Lost & Found", lifespan=lifespan)\n',
    becomes=(
        "Base.metadata.create_all(engine)\n\n"
        'app = FastAPI(title="Lost & Found", lifespan=lifespan)\n'
    ),
    misconception="import-is-start",
)
@hint(
    "Who imports your file besides the server, and wants no tables?",
    "`create_all` belongs into the lifespan, before `yield`.",
    "lifespan: Base.metadata.create_all(engine)",
)
def test_import_makes_no_table(app):
    """importing your app makes no table"""
    assert not app.at_import.tables, says(
        "no table before start-up",
        saw=f"tables there before start-up: {', '.join(app.at_import.tables)}",
    )


@points(2)
@catches(
    "class Item(Base):\n",
    becomes="class ItemsBase(DeclarativeBase):\n    pass\n\n\nclass Item(ItemsBase):\n",
    misconception="any-base-will-do",
)
@catches(
    "    Base.metadata.create_all(engine)\n    yield\n",
    becomes="    yield\n    Base.metadata.create_all(engine)\n",
    misconception="lifespan-runs-at-once",
)
@catches(
    'app = FastAPI(title="Lost & Found", lifespan=lifespan)\n',
    becomes='app = FastAPI(title="Lost & Found")\n',
    misconception="lifespan-is-found-by-name",
)
@catches(
    "    Base.metadata.create_all(engine)\n",
    becomes="    assert Base.metadata\n",
    misconception="class-makes-table",
)
@catches(
    "class Item(Base):\n",
    becomes="class Item:\n",
    misconception="tablename-is-enough",
)
@hint(
    "Which models are in the metadata at the moment `create_all` runs?",
    "Models inherit from the one Base; FastAPI is given the lifespan.",
    "lifespan: Base.metadata.create_all(engine), before yield",
)
def test_start_up_makes_the_tables(app, client, database, probe):
    """starting your app makes its tables"""
    if not database.exists or not database.tables():
        raise AssertionError(why_no_table(app, client, database, probe))


@catches(
    "    return sorted(inspect(engine).get_table_names())\n",
    becomes="    return [Base.metadata.tables]\n",
    misconception="metadata-is-a-list-of-names",
)
@catches(
    "    return sorted(inspect(engine).get_table_names())\n",
    becomes="    return sorted([Base.__tablename__])\n",
    misconception="base-is-a-table",
)
@catches(
    "    return sorted(inspect(engine).get_table_names())\n",
    becomes="    return sorted(Base.metadata.tables)\n",
    misconception="metadata-is-a-list-of-names",
)
@hint(
    "Who knows which tables the database has?",
    "`inspect(engine)` asks the database itself.",
    "tables: return sorted(inspect(engine).get_table_names())",
)
@after("test_start_up_makes_the_tables")
def test_lists_the_tables(client, database):
    """GET /tables gives the names of the tables in the database, sorted"""
    names = names_of_tables(client)
    there = database.tables()
    assert sorted(names) == there, says(f"what a second connection sees: {there}")
    in_some_order = names in (sorted(names), sorted(names, key=str.casefold))
    assert in_some_order, says("the names in sorted order")
    database.run(f"create table {LENT} (umbrella text)")
    try:
        names = names_of_tables(client)
    finally:
        database.run(f"drop table {LENT}")
    assert sorted(names) == sorted([*there, LENT]), says(
        f"the tables of the database, with {LENT}, made from outside"
    )


@points(2)
@catches(
    "    Base.metadata.create_all(engine)\n",
    becomes="    Base.metadata.drop_all(engine)\n    Base.metadata.create_all(engine)\n",
    misconception="start-up-starts-afresh",
)
@catches(
    "    engine.dispose()\n",
    becomes="    Base.metadata.drop_all(engine)\n    engine.dispose()\n",
    misconception="dispose-clears-the-database",
)
@catches(
    "    Base.metadata.create_all(engine)\n",
    becomes="""\
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM items WHERE id > 1"))
""",
    misconception="start-up-starts-afresh",
)
@hint(
    "Which line of your start-up takes rows away?",
    "`create_all` leaves a table alone that is there already.",
    "lifespan: no drop_all and no DELETE, on either side of yield",
)
@after("test_start_up_makes_the_tables")
def test_a_second_start_keeps_the_rows(app, client, database, probe):
    """a row that was there before a restart is there after it"""
    with rows_to_keep(database) as kept:
        there = kept or (database.tables()[0], [])  # a CHECK knows no row of ours: the table counts
        app.stop()  # gracefully, so that what stands after yield has its chance to do harm
        probe.settled()
        lost = gone(database, *there)
        assert not lost, says(
            "the rows of the last run",
            saw=f"{lost} after the shutdown",
            misconception="dispose-clears-the-database",
            ask="What does your lifespan do after yield?",
        )
        app.restart()
        lost = gone(database, *there)
        assert not lost, says("the rows of the last run", saw=f"{lost} after the restart")


@catches(
    "    engine.dispose()\n",
    becomes="    SessionLocal().close()\n",
    misconception="closing-sessions-empties-the-pool",
)
@catches(
    "    yield\n    engine.dispose()\n",
    becomes="    engine.dispose()\n    yield\n",
    misconception="lifespan-runs-at-once",
)
@catches(
    "    engine.dispose()\n",
    becomes="    create_engine(DATABASE_URL).dispose()\n",
    misconception="engines-share-a-pool",
)
@hint(
    "The pool keeps connections open. Who closes them in the end?",
    "What stands after `yield` in the lifespan runs at shutdown.",
    "lifespan: engine.dispose(), after yield",
)
def test_shutdown_disposes_of_the_engine(app, client, probe):
    """stopping your app closes the connections that its pool keeps"""
    client.get("/tables")  # whatever it answers, the pool has had something to keep
    running = probe.settled()
    before = running.disposed
    app.stop()
    stopped = probe.settled()
    assert stopped.disposed > before, says(
        "at shutdown engine.dispose() closes the connections of the pool",
        saw=inside("disposed of at start-up" if before else "the engine was left as it is"),
        misconception="lifespan-runs-at-once" if before else None,
        ask="On which side of yield is dispose?" if before else None,
    )
    kept = running.connects - running.closes
    assert not kept or stopped.closes > running.closes, says(
        "engine.dispose() of the engine that was used closes its connections",
        saw=inside(f"connections of the app left open: {kept}"),
        misconception="engines-share-a-pool",
        ask="Which engine has the routes' connections in its pool?",
    )


@catches(
    HEALTH,
    becomes="""\
        engine.connect().execute(text("SELECT 1"))
""",
    misconception="dropped-is-given-back",
)
@hint(
    "What did the lessons before ask of these routes?",
    "A connection that nobody closes stays out, in any route.",
    "health, now: each opens with `with`, as it was before",
)
def test_earlier_routes_are_as_they_were(app, client, probe):
    """GET /health and GET /now answer as before, and give every connection back"""
    app.restart()  # what another check has left is no fault of these routes
    for path in ("/health", "/now", "/tables") * 2:
        expect(client.get(path), 200, says=f"GET {path} answers as before: 200")
        held = probe.settled().checked_out
        assert held == 0, says(
            f"every connection is back after GET {path}",
            saw=inside(f"connections out of the pool: {held}"),
        )
