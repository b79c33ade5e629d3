"""Lesson 7: a card is rewritten, or nothing happened and the client hears of it."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from yielddb.checking import (
    after,
    catches,
    expect,
    hint,
    inside,
    member,
    members,
    points,
    quoted,
    says,
)

OK = (200, 201)
NEW = "201 with what is new, with its id"
ERRORS = range(400, 600)  # what a write that the database refuses may be answered with
FAILED = range(500, 600)
AGAIN = 4  # times the same request; a pool lends up to 15 connections
BUSY_S = 0.05  # how long the app may wait for a lock before its commit fails
PATIENCE_S = 1.5  # an app that sets a longer wait of its own is let through, and not judged

SIGNATURE = (
    '@app.put("/items/{item_id}", response_model=ItemOut)\n'
    "def replace_item(item_id: int, body: ItemCreate, db: DB):\n"
)
LOOK_UP = (
    "    item = db.get(Item, item_id)\n"
    "    if item is None:\n"
    '        raise HTTPException(status_code=404, detail="Item not found")\n'
)
CHANGE = "    for key, value in body.model_dump().items():\n        setattr(item, key, value)\n"
SAVE = "    db.commit()\n    return item\n"
READ = (
    '@app.get("/items/{item_id}", response_model=ItemOut)\ndef read_item(item_id: int, db: DB):\n'
)
REMEMBER = (
    "from functools import cache\n\n\n"
    "@cache\n"
    "def known(item_id):\n"
    "    with SessionLocal() as db:\n"
    "        return db.get(Item, item_id)\n\n\n"
)
COMMITTING_LATER = (
    "def get_db_and_commit():\n"
    "    with SessionLocal() as db:\n"
    "        yield db\n"
    "        db.commit()\n"
    "\n\n"
    "LateDB = Annotated[Session, Depends(get_db_and_commit)]\n"
    "\n\n"
)


def handed_in(client, probe, **body):
    """POST an item and wait until the app has nothing left to do; its id."""
    sent = expect(client.post("/items/", json=body), *OK, says="201 with the new item")
    item_id = member(sent, "id", says="the new item, with its id")
    probe.settled()
    return item_id


def rewritten(client, probe, item_id, **body):
    """PUT a body, expect a 200, and wait until the app has nothing left to do; the answer."""
    sent = expect(client.put(f"/items/{item_id}", json=body), *OK, says="200 with the new values")
    probe.settled()
    return sent


WHO_COMMITS = {
    "flush-is-commit": "The UPDATE was sent. Who makes it permanent?",
    "new-object-is-the-row": "Which object does your session know?",
    "any-session-commits": "Which session holds the item, which commits?",
}


def why_not_stored(seen):
    """The misconception behind a 200 that stored nothing, by what was sent to the database."""
    if any(statement.upper().startswith("UPDATE") for statement in seen.statements):
        return "flush-is-commit"
    # the session that committed had nothing to say of the item
    return "new-object-is-the-row" if seen.commits else "any-session-commits"


def items_of(database, client):
    """The table of items, found by its columns; of several, the one that a POST fills."""

    def post(name):
        sent = expect(client.post("/items/", json={"name": name}), *OK, says=NEW)
        path = f"/items/{member(sent, 'id', says=NEW)}"
        return lambda: client.get(path).text

    return database.table_with("name", "description", posted=post)


def cards(database, client):
    """Name and description of every item, as a second connection reads them."""
    table = quoted(items_of(database, client))
    return [tuple(row) for row in database.rows(f"select name, description from {table}")]


LATE_OR_CAUGHT = {
    "yield-code-before-response": "When does your commit run: before the answer?",
    "caught-is-solved": "Who catches the error, and what is answered then?",
}


def told_of_failure(app, client, database, method, path, body):
    """Expect a 500 when a write fails, and when the COMMIT fails; False where it is not judged.

    An app that waits too long for a lock is not judged. The stop at the end gives back what a
    pooled connection may still hold, the one of a COMMIT that failed for instance: that comes last.
    """
    app.restart(database_url=f"{database.url}?timeout={BUSY_S}")
    rows = cards(database, client)
    with_log = database.journal_mode == "wal"  # then nobody who reads makes a COMMIT fail
    for writing in (True,) if with_log else (True, False):
        sent = failing(client, database, method, path, body, writing)
        if sent is None:
            break
        if sent.status_code not in FAILED:
            # once more, alone: an error that comes out after a good answer, or a row after it,
            # means that the commit was late
            app.restart(database_url=f"{database.url}?timeout={BUSY_S}")
            before = len(app.log)
            failing(client, database, method, path, body, writing)
            app.stop()
            is_late = "Traceback" in app.log[before:] or cards(database, client) != rows
            blame = "yield-code-before-response" if is_late else "caught-is-solved"
            saw = f"{sent.status_code}, and the {'write' if writing else 'commit'} failed"
            told = says(
                "500: a write or a commit that fails is an error",
                saw=f"{saw}: the database was busy",
                misconception=blame,
                ask=LATE_OR_CAUGHT[blame],
            )
            assert sent.status_code in FAILED, told
    app.stop()
    return sent is not None


def failing(client, database, method, path, body, writing):
    """The answer to a request while another holds a lock; None where it waits too long.

    `writing`: somebody else writes, and the app's first write fails; else somebody reads, and
    only its COMMIT fails.
    """
    with ThreadPoolExecutor(1) as pool:
        with database.writing() if writing else database.reading():
            answer = pool.submit(client.request, method, path, json=body)
            in_time = bool(wait([answer], PATIENCE_S).done)
        answer.result()
    return answer.result() if in_time else None


@catches(
    CHANGE,
    becomes="    item = Item(**body.model_dump())\n",
    misconception="new-object-is-the-row",
)
@catches(
    CHANGE,
    becomes="    item.title, item.text = body.name, body.description\n",
    misconception="any-attribute-is-a-column",
)
@catches(
    CHANGE + SAVE,
    becomes=CHANGE + "    db.commit()\n    db.close()\n    return item\n",
    misconception="object-outlives-its-session",
)
@hint(
    "Which object stands for the row: a new Item, or that of db.get?",
    "Change the item you have loaded; return it with its session open.",
    "replace_item: setattr(item, key, value), then return item",
)
@points(2)
def test_answers_with_the_new_values(client, database, probe, data):
    """PUT answers 200 with the item as it is now, under its old id"""
    items_of(database, client)  # a search asks the app: before the request that is judged
    before = (data.thing(), data.sentence())
    item_id = handed_in(client, probe, name=before[0], description=before[1])
    name, text = data.thing(), data.sentence()
    sent = rewritten(client, probe, item_id, name=name, description=text)
    got = members(sent, "id", "name", "description", says="an object with id, name, description")
    blame = ask = None
    if got[1:] == before:
        ask = "What did you return: the item before or after the change?"
        if (name, text) not in cards(database, client):
            blame, ask = "any-attribute-is-a-column", "Which attributes of an Item are columns?"
    assert got == (item_id, name, text), says(
        "the item under its old id, with the values that were sent", None, blame, ask
    )


@after("test_answers_with_the_new_values")
@catches(
    "    finally:\n        db.close()\n",
    becomes="    finally:\n        pass\n",
    misconception="dropped-is-given-back",
)
@catches(
    "def delete_item(item_id: int, db: DB):\n",
    becomes="def delete_item(item_id: int):\n    db = SessionLocal()\n",
    misconception="dropped-is-given-back",
)
@hint(
    "Who closes the session that this route uses?",
    "Take it from `get_db`. A session you open yourself stays open.",
    "replace_item(item_id: int, body: ItemCreate, db: DB)",
)
def test_gives_back_after_put(app, client, database, probe, data):
    """no connection and no lock is kept after a PUT or a DELETE"""
    item_id = handed_in(client, probe, name=data.thing())
    rewritten(client, probe, item_id, name=data.thing())
    files = app.open_files()
    for _ in range(AGAIN):
        rewritten(client, probe, item_id, name=data.thing())
    nothing_kept(app, database, probe, files)
    client.put(f"/items/{item_id}", json={})
    client.delete(f"/items/{item_id}")
    client.put(f"/items/{item_id}", json={"name": data.thing()})
    nothing_kept(app, database, probe, files)
    for _ in range(AGAIN):
        client.delete(f"/items/{item_id}")
    nothing_kept(app, database, probe, files)


def nothing_kept(app, database, probe, files):
    """Expect every connection back in the pool, and hardly more open `files` than before."""
    kept = probe.settled().checked_out
    saw = inside(f"connections out of the pool: {kept}")
    assert kept == 0, says("every connection is back in the pool", saw=saw)
    if files is not None:  # None: this system does not show what another process has open
        more = app.open_files() - files
        assert more < AGAIN, says(
            "every connection is back in the pool",
            saw=f"{more} more connections are open after {AGAIN} more requests",
        )
    assert not database.locked(), says("no transaction is open", saw="the database is locked")


@after("test_answers_with_the_new_values")
@catches(
    CHANGE + SAVE,
    becomes=CHANGE + "    db.flush()\n    return item\n",
    misconception="flush-is-commit",
)
@catches(
    CHANGE + SAVE,
    becomes=CHANGE + "    SessionLocal().commit()\n    return item\n",
    misconception="any-session-commits",
)
@catches(
    "        setattr(item, key, value)\n",
    becomes="        db.query(Item).update({key: value})\n",
    misconception="update-knows-its-row",
)
@catches(
    CHANGE,
    becomes="    db.query(Item).filter(Item.id >= item_id).update(body.model_dump())\n",
    misconception="update-knows-its-row",
)
@catches(
    CHANGE,
    becomes="    db.query(Item).filter_by(name=item.name).update(body.model_dump())\n",
    misconception="a-name-is-an-identity",
)
@catches(
    SIGNATURE + LOOK_UP,
    becomes=SIGNATURE
    + LOOK_UP.replace(
        "db.get(Item, item_id)",
        "db.scalars(select(Item).order_by(Item.id).offset(item_id - 1)).first()",
    ),
    misconception="highest-id-is-the-count",
)
@catches(
    READ + "    item = db.get(Item, item_id)\n",
    becomes=REMEMBER + READ + "    item = known(item_id)\n",
    misconception="object-outlives-its-session",
)
@hint(
    "Who makes a change permanent, and for which rows?",
    "Commit the session that loaded the item. An UPDATE needs its WHERE.",
    "replace_item: db.commit(), between the new values and return item",
)
@points(2)
def test_keeps_the_new_values(client, database, probe, data):
    """a second connection sees what a PUT changed, and no other item changed"""
    items_of(database, client)  # a search asks the app: before the request that is judged
    twin, other = (data.thing(), data.sentence()), (data.thing(), data.sentence())
    gone = handed_in(client, probe, name=data.thing())
    handed_in(client, probe, name=twin[0], description=twin[1])
    item_id = handed_in(client, probe, name=twin[0], description=twin[1])
    handed_in(client, probe, name=other[0], description=other[1])
    client.delete(f"/items/{gone}")  # now an id is no place in the table
    client.get(f"/items/{item_id}")  # whoever remembers what it read shows it below
    probe.settled()
    now = (data.thing(), data.sentence())
    with probe.watch() as seen:
        rewritten(client, probe, item_id, name=now[0], description=now[1])
    found = cards(database, client)
    assert now in found, says(
        "200 means stored",
        saw="200, but a second connection reads the old values",
        misconception=why_not_stored(seen),
        ask=WHO_COMMITS[why_not_stored(seen)],
    )
    for neighbour, blame in ((other, "update-knows-its-row"), (twin, "a-name-is-an-identity")):
        assert neighbour in found, says(
            "one item is rewritten, the one with this id",
            saw="another item has changed too",
            misconception="update-knows-its-row" if other not in found else blame,
            ask="Which rows does your UPDATE name?",
        )
    again = expect(client.get(f"/items/{item_id}"), 200, says="200 with the item")
    got = members(again, "name", "description", says="an object with name and description")
    assert got == now, says(
        f"name {now[0]!r}, description {now[1]!r}",
        misconception="object-outlives-its-session",
        ask="Does your GET read the row anew each time?",
    )


@after("test_keeps_the_new_values")
@catches(
    "in body.model_dump().items():\n",
    becomes="in body.model_dump(exclude_unset=True).items():\n",
    misconception="put-changes-only-what-was-sent",
)
@catches(
    "        setattr(item, key, value)\n",
    becomes="        if value:\n            setattr(item, key, value)\n",
    misconception="put-changes-only-what-was-sent",
)
@catches(
    "        setattr(item, key, value)\n",
    becomes=(
        "        if value is not None or key not in body.model_fields_set:\n"
        "            setattr(item, key, value)\n"
    ),
    misconception="put-changes-only-what-was-sent",
)
@hint(
    "What should stand on the card when the new one has no description?",
    "A PUT replaces it all. What is left out gets the default, None.",
    "replace_item: body.model_dump(), no exclude_unset, no `if value`",
)
def test_replaces_the_whole_item(client, probe, data):
    """a description that a PUT leaves out, or sends as null, is null afterwards"""
    for rest in ({}, {"description": None}):
        item_id = handed_in(client, probe, name=data.thing(), description=data.sentence())
        name = data.thing()
        rewritten(client, probe, item_id, name=name, **rest)
        again = expect(client.get(f"/items/{item_id}"), 200, says="200 with the item")
        assert member(again, "name", says="the item") == name, f"the name {name!r}"
        got = again.json().get("description")
        assert got is None, "description null: a PUT replaces all of it"


@after("test_replaces_the_whole_item")
@catches(
    "        setattr(item, key, value)\n",
    becomes="        setattr(item, key, value or (None if key == 'description' else value))\n",
    misconception="null-is-empty-text",
)
@catches(
    CHANGE,
    becomes="    item.name = body.name or item.name\n    item.description = body.description\n",
    misconception="put-changes-only-what-was-sent",
)
@hint(
    'Which value stands on the card after a ""?',
    "An empty text is a text. `or` and `if` take it for nothing.",
    "replace_item: setattr(item, key, value), without `or`",
)
def test_empty_text_is_a_text(client, probe, data):
    """an empty text replaces the old one, or an empty name is refused"""
    item_id = handed_in(client, probe, name=data.thing(), description=data.sentence())
    path = f"/items/{item_id}"
    rewritten(client, probe, item_id, name=data.thing(), description="")
    again = expect(client.get(path), 200, says="200 with the item")
    got = member(again, "description", says="the item, with its description")
    assert got == "", 'the description "": an empty text was sent'
    sent = client.put(path, json={"name": "", "description": data.sentence()})
    probe.settled()
    if sent.status_code in OK:
        again = expect(client.get(path), 200, says="200 with the item")
        got = member(again, "name", says="the item, with its name")
        assert got == "", 'the name "": 200 means that it was stored'


@after("test_answers_with_the_new_values")
@catches(
    SIGNATURE + LOOK_UP,
    becomes=SIGNATURE + "    item = db.get(Item, item_id)\n",
    misconception="get-raises-for-a-missing-row",
)
@catches(
    SIGNATURE + LOOK_UP + CHANGE,
    becomes=SIGNATURE + "    item = db.merge(Item(id=item_id, **body.model_dump()))\n",
    misconception="put-makes-what-is-missing",
)
@hint(
    "What does `db.get` give for an id that is not there?",
    "It gives None, and db.merge makes a new row. First answer 404.",
    'replace_item: raise HTTPException(404, detail="Item not found")',
)
def test_missing_is_404(client, database, probe, data):
    """a PUT for a deleted id answers 404, and makes no item"""
    item_id = handed_in(client, probe, name=data.thing())
    expect(client.delete(f"/items/{item_id}"), 200, 202, 204, says="204")
    probe.settled()
    before = len(cards(database, client))
    sent = client.put(f"/items/{item_id}", json={"name": data.thing(), "description": None})
    told = '404 {"detail": "Item not found"}'
    if sent.status_code < 400:
        told = says(told, None, "put-makes-what-is-missing", "Who asked for a new row?")
    expect(sent, 404, says=told)
    assert member(sent, "detail", says="a detail") == "Item not found", "Item not found"
    probe.settled()
    more = len(cards(database, client)) - before
    assert more == 0, says("a 404 makes no item", saw=f"{more} more in the table")


@after("test_keeps_the_new_values")
@catches(
    SIGNATURE,
    becomes=(
        "class ItemChange(BaseModel):\n"
        "    name: str | None = None\n"
        "    description: str | None = None\n"
        "\n\n" + SIGNATURE.replace("ItemCreate", "ItemChange")
    ),
    misconception="database-checks-the-body",
)
@catches(
    SIGNATURE,
    becomes=(
        "class ItemPut(ItemCreate):\n"
        "    description: str | int | list | dict | None = None\n"
        "\n\n" + SIGNATURE.replace("ItemCreate", "ItemPut")
    ),
    misconception="database-checks-the-body",
)
@hint(
    "Who looks at the body before your function runs?",
    "A PUT brings a whole item: its body has the shape of that of POST.",
    "replace_item(item_id: int, body: ItemCreate, db: DB)",
)
def test_refuses_a_bad_body(client, database, probe, data):
    """a PUT without a name, or with a wrong type, is a 422 and changes nothing"""
    name = data.thing()
    item_id = handed_in(client, probe, name=name)
    for body in ({}, {"description": data.sentence()}, {"name": None}, {"name": [name]}):
        sent = client.put(f"/items/{item_id}", json=body)
        expect(sent, 422, says="422: name is a text and required")
    for text in ({"a": name}, 7):
        sent = client.put(f"/items/{item_id}", json={"name": name, "description": text})
        expect(sent, 422, says="422: description is a text or null")
    probe.settled()
    kept = (name, None) in cards(database, client)
    assert kept, says("a refused body changes nothing", saw="the old values are gone")


@after("test_keeps_the_new_values")
@catches(
    SIGNATURE + LOOK_UP + CHANGE,
    becomes=(
        "class ItemPut(ItemCreate):\n"
        "    id: int | None = None\n"
        "\n\n"
        + SIGNATURE.replace("ItemCreate", "ItemPut")
        + LOOK_UP
        + CHANGE.replace("model_dump()", "model_dump(exclude={'id'} if body.id is None else None)")
    ),
    misconception="unknown-fields-reach-the-model",
)
@hint(
    "May a caller choose the number on the shelf?",
    "What the schema of the body does not name never reaches your code.",
    "replace_item(item_id: int, body: ItemCreate, db: DB): no id in it",
)
def test_ignores_an_id(client, probe, data):
    """an id in the body of a PUT moves no item"""
    item_id = handed_in(client, probe, name=data.thing())
    other = handed_in(client, probe, name=data.thing())
    client.delete(f"/items/{other}")
    sent = client.put(f"/items/{item_id}", json={"id": other, "name": data.thing()})
    expect(sent, *range(200, 500), says="200: the id of the body is ignored")
    probe.settled()
    again = expect(client.get(f"/items/{item_id}"), 200, says="200: an item keeps its id")
    got = member(again, "id", says="an object with id, name, description")
    assert got == item_id, f"the item with the id {item_id}"


@after("test_keeps_the_new_values")
@catches(
    SIGNATURE + LOOK_UP + CHANGE + SAVE,
    becomes=(
        COMMITTING_LATER
        + SIGNATURE.replace("db: DB", "db: LateDB")
        + LOOK_UP
        + CHANGE
        + "    return item\n"
    ),
    misconception="yield-code-before-response",
)
@catches(
    CHANGE + SAVE,
    becomes=(
        CHANGE
        + "    try:\n"
        + "        db.commit()\n"
        + "    except OperationalError:\n"
        + "        pass\n"
        + "    return item\n"
    ),
    misconception="caught-is-solved",
)
@catches(
    CHANGE + SAVE,
    becomes=(
        CHANGE
        + "    try:\n"
        + "        db.flush()\n"
        + "    except OperationalError:\n"
        + "        db.rollback()\n"
        + SAVE
    ),
    misconception="caught-is-solved",
)
@catches(
    CHANGE + SAVE,
    becomes=(
        CHANGE
        + "    try:\n"
        + "        db.flush()\n"
        + "    except OperationalError:\n"
        + '        raise HTTPException(status_code=422, detail="The database is busy")\n'
        + SAVE
    ),
    misconception="caught-is-solved",
)
@hint(
    "When does your commit run: before the answer, or after it?",
    "Code after `yield` runs after the answer, by default.",
    "replace_item: db.commit() before return; nobody catches its error",
)
@points(3)
def test_tells_of_a_failing_commit(app, client, database, probe, data):
    """a PUT whose write or COMMIT fails is a 500, and the item is as it was"""
    before = (data.thing(), data.sentence())
    item_id = handed_in(client, probe, name=before[0], description=before[1])
    body = {"name": data.thing(), "description": data.sentence()}
    path = f"/items/{item_id}"
    if not told_of_failure(app, client, database, "PUT", path, body):
        return
    assert before in cards(database, client), says("500 means nothing stored", saw="other values")


@after("test_keeps_the_new_values")
@catches(
    '@app.post("/items/", response_model=ItemOut, status_code=201)\n'
    "def create_item(body: ItemCreate, db: DB):\n"
    "    item = Item(**body.model_dump())\n"
    "    db.add(item)\n"
    "    db.commit()\n",
    becomes=(
        COMMITTING_LATER + '@app.post("/items/", response_model=ItemOut, status_code=201)\n'
        "def create_item(body: ItemCreate, db: LateDB):\n"
        "    item = Item(**body.model_dump())\n"
        "    db.add(item)\n"
        "    db.flush()\n"
    ),
    misconception="yield-code-before-response",
)
@catches(
    "    item = Item(**body.model_dump())\n    db.add(item)\n",
    becomes=(
        "    item = Item(**body.model_dump())\n"
        "    db.add(item)\n"
        "    try:\n"
        "        db.flush()\n"
        "    except OperationalError:\n"
        "        db.rollback()\n"
        '        return {"id": 0, **body.model_dump()}\n'
    ),
    misconception="caught-is-solved",
)
@hint(
    "The id is there after a flush. Is the row?",
    "Commit in the route: a failing commit raises before the answer.",
    "create_item: db.commit() before return item",
)
@points(2)
def test_tells_of_a_failing_commit_of_post(app, client, database, data):
    """a POST whose write or COMMIT fails is a 500, and no item is stored"""
    name = data.thing()
    if not told_of_failure(app, client, database, "POST", "/items/", {"name": name}):
        return
    stored = (name, None) in cards(database, client)
    assert not stored, says("500 means nothing stored", saw="the item is in the table")


@contextmanager
def refusing(database, client, word):
    """Make the database refuse every row with this description, however it is written."""
    table = quoted(items_of(database, client))
    for event in ("update", "insert"):  # to delete the old row and insert a new one is right too
        database.run(
            f"create trigger too_wet_{event} before {event} on {table} "
            f"when new.description = '{word}' begin select raise(abort, 'refused'); end"
        )
    try:
        yield
    finally:
        for event in ("update", "insert"):
            database.run(f"drop trigger too_wet_{event}")


@after("test_gives_back_after_put", "test_tells_of_a_failing_commit")
@catches(
    "        setattr(item, key, value)\n    db.commit()\n",
    becomes="        setattr(item, key, value)\n        db.commit()\n",
    misconception="commit-per-field",
)
@hint(
    "How many commits does one PUT make?",
    "What belongs together gets one commit, after the last change.",
    "replace_item: db.commit() after the loop, not inside it",
)
@points(2)
def test_all_or_nothing(client, database, probe, data):
    """a PUT that the database refuses is an error, and stores no field"""
    before = (data.thing(), data.sentence())
    item_id = handed_in(client, probe, name=before[0], description=before[1])
    word = f"wet {data.thing()}"
    with refusing(database, client, word):
        sent = client.put(f"/items/{item_id}", json={"name": data.thing(), "description": word})
        probe.settled()
    expect(sent, *ERRORS, says="500: the database refused the new description")
    saw = "a second connection reads other values than before the PUT"
    assert before in cards(database, client), says("an error means nothing stored", saw=saw)


@after("test_all_or_nothing")
@catches(
    SIGNATURE + LOOK_UP + CHANGE + SAVE,
    becomes=(
        SIGNATURE.replace(", db: DB", "")
        + "    db = SessionLocal()\n"
        + "    item = db.get(Item, item_id)\n"
        + "    if item is None:\n"
        + "        db.close()\n"
        + '        raise HTTPException(status_code=404, detail="Item not found")\n'
        + CHANGE
        + "    db.commit()\n"
        + "    db.refresh(item)\n"
        + "    db.close()\n"
        + "    return item\n"
    ),
    misconception="only-http-exceptions-happen",
)
@hint(
    "Which of your lines run after an exception?",
    "`finally`, `with` and `get_db` close a session on every path.",
    "replace_item(..., db: DB): let get_db close it",
)
def test_works_on_after_an_error(client, database, probe, data):
    """a refused PUT leaves nothing open, and the next PUT works"""
    item_id = handed_in(client, probe, name=data.thing())
    word = f"wet {data.thing()}"
    with refusing(database, client, word):
        client.put(f"/items/{item_id}", json={"name": data.thing(), "description": word})
        kept = probe.settled().checked_out
    saw = inside(f"connections out of the pool: {kept}")
    assert kept == 0, says("every connection is back in the pool", saw=saw)
    assert not database.locked(), says("no transaction is open", saw="the database is locked")
    now = (data.thing(), data.sentence())
    rewritten(client, probe, item_id, name=now[0], description=now[1])
    assert now in cards(database, client), says(
        "200 means stored", saw="the old values are still there"
    )


@after("test_all_or_nothing", "test_tells_of_a_failing_commit_of_post")
@catches(
    "        db.rollback()  # close() alone",
    becomes="        ...  # close() alone",
    misconception="close-undoes-a-failed-commit",
)
@catches(
    SIGNATURE + LOOK_UP + CHANGE + SAVE,
    becomes=(
        SIGNATURE.replace(", db: DB", "")
        + "    with SessionLocal(expire_on_commit=False) as db:\n"
        + "        item = db.get(Item, item_id)\n"
        + "        if item is None:\n"
        + '            raise HTTPException(status_code=404, detail="Item not found")\n'
        + "        item.name, item.description = body.name, body.description\n"
        + "        db.commit()\n"
        + "        return item\n"
    ),
    misconception="close-undoes-a-failed-commit",
)
@hint(
    "What became of the transaction whose COMMIT failed?",
    "close() takes it for finished. Only rollback() ends it.",
    "get_db: except Exception: db.rollback(), then raise",
)
@points(2)
def test_forgets_a_failed_commit(app, client, database, probe, data):
    """what a failed commit left behind is not stored by the next write"""
    first = handed_in(client, probe, name=data.thing())
    app.restart(database_url=f"{database.url}?timeout={BUSY_S}")
    writing = database.journal_mode == "wal"
    for method, path in (("POST", "/items/"), ("PUT", f"/items/{first}")):
        body, name = {"name": f"{data.thing()} 1"}, f"{data.thing()} 2"
        sent = failing(client, database, method, path, body, writing)
        if sent is None:
            return
        probe.settled()
        handed_in(client, probe, name=name)
        found = [row[0] for row in cards(database, client)]
        assert name in found, says("201 means stored", saw="the item is not in the table")
        saw = f"what {method} answered {sent.status_code} to is in the table after the next POST"
        assert body["name"] not in found, says("500 means nothing stored, now and later", saw=saw)
