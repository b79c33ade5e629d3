"""Answers that would break a check from inside: they are the app's failure, not the check's."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.class_room import HELLO
from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.judging.exchange import Exchange, refused
from yielddb.verdict import CheckResult

CHECK = '''
from yielddb.checking import expect, member

def test_greets_whom_it_names(client):
    """GET /hello names whom to ask next"""
    asked = expect(client.get("/hello"), 200, says="200 with a greeting")
    name = member(asked, "greeting", says="an object with the key greeting")
    assert client.get(f"/hello/{name}").status_code == 404, "404 for nobody"

def test_greets_plainly(client):
    """GET /hello greets"""
    assert client.get("/hello").json() != {}, "a greeting"
'''
ANSWER = """
from fastapi import Response
@app.middleware("http")
async def other(request, call_next):
    return Response({}, media_type="application/json")
"""
REDIRECT = ANSWER.replace("{}", '"", 307, headers={{"location": {!r}}}')
DEEP = '"[" * 100_000 + "]" * 100_000'


def judged(answer: str, toy: Course, grader: Grader, folder: Path) -> list[CheckResult]:
    """What the two checks say of an app that gives this answer to everything."""
    lesson = toy.find("hello")
    lesson.check.write_text(CHECK)
    (folder / "main.py").write_text(HELLO + answer)
    return grader.grade(lesson, folder / "main.py").checks[1:]


def test_json_without_end(toy: Course, grader: Grader, tmp_path: Path) -> None:
    """A hundred thousand brackets are no JSON object, whoever reads them."""
    named, plain = judged(ANSWER.format(DEEP), toy, grader, tmp_path)
    assert named.status == plain.status == "failed"
    assert named.contract == "an object with the key greeting"
    assert (named.came_back or "").startswith("200 [[[[")
    assert plain.contract == "one HTTP answer"
    assert (plain.came_back or "").startswith("RecursionError: ")


def test_half_a_character(toy: Course, grader: Grader, tmp_path: Path) -> None:
    """A name that no address can hold fails the check that asks for it."""
    answer = ANSWER.format(repr('{"greeting": "\\ud800"}'))
    named, plain = judged(answer, toy, grader, tmp_path)
    assert (named.status, plain.status) == ("failed", "passed")
    assert (named.came_back or "").startswith("UnicodeEncodeError: ")


@pytest.mark.parametrize("place", ["http://xn--/", "http://\\udcff/", "//[", "http://a:b/"])
def test_a_way_to_nowhere(place: str, toy: Course, grader: Grader, tmp_path: Path) -> None:
    """A redirect to what is no address is the app's mistake."""
    for result in judged(REDIRECT.format(place), toy, grader, tmp_path):
        assert result.status == "failed"
        assert result.contract == "one HTTP answer"


def test_words_for_brackets_without_end() -> None:
    """What is shown of a request and of an answer is cut, and never breaks."""
    brackets = "[" * 100_000 + "]" * 100_000
    request = httpx.Request("POST", "http://x/items/", content=brackets)
    answer = httpx.Response(422, text=brackets, request=request)
    assert refused(answer) is None
    exchange = Exchange(request, answer)
    assert (exchange.came_back or "").startswith("422 [[[")
    assert brackets in exchange.sent
