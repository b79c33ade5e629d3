"""Recording changes nothing: every solution gives the same answers, rows and SQL without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from apps_to_trace import ASYNC, SHOP
from traced import Recording, rows_of, unrecorded

from yielddb.catalogue import Course, Lesson
from yielddb.lesson.blocks import Debug, Trace
from yielddb.lesson.text import load
from yielddb.sandbox.parent import Sandbox
from yielddb.starter import solution_files
from yielddb.tracing import recording

COURSE = Course(Path(__file__).parents[1])
ITEM = '{"name": "Жёлтый зонт", "description": null}'
# Sent to every app of the course; what one does not know is a 404 or a 422, the same both times.
WALK = (
    *("GET /health", "GET /tables", "GET /items/", "GET /items/count", "GET /users/count"),
    *(f"POST /items/ {ITEM}", f"POST /items {ITEM}", 'POST /items/ {"description": 7}'),
    *("GET /items/1", "GET /items/99", "GET /items/x", 'PUT /items/1 {"name": "Passport"}'),
    *('PUT /items/99 {"name": "Passport"}', "DELETE /items/2", "DELETE /items/2", "GET /items/"),
)


def requests_of(lesson: Lesson) -> tuple[str, ...]:
    """The walk, and whatever the lesson itself records, but for the clock."""
    runs = [block for block in load(lesson).blocks if isinstance(block, Trace | Debug)]
    own = [line for run in runs for line in (*run.before, *run.requests)]
    return (*WALK, *(line for line in own if line != "GET /now"))


def same(
    sandbox: Sandbox,
    recorded: Recording,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[Path, str],
    lines: tuple[str, ...],
) -> None:
    left: dict[str, list] = {}

    class Kept(recording.RecordedApp):
        def close(self) -> None:
            left.update(rows_of(self))
            super().close()

    monkeypatch.setattr(recording, "RecordedApp", Kept)
    trace = recorded(files, *lines)
    answers, statements, rows = unrecorded(sandbox, files, *lines)
    limit = trace.data["limits"]["answer"]
    assert [(r["status"], r["answer"]) for r in trace.requests] == [
        (status, text[:limit]) for status, text in answers
    ]
    shown = [
        e["statement"] + ("  " + e["parameters"] if e["parameters"] else "")
        for e in trace.events
        if e["kind"] == "sql"
    ]
    assert shown == statements
    assert left == rows


@pytest.mark.parametrize("lesson", COURSE.lessons, ids=lambda lesson: lesson.slug)
def test_a_solution_does_the_same(
    tracing_sandbox: Sandbox,
    recorded: Recording,
    monkeypatch: pytest.MonkeyPatch,
    lesson: Lesson,
) -> None:
    """Every answer, every statement and every row is the same."""
    files = solution_files(lesson.solution)
    same(tracing_sandbox, recorded, monkeypatch, files, requests_of(lesson))


@pytest.mark.parametrize("source", [SHOP, ASYNC], ids=["sync", "async"])
def test_other_apps_do_the_same(
    tracing_sandbox: Sandbox, recorded: Recording, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Failing commits and async sessions, too."""
    lines = (*WALK, f"POST /items/ {ITEM}", "POST /items/Umbrella", "GET /fails", "GET /items/")
    same(tracing_sandbox, recorded, monkeypatch, {Path("main.py"): source}, lines)
