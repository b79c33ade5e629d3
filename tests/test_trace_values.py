"""Values are described, secrets masked, clocks replaced; not a line of the learner's code runs."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from pathlib import Path

import pytest
from apps_to_trace import HEAD
from traced import Recording, kinds, unrecorded

from yielddb.sandbox.parent import Sandbox
from yielddb.tracing.normal import Normal

TRAPS = (
    HEAD
    + """
import dataclasses, datetime, decimal, enum, uuid
from collections import namedtuple
calls = []


class Base(DeclarativeBase):
    pass


class Trap(Base):
    __tablename__ = "traps"
    id: Mapped[int] = mapped_column(primary_key=True)

    def __repr__(self):
        calls.append("repr")
        return "never"

    @property
    def late(self):
        calls.append("property")

    def __getattribute__(self, name):
        calls.append(name) if name in ("id", "__class__", "__dict__") and armed else None
        return super().__getattribute__(name)


class Error(Exception):
    def __str__(self):
        calls.append("str")
        return "never"


class Loud:
    def __getattr__(self, name):
        calls.append(name)
        raise AttributeError(name)

    __class__ = property(lambda self: calls.append("class"))

    def __repr__(self):
        calls.append("repr")
        return "never"

    __eq__ = __bool__ = __len__ = __repr__


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int


class Body(BaseModel):
    name: str


armed = False
app = FastAPI()


@app.get("/")
def home():
    global armed
    armed = True
    trap, loud, empty = Trap(), Loud(), set()
    many, nested, wide = list(range(9)), [[[1]]], {2: "b", 1: "a"}
    names, one, frozen = {"b", "a", "c"}, (1,), frozenset({1})
    big, text_, raw = 10**5000, "x" * 1000, b"ab"
    colour, point, body = Colour.RED, Point(1), Body(name="Umbrella")
    kind, function, module = Trap, home, os
    day, price, key = datetime.date(1999, 1, 2), decimal.Decimal("1.50"), uuid.UUID(int=5)
    error = Error("зонт", 3)
    answer = list(calls)
    armed = False
    return answer
"""
)
SHOWN = {
    "trap": "Trap()",
    "loud": "<Loud>",
    "empty": "set()",
    "many": "[0, 1, 2, 3, 4, … 4 more]",
    "nested": "[[[…]]]",
    "wide": "{2: 'b', 1: 'a'}",
    "names": "{'a', 'b', 'c'}",
    "one": "(1,)",
    "frozen": "frozenset({1})",
    "big": "<int of 16610 bits>",
    "text_": "'" + "x" * 118 + "…",
    "raw": "b'ab'",
    "colour": "Colour.RED",
    "point": "Point(x=1)",
    "body": "Body(name='Umbrella')",
    "kind": "<DeclarativeAttributeIntercept Trap>",
    "function": "<function home>",
    "module": "<module os>",
    "day": "datetime.date(1999, 1, 2)",
    "price": "Decimal('1.50')",
    "key": "UUID('00000000-0000-0000-0000-000000000005')",
    "error": "Error(\"'зонт', 3\")",
}


def test_looking_runs_none_of_the_learners_code(
    recorded: Recording, tracing_sandbox: Sandbox
) -> None:
    """No __repr__, property, __getattr__, __class__, __eq__ or __str__ of an app is called."""
    trace = recorded(TRAPS, "GET /")
    plain, _, _ = unrecorded(tracing_sandbox, {Path("main.py"): TRAPS}, "GET /")
    assert (200, trace.requests[0]["answer"]) == plain[0]
    seen: dict[str, dict] = {}
    for event in trace.events:
        if event.get("function") == "home":
            seen |= event.get("vars", {})
    del seen["answer"]
    assert {name: value["repr"] for name, value in seen.items()} == SHOWN
    assert seen["text_"]["cut"] > 0
    assert seen["trap"]["object"] == "Trap 1"


LEAKS = """\
import datetime, time, uuid
from fastapi import FastAPI
app = FastAPI()
fixed = "2020-01-02T03:04:05"

