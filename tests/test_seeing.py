"""An option may point at the step of a recorded run that refutes it, by the step's own words."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from site_room import build, dressed
from test_building import recorder

from yielddb.catalogue import Course
from yielddb.laws import texts
from yielddb.lesson.answers import AnswerError
from yielddb.lesson.predicting import step_of
from yielddb.lesson.text import load


@pytest.mark.parametrize(
    ("see", "step"),
    [
        ("one-note: request POST /notes", 1),
        ("one-note: commit connection 1", 5),
        ("one-note: begin > commit", 5),
        ("lost-note: rollback", 5),
    ],
)
def test_a_step_is_found_by_its_words(toy: Course, see: str, step: int) -> None:
    """The first that has them, or the first after another; of a comparison, the broken app's."""
    name = see.partition(":")[0]
    assert step_of(load(toy.find("count")), see, recorder) == f"{name}-run:{step}"


@pytest.mark.parametrize(
    ("see", "says"),
    [
        ("no-run: commit", "no recorded run is called `no-run`"),
        ("one-note: explode", "no step of `one-note` says `explode`"),
        ("one-note: commit > begin", "no step of `one-note` says `begin`"),
        ("one-note", "no step of `one-note` says ``"),
    ],
)
def test_a_step_that_is_not_there(toy: Course, see: str, says: str) -> None:
    """The build stops, and names what may be written."""
    with pytest.raises(AnswerError, match=re.escape(says)):
        step_of(load(toy.find("count")), see, recorder)


def pointing(course: Course, see: str) -> None:
    """Let the wrong option of the toy's last question point at a step."""
    path = course.find("count").text
    source = path.read_text("utf-8")
    last = source.rindex("    misconception: flush-is-commit\n")
    path.write_text(f'{source[:last]}    see: "{see}"\n{source[last:]}', "utf-8")


def test_the_law_of_texts_looks_for_the_step(toy: Course) -> None:
    """A step that the run does not have is a problem of the text."""
    pointing(toy, "one-note: explode")
    found = [problem.says for problem in texts.problems(load(toy.find("count")))]
    assert "no step of `one-note` says `explode`" in found


def test_the_reply_leads_to_the_step(browser: Browser, tmp_path: Path) -> None:
    """In the page, the reply to a wrong answer has a link, and the player goes to that step."""
    course = dressed(tmp_path / "toy")
    pointing(course, "one-note: commit")
    out = build(course, tmp_path / "site", languages=("en",))
    page = browser.new_page()
    page.goto((out / "en/lessons/count/index.html").as_uri())
    key = page.locator("#what-lasts yielddb-quiz").get_attribute("data-key")
    see = json.loads(base64.b64decode(key or ""))["options"][1]["see"]
    page.locator("#what-lasts").get_by_label("flush").check()
    page.locator("#what-lasts").get_by_role("button", name="Check").click()
    link = page.get_by_role("link", name="See it in the recorded run")
    assert (link.get_attribute("href") or "").endswith(f"lessons/count/#{see}")
    page.evaluate(f"location.hash = '{see}'")
    player = page.locator("#one-note-run")
    step = see.rpartition(":")[2]
    expect(player.get_by_text(re.compile(rf"^{step} (/|of) \d+$")).first).to_be_visible()
    page.close()
