"""Lesson 4: what the database itself refuses, and how many rows there are."""

import sqlite3
from contextlib import suppress

from yielddb.checking import after, catches, expect, hint, inside, member, points, quoted, says

TRUE = {"1", "true", "t", "yes", "y", "on"}  # how a database file may keep it
MANY = 120  # more than a page of a hundred
NUMBERED = "0070" * 5  # a text that a column of numbers would change
HEALTH = """\
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
"""


def items_of(database, client):
    """The table of items, found by its columns; of several, the one that the app counts."""
    counted = asking(client, "/items/count")
    return database.table_with("name", "description", shown=counted)


def users_of(database, client):
    """The table of users, found by its columns; of several, the one that the app counts."""
    counted = asking(client, "/users/count")
    return database.table_with("name", "email", "is_active", shown=counted)


def asking(client, path):
    """A question to the app, to be asked before a change and after it."""
    return lambda: client.get(path).text


def refuses(database, table, **values):
    """Does the database itself keep this row out? One that gets in is taken out again."""
    try:
        key = database.insert(table, **values)
    except sqlite3.IntegrityError:
        return True
    if key is None:  # the table ignores it: ON CONFLICT IGNORE
        return True
    database.delete(table, key)
    return False


def refuses_twice(database, data, users, email, **values):
    """Does the database itself refuse the second of two users with this e-mail?"""
    key = database.insert(users, name=data.person(), email=email, **values)
    refused = refuses(database, users, name=data.person(), email=email, **values)
    database.delete(users, key)
    return refused


def number_of(database, table):
    """How many rows a second connection counts."""
    return database.rows(f"select count(*) from {quoted(table)}")[0][0]


def count(client, path):
    """The number that the app answers."""
    answer = expect(client.get(path), 200, says='200 with {"count": n}')
    counted = member(answer, "count", says='{"count": n}')
    assert isinstance(counted, (int, float)), '{"count": n}, where n is a number'
    return counted


def why_too_few(before, counted, right, *, asked):
    """What to say of a count that misses rows which came after it was first asked."""
    if counted == before and not asked:
        ask = "That is the answer of before. Who asked the database again?"
        return {"misconception": "once-up-always-up", "ask": ask}
    if before < counted < right:
        ask = "Which rows does your count leave out?"
        return {"misconception": "count-counts-rows", "ask": ask}
    return {}


def why_not_all(counted, right, names):
    """What to say of a count that is wrong once many items share a name and one is deleted."""
    if counted == right + 1:
        ask = "One item was deleted. Who takes it out of the count?"
        return {"misconception": "highest-id-is-the-count", "ask": ask}
    if names - 1 <= counted <= names + 1:
        ask = "Many items share one name. How often does each count?"
        return {"misconception": "a-name-is-an-identity", "ask": ask}
    if counted < right:
        ask = "Is there a LIMIT in what your route asks?"
        return {"misconception": "rows-fit-on-one-page", "ask": ask}
    return {}


@catches(
    "class User(Base):\n",
    becomes="class User:\n",
    misconception="tablename-is-enough",
)
@hint(
    "Which columns does the contract name, and for which tables?",
    "Both models inherit from Base; each column has its `Mapped[...]`.",
    "class User(Base): id, name, email, is_active",
)
def test_has_items_and_users(client, database):
    """start-up makes a table for items and a table for users"""
    users, items = users_of(database, client), items_of(database, client)
    assert users != items, says(
        "a table for items and another for users", saw=f"one table for both: {users}"
    )


