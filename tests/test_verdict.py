"""The record of a judgement: what it says, and what its JSON keeps."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from yielddb.verdict import CheckResult, Verdict

GOOD = CheckResult("hello.starts", "the app starts", "passed", points=0)
BAD = CheckResult(
    "hello.greets",
    "GET /hello greets",
    "failed",
    points=2,
    sent="curl http://127.0.0.1:8000/hello",
    came_back='200 {"зонт": "жёлтый"}',
    contract="an object with the key greeting",
    hint="Which key?",
    misconception="greeting-is-optional",
    visibility="hidden",
    seconds=0.01,
)
WAITS = CheckResult("hello.greets_the_town", "GET /hello greets the town", "skipped")


@pytest.fixture
def verdict() -> Verdict:
    return Verdict(
        lesson="hello",
        submission="hers",
        status="failed",
        score=0,
        max_score=3,
        seconds=0.2,
        isolation=["limits"],
        versions={"python": "3.11.7"},
        checks=[GOOD, BAD, WAITS],
        log="Traceback",
    )


@pytest.mark.parametrize(("status", "code"), [("passed", 0), ("failed", 1), ("error", 2)])
def test_exit_codes(verdict: Verdict, status: str, code: int) -> None:
    """All passed is 0, some failed is 1, could not judge is 2."""
    assert replace(verdict, status=status).exit_code == code


def test_the_first_problem_is_the_one_to_mend(verdict: Verdict) -> None:
    """What waits for another check is not a problem of its own."""
    assert verdict.first_problem is BAD
    assert replace(verdict, checks=[GOOD, WAITS]).first_problem is None
    crashed = replace(BAD, status="error")
    assert replace(verdict, checks=[GOOD, crashed, BAD]).first_problem is crashed


def test_json_has_every_key_and_no_log(verdict: Verdict, golden) -> None:
    """Absent values are null, Cyrillic stays readable, what the app printed stays out."""
    golden("verdict.json", verdict.to_json() + "\n")
    record = json.loads(verdict.to_json())
    assert "log" not in record
    assert all(set(check) == set(record["checks"][0]) for check in record["checks"])


def test_a_verdict_survives_the_journey(verdict: Verdict) -> None:
    """What `to_dict` gives, `from_dict` takes; the log travels beside it."""
    again = Verdict.from_dict(json.loads(verdict.to_json()), log="Traceback")
    assert again == verdict
    assert again.log == "Traceback"
    assert Verdict.from_dict(verdict.to_dict()).log == ""


def test_the_log_does_not_make_two_verdicts_differ(verdict: Verdict) -> None:
    """Two runs that saw the same are equal, whatever the app printed."""
    assert replace(verdict, log="other") == verdict


@pytest.mark.parametrize("schema", ["yielddb/verdict/2", None])
def test_refuses_another_schema(verdict: Verdict, schema: str | None) -> None:
    """A record of another kind is not read as a verdict."""
    with pytest.raises(ValueError, match=f"^not a yielddb/verdict/1 record: {schema!r}$"):
        Verdict.from_dict({**verdict.to_dict(), "schema": schema})
