"""Lesson 8: every error is a deliberate status, and a PATCH changes what was sent."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress

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

OK = (200, 201)
NEW = "201 with what is new, with its id"
REFUSED = range(400, 500)
ERRORS = range(400, 600)
FAILED = range(500, 600)
BUSY_S = 0.05  # how long the app may wait for a lock before its write fails
PATIENCE_S = 1.5  # an app that sets a longer wait of its own is let through, and not judged
ROUNDS = 3  # of two visitors who send one e-mail at the same moment

GET_DB = (
    "def get_db():\n"
    "    db = SessionLocal()\n"
    "    try:\n"
    "        yield db\n"
    "    except Exception:\n"
    "        db.rollback()  "
    "# close() alone leaves SQLite's transaction open after a COMMIT that failed\n"
    "        raise\n"
    "    finally:\n"
    "        db.close()\n"
)
LATE_DB = (
    "def get_db_and_commit():\n"
    "    with SessionLocal() as db:\n"
    "        yield db\n"
    "        db.commit()\n"
    "\n\n"
    "LateDB = Annotated[Session, Depends(get_db_and_commit)]\n"
    "\n\n"
)
MAKE = "    user = User(**body.model_dump())\n    db.add(user)\n"
TRY = "    try:\n        db.commit()\n    except IntegrityError:\n"
NOTE = "        # no rollback here: the exception passes through get_db, which rolls back\n"
REFUSE = '        raise HTTPException(status_code=409, detail="E-mail already taken")\n'
CREATE = (
    '@app.post("/users/", response_model=UserOut, status_code=201)\n'
    "def create_user(body: UserCreate, db: DB):\n"
)
LOOK = (
    "    if db.scalar(select(User).where(User.email == body.email)):\n"
    '        raise HTTPException(status_code=409, detail="E-mail already taken")\n'
)
CHANGE = (
    '@app.patch("/items/{item_id}", response_model=ItemOut)\n'
    "def change_item(item_id: int, body: ItemChange, db: DB):\n"
)
LOOK_UP = (
    "    item = db.get(Item, item_id)\n"
    "    if item is None:\n"
    '        raise HTTPException(status_code=404, detail="Item not found")\n'
)
TAKE_OVER = (
    "    for key, value in body.model_dump(exclude_unset=True).items():\n"
    "        setattr(item, key, value)\n"
)
SAVE = "    db.commit()\n    return item\n"
SWALLOW_FLUSH = (
    "    try:\n        db.flush()\n    except OperationalError:\n        db.rollback()\n"
)
READ_ITEM = (
    '@app.get("/items/{item_id}", response_model=ItemOut)\ndef read_item(item_id: int, db: DB):\n'
)
READ_USER = (
    '@app.get("/users/{user_id}", response_model=UserOut)\ndef read_user(user_id: int, db: DB):\n'
)
REMEMBER = (
    "from functools import cache\n\n\n"
    "@cache\n"
    "def known(kind, key):\n"
    "    with SessionLocal() as db:\n"
    "        return db.get(kind, key)\n\n\n"
)
NOT_THERE = (404, 405, 422)  # a route of an earlier lesson that is not; `count` taken for an id


def users_of(database, client):
    """The table of users, found by its columns; of several, the one that a POST fills."""

    def post(name):
        body = {"name": name, "email": f"{name}@example.org"}
        sent = expect(client.post("/users/", json=body), *OK, says=NEW)
        path = f"/users/{member(sent, 'id', says=NEW)}"
        return lambda: client.get(path).text

    return database.table_with("name", "email", posted=post)


def named(database, client, email):
    """The names of the users with this e-mail, as a second connection reads them."""
    sql = f"select name from {quoted(users_of(database, client))} where email = ?"
    return [name for (name,) in database.rows(sql, email)]


def signed_up(client, probe, data, says="201 with the new user", name=None):
    """POST a new user and wait until the app has nothing left to do; id, name, e-mail."""
    name, email = name or data.person(), data.email()
    sent = expect(client.post("/users/", json={"name": name, "email": email}), *OK, says=says)
    user_id = member(sent, "id", says="the new user, with its id")
    probe.settled()
    return user_id, name, email


def handed_in(client, probe, **body):
    """POST an item and wait until the app has nothing left to do; its id."""
    sent = expect(client.post("/items/", json=body), *OK, says="201 with the new item")
    item_id = member(sent, "id", says="the new item, with its id")
    probe.settled()
    return item_id


def changed(client, probe, item_id, **part):
    """PATCH an item, expect a 200, and wait until the app has nothing left to do; the answer."""
    sent = expect(client.patch(f"/items/{item_id}", json=part), 200, says="200 with the item")
    probe.settled()
    return sent


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


def answers_while_busy(app, client, database, method, path, body):
    """What the app answers while it can't store, and the misconception behind a good answer.

    First somebody else writes, and the app's first write fails. Then somebody reads, and only its
    COMMIT fails; that can't be with a write-ahead log, which lets both go on. The last answer is
    None where the app waits too long: it may store once the lock is gone, and is not judged. The
    stop at the end gives back what a pooled connection may still hold.
    """
    app.restart(database_url=f"{database.url}?timeout={BUSY_S}")
    before, answers = len(app.log), []
    for writing in (True,) if database.journal_mode == "wal" else (True, False):
        answers.append(answer_while_busy(client, database, method, path, body, writing))
        if answers[-1] is None:
            break
    app.stop()
    # an error that comes out after a good answer: the commit came too late
    is_late = "Traceback" in app.log[before:]
    blame = "yield-code-before-response" if is_late else "caught-is-solved"
    return answers, blame


def answer_while_busy(client, database, method, path, body, writing):
    """The answer while another writes, or only reads; None where the app waits too long."""
    with ThreadPoolExecutor(1) as pool:
        with database.writing() if writing else database.reading():
            answer = pool.submit(client.request, method, path, json=body)
            in_time = bool(wait([answer], PATIENCE_S).done)
        answer.result()
    return answer.result() if in_time else None


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


@catches(
    MAKE,
    becomes="    user = User()\n    db.add(user)\n",
    misconception="new-object-is-the-row",
)
@catches(
    "class UserOut(BaseModel):\n    id: int\n    name: str\n",
    becomes="class UserOut(BaseModel):\n    name: str\n",
    misconception="response-model-is-decoration",
)
@catches(
    MAKE,
    becomes=MAKE.replace("**body.model_dump()", "name=body.name.title(), email=body.email"),
    misconception="text-of-an-answer-is-free",
)
@hint(
    "Which object knows the new id: the body, or the User?",
    "Make a User from the body, add it, commit it, return it.",
    "create_user: user = User(**body.model_dump()) ... return user",
)
@points(2)
def test_makes_a_user(client, data):
    """POST /users/ answers with an id, and the name and e-mail you sent"""
    name, email = f"mcDonald {data.person()}", f"Lost.{data.email()}"
    sent = client.post("/users/", json={"name": name, "email": email})
    expect(sent, *OK, says="201 {id, name, email}")
    got = members(sent, "id", "name", "email", says="an object with id, name, email")
    assert got[0] is not None, "an id that the database gave"
    told = f"the name as sent: {name}"
    if str(got[1]).lower() == name.lower():
        ask = "Do you store what was sent, letter by letter?"
        told = says(told, None, "text-of-an-answer-is-free", ask)
    assert got[1] == name, told
    told = f"the e-mail as sent: {email}"
    assert str(got[2]).lower() == email.lower(), told  # many store an e-mail in small letters


@after("test_makes_a_user")
@catches(
    TRY,
    becomes="    try:\n        db.flush()\n    except IntegrityError:\n",
    misconception="flush-is-commit",
)
@catches(
    "    user = db.get(User, user_id)\n",
    becomes="    user = db.scalars(select(User)).first()\n",
    misconception="query-gives-the-row",
)
@catches(
    "    user = db.get(User, user_id)\n",
    becomes="    user = db.scalars(select(User).order_by(User.id).offset(user_id - 1)).first()\n",
    misconception="highest-id-is-the-count",
)
@catches(
    "    name: Mapped[str]\n    email: Mapped[str] = mapped_column(unique=True)\n",
    becomes=(
        "    name: Mapped[str] = mapped_column(unique=True)\n"
        "    email: Mapped[str] = mapped_column(unique=True)\n"
    ),
    misconception="a-name-is-an-identity",
)
@catches(
    "    is_active: Mapped[bool] = mapped_column(default=True)\n",
    becomes="    is_active: Mapped[bool] = mapped_column(default=False)\n",
    misconception="server-default-is-for-old-rows",
)
@hint(
    "Who makes the row permanent, and who finds it again by its id?",
    "Commit in POST. In GET, look the user up by its primary key.",
    "create_user: db.commit(); read_user: db.get(User, user_id)",
)
@points(2)
def test_keeps_the_user(client, database, probe, data):
    """a user you POST is stored and active, and GET finds it by its id"""
    table = users_of(database, client)  # a search asks the app: before what is judged
    _, _, gone = signed_up(client, probe, data)
    first = signed_up(client, probe, data)
    told = "201: two people may have one name"
    ask = "Which column must be unique, and which not?"
    told = says(told, None, "a-name-is-an-identity", ask)
    second = signed_up(client, probe, data, says=told, name=first[1])
    stored = named(database, client, second[2]) == [second[1]]
    assert stored, says("201 means stored", saw="a second connection reads no such user")
    sql = f"select is_active from {quoted(table)} where email = ?"
    active = database.rows(sql, second[2])[0][0]
    ask = "What does your class User fill in for is_active?"
    assert active, says(
        "a new user is active", f"is_active is {active}", "server-default-is-for-old-rows", ask
    )
    # now an id is no place in the table
    database.run(f"delete from {quoted(table)} where email = ?", gone)
    for user_id, name, email in (first, second):
        again = expect(client.get(f"/users/{user_id}"), 200, says="200 with the user")
        got = members(again, "id", "name", "email", says="an object with id, name, email")
        told = f"the user with the id {user_id}: {name}, {email}"
        if got[0] != user_id:
            told = says(told, None, "query-gives-the-row", "By what does your GET find a user?")
        assert got == (user_id, name, email), told


@after("test_makes_a_user")
@catches(
    '@app.post("/users/", response_model=UserOut, status_code=201)\n',
    becomes='@app.post("/users/", response_model=UserOut)\n',
    misconception="every-success-is-200",
)
@hint(
    "Which status says that something new exists now?",
    "FastAPI answers 200 unless the decorator says more.",
    '@app.post("/users/", ..., status_code=201)',
)
def test_says_created(client, data):
    """a POST that made a user answers 201"""
    body = {"name": data.person(), "email": data.email()}
    expect(client.post("/users/", json=body), 201, says="201 Created")


@after("test_keeps_the_user")
@catches(
    CREATE + MAKE + TRY,
    becomes=LATE_DB
    + CREATE.replace("db: DB", "db: LateDB")
    + MAKE
    + "    try:\n        db.flush()\n    except IntegrityError:\n",
    misconception="yield-code-before-response",
)
@catches(
    CREATE + MAKE + TRY + NOTE + REFUSE + "    return user\n",
    becomes=LATE_DB
    + CREATE.replace("db: DB", "db: LateDB")
    + "    from uuid import uuid4\n\n"
    + MAKE.replace("User(", "User(id=uuid4().int % 2**31, ")
    + "    return user\n",
    misconception="yield-code-before-response",
)
@catches(
    NOTE + REFUSE,
    becomes=REFUSE + "    except OperationalError:\n        db.rollback()\n        user.id = 1\n",
    misconception="caught-is-solved",
)
@catches(
    MAKE,
    becomes=MAKE + SWALLOW_FLUSH + "        user.id = 1\n        return user\n",
    misconception="caught-is-solved",
)
@hint(
    "When does your commit run: before the answer, or after it?",
    "Commit in the route, and let the errors pass that you don't mean.",
    "create_user: db.commit() before return, in the try",
)
def test_tells_of_a_failing_user(app, client, database, data):
    """a user who can't be stored is an error that the client sees"""
    body = {"name": data.person(), "email": data.email()}
    answers, blame = answers_while_busy(app, client, database, "POST", "/users/", body)
    for sent in answers:
        if sent is None:
            return
        saw = f"{sent.status_code}, and nothing could be stored: the database was busy"
        told = says("500: what is not stored is no 201", saw, blame, ask=LATE_OR_CAUGHT[blame])
        assert sent.status_code in ERRORS, told
    stored = named(database, client, body["email"])
    assert not stored, says("500 means nothing stored", saw="the user is in the table")


