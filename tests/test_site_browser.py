"""The built site in a real browser: no request elsewhere, nothing lost without JavaScript."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from yielddb.catalogue import Course
from yielddb.site import build_site

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# the browser's own talk with its maker is not the page's
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that keeps its log to itself."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The toy course's site, built and served on loopback."""
    folder = tmp_path_factory.mktemp("browser")
    root = Path(__file__).parents[1]
    shutil.copytree(root / "tests" / "toy", folder / "toy")
    shutil.copy(root / "mkdocs.yml", folder / "toy")
    tools = shutil.ignore_patterns("node_modules")
    shutil.copytree(root / "web", folder / "toy" / "web", ignore=tools)
    out = build_site(Course(folder / "toy"), folder / "site")
    serve = functools.partial(Quiet, directory=str(out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine; in CI a missing one is a failure."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield one
        one.close()


PAGES = ("/", "/lessons/hello/", "/lessons/count/")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_asks_nobody_else(browser: Browser, address: str, path: str, scheme: str) -> None:
    """Every request goes to the page's own origin, and nothing is missing or throws."""
    with browser.new_context(color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.on(
            "response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address + path, wait_until="networkidle")
        assert wrong == []
        assert [url for url in asked if not url.startswith((address, "data:"))] == []
        assert page.evaluate("document.body.dataset.mdColorScheme") == (
            "slate" if scheme == "dark" else "default"
        )


@pytest.mark.parametrize("path", PAGES)
def test_a_telephone_shows_it_whole(browser: Browser, address: str, path: str) -> None:
    """At 360 pixels nothing makes the page scroll sideways."""
    with browser.new_context(viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        page.goto(address + path, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_without_javascript_every_answer_can_be_read(browser: Browser, address: str) -> None:
    """Quizzes, predictions and transcripts are plain HTML; answers open by the keyboard."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/lessons/hello/")
        text = page.locator("article").text_content() or ""
        for wanted in ("What does status 200 mean?", "The request was answered.", "GET /hello"):
            assert wanted in text
        answer = page.locator("details").first
        assert answer.get_attribute("open") is None
        answer.locator("summary").first.focus()
        page.keyboard.press("Enter")
        assert answer.get_attribute("open") is not None
