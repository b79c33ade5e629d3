"""The playground's states in a real browser, with a runtime that plays its part without Python."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playground_stand import (
    STEM,
    Stand,
    axe,
    button,
    code_in,
    editor,
    holds,
    kept,
    make,
    no_failures,
    opener,
    ready,
    served,
    starter_of,
    wait_until_kept,
    write,
)
from playwright.sync_api import Browser, Page, expect
from web_tools import ROOT

LOADER_BYTES = 1024  # gzip: what every lesson page pays for a playground that stays closed
FORBIDDEN = """
Object.defineProperty(window, 'localStorage', {
  get() { throw new DOMException('forbidden', 'SecurityError'); },
});
"""


@pytest.fixture(scope="module")
def stand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("playground") / "course"
    starter = starter_of("get_db")
    make(folder, None, starter)
    with served(folder) as address:
        yield Stand(folder, address, browser, starter)


@pytest.fixture(autouse=True)
def _close(stand: Stand) -> Iterator[None]:
    yield
    no_failures(stand)


def shared(page: Page, code: str) -> str:
    """The fragment that Share makes of this code."""
    write(page, code)
    button(page, "Share").click()
    link = page.get_by_label("Link to this code").input_value()
    page.keyboard.press("Escape")
    return link[link.index("#") :]


# --- closed, opening


def test_a_closed_playground_costs_a_kilobyte(stand: Stand) -> None:
    """A page loads the loader alone; the starter is a block of code like any other."""
    loader = (ROOT / "src" / "yielddb" / "assets" / "playground.lazy.js").read_bytes()
    assert len(gzip.compress(loader, 9)) <= LOADER_BYTES
    asked: list[str] = []
    context = stand.context()
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    stand.goto(page)
    expect(opener(page)).to_have_text("Open the playground (8 MB, once)")
    expect(page.locator("pre code")).to_have_text(stand.starter)
    page.wait_for_load_state("networkidle")
    assert asked == ["", "playground.lazy.js"]


def test_it_opens_with_the_starter_and_says_what_it_loads(stand: Stand) -> None:
    """One press: editor, bytes on a bar, then Python's version; the block gives way."""
    page = stand.page()
    page.route("**/worker.js", lambda route: route.fulfill(path=worker(stand, "never")))
    opener(page).click()
    expect(editor(page)).to_be_focused()
    holds(page, stand.starter)
    expect(page.locator(".boot")).to_have_text("Loading: 8.0 of 8.0 MB")
    expect(page.locator(".frame progress")).to_have_attribute("value", "1")
    expect(page.locator("section > .highlight")).to_be_hidden()
    page.unroute("**/worker.js")
    button(page, "Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Stopped.")
    button(page, "Check").click()
    expect(page.locator(".score")).to_have_text("1 of 3 points.")


def worker(stand: Stand, mode: str) -> Path:
    """The runtime's stand-in, in another mood."""
    path = stand.folder.parent / f"{mode}.js"
    text = (stand.folder / "runtime" / "worker.js").read_text("utf-8")
    path.write_text(text.replace("MODE = null", f'MODE = "{mode}"'), "utf-8")
    return path


def test_a_bundle_that_does_not_come_is_told(stand: Stand) -> None:
    """The button stays, says so, and works when the connection is back."""
    page = stand.page()
    page.route("**/playground.js", lambda route: route.abort())
    opener(page).click()
    expect(page.locator("yielddb-playground > p")).to_have_text("Did not load. Once more?")
    page.unroute("**/playground.js")
    opener(page).click()
    ready(page)
    expect(editor(page)).to_be_visible()


# --- check


