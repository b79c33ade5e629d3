"""What an app may say in its child's name is looked at before it is believed."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.sandbox import channel
from yielddb.sandbox.events import KEPT_BYTES, Line
from yielddb.sandbox.shapes import MAX_TEXT, is_sound

TOY = Course(Path(__file__).parent / "toy")
HERE = {"file": "main.py", "line": 3, "text": "x = 1"}
ERROR = {"stage": "http", "type": "ValueError", "message": "no", "at": HERE}


@pytest.mark.parametrize(
    "event",
    [
        {"event": "ready", "layers": ["limits"]},
        {"event": "confined", "layers": [], "missing": {"seccomp": "no kernel for it"}},
        {"event": "imported", "facts": {"connects": 0, "statements": ["SELECT 1"]}},
        {"event": "serving", "address": None},
        {"event": "serving", "address": ["127.0.0.1", 8000]},
        {"event": "failed", **ERROR, "code": 3, "traceback": "Traceback"},
        {"event": "error", **ERROR, "at": None, "code": None},
        {"event": "answer", "id": 4, "at": HERE},
        {"event": "answer", "id": 4, "error": None},
        {"event": "exit", "pid": 4, "status": 9},
        {"event": "warm"},
    ],
)
def test_takes_what_is_said(event: dict[str, Any]) -> None:
    """Every kind of event."""
    assert is_sound(json.loads(json.dumps(event)))


UNSOUND: list[dict[str, Any]] = [
    {},
    {"event": []},
    {"event": "imported"},
    {"event": "imported", "facts": []},
    {"event": "imported", "facts": {"connects": "abc"}},
    {"event": "imported", "facts": {"connects": True}},
    {"event": "imported", "facts": {"statements": 5}},
    {"event": "imported", "facts": {"statements": ["x" * (MAX_TEXT + 1)]}},
    {"event": "imported", "facts": {}, "more": 1},
    {"event": "serving", "address": 5},
    {"event": "serving", "address": ["127.0.0.1"]},
    {"event": "failed", "stage": 7, "type": [], "message": {}},
    {"event": "failed", "stage": "import"},
    {"event": "failed", **ERROR, "at": 5},
    {"event": "failed", **ERROR, "at": {"file": "main.py"}},
    {"event": "failed", **ERROR, "code": "bye"},
    {"event": "error", **ERROR, "message": "x" * (MAX_TEXT + 1)},
    {"event": "answer", "id": "1"},
    {"event": "answer", "id": 1 << 60},
    {"event": "stopped", "facts": None},
]


@pytest.mark.parametrize("event", UNSOUND)
def test_leaves_what_is_not(event: dict[str, Any]) -> None:
    """A field of another kind, a field too many, a field too few."""
    assert not is_sound(json.loads(json.dumps(event)))


def test_what_is_kept_is_bounded() -> None:
    """By bytes, not by events alone; what is taken makes room."""
    ours, theirs = socket.socketpair()
    line = Line(ours)
    big = {"event": "stopped", "facts": {"statements": ["x" * 9000] * (KEPT_BYTES // 3 // 9050)}}
    for _ in range(5):
        channel.send(theirs, big)
    channel.send(theirs, {"event": "warm"})
    assert line.take_named("warm", seconds=5)
    taken = []
    while event := line.take_named("stopped", seconds=0):
        taken.append(event)
    assert len(taken) == 3
    channel.send(theirs, big)
    assert line.take_named("stopped", seconds=5)
    line.close()
    theirs.close()


FORGER = f"""
import json, os, stat, struct
EVENTS = json.loads({json.dumps(json.dumps(UNSOUND))})
for fd in range(3, 64):
    for event in EVENTS * 3:
        body = json.dumps(event).encode()
        try:
            assert stat.S_ISSOCK(os.fstat(fd).st_mode)  # its database is its own business
            os.write(fd, struct.pack(">I", len(body)) + body)
        except (AssertionError, OSError):
            break
"""


def test_a_forger_is_judged_by_its_app(tmp_path: Path) -> None:
    """A right app that writes all of that on every socket is right."""
    lesson = TOY.find("count")
    solution = (lesson.solution / "main.py").read_text("utf-8")
    (tmp_path / "main.py").write_text(solution + FORGER, "utf-8")
    with Grader(TOY) as grader:
        assert grader.grade(lesson, tmp_path).status == "passed"
