"""Lesson 6: what goes in, what comes out, and a write that lasts."""

import time
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

TEXT = "Жёлтый зонт, ручка «под дерево» № 7"  # lost in ASCII, changed by every change of case
JSON = {"Content-Type": "application/json"}
PHONE = "555-0134-finder"  # what staff write down and no answer may show
NEW = "201 with the new item, with its id"
FAR = 1000  # above every id that a check has made
LONG = 95  # letters of a name that an app may refuse, but not cut
ERRORS = range(400, 600)  # what a write that the database refuses may be answered with
PATIENCE_S = 1.0  # a commit after the response is a matter of lesson 7, so it may come late
LOOK_S = 0.01


def items_of(database, client):
    """The table of items, found by its columns; of several, the one that a POST fills."""

    def post(name):
        sent = expect(client.post("/items/", json={"name": name}), 200, 201, says=NEW)
        path = f"/items/{member(sent, 'id', says=NEW)}"
        return lambda: client.get(path).text

    return database.table_with("name", "description", posted=post)


def stored(database, client, name):
    """How many items of that name a second connection reads."""
    table = quoted(items_of(database, client))
    return database.rows(f"select count(*) from {table} where name = ?", name)[0][0]


def until(happens):
    """Wait for a condition; False when it does not come true in time."""
    end = time.monotonic() + PATIENCE_S
    while not happens():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK_S)
    return True


def not_stored(database):
    """What to say of an app that answered 201 and left no row where it should."""
    if not database.exists or not database.tables():
        return says(
            "rows go into the database of DATABASE_URL",
            saw="201, and that database has no table",
            misconception="url-in-the-code",
            ask="Where does the engine's URL come from?",
        )
    return says("201 means stored", saw="201, but a second connection reads no such row")


def put_in(client, database, **body):
    """POST an item and wait until a second connection reads it; its id."""
    sent = client.post("/items/", json=body)
    expect(sent, 200, 201, says="201 with the new item")
    item_id = member(sent, "id", says="the new item, with its id")
    has_tables = database.exists and database.tables()
    is_there = has_tables and until(lambda: stored(database, client, body["name"]) == 1)
    assert is_there, not_stored(database)
    return item_id


def listed(client):
    """The ids in the list of items."""
    page = expect(client.get("/items/"), 200, says="200 and the list")
    rows = listing(page, says="the list of the items")
    return [row.get("id") for row in rows if isinstance(row, dict)]


@contextmanager
def refusing(database, client, event):
    """Make the database refuse every `insert` or `delete` of an item."""
    database.run(
        f"create trigger too_wet before {event} on {quoted(items_of(database, client))} "
        "begin select raise(abort, 'refused'); end"
    )
    try:
        yield
    finally:
        database.run("drop trigger too_wet")


@catches(
    '@app.post("/items/", response_model=ItemOut, status_code=201)',
    becomes='@app.post("/items/", status_code=201)',
    misconception="response-model-is-decoration",
)
@catches(
    "def create_item(body: ItemCreate, db: DB):\n    item = Item(**body.model_dump())\n",
    becomes=(
        "def create_item(name: str, db: DB, description: str | None = None):\n"
        "    item = Item(name=name, description=description)\n"
    ),
    misconception="plain-parameters-are-the-body",
)
@catches(
    "    item = Item(**body.model_dump())\n",
    becomes="    item = Item(body)\n",
    misconception="orm-class-is-a-schema",
)
@catches(
    "    item = Item(**body.model_dump())\n",
    becomes=(
        "    fields = body.model_dump(exclude_none=True)\n"
        '    item = Item(**{k: v.encode("ascii", "replace").decode() for k, v in fields.items()})\n'
    ),
    misconception="text-is-ascii",
)
@hint(
    "Which object knows the new id: the body, or the Item?",
    "Return the committed Item; `response_model` picks the fields.",
    "create_item: item = Item(**body.model_dump()) ... return item",
)
@points(2)
def test_answers_with_the_item(client, data):
    """POST /items/ answers with an id, and the name and description you sent"""
    name = f"{data.thing()}  № Ключ "
    sent = client.post("/items/", json={"name": name, "description": TEXT})
    expect(sent, 200, 201, says="201 and the item")
    got = members(sent, "id", "name", "description", says="an object with id, name, description")
    assert got[0] is not None, "an id that the database gave"
    is_ascii = str(got[1]).isascii()
    contract = "name and description as sent, letter by letter, blank by blank"
    blame = "text-is-ascii" if is_ascii else "text-of-an-answer-is-free"
    ask = "Which line changes the letters?" if is_ascii else "Which line changes the text?"
    assert got[1:] == (name, TEXT), says(contract, None, blame, ask)
    name = (f"{name}{TEXT} " * 2)[:LONG]
    sent = client.post("/items/", json={"name": name, "description": TEXT})
    if sent.is_success:  # an app may refuse so long a name
        assert member(sent, "name", says="the item") == name, says(
            f"all {LONG} letters of the name",
            misconception="text-of-an-answer-is-free",
            ask="Which line cuts the name?",
        )


