"""What is recorded while an app answers: every step, in order, with its request."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from apps_to_trace import ASYNC, PLAIN, SHOP
from traced import Recording, kinds, short

from yielddb.catalogue import Course
from yielddb.judging.exchange import NotStarted, Trouble
from yielddb.sandbox.parent import Sandbox
from yielddb.sandbox.recording.tape import LIMITS
from yielddb.starter import solution_files
from yielddb.tracing.recording import record, record_files, submission_of
from yielddb.tracing.script import script
from yielddb.tracing.tidying import tidy

POST = 'POST /items/ {"name": "Жёлтый зонт"}'
MAX_POST = 10 << 10  # bytes, gzip


@pytest.mark.parametrize(("name", "source"), [("sync", SHOP), ("async", ASYNC)])
def test_a_write_step_by_step(
    recorded: Recording, golden: Callable[[str, str], None], name: str, source: str
) -> None:
    """Lines, states, SQL, transaction and pool stand in the order they happened."""
    request = POST if name == "sync" else "POST /items/Umbrella"
    golden(f"trace_{name}.txt", "\n".join(short(recorded(source, request))) + "\n")


def test_recorded_twice_the_bytes_are_the_same(recorded: Recording) -> None:
    """Addresses, times, threads and folders leave no mark, in a sync and in an async app."""
    lines = (POST, "GET /items/1", "GET /items/7", POST, "GET /items/")
    assert recorded(SHOP, *lines).json() == recorded(SHOP, *lines).json()
    lines = ("POST /items/Umbrella", "GET /fails")
    assert recorded(ASYNC, *lines).json() == recorded(ASYNC, *lines).json()


def test_a_whole_post_is_small(recorded: Recording) -> None:
    """The source and all events of a POST take less than 10 KiB on the wire."""
    assert len(gzip.compress(recorded(SHOP, POST).json().encode())) < MAX_POST


def test_an_object_goes_through_its_states(recorded: Recording) -> None:
    """Each change of state is one event; looking at an object loads nothing."""
    trace = recorded(SHOP, POST)
    states = [(e["state"], e["expired"], e["key"]) for e in trace.events if e["kind"] == "state"]
    assert states == [
        ("transient", False, None),
        ("pending", False, None),
        ("persistent", False, "1"),
        ("persistent", True, "1"),
        ("persistent", False, "1"),
    ]
    assert len(kinds(trace, "sql")) == 2


def test_an_error_passes_through_the_dependency(recorded: Recording) -> None:
    """A failing commit is seen in the route and in get_db, which it leaves, too."""
    trace = recorded(SHOP, POST, POST)
    second = [e for e in trace.events if e["request"] == 2]
    raised = [(e["function"], e["type"]) for e in second if e["kind"] == "exception"]
    assert raised[:2] == [("create", "IntegrityError"), ("get_db", "IntegrityError")]
    left = [e["function"] for e in second if e.get("raised") == "IntegrityError"]
    assert left == ["create", "get_db"]
    assert [e["kind"] for e in second][-3:] == ["dependency exit", "response", "finished"]
    assert trace.requests[1]["status"] == 500


@pytest.mark.parametrize("source", [SHOP, ASYNC], ids=["sync", "async"])
def test_parallel_requests_keep_their_events_together(recorded: Recording, source: str) -> None:
    """Taken by itself, each of several requests at once tells the same story as alone."""
    line = "GET /items/" if source is SHOP else "GET /fails"
    alone = recorded(source, line)
    trace = recorded(source, line, parallel=4)
    assert [r["status"] for r in trace.requests] == [alone.requests[0]["status"]] * 4

    def story(events: list) -> list[tuple]:
        shown = [e for e in events if e["kind"] not in ("connect", "suspend", "resume")]
        return [(e["kind"], e.get("function"), e.get("line")) for e in shown]

    for number in range(1, 5):
        mine = [e for e in trace.events if e.get("request") == number]
        assert story(mine) == story(alone.events)
        lanes = {e["lane"] for e in mine if "frame" in e}
        assert len(lanes) == 1 or source is SHOP  # a dependency may find another worker idle


def test_requests_that_meet_are_in_lanes_of_their_own(recorded: Recording) -> None:
    """Three routes that wait for each other run in three threads, each with its request."""
    trace = recorded(PLAIN, "GET /together", parallel=3)
    pairs = {(trace.data["lanes"][e["lane"]], e["request"]) for e in trace.events if "frame" in e}
    assert {lane for lane, _ in pairs} == {"worker 1", "worker 2", "worker 3"}
    assert {number for _, number in pairs} == {1, 2, 3}
    assert len(pairs) == 3


def test_a_request_without_a_database(recorded: Recording) -> None:
    """An app without a database is recorded too; a redirect belongs to its line."""
    trace = recorded(PLAIN, "GET /hello?town=Lviv", before=["GET /hello/"])
    assert short(trace) == [
        "1 loop     request           method=GET  path=/hello?town=Lviv  checked_out=0",
        "1 loop     response          status=307",
        "1 loop     finished",
        "1 loop     request           method=GET  path=/hello/?town=Lviv",
        "1 worker 1 call              def hello():",
        '1 worker 1 line              return {"greeting": "Hello town"}',
        '1 worker 1 return            return {"greeting": "Hello town"}  '
        "value={'greeting': 'Hello town'}",
        "1 loop     response          status=200",
        "1 loop     finished",
    ]
    assert trace.requests[0]["answer"] == '{"greeting":"Hello town"}'


def test_a_thread_of_its_own(recorded: Recording) -> None:
    """What a thread does that the app started is in a lane of its own and in no request."""
    trace = recorded(PLAIN, "GET /thread")
    alone = [e for e in trace.events if e.get("function") == "hello"]
    assert {trace.data["lanes"][e["lane"]] for e in alone} == {"thread 1"}
    assert not any("request" in e for e in alone)


def test_what_runs_after_the_answer_belongs_to_it(recorded: Recording) -> None:
    """A background task is between the response and the end of the request."""
    trace = recorded(ASYNC, "POST /items/Umbrella")
    seen = kinds(trace, "response", "background", "background end", "dependency exit", "finished")
    assert seen == ["response", "background", "background end", "dependency exit", "finished"]


def test_the_start_up_is_recorded_on_request(recorded: Recording) -> None:
    """The lifespan's SQL belongs to no request and comes first."""
    trace = recorded(SHOP, "GET /items/", startup=True)
    assert kinds(trace)[0] == "startup"
    created = [e for e in trace.events if "CREATE TABLE" in e.get("statement", "")]
    assert len(created) == 1
    assert "request" not in created[0]
    assert "startup" not in kinds(recorded(SHOP, "GET /items/"))