@after("test_keeps_the_user")
@catches(
    MAKE,
    becomes=(
        "    taken = db.scalar(select(User).where(User.email == body.email))\n"
        "    user = taken or User(email=body.email)\n"
        "    user.name = body.name\n"
        "    db.add(user)\n"
    ),
    misconception="a-duplicate-is-an-update",
)
@catches(
    MAKE + TRY + NOTE + REFUSE + "    return user\n",
    becomes=MAKE
    + TRY
    + (
        "        db.rollback()\n"
        "        user = db.scalar(select(User).where(User.email == body.email))\n"
        "    return user\n"
    ),
    misconception="caught-is-solved",
)
@catches(
    MAKE,
    becomes=(
        "    taken = db.scalar(select(User).where(User.email == body.email))\n"
        "    if taken and not taken.is_active:\n"
        "        taken.name, taken.is_active = body.name, True\n"
        "        db.commit()\n"
        "        return taken\n" + MAKE
    ),
    misconception="inactive-is-gone",
)
@hint(
    "Two people, one e-mail: what does the second one hear?",
    "Refuse the second. Nothing of the first user may change.",
    "create_user: except IntegrityError: raise HTTPException(409, ...)",
)
@points(2)
def test_refuses_a_duplicate(client, database, probe, data):
    """a taken e-mail is refused, and the user who has it stays as it was"""
    _, name, email = signed_up(client, probe, data)
    sent = client.post("/users/", json={"name": data.person(), "email": email})
    probe.settled()
    refused = sent.status_code not in range(200, 300)
    assert refused, "409: the e-mail is taken"
    found = named(database, client, email)
    saw = f"the users with this e-mail are called {found}"
    assert found == [name], says(f"one user with this e-mail, {name!r}", saw=saw)
    before = switched_off(database, client, email)
    sent = client.post("/users/", json={"name": data.person(), "email": email})
    probe.settled()
    blame, ask = "inactive-is-gone", "May who is not active lose the e-mail?"
    refused = sent.status_code not in range(200, 300)
    assert refused, says("409: taken, by a user who is not active", None, blame, ask)
    now = standing(database, client, email)
    assert now == before, says(f"the user as it was: {before}", f"it is {now}", blame, ask)