@after("test_answers_with_the_item")
@catches(
    "    db.add(item)\n    db.commit()\n",
    becomes="    db.add(item)\n    db.flush()\n",
    misconception="answer-means-saved",
)
@hint(
    "Who makes the row permanent?",
    "Look at the last call on `db` before your POST returns.",
    "create_item: db.commit(), between db.add(item) and return item",
)
@points(2)
def test_keeps_the_item(client, database, data):
    """an item you POST is there for a second connection and the next request"""
    name = data.thing()
    item_id = put_in(client, database, name=name, description=TEXT)
    ask = "The row is there. What does your WHERE compare?"
    found = says("200 with the item", misconception="where-is-python", ask=ask)
    again = expect(client.get(f"/items/{item_id}"), 200, says=found)
    got = members(again, "id", "name", "description", says="an object with id, name, description")
    ask = "Who gave the id in the answer to your POST?"
    given = says("the item whose id the POST gave", None, "highest-id-is-the-count", ask)
    assert got == (item_id, name, TEXT), given
    ask = "Where does your list come from: the table?"
    there = says(f"a list with the item {item_id}", None, "answer-means-saved", ask)
    assert item_id in listed(client), there


@after("test_answers_with_the_item")
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
@catches(
    "    finally:\n        db.close()\n",
    becomes=(
        "    except HTTPException:\n        db.close()\n        raise\n"
        "    else:\n        db.close()\n"
    ),
    misconception="only-http-exceptions-happen",
)
@hint(
    "Who closes the session that your route uses?",
    "Take it from `get_db`. A session you open yourself stays open.",
    "create_item(body: ItemCreate, db: DB), delete_item(item_id, db: DB)",
)
def test_gives_back_after_writes(client, database, probe, data):
    """no connection stays checked out after a 201, 204, 404, 422 or 500"""
    sent = client.post("/items/", json={"name": data.thing(), "description": TEXT})
    expect(sent, 200, 201, says="201 with the new item")
    item_id = member(sent, "id", says="the new item, with its id")
    client.delete(f"/items/{item_id}")
    after_good_ones = probe.settled().checked_out
    client.delete(f"/items/{item_id}")
    client.get(f"/items/{item_id}")
    client.post("/items/", json={})
    is_back = until(lambda: not probe.settled().checked_out)
    blame, ask = (None, None)
    if not after_good_ones:
        blame, ask = "line-after-yield-always-runs", "Which of your lines run after a 404?"
    contract = "every connection is back in the pool"
    saw = inside(f"connections out of the pool: {probe.settled().checked_out}")
    assert is_back, says(contract, saw, blame, ask)
    if not database.exists or not database.tables():  # a matter of the check before
        return
    with refusing(database, client, "insert"):
        client.post("/items/", json={"name": data.thing()})
        is_back = until(lambda: not probe.settled().checked_out)
        saw = inside(f"{probe.settled().checked_out} out after a POST that the database refused")
    ask = "Which of your lines run after an error of the database?"
    assert is_back, says(contract, saw, "only-http-exceptions-happen", ask)


