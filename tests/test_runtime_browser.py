"""The runtime in a real Chromium: it loads, judges as the terminal does, survives its guests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bad_pages import BAD, ROUTE
from page_tools import (
    COURSE,
    Runtime,
    alike,
    app_of,
    is_async,
    needs_server,
    plain,
    served,
    site,
    wait_until_runtime_is_kept,
    zoo,
)
from playwright.sync_api import Browser, BrowserContext, Page

from yielddb.grade import Grader
from yielddb.starter import solution_files, starter_files
from yielddb.tracing.recording import record_files
from yielddb.tracing.script import script

LAST = COURSE.lessons[-1]
FIRST = COURSE.lessons[0]
WORKERS = 2  # as many as the smallest machine of CI has cores
JS = "text/javascript"
ENDLESS = {
    "loop": ("while True:\n    pass\n", "main.py line"),
    "memory": ("kept = []\nwhile True:\n    kept.append(bytearray(1 << 24))\n", "memory"),
}
FORBIDDEN = (
    "Object.defineProperty(self, 'caches', { get() {"
    " throw new DOMException('forbidden', 'SecurityError'); } });\n"
)
MAX_BYTES = 8_000_000  # of a first check, as they are transferred


@dataclass
class Stand:
    folder: Path
    address: str


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A built runtime on a plain file server."""
    folder = site(tmp_path_factory.mktemp("site"))
    with served(folder) as address:
        yield Stand(folder, address)


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor: what was loaded once stays in the cache."""
    one = browser.new_context()
    yield one
    one.close()


@pytest.fixture(scope="module")
def runtime(stand: Stand, context: BrowserContext) -> Runtime:
    """A page with a worker that is used by all quick tests."""
    return Runtime(context.new_page(), stand.address)


def terminal(lesson: Any, path: Path) -> dict[str, Any]:
    with Grader(COURSE) as grader:
        return plain(grader.grade(lesson, path).to_dict())


def test_a_first_visit_loads_what_the_list_says(stand: Stand, browser: Browser) -> None:
    """Progress ends at the last byte, nothing comes from elsewhere, and it is within its bound."""
    page = browser.new_context().new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    one = Runtime(page, stand.address)
    booted = one.value(do="boot")
    assert booted["packages"]["fastapi"]
    assert all(url.startswith((stand.address, "blob:", "data:")) for url in seen), seen
    steps = page.evaluate("runtime.progress")
    loaded = [step for step in steps if step["what"] == "download"]
    assert loaded[-1]["loaded"] == loaded[-1]["total"]
    assert [step["loaded"] for step in steps if step["what"] == "start"] == [1, 2, 3, 4]
    names = {url.rsplit("/", 1)[-1] for url in seen if "/runtime/" in url}
    sizes = {name: (stand.folder / "runtime" / name).stat().st_size for name in names}
    assert sum(sizes.values()) <= MAX_BYTES, sizes
    page.context.close()


def test_a_second_visit_works_without_a_network(stand: Stand, browser: Browser) -> None:
    """All but the worker's own script, which the page's cache holds, comes from the cache."""
    page = browser.new_context().new_page()
    one = Runtime(page, stand.address)
    one.value(do="boot")
    wait_until_runtime_is_kept(page)
    page.route("**/runtime/*.zst", lambda route: route.abort())
    page.route("**/runtime/manifest.json", lambda route: route.abort())
    warnings = warned(page)
    page.evaluate("runtime.restart()")
    judged(one)
    assert warnings == []  # Python's memory was taken up again
    page.context.close()


def test_memory_that_is_damaged_is_made_anew(stand: Stand, browser: Browser) -> None:
    """What was kept of a start is a help, never a condition."""
    page = browser.new_context().new_page()
    one = Runtime(page, stand.address)
    one.value(do="boot")
    wait_until_runtime_is_kept(page)
    page.evaluate(
        "async () => { for (const name of await caches.keys()) {"
        " const cache = await caches.open(name);"
        " for (const one of await cache.keys())"
        " if (one.url.includes('/memory?')) await cache.put(one, new Response('x'.repeat(999)));"
        "} }"
    )
    warnings = warned(page)
    page.evaluate("runtime.restart()")
    judged(one)
    assert "could not be taken up again" in warnings[0]
    page.context.close()


def test_storage_that_is_full_costs_no_verdict(stand: Stand, browser: Browser) -> None:
    """What finds no room is fetched again at the next visit; this one goes on."""
    page = browser.new_context().new_page()
    one = Runtime(page, stand.address)
    session = page.context.new_cdp_session(page)
    quota = {"origin": stand.address, "quotaSize": 2_000_000}
    session.send("Storage.overrideQuotaForOrigin", quota)
    judged(one)
    page.evaluate("runtime.restart()")
    judged(one)
    page.context.close()


def test_storage_that_is_forbidden_costs_no_verdict(stand: Stand, browser: Browser) -> None:
    """As in a private window of a strict browser."""
    page = browser.new_context().new_page()
    script = (stand.folder / "runtime" / "worker.js").read_text("utf-8")
    page.route(
        "**/worker.js", lambda route: route.fulfill(body=FORBIDDEN + script, content_type=JS)
    )
    judged(Runtime(page, stand.address))
    page.context.close()


def judged(one: Runtime) -> None:
    """The first solution passes."""
    files = app_of(FIRST.solution)
    verdict = one.value(do="check", lesson=FIRST.slug, files=files)["verdict"]
    assert verdict["status"] == "passed"


def warned(page: Page) -> list[str]:
    """What the page's workers warn of from now on."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "warning" else None)
    return found


