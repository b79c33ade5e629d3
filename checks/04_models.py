"""Lesson 4: what the database itself refuses, and how many rows there are."""

import sqlite3

from yielddb.checking import after, catches, expect, hint, inside, member, points, quoted, says

TRUE = {"1", "true", "t"}  # how a database file may keep it


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
    """Does the database itself refuse this row? One that gets in is taken out again."""
    try:
        key = database.insert(table, **values)
    except sqlite3.IntegrityError:
        return True
    database.delete(table, key)
    return False


def takes(database, table, **values):
    """The refusal of a row that should get in, or None; the row is taken out again."""
    try:
        database.delete(table, database.insert(table, **values))
    except sqlite3.IntegrityError as error:
        return f"the database refused it: {error}"
    return None


def count(client, path):
    """The number that the app answers."""
    answer = expect(client.get(path), 200, says='200 with {"count": n}')
    return member(answer, "count", says='{"count": n}')


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
@hint(
    "May an umbrella come without a description?",
    "Which annotation allows NULL?",
    "class Item: description: Mapped[str | None]",
)
@after("test_has_items_and_users")
def test_takes_an_item_without_description(client, database, data):
    """the database takes an item without a description"""
    refusal = takes(database, items_of(database, client), name=data.thing(), description=None)
    assert not refusal, says("a name is enough for an item", saw=refusal)


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
    for _ in range(2):
        person, email = data.person(), data.email()
        try:
            key = database.insert(users, name=person, email=email)
        except sqlite3.IntegrityError as error:
            raise AssertionError(says("a user with a new e-mail", saw=error)) from None
        sql = f"select is_active from {quoted(users)} where email = ?"
        ((active,),) = database.rows(sql, email)
        database.delete(users, key)
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
@hint(
    "Two rows with one address came from outside. Who can refuse one?",
    "UNIQUE has to stand in the table.",
    "class User: email: Mapped[str] = mapped_column(unique=True)",
)
@after("test_takes_users")
def test_refuses_a_second_user_with_the_same_email(client, database, data):
    """the database itself refuses a second user with the same e-mail"""
    users, email = users_of(database, client), data.email()
    key = database.insert(users, name=data.person(), email=email, is_active=True)
    refused = refuses(database, users, name=data.person(), email=email, is_active=True)
    database.delete(users, key)
    indexes = database.rows(f"pragma index_list({quoted(users)})")
    has_index = any(origin == "c" for _, _, _, origin, _ in indexes)  # made by CREATE INDEX
    assert refused, says(
        "no two users have the same e-mail",
        saw=f"a second connection stored {email} twice in {users}",
        misconception=None if has_index else "code-keeps-unique",
        ask="An index finds an address. What refuses a second one?" if has_index else None,
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
@hint(
    "Read the SELECT that your route sends. Which table is in it?",
    "`select(func.count())` needs `select_from`.",
    "count_items: select(func.count()).select_from(Item)",
)
@after("test_has_items_and_users")
def test_counts_the_items(client, database, data):
    """GET /items/count gives the number of items, whoever put them there"""
    items = items_of(database, client)
    (there,) = database.rows(f"select count(*) from {quoted(items)}")[0]
    assert count(client, "/items/count") == there, says(f'{{"count": {there}}}')
    none = "" if database.columns(items)["description"].not_null else None
    more = 1 + data.few()  # more than the two different descriptions
    for description in (data.sentence(), *[none] * (more - 1)):
        database.insert(items, name=data.thing(), description=description)
    counted = count(client, "/items/count")
    assert counted == there + more, says(
        f'{{"count": {there + more}}}, once a second connection has added {more}',
        misconception="count-counts-rows" if there < counted < there + more else None,
        ask="Which rows does your count leave out?" if there < counted < there + more else None,
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
@hint(
    "Read the SELECT that your route sends. Which rows does it count?",
    "All users, active or not: no WHERE.",
    "count_users: select(func.count()).select_from(User)",
)
@after("test_takes_users")
def test_counts_the_users(client, database, data):
    """GET /users/count gives the number of users, active or not"""
    users = users_of(database, client)
    (there,) = database.rows(f"select count(*) from {quoted(users)}")[0]
    keys = [
        database.insert(users, name=data.person(), email=data.email(), is_active=active)
        for active in (True, False, *[True] * (data.few() - 1))
    ]
    database.delete(users, keys[0])
    counted, right = count(client, "/users/count"), there + len(keys) - 1
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
@hint(
    "Who closes the session in which your route counts?",
    "A `with` block closes it, however the block is left.",
    "count_items, count_users: with SessionLocal() as db:",
)
def test_gives_back_after_counting(client, probe):
    """no connection stays checked out after the items and the users were counted"""
    for path in ("/items/count", "/users/count") * 2:
        count(client, path)
        held = probe.settled().checked_out
        assert held == 0, says(
            "every connection is back in the pool",
            saw=inside(f"connections out of the pool: {held}"),
        )