def standing(database, client, email):
    """Key, name and is_active of the users with this e-mail."""
    table = users_of(database, client)
    key = quoted(database.key(table))
    sql = f"select {key}, name, is_active from {quoted(table)} where email = ?"
    return [tuple(row) for row in database.rows(sql, email)]


def switched_off(database, client, email):
    """Make a user inactive from outside, where that is a 0; how the user stands then."""
    table = quoted(users_of(database, client))
    sql = f"update {table} set is_active = 0 where email = ? and typeof(is_active) = 'integer'"
    with suppress(sqlite3.DatabaseError):  # a column of an own kind: then the user stays active
        database.run(sql, email)
    return standing(database, client, email)


@after("test_refuses_a_duplicate")
@catches(
    GET_DB,
    becomes="ONE = SessionLocal()\n\n\ndef get_db():\n    yield ONE\n",
    misconception="session-works-on-after-an-error",
)
@hint(
    "Which session serves the next request, and what did it live through?",
    "A failed session needs rollback(), or to be closed for a new one.",
    "get_db: a new session per request; except Exception: db.rollback()",
)
@points(3)
def test_works_after_a_duplicate(client, database, probe, data):
    """the requests after a duplicate work: GET, POST of a user, POST of an item"""
    works = "201: a request after a duplicate works like any other"
    user_id, name, email = signed_up(client, probe, data, says=works)
    items_of(database, client)  # a search asks the app: before the request that is judged
    client.post("/users/", json={"name": data.person(), "email": email})
    probe.settled()
    again = expect(client.get(f"/users/{user_id}"), 200, says="200: the first user is still there")
    assert member(again, "name", says="the user") == name, f"the name {name!r}"
    client.post("/users/", json={"name": data.person(), "email": email})
    thing = data.thing()
    expect(client.post("/items/", json={"name": thing}), *OK, says=works)
    probe.settled()
    stored = (thing, None) in cards(database, client)
    assert stored, says("201 means stored, after a duplicate too", saw="no such row in the table")
    _, name, email = signed_up(client, probe, data, says=works)
    stored = named(database, client, email) == [name]
    assert stored, says("201 means stored, after a duplicate too", saw="no such row in the table")


@after("test_works_after_a_duplicate")
@catches(
    TRY + NOTE + REFUSE,
    becomes="    db.commit()\n",
    misconception="errors-find-their-status",
)
@catches(
    NOTE + REFUSE,
    becomes=(
        "        taken = db.scalar(select(User).where(User.email == body.email))\n"
        '        raise HTTPException(status_code=409, detail=f"{taken.email} is taken")\n'
    ),
    misconception="session-works-on-after-an-error",
)
@catches(
    MAKE + TRY,
    becomes=(
        "    user = User(**body.model_dump())\n"
        "    try:\n"
        "        db.add(user)\n"
        "    except IntegrityError:\n"
        '        raise HTTPException(status_code=409, detail="E-mail already taken")\n'
        "    try:\n"
        "        db.commit()\n"
        "    except OperationalError:\n"
    ),
    misconception="add-sends-sql",
)
@hint(
    "Which exception does the database raise, and at which call?",
    "The INSERT is sent by the commit. Catch its IntegrityError.",
    "create_user: try: db.commit(), except IntegrityError: 409",
)
@points(2)
def test_duplicate_is_409(client, probe, data):
    """a taken e-mail is answered with 409"""
    _, _, email = signed_up(client, probe, data)
    sent = client.post("/users/", json={"name": data.person(), "email": email})
    told = "409: the e-mail is taken"
    if sent.status_code in REFUSED:
        told = says(told, ask="Which status says: conflict?")
    expect(sent, 409, says=told)


