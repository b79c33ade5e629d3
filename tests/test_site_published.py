"""The site as it is published: all pages, the runtime beside them, below a sub-path."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_tools import COURSE, runtime
from playground_stand import opener, served, solution_of, write
from playwright.sync_api import Browser, expect
from site_room import build

VERDICT_MS = 120_000  # a cold start on a busy machine


@pytest.mark.slow
def test_a_lesson_of_the_published_site_judges_in_the_page(
    tmp_path: Path, browser: Browser
) -> None:
    """From the lesson's own page: open, check, pass; the next lesson finds Python warm."""
    runtime()
    out = build(COURSE, tmp_path / "published", languages=("en",))
    with served(out) as address, browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(VERDICT_MS)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        failed: list[str] = []
        page.on("response", lambda one: failed.append(one.url) if one.status >= 400 else None)
        for slug in ("get_db", "routes"):
            page.goto(f"{address}/en/lessons/{slug}/")
            opener(page).click()
            write(page, solution_of(slug))
            playground = page.locator("yielddb-playground")
            playground.get_by_role("button", name="Check", exact=True).click()
            expect(playground.locator(".score")).to_contain_text(
                "All checks passed", timeout=VERDICT_MS
            )
        page.goto(f"{address}/en/licences/")
        expect(page.get_by_text("pyodide 314")).to_be_visible()
        assert failed == []
        assert [one for one in asked if not one.startswith((address, "blob:", "data:"))] == []
