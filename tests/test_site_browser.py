"""The built site in a real browser: keys alone, each language, both schemes, a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from site_room import Published

from yielddb.catalogue import Course

ROOT = Path(__file__).parents[1]
# one page of each kind
PAGES = (
    "en/",
    "en/lessons/hello/",
    "en/lessons/count/",
    "en/lessons/count/answers/",
    "en/review/",
    "en/misconceptions/",
    "en/misconceptions/flush-is-commit/",
    "en/reference/commands/",
    "en/reference/checks/",
    "en/reference/formats/",
    "en/teaching/",
    "en/proof/",
    "uk/",
    "uk/lessons/hello/",
    "ru/lessons/count/",
    "404.html",
)
SCHEMES = ("light", "dark")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader without a history."""
    with browser.new_context(locale="en-GB") as one:
        yield one


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab whose errors fail the test when it is over."""
    return context.new_page()


def violations(page: Page) -> list[str]:
    """What axe finds, best practices included."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole(browser: Browser, toy_site: Published, path: str, scheme: Any) -> None:
    """It asks its own origin alone, nothing is missing, throws or breaks a rule of access."""
    with browser.new_context(color_scheme=scheme, locale="en-GB") as context:
        page = context.new_page()
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.on(
            "response", lambda r: wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(toy_site.address + path, wait_until="networkidle")
        assert wrong == []
        origin = toy_site.address.removesuffix("/yielddb/")
        assert [url for url in asked if not url.startswith((origin, "data:"))] == []
        assert not [url for url in asked if "search" in url], "the index waits for a search"
        assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (
            scheme == "dark"
        )
        if path != "404.html":
            wanted = "slate" if scheme == "dark" else "default"
            assert page.evaluate("document.body.dataset.mdColorScheme") == wanted
        assert violations(page) == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways(
    browser: Browser, toy_site: Published, path: str, width: int
) -> None:
    """On a telephone and on a desk the page is as wide as its window."""
    with browser.new_context(viewport={"width": width, "height": 740}) as context:
        page = context.new_page()
        page.goto(toy_site.address + path, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_lesson_is_walked_by_keyboard_alone(page: Page, toy_site: Published) -> None:
    """From the first page: into the lesson, past the header, an answer opened, on to the next."""
    page.goto(f"{toy_site.address}en/", wait_until="networkidle")
    _tab_to(page, "Begin with lesson 1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{toy_site.address}en/lessons/hello/")
    expect(page.locator("h1")).to_contain_text("Hello")
    page.reload(wait_until="networkidle")
    page.keyboard.press("Tab")
    assert _focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    _tab_to(page, "Nothing was found.", "It went well.")
    wanted = "Nothing was found."
    while wanted not in _focused(page):  # the arrows go round among the options
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    _tab_to(page, "Check")
    page.keyboard.press("Enter")
    feedback = page.locator("#what-is-200 .quiz-feedback")
    expect(feedback).to_contain_text("That is 404.")
    assert _focused(page) == "Try again"
    _tab_to(page, "2 Count")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{toy_site.address}en/lessons/count/")


def _focused(page: Page) -> str:
    """What has the focus says; nothing for a region that the keyboard scrolls."""
    text: str = page.evaluate(
        "document.activeElement.matches('a, summary, button') "
        "? document.activeElement.textContent "
        ": document.activeElement.matches('input') "
        "? document.activeElement.parentElement.textContent : ''"
    )
    return " ".join(text.split())


def _tab_to(page: Page, *texts: str) -> None:
    """Press Tab until what has the focus says one of these; a page has at most 300 stops."""
    for _ in range(300):
        page.keyboard.press("Tab")
        if any(text in _focused(page) for text in texts):
            return
    raise AssertionError(f"the Tab key never comes to {texts}")


def test_the_language_switch_stays_on_the_page(page: Page, toy_site: Published) -> None:
    """From each language to each other, the same page; after an instant navigation too."""
    page.goto(f"{toy_site.address}en/lessons/hello/", wait_until="networkidle")
    for code, heading in (("uk", "Вітання"), ("ru", "Вітання"), ("en", "Hello")):
        page.locator("button[popovertarget=languages]").click()
        page.locator(f"a[data-language][hreflang={code}]").click()
        expect(page).to_have_url(f"{toy_site.address}{code}/lessons/hello/")
        expect(page.locator("h1")).to_contain_text(heading)
    page.locator("footer .next").click()
    expect(page).to_have_url(f"{toy_site.address}en/lessons/count/")
    expect(page.locator("h1")).to_contain_text("Count")
    link = page.locator("a[data-language][hreflang=ru]")
    assert link.evaluate("link => link.href") == f"{toy_site.address}ru/lessons/count/"


def test_instant_navigation_and_back(page: Page, toy_site: Published) -> None:
    """A link swaps the text without loading the page; back brings the earlier one."""
    page.goto(f"{toy_site.address}en/lessons/hello/", wait_until="networkidle")
    page.evaluate("window.kept = true")
    page.locator("footer .next").click()
    expect(page.locator("h1")).to_contain_text("Count")
    expect(page).to_have_title(re.compile("^Count"))
    assert page.evaluate("window.kept") is True
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Hello")
    assert page.evaluate("window.kept") is True
    page.go_forward()
    expect(page.locator("h1")).to_contain_text("Count")
    assert _focused_heading(page), "what is new is read aloud, and Tab goes on from there"


def _focused_heading(page: Page) -> bool:
    page.wait_for_function("document.activeElement.matches('h1')")
    return True


@pytest.mark.parametrize(
    ("path", "typed", "found"), [("en/", "commit", "Count"), ("uk/", "парасолька", "Вітання")]
)
def test_the_search_wakes_up_when_it_is_asked(
    page: Page, toy_site: Published, path: str, typed: str, found: str
) -> None:
    """The index is fetched at the first key, and finds Latin and Cyrillic words."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(toy_site.address + path, wait_until="networkidle")
    assert not [url for url in asked if "search" in url]
    page.keyboard.press("/")
    page.keyboard.type(typed)
    result = page.locator("dialog li").first
    expect(result).to_contain_text(found)


def test_the_scheme_is_kept(page: Page, toy_site: Published) -> None:
    """The switch goes from the system's scheme to light and to dark, and a reload keeps it."""
    page.goto(f"{toy_site.address}uk/", wait_until="networkidle")
    for wanted in ("default", "slate"):
        page.locator("button.scheme").click()
        assert page.evaluate("document.body.dataset.mdColorScheme") == wanted
    page.reload()
    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"


@pytest.mark.parametrize(("locale", "code"), [("uk-UA", "uk"), ("ru", "ru"), ("pl-PL", "en")])
def test_the_root_speaks_the_readers_language(
    browser: Browser, toy_site: Published, locale: str, code: str
) -> None:
    """The first page leads to the language of the browser, else to English."""
    with browser.new_context(locale=locale) as context:
        page = context.new_page()
        page.goto(toy_site.address)
        expect(page).to_have_url(f"{toy_site.address}{code}/")


def test_without_javascript_everything_can_be_read(browser: Browser, toy_site: Published) -> None:
    """Texts, transcripts and answers are plain HTML; the languages are links."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(toy_site.address)
        page.get_by_role("link", name="English").click()
        page.get_by_role("link", name="Begin with lesson 1").click()
        text = page.locator("article").text_content() or ""
        for wanted in ("What does status 200 mean?", "It went well.", "GET /hello"):
            assert wanted in text
        run = page.locator("yielddb-trace details").first
        run.locator("summary").click()
        assert run.locator("table").is_visible()
        page.get_by_role("link", name="The answer, with the reason").first.click()
        assert "The request was answered." in (page.locator("article").text_content() or "")
        answer = page.locator("article details").first
        assert answer.get_attribute("open") is None
        answer.locator("summary").first.focus()
        page.keyboard.press("Enter")
        assert answer.get_attribute("open") is not None


def test_from_a_disk_the_pages_can_be_read(page: Page, toy_site: Published) -> None:
    """Opened as files, pages have their styles, and links lead to pages, not to folders."""
    page.goto((toy_site.folder / "index.html").as_uri())
    expect(page).to_have_url(re.compile(r"/en/index\.html$"))
    page.get_by_role("link", name="Begin with lesson 1").click()
    expect(page.locator("h1")).to_contain_text("Hello")
    expect(page).to_have_url(re.compile(r"/en/lessons/hello/index\.html$"))
    header = page.locator("header.bar")
    assert header.evaluate("e => getComputedStyle(e).position") == "sticky"


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_of_the_course_is_accessible(browser: Browser, scheme: Any) -> None:
    """Axe finds nothing on any page of the site that `make site` has built."""
    folder = Course(ROOT).site_dir
    pages = [
        *sorted(folder.glob("en/**/index.html")),
        *sorted(folder.glob("uk/lessons/*/index.html")),
    ]
    assert pages, "make site"
    found: dict[str, list[str]] = {}
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        for path in pages:
            page.goto(path.as_uri(), wait_until="load")
            # scripts have had their say once two frames were drawn
            page.evaluate("new Promise(d => requestAnimationFrame(() => requestAnimationFrame(d)))")
            if bad := violations(page):
                found[str(path.relative_to(folder))] = bad
    assert found == {}