@catches(
    "    name: Mapped[str]\n    description: Mapped[str | None]\n",
    becomes="    name: Mapped[str]\n    description: Mapped[str]\n",
    misconception="none-is-allowed-everywhere",
)
@catches(
    "    name: Mapped[str]\n    description: Mapped[str | None]\n",
    becomes=(
        "    name: Mapped[str] = mapped_column(unique=True)\n    description: Mapped[str | None]\n"
    ),
    misconception="a-name-is-an-identity",
)
@catches(
    "    name: Mapped[str]\n    description: Mapped[str | None]\n",
    becomes="    name: Mapped[str]\n    description: Mapped[int | None]\n",
    misconception="digits-are-a-number",
)
@hint(
    "May an umbrella come without a description?",
    "Which annotation allows NULL?",
    "class Item: description: Mapped[str | None]",
)
@after("test_has_items_and_users")
def test_takes_items(client, database, data):
    """the database takes items of one name, without a description and with one"""
    items, name = items_of(database, client), data.thing()
    contract = "a name is enough for an item"
    try:
        first = database.insert(items, name=name, description=None)
    except sqlite3.IntegrityError as error:
        raise AssertionError(says(contract, saw=f"the database refused it: {error}")) from None
    try:
        second = database.insert(items, name=name, description=NUMBERED)
    except sqlite3.IntegrityError as error:
        ask = "Two umbrellas may have one name. What refuses the second?"
        saw = f"a second item of the same name was refused: {error}"
        contract = "an item may have the name of another"
        raise AssertionError(says(contract, saw, "a-name-is-an-identity", ask)) from None
    sql = f"select description from {quoted(items)} where name = ? and description is not null"
    kept = [description for (description,) in database.rows(sql, name)]
    database.delete(items, second)
    database.delete(items, first)
    assert kept in ([NUMBERED], []), says(  # [] where a trigger keeps it elsewhere
        "a description is a text, stored as it is",
        saw=f"the text {NUMBERED!r} came back as {kept[0]!r}",
        misconception="digits-are-a-number",
        ask="Of which type is the column of the description?",
    )


@points(2)
@catches(
    "    name: Mapped[str]\n    description: Mapped[str | None]\n",
    becomes=(
        "    name: Mapped[str | None]\n    description: Mapped[str | None]\n\n"
        "    def __init__(self, **values):\n"
        '        if values.get("name") is None:\n'
        '            raise ValueError("an item has a name")\n'
        "        super().__init__(**values)\n"
    ),
    misconception="class-checks-data",
)
@catches(
    "    name: Mapped[str]\n    description: Mapped[str | None]\n",
    becomes=(
        '    name: Mapped[str] = mapped_column(default="umbrella", nullable=True)\n'
        "    description: Mapped[str | None]\n"
    ),
    misconception="python-default-is-server-default",
)
@hint(
    "The row came from outside. Which line of yours has seen it?",
    "NOT NULL comes into the table by an annotation without `None`.",
    "class Item: name: Mapped[str]",
)
@after("test_has_items_and_users")
def test_refuses_an_item_without_name(client, database, data):
    """the database itself refuses an item whose name is NULL"""
    items = items_of(database, client)
    assert refuses(database, items, name=None, description=data.sentence()), says(
        "the name of an item is never NULL",
        saw=f"a second connection stored a row with the name NULL in {items}",
    )


@catches(
    "    is_active: Mapped[bool] = mapped_column(default=True)\n",
    becomes='    is_active: Mapped[bool] = mapped_column(server_default="0")\n',
    misconception="server-default-is-for-old-rows",
)
@catches(
    "    name: Mapped[str]\n    email:",
    becomes="    name: Mapped[str] = mapped_column(unique=True)\n    email:",
    misconception="a-name-is-an-identity",
)
@hint(
    "A new user is active. What does your table fill in?",
    "`default=True` or `server_default=true()`; both are right.",
    "class User: is_active: Mapped[bool] = mapped_column(default=True)",
)
@after("test_has_items_and_users")
def test_takes_users(client, database, data):
    """the database takes users with different e-mails, and new ones are active"""
    users = users_of(database, client)
    default = database.columns(users)["is_active"].default
    person, keys, actives = data.person(), [], []
    try:
        for email in (data.email(), data.email()):
            keys.append(database.insert(users, name=person, email=email))
            sql = f"select is_active from {quoted(users)} where email = ?"
            actives += [active for (active,) in database.rows(sql, email)]
    except sqlite3.IntegrityError as error:
        told = says("a user with a new e-mail", saw=error)
        if keys:
            ask = "Two people may have one name. What refuses the second?"
            told = says("a user with a new e-mail", error, "a-name-is-an-identity", ask)
        raise AssertionError(told) from None
    finally:
        for key in keys:
            database.delete(users, key)
    for active in actives:
        assert default is None or str(active).lower() in TRUE, says(
            "is_active is true for a new user",
            saw=f"a new row without is_active got {active!r} by DEFAULT {default}",
        )


@points(2)
@catches(
    "    name: Mapped[str]\n    email:",
    becomes="    name = mapped_column(__import__('sqlalchemy').String)\n    email:",
    misconception="columns-are-not-null",
)
@hint(
    "When may a column be NULL?",
    "Without `Mapped[str]` it may, unless `nullable=False` forbids it.",
    "class User: name: Mapped[str]",
)
@after("test_takes_users")
def test_refuses_a_user_without_name(client, database, data):
    """the database itself refuses a user whose name is NULL"""
    users = users_of(database, client)
    assert refuses(database, users, name=None, email=data.email(), is_active=True), says(
        "the name of a user is never NULL",
        saw=f"a second connection stored a row with the name NULL in {users}",
    )