def test_a_file_that_breaks_off_is_said(stand: Stand, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.route("**/runtime/packages*", lambda route: route.fulfill(body=b"too short"))
    answer = Runtime(page, stand.address).ask(do="boot")
    assert (answer["event"], answer["kind"]) == ("failed", "runtime")
    assert "broke off" in answer["says"]
    page.unroute("**/runtime/packages*")
    again = page.evaluate("runtime.ask({do: 'boot'})")
    assert again["event"] == "done"
    page.context.close()


def test_the_last_solution_has_the_terminals_verdict(runtime: Runtime) -> None:
    files = runtime.value(do="solution", lesson=LAST.slug)["files"]
    answer = runtime.ask(do="check", lesson=LAST.slug, files=files)
    assert plain(answer["value"]["verdict"]) == terminal(LAST, LAST.solution)
    assert [e["id"] for e in answer["events"]] == [
        check["id"] for check in answer["value"]["verdict"]["checks"]
    ]


def test_requests_meet_one_app(runtime: Runtime) -> None:
    files = {"main.py": ROUTE.format(line="print('checked')")}
    task = {"do": "request", "lesson": FIRST.slug, "files": files, "method": "GET"}
    first, second = (runtime.value(**task, path="/health") for _ in range(2))
    assert (first["status"], first["log"], first["restarted"]) == (200, "checked\n", True)
    assert (second["status"], second["log"], second["restarted"]) == (200, "checked\n", False)


def test_watch_records_the_same_order(runtime: Runtime) -> None:
    """What the database did, request by request, as the terminal's recorder tells it."""
    line = "POST /items/ " + '{"name": "Umbrella"}'
    files = runtime.value(do="solution", lesson=LAST.slug)["files"]
    here = runtime.value(do="trace", lesson=LAST.slug, files=files, requests=[line])
    there = record_files(solution_files(LAST.solution), script([line])).data
    told = [[(e["kind"], e.get("statement")) for e in t["events"]] for t in (here, there)]
    assert told[0] == told[1]
    assert here["lanes"] == there["lanes"]


def test_a_loop_in_a_route_is_ended_from_within(runtime: Runtime) -> None:
    files = {"main.py": ROUTE.format(line="while True: pass")}
    task = {"do": "request", "lesson": FIRST.slug, "files": files, "method": "GET"}
    answer = runtime.value(**task, path="/health")
    assert "nothing within 5 s; it was at main.py line 8" in answer["error"]["text"]


def test_a_loop_below_python_is_ended_by_the_page(stand: Stand, context: BrowserContext) -> None:
    """No clock can look into it: the page ends the worker, and the next one judges."""
    one = Runtime(context.new_page(), stand.address)
    one.value(do="boot")
    files = {"main.py": "import itertools\nsum(itertools.repeat(1))\n"}
    hangs = {"do": "check", "lesson": FIRST.slug, "files": files}
    one.page.evaluate("task => { runtime.ask(task); }", hangs)
    one.page.evaluate("runtime.restart()")
    files = one.value(do="solution", lesson=FIRST.slug)["files"]
    verdict = one.value(do="check", lesson=FIRST.slug, files=files)["verdict"]
    assert verdict["status"] == "passed"
    one.page.close()


@pytest.mark.slow
@pytest.mark.parametrize(("text", "status", "says"), BAD.values(), ids=BAD)
def test_bad_input(text: str, status: str, says: str, runtime: Runtime) -> None:
    verdict = runtime.value(do="check", lesson=FIRST.slug, files={"main.py": text})["verdict"]
    first = next(check for check in verdict["checks"] if check["status"] != "passed")
    assert first["status"] == status, first
    assert says in first["came_back"], first


@pytest.mark.slow
@pytest.mark.parametrize(("text", "says"), ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_at_import(text: str, says: str, runtime: Runtime) -> None:
    """It is ended from within; the same worker judges the next app."""
    verdict = runtime.value(do="check", lesson=FIRST.slug, files={"main.py": text})["verdict"]
    assert verdict["status"] in ("failed", "error")
    assert says in verdict["checks"][0]["came_back"]
    judged(runtime)


@pytest.mark.page
def test_every_solution_starter_and_app_of_the_zoo(
    stand: Stand, context: BrowserContext, tmp_path: Path
) -> None:
    """The page's verdict is the terminal's, but where a real server is needed."""
    apps = [(f"solution of {one.slug}", one, one.solution) for one in COURSE.lessons]
    for lesson in COURSE.lessons:
        folder = tmp_path / lesson.stem
        for name, text in starter_files(lesson.solution).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        apps.append((f"starter of {lesson.slug}", lesson, folder))
    apps += zoo()
    one = Runtime(context.new_page(), stand.address)
    one.page.set_default_timeout(600_000)
    tasks = [
        {"do": "check", "lesson": lesson.slug, "files": app_of(path)} for _, lesson, path in apps
    ]
    answers = one.share(tasks, WORKERS)
    differ = []
    with Grader(COURSE) as grader:
        for (name, lesson, path), answer in zip(apps, answers, strict=True):
            assert answer["event"] == "done", (name, answer)
            here = plain(answer["value"]["verdict"])
            if needs_server(here):
                assert here["status"] == "error", (name, here)
                assert is_async(path), (name, here)
                continue
            there = plain(grader.grade(lesson, path).to_dict())
            if not alike(name, here, there):
                differ.append((name, _first_difference(here, there)))
    assert not differ
    assert len(apps) - len(COURSE.lessons) * 2 >= 100


def _first_difference(here: dict[str, Any], there: dict[str, Any]) -> object:
    for one, other in zip(here["checks"], there["checks"], strict=False):
        if one != other:
            return {key: (one[key], other[key]) for key in one if one[key] != other.get(key)}
    return here["status"], there["status"]
