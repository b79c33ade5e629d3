"""Lesson 5: one session per request, given back whatever the answer was."""

from contextlib import contextmanager

from yielddb.checking import (
    after,
    catches,
    expect,
    hint,
    inside,
    listing,
    member,
    members,
    points,
    quoted,
    says,
)

ROUTES = ("/items/", "/items/count", "/users/count", "/items/")


def items_of(database, client):
    """The table of items, found by its columns; of several, the one that the app lists."""
    shown = asking(client, "/items/", "/items/count")
    return database.table_with("name", "description", shown=shown)


def users_of(database, client):
    """The table of users, found by its columns; of several, the one that the app counts."""
    return database.table_with("email", "is_active", shown=asking(client, "/users/count"))


def asking(client, *paths):
    """Questions to the app, to be asked before a change and after it."""
    return lambda: [client.get(path).text for path in paths]


def shelve(database, client, name):
    """Put an item on the shelf from outside; its key."""
    return database.insert(items_of(database, client), name=name)


def shown_id(client, name, key):
    """The id that the app shows for the row with this name and key: it may write keys its way."""
    rows = listing(client.get("/items/"), says="a list")
    ids = [
        row["id"]
        for row in rows
        if isinstance(row, dict) and row.get("name") == name and "id" in row
    ]
    return ids[0] if ids else key


def missing_id(database, client, name):
    """An id of the right kind that no item has: that of an item put in and taken out again."""
    key = shelve(database, client, name)
    item_id = shown_id(client, name, key)
    database.delete(items_of(database, client), key)
    return item_id


@contextmanager
def without_items(database, client):
    """Take the table of items away from the app; put it back at the end."""
    table = items_of(database, client)
    away = f"{table}_away"
    database.run(f"alter table {quoted(table)} rename to {quoted(away)}")
    try:
        yield
    finally:
        if table in database.tables():  # made anew by an app that makes its tables per request
            database.run(f"drop table {quoted(table)}")
        database.run(f"alter table {quoted(away)} rename to {quoted(table)}")


def kept_by(probe, ask, *paths):
    """How many connections stay checked out because of requests for these paths."""
    before = probe.settled().checked_out
    for path in paths:
        ask(path)
        probe.settled()  # a next request that comes too early needs a second connection
    return probe.settled().checked_out - before


@catches(
    "    return db.scalars(select(Item).order_by(Item.id)).all()\n",
    becomes="    return select(Item).order_by(Item.id)\n",
    misconception="select-runs-the-query",
)
@catches(
    "        yield db\n",
    becomes="        yield SessionLocal\n",
    misconception="sessionlocal-is-a-session",
)
@catches(
    "def get_db():\n",
    becomes="from contextlib import contextmanager\n\n\n@contextmanager\ndef get_db():\n",
    misconception="get-db-is-a-context-manager",
)
@hint(
    "What does your route get: a session, a factory, a generator?",
    "`select(Item)` describes; `db.scalars(...)` sends, `.all()` lists.",
    "list_items: return db.scalars(select(Item).order_by(Item.id)).all()",
)
def test_lists_the_items(client, database, data):
    """GET /items/ lists the items that are in the database"""
    names = [f"{data.thing()} {number}" for number in (1, 2)]
    for name in names:
        shelve(database, client, name)
    answer = expect(client.get("/items/"), 200, says="200 with a list of all items")
    shown = [row.get("name") for row in listing(answer, says="a list") if isinstance(row, dict)]
    missing = [name for name in names if name not in shown]
    assert not missing, f"every item with its name; {missing[0]!r} is in the table of items too"


@after("test_lists_the_items")
@catches(
    "    item = db.get(Item, item_id)\n",
    becomes="    item = db.scalars(select(Item).where(Item.id == item_id)).all()\n",
    misconception="query-gives-the-row",
)
@hint(
    "One item has this id. Does your query give a list or one object?",
    "`db.get(Item, item_id)` gives the object or None.",
    "read_item: item = db.get(Item, item_id) ... return item",
)
def test_shows_one_item(client, database, data):
    """GET /items/{id} shows that item: its id, name and description"""
    name, other = f"{data.thing()} 1", f"{data.thing()} 2"
    key = shelve(database, client, name)
    shelve(database, client, other)
    item_id = shown_id(client, name, key)
    answer = expect(client.get(f"/items/{item_id}"), 200, says="200 with the item")
    got = members(answer, "id", "name", says="an object with id, name, description")
    assert got[1] == name, f"the item with the id {item_id}, whose name is {name!r}"
    assert answer.json().get("description") is None, "a description of null: it has none"


