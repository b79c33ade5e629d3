"""The trace player in a real browser: steps, jumps, predictions, comparison, keys, bad input."""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chromium import Files
from playwright.sync_api import Browser, Locator, Page, expect
from web_tools import ROOT, packages

TRACES = Path(__file__).parent / "traces"
PAGE = (Path(__file__).parent / "traces" / "page.html").read_text("utf-8")
LONG = 2000  # events of the trace whose steps are timed


def recorded(name: str) -> dict[str, Any]:
    return json.loads((TRACES / f"{name}.json").read_text("utf-8"))


def template(trace: object) -> str:
    text = trace if isinstance(trace, str) else json.dumps(trace)
    return "<template>" + text.replace("<", "\\u003c") + "</template>"


def player(trace: object, attributes: str = "") -> str:
    return f'<yielddb-trace id="t" {attributes}>{template(trace)}</yielddb-trace>'


def step_of(trace: dict[str, Any], kind: str, nth: int = 0) -> int:
    """The step of the nth event of a kind, counted from 1 as the reader sees it."""
    return [at for at, event in enumerate(trace["events"], 1) if event["kind"] == kind][nth]


@dataclass
class Stand:
    """A folder that is served, and the browser that reads it."""

    folder: Path
    address: str
    browser: Browser

    def open(self, body: str, where: str = "", lang: str = "en", **context: Any) -> Page:
        (self.folder / "index.html").write_text(
            PAGE.replace("BODY", body).replace("LANG", lang), "utf-8"
        )
        page = self.browser.new_context(**context).new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(f"{self.address}/index.html{where}")
        return page