@app.get("/")
def home():
    thing, now, today = object(), datetime.datetime.now(), datetime.date.today()
    utc, clock, tick = datetime.datetime.now(datetime.UTC), time.time(), time.perf_counter()
    key, again, url = uuid.uuid4(), fixed, "postgresql://anna:s3cret@db/shop"
    address = repr(thing)
    return {"at": now.isoformat(), "key": str(key), "hex": key.hex, "fixed": fixed, "in": __file__}
"""


def test_what_differs_in_each_run_is_replaced(recorded: Recording) -> None:
    """Two runs give the same bytes; a moment that the app names itself stays as it is."""
    trace = recorded(LEAKS, "GET /")
    text = trace.json()
    assert text == recorded(LEAKS, "GET /").json()
    assert trace.requests[0]["answer"] == (
        '{"at":"YYYY-MM-DDThh:mm:ss","key":"00000000-0000-4000-8000-000000000001",'
        '"hex":"00000000000040008000000000000001","fixed":"2020-01-02T03:04:05","in":"main.py"}'
    )
    assert "s3cret" not in str(trace.events)
    assert "postgresql://anna:***@db/shop" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-99-99 10:00:00", "2026-99-99 10:00:00"),
        ("datetime.datetime(2026, 99, 1, 0, 0)", "datetime.datetime(2026, 99, 1, 0, 0)"),
        ("2001-02-03 04:05:06.5+02:00", "2001-02-03 04:05:06.5+02:00"),
        ("price 12.50, weight 0.123456", "price 12.50, weight 0.123456"),
        ("/tmp/box/app/main.py and /tmp/box", "main.py and ."),
        ("<Thing at 0x7f00aabbcc>", "<Thing at 0x…>"),
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        ("http://localhost:8000/x@y", "http://localhost:8000/x@y"),
    ],
)
def test_texts(text: str, expected: str) -> None:
    """Only what comes from this run is replaced."""
    assert Normal([Path("/tmp/box"), Path("/tmp/box/app")], {}).text(text) == expected


def test_moments_in_every_spelling() -> None:
    """Local and UTC, ISO and Python's own, whole days and clocks read as numbers."""
    normal = Normal([], {}, time.time() - 1)
    now = dt.datetime.now()
    for moment in (now, dt.datetime.now(dt.UTC)):
        assert normal.text(moment.isoformat()) == "YYYY-MM-DDThh:mm:ss"
        assert normal.text(str(moment)) == "YYYY-MM-DDThh:mm:ss"
    assert normal.text(repr(now)) == "datetime.datetime(YYYY, M, D, h, m, s)"
    assert normal.text(repr(now.replace(second=0))) == "datetime.datetime(YYYY, M, D, h, m, s)"
    assert normal.text(f"{now.date()} {now.date()!r}") == "YYYY-MM-DD YYYY-MM-DD"
    assert normal.text(f"{time.time()!r}") == "s.ssssss"


def test_an_id_of_the_apps_own_text_stays() -> None:
    """A random id that stands in the source is no accident of the run."""
    known = str(uuid.uuid4())
    normal = Normal([], {"main.py": f"KEY = {known!r}".encode()})
    other = str(uuid.uuid4())
    assert normal.text(known) == known
    assert normal.text(f"{other} {other}") == " ".join(["00000000-0000-4000-8000-000000000001"] * 2)


def test_many_objects_are_cut(recorded: Recording) -> None:
    """The states of the first objects are followed; how many more there are is said."""
    source = (
        HEAD
        + """
engine = create_engine(os.environ["DATABASE_URL"])
class Base(DeclarativeBase): pass
class Item(Base):
    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
Base.metadata.create_all(engine)
app = FastAPI()

@app.get("/")
def home():
    with Session(engine) as db:
        db.add_all([Item() for _ in range(250)])
        db.flush()
        kept = db.scalars(select(Item)).all()
        return len(kept)
"""
    )
    trace = recorded(source, "GET /")
    assert trace.requests[0]["answer"] == "250"
    left_out = [e["count"] for e in trace.events if e["kind"] == "cut" and e["what"] == "objects"]
    assert sum(left_out) == 50
    assert kinds(trace, "state").count("state") >= 400
