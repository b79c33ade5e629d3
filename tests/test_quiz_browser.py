"""The questions of the site in a real browser: answered, remembered, reviewed, by keys alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page
from site_room import Published

KEY = "yielddb/quiz/1"
HELLO, COUNT, REVIEW = "en/lessons/hello/", "en/lessons/count/", "en/review/"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a reader who was never here; an error in a script fails the test."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        one = context.new_page()
        wrong: list[str] = []
        one.on("pageerror", lambda error: wrong.append(str(error)))
        yield one
        assert wrong == []


def block(page: Page, name: str) -> Locator:
    return page.locator(f"#{name}")


def choose(question: Locator, text: str) -> None:
    question.get_by_label(text).check()
    question.get_by_role("button", name="Check").click()


def remembered(page: Page) -> dict[str, Any]:
    text = page.evaluate(f"localStorage.getItem('{KEY}')")
    return dict(json.loads(text)["answers"]) if text else {}


def test_no_answer_stands_in_the_source(page: Page, toy_site: Published) -> None:
    """Reasons and answers can't be read before one is given; the answers' page has them."""
    page.goto(toy_site.address + COUNT)
    for hidden in ("The transaction ends with it.", "Count again.", "Lesson 1 made it."):
        assert hidden not in page.content()
    page.goto(toy_site.address + COUNT + "answers/")
    assert "The transaction ends with it." in page.content()


def test_wrong_then_right(page: Page, toy_site: Published) -> None:
    """Only the chosen option's reason is shown; the first try is what is remembered as first."""
    page.goto(toy_site.address + COUNT)
    question = block(page, "what-lasts")
    choose(question, "flush")
    feedback = question.locator("[role=status]")
    assert "The row is sent, and rolled back at close." in feedback.inner_text()
    assert "The transaction ends with it." not in feedback.inner_text()
    link = feedback.get_by_role("link", name="Read about this belief")
    assert link.get_attribute("href") == f"{toy_site.address}en/misconceptions/flush-is-commit/"
    question.get_by_role("button", name="Try again").click()
    choose(question, "commit")
    assert "Right. The transaction ends with it." in " ".join(feedback.inner_text().split())
    kept = remembered(page)["count.what-lasts"]
    assert (kept["first"], kept["right"], kept["tries"]) == (False, True, 2)
    assert kept["misconceptions"] == ["flush-is-commit"]
    page.reload()
    seen = block(page, "what-lasts").locator("[role=status]").inner_text()
    assert seen == "Answered before: right. It comes back for review."


def test_nothing_chosen(page: Page, toy_site: Published) -> None:
    """An empty answer is no try."""
    page.goto(toy_site.address + COUNT)
    for name, says in (("what-lasts", "Choose an answer"), ("who-greets", "Type an answer")):
        question = block(page, name)
        question.get_by_role("button", name="Check").click()
        assert says in question.locator("[role=status]").inner_text()
    assert remembered(page) == {}


@pytest.mark.parametrize("typed", ["/hello", " /HELLO ", "“/hello”."])
def test_spelling_is_forgiven(page: Page, toy_site: Published, typed: str) -> None:
    """Case, spaces, quotes and a full stop do not count."""
    page.goto(toy_site.address + COUNT)
    question = block(page, "who-greets")
    question.get_by_label("Your answer").fill(typed)
    page.keyboard.press("Enter")
    assert "Lesson 1 made it." in question.locator("[role=status]").inner_text()


def test_a_wrong_word_is_no_give_away(page: Page, toy_site: Published) -> None:
    """The reason names the answer, so a wrong word does not show it."""
    page.goto(toy_site.address + COUNT)
    question = block(page, "who-greets")
    question.get_by_label("Your answer").fill("/goodbye")
    page.keyboard.press("Enter")
    assert question.locator("[role=status]").inner_text() == "Not yet."


def test_parsons_by_keyboard(page: Page, toy_site: Published) -> None:
    """Lines are chosen, moved and indented by keys; each mistake has an answer of its own."""
    page.goto(toy_site.address + COUNT)
    question = block(page, "arrange-add")
    key = page.evaluate(
        "JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(document.querySelector("
        "'#arrange-add yielddb-quiz').dataset.key), c => c.charCodeAt(0))))"
    )
    lines = key["lines"]
    said = question.locator(".quiz-feedback")

    def add(text: str) -> None:
        question.get_by_role("button", name=f"Add: {text}", exact=True).press("Enter")

    def check() -> str:
        question.get_by_role("button", name="Check").press("Enter")
        return " ".join(said.inner_text().split())

    add("db.flush()")
    assert "Line 1 does not belong: db.flush() A flush does not last." in check()
    question.get_by_role("button", name="Try again").press("Enter")
    page.locator("#arrange-add .quiz-program .quiz-code").press("Delete")
    add(lines[1]["line"])
    add(lines[0]["line"])
    assert "Look at the first line." in check()
    question.get_by_role("button", name="Try again").press("Enter")
    second = page.locator("#arrange-add .quiz-program .quiz-code").nth(1)
    second.press("ArrowUp")
    for line in lines[2:]:
        add(line["line"])
    for place, line in enumerate(lines):
        code = page.locator("#arrange-add .quiz-program .quiz-code").nth(place)
        for _ in range(6):
            code.press("ArrowLeft")
        for _ in range(line["level"]):
            code.press("ArrowRight")
    code.press("ArrowRight")
    assert f"Line {len(lines)} is the right one, but not indented" in check()
    question.get_by_role("button", name="Try again").press("Enter")
    code.press("ArrowLeft")
    assert check() == "Right."