@points(2)
@catches(
    "    email: Mapped[str] = mapped_column(unique=True)\n",
    becomes="    email: Mapped[str] = mapped_column(index=True)\n",
    misconception="index-makes-unique",
)
@catches(
    "    email: Mapped[str] = mapped_column(unique=True)\n",
    becomes=(
        "    email: Mapped[str]\n\n"
        "    def __init__(self, **values):\n"
        "        with SessionLocal() as db:\n"
        '            taken = db.scalar(select(User.id).where(User.email == values["email"]))\n'
        "        if taken:\n"
        '            raise ValueError("taken")\n'
        "        super().__init__(**values)\n\n"
    ),
    misconception="code-keeps-unique",
)
@catches(
    "    email: Mapped[str] = mapped_column(unique=True)\n"
    "    is_active: Mapped[bool] = mapped_column(default=True)\n",
    becomes=(
        "    email: Mapped[str]\n"
        "    is_active: Mapped[bool] = mapped_column(default=True)\n"
        "    __table_args__ = (__import__('sqlalchemy').Index(\n"
        "        'one_each', 'email', unique=True, sqlite_where=text('is_active')),)\n"
    ),
    misconception="inactive-is-gone",
)
@hint(
    "Two rows with one address came from outside. Who can refuse one?",
    "UNIQUE has to stand in the table.",
    "class User: email: Mapped[str] = mapped_column(unique=True)",
)
@after("test_takes_users")
def test_refuses_a_second_user_with_the_same_email(client, database, data):
    """the database itself refuses a second user with the same e-mail"""
    users, email = users_of(database, client), data.email()
    refused = refuses_twice(database, data, users, email, is_active=True)
    indexes = database.rows(f"pragma index_list({quoted(users)})")
    has_index = any(origin == "c" for _, _, _, origin, _ in indexes)  # made by CREATE INDEX
    assert refused, says(
        "no two users have the same e-mail",
        saw=f"a second connection stored {email} twice in {users}",
        misconception=None if has_index else "code-keeps-unique",
        ask="An index finds an address. What refuses a second one?" if has_index else None,
    )
    assert refuses_twice(database, data, users, email, is_active=False), says(
        "no two users have the same e-mail, active or not",
        saw=f"a second connection stored {email} twice, for users who are not active",
        misconception="inactive-is-gone",
        ask="Which users does your UNIQUE leave out?",
    )


@points(2)
@catches(
    "db.scalar(select(func.count()).select_from(Item))",
    becomes="db.scalar(select(func.count()))",
    misconception="count-knows-its-table",
)
@catches(
    "db.scalar(select(func.count()).select_from(Item))",
    becomes="db.scalar(select(func.count(Item.description)))",
    misconception="count-counts-rows",
)
@catches(
    "db.scalar(select(func.count()).select_from(Item))",
    becomes="db.scalar(select(func.count()).select_from(User))",
    misconception="count-knows-its-table",
)
@catches(
    "db.scalar(select(func.count()).select_from(Item))",
    becomes="db.scalar(select(func.count(Item.name.distinct())))",
    misconception="a-name-is-an-identity",
)
@catches(
    "db.scalar(select(func.count()).select_from(Item))",
    becomes="db.scalar(select(func.max(Item.id))) or 0",
    misconception="highest-id-is-the-count",
)
@catches(
    "db.scalar(select(func.count()).select_from(Item))",
    becomes="len(db.scalars(select(Item).limit(100)).all())",
    misconception="rows-fit-on-one-page",
)
@catches(
    '@app.get("/items/count")\n',
    becomes='@app.get("/items/count")\n@__import__("functools").cache\n',
    misconception="once-up-always-up",
)
@hint(
    "Read the SELECT that your route sends. Which table is in it?",
    "`select(func.count())` needs `select_from`.",
    "count_items: select(func.count()).select_from(Item)",
)
@after("test_takes_items")
def test_counts_the_items(client, database, data, probe):
    """GET /items/count gives the number of items, whoever put them there"""
    items, name = items_of(database, client), data.thing()
    there = number_of(database, items)
    assert count(client, "/items/count") == there, says(f'{{"count": {there}}}')
    more = 1 + data.few()  # more than the two different descriptions
    keys = [
        database.insert(items, name=data.thing(), description=description)
        for description in (data.sentence(), *[None] * (more - 1))
    ]
    with probe.watch() as seen:
        counted = count(client, "/items/count")
    right = number_of(database, items)
    assert counted == right, says(
        f'{{"count": {right}}}, once a second connection has added {more}',
        **why_too_few(there, counted, right, asked=bool(seen.statements)),
    )
    for _ in range(MANY):
        keys.append(database.insert(items, name=name, description=None))
    database.delete(items, keys[1])
    right = number_of(database, items)
    counted = count(client, "/items/count")
    assert counted == right, says(
        f'{{"count": {right}}}, with {MANY} more of one name, and one deleted',
        **why_not_all(counted, right, there + more),
    )


