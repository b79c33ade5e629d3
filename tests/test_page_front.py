"""What a page asks, answered by one interpreter: each question, and input that is bad."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bad_pages import BAD, HEAD, ROUTE, SERVER

from yielddb.browser import front
from yielddb.browser.grading import PageGrader, needs_server
from yielddb.browser.parent import InlineSandbox
from yielddb.catalogue import Course, default_course
from yielddb.sandbox.limits import Limits
from yielddb.starter import solution_files, starter_files, without_marks
from yielddb.tracing.recording import record_files
from yielddb.tracing.script import script

COURSE = default_course()
CRUD = next(lesson for lesson in COURSE.lessons if "POST" in lesson.check.read_text("utf-8"))
FIRST = COURSE.lessons[0]
HASTE = Limits(start_s=1.0, answer_s=0.5)
UMBRELLA = '{"name": "Umbrella"}'
Answer = dict[str, Any]


class Page:
    """Asks a front as a page does."""

    def __init__(self) -> None:
        self.front = front.Front(COURSE.root)
        self.front.course = COURSE  # its tables are YAML here
        self.front.grader.close()
        self.front.grader = PageGrader(COURSE, HASTE)

    def ask(self, **task: Any) -> Answer:
        events: list[Answer] = []
        text = self.front.answer(json.dumps(task), lambda event: events.append(json.loads(event)))
        return {**json.loads(text), "events": events}

    def value(self, **task: Any) -> Answer:
        answer = self.ask(**task)
        assert answer["event"] == "done", answer
        return dict(answer["value"])

    def send(self, text: str, method: str, path: str, **more: Any) -> Answer:
        files = {"main.py": text}
        task = {"do": "request", "lesson": CRUD.slug, "files": files, "method": method}
        return self.ask(**task, path=path, **more)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    one = Page()
    yield one
    one.front.close()


@pytest.fixture(scope="module")
def solution(page: Page) -> str:
    return str(page.value(do="solution", lesson=CRUD.slug)["files"]["main.py"])


def test_it_says_what_runs(page: Page) -> None:
    booted = page.value(do="boot")
    assert booted["python"]
    assert {"fastapi", "sqlalchemy"} <= set(booted["packages"])


def test_starter_and_solution_are_the_courses(page: Page, solution: str) -> None:
    text, *_ = solution_files(CRUD.solution).values()
    assert without_marks(text) == solution
    assert page.value(do="starter", lesson=CRUD.slug)["files"] == {
        file.as_posix(): text for file, text in starter_files(CRUD.solution).items()
    }


def test_each_check_is_told_as_it_comes(page: Page, solution: str) -> None:
    answer = page.ask(do="check", lesson=CRUD.slug, files={"main.py": solution}, seed=7)
    verdict = answer["value"]["verdict"]
    assert verdict["status"] == "passed"
    assert verdict["versions"]["seed"] == "7"
    assert [event["result"]["id"] for event in answer["events"]] == [
        check["id"] for check in verdict["checks"]
    ]


def test_the_app_describes_itself(page: Page, solution: str) -> None:
    files = {"main.py": solution}
    assert "/items/" in page.value(do="openapi", lesson=CRUD.slug, files=files)["paths"]


def test_the_app_lives_until_its_text_changes(page: Page, solution: str) -> None:
    json_type = {"content-type": "application/json"}
    made = page.send(solution, "POST", "/items/", headers=json_type, body=UMBRELLA)["value"]
    assert (made["status"], made["restarted"]) == (201, True)
    read = page.send(solution, "GET", "/items/1")["value"]
    assert (read["status"], read["restarted"]) == (200, False)
    assert json.loads(read["body"])["name"] == "Umbrella"
    other = page.send(solution + "# a change\n", "GET", "/items/1")["value"]
    assert (other["status"], other["restarted"]) == (404, True)


def test_what_the_app_prints_comes_once(page: Page) -> None:
    text = ROUTE.format(line="print('checked')")
    for _ in range(2):
        assert page.send(text, "GET", "/health")["value"]["log"] == "checked\n"


def test_an_error_names_its_line(page: Page) -> None:
    answer = page.send(ROUTE.format(line="1 / 0"), "GET", "/health")["value"]
    assert answer["status"] == 500
    assert (answer["error"]["file"], answer["error"]["line"]) == ("main.py", 8)
    assert "ZeroDivisionError" in answer["error"]["text"]
    assert "Traceback" in answer["log"]


@pytest.mark.parametrize("line", ["while True: pass", "import time; time.sleep(99)"])
def test_a_route_that_does_not_end_is_ended(line: str, page: Page) -> None:
    """The next request is answered by the app as it starts anew."""
    text = ROUTE.format(line=line) + '\n\n@app.get("/other")\ndef other():\n    return 1\n'
    answer = page.send(text, "GET", "/health")["value"]
    assert answer["status"] == 0
    assert "nothing within 0.5 s; it was at main.py line 8" in answer["error"]["text"]
    assert page.send(text, "GET", "/other")["value"] | {"headers": []} == {
        "status": 200,
        "headers": [],
        "body": "1",
        "log": "",
        "restarted": True,
    }


@pytest.mark.parametrize("line", ["while True: pass", "while True:\n    x = [1]"])
def test_an_import_that_does_not_end_is_ended(line: str, page: Page) -> None:
    verdict = page.value(do="check", lesson=FIRST.slug, files={"main.py": line + "\n"})["verdict"]
    assert verdict["checks"][0]["came_back"].startswith("nothing within 1 s; it was at main.py")


@pytest.mark.parametrize(("text", "status", "says"), BAD.values(), ids=BAD)
def test_bad_input_is_judged(text: str, status: str, says: str, page: Page) -> None:
    """One clear message; a check after it, and a request, find everything in order."""
    value = page.value(do="check", lesson=FIRST.slug, files={"main.py": text})
    first = next(check for check in value["verdict"]["checks"] if check["status"] != "passed")
    assert first["status"] == status, first
    assert says in first["came_back"], first
    assert value["verdict"]["status"] == ("error" if status == "skipped" else "failed")
    assert len(value["log"]) < 100_000
    asked = page.send(text, "GET", "/health")
    assert asked["event"] == "failed"
    assert asked["kind"] == "app"
    assert asked["fix"]
    good = page.send(ROUTE.format(line="pass"), "GET", "/health")
    assert good["value"]["status"] == 200


def test_a_missing_import_says_what_there_is(page: Page) -> None:
    verdict = page.value(do="check", lesson=FIRST.slug, files={"main.py": BAD["missing"][0]})
    assert (
        "Here are fastapi, httpx, pydantic, sqlalchemy" in verdict["verdict"]["checks"][0]["hint"]
    )


def test_a_thread_in_a_route_is_no_wrong_verdict(page: Page) -> None:
    line = "import threading; threading.Thread(target=print).start()"
    answer = page.send(ROUTE.format(line=line), "GET", "/health")["value"]
    assert answer["status"] == 500
    assert SERVER in answer["error"]["text"]
    verdict = page.value(do="check", lesson=FIRST.slug, files={"main.py": ROUTE.format(line=line)})[
        "verdict"
    ]
    assert verdict["status"] == "error"
    assert {check["status"] for check in verdict["checks"]} == {"passed", "skipped"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"../main.py": ""}, "is no name of a file"),
        ({"/main.py": ""}, "is no name of a file"),
        ({"main.py": "x" * (11 << 20)}, "more than 10 MiB"),
        ({"notes.txt": ""}, "no main.py here"),
        ({"main.py": "x = '\ud800'"}, "main.py: the file is not UTF-8 text"),
        (None, "files are missing"),
    ],
)
def test_files_that_are_none(files: Any, says: str, page: Page) -> None:
    """Refused, or a verdict that says why there is none; no path of the page's own is told."""
    answer = page.ask(do="openapi", lesson=FIRST.slug, files=files)
    assert answer["event"] == "failed"
    assert says in answer["says"]
    assert "/tmp" not in answer["says"]
    assert answer["fix"]


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ({"do": "dance"}, "can't ask for 'dance'"),
        ({"do": "starter", "lesson": "none_such"}, "no lesson 'none_such'"),
    ],
)
def test_a_question_nobody_knows(task: Answer, says: str, page: Page) -> None:
    answer = page.ask(**task)
    assert (answer["event"], answer["kind"]) == ("failed", "runtime")
    assert says in answer["says"]