def test_a_failed_check_speaks_as_the_terminal_does(stand: Stand) -> None:
    """Title, sent, came back, contract, hint, what waits, the points; the line is a press away."""
    page = stand.open()
    button(page, "Check").click()
    expect(page.locator(".checks > li")).to_have_count(3)
    failed = page.locator(".checks > .failed")
    expect(failed.locator(".title")).to_contain_text("GET /items/ answers 200 with a list")
    assert failed.locator("dt").all_text_contents() == ["sent", "came back", "contract", "hint"]
    assert failed.locator("dd").all_text_contents() == [
        "curl -X GET 127.0.0.1:8000/items/",
        "500, main.py line 3: TypeError: 'NoneType' object is not iterable",
        "200 with a list",
        "What does the route return?",
    ]
    expect(page.locator(".closing")).to_contain_text("1 check waits for: GET /items/")
    expect(page.locator(".score")).to_have_text("1 of 3 points.")
    expect(page.locator(".frame > [role=status]")).to_have_text(
        "1 of 3 points. failed: GET /items/ answers 200 with a list"
    )
    expect(page.locator(".checks")).not_to_contain_text("a hidden one")
    button(page, "Go to line 3").click()
    expect(page.locator(".cm-activeLine")).to_have_text("import os")
    expect(editor(page)).to_be_focused()


def test_the_same_failure_three_times_asks_instead(stand: Stand) -> None:
    """The third time the hint gives way to what one may believe; another failure begins anew."""
    page = stand.open()
    hint = page.locator(".failed dd").last
    for expected in ("What does the route return?",) * 2 + ("Is it so? None is an empty list.",):
        button(page, "Check").click()
        expect(page.locator(".score")).to_be_visible()
        expect(hint).to_have_text(expected)
    page.reload()
    opener(page).click()
    button(page, "Check").click()
    expect(hint).to_have_text("Is it so? None is an empty list.")


def test_passing_opens_the_solution(stand: Stand) -> None:
    """Before, Solution asks; after, it shows; it can be put in the editor and undone."""
    page = stand.open()
    button(page, "Solution").click()
    expect(page.get_by_role("dialog")).to_contain_text("The solution is for after passing.")
    button(page, "Cancel").click()
    write(page, "# RIGHT\n")
    button(page, "Check").click()
    expect(page.locator(".score")).to_have_text("All checks passed: 3 of 3 points.")
    button(page, "Solution").click()
    expect(page.locator(".solution .cm-content")).to_have_text("# the solution")
    button(page, "Put it in the editor").click()
    holds(page, "# the solution\n")
    page.reload()
    opener(page).click()
    button(page, "Solution").click()
    expect(page.locator(".solution .cm-content")).to_have_text("# the solution")


def test_the_solution_shows_itself_to_who_insists(stand: Stand) -> None:
    """A second press says yes; Close takes it away again."""
    page = stand.open()
    button(page, "Solution").click()
    button(page, "Show it anyway").click()
    expect(page.locator(".solution")).to_be_visible()
    button(page, "Close").click()
    expect(page.locator(".solution")).to_be_hidden()


# --- a runtime in trouble


def test_silence_is_ended_and_the_next_run_works(stand: Stand) -> None:
    """No sign within the limit: the worker is ended, and another one answers."""
    page = stand.page()
    page.clock.install()
    opener(page).click()
    ready(page)
    write(page, "# SILENT")
    button(page, "Check").click()
    expect(button(page, "Stop")).to_be_visible()
    page.clock.fast_forward(20_000)
    expect(page.get_by_role("alert")).to_contain_text("Ended after 20 s without a sign")
    write(page, "# RIGHT")
    button(page, "Check").click()
    expect(page.locator(".score")).to_contain_text("All checks passed")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_stop_ends_a_run(stand: Stand) -> None:
    """Stop is there while something runs, says what it did, and the spare takes over."""
    page = stand.open()
    button(page, "Check").click()
    expect(page.locator(".score")).to_be_visible()
    write(page, "# SILENT")
    button(page, "Check").click()
    button(page, "Stop").click()
    expect(page.get_by_role("alert")).to_contain_text("Stopped. Your code is kept")
    expect(button(page, "Check")).to_be_focused()
    assert kept(page)["code"] == "# SILENT"
    write(page, "# RIGHT")
    button(page, "Check").click()
    expect(page.locator(".score")).to_contain_text("All checks passed")


