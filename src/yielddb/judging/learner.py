"""The learner's app as checks see it: start, restart, stop, and the facts a probe reports."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yielddb.checking import Broken
from yielddb.judging.database import URL, Database
from yielddb.judging.diagnosis import Diagnosis, explain, place, too_much
from yielddb.judging.exchange import Exchange, NotStarted, Trouble
from yielddb.judging.files import below, inherit, lay_over, renew
from yielddb.judging.outside import Outside
from yielddb.judging.submission import Submission
from yielddb.judging.views import AtImport, Facts
from yielddb.sandbox.box import Box
from yielddb.sandbox.disk import Hidden
from yielddb.sandbox.events import AppDied, AppFailed, AppSilent
from yielddb.sandbox.parent import Sandbox

SETTLE_S = 1.0  # clean-up and background tasks run after the answer; how long to wait for them
LIFESPAN = 1  # the app is called once for its whole life, besides its requests
LOOK_S = 0.004  # between two looks


@dataclass
class LearnerApp:
    """One submission, started at its first use and again after it died."""

    sandbox: Sandbox
    submission: Submission
    box: Box | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    stopped_facts: dict[str, Any] | None = None
    logs: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    record: bool = False  # may the app be asked to record?

    def __post_init__(self) -> None:
        self.data_folder = self.sandbox.root / f"data{next(self.sandbox.numbers)}"
        self.data_folder.mkdir()
        self.outside = Outside(self.sandbox)
        self.settings: dict[str, Any] = {"database_url": None, "env": {}}
        self.import_facts: dict[str, Any] = {}
        self.at_import = AtImport((), (), 0)

    # what a check may use -------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The folder the app runs in."""
        assert self.box
        return self.box.app_folder

    @property
    def log(self) -> str:
        """What the app printed so far, earlier starts included."""
        return "".join([*self.logs, self.box.output() if self.box else ""])

    def database_path(self) -> Path:
        """The file that the app's database URL names; `app.db` in its folder where it is unset."""
        url = self.settings["database_url"]
        if url is None:
            return self.data_folder / "office.db"
        if not url:
            return self.folder / "app.db"
        return Path(url.removeprefix(URL).partition("?")[0])

    def database(self, chosen: dict[tuple[str, ...], str] | None = None) -> Database:
        """The app's database from outside; `chosen` remembers which table is which."""
        return Database(self.database_path, self.outside.connect, chosen)

    def restart(
        self,
        fresh: bool = False,
        database_url: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """End the app and start it again.

        `fresh` begins with no database; `database_url` replaces the usual one, "" leaves
        DATABASE_URL unset; neither outlasts the next restart.
        """
        self.kill()
        if fresh:
            try:
                renew(self.data_folder)
            except Hidden as hidden:
                raise NotStarted(too_much(str(hidden)), "a fresh start") from None
        self.settings = {"database_url": database_url, "env": dict(env or {})}
        self.start(fresh)

    def stop(self) -> None:
        """Shut the app down gracefully; the next request starts it again."""
        if self.box and self.box.alive:
            self.stopped_facts = self.box.stop()

    def override(self, name: str) -> Database:
        """Make the dependency `name` yield a session on a copy of the database."""
        other = self.database().copy_to(self.data_folder / "other.db")
        answer = self._ask("override", name=name, url=other.url)
        if answer.get("error"):
            raise Broken(f"a dependency called {name}", saw=str(answer["error"]))
        return other

    def clear_overrides(self) -> None:
        """Forget all overrides."""
        self._ask("clear overrides")

    def open_files(self) -> int | None:
        """How many descriptors the app holds on its database; None where that can't be seen."""
        self.ensure()
        assert self.box
        folder = Path(f"/proc/{self.box.seen_pid}/fd")
        links = []
        try:
            for link in folder.iterdir():
                with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                    links.append(str(link.readlink()))
        except OSError:
            return None
        return links.count(str(self.database_path()))

    # what the fixtures use ------------------------------------------------------------------

    def ensure(self) -> Box:
        """The running app, started if need be."""
        if self.box is None or not self.box.alive:
            self.start()
        assert self.box
        return self.box

    def start(self, fresh: bool = True) -> None:
        """Import and serve the app in a new box; raises NotStarted."""
        box = self.sandbox.box()
        try:
            if self.box:
                inherit(self.box, box, self.data_folder, self.database_path(), fresh)
        except Hidden as hidden:
            raise NotStarted(too_much(str(hidden)), "a restart") from None
        self._put_away()
        self.outside.move(box.app_folder, self.data_folder)
        self.box, self.stopped_facts = box, None
        sent = "import " + self.submission.module
        try:
            files = lay_over(self.submission, box.app_folder)
            box.confine(self.data_folder)
            self.import_facts = box.load(self.submission.module, self._environment(), self.record)
            self.layers = box.layers
            self.at_import = AtImport(
                files=tuple(sorted(below(box.app_folder) - files | below(self.data_folder))),
                tables=_tables(self.database()),
                connects=int(self.import_facts.get("connects", 0)),
            )
            sent = "start-up"
            self.loaded(box)
            box.serve()
        except (AppFailed, AppDied, AppSilent, Hidden) as trouble:
            raise NotStarted(self._explained(trouble), sent) from None

    def loaded(self, box: Box) -> None:
        """The app is imported and does not serve yet; a recorder begins here."""

    def _environment(self) -> dict[str, str]:
        url = self.settings["database_url"]
        url = f"{URL}{self.data_folder / 'office.db'}" if url is None else url
        return {**({"DATABASE_URL": url} if url else {}), **self.settings["env"]}

    def _explained(self, trouble: Exception) -> Diagnosis:
        assert self.box
        if self.box.wrote_too_much():
            diagnosis = too_much(str(self.box.excess))
        elif isinstance(trouble, Hidden):
            diagnosis = too_much(str(trouble))
        else:
            folder, files = self.box.app_folder, self.submission.files
            diagnosis = explain(trouble, folder, self.sandbox.limits, files)
        self.kill()
        return diagnosis

    def _ask(self, question: str, **details: Any) -> dict[str, Any]:
        box = self.ensure()
        try:
            return box.ask(question, **details)
        except (AppDied, AppSilent) as trouble:
            raise Trouble(self._explained(trouble), self.last_sent or question) from None

    @property
    def last_sent(self) -> str | None:
        """The last request as a curl line."""
        return self.exchanges[-1].sent if self.exchanges else None

    def place_of(self, exchange: Exchange | None) -> str | None:
        """The learner's line behind an answer: where it raised, else the function that gave it."""
        if exchange is None or exchange.at or not (self.box and self.box.alive):
            return exchange.at if exchange else None
        request = f"{exchange.request.method} {exchange.request.url.path}"
        with contextlib.suppress(Trouble):
            at = self._ask("endpoint", request=request).get("at")
            return place(at) if at else None
        return None

    def kill(self) -> None:
        """End the process, keep its files for the next start."""
        if self.box:
            self.box.kill()

    def _put_away(self) -> None:
        if self.box and not self.box.closed:
            self.logs.append(self.box.output())
            self.box.close()

    def close(self) -> None:
        """End the app; the sandbox removes what it left once it is gone."""
        self.outside.close()
        self.sandbox.put_away(self.box, self.data_folder)

    def facts(self) -> dict[str, Any]:
        """The probe's numbers now, or those of a graceful stop."""
        if self.box and not self.box.alive and self.stopped_facts:
            return self.stopped_facts
        return dict(self._ask("facts").get("facts") or {})

    def settled(self) -> Facts:
        """The probe's numbers once no request is in flight, clean-up after the answer included."""
        end = time.monotonic() + SETTLE_S
        now = self.facts()
        while now.get("in_flight", 0) > LIFESPAN and time.monotonic() < end:
            time.sleep(LOOK_S)
            now = self.facts()
        return self._facts(now)

    def _facts(self, raw: Mapping[str, Any]) -> Facts:
        values = {name: raw.get(name, 0) for name in Facts.__dataclass_fields__}
        values["statements"] = tuple(raw.get("statements") or ())
        values["sessions_at_import"] = int(self.import_facts.get("sessions", 0))
        return Facts(**values)


def _tables(database: Database) -> tuple[str, ...]:
    """None where the app spoilt or locked its file: a check that needs it will say so."""
    with contextlib.suppress(Broken, sqlite3.Error):
        return tuple(database.tables())
    return ()