@after("test_answers_with_the_item")
@catches(
    "    name: str\n    description: str | None = None\n",
    becomes="    name: str\n    description: str | None\n",
    misconception="none-type-is-default",
)
@catches(
    "    item = Item(**body.model_dump())\n",
    becomes="    item = Item(name=body.name, description=body.description or None)\n",
    misconception="falsy-means-not-sent",
)
@hint(
    "`str | None` says what a field holds. What says it may be missing?",
    "A field may be left out when it has a default.",
    "class ItemCreate: description: str | None = None",
)
def test_description_is_optional(client, data):
    """the description may be left out, be null, or be empty"""
    for more in ({}, {"description": None}):
        sent = client.post("/items/", json={"name": data.thing(), **more})
        expect(sent, 200, 201, says="201: a description is optional")
        member(sent, "id", says="the new item, with its id")
        got = sent.json().get("description")
        assert got is None, "a description of null, or none in the answer"
    sent = client.post("/items/", json={"name": data.thing(), "description": ""})
    expect(sent, 200, 201, says="201: a description may be empty")
    ask = "Which line takes an empty text for none?"
    empty = says('a description of ""', None, "falsy-means-not-sent", ask)
    assert member(sent, "description", says='the item with its description ""') == "", empty


@after("test_answers_with_the_item")
@catches(
    '@app.post("/items/", response_model=ItemOut, status_code=201)',
    becomes='@app.post("/items/", response_model=ItemOut)',
    misconception="every-success-is-200",
)
@hint(
    "Which status says that something new exists now?",
    "A route answers 200 unless its decorator says otherwise.",
    '@app.post("/items/", ..., status_code=201)',
)
def test_says_created(client, data):
    """a POST that made an item answers 201"""
    body = {"name": data.thing(), "description": TEXT}
    expect(client.post("/items/", json=body), 201, says="201 Created")


@after("test_keeps_the_item")
@catches(
    "    name: Mapped[str]\n    description: Mapped[str | None]\n",
    becomes=(
        "    name: Mapped[str] = mapped_column(unique=True)\n    description: Mapped[str | None]\n"
    ),
    misconception="a-name-is-an-identity",
)
@catches(
    "    item = Item(**body.model_dump())\n",
    becomes=(
        "    query = select(Item).where(Item.name == body.name)\n"
        "    item = db.scalars(query).first() or Item(**body.model_dump())\n"
    ),
    misconception="a-name-is-an-identity",
)
@hint(
    "Two people lose a black umbrella. How many are on the shelf?",
    "Each POST makes a new Item. The id tells them apart, not the name.",
    "create_item: item = Item(**body.model_dump()), whatever is stored",
)
def test_two_of_a_kind(client, data):
    """two POSTs of the same name make two items with two ids"""
    ids, body = [], {"name": data.thing(), "description": data.sentence()}
    for _ in range(2):
        sent = expect(client.post("/items/", json=body), 200, 201, says="201 with a new item")
        ids.append(member(sent, "id", says="the new item, with its id"))
    assert ids[0] != ids[1], says("each item has an id of its own", saw=f"the id {ids[0]} twice")


@after("test_answers_with_the_item")
@catches(
    "class ItemCreate(BaseModel):\n    name: str\n",
    becomes='class ItemCreate(BaseModel, extra="allow"):\n    name: str\n',
    misconception="unknown-fields-reach-the-model",
)
@catches(
    "class ItemCreate(BaseModel):\n    name: str\n",
    becomes='class ItemCreate(BaseModel, extra="forbid"):\n    name: str\n',
    misconception="unknown-fields-are-refused",
)
@hint(
    "What does your schema do with a field it does not know?",
    "Pydantic ignores it, unless you set `extra`. A dict ignores nothing.",
    "create_item(body: ItemCreate, ...), class ItemCreate(BaseModel)",
)
def test_ignores_an_unknown_field(client, data):
    """a field that the contract does not name is ignored"""
    name = data.thing()
    sent = client.post("/items/", json={"name": name, "reward_in_cakes": 3})
    expect(sent, 200, 201, says="201: the unknown field `reward_in_cakes` is ignored")
    assert member(sent, "name", says="the new item") == name, "the item that was sent"


