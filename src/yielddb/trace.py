"""Records what an app does with its sessions and connections while it answers requests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import NAMES, Submission, dotted
from yielddb.judging.transport import client_of
from yielddb.sandbox.parent import Sandbox
from yielddb.starter import without_marks

SHOWN = 200  # characters of an answer
Request = tuple[str, str, Any]  # method, path, JSON body


@dataclass(frozen=True, slots=True)
class Event:
    """One happening, in order.

    `kind` is request, session, checkout, begin, sql, commit, rollback, checkin, session close,
    response, connect or dispose; `request` counts the request lines from 1 (a redirect belongs to
    the line that led to it), None outside of requests;
    `checked_out` is how many connections were out of the pool after it.
    """

    kind: str
    request: int | None
    detail: str
    checked_out: int
    in_transaction: bool


class RequestError(ValueError):
    """A request line that is not `METHOD /path [JSON body]`."""


def parse_request(line: str) -> Request:
    """`POST /items/ {"name": "Umbrella"}` as method, path and body (None without one).

    Raises RequestError.
    """
    method, _, rest = line.strip().partition(" ")
    path, _, body = rest.strip().partition(" ")
    if not method.isalpha() or not method.isupper() or not path.startswith("/"):
        raise RequestError(f"{line!r} is not METHOD /path [JSON body]")
    try:
        return method, path, json.loads(body) if body.strip() else None
    except ValueError as error:
        raise RequestError(f"{line!r}: the body is not JSON: {error}") from None


def record(
    files: Mapping[Path, str],
    requests: Sequence[str],
    before: Sequence[str] = (),
    sandbox: Sandbox | None = None,
) -> list[Event]:
    """Run the app in `files` (SOLUTION marks allowed), send `before`, then `requests`.

    Gives what was recorded during `requests`. Raises RequestError, or what a check would meet
    (yielddb.judging.learner.Trouble) when the app does not start or dies.
    """
    own = sandbox is None
    sandbox = sandbox or Sandbox()
    sources = {path.as_posix(): without_marks(text).encode() for path, text in files.items()}
    entry = next((name for name in NAMES if name in sources), NAMES[0])
    app = LearnerApp(sandbox, Submission(Path(), sources, dotted(entry)))
    try:
        return _recorded(
            app, [parse_request(r) for r in requests], list(map(parse_request, before))
        )
    finally:
        app.close()
        if own:
            sandbox.close()


def _recorded(app: LearnerApp, requests: list[Request], before: list[Request]) -> list[Event]:
    with client_of(app) as client:
        for method, path, body in before:
            client.request(method, path, json=body)
        box = app.ensure()
        app.settled()
        box.ask("record", on=True)
        skipped = len(app.exchanges)
        answers: list[tuple[int, str]] = []  # of all that the app was sent, with the line it is of
        for line, (method, path, body) in enumerate(requests, 1):
            response = client.request(method, path, json=body)
            for one in (*response.history, response):
                answers.append((line, f"{one.status_code} {one.text[:SHOWN]}".rstrip()))
            app.settled()  # what runs after the answer belongs to this request
        return _events(box.ask("record", on=False)["events"], answers, skipped)


def _events(raw: list[dict[str, Any]], answers: list[tuple[int, str]], skipped: int) -> list[Event]:
    events = []
    begun: set[int | None] = set()
    for entry in raw:
        number, answer = None, entry["detail"]
        sent = 0 if entry["request"] is None else entry["request"] - skipped
        if 1 <= sent <= len(answers):
            number, answer = answers[sent - 1]
        kind = entry["kind"]
        detail = answer if kind == "response" else entry["detail"]
        if kind == "begin":
            begun.add(number)
        elif kind in ("commit", "rollback"):
            begun.discard(number)
        events.append(Event(kind, number, detail, entry["checked_out"], number in begun))
    return events