def test_an_app_that_can_not_describe_itself(page: Page) -> None:
    text = HEAD + "def broken():\n    raise ValueError('no schema')\n\n\napp.openapi = broken\n"
    answer = page.ask(do="openapi", lesson=FIRST.slug, files={"main.py": text})
    assert "ValueError: no schema" in answer["says"]


@pytest.mark.parametrize("path", ["health", "http://example.org/", "/" + chr(7)])
def test_a_path_that_is_none(path: str, page: Page) -> None:
    answer = page.send(ROUTE.format(line="pass"), "GET", path)["value"]
    assert answer["status"] == 0
    assert answer["error"]["text"]


def test_watch_records_what_the_terminal_records(page: Page, solution: str) -> None:
    """Event by event the same."""
    lines = ["POST /items/ " + UMBRELLA, "GET /items/1", "GET /items/99"]
    here = page.value(do="trace", lesson=CRUD.slug, files={"main.py": solution}, requests=lines)
    there = record_files(solution_files(CRUD.solution), script(lines)).data
    assert here["events"] == there["events"]
    assert here["requests"] == there["requests"]
    again = page.value(do="trace", lesson=CRUD.slug, files={"main.py": solution}, requests=lines)
    assert again == here


def test_watch_says_what_is_wrong_with_a_request(page: Page, solution: str) -> None:
    files = {"main.py": solution}
    answer = page.ask(do="trace", lesson=CRUD.slug, files=files, requests=["fetch it"])
    assert (answer["kind"], answer["fix"]) == ("app", "write it as: GET /health")