@after("test_keeps_the_item")
@catches(
    "class ItemCreate(BaseModel):\n    name: str\n",
    becomes="class ItemCreate(BaseModel):\n    id: int | None = None\n    name: str\n",
    misconception="one-schema-serves-both-ways",
)
@catches(
    "    db.add(item)\n    db.commit()\n    return item\n",
    becomes=(
        "    db.add(item)\n    db.commit()\n"
        "    count = db.scalar(select(func.count()).select_from(Item))\n"
        '    return {"id": count, **body.model_dump()}\n'
    ),
    misconception="highest-id-is-the-count",
)
@hint(
    "May a caller choose the number on the shelf?",
    "What the schema of the body does not name never reaches your code.",
    "class ItemCreate: name and description, no id",
)
def test_ignores_an_id(client, database, data):
    """an id in the body is ignored: the database gives the id"""
    first = data.thing()
    taken = put_in(client, database, name=first)
    for asked in [taken + FAR, taken, "abc"] if isinstance(taken, int) else [taken]:
        sent = client.post("/items/", json={"id": asked, "name": data.thing()})
        expect(sent, 200, 201, says=f"201, and the id {asked} of the body is ignored")
        given = member(sent, "id", says="the new item, with its id")
        assert given != asked, f"an id that the database gave, not the {asked} of the body"
    kept = expect(client.get(f"/items/{taken}"), 200, says="the first item is still there")
    assert member(kept, "name", says="the item") == first, f"the first item, {first!r}, untouched"
    table = quoted(items_of(database, client))
    database.run(f"delete from {table} where name = ?", first)  # leaves a gap between the ids
    name = data.thing()
    item_id = put_in(client, database, name=name)
    ask = "Ids have gaps. Who gave the id in your answer?"
    given = says("the item whose id the POST gave", None, "highest-id-is-the-count", ask)
    found = expect(client.get(f"/items/{item_id}"), 200, says=given)
    assert member(found, "name", says=given) == name, given


@after("test_answers_with_the_item")
@catches(
    "def create_item(body: ItemCreate, db: DB):\n    item = Item(**body.model_dump())\n",
    becomes=(
        "def create_item(body: dict, db: DB):\n"
        '    item = Item(name=body.get("name"), description=body.get("description"))\n'
    ),
    misconception="database-checks-the-body",
)
@catches(
    "class ItemCreate(BaseModel):\n    name: str\n",
    becomes="class ItemCreate(BaseModel):\n    name: str | None = None\n",
    misconception="database-checks-the-body",
)
@catches(
    "class ItemCreate(BaseModel):\n    name: str\n",
    becomes="class ItemCreate(BaseModel, coerce_numbers_to_str=True):\n    name: str\n",
    misconception="database-checks-the-body",
)
@hint(
    "Who looks at the body before your function runs?",
    "A field without a default is required, its type checked: a 422.",
    "create_item(body: ItemCreate, ...), class ItemCreate: name: str",
)
@points(2)
def test_refuses_a_bad_body(client, database, data):
    """a body without a name, or with a wrong type, is a 422 and nothing is stored"""
    thing = data.thing()
    for body in (
        {"description": thing},
        {"name": None, "description": thing},
        {"name": [thing]},
        {"name": thing, "description": {"colour": TEXT}},
        [thing],
    ):
        expect(client.post("/items/", json=body), 422, says="422: name is a text and required")
    ask = "Which line of yours makes a text of a number?"
    no_text = says("422: a number is no text", ask=ask)
    for body in ({"name": 7, "description": thing}, {"name": thing, "description": 7}):
        expect(client.post("/items/", json=body), 422, says=no_text)
    expect(client.post("/items/", content=b"{", headers=JSON), 422, says="422: that is no JSON")
    rows = database.rows(f"select * from {quoted(items_of(database, client))}")
    found = [row for row in rows if thing in str(row)]
    assert not found, says(
        "a refused body stores nothing", saw=f"{len(found)} rows of refused bodies are in the table"
    )