@pytest.fixture(scope="module")
def stand(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("player")
    for bundle in (ROOT / "src" / "yielddb" / "assets").glob("player*.js"):
        shutil.copy(bundle, folder)
    serve = functools.partial(Files, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Stand(folder, f"http://127.0.0.1:{server.server_address[1]}", browser)
        server.shutdown()
        server.shutdown()


@pytest.fixture(autouse=True)
def _close(stand: Stand) -> Iterator[None]:
    yield
    for context in stand.browser.contexts:
        context.close()


def count(page: Page) -> Locator:
    return page.locator(".count")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_steps_forward_and_back(stand: Stand) -> None:
    """Each step shows its event; back is the way it came."""
    page = stand.open(player(recorded("post")))
    expect(page.get_by_role("status")).to_have_text("POST /items/ enters the app")
    for _ in range(3):
        button(page, "Step").click()
    expect(count(page)).to_have_text("4 / 36")
    expect(page.locator(".row.now")).to_have_text("    db = SessionLocal()")
    button(page, "Step back").click()
    expect(count(page)).to_have_text("3 / 36")
    button(page, "Last step").click()
    expect(page.get_by_role("status")).to_contain_text("request 1 is over")
    expect(button(page, "Step")).to_have_attribute("aria-disabled", "true")
    button(page, "First step").click()
    expect(count(page)).to_have_text("1 / 36")


def test_jumps_to_each_kind_of_event(stand: Stand) -> None:
    """Next SQL, state, commit, response, request; none ahead is said."""
    trace = recorded("post_and_get")
    page = stand.open(player(trace))
    wanted = {"SQL": "sql", "state": "state", "commit": "commit", "response": "response"}
    for label, kind in wanted.items():
        page.evaluate("document.querySelector('#t').go(0)")
        button(page, label).click()
        expect(count(page)).to_have_text(f"{step_of(trace, kind)} / {len(trace['events'])}")
    button(page, "request").click()
    expect(count(page)).to_have_text(f"{step_of(trace, 'request', 1)} / {len(trace['events'])}")
    expect(button(page, "request")).to_have_attribute("aria-disabled", "true")


def test_the_picture_tells_pool_transaction_and_object(stand: Stand) -> None:
    """INSERT: the connection is out, its transaction open, the object in the session."""
    trace = recorded("post")
    page = stand.open(player(trace), f"#t:{step_of(trace, 'sql')}")
    picture = page.locator("svg.machine")
    expect(picture).to_have_attribute(
        "aria-label",
        "Pool: 1 of 1 connections out. Transaction open on connection 1. "
        "Session 1 open. Item 1: pending.",
    )
    expect(page.locator(".connection.out.tx")).to_have_count(1)
    expect(page.locator(".packet")).to_have_text("INSERT")
    page.goto(f"{stand.address}/index.html#t:{step_of(trace, 'checkin')}")
    expect(page.locator(".connection.out")).to_have_count(0)
    expect(page.locator(".object.s-persistent.expired")).to_have_count(1)
    expect(page.locator(".note.kept")).to_have_text("✓ INSERT items")


def test_the_answer_leaves_before_the_code_after_yield(stand: Stand) -> None:
    """While get_db closes its session, the client already has its 201."""
    trace = recorded("post")
    page = stand.open(player(trace), f"#t:{step_of(trace, 'session close')}")
    expect(page.locator(".envelope.answered")).to_have_text("201")
    expect(page.locator(".pill.late")).to_contain_text("get_db")
    expect(page.locator(".exchange")).to_contain_text("the app still runs code")
    stations = page.locator(".rail li")
    assert stations.all_text_contents() == [
        "POST /items/",
        "get_db →",
        "create_item()",
        "✉ 201 sent",
        "→ get_db ends",
        "over",
    ]


def test_variables_say_what_changed(stand: Stand) -> None:
    """A new local is marked, a mapped object wears its state, a waiting frame is shown."""
    page = stand.open(player(recorded("post")), "#t:12")
    expect(page.locator("tr.fresh")).to_contain_text("item")
    expect(page.locator(".badge")).to_have_text("transient")
    expect(page.locator(".stack")).to_contain_text("get_db waits at line")


def test_several_files_are_tabs(stand: Stand) -> None:
    """The file of the current line opens by itself; another one can be looked at."""
    trace = recorded("post")
    trace["files"].append({"path": "shop/models.py", "text": "class Shop:\n    pass\n"})
    trace["events"].insert(1, {"kind": "line", "lane": 1, "file": 1, "line": 2, "frame": 9})
    page = stand.open(player(trace), "#t:2")
    expect(button(page, "shop/models.py")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".row.now")).to_have_text("    pass")
    button(page, "main.py").click()
    expect(page.locator(".row").first).to_contain_text('"""')


def test_who_wants_no_motion_gets_none(stand: Stand) -> None:
    """Things move by transitions, but not for a reader who asked for less."""
    still, moving = (
        stand.open(player(recorded("post")), "#t:17", reduced_motion=wish)
        .locator(".token.connection")
        .evaluate("one => getComputedStyle(one).transitionDuration")
        for wish in ("reduce", "no-preference")
    )
    assert (still, moving) == ("0s", "0.5s")


def test_the_keyboard_does_it_all(stand: Stand) -> None:
    """Arrows, letters and ends work inside; outside they are the page's; Tab leaves."""
    page = stand.open('<button id="before">before</button>' + player(recorded("post")))
    page.locator("#before").focus()
    press(page, "ArrowRight")
    expect(count(page)).to_have_text("1 / 36")
    press(page, "Tab", "ArrowRight", "ArrowRight", "ArrowLeft")
    expect(count(page)).to_have_text("2 / 36")
    press(page, "s")
    expect(page.get_by_role("status")).to_contain_text("INSERT items")
    press(page, "End")
    expect(count(page)).to_have_text("36 / 36")
    press(page, "Home")
    expect(count(page)).to_have_text("1 / 36")
    page.locator(".bar .next").dispatch_event(
        "keydown", {"key": "ы", "code": "KeyS", "bubbles": True, "composed": True}
    )
    expect(page.get_by_role("status")).to_contain_text("INSERT items")
    press(page, "?")
    expect(page.locator(".keys")).to_be_visible()
    press(page, "Escape")
    expect(page.locator(".keys")).to_be_hidden()
    page.get_by_role("slider").focus()
    press(page, "ArrowRight", "c")
    expect(page.get_by_role("status")).to_contain_text("COMMIT is sent")
    for _ in range(30):
        press(page, "Tab")
        if page.evaluate("document.activeElement.id") == "after":
            break
    assert page.evaluate("document.activeElement.id") == "after"


def test_plays_to_the_end_and_stops(stand: Stand) -> None:
    """Play steps by itself; at the end it is a play button again."""
    trace = recorded("post")
    trace["events"] = trace["events"][:5]
    page = stand.open(player(trace))
    page.get_by_role("combobox", name="Speed").select_option("20")
    button(page, "Play").click()
    expect(count(page)).to_have_text("5 / 5")
    expect(button(page, "Play")).to_be_visible()
    expect(page.get_by_role("status")).to_have_attribute("aria-live", "polite")


def test_a_link_opens_one_step(stand: Stand) -> None:
    """The hash goes to a step, now and later; a wrong one is no harm."""
    page = stand.open(player(recorded("post")), "#t:17")
    expect(count(page)).to_have_text("17 / 36")
    expect(page.get_by_role("link", name="Link to this step")).to_have_attribute("href", "#t:17")
    for where, shown in (("#t:20", "20"), ("#other:3", "20"), ("#t:999", "36"), ("#%", "36")):
        page.evaluate("where => { location.hash = where }", where)
        expect(count(page)).to_have_text(f"{shown} / 36")


def test_predictions_hide_what_comes(stand: Stand) -> None:
    """No control passes a question; an answer is judged, told and counted."""
    page = stand.open(player(recorded("post"), "predict"))
    page.evaluate(
        "window.told = []; document.addEventListener('yielddb-predict', e => told.push(e.detail))"
    )
    button(page, "Last step").click()
    asking = page.get_by_role("group", name="Before you see it")
    expect(asking).to_contain_text("How many connections are out of the pool after it?")
    expect(count(page)).to_have_text("4 / 36")
    expect(page.locator(".rail li")).to_have_count(2)
    expect(page.locator(".row.will")).to_have_count(0)
    for act in ("Step", "commit", "Play"):
        button(page, act).click()
        expect(count(page)).to_have_text("4 / 36")
    asking.get_by_role("radio", name="1").check()
    button(page, "That is my answer").click()
    expect(asking.get_by_role("status")).to_contain_text("Not so. It was: 0")
    expect(asking).to_contain_text("right: 0 of 1")
    assert page.evaluate("told") == [{"trace": "t", "step": 4, "kind": "pool", "right": False}]
    button(page, "Watch it happen").click()
    expect(count(page)).to_have_text("5 / 36")
    button(page, "Predict").click()
    button(page, "Last step").click()
    expect(count(page)).to_have_text("36 / 36")


def test_every_question_can_be_answered_to_the_end(stand: Stand) -> None:
    """Walking a whole trace by predicting ends at its last step."""
    page = stand.open(player(recorded("post"), "predict"))
    asked = 0
    while count(page).text_content() != "36 / 36":
        button(page, "Last step").click()
        radio = page.get_by_role("radio")
        if radio.count() == 0:
            continue
        asked += 1
        assert asked < 36
        radio.first.check()
        press(page, "Enter")
        button(page, "Watch it happen").click()
    assert asked >= 4


def test_nobody_is_asked_again_what_they_knew(stand: Stand) -> None:
    """The second request runs the same lines: what was right once is not asked twice."""
    page = stand.open(player(recorded("post_and_get"), "predict"))
    asked: list[str] = []
    while count(page).text_content() != "62 / 62":
        button(page, "Last step").click()
        if page.get_by_role("radio").count() == 0:
            continue
        asked.append(page.locator("legend").text_content() or "")
        assert len(asked) < 40
        truth = page.evaluate(
            "(one => one.ask(one.step).options.indexOf(one.ask(one.step).truth))"
            "(document.querySelector('#t'))"
        )
        page.get_by_role("radio").nth(truth).check()
        press(page, "Enter")
        button(page, "Watch it happen").click()
    assert sum("SessionLocal()" in one for one in asked) == 1
    expect(page.locator(".score")).to_have_text(f"right: {len(asked)} of {len(asked)}")


def test_two_runs_part_at_the_first_difference(stand: Stand) -> None:
    """A comparison steps both, says where they part and jumps there."""
    right, wrong = recorded("post_and_get"), recorded("post_and_get_wrong")
    page = stand.open(
        f'<yielddb-trace-diff id="d">{template(right)}{template(wrong)}</yielddb-trace-diff>'
    )
    says = page.locator(".difference [role=status]")
    expect(says).to_have_text("Both runs are the same up to here.")
    button(page, "To the first difference").click()
    expect(says).to_have_text("Here the two runs part.")
    expect(page.locator(".side.first .row.now")).to_have_text("    db.commit()")
    expect(page.locator(".side.second .row.now")).to_have_text("    db.flush()")
    press(page, "End")
    expect(says).to_have_text("The runs have parted.")
    for side in ("first", "second"):
        expect(page.locator(f".side.{side} .status")).to_contain_text("request 2 is over")
    assert "404" in (page.locator(".side.second .exchange").text_content() or "")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_equal_runs_are_said_to_be_equal(stand: Stand) -> None:
    """No difference: no button, one sentence."""
    same = template(recorded("post"))
    page = stand.open(f"<yielddb-trace-diff>{same}{same}</yielddb-trace-diff>")
    expect(page.locator(".difference")).to_have_text("Both runs are the same.")


BAD = {
    "no data": ("<yielddb-trace></yielddb-trace>", "No trace here"),
    "cut in half": (
        player(json.dumps(recorded("post"))[:2000]),
        "This trace is damaged: its JSON breaks off",
    ),
    "another schema": (
        player({"schema": "yielddb/trace/7", "events": []}),
        "This trace is of another format (yielddb/trace/7)",
    ),
    "no events": (
        player({"schema": "yielddb/trace/1", "events": [], "requests": [{"error": "It died."}]}),
        "This trace is empty: nothing was recorded (It died.). Send",
    ),
    "odd events": (
        player({"schema": "yielddb/trace/1", "events": [1, 2]}),
        "This is not a trace",
    ),
    "missing file": ('<yielddb-trace src="none.json"></yielddb-trace>', "(404)"),
    "another site": (
        '<yielddb-trace src="http://example.org/t.json"></yielddb-trace>',
        "not from http://example.org",
    ),
    "half a pair": (
        f"<yielddb-trace-diff>{template(recorded('post'))}</yielddb-trace-diff>",
        "A comparison needs two traces.",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_one_clear_message(stand: Stand, name: str) -> None:
    """Each kind of bad input is one sentence in place of the player."""
    body, says = BAD[name]
    page = stand.open(body)
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text(says)


def test_an_unknown_event_is_shown_and_passed(stand: Stand) -> None:
    """A kind of a later version is named; the steps go on."""
    trace = recorded("post")
    trace["events"].insert(1, {"kind": "teleport", "lane": 0, "request": 1})
    page = stand.open(player(trace), "#t:2")
    expect(page.get_by_role("status")).to_have_text("unknown event: teleport")
    button(page, "Step").click()
    expect(page.get_by_role("status")).to_contain_text("dependency get_db begins")


def test_a_file_of_this_site_and_a_property_are_read(stand: Stand) -> None:
    """`src` fetches; `trace` takes an object, and another one later."""
    shutil.copy(TRACES / "post.json", stand.folder)
    page = stand.open('<yielddb-trace id="t" src="post.json"></yielddb-trace>')
    expect(count(page)).to_have_text("1 / 36")
    page.evaluate(
        "trace => { document.querySelector('#t').trace = trace }", recorded("post_and_get")
    )
    expect(count(page)).to_have_text(f"1 / {len(recorded('post_and_get')['events'])}")


def test_a_page_opened_as_a_file(stand: Stand) -> None:
    """Without a server a template is shown; a file beside the page is asked for by a message."""
    other = '<yielddb-trace id="u" src="post.json"></yielddb-trace>'
    (stand.folder / "file.html").write_text(
        PAGE.replace("BODY", player(recorded("post")) + other).replace("LANG", "en"), "utf-8"
    )
    page = stand.browser.new_context().new_page()
    page.goto((stand.folder / "file.html").as_uri())
    expect(page.locator("#t .count")).to_have_text("1 / 36")
    expect(page.locator("#u").get_by_role("alert")).to_contain_text(
        "opened as a file needs a server"
    )


def test_lanes_show_threads_and_can_be_clicked(stand: Stand) -> None:
    """Four lanes; a click into the drawing goes near that step; three sessions have a place."""
    trace = recorded("parallel_sync")
    page = stand.open(player(trace))
    assert page.locator(".lanes span").all_text_contents() == trace["lanes"]
    drawing = page.locator(".timeline svg")
    box = drawing.bounding_box()
    assert box is not None
    drawing.click(position={"x": box["width"] / 2, "y": 5})
    expect(count(page)).to_have_text(f"{round((len(trace['events']) - 1) / 2) + 1} / 110")
    expect(page.locator(".box.session")).to_have_count(3)


def test_the_transcript_is_reachable(stand: Stand) -> None:
    """The player writes one where the page has none, and shows the page's own where it has."""
    page = stand.open(player(recorded("post")))
    page.get_by_text("Transcript").click()
    expect(page.locator("details pre")).to_contain_text("36 [1] request 1 is over")
    own = "<details><summary>Transcript</summary><pre>by the page</pre></details>"
    page = stand.open(f"<yielddb-trace>{template(recorded('post'))}{own}</yielddb-trace>")
    expect(page.locator("summary")).to_have_count(1)


@pytest.mark.parametrize(("lang", "says"), [("uk", "входить до застосунку"), ("ru", "входит в")])
def test_speaks_the_language_of_the_page(stand: Stand, lang: str, says: str) -> None:
    """The closest lang attribute chooses the words."""
    page = stand.open(player(recorded("post")), lang=lang)
    expect(page.get_by_role("status")).to_contain_text(says)
    page = stand.open(f'<div lang="en">{player(recorded("post"))}</div>', lang=lang)
    expect(page.get_by_role("status")).to_have_text("POST /items/ enters the app")


def test_a_lazy_page_loads_the_player_when_it_comes_near(stand: Stand) -> None:
    """Before that, no byte of it; a link to a step loads it at once."""
    high = '<div style="height: 4000px"></div>'
    body = f'{high}{player(recorded("post"))}<script src="player.lazy.js"></script>'
    (stand.folder / "lazy.html").write_text(
        re.sub(r'<script src="player(\.\w\w)?\.js"></script>', "", PAGE)
        .replace("BODY", body)
        .replace("LANG", "uk"),
        "utf-8",
    )
    page = stand.browser.new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1]))
    page.goto(f"{stand.address}/lazy.html", wait_until="networkidle")
    assert asked == ["lazy.html", "player.lazy.js"]
    page.mouse.wheel(0, 3500)
    expect(page.get_by_role("status")).to_contain_text("входить до застосунку")
    assert asked[2:] == ["player.uk.js", "player.js"]
    page.goto("about:blank")
    page.goto(f"{stand.address}/lazy.html#t:17")
    expect(count(page)).to_have_text("17 / 36")
    expect(page.locator("svg.machine")).to_be_in_viewport()


