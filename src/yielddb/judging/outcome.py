"""Turns what a check raised into what a learner reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from yielddb.checking import Broken, CheckFacts, Says
from yielddb.judging.exchange import Exchange, Trouble
from yielddb.symptoms import Symptom, recognise
from yielddb.verdict import BROKE

STARTED = "an app that starts"
POINTERS = {"misconception": "misconception", "hint": "ask"}  # what `says` may carry


def outcome(
    raised: BaseException, facts: CheckFacts, exchanges: Sequence[Exchange], file: Path
) -> dict[str, Any]:
    """The fields of the result of a check in `file` for what it raised; `exchanges` are its own."""
    if isinstance(raised, pytest.skip.Exception):
        return {"status": "skipped", "came_back": str(raised)}
    hint = facts.hints[0] if facts.hints else None
    if isinstance(raised, Trouble):
        return _troubled(raised, facts)
    if isinstance(raised, AssertionError):
        return {
            "status": "failed",
            **_seen(raised, exchanges),
            "hint": hint,
            "misconception": facts.misconception,
        }
    if isinstance(raised, httpx.RequestError | httpx.InvalidURL | UnicodeError | RecursionError):
        broken = Broken("one HTTP answer", saw=f"{type(raised).__name__}: {raised}")
        return {**outcome(broken, facts, exchanges, file), "hint": hint}
    if isinstance(raised, sqlite3.Error):
        return _unusable(raised)
    at = _check_line(raised, file)
    return {
        "status": "error",
        "sent": _of(_exchange(exchanges), "sent"),
        "came_back": f"{BROKE}: {type(raised).__name__}: {raised}{at}"[:400],
        "hint": "This is not your fault: please tell whoever gave you this check.",
    }


def _unusable(raised: sqlite3.Error) -> dict[str, Any]:
    """What to say where the check itself could not write or read the app's tables.

    A constraint that refused is the table's own; anything else may be a way that a right table
    has and the check does not know.
    """
    if isinstance(raised, sqlite3.IntegrityError):
        return {
            "status": "error",
            "came_back": f"the check could not use your tables from outside: {raised}",
            "contract": "tables as the contract has them",
            "hint": "Does a table have a constraint that the contract does not name?",
        }
    return {
        "status": "error",
        "came_back": f"the check could not do this with your tables: {raised}",
        "hint": "They may be right: what in them would a check not expect?",
    }


def _troubled(trouble: Trouble, facts: CheckFacts) -> dict[str, Any]:
    """What to say where there was no answer to judge."""
    diagnosis = trouble.diagnosis
    return {
        "status": "error" if diagnosis.is_crash else "failed",
        "sent": trouble.sent,
        "came_back": diagnosis.text,
        "contract": "an answer" if diagnosis.is_crash else STARTED,
        "hint": diagnosis.hint or (facts.hints[0] if facts.hints else None),
        "misconception": facts.misconception,
        "at": diagnosis.at,
    }


def pointed(
    raised: BaseException, exchanges: Sequence[Exchange], symptoms: Sequence[Symptom]
) -> tuple[dict[str, Any], Exchange | None]:
    """Misconception and hint where what came back gives the mistake away; and the exchange shown.

    What a check saw elsewhere is its own finding: then the last answer gives nothing away.
    """
    message = raised.args[0] if raised.args else ""
    named = {name: getattr(message, key, None) for name, key in POINTERS.items()}
    found = {name: value for name, value in named.items() if value}
    exchange = _exchange(exchanges, getattr(raised, "response", None))
    if getattr(raised, "saw", None) or getattr(message, "saw", None):
        return found, exchange
    if exchange and (symptom := recognise(exchange.told, str(message), symptoms)):
        return {"misconception": symptom.misconception, "hint": symptom.clue}, exchange
    return found, exchange


def _seen(raised: AssertionError, exchanges: Sequence[Exchange]) -> dict[str, Any]:
    message = raised.args[0] if raised.args else ""
    saw = raised.saw if isinstance(raised, Broken) else None
    if isinstance(message, Says):
        saw = message.saw
    exchange = _exchange(exchanges, raised.response if isinstance(raised, Broken) else None)
    contract = str(message).splitlines()[0] if str(message) else "see the title"
    return {
        "sent": _of(exchange, "sent"),
        "came_back": saw or _of(exchange, "came_back"),
        "contract": contract,
    }


def _exchange(
    exchanges: Sequence[Exchange], response: httpx.Response | None = None
) -> Exchange | None:
    """The exchange of this check that ended in `response`, else its last one."""
    own = list(exchanges)
    if response is not None:
        own = [e for e in own if e.request is response.request] or own
    return own[-1] if own else None


def _of(exchange: Exchange | None, name: str) -> str | None:
    value = getattr(exchange, name, None)
    return str(value) if value is not None else None


def _check_line(raised: BaseException, file: Path) -> str:
    """Where in the check file it broke, for whoever mends it."""
    trace = raised.__traceback__
    last = ""
    while trace:
        code = trace.tb_frame.f_code
        if Path(code.co_filename) == file:
            last = f" ({file.name} line {trace.tb_lineno})"
        trace = trace.tb_next
    return last