@after("test_duplicate_is_409")
@catches(
    "    finally:\n        db.close()\n",
    becomes="    finally:\n        pass\n",
    misconception="dropped-is-given-back",
)
@catches(
    CREATE + MAKE,
    becomes=CREATE.replace(", db: DB", "")
    + "    db = SessionLocal(expire_on_commit=False)\n"
    + MAKE,
    misconception="dropped-is-given-back",
)
@catches(
    "def read_user(user_id: int, db: DB):\n    user = db.get(User, user_id)\n"
    "    if user is None:\n",
    becomes=(
        "def read_user(user_id: int):\n"
        "    db = SessionLocal()\n"
        "    user = db.get(User, user_id)\n"
        "    if user:\n"
        "        db.close()\n"
        "    if user is None:\n"
    ),
    misconception="dropped-is-given-back",
)
@hint(
    "Who closes the session that this route uses?",
    "Take it from `get_db`. A session you open yourself stays open.",
    "create_user(body: UserCreate, db: DB), read_user(user_id, db: DB)",
)
def test_gives_back_after_a_409(client, database, probe, data):
    """no connection and no lock is kept after a 201, 409, 422, 200 or 404"""
    gone, _, left = signed_up(client, probe, data)
    user_id, _, email = signed_up(client, probe, data)
    database.run(f"delete from {quoted(users_of(database, client))} where email = ?", left)
    item = f"/items/{handed_in(client, probe, name=data.thing())}"
    for method, path, body in (
        ("POST", "/users/", {"name": data.person(), "email": email}),
        ("POST", "/users/", {}),
        ("GET", f"/users/{user_id}", None),
        ("GET", f"/users/{gone}", None),
        ("PATCH", item, {"name": data.thing()}),
        ("DELETE", item, None),
        ("PATCH", item, {"name": data.thing()}),
    ):
        client.request(method, path, json=body)
        kept = probe.settled().checked_out
        assert kept == 0, says(
            "every connection is back in the pool", saw=inside(f"connections out: {kept}")
        )
    assert not database.locked(), says("no transaction is open", saw="the database is locked")


@after("test_duplicate_is_409")
@catches(
    TRY + NOTE + REFUSE,
    becomes=(
        "    try:\n"
        "        db.commit()\n"
        "    except IntegrityError as error:\n"
        "        raise HTTPException(status_code=409, detail=str(error))\n"
    ),
    misconception="the-error-is-the-answer",
)
@hint(
    "For whom is the text of a database error?",
    "It holds your SQL and its values. Say it in words of your own.",
    'create_user: detail="E-mail already taken", not str(error)',
)
def test_tells_no_sql(client, probe, data):
    """a 409 shows no SQL"""
    _, _, email = signed_up(client, probe, data)
    sent = client.post("/users/", json={"name": data.person(), "email": email})
    assert "INSERT INTO" not in sent.text.upper(), "409 in your own words, without the SQL"


@after("test_duplicate_is_409")
@catches(
    "    email: Mapped[str] = mapped_column(unique=True)\n",
    becomes=(
        "    email: Mapped[str]\n\n"
        "    def __init__(self, **values):\n"
        "        with SessionLocal() as db:\n"
        '            taken = db.scalar(select(User.id).where(User.email == values["email"]))\n'
        "        if taken:\n"
        '            raise HTTPException(status_code=409, detail="E-mail already taken")\n'
        "        super().__init__(**values)\n\n"
    ),
    misconception="code-keeps-unique",
)
@hint(
    "Both ask whether the e-mail is free. Both hear yes. Who says no?",
    "Only UNIQUE in the table sees every row.",
    "class User: email: Mapped[str] = mapped_column(unique=True)",
)
@points(2)
def test_table_keeps_emails_unique(client, database, data):
    """the table itself refuses a second user with a taken e-mail"""
    table, email = users_of(database, client), data.email()
    key = database.insert(table, name=data.person(), email=email)
    try:
        database.delete(table, database.insert(table, name=data.person(), email=email))
        unique = False
    except sqlite3.IntegrityError:
        unique = True
    database.delete(table, key)
    saw = f"the table {table} took {email} twice"
    assert unique, says("the table keeps e-mails unique, whoever writes", saw=saw)


@after("test_duplicate_is_409")
@catches(
    CREATE,
    becomes="TAKEN = set()\n\n\n"
    + CREATE
    + "    if body.email in TAKEN:\n"
    + '        raise HTTPException(status_code=409, detail="E-mail already taken")\n'
    + "    TAKEN.add(body.email)\n",
    misconception="code-keeps-unique",
)
@hint(
    "Who knows that an e-mail is taken: your code or the table?",
    "What a variable remembers is not what the table holds.",
    "create_user: db.commit() finds out, no list of e-mails beside it",
)
def test_free_again(client, database, probe, data):
    """the e-mail of a user who is gone is free again"""
    _, _, email = signed_up(client, probe, data)
    database.run(f"delete from {quoted(users_of(database, client))} where email = ?", email)
    sent = client.post("/users/", json={"name": data.person(), "email": email})
    expect(sent, *OK, says="201: no row has this e-mail any more")


def taken_by_a_rival(database, client, email):
    """Let somebody else take this e-mail between any look of the app and its INSERT."""
    table = users_of(database, client)
    apart = set().union(*database.unique(table)) - {"email"}
    values = {}
    for name, column in database.columns(table).items():
        if column.is_rowid:
            continue  # SQLite gives it
        own = column.primary_key or name in apart
        values[quoted(name)] = "lower(hex(randomblob(16)))" if own else f"new.{quoted(name)}"
    into = f"({', '.join(values)}) values ({', '.join(values.values())})"
    database.run(
        f"create trigger rival before insert on {quoted(table)} when new.email = '{email}' "
        f"begin insert into {quoted(table)} {into}; end"
    )


