"""Sessions: one factory, and a conversation of its own for every request."""

import re
from datetime import UTC, datetime

from yielddb.checking import after, catches, expect, hint, inside, member, points, says

A_FEW = 5
CROWD = 20
ZONE_S = 15 * 60  # time zones lie whole quarters of an hour apart
WIDEST_S = 15 * 3600  # the widest zones are at -12 and +14 hours
SLOW_S = 60  # between the database's clock and ours
NOW = '200 {"now": "..."}, the time in ISO 8601'
WORDS = re.compile(r"'[^']*'")  # a text in SQL: 'now' on its own asks for nothing
CLOCK = re.compile(r"now|current_|date|time|julian|epoch|clock|\b(from|into|call)\b", re.IGNORECASE)

SESSION = """\
    with SessionLocal() as db:
        moment = db.scalar(select(func.now()))
"""
HEALTH = """\
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
"""
ROUTE = f"""\
@app.get("/now")
def now():
{SESSION}"""


def seconds_off(moment):
    """How far a time is from ours, whatever its zone; None where no zone explains it."""
    here = datetime.now(UTC)
    apart = (moment - (here if moment.tzinfo else here.replace(tzinfo=None))).total_seconds()
    if abs(apart) > WIDEST_S:
        return None
    return abs((apart + ZONE_S / 2) % ZONE_S - ZONE_S / 2)


@catches(
    "SessionLocal = sessionmaker(bind=engine)\n",
    becomes="""\
SessionLocal = sessionmaker(bind=engine)
with SessionLocal() as db:
    db.scalar(select(func.now()))
""",
    misconception="session-at-import",
)
@hint(
    "What does Python run while it imports main.py?",
    "The factory may stand at the top of the module, a session may not.",
    "main.py: a line outside of all functions that calls SessionLocal()",
)
def test_import_uses_no_session(app, probe):
    """importing your app uses no session"""
    used = probe.settled().sessions_at_import
    assert not used, says(
        "no session while main.py is imported",
        saw=inside(f"sessions that the import used: {used}"),
    )


def asks_for_the_time(statement):
    """May this SQL read a clock? What it takes from a table or a view may be one, too."""
    return CLOCK.search(WORDS.sub("", statement))


@catches("moment.isoformat()", becomes="str(moment)", misconception="str-is-iso")
@hint(
    "What does your route return, and how does it write the time?",
    "ISO 8601 has a T after the date. A datetime has a method for it.",
    'now: return {"now": moment.isoformat()}',
)
def test_answers_the_time(client):
    """GET /now answers 200 with {"now": the time in ISO 8601}"""
    told = member(expect(client.get("/now"), 200, says=NOW), "now", says=NOW)
    assert isinstance(told, str), NOW
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        moment = None
    assert moment, NOW
    assert "T" in told.upper(), f"{NOW}: date, T, time"
    off = seconds_off(moment)
    assert off is not None, f"{NOW}: today's, in any time zone"
    assert off < SLOW_S, f"{NOW}: the present one, in any time zone"


@after("test_answers_the_time")
@catches(
    SESSION,
    becomes="""\
    from datetime import datetime

    moment = datetime.now()
""",
    misconception="server-clock-is-database-clock",
)
@catches(
    SESSION,
    becomes="""\
    from datetime import datetime

    with SessionLocal() as db:
        db.execute(text("SELECT 1"))
    moment = datetime.now()
""",
    misconception="server-clock-is-database-clock",
)
@hint(
    "Whose clock does your route read?",
    "func.now() in a select is the clock of the database.",
    "now: moment = db.scalar(select(func.now()))",
)
def test_asks_the_database(client, probe):
    """the time comes from the database"""
    expect(client.get("/now"), 200, says=NOW)  # and the next one has to ask again
    with probe.watch() as seen:
        expect(client.get("/now"), 200, says=NOW)
    assert seen.statements, says("GET /now asks the database", saw=inside("200, no SQL sent"))
    assert any(map(asks_for_the_time, seen.statements)), says(
        "each GET /now asks the database for the time",
        saw=inside(f"200, and it was asked {' '.join(seen.statements[-1].split())[:40]}"),
    )