@points(2)
@catches(
    "db.scalar(select(func.count()).select_from(User))",
    becomes="db.scalar(select(func.count()).where(User.is_active))",
    misconception="inactive-is-gone",
)
@catches(
    "db.scalar(select(func.count()).select_from(User))",
    becomes="db.scalar(select(User.id).order_by(User.id.desc())) or 0",
    misconception="highest-id-is-the-count",
)
@catches(
    "db.scalar(select(func.count()).select_from(User))",
    becomes="db.scalar(select(func.count()).select_from(User).join(Item, Item.id == User.id))",
    misconception="count-knows-its-table",
)
@hint(
    "Read the SELECT that your route sends. Which rows does it count?",
    "All users, active or not: no WHERE.",
    "count_users: select(func.count()).select_from(User)",
)
@after("test_takes_users")
def test_counts_the_users(app, client, database, data):
    """GET /users/count gives the number of users, active or not"""
    users = users_of(database, client)
    app.restart(fresh=True)  # and there are users without any item
    keys = [
        database.insert(users, name=data.person(), email=data.email(), is_active=active)
        for active in (True, False, *[True] * (data.few() - 1))
    ]
    database.delete(users, keys[0])
    counted, right = count(client, "/users/count"), number_of(database, users)
    is_highest = counted == right + 1
    assert counted == right, says(
        f'{{"count": {right}}}, after {len(keys)} users were added and one deleted',
        misconception="highest-id-is-the-count" if is_highest else None,
        ask="One user was deleted. Who takes it out of the count?" if is_highest else None,
    )


@after("test_counts_the_users")
@catches(
    "    with SessionLocal() as db:\n"
    '        return {"count": db.scalar(select(func.count()).select_from(Item))}\n',
    becomes="    db = SessionLocal()\n"
    '    return {"count": db.scalar(select(func.count()).select_from(Item))}\n',
    misconception="dropped-is-given-back",
)
@catches(
    "    with SessionLocal() as db:\n"
    '        return {"count": db.scalar(select(func.count()).select_from(User))}\n',
    becomes="    db = SessionLocal()\n"
    "    counted = db.scalar(select(func.count()).select_from(User))\n"
    "    if counted:\n"
    "        db.close()\n"
    '    return {"count": counted}\n',
    misconception="dropped-is-given-back",
)
@hint(
    "Who closes the session in which your route counts?",
    "A `with` block closes it, however the block is left.",
    "count_items, count_users: with SessionLocal() as db:",
)
def test_gives_back_after_counting(app, client, database, data, probe):
    """no connection stays checked out after the items and the users were counted"""
    items, users = items_of(database, client), users_of(database, client)
    app.restart(fresh=True)  # both tables are empty, where the app itself fills none
    for has_rows in (False, True):
        if has_rows:
            with suppress(sqlite3.DatabaseError):  # a table that takes none was told of above
                database.insert(items, name=data.thing(), description=None)
                database.insert(users, name=data.person(), email=data.email(), is_active=True)
        for path in ("/items/count", "/users/count") * 2:
            expect(client.get(path), 200, says='200 with {"count": n}')
            held = probe.settled().checked_out
            saw = inside(f"connections out of the pool: {held}")
            assert held == 0, says("every connection is back in the pool", saw=saw)


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
    "health, now, tables: whatever opens a session or a connection",
)
def test_earlier_routes_give_back(app, client, probe):
    """the routes of earlier lessons still give every connection back"""
    app.restart(fresh=True)  # what another route has kept is no fault of these
    for path in ("/health", "/now", "/tables") * 2:
        expect(client.get(path), 200, 404, says=f"GET {path} answers as before: 200")
        held = probe.settled().checked_out
        saw = inside(f"connections out of the pool: {held}")
        assert held == 0, says(f"every connection is back after GET {path}", saw=saw)
