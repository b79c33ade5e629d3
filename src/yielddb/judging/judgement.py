"""What one app is judged by: what its checks share, and the results so far."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from yielddb.checking import CheckFacts, facts_of
from yielddb.judging.exchange import NotStarted
from yielddb.judging.learner import LearnerApp
from yielddb.judging.outcome import STARTED, outcome, pointed
from yielddb.judging.transport import client_of
from yielddb.judging.words import Words
from yielddb.symptoms import Symptom, recognise
from yielddb.verdict import CheckResult

STARTS = "starts"  # the name of the check that every other one waits for


class Judgement:
    """One app and what its checks said of it."""

    def __init__(
        self,
        slug: str,
        app: LearnerApp,
        seed: int,
        on_check: Callable[[CheckResult], None] | None = None,
        symptoms: Sequence[Symptom] = (),
    ) -> None:
        self.slug, self.app = slug, app
        self.words = Words(seed)
        self.on_check = on_check or (lambda _: None)
        self.symptoms = symptoms
        self.results: dict[str, CheckResult] = {}
        self.client = client_of(app)
        self.chosen: dict[tuple[str, ...], str] = {}  # the app's tables, by their columns
        self.began = 0.0
        self.first_exchange = 0

    def check_start(self) -> bool:
        """The first check: does the app start at all?"""
        began = time.perf_counter()
        result = CheckResult(f"{self.slug}.{STARTS}", "the app starts", "passed", points=0)
        try:
            self.app.ensure()
        except NotStarted as trouble:
            symptom = recognise(trouble.diagnosis.text, STARTED, self.symptoms)
            result = CheckResult(
                id=result.id,
                title=result.title,
                points=0,
                status="error" if trouble.diagnosis.is_crash else "failed",
                sent=trouble.sent,
                came_back=trouble.diagnosis.text,
                contract=STARTED,
                hint=symptom.clue if symptom else trouble.diagnosis.hint,
                misconception=symptom.misconception if symptom else None,
                at=trouble.diagnosis.at,
            )
        self.add(STARTS, result, time.perf_counter() - began)
        return result.status == "passed"

    def begin(self, item: pytest.Item) -> str | None:
        """The next check begins; gives the title of a forerunner that did not pass."""
        self.began = time.perf_counter()
        del self.app.exchanges[:-1]  # a hundred answers may be a hundred MiB
        self.first_exchange = len(self.app.exchanges)
        for name in (STARTS, *_facts(item).after):
            before = self.results.get(name)
            if before and before.status != "passed":
                return before.title
        return None

    def end(self, item: pytest.Item, raised: BaseException | None) -> None:
        """A check ended, by what it raised; what comes after its first news is no news."""
        if item.name not in self.results:
            self.add(item.name, self.result(item, raised), time.perf_counter() - self.began)

    def add(self, name: str, result: CheckResult, seconds: float) -> None:
        """Keep a result and tell whoever waits for it."""
        result = CheckResult(**{**_as_dict(result), "seconds": round(seconds, 4)})
        self.results[name] = result
        self.on_check(result)

    def tidy(self) -> None:
        """Leave the app as the next check expects it: with its usual settings."""
        if self.app.settings != {"database_url": None, "env": {}}:
            self.app.settings = {"database_url": None, "env": {}}
            self.app.kill()

    def result(self, item: pytest.Item, raised: BaseException | None) -> CheckResult:
        """The result of one check, from what it raised."""
        facts = _facts(item)
        doc = inspect.getdoc(getattr(item, "function", None)) or item.name
        values: dict[str, Any] = {
            "id": f"{self.slug}.{item.name.removeprefix('test_')}",
            "title": doc.splitlines()[0],
            "points": facts.points,
            "visibility": "hidden" if facts.hidden else "visible",
            "status": "passed",
        }
        if raised is not None:
            own = self.app.exchanges[self.first_exchange :]
            values |= outcome(raised, facts, own, item.path)
            if isinstance(raised, AssertionError):
                found, exchange = pointed(raised, own, self.symptoms)
                values |= {**found, "at": self.app.place_of(exchange)}
        return CheckResult(**values)


def _as_dict(result: CheckResult) -> dict[str, Any]:
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


def _facts(item: pytest.Item) -> CheckFacts:
    function = getattr(item, "function", None)
    return facts_of(function) if function else CheckFacts()
