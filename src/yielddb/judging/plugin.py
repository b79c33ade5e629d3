"""The pytest plugin: gives checks their fixtures, and tells the judgement in hand how they went."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import httpx
import pytest

from yielddb.judging.database import Database
from yielddb.judging.judgement import Judgement
from yielddb.judging.learner import LearnerApp
from yielddb.judging.views import Probe, parallel_of
from yielddb.judging.words import Words


class JudgePlugin:
    """Stands between one pytest session and the apps that it judges one after the other."""

    def __init__(self) -> None:
        self.collect_errors: list[str] = []
        self._now: Judgement | None = None

    @property
    def now(self) -> Judgement:
        """The judgement in hand."""
        assert self._now
        return self._now

    @now.setter
    def now(self, judgement: Judgement | None) -> None:
        self._now = judgement

    # fixtures -------------------------------------------------------------------------------

    @pytest.fixture(name="client")
    def client_fixture(self) -> httpx.Client:
        """An HTTP client of the running app."""
        self.now.app.ensure()
        return self.now.client

    @pytest.fixture(name="app")
    def app_fixture(self) -> LearnerApp:
        """The app: restart it, stop it, look at it."""
        self.now.app.ensure()
        return self.now.app

    @pytest.fixture
    def database(self) -> Database:
        """The app's database from outside."""
        self.now.app.ensure()
        return self.now.app.database(self.now.chosen)

    @pytest.fixture
    def probe(self) -> Probe:
        """What only the inside can see."""
        return Probe(self.now.app)

    @pytest.fixture
    def parallel(self) -> Callable[..., list[httpx.Response]]:
        """Requests at one barrier."""
        self.now.app.ensure()
        return parallel_of(self.now.client)

    @pytest.fixture
    def data(self) -> Words:
        """Random data of this run."""
        return self.now.words

    @pytest.fixture(autouse=True)
    def _usual_state(self) -> Iterator[None]:
        """Leave the app as the next check expects it."""
        yield
        self.now.tidy()

    # hooks ----------------------------------------------------------------------------------

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a check whose forerunner did not pass."""
        random.seed(0)
        if before := self.now.begin(item):
            pytest.skip(f"waits for: {before}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Turn the outcome of a check into its result."""
        report = yield
        if call.excinfo is not None or call.when == "call":
            self.now.end(item, call.excinfo.value if call.excinfo else None)
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that can't be read is the course's fault."""
        if report.failed:
            self.collect_errors.append(str(report.longrepr)[-500:])
