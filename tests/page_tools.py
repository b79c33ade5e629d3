"""The runtime of a page for tests: built, served, and asked in a real Chromium."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from web_tools import ROOT, WEB, packages

RUNTIME = ROOT / ".cache" / "runtime" / "out"
BUILD_S = 900  # a cold build compresses 20 MB as well as it can, on a slow machine
PAGE = Path(__file__).parent / "runtime_page.html"
ANSWER_MS = 60_000


def runtime() -> Path:
    """The built runtime, fresh; a machine that never built it leaves the cold build to CI."""
    if not any(RUNTIME.parent.glob("base-*")) and not os.environ.get("CI"):
        pytest.skip("the runtime of a page is not built: make runtime")
    packages()
    node = shutil.which("node")
    assert node
    done = subprocess.run(
        [node, "runtime/build.mjs", "--python", os.environ.get("PYTHON", _python())],
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=BUILD_S,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return RUNTIME


def _python() -> str:
    import sys

    return sys.executable


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A plain static server that does not talk."""

    def log_message(self, *_: object) -> None: ...


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on a loopback port."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def site(folder: Path) -> Path:
    """A site with the runtime and one page that asks it."""
    shutil.copytree(runtime(), folder / "runtime")
    (folder / "en").mkdir()
    shutil.copy(PAGE, folder / "en" / "index.html")
    return folder


def chromium(playwright: Playwright) -> Browser:
    """The Chromium of this machine."""
    from test_site_browser import NAMES

    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        assert not os.environ.get("CI"), "no Chromium here"
        pytest.skip("no Chromium here")
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])


@contextmanager
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        running = chromium(playwright)
        try:
            yield running
        finally:
            running.close()


class Runtime:
    """One worker in one page."""

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


def plain(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict without what differs in each run and on each machine."""
    left_out = {"seconds", "isolation", "versions", "submission"}
    record = {key: value for key, value in verdict.items() if key not in left_out}
    record["checks"] = [
        {key: value for key, value in check.items() if key != "seconds"}
        for check in verdict["checks"]
    ]
    return json.loads(json.dumps(record))  # type: ignore[no-any-return]


Ask = Callable[..., dict[str, Any]]