@after("test_asks_the_database")
@catches(
    ROUTE,
    becomes=f"shared = SessionLocal()\n\n\n{ROUTE.replace('SessionLocal()', 'shared')}",
    misconception="one-session-serves-all",
)
@catches(
    "with SessionLocal() as db:",
    becomes="with engine.connect() as db:",
    misconception="engine-is-a-session",
)
@points(2)
@hint(
    "When is the session of a request made?",
    "Call the factory inside the route, or in what the route depends on.",
    "now: with SessionLocal() as db:",
)
def test_makes_a_session_for_each_request(client, probe):
    """each request has a session of its own"""
    with probe.watch() as seen:
        for _ in range(A_FEW):
            expect(client.get("/now"), 200, says=NOW)
    none_ever = not probe.settled().sessions
    assert seen.sessions >= A_FEW, says(
        f"{A_FEW} requests, {A_FEW} new sessions that ask the database",
        saw=inside(f"new sessions that asked the database: {seen.sessions}"),
        misconception="engine-is-a-session" if none_ever else None,
        ask="What does your route ask with, if not a session?" if none_ever else None,
    )


@after("test_makes_a_session_for_each_request")
@catches(
    SESSION,
    becomes="""\
    db = SessionLocal()
    moment = db.scalar(select(func.now()))
""",
    misconception="dropped-is-given-back",
)
@points(2)
@hint(
    "Who ends the conversation?",
    "A `with` block closes the session, however the block is left.",
    "now: with SessionLocal() as db:",
)
def test_gives_back(client, probe):
    """every connection is given back"""
    for _ in range(A_FEW):
        expect(client.get("/now"), 200, says=NOW)
    held = probe.settled().checked_out
    assert held == 0, says(
        "no connection is out of the pool after the answers",
        saw=inside(f"connections out of the pool: {held}"),
    )


@after("test_gives_back")
@catches(
    ROUTE,
    becomes="""\
from itertools import cycle

shelf = cycle([SessionLocal() for _ in range(20)])


@app.get("/now")
def now():
    with next(shelf) as db:
        moment = db.scalar(select(func.now()))
""",
    misconception="sessions-are-pooled",
)
@hint(
    "Two requests at the same moment: where does each find its session?",
    "A local name belongs to one request, a name of the module to all.",
    "now: the session is made by SessionLocal() and kept in a local name",
)
def test_shares_no_session_in_a_crowd(parallel, probe):
    """requests that come at the same moment share no session"""
    with probe.watch() as seen:
        answers = parallel(CROWD, "GET", "/now") + parallel(CROWD, "GET", "/now")
    wrong = [answer for answer in answers if answer.status_code != 200]
    said = f"{len(wrong)} of {len(answers)} answered {wrong[0].status_code}" if wrong else None
    assert not wrong, says(f"{NOW}, for each of {CROWD} requests at once", saw=said)
    contract = f"{len(answers)} requests, {len(answers)} sessions"
    assert seen.sessions >= len(answers), says(contract, saw=inside(f"{seen.sessions} sessions"))
    held = probe.settled().checked_out
    assert held == 0, says(
        "every connection comes back after a crowd",
        saw=inside(f"connections out of the pool: {held}"),
    )


@catches(
    HEALTH,
    becomes="""\
        SessionLocal().execute(text("SELECT 1"))
""",
    misconception="dropped-is-given-back",
)
@hint(
    "What did lesson 1 ask of /health, and does it still hold?",
    "A session that nobody closes keeps its connection, in any route.",
    "health: with engine.connect() as connection:",
)
def test_health_is_as_it_was(app, client, probe):
    """GET /health answers as in lesson 1 and gives every connection back"""
    app.restart()  # what another route has kept is no fault of this one
    contract = "GET /health as lesson 1 has it"
    for _ in range(A_FEW):
        expect(client.get("/health"), 200, says=f"{contract}: 200")
        held = probe.settled().checked_out
        assert held == 0, says(
            f"{contract}: every connection is given back",
            saw=inside(f"connections out of the pool: {held}"),
        )
