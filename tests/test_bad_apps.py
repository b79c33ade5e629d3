"""Named bad apps, each with the exact text a learner sees."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.sandbox.limits import Limits
from yielddb.verdict import Verdict

GOOD = textwrap.dedent("""\
    from fastapi import FastAPI
    app = FastAPI()
    @app.get("/hello")
    def hello():
        return {"greeting": "Hello town"}
""")


def route(body: str, head: str = "") -> str:
    """An app whose route has this body."""
    return (
        f"{head}\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        f'@app.get("/hello")\ndef hello():\n{textwrap.indent(textwrap.dedent(body), "    ")}'
    )


BAD = {
    # it can't be imported
    "syntax-error": GOOD + "def broken(:\n    pass\n",
    "never-closed": GOOD + "numbers = [1, 2\n",
    "indentation": GOOD + "  x = 1\n   y = 2\n",
    "name-error": GOOD + "print(undefined)\n",
    "missing-module": "import umbrellas\n" + GOOD,
    "wrong-import": "from fastapi import FastApi\n" + GOOD,
    "exit-at-import": GOOD + "import sys\nsys.exit(3)\n",
    "quit-at-import": GOOD + "quit()\n",
    "os-exit-at-import": GOOD + "import os\nos._exit(0)\n",
    "exit-with-an-object": GOOD + "import sys\nsys.exit(object())\n",
    "error-without-text": GOOD
    + "class E(Exception):\n    def __str__(self):\n        return self.nope\nraise E()\n",
    "loop-at-import": GOOD + "while True: pass\n",
    "input-at-import": GOOD + "name = input('your name? ')\n",
    "serves-itself": GOOD + "import uvicorn\nuvicorn.run(app, port=0)\n",
    "port-in-use": GOOD
    + "import socket\na = socket.create_server(('127.0.0.1', 0))\n"
    + "b = socket.create_server(a.getsockname())\n",
    "path-in-use": GOOD + "import os\nopen('data', 'w').close()\nos.mkdir('data')\n",
    "memory-at-import": GOOD + "hoard = bytearray(1 << 40)\n",
    "recursion": GOOD + "def f():\n    return f()\nf()\n",
    "segfault": GOOD + "import ctypes\nctypes.string_at(0)\n",
    "killed-by-itself": GOOD + "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "fork": GOOD + "import os\nos.fork()\n",
    "another-program": GOOD + "import subprocess\nsubprocess.run(['true'])\n",
    "huge-file": GOOD + "with open('big', 'wb') as f:\n    f.write(bytes(64 << 20))\n",
    # there is no app in it
    "empty-file": "",
    "no-app": "from fastapi import FastAPI\n",
    "other-name": GOOD.replace("app", "application"),
    "class-not-instance": "from fastapi import FastAPI\napp = FastAPI\n",
    "app-is-a-router": "from fastapi import APIRouter\napp = APIRouter()\n",
    "app-is-a-dict": "app = {}\n",
    "app-is-an-engine": "from sqlalchemy import create_engine\napp = create_engine('sqlite://')\n",
    # the start-up fails
    "startup-raises": textwrap.dedent("""\
        from contextlib import asynccontextmanager
        from fastapi import FastAPI
        @asynccontextmanager
        async def lifespan(app):
            raise RuntimeError("no shelf left")
            yield
        app = FastAPI(lifespan=lifespan)
    """),
    "startup-loops": textwrap.dedent("""\
        from contextlib import asynccontextmanager
        from fastapi import FastAPI
        @asynccontextmanager
        async def lifespan(app):
            while True: pass
            yield
        app = FastAPI(lifespan=lifespan)
    """),
    # it starts, and answers wrongly or not at all
    "no-route": "from fastapi import FastAPI\napp = FastAPI()\n",
    "route-raises": route("return {}['greeting']\n"),
    "route-loops": route("while True: pass\n"),
    "async-route-loops": route("while True: pass\n").replace("def hello", "async def hello"),
    "route-sleeps": route("time.sleep(600)\n", head="import time"),
    "route-exits": route("import sys\nsys.exit(1)\n"),
    "route-os-exits": route("import os\nos._exit(7)\n"),
    "not-json": route("return PlainTextResponse('Hello town')\n").replace(
        "import FastAPI", "import FastAPI\nfrom fastapi.responses import PlainTextResponse"
    ),
    "json-list": route("return ['Hello town']\n"),
    "json-string": route("return 'Hello town'\n"),
    "wrong-status": GOOD.replace('("/hello")', '("/hello", status_code=418)'),
    "endless-answer": route(
        "return StreamingResponse(iter(lambda: b'x' * 65536, None))\n",
        head="from fastapi.responses import StreamingResponse",
    ),
    "prints-forever": route("while True:\n    print('x' * 1000)\n"),
    "redirects-in-a-circle": route("return RedirectResponse('/hello')\n").replace(
        "import FastAPI", "import FastAPI\nfrom fastapi.responses import RedirectResponse"
    ),
}


@pytest.fixture(scope="module")
def strict(grader: Grader) -> Grader:
    """A grader with short time limits, since many of these apps hang."""
    with Grader(grader.course, Limits(start_s=2.5, answer_s=1.5, stop_s=1)) as one:
        yield one


def shown(verdict: Verdict) -> str:
    """What a learner reads, one line per fact."""
    lines = [f"{verdict.status}, {verdict.score:g} of {verdict.max_score:g}"]
    for check in verdict.checks:
        lines.append(f"{check.status}: {check.title}")
        for name in ("sent", "came_back", "contract", "hint"):
            if check.status in ("failed", "error") and (value := getattr(check, name)):
                lines.append(f"  {name:<9} {value}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_app_is_named(
    name: str, strict: Grader, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """A bad app gets its own clear message with the learner's own line."""
    (tmp_path / "main.py").write_text(BAD[name])
    verdict = strict.grade(strict.course.find("hello"), tmp_path)
    golden(f"bad_apps/{name}.txt", shown(verdict))
    assert verdict.status == "failed"
    assert not any("the check itself broke" in (c.came_back or "") for c in verdict.checks)


def test_an_answer_that_drips_is_ended(strict: Grader, tmp_path: Path) -> None:
    """Each piece comes in time, the whole never does: that is no answer."""
    drip = "def drip():\n    while True: yield time.sleep(0.3) or b'x'"
    head = f"import time\nfrom fastapi.responses import StreamingResponse\n{drip}"
    (tmp_path / "main.py").write_text(route("return StreamingResponse(drip())\n", head=head))
    verdict = strict.grade(strict.course.find("hello"), tmp_path)
    assert verdict.checks[1].status == "error"
    assert str(verdict.checks[1].came_back).startswith("nothing within 1.5 s")


def test_the_next_app_is_judged_right_after_each_of_them(strict: Grader, tmp_path: Path) -> None:
    """A good app after all the bad ones passes."""
    (tmp_path / "main.py").write_text(GOOD)
    assert strict.grade(strict.course.find("hello"), tmp_path).status == "passed"


def test_a_submission_is_never_written_to(grader: Grader, toy: Course) -> None:
    """Grading leaves the folder as it was, though the app writes into its own."""
    solution = toy.find("count").solution
    before = {p: p.stat().st_mtime_ns for p in solution.rglob("*")}
    assert grader.grade(toy.find("count"), solution).status == "passed"
    assert {p: p.stat().st_mtime_ns for p in solution.rglob("*")} == before