def test_a_worker_that_dies_is_replaced(stand: Stand) -> None:
    """It is said once, and the next press finds a new one."""
    page = stand.open()
    write(page, "# DIES")
    button(page, "Check").click()
    expect(page.get_by_role("alert")).to_contain_text("The runtime ended without an answer.")
    write(page, "# RIGHT")
    button(page, "Check").click()
    expect(page.locator(".score")).to_contain_text("All checks passed")


def test_a_runtime_that_is_not_there_shows_the_way_out(stand: Stand) -> None:
    """One message with the commands for one's own machine; Try again works later."""
    page = stand.page()
    page.route("**/runtime/*", lambda route: route.abort())
    opener(page).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The runtime could not be loaded.")
    expect(alert.locator("pre")).to_have_text(
        "pip install yielddb\nyielddb start get_db\nyielddb check get_db"
    )
    expect(alert).to_have_count(1)
    page.unroute("**/runtime/*")
    button(page, "Try again").click()
    ready(page)
    expect(alert).to_have_count(0)


def test_a_boot_that_stalls_is_ended(stand: Stand) -> None:
    """No byte for a minute: said, with the way out."""
    page = stand.page()
    page.route("**/worker.js", lambda route: route.fulfill(path=worker(stand, "never")))
    page.clock.install()
    opener(page).click()
    expect(page.locator(".boot")).to_contain_text("8.0 of 8.0 MB")
    page.clock.fast_forward(60_000)
    expect(page.get_by_role("alert")).to_contain_text("No byte of the runtime has come for 60 s.")


def test_without_webassembly_it_says_so(stand: Stand) -> None:
    """The editor stays of use; there is no Try again where trying is vain."""
    page = stand.context().new_page()
    page.add_init_script("delete window.WebAssembly")
    stand.goto(page)
    opener(page).click()
    expect(page.get_by_role("alert")).to_contain_text("This browser runs no WebAssembly")
    expect(page.get_by_role("alert")).to_contain_text("yielddb check get_db")
    expect(button(page, "Try again")).to_have_count(0)
    holds(page, stand.starter)


@pytest.mark.parametrize("name", ["Check", "Run request", "Watch"])
def test_the_runtimes_own_words_are_shown(stand: Stand, name: str) -> None:
    """What the runtime says of an app it can't run, and what to do."""
    page = stand.open()
    write(page, "# BROKEN")
    button(page, name).click()
    expect(page.get_by_role("alert")).to_contain_text("SyntaxError: invalid syntax")
    expect(page.get_by_role("alert")).to_contain_text("Repair the line, then try again.")
    expect(page.get_by_role("alert")).not_to_contain_text("pip install")


def test_a_lesson_that_needs_a_server_says_so_first(stand: Stand) -> None:
    """Before anything is pressed, with the commands to type."""
    page = stand.page()
    manifest = json.loads((stand.folder / "runtime" / "manifest.json").read_text("utf-8"))
    manifest["lessons"]["get_db"]["needs_server"] = "real threads"
    page.route("**/manifest.json", lambda route: route.fulfill(json=manifest))
    opener(page).click()
    notice = page.locator(".notice")
    expect(notice).to_contain_text("Some checks of this lesson need a real server: real threads.")
    expect(notice).to_contain_text("yielddb check get_db")


def test_a_lesson_that_the_runtime_does_not_know(stand: Stand) -> None:
    """An old runtime beside a new page is told."""
    page = stand.page()
    page.route("**/manifest.json", lambda route: route.fulfill(json={"lessons": {}}))
    opener(page).click()
    expect(page.get_by_role("alert")).to_contain_text("does not know this lesson")


# --- requests


