"""The record of a run, `yielddb/trace/1`: made from events, written, read and checked."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yielddb.judging.submission import Submission
from yielddb.sandbox.recording.tape import LIMITS, Event
from yielddb.tracing.normal import Normal
from yielddb.tracing.script import Script
from yielddb.tracing.tidying import name_lanes, tidy

if TYPE_CHECKING:
    from yielddb.tracing.recording import Answer

SCHEMA = "yielddb/trace/1"
MAX_ANSWER = 500  # characters of an answer


class TraceError(ValueError):
    """A text that is no trace; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One recording; `data` is what the JSON holds."""

    data: dict[str, Any]

    @property
    def events(self) -> list[Event]:
        """What happened, in order."""
        return list(self.data["events"])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What was sent and what came back."""
        return list(self.data["requests"])

    @property
    def error(self) -> str | None:
        """Why the recording ends early; None where it does not."""
        return next((request["error"] for request in self.requests if request["error"]), None)

    def source(self, event: Event) -> str:
        """The line of code an event is about, stripped; empty where it is about none."""
        if "file" not in event or "line" not in event:
            return ""
        lines = self.data["files"][event["file"]]["text"].splitlines()
        return lines[event["line"] - 1].strip() if event["line"] <= len(lines) else ""

    def detail(self, event: Event) -> str:
        """What an event is about, in one line without its kind."""
        kind = event["kind"]
        if kind == "request":
            return f"{event['method']} {event['path']}"
        if kind == "response":
            return f"{event['status']} {self._answer(event)}".rstrip()
        if kind == "sql":
            return f"{event['statement']} {event['parameters']}".rstrip()
        if kind == "cut":
            return cut_text(event)
        if "connection" in event:
            return f"connection {event['connection']}"
        if "session" in event and "object" not in event:
            return f"session {event['session']}"
        return str(event.get("function", ""))

    def _answer(self, event: Event) -> str:
        """The body that belongs to a response; a redirect's own is never seen."""
        sent = [r for r in self.requests if r["number"] == event.get("request")]
        return (
            " ".join(sent[0]["answer"].split())
            if sent and sent[0]["status"] == event["status"]
            else ""
        )

    def json(self) -> str:
        """The same recording gives the same bytes."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))


def cut_text(event: Event) -> str:
    """What was left out, in words."""
    count = event.get("count", 0)
    words = {
        "loop": f"this line runs {count} more times",
        "calls": f"{event.get('function')} is called {count} more times",
        "statements": f"sent {count} more times: {event.get('statement')}",
        "events": f"{count} more events",
        "objects": f"{count} more objects",
    }
    return words.get(event.get("what", ""), f"{count} more of {event.get('what')}")


def make(
    submission: Submission,
    script: Script,
    answers: Sequence[Answer],
    events: list[Event],
    normal: Normal,
    title: str | None,
    lesson: str | None,
) -> Trace:
    """Put a recording together; everything that differs in each run is replaced."""
    files = [
        {"path": name, "text": content.decode("utf-8", "replace")}
        for name, content in sorted(submission.files.items())
        if name.endswith(".py")
    ]
    events = tidy(normal.of(events), files)
    data = {
        "schema": SCHEMA,
        "title": title,
        "lesson": lesson,
        "versions": versions(),
        "limits": {**LIMITS, "answer": MAX_ANSWER},
        "files": files,
        "lanes": name_lanes(events),
        "requests": _requests(script, answers, normal),
        "events": events,
    }
    return Trace(data)


def versions() -> dict[str, str]:
    """The versions that a recording depends on."""
    python = ".".join(platform.python_version_tuple()[:2])
    found = {name: importlib.metadata.version(name) for name in ("fastapi", "sqlalchemy")}
    return {"python": python, **found}


def _requests(script: Script, answers: Sequence[Answer], normal: Normal) -> list[dict[str, Any]]:
    found = []
    for number, (request, answer) in enumerate(zip(script.sends, answers, strict=False), 1):
        text = normal.text(answer.text)
        found.append(
            {
                "number": number,
                "method": request.method,
                "path": request.path,
                "body": request.body,
                "status": answer.status,
                "answer": text if len(text) <= MAX_ANSWER else text[: MAX_ANSWER - 1] + "…",
                "error": normal.text(answer.error) if answer.error else None,
            }
        )
    return found


def load(path: Path) -> Trace:
    """The trace in a file; raises TraceError for what is none, OSError."""
    return parse(path.read_bytes(), str(path))


def parse(content: bytes, name: str) -> Trace:
    """The trace in these bytes; raises TraceError."""
    again = "record it again with yielddb trace --json"
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise TraceError(f"{name} is no trace: its JSON is damaged or cut short; {again}") from None
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise TraceError(f"{name} is no {SCHEMA} (schema: {schema}); {again}")
    if fault := _fault(data):
        raise TraceError(f"{name} is a damaged trace: {fault}; {again}")
    return Trace(data)


def _fault(data: dict[str, Any]) -> str | None:
    """What a reader of traces would stumble over."""
    for key in ("files", "lanes", "requests", "events"):
        if not isinstance(data.get(key), list):
            return f"it has no {key}"
    for number, event in enumerate(data["events"], 1):
        if not isinstance(event, dict) or not isinstance(event.get("kind"), str):
            return f"event {number} has no kind"
        for key, many in (("file", data["files"]), ("lane", data["lanes"])):
            index = event.get(key, 0)
            if key in event and not (type(index) is int and 0 <= index < len(many)):
                return f"event {number} names {key} {index}, which is not there"
    return None