def due(page: Page, *names: str) -> None:
    """Let these questions be due since long ago."""
    answer = {"first": False, "right": False, "tries": 1, "box": 0, "misconceptions": []}
    answers = {
        name: {**answer, "due": f"2020-01-0{place}T00:00:00.000Z"}
        for place, name in enumerate(names, 1)
    }
    text = json.dumps({"schema": KEY, "answers": answers})
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])


def test_review(page: Page, toy_site: Published) -> None:
    """What is due is asked again, the longest overdue first; what is not, is not."""
    page.goto(toy_site.address + REVIEW)
    assert "Nothing is due." in page.locator("yielddb-review").inner_text()
    due(page, "count.what-lasts", "hello.who-answers", "gone.question")
    page.reload()
    review = page.locator("yielddb-review")
    assert "2 to review" in review.inner_text()
    choose(review, "commit")
    assert remembered(page)["count.what-lasts"]["box"] == 1
    review.get_by_role("button", name="Next question").click()
    review.get_by_label("Your answer").fill("route")
    page.keyboard.press("Enter")
    review.get_by_role("button", name="Next question").click()
    assert review.inner_text() == "That was the last one for now."
    assert "0 of 3 right at the first try" in page.locator("yielddb-record").inner_text()


def test_answers_travel_as_a_file(page: Page, toy_site: Published) -> None:
    """Saved, forgotten, read again; another file is refused and nothing is lost."""
    page.goto(toy_site.address + REVIEW)
    due(page, "count.what-lasts")
    page.reload()
    record = page.locator("yielddb-record")
    with page.expect_download() as download:
        record.get_by_role("button", name="Save my answers").click()
    saved = download.value.path()
    page.once("dialog", lambda dialog: dialog.accept())
    record.get_by_role("button", name="Forget").click()
    assert remembered(page) == {}
    files = record.locator("input[type=file]")
    files.set_input_files(saved)
    record.get_by_text("1 answers were read.").wait_for()
    assert list(remembered(page)) == ["count.what-lasts"]
    for text in (
        "no JSON",
        "[]",
        '{"schema": "other/1"}',
        f'{{"schema": "{KEY}", "answers": {{"x": 1}}}}',
    ):
        content = {"name": "x.json", "mimeType": "application/json", "buffer": text.encode()}
        files.set_input_files(content)  # type: ignore[arg-type]
        record.get_by_text("This file holds no answers of this course").wait_for()
        assert list(remembered(page)) == ["count.what-lasts"]


def test_a_damaged_memory_is_set_aside(page: Page, toy_site: Published) -> None:
    """What can't be read is kept beside, and the reader is told once."""
    page.goto(toy_site.address + COUNT)
    page.evaluate(f"localStorage.setItem('{KEY}', '{{half a reco')")
    page.reload()
    question = block(page, "what-lasts")
    choose(question, "commit")
    assert "could not be read" in question.locator("[role=status]").inner_text()
    assert page.evaluate(f"localStorage.getItem('{KEY}/damaged')") == "{half a reco"
    assert list(remembered(page)) == ["count.what-lasts"]


@pytest.mark.parametrize(
    ("error", "says"),
    [("QuotaExceededError", "storage is full"), ("SecurityError", "keeps nothing")],
)
def test_a_storage_that_refuses(page: Page, toy_site: Published, error: str, says: str) -> None:
    """A full or forbidden storage costs the memory, not the question."""
    page.add_init_script(
        f"Storage.prototype.setItem = () => {{ throw new DOMException('no', '{error}') }}"
    )
    page.goto(toy_site.address + COUNT)
    question = block(page, "what-lasts")
    choose(question, "commit")
    said = question.locator("[role=status]").inner_text()
    assert "Right." in said
    assert says in said


def test_a_damaged_question_says_so(page: Page, toy_site: Published) -> None:
    """A key that can't be read leaves the question readable."""

    def damage(route: Any) -> None:
        response = route.fetch()
        body = response.text().replace('data-key="', 'data-key="%', 1)
        route.fulfill(response=response, body=body)

    page.route("**/lessons/count/", damage)
    page.goto(toy_site.address + COUNT)
    assert "This question is damaged." in page.locator("yielddb-quiz").first.inner_text()
    assert "Which route greets?" in page.locator("article").inner_text()


def test_the_order_is_the_same_each_time(page: Page, toy_site: Published) -> None:
    """A seed decides the order of options, so that languages and reloads agree."""
    page.goto(toy_site.address + HELLO)
    before = block(page, "what-is-200").locator(".options").inner_text()
    page.reload()
    assert block(page, "what-is-200").locator(".options").inner_text() == before


def test_answers_are_kept_in_every_language(page: Page, toy_site: Published) -> None:
    """What was answered in English is known to the Ukrainian page, in its own words."""
    page.goto(toy_site.address + HELLO)
    choose(block(page, "what-is-200"), "Nothing was found.")
    page.goto(toy_site.address + HELLO.replace("en/", "uk/"))
    said = block(page, "what-is-200").locator("[role=status]").inner_text()
    assert said == "Ви вже відповідали: ще не правильно. Питання повернеться для повторення."