def test_a_request_is_built_from_the_apps_routes(stand: Stand) -> None:
    """Routes, parameters, an example body; the answer; what was sent can be used again."""
    page = stand.open()
    button(page, "Run request").click()
    route = page.get_by_label("Route")
    expect(route.locator("option")).to_have_text(
        ["GET /items/", "POST /items/", "GET /items/{item_id}", "any other request"]
    )
    route.select_option("POST /items/")
    body = page.get_by_label("Body (JSON)")
    assert json.loads(body.input_value())["name"] == "Umbrella"
    body.press("ControlOrMeta+Enter")
    answer = page.locator(".answer")
    expect(answer.locator(".status-line")).to_have_text("201 POST /items/")
    expect(answer.locator("pre").first).to_have_text('{\n  "path": "/items/"\n}')
    route.select_option("GET /items/{item_id}")
    page.get_by_label("item_id (path)").fill("7/8")
    expect(page.get_by_label("Path", exact=True)).to_have_value("/items/7%2F8")
    expect(body).to_be_hidden()
    button(page, "Send").click()
    expect(answer.locator(".status-line")).to_have_text("200 GET /items/7%2F8")
    expect(page.locator(".history button")).to_have_count(2)
    page.locator(".history button").last.click()
    expect(page.get_by_label("Path", exact=True)).to_have_value("/items/")
    expect(body).to_be_visible()


def test_a_path_that_is_none_is_refused(stand: Stand) -> None:
    """One message; nothing is sent."""
    page = stand.open()
    button(page, "Run request").click()
    page.get_by_label("Route").select_option("any other request")
    page.get_by_label("Path", exact=True).fill("items and more")
    button(page, "Send").click()
    expect(page.get_by_role("alert")).to_contain_text("A path begins with /")
    expect(page.locator(".history button")).to_have_count(0)


def test_lines_that_are_no_requests_are_named(stand: Stand) -> None:
    """Watch offers a first round, and says which line it can't send."""
    page = stand.open()
    button(page, "Watch").click()
    lines = page.get_by_label("Requests, one in a line")
    expect(lines).to_have_value(re.compile(r"^POST /items/ \{.+\}\nGET /items/$"))
    for text, says in (
        ("GET /items/\nPOST items", "Line 2 is no request."),
        ("POST /items/ {broken", "Line 1 is no request."),
        (" \n", "Write at least one request."),
        ("GET /\n" * 21, "At most 20 requests"),
    ):
        lines.fill(text)
        button(page, "Record").click()
        expect(page.get_by_role("alert")).to_contain_text(says)


# --- the reader's code


def test_code_is_kept_from_visit_to_visit(stand: Stand) -> None:
    """What was typed is there again after a reload, and when one leaves at once."""
    page = stand.open()
    write(page, "a = 1\n")
    page.reload()
    opener(page).click()
    holds(page, "a = 1\n")


def test_reset_keeps_what_it_takes_away(stand: Stand) -> None:
    """It asks; the code comes back by the notice, and later from the list of versions."""
    page = stand.open()
    write(page, "mine = 1\n")
    button(page, "Reset").click()
    button(page, "Cancel").click()
    holds(page, "mine = 1\n")
    button(page, "Reset").click()
    button(page, "Put the starter back").click()
    holds(page, stand.starter)
    button(page, "Take my code back").click()
    holds(page, "mine = 1\n")
    expect(editor(page)).to_be_focused()  # its button is gone
    button(page, "Reset").click()
    button(page, "Put the starter back").click()
    page.reload()
    opener(page).click()
    holds(page, stand.starter)
    button(page, "Reset").click()
    page.get_by_role("dialog").get_by_role("button", name="lines: 2").click()
    holds(page, "mine = 1\n")


@pytest.mark.parametrize("text", ["{", "null", '{"schema": "x"}', '{"code": 3}', '"abc"'])
def test_damaged_storage_is_set_aside(stand: Stand, text: str) -> None:
    """One message, the starter, and nothing thrown away."""
    page = stand.page()
    page.evaluate("text => localStorage.setItem('yielddb/code/get_db', text)", text)
    page.evaluate("text => localStorage.setItem('yielddb/attempts/get_db', text)", text)
    opener(page).click()
    expect(page.get_by_role("alert")).to_contain_text("could not be read")
    holds(page, stand.starter)
    assert page.evaluate("localStorage.getItem('yielddb/code/get_db.damaged')") == text