@after("test_shows_one_item")
@catches(
    "    if item is None:\n"
    '        raise HTTPException(status_code=404, detail="Item not found")\n'
    "    return item\n",
    becomes="    return item\n",
    misconception="none-is-404",
)
@catches(
    '        raise HTTPException(status_code=404, detail="Item not found")\n    return item\n',
    becomes='        return HTTPException(status_code=404, detail="Item not found")\n'
    "    return item\n",
    misconception="returned-exception-is-raised",
)
@catches(
    "    finally:\n        db.close()\n",
    becomes="    except Exception:\n        db.rollback()\n    finally:\n        db.close()\n",
    misconception="except-around-yield-needs-no-raise",
)
@hint(
    "What does db.get give for a missing id, and what becomes of it?",
    "Raise HTTPException; an `except` around `yield` ends with `raise`.",
    'read_item: HTTPException(status_code=404, detail="Item not found")',
)
def test_missing_item_is_404(client, database, data):
    """404 with the detail "Item not found" for an item that is not there"""
    says_404 = '404 {"detail": "Item not found"}'
    answer = client.get(f"/items/{missing_id(database, client, data.thing())}")
    expect(answer, 404, says=says_404)
    assert member(answer, "detail", says=says_404) == "Item not found", says_404


@after("test_shows_one_item")
@catches(
    '@app.get("/items/count")\n',
    becomes=(
        '@app.get("/items/{item_id}")\n'
        "def first_come(item_id: int, db: DB):\n"
        "    return read_item(item_id, db)\n\n\n"
        '@app.get("/items/count")\n'
    ),
    misconception="closest-route-wins",
)
@hint(
    "Two routes fit the path /items/count. Which one does FastAPI take?",
    "It takes the first that fits, in the order of your file.",
    'declare @app.get("/items/count") above @app.get("/items/{item_id}")',
)
def test_still_counts(client, database):
    """GET /items/count and GET /users/count still count, beside GET /items/{id}"""
    tables = {"items": items_of(database, client), "users": users_of(database, client)}
    for things, table in tables.items():
        ((there,),) = database.rows(f"select count(*) from {quoted(table)}")
        contract = f'200 {{"count": {there}}}: as many as rows in the table of {things}'
        answer = expect(client.get(f"/{things}/count"), 200, says=contract)
        assert member(answer, "count", says=contract) == there, contract


@after("test_lists_the_items")
@points(2)
@catches(
    "        yield db\n",
    becomes="        return db\n",
    misconception="return-is-yield",
)
@catches(
    "    finally:\n        db.close()\n",
    becomes="    finally:\n        pass\n",
    misconception="dropped-is-given-back",
)
@catches(
    "    db = SessionLocal()\n",
    becomes="    db = Session(create_engine(DATABASE_URL))\n",
    misconception="engine-per-request",
)
@hint(
    "Who closes the session, and when: before the route runs or after it?",
    "With `return`, `finally` runs before the route. `yield` waits.",
    "get_db: try: yield db, finally: db.close()",
)
def test_gives_back_after_200(app, client, probe):
    """no connection stays checked out after a 200"""
    files = app.open_files()
    kept = kept_by(probe, client.get, *ROUTES)
    saw = inside(f"connections out after {len(ROUTES)} requests: {kept}")
    assert kept <= 0, says("every connection is back in the pool", saw=saw)
    if files is None:  # this system does not show what another process has open
        return
    more = app.open_files() - files
    assert more < len(ROUTES), says(
        "one engine, whose pool lends a connection again",
        saw=f"{more} more connections are open after {len(ROUTES)} requests",
        misconception="engine-per-request",
        ask="How often does your app call create_engine?",
    )


