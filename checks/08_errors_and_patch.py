"""Lesson 8: every error is a deliberate status, and a PATCH changes what was sent."""

import sqlite3
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


def signed_up(client, probe, data, says="201 with the new user"):
    """POST a new user and wait until the app has nothing left to do; id, name, e-mail."""
    name, email = data.person(), data.email()
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


def answer_while_busy(app, client, database, method, path, body, writing=None):
    """What the app answers when it can't store now; None where it waits too long to be judged.

    `writing`: somebody else writes, and the app's first write fails; else somebody reads, and only
    its COMMIT fails. None: the latter, but where a write-ahead log lets both go on. The stop at the
    end gives back what a pooled connection may still hold.
    """
    app.restart(database_url=f"{database.url}?timeout={BUSY_S}")
    if writing is None:
        writing = database.journal_mode == "wal"
    with ThreadPoolExecutor(1) as pool:
        with database.writing() if writing else database.reading():
            answer = pool.submit(client.request, method, path, json=body)
            in_time = bool(wait([answer], PATIENCE_S).done)
        answer.result()
    app.stop()
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
@hint(
    "Which object knows the new id: the body, or the User?",
    "Make a User from the body, add it, commit it, return it.",
    "create_user: user = User(**body.model_dump()) ... return user",
)
@points(2)
def test_makes_a_user(client, data):
    """POST /users/ answers with an id, and the name and e-mail you sent"""
    body = {"name": data.person(), "email": data.email()}
    sent = expect(client.post("/users/", json=body), *OK, says="201 {id, name, email}")
    got = members(sent, "id", "name", "email", says="an object with id, name, email")
    assert got[0] is not None, "an id that the database gave"
    assert got[1:] == (body["name"], body["email"]), f"name and email as sent: {body}"


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
@hint(
    "Who makes the row permanent, and who finds it again by its id?",
    "Commit in POST. In GET, look the user up by its primary key.",
    "create_user: db.commit(); read_user: db.get(User, user_id)",
)
@points(2)
def test_keeps_the_user(client, database, probe, data):
    """a user you POST is stored and active, and GET finds it by its id"""
    users_of(database, client)  # a search asks the app: before the request that is judged
    signed_up(client, probe, data)
    user_id, name, email = signed_up(client, probe, data)
    stored = named(database, client, email) == [name]
    assert stored, says("201 means stored", saw="a second connection reads no such user")
    again = expect(client.get(f"/users/{user_id}"), 200, says="200 with the user")
    got = members(again, "id", "name", "email", says="an object with id, name, email")
    assert got == (user_id, name, email), f"the user with the id {user_id}: {name}, {email}"
    sql = f"select is_active from {quoted(users_of(database, client))} where email = ?"
    active = database.rows(sql, email)[0][0]
    assert active, says("a new user is active", saw=f"is_active is {active}")


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
@hint(
    "When does your commit run: before the answer, or after it?",
    "Commit in the route, and let the errors pass that you don't mean.",
    "create_user: db.commit() before return, in the try",
)
def test_tells_of_a_failing_user(app, client, database, data):
    """a user who can't be stored is an error that the client sees"""
    body = {"name": data.person(), "email": data.email()}
    sent = answer_while_busy(app, client, database, "POST", "/users/", body)
    if sent is None:
        return
    saw = f"{sent.status_code}, and nothing could be stored: the database was busy"
    assert sent.status_code in ERRORS, says("500: what is not stored is no 201", saw=saw)
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
    expect(sent, 409, says="409: the e-mail is taken")


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
@hint(
    "Who closes the session that your routes for users use?",
    "Take it from `get_db`. A session you open yourself stays open.",
    "create_user(body: UserCreate, db: DB), read_user(user_id, db: DB)",
)
def test_gives_back_after_a_409(client, database, probe, data):
    """no connection and no lock is kept after a 201, 409, 422, 200 or 404"""
    user_id, _, email = signed_up(client, probe, data)
    client.post("/users/", json={"name": data.person(), "email": email})
    client.post("/users/", json={})
    client.get(f"/users/{user_id}")
    item_id = handed_in(client, probe, name=data.thing())
    client.patch(f"/items/{item_id}", json={"name": data.thing()})
    client.delete(f"/items/{item_id}")
    client.patch(f"/items/{item_id}", json={"name": data.thing()})
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