@after("test_keeps_the_item", "test_two_of_a_kind")
@catches(
    "    db.delete(item)\n    db.commit()\n",
    becomes="    db.delete(item)\n    db.flush()\n",
    misconception="answer-means-saved",
)
@catches(
    "    db.delete(item)\n",
    becomes="    db.query(Item).filter(Item.id <= item_id).delete()\n",
    misconception="update-knows-its-row",
)
@catches(
    "    db.delete(item)\n    db.commit()\n",
    becomes=(
        "    try:\n        db.delete(item)\n        db.commit()\n"
        "    except Exception:\n        db.rollback()\n"
    ),
    misconception="caught-is-solved",
)
@catches(
    '@app.delete("/items/{item_id}", status_code=204)',
    becomes='@app.delete("/items/{item_id}")',
    misconception="every-success-is-200",
)
@hint(
    "A DELETE is a write too. What makes a write permanent?",
    "Look at the last call on `db` in your DELETE, and at its status.",
    "delete_item: db.delete(item), db.commit(); above it status_code=204",
)
@points(2)
def test_deletes_the_item(client, database, data):
    """DELETE answers 204 without a body; that row is gone and no other is"""
    before, goes, stays = (f"{data.thing()} {number}" for number in (1, 2, 3))
    put_in(client, database, name=before)
    item_id = put_in(client, database, name=goes, description=TEXT)
    client.post("/items/", json={"name": goes, "description": TEXT})
    put_in(client, database, name=stays)
    until(lambda: stored(database, client, goes) == 2)
    ask = "Which status says: done, no body?"
    done = says("204: done, nothing to say", misconception="every-success-is-200", ask=ask)
    gone = expect(client.delete(f"/items/{item_id}"), 204, says=done)
    assert not gone.content, "an answer 204 has no body"
    is_gone = until(lambda: stored(database, client, goes) < 2)
    assert is_gone, says("204 means gone", saw="a second connection still reads the row")
    are_left = all(stored(database, client, name) == 1 for name in (before, goes, stays))
    assert are_left, says(
        "one row is deleted",
        saw="a row with another id is gone too",
        misconception="update-knows-its-row",
        ask="Which rows does your DELETE name?",
    )
    item_id = put_in(client, database, name=data.thing())
    with refusing(database, client, "delete"):
        answer = client.delete(f"/items/{item_id}")
    ask = "The row is still there. Who tells the caller?"
    refused = says("an error: the database refused to delete it", None, "caught-is-solved", ask)
    expect(answer, *ERRORS, says=refused)


@after("test_deletes_the_item")
@catches(
    "    if item is None:\n"
    '        raise HTTPException(status_code=404, detail="Item not found")\n'
    "    db.delete(item)\n",
    becomes="    db.delete(item)\n",
    misconception="get-raises-for-a-missing-row",
)
@catches(
    "    if item is None:\n"
    '        raise HTTPException(status_code=404, detail="Item not found")\n'
    "    db.delete(item)\n",
    becomes="    if item is not None:\n        db.delete(item)\n",
    misconception="delete-never-fails",
)
@catches(
    '@app.get("/items/{item_id}", response_model=ItemOut)\n'
    "def read_item(item_id: int, db: DB):\n"
    "    item = db.get(Item, item_id)\n",
    becomes=(
        "KNOWN = {}\n\n\n"
        '@app.get("/items/{item_id}", response_model=ItemOut)\n'
        "def read_item(item_id: int, db: DB):\n"
        "    item = KNOWN.get(item_id) or db.get(Item, item_id)\n"
        "    if item:\n"
        "        KNOWN[item_id] = ItemOut.model_validate(item, from_attributes=True)\n"
    ),
    misconception="once-up-always-up",
)
@hint(
    "What does `db.get` give for an id that is not there?",
    "It gives None. Answer before None comes to `db.delete`.",
    "delete_item: if item is None: raise HTTPException(404, ...)",
)
def test_gone_is_404(client, database, data):
    """after a DELETE, a GET and a second DELETE of that id answer 404"""
    name = data.thing()
    item_id = put_in(client, database, name=name)
    expect(client.get(f"/items/{item_id}"), 200, says="200 with the item, before the DELETE")
    expect(client.delete(f"/items/{item_id}"), 200, 202, 204, says="204")
    is_gone = until(lambda: not stored(database, client, name))
    assert is_gone, says("204 means gone", saw="a second connection still reads the row")
    blame, ask = "once-up-always-up", "The row is gone. Who answers, if not the table?"
    missing = says("404: the item was deleted", None, blame, ask)
    expect(client.get(f"/items/{item_id}"), 404, says=missing)
    missing = says(f"a list without {item_id}, which was deleted", None, blame, ask)
    assert item_id not in listed(client), missing
    ask = "How does the caller learn that it was gone?"
    nothing = says("404: nothing is left to delete", None, "delete-never-fails", ask)
    expect(client.delete(f"/items/{item_id}"), 404, says=nothing)


