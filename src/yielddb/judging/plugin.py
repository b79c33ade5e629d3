"""The pytest plugin: gives checks their fixtures and turns what they raise into results."""

from __future__ import annotations

import inspect
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from yielddb.checking import CheckFacts, facts_of
from yielddb.judging.database import Database
from yielddb.judging.exchange import NotStarted
from yielddb.judging.learner import LearnerApp
from yielddb.judging.outcome import outcome, pointed
from yielddb.judging.transport import client_of
from yielddb.judging.views import Probe, parallel_of
from yielddb.judging.words import Words
from yielddb.symptoms import Symptom, recognise
from yielddb.verdict import CheckResult

STARTS = "starts"  # the name of the check that every other one waits for
# Left out: what prints, what keeps a cache beside the checks, what hooks threads and logging.
UNUSED = (
    "cacheprovider terminal faulthandler logging doctest junitxml pastebin debugging stepwise "
    "unraisableexception threadexception legacypath setuponly setupplan nose"
)
OPTIONS = [
    "--assert=plain",
    "--capture=no",
    "--noconftest",
    "--import-mode=importlib",
    "-o",
    "python_files=*.py",
    *(word for name in UNUSED.split() for word in ("-p", f"no:{name}")),
]


class JudgePlugin:
    """Judges one app by one check file."""

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
        self.interrupted = False
        self.collect_errors: list[str] = []
        self.client = client_of(app)
        self.began = 0.0
        self.first_exchange = 0

    # fixtures -------------------------------------------------------------------------------

    @pytest.fixture(name="client")
    def client_fixture(self) -> httpx.Client:
        """An HTTP client of the running app."""
        self.app.ensure()
        return self.client

    @pytest.fixture(name="app")
    def app_fixture(self) -> LearnerApp:
        """The app: restart it, stop it, look at it."""
        self.app.ensure()
        return self.app

    @pytest.fixture
    def database(self) -> Database:
        """The app's database from outside."""
        self.app.ensure()
        return Database(self.app.database_path)

    @pytest.fixture
    def probe(self) -> Probe:
        """What only the inside can see."""
        return Probe(self.app)

    @pytest.fixture
    def parallel(self) -> Callable[..., list[httpx.Response]]:
        """Requests at one barrier."""
        self.app.ensure()
        return parallel_of(self.client)

    @pytest.fixture
    def data(self) -> Words:
        """Random data of this run."""
        return self.words

    @pytest.fixture(autouse=True)
    def _usual_state(self) -> Iterator[None]:
        """Leave the app as the next check expects it: with its usual settings."""
        yield
        if self.app.settings != {"database_url": None, "env": {}}:
            self.app.settings = {"database_url": None, "env": {}}
            self.app.kill()

    # hooks ----------------------------------------------------------------------------------

    def check_start(self) -> bool:
        """The first check: does the app start at all?"""
        began = time.perf_counter()
        result = CheckResult(f"{self.slug}.{STARTS}", "the app starts", "passed", points=0)
        try:
            self.app.ensure()
        except NotStarted as trouble:
            symptom = recognise(trouble.diagnosis.text, self.symptoms)
            result = CheckResult(
                id=result.id,
                title=result.title,
                points=0,
                status="error" if trouble.diagnosis.is_crash else "failed",
                sent=trouble.sent,
                came_back=trouble.diagnosis.text,
                contract="an app that starts",
                hint=symptom.clue if symptom else trouble.diagnosis.hint,
                misconception=symptom.misconception if symptom else None,
                at=trouble.diagnosis.at,
            )
        self.add(STARTS, result, time.perf_counter() - began)
        return result.status == "passed"

    def add(self, name: str, result: CheckResult, seconds: float) -> None:
        """Keep a result and tell whoever waits for it."""
        result = CheckResult(**{**_as_dict(result), "seconds": round(seconds, 4)})
        self.results[name] = result
        self.on_check(result)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a check whose forerunner did not pass."""
        self.began = time.perf_counter()
        self.first_exchange = len(self.app.exchanges)
        random.seed(0)
        for name in (STARTS, *_facts(item).after):
            before = self.results.get(name)
            if before and before.status != "passed":
                pytest.skip(f"waits for: {before.title}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Turn the outcome of a check into its result."""
        report = yield
        is_news = call.excinfo is not None or call.when == "call"
        if is_news and item.name not in self.results:
            raised = call.excinfo.value if call.excinfo else None
            self.add(item.name, self.result(item, raised), time.perf_counter() - self.began)
        return report

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """pytest swallows Ctrl-C; the grader must not. A check file that breaks comes here too."""
        self.interrupted = not isinstance(excinfo.value, pytest.Session.Interrupted)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that can't be read is the course's fault."""
        if report.failed:
            self.collect_errors.append(str(report.longrepr)[-500:])

    # results --------------------------------------------------------------------------------

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


def run(check_file: Path, plugin: JudgePlugin) -> None:
    """Run the checks of one file in this process.

    Raises KeyboardInterrupt on Ctrl-C.
    """
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # what else is installed is not our business
    try:
        pytest.main(
            [*OPTIONS, f"--rootdir={check_file.parent}", "-c", os.devnull, str(check_file)],
            plugins=[plugin],
        )
    finally:
        sys.modules.pop(check_file.stem, None)  # pytest would not read it again
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before
    if plugin.interrupted:
        raise KeyboardInterrupt
