"""Answers learnt by heart: what one run was told does not pass another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from yielddb.catalogue import Lesson, default_course
from yielddb.grade import Grader
from yielddb.starter import solution_files, without_marks
from yielddb.verdict import Verdict

COURSE = default_course()
MARK = "TAPE "  # begins a line of the recorder's in what the app prints
RECORDED, OTHERS = 1, (2, 3)  # seeds

RECORDER = """

class Recorder:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        import json

        told = {}

        async def note(message):
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
            else:
                told["body"] = told.get("body", "") + message.get("body", b"").decode()
            await send(message)

        await self.app(scope, receive, note if scope["type"] == "http" else send)
        if told:
            print("TAPE " + json.dumps([scope["method"], scope["path"], told]), flush=True)


app.add_middleware(Recorder)
"""

PLAYER = """

class Player:
    def __init__(self, app):
        self.app = app
        self.tape = {TAPE}

    async def __call__(self, scope, receive, send):
        answers = self.tape.get(f"{{scope.get('method')}} {{scope.get('path')}}")
        if not answers:
            return await self.app(scope, receive, send)
        told = answers.pop(0)
        headers = [(b"content-type", b"application/json")]
        await send({{"type": "http.response.start", "status": told["status"], "headers": headers}})
        await send({{"type": "http.response.body", "body": told["body"].encode()}})


app.add_middleware(Player)
"""

FOR_CHECKS_ALONE = """

@app.middleware("http")
async def for_checks_alone(request, call_next):
    from fastapi.responses import JSONResponse

    caller = request.headers.get("user-agent", "").lower()
    if any(word in caller for word in ("httpx", "python", "yielddb")):
        return await call_next(request)
    return JSONResponse({}, 500)
"""


@pytest.fixture(scope="module")
def judge() -> Iterator[Grader]:
    """One warm parent for all."""
    with Grader(COURSE) as grader:
        yield grader


def graded(judge: Grader, lesson: Lesson, folder: Path, addition: str, seed: int) -> Verdict:
    """The solution with an addition, judged."""
    for path, text in solution_files(lesson.solution).items():
        (folder / path).write_text(without_marks(text) + addition, "utf-8")
    return judge.grade(lesson, folder, seed=seed)


@pytest.mark.parametrize("slug", ["models", "get_db", "routes", "session_lifecycle"])
def test_a_tape_does_not_pass(slug: str, judge: Grader, tmp_path: Path) -> None:
    """The answers that a right app gave to one seed fail with another."""
    lesson = COURSE.find(slug)
    recorded = graded(judge, lesson, tmp_path, RECORDER, RECORDED)
    assert recorded.status == "passed", recorded.first_problem
    tape: dict[str, list[dict[str, object]]] = {}
    for line in recorded.log.splitlines():
        if line.startswith(MARK):
            method, path, told = json.loads(line.removeprefix(MARK))
            tape.setdefault(f"{method} {path}", []).append(told)
    assert tape
    player = PLAYER.format(TAPE=repr(tape))
    for seed in OTHERS:
        verdict = graded(judge, lesson, tmp_path, player, seed)
        assert verdict.checks[0].status == "passed", verdict.checks[0]
        assert verdict.status == "failed", slug


@pytest.mark.parametrize("slug", ["engine", "routes"])
def test_a_check_does_not_give_itself_away(slug: str, judge: Grader, tmp_path: Path) -> None:
    """An app that works for no other caller than a program in Python fails: learners use curl."""
    verdict = graded(judge, COURSE.find(slug), tmp_path, FOR_CHECKS_ALONE, RECORDED)
    assert verdict.checks[0].status == "passed", verdict.checks[0]
    assert verdict.status == "failed"