def looks_in_its_turn(app, client, database, probe, data):
    """Does the app decide about an e-mail only while it may write? Nobody gets in between then.

    The rival's row goes with the app's own transaction: who rolls back and looks, sees it no more.
    """
    _, name, email = signed_up(client, probe, data)
    body = {"name": name, "email": email}
    app.restart(database_url=f"{database.url}?timeout={BUSY_S}")
    sent = answer_while_busy(client, database, "POST", "/users/", body, writing=True)
    app.stop()
    return sent is None or sent.status_code in FAILED


@after("test_table_keeps_emails_unique")
@catches(
    MAKE + TRY + NOTE + REFUSE,
    becomes=LOOK + MAKE + "    db.commit()\n",
    misconception="a-look-makes-it-safe",
)
@hint(
    "Is the e-mail still free when your INSERT arrives?",
    "A look before the INSERT is too early. Catch what the INSERT raises.",
    "create_user: try: db.commit(), except IntegrityError: 409",
)
@points(2)
def test_taken_in_between(app, client, database, probe, data):
    """an e-mail that somebody takes right before your INSERT is a 409"""
    body = {"name": data.person(), "email": data.email()}
    taken_by_a_rival(database, client, body["email"])
    try:
        sent = client.post("/users/", json=body)
        probe.settled()
    finally:
        database.run("drop trigger rival")
    if sent.status_code != 409 and looks_in_its_turn(app, client, database, probe, data):
        return
    expect(sent, 409, says="409: another visitor took the e-mail right before the INSERT")


@after("test_taken_in_between")
@catches(
    MAKE + TRY,
    becomes=(
        "    import time\n"
        "\n"
        '    db.execute(text("PRAGMA busy_timeout = 0"))\n' + MAKE + "    try:\n"
        "        db.flush()\n"
        "        time.sleep(0.3)\n"
        "        db.commit()\n"
        "    except IntegrityError:\n"
    ),
    misconception="writers-never-meet",
)
@hint(
    "Two INSERTs meet. One has to wait, then UNIQUE refuses it.",
    "Keep the default wait for the lock, and commit right after the add.",
    "create_user: db.add(user), db.commit(), nothing slow in between",
)
@points(2)
def test_two_at_once(client, database, parallel, probe, data):
    """two parallel POSTs of one e-mail: one 201, one 409, one row"""
    for _ in range(ROUNDS):
        email = data.email()
        calls = [("POST", "/users/", {"name": data.person(), "email": email}) for _ in range(2)]
        statuses = sorted(answer.status_code for answer in parallel(calls))
        probe.settled()
        rows = len(named(database, client, email))
        fair = statuses[0] in OK and statuses[1] == 409
        assert fair, says("one 201 and one 409", saw=f"{statuses[0]} and {statuses[1]}")
        assert rows == 1, says("one row for two requests", saw=f"{rows} rows")


@after("test_tells_of_a_failing_user", "test_duplicate_is_409")
@catches(
    TRY,
    becomes="    try:\n        db.commit()\n    except Exception:\n",
    misconception="every-error-is-a-duplicate",
)
@catches(
    TRY + NOTE + REFUSE,
    becomes="    try:\n        db.flush()\n    except Exception:\n" + REFUSE + "    db.commit()\n",
    misconception="every-error-is-a-duplicate",
)
@hint(
    "What else can go wrong in a commit, beside a taken e-mail?",
    "Catch the one exception you mean. A busy database is no duplicate.",
    "create_user: except IntegrityError, not except Exception",
)
@points(2)
def test_busy_is_no_duplicate(app, client, database, data):
    """a busy database is a 500, not the 409 of a taken e-mail"""
    body = {"name": data.person(), "email": data.email()}
    answers, _ = answers_while_busy(app, client, database, "POST", "/users/", body)
    for sent in answers:
        if sent is None:
            return
        saw = f"{sent.status_code}, and the reason was: the database is locked"
        told = says("500: the e-mail was free, the database busy", saw=saw)
        assert sent.status_code in FAILED, told


@after("test_keeps_the_user")
@catches(
    "class UserCreate(BaseModel):\n    name: str\n    email: str\n",
    becomes="class UserCreate(BaseModel):\n    name: str\n    email: str | None = None\n",
    misconception="database-checks-the-body",
)
@catches(
    CREATE + "    user = User(**body.model_dump())\n",
    becomes=CREATE.replace("UserCreate", "dict") + "    user = User(**body)\n",
    misconception="database-checks-the-body",
)
@hint(
    "Who looks at the body before your function runs?",
    "A NOT NULL that refuses is an IntegrityError too, and no duplicate.",
    "create_user(body: UserCreate, ...), class UserCreate: email: str",
)
def test_refuses_a_bad_user(client, database, probe, data):
    """a user without a name or an e-mail is a 422, and nothing is stored"""
    name, email = data.person(), data.email()
    for body in ({"name": name}, {"email": email}, {"name": name, "email": None}, [name]):
        expect(client.post("/users/", json=body), 422, says="422: name and email are required")
    probe.settled()
    rows = database.rows(f"select name, email from {quoted(users_of(database, client))}")
    stored = any(name in row or email in row for row in rows)
    assert not stored, says("a refused body stores nothing", saw="a row in the table")


@after("test_keeps_the_user")
@catches(
    '    if user is None:\n        raise HTTPException(status_code=404, detail="User not found")\n',
    becomes="",
    misconception="get-raises-for-a-missing-row",
)
@catches(
    READ_USER + "    user = db.get(User, user_id)\n",
    becomes=REMEMBER + READ_USER + "    user = known(User, user_id)\n",
    misconception="object-outlives-its-session",
)
@hint(
    "What does `db.get` give for an id that is not there?",
    "It gives None, and None is no user. First answer 404.",
    "read_user: if user is None: raise HTTPException(404, ...)",
)
def test_missing_user_is_404(client, database, probe, data):
    """GET /users/{id} of a user who is gone answers 404"""
    user_id, _, email = signed_up(client, probe, data)
    client.get(f"/users/{user_id}")  # whoever remembers what it read shows it below
    database.run(f"delete from {quoted(users_of(database, client))} where email = ?", email)
    sent = client.get(f"/users/{user_id}")
    told = "404: there is no such user"
    if email in sent.text:
        ask = "Does your GET read the row anew each time?"
        told = says(told, None, "object-outlives-its-session", ask)
    expect(sent, 404, says=told)