def test_a_long_loop_is_cut_and_the_cut_is_shown(recorded: Recording) -> None:
    """Each line of a call, and each function in a request, is shown so often and no oftener."""
    trace = recorded(PLAIN, "GET /long")
    cuts = [
        (e["what"], e["count"], trace.source(e) or e["function"])
        for e in trace.events
        if e["kind"] == "cut"
    ]
    assert cuts == [
        ("loop", 951, "for number in range(1000):"),
        ("loop", 950, "total += number"),
        ("loop", 11, "for number in range(60):"),
        ("loop", 10, "total = plus(total, number)"),
        ("calls", 10, "plus"),
    ]
    called = [e for e in trace.events if e["kind"] == "call" and e["function"] == "plus"]
    assert len(called) == LIMITS["repeats"]


def test_a_recording_has_an_end(tracing_sandbox: Sandbox) -> None:
    """Over the limit of events they are only counted, and the last event says how many."""
    calls = "".join(f"def f{n}(x):\n    x += 1\n    return x\n\n" for n in range(130))
    loop = "\n".join(f"        f{n}(number)" for n in range(130))
    source = (
        f'{PLAIN}\n{calls}\n@app.get("/many")\ndef many():\n    for number in range(49):\n{loop}\n'
    )
    trace = record(submission_of({Path("main.py"): source}), script(["GET /many"]), tracing_sandbox)
    assert len(trace.events) == LIMITS["events"] + 1
    assert trace.events[-1]["what"] == "events"
    assert trace.events[-1]["count"] > 1000


@pytest.mark.parametrize("path", ["/forever", "/forever-async"])
def test_an_endless_loop_ends_with_what_was_seen(
    tracing_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """An app that hangs is stopped in time; its trace is partial and says where it hung."""
    source = {Path("main.py"): PLAIN}
    limits = type(tracing_sandbox.limits)(answer_s=1.0)
    monkeypatch.setattr(tracing_sandbox, "limits", limits)
    trace = record(submission_of(source), script([f"GET {path}", "GET /hello/"]), tracing_sandbox)
    assert len(trace.requests) == 1
    assert trace.error
    assert trace.error.startswith("nothing within 1 s")
    assert {e["what"] for e in trace.events if e["kind"] == "cut"} == {"loop"}
    with pytest.raises(Trouble, match="nothing within 1 s"):
        record_files(source, script([f"GET {path}"]), tracing_sandbox)


def test_an_app_that_dies_or_does_not_start(recorded: Recording) -> None:
    """A dead app ends the recording with the reason; one that does not start is raised."""
    trace = recorded(PLAIN, "GET /hello/", "GET /gone", "GET /hello/")
    assert [r["status"] for r in trace.requests] == [200, None]
    assert trace.error == "the app ended its own process (exit code 3)"
    with pytest.raises(NotStarted, match="there is no object called app"):
        recorded("x = 1\n", "GET /")
    with pytest.raises(NotStarted, match="ZeroDivisionError"):
        recorded("x = 1 / 0\n", "GET /")
    with pytest.raises(Trouble, match="exit code 3"):
        recorded(PLAIN, "GET /hello/", before=["GET /gone"])


@pytest.mark.parametrize("name", ["app.py", "app/main.py", "app/__init__.py", "main/__init__.py"])
def test_an_app_in_another_place(recorded: Recording, name: str) -> None:
    """The app is found where a submission's would be, and its file is named."""
    trace = recorded({Path(name): PLAIN}, "GET /hello/")
    assert [file["path"] for file in trace.data["files"]] == [name]
    assert "call" in kinds(trace)


def test_a_sandbox_of_its_own(toy: Course) -> None:
    """Without a sandbox, one is made for the run; marks of the solution do not matter."""
    files = solution_files(toy.find("hello").solution)
    trace = record_files(files, script(["GET /hello"]))
    assert trace.requests[0]["answer"] == '{"greeting":"Hello town"}'
    assert "BEGIN SOLUTION" not in json.dumps(trace.data["files"])


def test_a_wait_that_waits_on_is_one() -> None:
    """A pair of suspend and resume is not repeated while nothing else happens."""
    wait = [{"kind": kind, "lane": "loop", "frame": 1} for kind in ("suspend", "resume")]
    sql = {"kind": "sql", "lane": "loop"}
    assert tidy([*wait, *wait, sql, *wait, *wait, *wait], []) == [*wait, sql, *wait]
