"""Lesson 5: one session per request, given back whatever the answer was."""

import sqlite3
from contextlib import contextmanager, suppress

from yielddb.checking import (
    Broken,
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
OLDER_ROUTES = ("/health", "/now", "/tables")  # of earlier lessons: an app may be without them
COUNTS = ("/items/count", "/users/count")
NEVER = 0  # a number that no row has


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


def shelve(database, client, name, **more):
    """Put an item on the shelf from outside; its key."""
    return database.insert(items_of(database, client), name=name, **more)


def shown_ids(client, keys):
    """The ids that the app shows for rows, from their keys by name: it may write keys its way.

    One request for all: an app that keeps connections should last until a check counts them.
    """
    rows = listing(client.get("/items/"), says="a list")
    shown = {
        row["name"]: row["id"] for row in rows if isinstance(row, dict) and {"id", "name"} <= {*row}
    }
    return [shown.get(name, key) for name, key in keys.items()]


def shown_id(client, name, key):
    """The id that the app shows for the row with this name and key."""
    return shown_ids(client, {name: key})[0]


def missing_id(database, client, name):
    """An id of the right kind that no item has: that of an item put in and taken out again."""
    key = shelve(database, client, name)
    item_id = shown_id(client, name, key)
    database.delete(items_of(database, client), key)
    return item_id


def who_answered(answer, gone):
    """What to say of an answer for an item that is gone: the wrong item shows how it was found."""
    contract = '404 {"detail": "Item not found"}'
    if answer.status_code != 200 or not isinstance(answer.json(), dict):
        return contract
    name = answer.json().get("name")
    if name == gone:
        ask = "The row is gone. Which session still has it?"
        return says(contract, None, "one-session-serves-all", ask)
    if name:
        ask = "That is another item. Which id does your query want?"
        return says(contract, None, "highest-id-is-the-count", ask)
    return contract


def shelve_twin(database, client, name, description):
    """Put in an item of the same name, with a description; how many there are of that name.

    A table may keep names apart: no lesson has forbidden it so far.
    """
    try:
        shelve(database, client, name, description=description)
    except sqlite3.IntegrityError:
        return 1
    return 2


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
        with suppress(Broken):  # an answer that is sent in parts may break off
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
@catches(
    "    return db.scalars(select(Item).order_by(Item.id)).all()\n",
    becomes="    return list({item.name: item for item in db.scalars(select(Item))}.values())\n",
    misconception="a-name-is-an-identity",
)
@catches(
    "    return db.scalars(select(Item).order_by(Item.id)).all()\n",
    becomes=(
        "    items = db.scalars(select(Item).order_by(Item.id)).all()\n"
        "    if not items:\n"
        '        raise HTTPException(status_code=404, detail="Item not found")\n'
        "    return items\n"
    ),
    misconception="empty-list-is-404",
)
@hint(
    "What does your route get: a session, a factory, a generator?",
    "`select(Item)` describes; `db.scalars(...)` sends, `.all()` lists.",
    "list_items: return db.scalars(select(Item).order_by(Item.id)).all()",
)
def test_lists_the_items(client, database, data):
    """GET /items/ lists the items that are in the database"""
    first = client.get("/items/")  # judged below: a list with items in it tells more
    names = [f"{data.thing()} {number}" for number in (1, 2)]
    for name in names:
        shelve(database, client, name)
    twins = shelve_twin(database, client, names[1], data.sentence())
    answer = expect(client.get("/items/"), 200, says="200 with a list of all items")
    rows = [row for row in listing(answer, says="a list") if isinstance(row, dict)]
    shown = [row.get("name") for row in rows]
    missing = [name for name in names if name not in shown]
    assert not missing, f"every item with its name; {missing[0]!r} is in the table of items too"
    assert shown.count(names[1]) == twins, says(
        "both items of one name: one has a description, one has none",
        misconception="a-name-is-an-identity",
        ask="Which items does your list leave out?",
    )
    ask = "A reader of your list asks for one item. By what?"
    with_ids = says("every item with its id and name", None, "contract-keys-are-free", ask)
    assert all("id" in row for row in rows), with_ids
    ask = "A list without items: is it missing, or empty?"
    empty = says("200 with [] while no item is there", None, "empty-list-is-404", ask)
    listing(expect(first, 200, says=empty), says=empty)


@after("test_lists_the_items")
@catches(
    "    item = db.get(Item, item_id)\n",
    becomes="    item = db.scalars(select(Item).where(Item.id == item_id)).all()\n",
    misconception="query-gives-the-row",
)
@catches(
    "    return item\n",
    becomes=(
        "    words = item.description and item.description.title()\n"
        '    return {"id": item.id, "name": item.name, "description": words}\n'
    ),
    misconception="text-of-an-answer-is-free",
)
@hint(
    "One item has this id. Does your query give a list or one object?",
    "`db.get(Item, item_id)` gives the object or None.",
    "read_item: item = db.get(Item, item_id) ... return item",
)
def test_shows_one_item(client, database, data):
    """GET /items/{id} shows that item: its id, name and description"""
    name, described, words = f"{data.thing()} 1", f"{data.thing()} 2", data.sentence()
    keys = {name: shelve(database, client, name)}
    keys[described] = shelve(database, client, described, description=words)
    item_id, described_id = shown_ids(client, keys)
    answer = client.get(f"/items/{item_id}")
    is_missed = answer.status_code == 404 and "Item not found" in answer.text
    ask = "The row is there. What does your WHERE compare?" if is_missed else None
    expect(answer, 200, says=says("200 with the item", None, ask and "where-is-python", ask))
    got = members(answer, "id", "name", says="an object with id, name, description")
    assert got[1] == name, f"the item with the id {item_id}, whose name is {name!r}"
    assert answer.json().get("description") is None, "a description of null: it has none"
    answer = client.get(f"/items/{described_id}")
    expect(answer, 200, says="200 with the item that has a description")
    got = members(answer, "name", "description", says="an object with id, name, description")
    assert got == (described, words), says(
        "the item's own description, letter by letter",
        misconception="text-of-an-answer-is-free",
        ask="Where does the description in your answer come from?",
    )


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
@catches(
    "    item = db.get(Item, item_id)\n",
    becomes=(
        "    items = db.scalars(select(Item).order_by(Item.id)).all()\n"
        "    item = items[item_id - 1] if item_id <= len(items) else None\n"
    ),
    misconception="highest-id-is-the-count",
)
@catches(
    "    item = db.get(Item, item_id)\n"
    "    if item is None:\n"
    '        raise HTTPException(status_code=404, detail="Item not found")\n',
    becomes=(
        "    try:\n"
        "        item = db.get(Item, item_id)\n"
        "        if item is None:\n"
        '            raise HTTPException(status_code=404, detail="Item not found")\n'
        "    except Exception as error:\n"
        "        raise HTTPException(status_code=500, detail=str(error))\n"
    ),
    misconception="except-exception-spares-http",
)
@hint(
    "What does db.get give for a missing id, and what becomes of it?",
    "Raise HTTPException; an `except` around `yield` ends with `raise`.",
    'read_item: HTTPException(status_code=404, detail="Item not found")',
)
def test_missing_item_is_404(client, database, data):
    """404 with the detail "Item not found" for an item that is not there"""
    names = [f"{data.thing()} {number}" for number in (1, 2, 3)]
    keys = {name: shelve(database, client, name) for name in names}
    _, gone, _ = shown_ids(client, keys)
    client.get(f"/items/{gone}")  # who remembers it will still know it when it is gone
    database.delete(items_of(database, client), keys[names[1]])
    answer = client.get(f"/items/{gone}")
    says_404 = who_answered(answer, names[1])
    expect(answer, 404, says=says_404)
    assert member(answer, "detail", says=says_404) == "Item not found", says_404
    if isinstance(gone, int):
        expect(client.get(f"/items/{NEVER}"), 404, 422, says=f"404: no item has the id {NEVER}")


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
@catches(
    "def now(db: DB):\n",
    becomes="def now():\n    db = SessionLocal()\n",
    misconception="dropped-is-given-back",
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
    more = 0 if files is None else app.open_files() - files  # None: this system does not show it
    assert more < len(ROUTES), says(
        "one engine, whose pool lends a connection again",
        saw=f"{more} more connections are open after {len(ROUTES)} requests",
        misconception="engine-per-request",
        ask="How often does your app call create_engine?",
    )
    for path in OLDER_ROUTES:
        kept = kept_by(probe, client.get, path)
        saw = inside(f"connections out after a GET {path}: {kept}")
        ask = f"Who closes the session or connection of {path}?"
        contract = "every connection is back in the pool"
        assert kept <= 0, says(contract, saw, "dropped-is-given-back", ask)


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
@catches(
    "def count_users(db: DB):\n",
    becomes=(
        "def count_users(db: DB):\n"
        "    with SessionLocal() as other:\n"
        "        other.scalar(select(func.count()).select_from(User))\n"
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
    counts = [path for path in COUNTS if client.get(path).status_code == 200]
    for path in (f"/items/{item_id}", "/items/", *counts):
        with probe.watch() as seen:
            client.get(path)
            client.get(path)
        blame, ask = None, None
        if seen.sessions > 2:
            blame = "sessions-share-a-transaction"
            ask = "Who makes the other session of the request?"
        elif path == "/items/" and not seen.statements:
            blame, ask = "once-up-always-up", "Who answered, if nobody asked the database?"
        saw = inside(f"{seen.sessions} new sessions in two GET {path}")
        assert seen.sessions == 2, says("one new session for each request", saw, blame, ask)


@after("test_missing_item_is_404")
@points(2)
@catches(
    "def count_users(db: DB):\n    return",
    becomes="def count_users():\n    with SessionLocal() as db:\n        return",
    misconception="override-reaches-every-session",
)
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
    counts = [path for path in COUNTS if client.get(path).status_code == 200]
    people = users_of(database, client) if counts else None
    copy = app.override("get_db")
    try:
        key = copy.insert(table, name=name)
        path = f"/items/{shown_id(client, name, key)}"
        one = expect(client.get(path), 200, says=contract)
        assert member(one, "name", says=contract) == name, contract
        page = expect(client.get("/items/"), 200, says=contract)
        shown = [row.get("name") for row in listing(page, says="a list")]
        assert name in shown, contract
        if people:
            copy.insert(people, name=data.person(), email=data.email())
        for count in counts:
            counted = quoted(table if count.startswith("/items") else people)
            ((there,),) = copy.rows(f"select count(*) from {counted}")
            answer = expect(client.get(count), 200, says=contract)
            assert member(answer, "count", says=contract) == there, contract
    finally:
        app.clear_overrides()
    expect(client.get(path), 404, says="404: without the override the real database answers")