@after("test_keeps_the_item")
@catches(
    '@app.get("/items/{item_id}", response_model=ItemOut)\n'
    "def read_item(item_id: int, db: DB):\n"
    "    item = db.get(Item, item_id)\n",
    becomes=(
        '@app.get("/items/{item_id}")\n'
        "def read_item(item_id: int, db: DB):\n"
        '    query = text("SELECT * FROM items WHERE id = :id")\n'
        '    item = db.execute(query, {"id": item_id}).mappings().one_or_none()\n'
    ),
    misconception="the-row-is-the-answer",
)
@catches(
    '@app.post("/items/", response_model=ItemOut, status_code=201)\n'
    "def create_item(body: ItemCreate, db: DB):\n"
    "    item = Item(**body.model_dump())\n"
    "    db.add(item)\n    db.commit()\n    return item\n",
    becomes=(
        '@app.post("/items/", status_code=201)\n'
        "def create_item(body: ItemCreate, db: DB):\n"
        "    item = Item(**body.model_dump())\n"
        "    db.add(item)\n    db.commit()\n"
        '    query = text("SELECT * FROM items WHERE id = :id")\n'
        '    return db.execute(query, {"id": item.id}).mappings().one()\n'
    ),
    misconception="the-row-is-the-answer",
)
@hint(
    "Which columns does your SELECT read, and which does the answer show?",
    "Say what an answer may hold: `response_model=ItemOut`.",
    '@app.get("/items/{item_id}", response_model=ItemOut)',
)
def test_shows_no_added_column(client, database, data):
    """a column that somebody adds to the table later does not show up in an answer"""
    table, added = items_of(database, client), "finder_phone"
    while added in map(str.lower, database.columns(table)):  # the app may know one already
        added += "_2"
    database.run(f"alter table {quoted(table)} add column {added} text default '{PHONE}'")
    whatever = "200 or 201, whatever columns are added"
    sent = expect(client.post("/items/", json={"name": data.thing()}), 200, 201, says=whatever)
    assert PHONE not in sent.text, f"id, name and description, not the new {added}"
    item_id = put_in(client, database, name=data.thing())
    for path in (f"/items/{item_id}", "/items/"):
        answer = expect(client.get(path), 200, says="200, whatever columns are added")
        assert PHONE not in answer.text, f"id, name and description, not the new {added}"


@after("test_keeps_the_item")
@catches(
    "    Base.metadata.create_all(engine)\n",
    becomes="    Base.metadata.drop_all(engine)\n    Base.metadata.create_all(engine)\n",
    misconception="start-up-starts-afresh",
)
@hint(
    "What does your app do to the tables when it starts?",
    "create_all makes the tables that are missing. No more is needed.",
    "lifespan: Base.metadata.create_all(engine), no drop_all",
)
def test_survives_a_restart(app, client, database, data):
    """an item you POST is still there after the app was started again"""
    name = data.thing()
    item_id = put_in(client, database, name=name)
    app.restart()
    again = expect(client.get(f"/items/{item_id}"), 200, says="200: the item outlives the app")
    assert member(again, "name", says="the item") == name, f"the name {name!r}"
    there = f"a list with the item {item_id}, which outlives the app"
    assert item_id in listed(client), there