def test_lives_through_being_moved(stand: Stand) -> None:
    """Taken out of the page and put back, as instant navigation does, it works on."""
    page = stand.open(player(recorded("post")))
    page.evaluate("const one = document.querySelector('#t'); one.remove(); main.append(one)")
    button(page, "Step").click()
    expect(count(page)).to_have_text("2 / 36")
    page.keyboard.press("ArrowRight")
    expect(count(page)).to_have_text("3 / 36")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("what", ["step", "predict", "keys", "diff", "fault"])
def test_axe_finds_nothing(stand: Stand, scheme: str, what: str) -> None:
    """No violation of axe's rules, in both schemes."""
    trace = recorded("post_and_get")
    pair = f"{template(trace)}{template(recorded('post_and_get_wrong'))}"
    body = {
        "diff": f'<yielddb-trace-diff id="t">{pair}</yielddb-trace-diff>',
        "fault": "<yielddb-trace></yielddb-trace>",
        "predict": player(trace, "predict"),
    }.get(what, player(trace))
    page = stand.open(body, "#t:19", color_scheme=scheme, reduced_motion="reduce")
    if what == "keys":
        button(page, "Keys").click()
    page.add_script_tag(path=str(packages() / "axe-core" / "axe.min.js"))
    found = page.evaluate("axe.run().then(result => result.violations)")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize(("width", "zoom"), [(360, 1), (768, 1), (1280, 1), (1280, 2)])
