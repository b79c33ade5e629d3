"""The frame of a page in a browser: menus, search, copying, place, pages without a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from site_room import Published

TELEPHONE = {"width": 360, "height": 740}
LESSON = "en/lessons/count/"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader without a history."""
    with browser.new_context(locale="en-GB") as one:
        yield one


@pytest.fixture
def page(context: BrowserContext, toy_site: Published) -> Iterator[Page]:
    """A lesson, open; what throws there fails the test."""
    one = context.new_page()
    wrong: list[str] = []
    one.on("pageerror", lambda error: wrong.append(str(error)))
    one.goto(toy_site.address + LESSON, wait_until="networkidle")
    yield one
    assert wrong == []


def violations(page: Page) -> list[str]:
    """What axe finds, best practices included."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text


# --- menus


def test_the_drawer_is_for_keys_and_for_fingers(page: Page, toy_site: Published) -> None:
    """It opens by key, Tab goes into it, Escape gives the focus back, a link closes it."""
    page.set_viewport_size(TELEPHONE)
    drawer = page.locator("#nav")
    button = page.get_by_role("button", name="Navigation")
    expect(drawer).not_to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(drawer).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Tab")
    assert focused(page) == "Recall"
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
    expect(button).to_be_focused()
    button.click()
    drawer.get_by_role("link", name="Quiz").click()
    expect(drawer).not_to_be_visible()
    expect(page).to_have_url(re.compile("#quiz$"))
    button.click()
    drawer.get_by_role("link", name="1 Hello").click()
    expect(page.locator("h1")).to_contain_text("Hello")
    expect(drawer).not_to_be_visible()


def test_a_drawer_becomes_columns(page: Page) -> None:
    """Where the window grows, the open drawer is a drawer no more."""
    page.set_viewport_size(TELEPHONE)
    page.get_by_role("button", name="Navigation").click()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("#nav:popover-open")).to_have_count(0)
    parts = page.get_by_role("navigation", name="Navigation")
    expect(parts.get_by_role("link", name="2 Count")).to_have_attribute("aria-current", "page")
    expect(parts.get_by_role("link", name="Commands")).not_to_be_visible()


def test_the_languages_are_a_menu(page: Page) -> None:
    """A click opens it, its links can be read, Escape closes it."""
    menu = page.locator("#languages")
    page.get_by_role("button", name="Select language").click()
    expect(menu.get_by_role("link", name="Українська")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(menu).not_to_be_visible()


def test_menus_work_without_javascript(browser: Browser, toy_site: Published) -> None:
    """Drawer and languages are the browser's own; buttons that would do nothing are not there."""
    with browser.new_context(java_script_enabled=False, viewport=TELEPHONE) as context:
        page = context.new_page()
        page.goto(toy_site.address + LESSON)
        expect(page.locator("button.search, button.scheme").first).not_to_be_visible()
        page.get_by_role("button", name="Navigation").click()
        page.locator("#nav").get_by_role("link", name="1 Hello").click()
        page.get_by_role("button", name="Select language").click()
        page.get_by_role("link", name="Русский").click()
        expect(page).to_have_url(f"{toy_site.address}ru/lessons/hello/")


# --- the scheme


def test_the_scheme_follows_the_system(page: Page, toy_site: Published) -> None:
    """Until one is chosen, and again when that is taken back; a choice holds in each language."""
    switch = page.locator("button.scheme")
    body = page.locator("body")
    for system, wanted in (("dark", "slate"), ("light", "default")):
        page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
        expect(body).to_have_attribute("data-md-color-scheme", wanted)
    expect(switch).to_have_accessible_name("Use the light scheme")
    switch.click()
    expect(switch).to_have_accessible_name("Use the dark scheme")
    switch.click()
    expect(switch).to_have_accessible_name("Follow the system")
    page.goto(f"{toy_site.address}uk/", wait_until="networkidle")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    switch.click()
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.locator(".tabs a").last.click()
    expect(switch).to_have_accessible_name("Світла тема")


def test_a_browser_that_keeps_nothing_has_the_switch(browser: Browser, toy_site: Published) -> None:
    """Where storage is refused, a choice holds for the page."""
    with browser.new_context(color_scheme="light") as context:
        context.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('no') } })"
        )
        page = context.new_page()
        page.goto(f"{toy_site.address}en/", wait_until="networkidle")
        page.locator("button.scheme").click(click_count=2)
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


# --- the search


