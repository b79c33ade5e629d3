"""A trace in words: one step for each event, the same on the site, in a notebook, in a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yielddb.sandbox.recording.tape import Event
from yielddb.tracing.trace import Trace, cut_text


@dataclass(frozen=True, slots=True)
class Step:
    """One event; `number` counts from 1, `place` is empty where it is about no line of code."""

    number: int
    kind: str
    lane: str
    place: str
    text: str
    changes: tuple[str, ...]  # variables that the code before has changed
    checked_out: int | None
    is_open: bool


def steps(trace: Trace) -> Iterator[Step]:
    """The events as a person reads them."""
    out: int | None = None
    is_open: dict[int, bool] = {}
    for number, event in enumerate(trace.events, 1):
        out = event.get("checked_out", out)
        if "transaction" in event and "connection" in event:
            is_open[event["connection"]] = event["transaction"]
        yield Step(
            number,
            event["kind"],
            trace.data["lanes"][event["lane"]] if "lane" in event else "",
            _place(trace, event),
            words(trace, event),
            tuple(_changes(event)),
            out,
            any(is_open.values()),
        )


def transcript(trace: Trace) -> list[str]:
    """Title, requests with their answers, then every step as a line; nothing is cut."""
    lines = [trace.data["title"]] if trace.data.get("title") else []
    lines += [*map(sent, trace.requests), ""]
    several = len(trace.data["lanes"]) > 1
    places = max((len(_place(trace, event)) for event in trace.events), default=0)
    for step in steps(trace):
        lane = f"{step.lane:<9}" if several else ""
        margin = f"{step.number:>4}  {lane}{step.place:<{places}}"
        lines += [f"{' ' * len(margin)}  {change}" for change in step.changes]
        lines.append(f"{margin}  {step.text}".rstrip())
    if trace.error:
        lines.append(f"The recording ends here: {trace.error}")
    return lines


def sent(request: dict[str, object]) -> str:
    """A request with what came back, in one line."""
    body = "" if request["body"] is None else f" {json.dumps(request['body'], ensure_ascii=False)}"
    came_back = request["error"] or " ".join(f"{request['status']} {request['answer']}".split())
    return f"{request['number']}: {request['method']} {request['path']}{body} -> {came_back}"


def words(trace: Trace, event: Event) -> str:
    """What happened, in words; a kind that is not known is said to be so."""
    write = WORDS.get(event["kind"])
    if write is None:
        return f"unknown event: {event['kind']}"
    return " ".join(write(trace, event).split())


def _place(trace: Trace, event: Event) -> str:
    if "file" not in event or "line" not in event:
        return ""
    name = trace.data["files"][event["file"]]["path"]
    return f"{name}:{event['line']}"


def _changes(event: Event) -> Iterator[str]:
    if event["kind"] != "call":
        yield from (f"{name} = {value['repr']}" for name, value in event.get("vars", {}).items())
        yield from (f"{name} is gone" for name in event.get("gone", ()))


def _called(trace: Trace, event: Event) -> str:
    given = ", ".join(f"{n}={v['repr']}" for n, v in event.get("vars", {}).items())
    return f"{event['function']}({given}) is called"


def _returned(trace: Trace, event: Event) -> str:
    if "raised" in event:
        return f"{event['function']} ends with {event['raised']}"
    return f"{event['function']} returns {event['value']['repr']}"


def _suspended(trace: Trace, event: Event) -> str:
    if "value" in event:
        return f"{event['function']} yields {event['value']['repr']}"
    return f"{event['function']} waits"


def _sql(trace: Trace, event: Event) -> str:
    rows = event.get("rows")
    count = "" if rows is None else f" -> {rows} row{'' if rows == 1 else 's'}"
    return trace.detail(event) + count


def _state(trace: Trace, event: Event) -> str:
    expired = ", expired" if event["expired"] else ""
    key = f", key {event['key']}" if event.get("key") else ""
    return f"{event['object']} is {event['state']}{expired}{key}"


def _of(pattern: str) -> Callable[[Trace, Event], str]:
    return lambda trace, event: pattern.format(**event)


WORDS: dict[str, Callable[[Trace, Event], str]] = {
    "request": lambda trace, event: f"request {event.get('request', '')}: {trace.detail(event)}",
    "response": lambda trace, event: f"response: {trace.detail(event)}",
    "finished": _of("the request is over"),
    "startup": _of("the app starts up"),
    "shutdown": _of("the app shuts down"),
    "line": lambda trace, event: trace.source(event),
    "call": _called,
    "return": _returned,
    "exception": _of("{type}: {text}"),
    "suspend": _suspended,
    "resume": _of("{function} goes on"),
    "dependency enter": _of("dependency {function} begins"),
    "dependency exit": _of("dependency {function} is over"),
    "background": _of("background task {function} begins"),
    "background end": _of("background task {function} is over"),
    "session": _of("session {session} opens"),
    "session close": _of("session {session} closes"),
    "connect": _of("connection {connection} is opened"),
    "checkout": _of("connection {connection} leaves the pool"),
    "checkin": _of("connection {connection} is back in the pool"),
    "disconnect": _of("connection {connection} is closed"),
    "dispose": _of("the pool is emptied"),
    "begin": _of("BEGIN on connection {connection}"),
    "commit": _of("COMMIT on connection {connection}"),
    "rollback": _of("ROLLBACK on connection {connection}"),
    "savepoint": _of("SAVEPOINT on connection {connection}"),
    "release savepoint": _of("RELEASE SAVEPOINT on connection {connection}"),
    "rollback savepoint": _of("ROLLBACK TO SAVEPOINT on connection {connection}"),
    "sql": _sql,
    "state": _state,
    "cut": lambda trace, event: f"… {cut_text(event)}",
}
