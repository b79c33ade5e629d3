"""A site with one playground, served on loopback, for tests in a real browser."""

from __future__ import annotations

import functools
import html
import http.server
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from chromium import Files
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from web_tools import ROOT, packages

from yielddb.catalogue import default_course
from yielddb.starter import starter_files, without_marks

PARTS = Path(__file__).parent / "playground"
LESSON = "lessons/get_db/"
COURSE = default_course()
STEM = COURSE.find("get_db").stem
MANIFEST = {
    "version": "1",
    "files": [],
    "beliefs": {"none-is-a-list": "None is an empty list."},
    "total": 8_000_000,
    "packages": {},
    "lessons": {
        "get_db": {
            "number": 5,
            "slug": "get_db",
            "stem": STEM,
            "title": "One session per request",
            "needs_server": False,
        }
    },
}


@dataclass
class Stand:
    """A folder that is served below a sub-path, and the browser that reads it."""

    folder: Path
    address: str
    browser: Browser
    starter: str
    failures: list[str] = field(default_factory=list)

    def context(self, **options: Any) -> BrowserContext:
        # what a service worker kept must not answer for the next test's files
        context = self.browser.new_context(**{"service_workers": "block", **options})
        context.set_default_timeout(20_000)
        context.on("weberror", lambda error: self.failures.append(str(error.error)))
        return context

    def page(self, hash: str = "", lang: str = "en", **options: Any) -> Page:
        """A page with the playground still closed."""
        page = self.context(**options).new_page()
        self.goto(page, hash, lang)
        return page

    def goto(self, page: Page, hash: str = "", lang: str = "en") -> None:
        page.goto(f"{self.address}/{lang}/{LESSON}{hash}")

    def open(self, lang: str = "en", **options: Any) -> Page:
        """A page with the playground open and its runtime ready."""
        page = self.page(lang=lang, **options)
        opener(page).click()
        ready(page)
        return page


def make(folder: Path, runtime: Path | None, starter: str) -> None:
    """Lay out a site: pages of each language, assets, the runtime beside them."""
    text = (PARTS / "page.html").read_text("utf-8")
    assets = ROOT / "src" / "yielddb" / "assets"
    for lang in ("en", "uk", "ru"):
        (folder / lang / LESSON).mkdir(parents=True)
        (folder / lang / "assets").mkdir()
        for bundle in assets.glob("pla*.js"):
            shutil.copy(bundle, folder / lang / "assets")
        words = {"LANG": lang, "STARTER": html.escape(starter), "LESSON": "get_db"}
        page = text
        for word, value in words.items():
            page = page.replace(word, value)
        (folder / lang / LESSON / "index.html").write_text(page, "utf-8")
    shutil.copy(assets / "sw.js", folder)
    if runtime:
        shutil.copytree(runtime, folder / "runtime")
        return
    (folder / "runtime").mkdir()
    shutil.copy(PARTS / "worker.js", folder / "runtime")
    (folder / "runtime" / "manifest.json").write_text(json.dumps(MANIFEST), "utf-8")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The parent of `folder` on a loopback port: the site lies under a sub-path."""
    serve = functools.partial(Files, directory=str(folder.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{folder.name}"
        server.shutdown()


def starter_of(slug: str) -> str:
    """The one file of a lesson's starter."""
    return starter_files(COURSE.find(slug).solution)[Path("main.py")]


def solution_of(slug: str) -> str:
    """The one file of a lesson's solution."""
    return without_marks((COURSE.find(slug).solution / "main.py").read_text("utf-8"))


# --- what a reader does


def opener(page: Page) -> Locator:
    return page.locator("yielddb-playground > button")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def editor(page: Page) -> Locator:
    return page.locator("yielddb-playground .cm-content").first


def ready(page: Page, timeout: float = 60_000) -> None:
    """The runtime has booted and nothing runs."""
    expect(page.locator(".frame")).to_have_attribute("data-runtime", "ready", timeout=timeout)


def write(page: Page, code: str) -> None:
    """Put this text in place of what the editor holds, as typed."""
    editor(page).focus()
    page.keyboard.press("ControlOrMeta+a")
    if code:
        page.keyboard.insert_text(code)
    else:
        page.keyboard.press("Delete")


def code_in(page: Page) -> str:
    """The whole text of the editor, also what is scrolled out of sight."""
    return page.evaluate(
        "document.querySelector('yielddb-playground').shadowRoot"
        ".querySelector('.cm-content').cmTile.root.view.state.doc.toString()"
    )


def holds(page: Page, code: str) -> None:
    """The editor has this text, as soon as it is there and has settled."""
    page.wait_for_function(
        "code => document.querySelector('yielddb-playground')?.shadowRoot"
        "?.querySelector('.cm-content')?.cmTile?.root.view.state.doc.toString() === code",
        arg=code,
    )


def kept(page: Page) -> Any:
    return json.loads(page.evaluate("localStorage.getItem('yielddb/code/get_db')") or "null")


def wait_until_kept(page: Page, code: str) -> None:
    page.wait_for_function(
        "code => JSON.parse(localStorage.getItem('yielddb/code/get_db') ?? 'null')?.code === code",
        arg=code,
    )


def axe(page: Page) -> list[Any]:
    page.add_script_tag(path=str(packages() / "axe-core" / "axe.min.js"))
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]


def no_failures(stand: Stand) -> None:
    """Close all and say what any page threw."""
    for context in stand.browser.contexts:
        context.close()
    found, stand.failures = stand.failures, []
    if found:
        pytest.fail(str(found))
