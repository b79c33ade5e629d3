"""One engine: lazy, at the address it was told, and every connection comes back."""

from yielddb.checking import (
    NotStarted,
    after,
    catches,
    expect,
    hint,
    inside,
    member,
    points,
    says,
)

A_FEW = 5
MANY = 20  # more than the 15 connections that a pool lends
CROWD = 24  # threads enough that a connection travels from one to another
OK = '200 {"database": "ok"}'
UNAVAILABLE = '503 {"detail": "database unavailable"}: no database is there'

QUESTION = """\
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
"""
ROUTE = f"""\
@app.get("/health")
def health():
    try:
{QUESTION}\
    except OperationalError:
        raise HTTPException(status_code=503, detail="database unavailable")
"""
REMEMBERED = f"""\
answered = []


@app.get("/health")
def health():
    if answered:
        return {{"database": "ok"}}
    try:
{QUESTION}\
    except OperationalError:
        raise HTTPException(status_code=503, detail="database unavailable")
    answered.append(True)
"""
ASKED_ONCE = f"""\
import functools


@functools.cache
def database_answers():
    try:
{QUESTION}\
    except OperationalError:
        return False
    return True


@app.get("/health")
def health():
    if not database_answers():
        raise HTTPException(status_code=503, detail="database unavailable")
"""


def open_connections(app, probe):
    """How many connections the app holds: seen from outside, or from within where that can't be."""
    seen = app.open_files()
    facts = probe.settled()
    return facts.connects - facts.closes if seen is None else seen


def was_asked(seen):
    """Did an engine lend a connection, or send SQL? Of a StaticPool the SQL alone is seen."""
    return seen.checkouts or seen.connects or seen.statements


def lose_the_database(app, database):
    """Start the app with a folder where its database should be; False if it can't start then.

    An app that makes tables at start-up may refuse to start; later lessons have such apps.
    """
    makes_tables = bool(database.tables())
    (app.folder / "shelf.db").mkdir(exist_ok=True)
    try:
        app.restart(database_url="sqlite:///./shelf.db")
    except NotStarted:
        if makes_tables:
            return False
        raise
    return True


@catches(
    "engine = create_engine(DATABASE_URL)\n",
    becomes="engine = create_engine(DATABASE_URL)\nengine.connect().close()\n",
    misconception="create-engine-connects",
)
@hint(
    "What does Python run while it imports main.py?",
    "Making an engine opens nothing. Asking it for a connection does.",
    "main.py: engine.connect() in a line outside of all functions",
)
def test_import_opens_nothing(app):
    """importing your app opens no connection and makes no database file"""
    opened = app.at_import.connects
    assert not opened, says(
        "no connection while main.py is imported",
        saw=inside(f"connections that the import opened: {opened}"),
    )
    made = [name for name in app.at_import.files if name.endswith((".db", ".sqlite", ".sqlite3"))]
    assert not made, says("no database file while main.py is imported", saw=", ".join(made))


@catches(
    'return {"database": "ok"}',
    becomes='return {"status": "ok"}',
    misconception="contract-keys-are-free",
)
@hint(
    "What does the contract call the key, and what the value?",
    "A route may return a dictionary; it becomes the JSON.",
    'health: return {"database": "ok"}',
)
def test_answers_ok(client):
    """GET /health answers 200 with {"database": "ok"}"""
    answer = expect(client.get("/health"), 200, says=OK)
    assert member(answer, "database", says=OK) == "ok", OK


@after("test_answers_ok")
@catches(QUESTION, becomes="        ...\n", misconception="alive-means-connected")
@catches(
    QUESTION,
    becomes='        open(engine.url.database, "a").close()\n',
    misconception="alive-means-connected",
)
@catches(
    'os.environ.get("DATABASE_URL", "sqlite:///./app.db")',
    becomes='"sqlite:///./app.db"',
    misconception="url-in-the-code",
)
@hint(
    "Which database did your route ask, if any?",
    "The address is in os.environ. The route asks through its engine.",
    "health: with engine.connect() as connection: connection.execute(...)",
)
def test_asks_the_database(app, client, database, probe):
    """GET /health asks the database whose address is in DATABASE_URL"""
    app.restart(fresh=True)
    with probe.watch() as seen:
        expect(client.get("/health"), 200, says=OK)
    asked = was_asked(seen)
    assert asked or not database.exists, says(
        "GET /health asks through the engine", saw=inside("200, and no connection was used")
    )
    assert database.exists, says(
        "the database in DATABASE_URL is asked",
        saw=inside("200, and another database was asked" if asked else "200, nobody was asked"),
        misconception="url-in-the-code" if asked else None,
        ask="Where does create_engine get its address from?" if asked else None,
    )


@after("test_asks_the_database")
@catches(
    'os.environ.get("DATABASE_URL", "sqlite:///./app.db")',
    becomes='os.environ["DATABASE_URL"]',
    misconception="settings-are-always-there",
)
@hint(
    "What does your app do where nobody has set DATABASE_URL?",
    "os.environ.get takes a second argument: the value to use without it.",
    'configure: os.environ.get("DATABASE_URL", "sqlite:///./app.db")',
)
def test_has_a_default(app, client, database):
    """without DATABASE_URL the database is app.db in the folder the app runs in"""
    app.restart(database_url="")
    told = client.get("/health")
    if told.status_code == 503:  # a path that leads nowhere
        ask = "Where does a path after three slashes begin?"
        expect(told, 200, says=says(OK, None, "three-slashes-are-absolute", ask))
    expect(told, 200, says=OK)
    contract = "sqlite:///./app.db when DATABASE_URL is not set"
    assert database.exists, says(contract, saw="there is no file app.db")