def taken_by_a_rival(database, client, email):
    """Let somebody else take this e-mail between any look of the app and its INSERT."""
    table = users_of(database, client)
    apart = set().union(*database.unique(table)) - {"email"}
    values = {}
    for name, column in database.columns(table).items():
        if column.primary_key and column.type.upper() == "INTEGER":
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
    sent = answer_while_busy(app, client, database, "POST", "/users/", body, writing=True)
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
@hint(
    "What else can go wrong in a commit, beside a taken e-mail?",
    "Catch the one exception you mean. A busy database is no duplicate.",
    "create_user: except IntegrityError, not except Exception",
)
@points(2)
def test_busy_is_no_duplicate(app, client, database, data):
    """a busy database is a 500, not the 409 of a taken e-mail"""
    body = {"name": data.person(), "email": data.email()}
    sent = answer_while_busy(app, client, database, "POST", "/users/", body)
    if sent is None:
        return
    saw = f"{sent.status_code}, and the reason was: the database is locked"
    assert sent.status_code in FAILED, says("500: the e-mail was free, the database busy", saw=saw)


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
@hint(
    "What does `db.get` give for an id that is not there?",
    "It gives None, and None is no user. First answer 404.",
    "read_user: if user is None: raise HTTPException(404, ...)",
)
def test_missing_user_is_404(client, database, probe, data):
    """GET /users/{id} of a user who is gone answers 404"""
    user_id, _, email = signed_up(client, probe, data)
    database.run(f"delete from {quoted(users_of(database, client))} where email = ?", email)
    expect(client.get(f"/users/{user_id}"), 404, says="404: there is no such user")


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
@hint(
    "Which object stands for the row, and who makes its change last?",
    "Load the item, set what was sent, commit, return it.",
    "change_item: setattr(item, key, value), db.commit(), return item",
)
@points(2)
def test_changes_what_was_sent(client, database, probe, data):
    """PATCH answers 200 with the new values, and a second connection sees them"""
    neighbour = (data.thing(), data.sentence())
    handed_in(client, probe, name=neighbour[0], description=neighbour[1])
    item_id = handed_in(client, probe, name=data.thing(), description=data.sentence())
    items_of(database, client)  # a search asks the app: before the request that is judged
    now = (data.thing(), data.sentence())
    sent = changed(client, probe, item_id, name=now[0], description=now[1])
    got = members(sent, "id", "name", "description", says="an object with id, name, description")
    assert got == (item_id, *now), f"id {item_id}, name {now[0]!r}, description {now[1]!r}"
    found = cards(database, client)
    assert now in found, says("200 means stored", saw="a second connection reads the old values")
    assert neighbour in found, says("one item is changed", saw="another item has changed too")


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
@hint(
    'What does `if value` make of ""?',
    "An empty text was sent, like any other text.",
    "change_item: setattr(item, key, value), without `if value`",
)
def test_empty_text_is_sent(client, probe, data):
    """an empty description replaces the old one"""
    text = data.sentence()
    item_id = handed_in(client, probe, name=data.thing(), description=text)
    changed(client, probe, item_id, description="")
    again = expect(client.get(f"/items/{item_id}"), 200, says="200 with the item")
    assert not again.json().get("description"), "an empty text was sent: the old one is gone"


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
            expect(sent, *REFUSED, says="422: name is a text, description a text or null")
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
    expect(sent, 404, says='404 {"detail": "Item not found"}')
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
    sent = answer_while_busy(app, client, database, "PATCH", path, {"name": data.thing()})
    if sent is None:
        return
    saw = f"{sent.status_code}, and nothing could be stored: the database was busy"
    assert sent.status_code in FAILED, says("500: what is not stored is no 200", saw=saw)
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
