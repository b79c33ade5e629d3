"""The public names that a check file may use: decorators, and helpers that read an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

__all__ = [
    "Broken",
    "NotStarted",
    "after",
    "catches",
    "expect",
    "hidden",
    "hint",
    "inside",
    "listing",
    "member",
    "members",
    "points",
    "quoted",
    "says",
]

F = TypeVar("F", bound=Callable[..., Any])
FACTS = "__yielddb_check__"  # attribute of a check function that holds its CheckFacts


@dataclass(frozen=True, slots=True)
class Edit:
    """One wrong version of the solution: `old`, which occurs once in `file`, becomes `new`."""

    old: str
    new: str
    misconception: str
    file: str = "main.py"

    def apply(self, source: str) -> str:
        """The edited source.

        Raises ValueError unless `old` occurs exactly once.
        """
        if (found := source.count(self.old)) != 1:
            raise ValueError(f"{self.old!r} occurs {found} times in {self.file}, not once")
        return source.replace(self.old, self.new)


@dataclass(slots=True)
class CheckFacts:
    """What the decorators say of one check."""

    hints: tuple[str, ...] = ()
    points: float = 1
    after: tuple[str, ...] = ()
    edits: list[Edit] = field(default_factory=list)
    hidden: bool = False

    @property
    def misconception(self) -> str | None:
        """The misconception that the first edit stands for."""
        return self.edits[0].misconception if self.edits else None


def facts_of(function: Callable[..., Any]) -> CheckFacts:
    """The facts of a check function; made at the first question."""
    facts = getattr(function, FACTS, None)
    if not isinstance(facts, CheckFacts):
        facts = CheckFacts()
        setattr(function, FACTS, facts)
    return facts


def hint(*steps: str) -> Callable[[F], F]:
    """Three hints: a question, the concept, the line to look at."""
    if not 1 <= len(steps) <= 3:
        raise ValueError("a check has one to three hints")

    def mark(function: F) -> F:
        facts_of(function).hints = steps
        return function

    return mark


def points(value: float) -> Callable[[F], F]:
    """How much the check counts; 1 without it."""

    def mark(function: F) -> F:
        facts_of(function).points = value
        return function

    return mark


def after(*names: str) -> Callable[[F], F]:
    """Skip this check unless the named checks of the same file passed."""

    def mark(function: F) -> F:
        facts_of(function).after = names
        return function

    return mark


def catches(
    old: str, *, becomes: str, misconception: str, file: str = "main.py"
) -> Callable[[F], F]:
    """An edit of the solution on which this check must be the first to fail."""

    def mark(function: F) -> F:
        # decorators run from the bottom up; the list reads from the top down
        facts_of(function).edits.insert(0, Edit(old, becomes, misconception, file))
        return function

    return mark


def hidden(function: F) -> F:
    """Keep the check out of everything a learner gets."""
    facts_of(function).hidden = True
    return function


class Broken(AssertionError):
    """The app broke the contract: `contract` is its text, `saw` what was seen instead.

    `response` is the answer that broke it, where that is one of many.
    """

    def __init__(
        self, contract: str, saw: str | None = None, response: httpx.Response | None = None
    ) -> None:
        super().__init__(contract)
        self.contract = contract
        self.saw = saw
        self.response = response


class NotStarted(Exception):
    """The app did not come up; a check that restarts it may expect that."""


class Says(str):
    """A contract's text that carries what was seen; made by `says`."""

    saw: str | None = None
    misconception: str | None = None
    ask: str | None = None


def says(
    contract: str, saw: object = None, misconception: str | None = None, ask: str | None = None
) -> Says:
    """The message of an assert: the contract, and what was seen if that is not the answer.

    Where a check catches several mistakes, `misconception` is the one that this very failure
    points to, and `ask` the question that leads to it.
    """
    text = Says(contract)
    text.saw = None if saw is None else str(saw)
    text.misconception, text.ask = misconception, ask
    return text


def inside(saw: object) -> str:
    """What a probe saw, marked as such: no view from outside shows it."""
    return f"{saw} (seen from inside)"


def quoted(name: str) -> str:
    """An SQL identifier, whatever the app called its table."""
    return '"' + name.replace('"', '""') + '"'


def expect(response: httpx.Response, *statuses: int, says: str) -> httpx.Response:
    """Give the response back if its status is one of `statuses`, else fail with `says`."""
    if response.status_code not in statuses:
        raise Broken(says, response=response)
    return response


def _json(response: httpx.Response, says: str) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):  # also where it has too many brackets in brackets
        raise Broken(says, response=response) from None


def members(response: httpx.Response, *keys: str, says: str) -> tuple[Any, ...]:
    """The values of `keys` in the answer's JSON object; fails where one is missing."""
    record = _json(response, says)
    if not isinstance(record, dict) or any(key not in record for key in keys):
        raise Broken(says, response=response)
    return tuple(record[key] for key in keys)


def member(response: httpx.Response, key: str, *, says: str) -> Any:
    """The value of one key in the answer's JSON object."""
    return members(response, key, says=says)[0]


def listing(response: httpx.Response, *, says: str) -> list[Any]:
    """The answer's JSON list, or the list under `items` where the answer is a page."""
    record = _json(response, says)
    if isinstance(record, dict):
        record = record.get("items")
    if not isinstance(record, list):
        raise Broken(says, response=response)
    return record