@pytest.mark.parametrize("width", [360, 1280])
def test_the_search_is_led_by_keys(page: Page, toy_site: Published, width: int) -> None:
    """Arrows go round through what is found, Escape gives the focus back, Enter goes there."""
    page.set_viewport_size({"width": width, "height": 740})
    button = page.get_by_role("button", name="Search")
    button.click()
    box = page.get_by_role("searchbox")
    status = page.get_by_role("dialog").get_by_role("status")
    expect(status).to_contain_text("Type to search")
    page.keyboard.type("umbrellaless")
    expect(status).to_contain_text("Nothing found")
    box.fill("commit")
    expect(status).to_have_text(re.compile(r"^Found: \d+$"))
    expect(page.locator("dialog mark").first).to_have_text(re.compile("commit", re.IGNORECASE))
    assert violations(page) == []
    links = page.locator("dialog a")
    page.keyboard.press("ArrowDown")
    expect(links.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(links.last).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    page.keyboard.press("Control+k")
    expect(box).to_have_value("commit")
    first = links.first.evaluate("link => link.href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(first)
    expect(page.get_by_role("dialog")).not_to_be_visible()


def test_the_search_goes_on_after_another_page(page: Page, toy_site: Published) -> None:
    """The index is fetched once; the dialog of the next page finds, too. Close closes it."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("/")
    page.keyboard.type("greeting")
    page.locator("dialog a", has_text="Hello").first.click()
    expect(page.locator("h1")).to_contain_text("Hello")
    page.keyboard.press("/")
    page.keyboard.type("commit")
    expect(page.locator("dialog a").first).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert len([url for url in asked if "search" in url]) == 2


def test_a_search_that_did_not_load_says_so(page: Page) -> None:
    """The next key tries again."""
    page.route("**/search/pages.js", lambda route: route.abort())
    page.keyboard.press("/")
    page.keyboard.type("com")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("did not load")
    page.unroute("**/search/pages.js")
    page.keyboard.type("mit")
    expect(page.locator("dialog a").first).to_be_visible()


def test_a_slash_in_a_field_is_a_slash(page: Page, toy_site: Published) -> None:
    """Who types has no use for a dialog."""
    page.evaluate("document.querySelector('article').append(document.createElement('textarea'))")
    field = page.locator("article textarea")
    field.focus()
    page.keyboard.type("/")
    expect(field).to_have_value("/")
    expect(page.get_by_role("dialog")).not_to_be_visible()


def test_the_search_works_from_a_disk(browser: Browser, toy_site: Published) -> None:
    """The index is a script, and what is found is a file."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto((toy_site.folder / "en/index.html").as_uri())
        page.keyboard.press("/")
        page.keyboard.type("greeting")
        page.locator("dialog a", has_text="Hello").first.click()
        expect(page.locator("h1")).to_contain_text("Hello")
        expect(page).to_have_url(re.compile(r"/en/lessons/hello/index\.html"))


# --- code


def test_code_is_copied(context: BrowserContext, page: Page) -> None:
    """The button puts the text of the block into the clipboard and says so; outputs have none."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator(".highlight", has_text="YOUR CODE").first
    block.get_by_role("button", name="Copy to clipboard").click()
    expect(block.get_by_role("status")).to_have_text("Copied to clipboard")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == block.locator("code").text_content()
    expect(page.locator(".output .copier").first).not_to_be_visible()


def test_code_that_may_not_be_copied_is_selected(page: Page) -> None:
    """Where the browser refuses, the reader's own keys have the block."""
    page.evaluate("{ navigator.clipboard.writeText = () => Promise.reject(new Error('no')); 1 }")
    block = page.locator(".highlight", has_text="YOUR CODE").first
    block.get_by_role("button", name="Copy to clipboard").click()
    page.wait_for_function("getSelection().toString().includes('YOUR CODE')")


def test_wide_code_is_scrolled_by_keyboard(page: Page) -> None:
    """On a telephone it can be reached, on a desk it needs no stop."""
    code = page.locator("pre > code", has_text="YOUR CODE").first
    page.set_viewport_size(TELEPHONE)
    expect(code).to_have_attribute("tabindex", "0")
    page.set_viewport_size({"width": 2400, "height": 800})
    expect(code).not_to_have_attribute("tabindex", "0")


# --- where the reader is


def test_the_table_of_contents_follows(page: Page) -> None:
    """The step that is read is marked, the bar has the title, and there is a way up."""
    page.set_viewport_size({"width": 1280, "height": 500})
    here = page.locator(".toc [aria-current=location]")
    expect(here).to_have_count(0)
    up = page.get_by_role("button", name="Back to top")
    expect(up).not_to_be_visible()
    page.locator(".toc a", has_text="Quiz").click()
    expect(here).to_have_text("Quiz")
    expect(page.locator(".name")).to_have_class(re.compile("past"))
    expect(up).not_to_be_visible()
    page.mouse.wheel(0, -60)
    expect(up).to_be_visible()
    assert violations(page) == []
    up.click()
    page.wait_for_function("scrollY === 0")
    assert page.evaluate("document.activeElement.localName") == "h1"
    expect(here).to_have_count(0)


# --- pages without a reload


def test_back_brings_the_place(page: Page) -> None:
    """A reader who goes back stands where the link was followed."""
    page.evaluate("window.kept = true")
    page.locator("footer .prev").scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 0
    page.locator("footer .prev").click()
    expect(page.locator("h1")).to_contain_text("Hello")
    page.wait_for_function("scrollY === 0")
    page.go_back()
    expect(page.locator("h1")).to_contain_text("Count")
    page.wait_for_function(f"Math.abs(scrollY - {place}) < 2")
    assert page.evaluate("window.kept") is True


def test_a_link_to_a_place_on_another_page_leads_there(page: Page, toy_site: Published) -> None:
    """The place is scrolled to and has the focus."""
    page.evaluate(
        "document.querySelector('article').insertAdjacentHTML("
        "'afterbegin', '<a id=way href=../hello/#quiz>there</a>')"
    )
    page.locator("#way").click()
    expect(page).to_have_url(f"{toy_site.address}en/lessons/hello/#quiz")
    page.wait_for_function("document.activeElement.id === 'quiz'")
    assert page.evaluate("quiz.getBoundingClientRect().top") < 300


def test_places_on_a_page_ask_for_nothing(page: Page) -> None:
    """A step of the contents, the same once more, and the way back: the page is there."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(2):
        page.locator(".toc a", has_text="Recall").click()
        expect(page).to_have_url(re.compile("#recall$"))
    page.go_back()
    expect(page).to_have_url(re.compile("/count/$"))
    page.wait_for_function("scrollY === 0")
    assert [url for url in asked if url.endswith("/")] == []


def test_links_keep_their_meaning_while_a_page_loads(page: Page, toy_site: Published) -> None:
    """The address is the new one at once; a second click goes where the old page says."""
    held: list[Route] = []
    page.route("**/review/", lambda route: held.append(route))
    page.locator(".tabs a", has_text="Review").click()
    expect(page).to_have_url(f"{toy_site.address}en/review/")
    page.locator("footer .prev").click()
    expect(page).to_have_url(f"{toy_site.address}en/lessons/hello/")
    expect(page.locator("h1")).to_contain_text("Hello")
    assert len(held) == 1


def test_a_page_that_can_not_be_fetched_is_loaded(page: Page, toy_site: Published) -> None:
    """What is missing is answered by the server, as without the script."""
    page.evaluate("window.kept = true")
    page.evaluate("document.querySelector('footer .prev').href = '../nowhere/'")
    page.locator("footer .prev").click()
    expect(page.locator("body")).to_contain_text("404")
    expect(page).to_have_url(f"{toy_site.address}en/lessons/nowhere/")


def test_a_notebook_is_downloaded(page: Page) -> None:
    """A link to a file is not a page."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download notebook").click()
    assert waiting.value.suggested_filename == "02_count.ipynb"
    expect(page.locator("h1")).to_contain_text("Count")


def test_components_live_on_the_next_page(page: Page) -> None:
    """A question and a player of the exchanged page work, and again after going back."""
    page.locator("footer .prev").click()
    expect(page.locator("h1")).to_contain_text("Hello")
    for _ in range(2):
        expect(page.locator("#what-is-200").get_by_role("button", name="Check")).to_be_visible()
        page.locator("yielddb-trace").first.scroll_into_view_if_needed()
        expect(page.locator("yielddb-trace").first.locator("input[type=range]")).to_be_visible()
        page.locator("footer .next").click()
        expect(page.locator("h1")).to_contain_text("Count")
        page.go_back()
        expect(page.locator("h1")).to_contain_text("Hello")


def test_a_browser_without_the_navigation_api_follows_links(
    browser: Browser, toy_site: Published
) -> None:
    """There a page is loaded, and all else works."""
    with browser.new_context() as context:
        context.add_init_script("delete window.navigation")
        page = context.new_page()
        page.goto(toy_site.address + LESSON, wait_until="networkidle")
        page.evaluate("window.kept = true")
        page.locator("footer .prev").click()
        expect(page.locator("h1")).to_contain_text("Hello")
        assert page.evaluate("window.kept") is None
        page.locator("button.scheme").click()
        expect(page.locator("button.scheme")).to_have_accessible_name("Use the dark scheme")
