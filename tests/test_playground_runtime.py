"""The playground with its real runtime: a reader's whole way, and what breaks on the way."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from chromium import Files
from page_tools import runtime, wait_until_runtime_is_kept
from playground_stand import (
    LESSON,
    Stand,
    button,
    holds,
    make,
    no_failures,
    opener,
    ready,
    served,
    solution_of,
    starter_of,
    write,
)
from playwright.sync_api import Browser, Page, expect

VERDICT_MS = 60_000  # a cold start on a busy machine
SLOW = 2_000_000  # bytes a second


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("playground") / "course"
    make(folder, runtime(), starter_of("get_db"))
    return folder


@pytest.fixture
def stand(folder: Path, browser: Browser) -> Iterator[Stand]:
    with served(folder) as address:
        one = Stand(folder, address, browser, starter_of("get_db"))
        yield one
        no_failures(one)


def check(page: Page, code: str | None = None) -> None:
    """Press Check, and wait for the points."""
    if code is not None:
        write(page, code)
    button(page, "Check").click()
    expect(page.locator(".score, .frame [role=alert]").first).to_be_visible(timeout=VERDICT_MS)


def test_a_readers_way(stand: Stand) -> None:
    """The starter fails as in a terminal, the solution passes; no request leaves the site."""
    asked: list[str] = []
    context = stand.context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    stand.goto(page)
    opener(page).click()
    check(page)
    failed = page.locator(".checks > .failed")
    expect(failed.locator(".title")).to_contain_text("GET /items/ lists the items")
    expect(failed.locator("dd").first).to_have_text("curl 127.0.0.1:8000/items/")
    expect(failed.locator("dd").nth(2)).to_have_text("a list")
    expect(page.locator(".score")).to_have_text("0 of 14 points.")
    solution = solution_of("get_db")
    check(page, solution)
    expect(page.locator(".score")).to_have_text("All checks passed: 14 of 14 points.")
    button(page, "Solution").click()
    expect(page.locator(".solution .cm-content")).to_contain_text("The Lost & Found office")
    button(page, "Put it in the editor").click()
    holds(page, solution)
    assert [url for url in asked if not url.startswith((stand.address, "blob:"))] == []


def test_requests_go_to_the_readers_own_app(stand: Stand) -> None:
    """Routes of the app, an answer with its headers, an error with its line; edits start afresh."""
    page = stand.open()
    write(page, solution_of("routes"))
    button(page, "Run request").click()
    route = page.get_by_label("Route")
    route.select_option("POST /items/", timeout=VERDICT_MS)
    body = page.get_by_label("Body (JSON)")
    assert json.loads(body.input_value())["name"] == "Umbrella"
    button(page, "Send").click()
    answer = page.locator(".answer")
    expect(answer.locator(".status-line")).to_have_text("201 POST /items/")
    expect(answer.locator("pre").first).to_contain_text('"name": "Umbrella"')
    route.select_option("GET /items/{item_id}")
    button(page, "Send").click()
    expect(answer.locator(".status-line")).to_have_text("200 GET /items/1")
    text = solution_of("routes") + '\n\n@app.get("/boom")\ndef boom():\n    return 1 / 0\n'
    write(page, text)
    button(page, "Run request").click()
    route.select_option("GET /boom")
    button(page, "Send").click()
    expect(answer.locator(".status-line")).to_have_text("500 GET /boom")
    expect(answer).to_contain_text("ZeroDivisionError")
    expect(answer).to_contain_text("A fresh app with an empty database answered")
    button(page, f"Go to line {text.count(chr(10))}").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("return 1 / 0")


def test_watch_shows_the_readers_run_in_the_player(stand: Stand) -> None:
    """The player is loaded then, with this run; it steps."""
    page = stand.open()
    write(page, solution_of("routes"))
    button(page, "Watch").click()
    lines = page.get_by_label("Requests, one in a line")
    expect(lines).not_to_have_value("", timeout=VERDICT_MS)
    lines.fill('POST /items/ {"name": "Umbrella"}\nGET /items/1')
    button(page, "Record").click()
    player = page.locator("yielddb-trace")
    expect(player.get_by_role("status")).to_contain_text("POST /items/ enters the app")
    player.get_by_role("button", name="Step", exact=True).click()
    expect(player.locator(".count")).to_contain_text("2 / ")


@pytest.mark.parametrize(
    "line",
    ["while True: pass", "sum(__import__('itertools').repeat(1))"],
    ids=["in Python", "in C"],
)
def test_a_loop_without_end_in_a_route(stand: Stand, line: str) -> None:
    """It ends by itself or by Stop, with a message; the next run works."""
    page = stand.open()
    good = solution_of("get_db")
    bad = good.replace("    return db.scalars(", f"    {line}\n    return db.scalars(", 1)
    assert bad != good
    check(page)  # so that a spare worker is booted meanwhile
    expect(page.locator(".score")).to_be_visible()
    write(page, bad)
    button(page, "Check").click()
    ended = page.locator(".score")
    if "sum" in line:
        expect(page.locator(".checks > .passed")).to_have_count(1)  # the app started
        button(page, "Stop").click()
        ended = page.get_by_role("alert").filter(has_text="Stopped.")
    expect(ended).to_be_visible(timeout=VERDICT_MS)
    check(page, good)
    expect(page.locator(".score")).to_contain_text("All checks passed", timeout=VERDICT_MS)


def test_a_worker_killed_in_the_middle(stand: Stand) -> None:
    """Nobody tells the page that it is gone: the limit does, and a fresh one takes over."""
    page = stand.page()
    page.clock.install()
    opener(page).click()
    ready(page)
    page.workers[0].evaluate("self.close()")
    button(page, "Check").click()
    expect(button(page, "Stop")).to_be_visible()
    page.clock.fast_forward(20_000)
    expect(page.get_by_role("alert")).to_contain_text("Ended after 20 s without a sign")
    check(page, solution_of("get_db"))
    expect(page.locator(".score")).to_contain_text("All checks passed", timeout=VERDICT_MS)


def test_offline_after_the_first_visit(folder: Path, browser: Browser) -> None:
    """The server is gone: page, editor, runtime and verdict come from what was kept."""
    with browser.new_context() as context, ExitStack() as online:
        address = online.enter_context(served(folder))
        page = context.new_page()
        page.goto(f"{address}/en/{LESSON}")
        page.evaluate("caches.open('yielddb-site-0')")  # an older version's
        opener(page).click()
        check(page)
        expect(page.locator(".score")).to_be_visible()
        assert page.evaluate("fetch('nothing-here').then(one => one.status)") == 404
        wait_until_site_is_kept(page)
        wait_until_runtime_is_kept(page)
        assert page.evaluate("navigator.serviceWorker.controller !== null")
        kept = page.evaluate(
            "caches.open('yielddb-site-1').then(one => one.keys())"
            ".then(all => all.map(({ url }) => url))"
        )
        assert not [url for url in kept if url.endswith(".zst")]  # the runtime keeps its own
        assert not [url for url in kept if "nothing-here" in url]  # an error is never kept
        assert "yielddb-site-0" not in page.evaluate("caches.keys()")
        again = context.new_page()
        page.close()
        online.close()
        again.goto(f"{address}/en/{LESSON}")
        opener(again).click()
        check(again, solution_of("get_db"))
        expect(again.locator(".score")).to_contain_text("All checks passed")


SITE = ["get_db/", "playground.lazy.js", "playground.js", "worker.js", "manifest.json"]
KEPT = """async names => {
  for (let left = 1200; left; left--) {
    const all = await (await caches.open('yielddb-site-1')).keys();
    if (names.every(name => all.some(({ url }) => url.endsWith(name)))) return true;
    await new Promise(go => setTimeout(go, 50));
  }
  return false;
}"""


def wait_until_site_is_kept(page: Page) -> None:
    """The service worker has what a lesson with an open playground is made of."""
    assert page.evaluate(KEPT, SITE)


class Slow(Files):
    """A line that brings so many bytes a second, and may break."""

    breaks = False

    def copyfile(self, source: Any, outputfile: Any) -> None:
        pause = threading.Event()
        if not self.path.endswith(".zst"):
            return super().copyfile(source, outputfile)
        while part := source.read(SLOW // 20):
            outputfile.write(part)
            if type(self).breaks:
                self.connection.close()
                return None
            pause.wait(0.05)
        return None


@contextmanager
def slowly(folder: Path, breaks: bool) -> Iterator[tuple[str, type[Slow]]]:
    """The site over a slow line."""
    line = type("Line", (Slow,), {"breaks": breaks})
    handler = lambda *args: line(*args, directory=str(folder.parent))  # noqa: E731
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{folder.name}", line
        server.shutdown()


def test_a_slow_line_shows_how_far_it_is(folder: Path, browser: Browser) -> None:
    """Bytes come in, the editor works meanwhile, and the verdict comes in the end."""
    with browser.new_context(service_workers="block") as context:
        page = context.new_page()
        with slowly(folder, breaks=False) as (address, _):
            page.goto(f"{address}/en/{LESSON}")
            opener(page).click()
            loading = page.locator(".boot")
            expect(loading).to_contain_text("Loading: ")
            first = loading.inner_text()
            expect(loading).not_to_have_text(first)
            write(page, solution_of("get_db"))
            check(page)
            expect(page.locator(".score")).to_contain_text("All checks passed")


def test_a_line_that_breaks_is_told_and_tried_again(folder: Path, browser: Browser) -> None:
    """One message, the way out, and Try again once the line is back."""
    with browser.new_context(service_workers="block") as context:
        page = context.new_page()
        page.set_default_timeout(VERDICT_MS)
        with slowly(folder, breaks=True) as (address, line):
            page.goto(f"{address}/en/{LESSON}")
            opener(page).click()
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text("yielddb check get_db", timeout=VERDICT_MS)
            line.breaks = False
            button(page, "Try again").click()
            check(page, solution_of("get_db"))
            expect(page.locator(".score")).to_contain_text("All checks passed")