def test_nothing_sticks_out(stand: Stand, width: int, zoom: int) -> None:
    """From a telephone to a desk, and at 200 %, the page never scrolls sideways."""
    trace = recorded("parallel_sync")
    viewport = {"width": width // zoom, "height": 800 // zoom}
    page = stand.open(player(trace), "#t:60", viewport=viewport, device_scale_factor=zoom)
    assert page.evaluate("document.documentElement.scrollWidth") <= width // zoom
    name = "wide" if width // zoom > 600 else "tall"
    expected = {"wide": "0 0 720 316", "tall": "0 0 350 502"}[name]
    expect(page.locator("svg.machine")).to_have_attribute("viewBox", expected)


def test_forced_colours_keep_the_line_in_sight(stand: Stand) -> None:
    """In high contrast the current line has the system's highlight."""
    page = stand.open(player(recorded("post")), "#t:12", forced_colors="active")
    line, other = (
        page.locator(where).first.evaluate("one => getComputedStyle(one).backgroundColor")
        for where in (".row.now", ".row.will")
    )
    assert line != other


def test_a_long_trace_steps_within_a_frame(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    """2,000 events: the browser's work for a step is measured and printed; far too slow fails."""
    trace = recorded("post_and_get")
    events, requests = trace["events"], len(trace["requests"])
    trace["events"] = [
        {**event, "request": event["request"] + at // len(events) * requests}
        for at, event in ((at, events[at % len(events)]) for at in range(LONG))
    ]
    page = stand.open(player(trace))
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = tools.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration") * 1000

    before = spent()
    times = page.evaluate(STEPS)
    work = (spent() - before) / len(times)
    with capsys.disabled():
        print(f"\na step of {LONG} events: {work:.1f} ms of work,", end=" ")
        print(f"{sorted(times)[len(times) // 2]:.1f} ms by the clock (median)")
    assert work < 10 * 16  # far from tight: this machine is shared


# forward, with a jump now and then, then back in great leaps; each step is laid out
STEPS = """() => {
    const one = document.querySelector('#t');
    const steps = [];
    for (let step = 0; step < one.length; step += step % 5 ? 1 : 29) steps.push(step);
    for (let step = one.length - 1; step > 0; step -= 191) steps.push(step);
    return steps.map(step => {
        const start = performance.now();
        one.go(step);
        document.body.offsetHeight;
        return performance.now() - start;
    });
}"""