def test_full_storage_is_told_once(stand: Stand) -> None:
    """The code lives on in the page, and is kept when there is room again."""
    page = stand.open()
    page.evaluate(
        "for (let size = 4 << 20, at = 0; size; ) {"
        "try { localStorage.setItem('big' + at++, 'x'.repeat(size)) } catch { size >>= 1 } }"
    )
    write(page, "a = 1\n")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("storage is full")
    write(page, "a = 2\n")
    expect(alert).to_have_count(1)
    page.evaluate("localStorage.removeItem('big0')")
    write(page, "a = 3\n")
    wait_until_kept(page, "a = 3\n")
    expect(alert).to_have_count(0)


def test_forbidden_storage_is_told_once(stand: Stand) -> None:
    """Everything works until the page is closed."""
    page = stand.context().new_page()
    page.add_init_script(FORBIDDEN)
    stand.goto(page)
    opener(page).click()
    ready(page)
    write(page, "# RIGHT")
    button(page, "Check").click()
    expect(page.locator(".score")).to_contain_text("All checks passed")
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("This browser keeps nothing")


def test_two_tabs_lose_nothing(stand: Stand) -> None:
    """The other tab's text is offered; whichever is chosen, the other can be taken back."""
    context = stand.context()
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        stand.goto(page)
        opener(page).click()
        ready(page)
    write(one, "one = 1\n")
    wait_until_kept(one, "one = 1\n")
    expect(two.locator(".notice")).to_contain_text("changed in another tab")
    button(two, "Load that code").click()
    holds(two, "one = 1\n")
    write(two, "two = 2\n")
    wait_until_kept(two, "two = 2\n")
    expect(one.locator(".notice")).to_contain_text("changed in another tab")
    button(one, "Keep mine").click()
    wait_until_kept(one, "one = 1\n")
    assert "two = 2\n" in [version["code"] for version in kept(one)["earlier"]]


def test_typing_on_in_one_tab_keeps_the_others_text(stand: Stand) -> None:
    """The newest wins without a question, and what it wins over is an earlier version."""
    context = stand.context()
    one, two = context.new_page(), context.new_page()
    for page in (one, two):
        stand.goto(page)
        opener(page).click()
        ready(page)
    write(one, "one = 1\n")
    wait_until_kept(one, "one = 1\n")
    write(two, "two = 2\n")
    wait_until_kept(two, "two = 2\n")
    assert [version["code"] for version in kept(two)["earlier"]] == ["one = 1\n"]


# --- links and files


def test_a_link_brings_code_that_runs_on_demand_alone(stand: Stand) -> None:
    """Banner, the other's code, no runtime; the reader's own code comes back untouched."""
    page = stand.open()
    code = "# from a friend ☂ </script><img src=x onerror=alert(1)>\n"
    hash = shared(page, code)
    write(page, "mine = 1\n")
    wait_until_kept(page, "mine = 1\n")
    asked: list[str] = []
    other = page.context.new_page()
    other.on("request", lambda request: asked.append(request.url))
    stand.goto(other, hash)
    expect(other.locator(".notice")).to_contain_text("This is code from a link.")
    holds(other, code)
    other.wait_for_load_state("networkidle")
    assert not [url for url in asked if "worker" in url]
    write(other, f"{code}# RIGHT")
    button(other, "Check").click()
    expect(other.locator(".score")).to_contain_text("All checks passed")
    assert kept(other)["code"] == "mine = 1\n"
    button(other, "Solution").click()
    expect(other.get_by_role("dialog")).to_contain_text("after passing")  # it was not theirs
    button(other, "Cancel").click()
    button(other, "Back to my code").click()
    holds(other, "mine = 1\n")
    assert "#" not in other.url