@after("test_missing_item_is_404", "test_gives_back_after_200")
@points(2)
@catches(
    "    try:\n        yield db\n    finally:\n        db.close()\n",
    becomes="    yield db\n    db.close()\n",
    misconception="line-after-yield-always-runs",
)
@hint(
    "Where does a 404 enter get_db, and which lines run after that?",
    "A 404 is an exception: it comes out of the line with `yield`.",
    "get_db: finally: db.close()",
)
def test_gives_back_after_404(client, database, probe, data):
    """no connection stays checked out after a 404 or a 422"""
    path = f"/items/{missing_id(database, client, data.thing())}"
    kept = kept_by(probe, client.get, "/items/no-such-number", path, path, path)
    saw = inside(f"connections out after a 422, three 404: {kept}")
    assert kept <= 0, says("every connection is back in the pool", saw=saw)


@after("test_gives_back_after_404")
@points(2)
@catches(
    "    finally:\n        db.close()\n",
    becomes="    except HTTPException:\n        db.close()\n        raise\n"
    "    else:\n        db.close()\n",
    misconception="only-http-exceptions-happen",
)
@hint(
    "What may a route raise besides HTTPException?",
    "Name no exception at all: `finally` runs for every one of them.",
    "get_db: try: yield db, finally: db.close()",
)
def test_gives_back_after_500(client, database, probe):
    """no connection stays checked out after an error that nobody foresaw"""
    with without_items(database, client):
        kept = kept_by(probe, client.get, "/items/", "/items/", "/items/count")
    saw = inside(f"connections out after three 500: {kept}")
    assert kept <= 0, says("every connection is back in the pool", saw=saw)
    expect(client.get("/items/"), 200, says="200 again, now that the table is back")


@after("test_shows_one_item")
@points(2)
@catches(
    "def get_db():\n    db = SessionLocal()\n",
    becomes="db = SessionLocal()\n\n\ndef get_db():\n",
    misconception="one-session-serves-all",
)
@catches(
    "def read_item(item_id: int, db: DB):\n",
    becomes=(
        "def read_item(\n"
        "    item_id: int, db: DB, own: Annotated[Session, Depends(get_db, use_cache=False)]\n"
        "):\n"
        "    own.scalar(select(func.count()).select_from(Item))\n"
    ),
    misconception="sessions-share-a-transaction",
)
@hint(
    "How often is your session made: per import, per request, per query?",
    "Make it inside get_db. A closed session works on without complaint.",
    "get_db: db = SessionLocal()",
)
def test_one_session_per_request(client, database, probe, data):
    """each request has one session, and the next request has another"""
    name = data.thing()
    item_id = shown_id(client, name, shelve(database, client, name))
    for path in (f"/items/{item_id}", "/items/"):
        with probe.watch() as seen:
            client.get(path)
            client.get(path)
        assert seen.sessions == 2, says(
            "one new session for each request",
            saw=inside(f"{seen.sessions} new sessions in two GET {path}"),
            misconception="sessions-share-a-transaction" if seen.sessions > 2 else None,
            ask="Who makes the other session of the request?" if seen.sessions > 2 else None,
        )


@after("test_shows_one_item")
@points(2)
@catches(
    "def list_items(db: DB):\n    return db.scalars(select(Item).order_by(Item.id)).all()\n",
    becomes="def list_items():\n    with SessionLocal() as db:\n"
    "        return db.scalars(select(Item).order_by(Item.id)).all()\n",
    misconception="override-reaches-every-session",
)
@hint(
    "Where does each route get its session from?",
    "An override exchanges get_db. SessionLocal() in a route is past it.",
    "def list_items(db: DB), def read_item(item_id: int, db: DB)",
)
def test_can_be_overridden(app, client, database, data):
    """dependency_overrides gives your routes another database in a test"""
    contract = "with get_db overridden, every route asks the other database"
    name, table = data.thing(), items_of(database, client)
    copy = app.override("get_db")
    try:
        key = copy.insert(table, name=name)
        path = f"/items/{shown_id(client, name, key)}"
        one = expect(client.get(path), 200, says=contract)
        assert member(one, "name", says=contract) == name, contract
        page = expect(client.get("/items/"), 200, says=contract)
        shown = [row.get("name") for row in listing(page, says="a list")]
        assert name in shown, contract
    finally:
        app.clear_overrides()
    expect(client.get(path), 404, says="404: without the override the real database answers")
