"""The runtime of a page for tests: built, served, and asked in a real browser."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from chromium import Files
from playwright.sync_api import Page
from web_tools import ROOT, WEB, packages

from yielddb.catalogue import Lesson, default_course

RUNTIME = ROOT / ".cache" / "runtime" / "out"
BUILD_S = 900  # a cold build compresses 20 MB as well as it can, on a slow machine
ANSWER_MS = 60_000  # of one question to a worker that is still starting
PAGE = Path(__file__).parent / "runtime_page.html"
ZOO = Path(__file__).parent / "zoo"
COURSE = default_course()
# What an app, or the system, makes up anew in each run: numbers of threads, addresses, UUIDs.
RANDOM = re.compile(
    r"(?<=thread id )\d+|0x[0-9a-f]{6,}|[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}"
)
# Apps that a page judges alike, in other words; its Python is 3.14.
WORDED = {
    "getdb-with-generator": "an error of `with` names the method that is missing",
    "route-none-attribute": "an AttributeError says that there is no __dict__",
    "crud-execute-select-rows-no-response-model": "dict() words its TypeError anew",
    "writers-do-not-wait": "which of two parallel requests is shown is chance",
    "session-lost-with-the-409": "how many sessions an error keeps alive is Python's affair",
}


def runtime() -> Path:
    """The built runtime, fresh; a machine that never built it leaves the cold build to CI."""
    if not any(RUNTIME.parent.glob("base-*/packages.zst")) and not os.environ.get("CI"):
        pytest.skip("the runtime of a page is not built: make runtime")
    packages()
    node = shutil.which("node")
    assert node
    done = subprocess.run(
        [node, "runtime/build.mjs", "--python", sys.executable],
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return RUNTIME


def site(folder: Path) -> Path:
    """A site with the runtime and one page that asks it."""
    shutil.copytree(runtime(), folder / "runtime")
    (folder / "en").mkdir()
    shutil.copy(PAGE, folder / "en" / "index.html")
    return folder


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on a loopback port."""
    handler = functools.partial(Files, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Runtime:
    """The worker of one page."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.set_default_timeout(ANSWER_MS)
        page.goto(f"{address}/en/index.html")

    def ask(self, **task: Any) -> dict[str, Any]:
        """The last answer to a question; its events under `events`."""
        answer: dict[str, Any] = self.page.evaluate("task => runtime.ask(task)", task)
        return answer

    def value(self, **task: Any) -> dict[str, Any]:
        """The value of a question that is answered."""
        answer = self.ask(**task)
        assert answer["event"] == "done", answer
        value: dict[str, Any] = answer["value"]
        return value

    def share(self, tasks: list[dict[str, Any]], workers: int) -> list[dict[str, Any]]:
        """The answers to many questions, by several workers."""
        answers: list[dict[str, Any]] = self.page.evaluate(
            "([tasks, workers]) => runtime.share(tasks, workers)", [tasks, workers]
        )
        return answers


# a predicate of wait_for_function may not be asynchronous: its promise would count as true
KEPT = """async parts => {
  for (let left = 1200; left; left--) {
    const all = (await caches.keys()).filter(name => name.startsWith('yielddb-runtime-'));
    const keys = all.map(async name => (await caches.open(name)).keys());
    const kept = (await Promise.all(keys)).flat();
    if (parts.every(name => kept.some(({ url }) => url.includes(`/runtime/${name}`)))) return true;
    await new Promise(go => setTimeout(go, 50));
  }
  return false;
}"""


def wait_until_runtime_is_kept(page: Page) -> None:
    """What was fetched is in the browser's cache; Python's memory is the last that comes there."""
    manifest = json.loads((RUNTIME / "manifest.json").read_text("utf-8"))
    files = [file["name"].removesuffix(".zst") for file in manifest["files"]]
    assert page.evaluate(KEPT, ["manifest.json", *files, "memory?"])


def plain(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict without what differs in each run and on each machine."""
    left_out = {"seconds", "isolation", "versions", "submission"}
    record = {key: value for key, value in verdict.items() if key not in left_out}
    record["checks"] = [
        {key: value for key, value in check.items() if key != "seconds"}
        for check in verdict["checks"]
    ]
    copied: dict[str, Any] = json.loads(RANDOM.sub("…", json.dumps(record)))
    return copied


def app_of(path: Path) -> dict[str, str]:
    """The text files of an app as a page holds them."""
    if path.is_file():
        return {"main.py": path.read_text("utf-8")}
    return {
        file.relative_to(path).as_posix(): file.read_text("utf-8")
        for file in sorted(path.rglob("*.py"))
    }


# Not among the packages that a page is sent: there, its import is answered with what there is.
NOT_SENT = ("sqlmodel",)


def zoo() -> Iterator[tuple[str, Lesson, Path]]:
    """Each app of the zoo that a page can import, with the last lesson that judges it."""
    manifest = yaml.safe_load((ZOO / "manifest.yml").read_text("utf-8"))
    for app in manifest["apps"]:
        if app["id"] in NOT_SENT:
            continue
        lessons = [COURSE.find(slug) for slug in app["expect"]]
        yield app["id"], max(lessons, key=lambda lesson: lesson.number), ZOO / app["file"]


def is_async(path: Path) -> bool:
    """Does it use what no page has: SQLAlchemy's asyncio, which switches stacks below Python?"""
    return any("sqlalchemy.ext.asyncio" in text for text in app_of(path).values())


def alike(name: str, here: dict[str, Any], there: dict[str, Any]) -> bool:
    """Is the page's verdict on an app the terminal's?"""
    if name not in WORDED:
        return here == there
    seen = [[(one["id"], one["status"]) for one in both["checks"]] for both in (here, there)]
    return here["status"] == there["status"] and seen[0] == seen[1]


def needs_server(verdict: dict[str, Any]) -> bool:
    """Is there a check that only a real server could settle?"""
    texts = (check["came_back"] or "" for check in verdict["checks"])
    return any(text.startswith("needs a real server") for text in texts)