@catches(
    CHANGE + LOOK_UP + TAKE_OVER + SAVE,
    becomes=CHANGE + LOOK_UP + TAKE_OVER + "    db.flush()\n    return item\n",
    misconception="flush-is-commit",
)
@catches(
    TAKE_OVER,
    becomes="    item = Item(**body.model_dump(exclude_unset=True))\n",
    misconception="new-object-is-the-row",
)
@catches(
    TAKE_OVER,
    becomes=(
        "    if part := body.model_dump(exclude_unset=True):\n"
        "        db.query(Item).filter(Item.id >= item_id).update(part)\n"
    ),
    misconception="update-knows-its-row",
)
@catches(
    TAKE_OVER,
    becomes=(
        "    if part := body.model_dump(exclude_unset=True):\n"
        "        db.query(Item).filter_by(name=item.name).update(part)\n"
    ),
    misconception="a-name-is-an-identity",
)
@catches(
    READ_ITEM + "    item = db.get(Item, item_id)\n",
    becomes=REMEMBER + READ_ITEM + "    item = known(Item, item_id)\n",
    misconception="object-outlives-its-session",
)
@hint(
    "Which object stands for the row, and who makes its change last?",
    "Load the item, set what was sent, commit, return it.",
    "change_item: setattr(item, key, value), db.commit(), return item",
)
@points(2)
def test_changes_what_was_sent(client, database, probe, data):
    """PATCH answers 200 with the new values, and a second connection sees them"""
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
    sent = changed(client, probe, item_id, name=now[0], description=now[1])
    got = members(sent, "id", "name", "description", says="an object with id, name, description")
    assert got == (item_id, *now), f"id {item_id}, name {now[0]!r}, description {now[1]!r}"
    found = cards(database, client)
    assert now in found, says("200 means stored", saw="a second connection reads the old values")
    for neighbour, blame in ((other, "update-knows-its-row"), (twin, "a-name-is-an-identity")):
        assert neighbour in found, says(
            "one item is changed, the one with this id",
            saw="another item has changed too",
            misconception=blame,
            ask="Which rows does your UPDATE name?",
        )
    again = expect(client.get(f"/items/{item_id}"), 200, says="200 with the item")
    got = members(again, "name", "description", says="an object with name and description")
    assert got == now, says(
        f"name {now[0]!r}, description {now[1]!r}",
        misconception="object-outlives-its-session",
        ask="Does your GET read the row anew each time?",
    )


@after("test_changes_what_was_sent")
@catches(
    "def change_item(item_id: int, body: ItemChange, db: DB):\n",
    becomes="def change_item(item_id: int, body: ItemCreate, db: DB):\n",
    misconception="patch-takes-a-whole-item",
)
@hint(
    "Which fields must a PATCH have?",
    "None. In its schema every field has a default.",
    "change_item(item_id: int, body: ItemChange, db: DB)",
)
def test_takes_a_part(client, probe, data):
    """a PATCH with one field is a 200, whichever field it is"""
    item_id = handed_in(client, probe, name=data.thing(), description=data.sentence())
    for part in ({"name": data.thing()}, {"description": data.sentence()}):
        sent = client.patch(f"/items/{item_id}", json=part)
        expect(sent, 200, says="200: in a PATCH every field may be left out")


@after("test_takes_a_part")
@catches(
    "body.model_dump(exclude_unset=True).items()",
    becomes="body.model_dump().items()",
    misconception="dump-gives-what-was-sent",
)
@catches(
    TAKE_OVER,
    becomes="    item.name, item.description = body.name, body.description\n",
    misconception="none-means-not-sent",
)
@hint(
    "Where does the value of a field come from that nobody sent?",
    "From its default. Ask for the fields that were sent alone.",
    "change_item: body.model_dump(exclude_unset=True)",
)
@points(3)
def test_keeps_what_was_not_sent(client, database, probe, data):
    """a PATCH of the name keeps the description, and the other way round"""
    name, text = data.thing(), data.sentence()
    item_id = handed_in(client, probe, name=name, description=text)
    now = data.thing()
    changed(client, probe, item_id, name=now)
    kept = [stored[1] for stored in cards(database, client) if stored[0] == now]
    assert kept == [text], says(
        f"only the name was sent: the description is still {text!r}", saw=f"it is {kept}"
    )
    later = data.sentence()
    changed(client, probe, item_id, description=later)
    kept = [stored[0] for stored in cards(database, client) if stored[1] == later]
    assert kept == [now], says(
        f"only the description was sent: the name is still {now!r}", saw=f"it is {kept}"
    )


@after("test_keeps_what_was_not_sent")
@catches(
    "body.model_dump(exclude_unset=True).items()",
    becomes="body.model_dump(exclude_unset=True, exclude_none=True).items()",
    misconception="none-means-not-sent",
)
@catches(
    "a PATCH stores what was sent\n    description: str | None = None\n",
    becomes='a PATCH stores what was sent\n    description: str = ""\n',
    misconception="none-means-not-sent",
)
@hint(
    "A null was sent. Is that the same as nothing?",
    "exclude_unset knows what was sent; exclude_none and `if` do not.",
    "change_item: exclude_unset=True, no exclude_none, no `is not None`",
)
@points(2)
def test_null_clears_the_description(client, database, probe, data):
    """a description of null is cleared, and the name stays"""
    name = data.thing()
    item_id = handed_in(client, probe, name=name, description=data.sentence())
    sent = changed(client, probe, item_id, description=None)
    got = sent.json().get("description")
    assert got is None, "null was sent: the description is cleared"
    stored = (name, None) in cards(database, client)
    assert stored, says("null was sent: NULL is stored", saw="other values in the table")