def test_a_hanging_request_is_recorded_up_to_there(page: Page) -> None:
    text = ROUTE.format(line="while True: pass")
    trace = page.value(
        do="trace", lesson=FIRST.slug, files={"main.py": text}, requests=["GET /health"]
    )
    assert "nothing within 0.5 s" in trace["requests"][0]["error"]
    assert trace["events"]


def test_the_manifest_says_which_lessons_need_a_server(tmp_path: Any) -> None:
    from yielddb.browser.facts import facts

    lessons = facts(COURSE)["lessons"]
    assert [lessons[lesson.slug]["number"] for lesson in COURSE.lessons] == [
        lesson.number for lesson in COURSE.lessons
    ]
    folder = tmp_path / "solutions" / "01_async"
    folder.mkdir(parents=True)
    (folder / "main.py").write_text("import aiosqlite\n")
    course = Course(tmp_path)
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "01_async.md").write_text("---\ntitle: Async\n---\n")
    assert needs_server(course.lessons[0]) == "aiosqlite works in a thread"


def test_garbage_stays_where_it_is_over_a_restart() -> None:
    """No second life of an app meets a collector that the first one did not meet."""
    with InlineSandbox() as sandbox:
        first = sandbox.box()
        second = sandbox.box()
        first.close()
        assert not gc.isenabled()
        second.close()
    assert gc.isenabled()


def test_what_an_app_left_does_not_count_for_the_next(tmp_path: Path) -> None:
    """A session that the first life dropped is thrown away before the second is looked at."""
    main = (
        "from fastapi import FastAPI\nfrom sqlalchemy import create_engine, text\n"
        "from sqlalchemy.orm import Session\napp = FastAPI()\nloop = []\n"
        "session = Session(create_engine('sqlite://'))\nsession.execute(text('select 1'))\n"
        "loop.append((session, loop))\n"
    )
    with InlineSandbox() as sandbox:
        boxes = [sandbox.box()]
        (boxes[0].app_folder / "main.py").write_text(main, "utf-8")
        assert boxes[0].load("main", {})["checked_out"] == 1
        boxes.append(sandbox.box())
        boxes[0].close()
        (boxes[1].app_folder / "main.py").write_text(main, "utf-8")
        facts = boxes[1].load("main", {})
        boxes[1].close()
    assert (facts["checked_out"], facts["rollbacks"], facts["checkins"]) == (1, 0, 0)