def test_code_of_a_link_can_be_adopted(stand: Stand) -> None:
    """Make it mine: it is kept, and the code before it can be taken back."""
    page = stand.open()
    hash = shared(page, "theirs = 1\n")
    write(page, "mine = 1\n")
    wait_until_kept(page, "mine = 1\n")
    page.evaluate("hash => location.hash = hash", hash)
    button(page, "Make it mine").click()
    wait_until_kept(page, "theirs = 1\n")
    assert "mine = 1\n" in [version["code"] for version in kept(page)["earlier"]]
    page.go_back()
    holds(page, "theirs = 1\n")


@pytest.mark.parametrize(
    "data",
    ["", "%00", "AAAA", "eJzLzC3ILypR", "<script>alert(1)</script>", "A" * 9000, "../../etc"],
    ids=["nothing", "escape", "no zlib", "cut off", "markup", "too long", "path"],
)
def test_a_hostile_fragment_changes_nothing(stand: Stand, data: str) -> None:
    """One clear message; the reader's code stays."""
    page = stand.page(f"#play=get_db.{data}")
    expect(page.get_by_role("alert")).to_contain_text("damaged or too long. Nothing was changed")
    holds(page, stand.starter)
    assert kept(page) is None


def test_code_that_fits_no_link_is_told(stand: Stand) -> None:
    """The message counts, and says what to do."""
    page = stand.open()
    noise = "".join(
        hashlib.sha256(bytes([at, row])).hexdigest() for at in range(8) for row in range(25)
    )
    write(page, f'text = "{noise}"')
    button(page, "Share").click()
    expect(page.get_by_role("dialog")).to_contain_text("too long for a link")
    expect(page.get_by_role("dialog")).to_contain_text("8000 fit")