@after("test_null_clears_the_description")
@catches(
    TAKE_OVER,
    becomes=(
        "    for key, value in body.model_dump(exclude_unset=True).items():\n"
        "        if value or value is None:\n"
        "            setattr(item, key, value)\n"
    ),
    misconception="falsy-means-not-sent",
)
@catches(
    TAKE_OVER,
    becomes=TAKE_OVER.replace("key, value)\n", "key, value or None)\n"),
    misconception="null-is-empty-text",
)
@catches(
    TAKE_OVER,
    becomes=(
        "    for key, value in body.model_dump(exclude_unset=True).items():\n"
        '        if value or key != "name":\n'
        "            setattr(item, key, value)\n"
    ),
    misconception="falsy-means-not-sent",
)
@hint(
    'What does `if value` make of ""?',
    "An empty text was sent, like any other text.",
    "change_item: setattr(item, key, value), without `if value`",
)
def test_empty_text_is_sent(client, probe, data):
    """an empty text replaces the old one, or an empty name is refused"""
    item_id = handed_in(client, probe, name=data.thing(), description=data.sentence())
    path = f"/items/{item_id}"
    changed(client, probe, item_id, description="")
    again = expect(client.get(path), 200, says="200 with the item")
    got = member(again, "description", says="the item, with its description")
    told = 'the description "": an empty text was sent'
    if got is None:
        told = says(told, None, "null-is-empty-text", 'Who makes a null of a ""?')
    assert got == "", told
    sent = client.patch(path, json={"name": ""})
    probe.settled()
    if sent.status_code == 200:
        again = expect(client.get(path), 200, says="200 with the item")
        got = member(again, "name", says="the item, with its name")
        assert got == "", 'the name "": 200 means that it was stored'


@after("test_changes_what_was_sent")
@catches(
    CHANGE + LOOK_UP + TAKE_OVER,
    becomes=CHANGE.replace("body: ItemChange", "body: dict")
    + LOOK_UP
    + "    for key, value in body.items():\n        setattr(item, key, value)\n",
    misconception="database-checks-the-body",
)
@catches(
    'class ItemChange(BaseModel):\n    name: str = ""',
    becomes="class ItemChange(BaseModel):\n    name: str | None = None",
    misconception="none-type-is-default",
)
@catches(
    CHANGE + LOOK_UP + TAKE_OVER + SAVE,
    becomes=(
        CHANGE.replace("ItemChange", "ItemNulls").replace(
            "@app", "class ItemNulls(ItemChange):\n    name: str | None = None\n\n\n@app"
        )
        + LOOK_UP
        + TAKE_OVER
        + TRY
        + '        raise HTTPException(status_code=409, detail="Conflict")\n'
        + "    return item\n"
    ),
    misconception="database-checks-the-body",
)
@hint(
    "May a name be null? Who should say no, and with which status?",
    'Give the field a default, and leave its type: `name: str = ""`.',
    'class ItemChange: name: str = "", not str | None = None',
)
@points(2)
def test_refuses_a_bad_change(client, database, probe, data):
    """a PATCH with a null name or a wrong type is refused, and changes nothing"""
    before = (data.thing(), data.sentence())
    item_id = handed_in(client, probe, name=before[0], description=before[1])
    for part in ({"name": None}, {"name": [data.thing()]}, {"description": {"a": 1}}):
        sent = client.patch(f"/items/{item_id}", json=part)
        ignored = sent.status_code == 200 and part == {"name": None}  # harmless if nothing changed
        if not ignored:
            expect(sent, 400, 422, says="422: name is a text, description a text or null")
    probe.settled()
    kept = before in cards(database, client)
    assert kept, says("a refused PATCH changes nothing", saw="the old values are gone")


@after("test_changes_what_was_sent")
@catches(
    "class ItemChange(BaseModel):\n",
    becomes="class ItemChange(BaseModel):\n    id: int = 0\n",
    misconception="unknown-fields-reach-the-model",
)
@hint(
    "May a caller choose the number on the shelf?",
    "What the schema of the body does not name never reaches your code.",
    "class ItemChange: name and description, no id",
)
def test_ignores_an_id(client, probe, data):
    """an id in the body of a PATCH moves no item"""
    text = data.sentence()
    item_id = handed_in(client, probe, name=data.thing())
    other = handed_in(client, probe, name=data.thing())
    client.delete(f"/items/{other}")
    sent = client.patch(f"/items/{item_id}", json={"id": other, "description": text})
    expect(sent, *range(200, 500), says="200: the id of the body is ignored")
    probe.settled()
    again = expect(client.get(f"/items/{item_id}"), 200, says="200: an item keeps its id")
    got = member(again, "id", says="an object with id, name, description")
    assert got == item_id, f"the item with the id {item_id}"


@after("test_takes_a_part")
@catches(
    TAKE_OVER,
    becomes=(
        "    part = body.model_dump(exclude_unset=True)\n"
        "    db.query(Item).filter_by(id=item_id).update(part)\n"
    ),
    misconception="a-patch-always-has-a-field",
)
@hint(
    "What is to be done when no field was sent?",
    "Nothing. An UPDATE without SET is no SQL.",
    "change_item: setattr in a loop; no UPDATE without a field",
)
def test_empty_body_changes_nothing(client, database, probe, data):
    """a PATCH that names no field changes nothing, and is no 500"""
    before = (data.thing(), data.sentence())
    item_id = handed_in(client, probe, name=before[0], description=before[1])
    sent = client.patch(f"/items/{item_id}", json={})
    expect(sent, *range(200, 500), says="200: nothing was sent, nothing changes")
    probe.settled()
    kept = before in cards(database, client)
    assert kept, says("nothing was sent, nothing changes", saw="other values in the table")