@after("test_asks_the_database")
@catches(
    "    except OperationalError:\n",
    becomes="    except ConnectionError:\n",
    misconception="every-failure-is-500",
)
@catches(
    'raise HTTPException(status_code=503, detail="database unavailable")',
    becomes='return {"detail": "database unavailable"}',
    misconception="bad-news-with-200",
)
@points(2)
@hint(
    "What does SQLAlchemy raise when it cannot open the database?",
    "Catch OperationalError around the question, raise HTTPException.",
    'HTTPException(status_code=503, detail="database unavailable")',
)
def test_answers_unavailable(app, client, database):
    """a database out of reach: 503 with {"detail": "database unavailable"}"""
    if lose_the_database(app, database):
        answer = client.get("/health")
        told = UNAVAILABLE
        if answer.status_code < 400:
            ask = "A program reads the status. What does it say?"
            told = says(UNAVAILABLE, misconception="bad-news-with-200", ask=ask)
        expect(answer, 503, says=told)
        detail = member(answer, "detail", says=UNAVAILABLE)
        assert detail == "database unavailable", UNAVAILABLE


@after("test_answers_unavailable")
@catches(ROUTE, becomes=ASKED_ONCE, misconception="once-up-always-up")
@hint(
    "Does every request ask anew?",
    "What one request has found out must not be kept for the next one.",
    "health: the `try` with the question in it belongs into the route",
)
def test_gives_back_after_503(app, client, database, probe):
    """a 503 keeps no connection, and the first try after the trouble is a 200"""
    if not lose_the_database(app, database):
        return
    for _ in range(MANY):
        expect(client.get("/health"), 503, says=UNAVAILABLE)
    held = probe.settled().checked_out
    assert held == 0, says(
        "no connection is held after a 503", saw=inside(f"connections out of the pool: {held}")
    )
    (app.folder / "shelf.db").rmdir()
    back = f"{OK} as soon as the database can be reached again"
    expect(client.get("/health"), 200, says=back)


@after("test_answers_ok")
@catches(
    QUESTION,
    becomes="""\
        connection = engine.connect()
        connection.execute(text("SELECT 1"))
""",
    misconception="dropped-is-given-back",
)
@catches(
    "# operate and release\n" + ROUTE,
    becomes="connection = None\n\n\n"
    + ROUTE.replace("    try:\n", "    global connection\n    try:\n").replace(
        QUESTION,
        """\
        connection = connection or engine.connect()
        connection.execute(text("SELECT 1"))
""",
    ),
    misconception="one-connection-serves-all",
)
@points(2)
@hint(
    "Who closes the connection that your route opened?",
    "A `with` block closes it, however the block is left.",
    "health: with engine.connect() as connection:",
)
def test_gives_back_after_200(client, probe):
    """every connection is given back after a 200"""
    held = []
    for _ in range(A_FEW):
        expect(client.get("/health"), 200, says=OK)
        held.append(probe.settled().checked_out)
    assert not any(held), says(
        "no connection is out of the pool after the answers",
        saw=inside(f"connections out of the pool: {held[-1]}"),
        misconception="one-connection-serves-all" if set(held) == {1} else None,
        ask="Which connection outlives its request?" if set(held) == {1} else None,
    )


@after("test_asks_the_database", "test_gives_back_after_200")
@catches(ROUTE, becomes=REMEMBERED, misconception="once-up-always-up")
@hint(
    "What does your route do at the second request?",
    "A database that answered a minute ago may be gone by now.",
    "health: the question is asked in every request, before the answer",
)
def test_asks_anew_each_time(client, probe):
    """GET /health asks the database anew at each request"""
    for _ in range(A_FEW):
        with probe.watch() as seen:
            expect(client.get("/health"), 200, says=OK)
        assert was_asked(seen), says(
            "each request asks the database anew",
            saw=inside("200, and no connection was used"),
        )


@after("test_gives_back_after_200")
@catches(
    "with engine.connect() as connection:",
    becomes="with create_engine(DATABASE_URL).connect() as connection:",
    misconception="engine-per-request",
)
@hint(
    "How often does your app call create_engine?",
    "Each engine has a pool, and each pool keeps its connections open.",
    "connect: engine = create_engine(DATABASE_URL), outside of the route",
)
def test_keeps_few_connections_open(app, client, probe):
    """the number of open connections does not grow with the number of requests"""
    expect(client.get("/health"), 200, says=OK)
    before = open_connections(app, probe)
    for _ in range(MANY):
        expect(client.get("/health"), 200, says=OK)
    grown = open_connections(app, probe) - before
    contract = f"as many open connections after {MANY} more requests"
    assert grown < MANY // 2, says(contract, saw=f"{grown} more connections are open")


@after("test_gives_back_after_200")
@catches(
    "create_engine(DATABASE_URL)",
    becomes='create_engine(DATABASE_URL, connect_args={"check_same_thread": True})',
    misconception="requests-share-a-thread",
)
@hint(
    "In how many threads do your routes run?",
    "A connection opened in one thread may serve another. Who forbids it?",
    "connect: create_engine(DATABASE_URL), without check_same_thread",
)
def test_answers_a_crowd(parallel, probe):
    """requests that come at the same moment are all answered"""
    for _ in range(4):
        wrong = [
            answer for answer in parallel(CROWD, "GET", "/health") if answer.status_code != 200
        ]
        seen = f"{len(wrong)} of {CROWD} answered {wrong[0].status_code}" if wrong else None
        assert not wrong, says(f"{OK}, for each of {CROWD} requests at once", saw=seen)
    held = probe.settled().checked_out
    assert held == 0, says(
        "every connection comes back after a crowd",
        saw=inside(f"connections out of the pool: {held}"),
    )