def test_downloads_are_the_code(stand: Stand) -> None:
    """main.py as it stands, and a notebook with a %%app cell."""
    page = stand.open()
    write(page, "a = 1\n")
    saved: dict[str, str] = {}
    for name in ("main.py", f"Notebook ({STEM}.ipynb)"):
        button(page, "Download").click()
        with page.expect_download() as info:
            button(page, name).click()
        saved[info.value.suggested_filename] = info.value.path().read_text("utf-8")
    assert saved["main.py"] == "a = 1\n"
    book: Any = nbformat.reads(saved[f"{STEM}.ipynb"], as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(book)  # type: ignore[no-untyped-call]
    assert [cell.source for cell in book.cells if cell.cell_type == "code"] == [
        "%load_ext yielddb",
        f"%%app {STEM}\na = 1\n",
        "%check",
    ]


# --- moving about


def test_an_open_playground_may_be_moved(stand: Stand) -> None:
    """A theme that puts the element elsewhere finds it open there, the code kept."""
    page = stand.open()
    write(page, "moved = 1\n")
    page.evaluate("document.querySelector('main').append(document.querySelector('section'))")
    expect(editor(page)).to_be_visible()
    holds(page, "moved = 1\n")
    button(page, "Check").click()
    expect(page.locator(".score")).to_have_text("1 of 3 points.")


def test_a_small_machine_boots_no_spare(stand: Stand) -> None:
    """With little memory there is one worker and no second one beside it."""
    page = stand.context().new_page()
    page.add_init_script("Object.defineProperty(navigator, 'deviceMemory', { value: 2 })")
    page.add_init_script("window.requestIdleCallback = then => then()")
    workers: list[str] = []
    page.on("worker", lambda one: workers.append(one.url))
    stand.goto(page)
    opener(page).click()
    button(page, "Check").click()
    expect(page.locator(".score")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(workers) == 1


def test_a_runtime_stays_warm_from_page_to_page(stand: Stand) -> None:
    """Where pages change without a load, the next playground finds the same worker."""
    page = stand.page()
    workers: list[str] = []
    page.on("worker", lambda one: workers.append(one.url))
    opener(page).click()
    ready(page)
    page.evaluate(
        "const one = document.querySelector('yielddb-playground');"
        "one.replaceWith(one.cloneNode(false))"
    )
    opener(page).click()
    button(page, "Check").click()
    expect(page.locator(".score")).to_have_text("1 of 3 points.")
    assert len([url for url in workers if "worker.js" in url]) <= 2  # it, and its spare


def test_back_and_forward_find_the_code(stand: Stand) -> None:
    """Leaving the page saves; coming back shows what was typed."""
    page = stand.open()
    write(page, "kept = 1\n")
    page.goto(f"{stand.address}/uk/lessons/get_db/")
    page.go_back()
    if opener(page).count():
        opener(page).click()
    expect(editor(page)).to_be_visible()
    holds(page, "kept = 1\n")
    page.go_forward()
    expect(opener(page)).to_be_visible()


# --- everybody


def test_all_of_it_by_the_keyboard(stand: Stand) -> None:
    """Open, type, check, leave the editor, send a request, answer a question: no mouse."""
    page = stand.page()
    opener(page).focus()
    page.keyboard.press("Enter")
    expect(editor(page)).to_be_focused()
    ready(page)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("def f():\n# RIGHT")
    holds(page, "def f():\n    # RIGHT")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert code_in(page).endswith("\n        ")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(".score")).to_contain_text("All checks passed")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(button(page, "Check")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Route").locator("option")).to_have_count(4)
    expect(button(page, "Run request")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(button(page, "Share")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(button(page, "Share")).to_be_focused()


STATES = ("closed", "open", "checked", "request", "watch", "search", "dialog", "trouble", "link")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(stand: Stand, scheme: str, state: str) -> None:
    """No violation of axe's rules in any state, in both schemes."""
    page = stand.page(color_scheme=scheme)
    if state != "closed":
        opener(page).click()
        ready(page)
    show(stand, page, state)
    assert axe(page) == []


def show(stand: Stand, page: Page, state: str) -> None:
    """Bring an open playground into a state."""
    names = {"checked": "Check", "request": "Run request", "watch": "Watch", "dialog": "Reset"}
    if state in names:
        button(page, names[state]).click()
    if state == "checked":
        expect(page.locator(".score")).to_be_visible()
    if state == "request":
        button(page, "Send").click()
        expect(page.locator(".status-line")).to_be_visible()
    if state == "search":
        editor(page).focus()
        page.keyboard.press("ControlOrMeta+f")
        page.keyboard.type("def")
        expect(page.locator(".cm-search")).to_be_visible()
    if state == "trouble":
        page.route("**/runtime/*", lambda route: route.abort())
        write(page, "# DIES")
        button(page, "Check").click()
        expect(page.get_by_role("alert").first).to_be_visible()
    if state == "link":
        hash = shared(page, "theirs = 1\n")
        write(page, "mine = 1\n")
        page.evaluate("hash => location.hash = hash", hash)
        expect(page.locator(".notice")).to_be_visible()


IN_WORDS = [(lang, state) for lang in ("uk", "ru") for state in ("closed", "open")]


@pytest.mark.parametrize(("lang", "state"), [*(("en", one) for one in STATES), *IN_WORDS])
def test_a_telephone_shows_it_whole(stand: Stand, state: str, lang: str) -> None:
    """At 360 pixels nothing makes the page scroll sideways."""
    page = stand.page(lang=lang, viewport={"width": 360, "height": 740}, has_touch=True)
    if state != "closed":
        opener(page).tap()
        ready(page)
    show(stand, page, state)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("lang", "check"), [("uk", "Перевірити"), ("ru", "Проверить")])
def test_it_speaks_the_language_of_the_page(stand: Stand, lang: str, check: str) -> None:
    """Buttons and labels are translated; a check's title stays English and says so."""
    page = stand.page(lang=lang)
    opener(page).click()
    button(page, check).click()
    expect(page.locator(".score")).to_contain_text("1 ")
    expect(page.locator(".failed .title [lang=en]")).to_contain_text("GET /items/")
    expect(button(page, "Check")).to_have_count(0)