@after("test_changes_what_was_sent")
@catches(
    CHANGE + LOOK_UP,
    becomes=CHANGE + "    item = db.get(Item, item_id)\n",
    misconception="get-raises-for-a-missing-row",
)
@catches(
    CHANGE + LOOK_UP + TAKE_OVER,
    becomes=CHANGE
    + "    item = db.merge(Item(id=item_id, **body.model_dump(exclude_unset=True)))\n",
    misconception="put-makes-what-is-missing",
)
@hint(
    "What does `db.get` give for an id that is not there?",
    "It gives None, and db.merge makes a new row. First answer 404.",
    'change_item: raise HTTPException(404, detail="Item not found")',
)
def test_missing_item_is_404(client, database, probe, data):
    """a PATCH for a deleted id answers 404, and makes no item"""
    item_id = handed_in(client, probe, name=data.thing())
    expect(client.delete(f"/items/{item_id}"), 200, 202, 204, says="204")
    probe.settled()
    before = len(cards(database, client))
    sent = client.patch(f"/items/{item_id}", json={"name": data.thing()})
    told = '404 {"detail": "Item not found"}'
    if sent.status_code < 400:
        told = says(told, None, "put-makes-what-is-missing", "Who asked for a new row?")
    expect(sent, 404, says=told)
    assert member(sent, "detail", says="a detail") == "Item not found", "Item not found"
    probe.settled()
    more = len(cards(database, client)) - before
    assert more == 0, says("a 404 makes no item", saw=f"{more} more in the table")


@after("test_changes_what_was_sent")
@catches(
    CHANGE + LOOK_UP + TAKE_OVER + SAVE,
    becomes=LATE_DB
    + CHANGE.replace("db: DB", "db: LateDB")
    + LOOK_UP
    + TAKE_OVER
    + "    return item\n",
    misconception="yield-code-before-response",
)
@catches(
    CHANGE + LOOK_UP + TAKE_OVER + SAVE,
    becomes=CHANGE
    + LOOK_UP
    + TAKE_OVER
    + "    try:\n"
    + "        db.commit()\n"
    + "    except OperationalError:\n"
    + "        db.rollback()\n"
    + "    return item\n",
    misconception="caught-is-solved",
)
@catches(
    TAKE_OVER,
    becomes=TAKE_OVER + SWALLOW_FLUSH,
    misconception="caught-is-solved",
)
@hint(
    "When does your commit run: before the answer, or after it?",
    "Commit in the route, and let its error pass.",
    "change_item: db.commit() before return; nobody swallows its error",
)
@points(2)
def test_tells_of_a_failing_change(app, client, database, probe, data):
    """a PATCH that can't be stored answers 500, and the item is as it was"""
    before = (data.thing(), data.sentence())
    item_id = handed_in(client, probe, name=before[0], description=before[1])
    path = f"/items/{item_id}"
    part = {"name": data.thing()}
    answers, blame = answers_while_busy(app, client, database, "PATCH", path, part)
    for sent in answers:
        if sent is None:
            return
        saw = f"{sent.status_code}, and nothing could be stored: the database was busy"
        told = says("500: what is not stored is no 200", saw, blame, ask=LATE_OR_CAUGHT[blame])
        assert sent.status_code in FAILED, told
    assert before in cards(database, client), says("500 means nothing stored", saw="other values")


@after("test_changes_what_was_sent")
@catches(
    TAKE_OVER,
    becomes=TAKE_OVER.replace("item, key, value)\n", "item, key, value)\n        db.commit()\n"),
    misconception="commit-per-field",
)
@hint(
    "How many commits does one PATCH make?",
    "What belongs together gets one commit, after the last change.",
    "change_item: db.commit() after the loop, not inside it",
)
def test_change_is_all_or_nothing(client, database, probe, data):
    """a PATCH that the database refuses is an error, and stores no field"""
    before = (data.thing(), data.sentence())
    item_id = handed_in(client, probe, name=before[0], description=before[1])
    word = f"wet {data.thing()}"
    part = {"name": data.thing(), "description": word}
    with refusing(database, client, word):
        sent = client.patch(f"/items/{item_id}", json=part)
        probe.settled()
    expect(sent, *ERRORS, says="500: the database refused the new description")
    saw = "a second connection reads other values than before the PATCH"
    assert before in cards(database, client), says("an error means nothing stored", saw=saw)


@after("test_changes_what_was_sent")
@catches(
    "body.model_dump().items()",
    becomes="body.model_dump(exclude_unset=True).items()",
    misconception="put-changes-only-what-was-sent",
)
@catches(
    "select(func.count()).select_from(Item)",
    becomes="select(func.count(Item.description))",
    misconception="count-counts-rows",
)
@hint(
    "Which route of an earlier lesson answers another way now?",
    "What worked in lesson 7 still has to. Compare with that app.",
    "list_items, create_item, replace_item, delete_item: as they were",
)
def test_earlier_routes_stay(client, database, probe, data):
    """the routes of the earlier lessons work as before"""
    item_id = handed_in(client, probe, name=data.thing(), description=data.sentence())
    path, name = f"/items/{item_id}", data.thing()
    sent = client.put(path, json={"name": name})
    probe.settled()
    if sent.status_code not in NOT_THERE:
        expect(sent, *OK, says="200: a PUT replaces the item")
        got = members(sent, "id", "name", says="the item, with its id and name")
        assert got == (item_id, name), f"the item {item_id} with the name {name!r}"
        stored = (name, None) in cards(database, client)
        told = "a PUT without a description stores null"
        assert stored, says(told, saw="other values in the table")
    sent = client.get("/items/")
    if sent.status_code not in NOT_THERE:
        found = listing(expect(sent, 200, says="200 with the list"), says="200 with the list")
        there = any(isinstance(row, dict) and row.get("id") == item_id for row in found)
        assert there, says(f"the item {item_id} is in the list", saw="a list without it")
    count = len(cards(database, client))
    for route, shape in (("/items/count", {"count": count}), ("/health", {"database": "ok"})):
        sent = client.get(route)
        if sent.status_code not in NOT_THERE:
            (key,) = shape
            told = f"200 {shape}"
            expect(sent, 200, says=told)
            assert member(sent, key, says=told) == shape[key], told
    for route, key in (("/now", "now"), ("/users/count", "count")):
        sent = client.get(route)
        if sent.status_code not in NOT_THERE:
            expect(sent, 200, says=f'200 with the key "{key}"')
            member(sent, key, says=f'200 with the key "{key}"')
    sent = client.get("/tables")
    if sent.status_code not in NOT_THERE:
        expect(sent, 200, says="200 with the names of the tables")
        listing(sent, says="200 with the names of the tables")
    expect(client.delete(path), 200, 202, 204, says="204: the item is deleted")
    probe.settled()
    expect(client.get(path), 404, says="404: the item is deleted")
