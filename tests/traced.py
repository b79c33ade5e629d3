"""What the tests of recordings share: one sandbox, apps as text, the schema, short forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import yielddb
from yielddb.judging.database import Database
from yielddb.judging.learner import LearnerApp
from yielddb.judging.transport import client_of
from yielddb.sandbox.parent import Sandbox
from yielddb.tracing.recording import record, submission_of
from yielddb.tracing.script import script
from yielddb.tracing.trace import Trace

SCHEMAS = Path(yielddb.__file__).parent / "schemas"
Recording = Callable[..., Trace]


def validator(name: str) -> jsonschema.Draft202012Validator:
    """The published schema `NAME-1.json`."""
    schema = json.loads((SCHEMAS / f"{name}-1.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="session")
def tracing_sandbox() -> Iterator[Sandbox]:
    """One warm parent for all recordings."""
    with Sandbox() as one:
        yield one


@pytest.fixture
def recorded(tracing_sandbox: Sandbox) -> Recording:
    """Record an app given as text; each trace is held against the schema."""
    schema = validator("trace")

    def run(source: str | dict[Path, str], *requests: str, **wishes: Any) -> Trace:
        files = {Path("main.py"): source} if isinstance(source, str) else source
        trace = record(submission_of(files), script(requests, **wishes), tracing_sandbox)
        schema.validate(trace.data)
        return trace

    return run


def unrecorded(
    sandbox: Sandbox, files: dict[Path, str], *requests: str
) -> tuple[list[tuple[int, str]], list[str], dict[str, list[Any]]]:
    """The same without a recorder: answers, statements and the rows that are left."""
    app = LearnerApp(sandbox, submission_of(files))
    try:
        with client_of(app) as client:
            sent = script(requests).requests
            before = len(app.facts()["statements"]) if app.ensure() else 0
            answers = [client.request(r.method, r.path, json=r.body) for r in sent]
            statements = list(app.settled().statements[before:])
        return [(a.status_code, a.text) for a in answers], statements, rows_of(app)
    finally:
        app.close()


def rows_of(app: LearnerApp) -> dict[str, list[Any]]:
    """Every row of every table."""
    database = Database(app.database_path)
    return {name: database.rows(f"select * from {name}") for name in database.tables()}


def kinds(trace: Trace, *of: str) -> list[str]:
    """The kinds of all events, or those among the given ones."""
    return [event["kind"] for event in trace.events if not of or event["kind"] in of]


def short(trace: Trace) -> list[str]:
    """One line for each event: lane, kind, code, what changed."""
    lines = []
    for event in trace.events:
        lane = trace.data["lanes"][event["lane"]]
        facts = {k: v for k, v in event.items() if k not in HIDDEN}
        for name, value in facts.pop("vars", {}).items():
            facts[name] = value["repr"]
        if "value" in facts:
            facts["value"] = facts["value"]["repr"]
        told = "  ".join(f"{k}={v}" for k, v in facts.items())
        code = trace.source(event)
        parts = [f"{event.get('request', '-')} {lane:8} {event['kind']:16}", code, told]
        lines.append("  ".join(part for part in parts if part).rstrip())
    return lines


HIDDEN = {"kind", "lane", "request", "file", "line", "frame", "depth", "function"}
