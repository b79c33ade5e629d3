"""What is recorded while an app answers: every step, in order, with its request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.judging.exchange import NotStarted, Trouble
from yielddb.sandbox.parent import Sandbox
from yielddb.starter import solution_files
from yielddb.trace import Event, RequestError, parse_request, record

COUNT = Path(__file__).parent / "toy/solutions/02_count"
HELLO = """\
from fastapi import FastAPI
app = FastAPI()

@app.get("/hello/")
def hello():
    return {"greeting": "Hello town"}
"""
TASKS = """\
from fastapi import BackgroundTasks, FastAPI
from sqlalchemy import create_engine, text
engine = create_engine("sqlite://")
app = FastAPI()

def look():
    with engine.connect() as connection:
        connection.execute(text("select 'later'"))

@app.get("/")
def home(tasks: BackgroundTasks):
    tasks.add_task(look)

@app.get("/thread")
def thread():
    import threading
    own = threading.Thread(target=look)
    own.start()
    own.join()

@app.get("/broken")
def broken():
    raise LookupError("no umbrella")

@app.get("/gone")
def gone():
    import os
    os._exit(3)

@app.get("/long")
def long():
    return "у" * 1000
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        yield one


def seen(events: list[Event]) -> list[str]:
    return [f"{e.request} {e.kind}: {e.detail}".rstrip(" :") for e in events]


def of(source: str) -> dict[Path, str]:
    return {Path("main.py"): source}


def test_a_write_step_by_step(sandbox: Sandbox, golden) -> None:
    """Checkout, BEGIN, SQL, COMMIT, checkin and the answer stand in the order they happened."""
    events = record(
        solution_files(COUNT),
        ['POST /notes {"text": "жёлтый зонт"}', "GET /notes/count"],
        before=['POST /notes {"text": "Umbrella"}'],
        sandbox=sandbox,
    )
    lines = [
        f"{e.request} {e.kind:14} out={e.checked_out} tx={e.in_transaction!s:6} {e.detail}".rstrip()
        for e in events
    ]
    golden("trace_of_a_write.txt", "\n".join(lines) + "\n")


def test_a_request_without_a_database(sandbox: Sandbox) -> None:
    """An app without a database is recorded too."""
    assert seen(record(of(HELLO), ["GET /hello/?town=Lviv"], sandbox=sandbox)) == [
        "1 request: GET /hello/?town=Lviv",
        '1 response: 200 {"greeting":"Hello town"}',
    ]


def test_a_redirect_belongs_to_its_line(sandbox: Sandbox) -> None:
    """A redirect counts as no request of its own, in what went before neither."""
    lines = ["GET /hello", "GET /nowhere"]
    assert seen(record(of(HELLO), lines, before=["GET /hello"], sandbox=sandbox)) == [
        "1 request: GET /hello",
        "1 response: 307",
        "1 request: GET /hello/",
        '1 response: 200 {"greeting":"Hello town"}',
        "2 request: GET /nowhere",
        '2 response: 404 {"detail":"Not Found"}',
    ]


def test_what_runs_after_the_answer_belongs_to_it(sandbox: Sandbox) -> None:
    """A background task's steps come after the answer and before the next request."""
    kinds = [(e.request, e.kind) for e in record(of(TASKS), ["GET /"] * 2, sandbox=sandbox)]
    first = [kind for number, kind in kinds if number == 1]
    assert first.index("response") < first.index("sql") < len(first)
    assert kinds == sorted(kinds, key=lambda pair: pair[0])


def test_a_thread_of_its_own_is_no_request(sandbox: Sandbox) -> None:
    """What a thread does that the app started belongs to no request."""
    events = record(of(TASKS), ["GET /thread"], sandbox=sandbox)
    assert [e.detail for e in events if e.request is None and e.kind == "sql"] == ["select 'later'"]


def test_an_error_is_an_answer(sandbox: Sandbox) -> None:
    """A route that raises is recorded with its 500, and the next request is answered."""
    lines = ["GET /broken", "GET /broken", "GET /long"]
    events = seen(record(of(TASKS), lines, sandbox=sandbox))
    assert events[:4] == [
        "1 request: GET /broken",
        "1 response: 500 Internal Server Error",
        "2 request: GET /broken",
        "2 response: 500 Internal Server Error",
    ]
    assert events[5] == '3 response: 200 "' + "у" * 199


def test_an_app_that_dies_or_does_not_start(sandbox: Sandbox) -> None:
    """What keeps an app from answering is raised with its diagnosis."""
    with pytest.raises(Trouble, match=r"ended its own process \(exit code 3\)"):
        record(of(TASKS), ["GET /gone"], sandbox=sandbox)
    with pytest.raises(NotStarted, match="there is no object called app"):
        record(of("x = 1\n"), ["GET /"], sandbox=sandbox)


@pytest.mark.parametrize("name", ["app.py", "app/main.py", "app/__init__.py", "main/__init__.py"])
def test_an_app_in_another_place(sandbox: Sandbox, name: str) -> None:
    """The app is found where a submission's would be."""
    assert len(record({Path(name): HELLO}, ["GET /hello/"], sandbox=sandbox)) == 2


def test_a_sandbox_of_its_own(toy: Course) -> None:
    """Without a sandbox, one is made for the run; marks of the solution do not matter."""
    files = solution_files(toy.find("hello").solution)
    assert seen(record(files, ["GET /hello"]))[1] == '1 response: 200 {"greeting":"Hello town"}'


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET /", ("GET", "/", None)),
        ("  DELETE   /items/1  ", ("DELETE", "/items/1", None)),
        ('POST /items/ {"name": "зонт"}', ("POST", "/items/", {"name": "зонт"})),
        ("PUT /x []", ("PUT", "/x", [])),
        ("POST /x null", ("POST", "/x", None)),
    ],
)
def test_request_lines(line: str, expected: tuple[str, str, object]) -> None:
    """A request line is a method, a path and, if need be, JSON."""
    assert parse_request(line) == expected


@pytest.mark.parametrize("line", ["", "GET", "get /", "GET items", "/items GET", "GET2 /", "GET/"])
def test_bad_request_lines(line: str) -> None:
    """A line of another shape is shown with the shape it should have."""
    with pytest.raises(RequestError) as raised:
        parse_request(line)
    assert str(raised.value) == f"{line!r} is not METHOD /path [JSON body]"


def test_a_body_that_is_no_json() -> None:
    """What is wrong with the body is told in JSON's own words."""
    line = "POST /notes {text: 1}"
    with pytest.raises(RequestError) as raised:
        parse_request(line)
    assert str(raised.value) == (
        f"{line!r}: the body is not JSON: "
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
    )


@pytest.mark.parametrize("where", ["requests", "before"])
def test_bad_lines_are_met_before_the_app_starts(sandbox: Sandbox, where: str) -> None:
    """A bad line costs no run, in what goes before neither."""
    lines = {"requests": ["GET /"], "before": [], where: ["nonsense"]}
    with pytest.raises(RequestError):
        record(of("raise SystemExit"), sandbox=sandbox, **lines)
