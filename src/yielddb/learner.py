"""The learner's app as checks see it: requests, restarts, and the facts a probe reports."""

from __future__ import annotations

import contextlib
import json
import shlex
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from yielddb import checking
from yielddb.checking import Broken
from yielddb.database import URL, Database
from yielddb.diagnosis import Diagnosis, error_line, explain
from yielddb.sandbox import AppDied, AppFailed, AppSilent, Box, Sandbox
from yielddb.submission import Submission

MAX_ANSWER = 4 << 20  # bytes of one answer; the largest of a lesson is under 10 KiB
SHOWN = 300  # characters of an answer that a learner is shown
SETTLE_S = 1.0  # clean-up and background tasks run after the answer; how long to wait for them
LIFESPAN = 1  # the app is called once for its whole life, besides its requests
LOOK_S = 0.004  # between two looks
ERROR_S = 0.1  # an unhandled error is reported this long after its answer, at most
CURL_BASE = "http://127.0.0.1:8000"  # where `yielddb run` serves


class Trouble(Exception):
    """The app did not start, died or kept silent: no answer to judge."""

    def __init__(self, diagnosis: Diagnosis, sent: str) -> None:
        super().__init__(diagnosis.text)
        self.diagnosis = diagnosis
        self.sent = sent


class NotStarted(Trouble, checking.NotStarted):
    """The app did not come up, and why."""


@dataclass(slots=True)
class Exchange:
    """One request and what came back."""

    request: httpx.Request
    response: httpx.Response | None = None
    error: str | None = None

    @property
    def sent(self) -> str:
        """The request as a curl line that works against `yielddb run`."""
        body = self.request.content.decode("utf-8", "replace")
        parts = ["curl"]
        if self.request.method != "GET":
            parts += ["-X", self.request.method]
        parts.append(shlex.quote(CURL_BASE + self.request.url.raw_path.decode("ascii")))
        if body:
            with contextlib.suppress(ValueError):  # readable, in place of \\u escapes
                body = json.dumps(json.loads(body), ensure_ascii=False)
            parts += ["-H", "'content-type: application/json'", "-d", shlex.quote(body)]
        return " ".join(parts)

    @property
    def came_back(self) -> str | None:
        """Status and body in one line, with the error in the app that led to it."""
        if self.response is None:
            return None
        text = " ".join(self.response.text.split())
        text = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
        because = f"  from {self.error}" if self.error else ""
        return f"{self.response.status_code} {text}".rstrip() + because


@dataclass(frozen=True, slots=True)
class AtImport:
    """What was there after the import, before the start-up."""

    files: tuple[str, ...]
    tables: tuple[str, ...]
    connects: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What SQLAlchemy did in the app; counts, and `statements` as texts."""

    checked_out: int
    connects: int
    closes: int
    checkouts: int
    sessions: int
    sessions_at_import: int
    begins: int
    commits: int
    rollbacks: int
    statements: tuple[str, ...]
    disposed: int


@dataclass(slots=True)
class Seen:
    """Filled when the block of `probe.watch()` ends."""

    facts: Facts | None = None

    def __getattr__(self, name: str) -> Any:
        """A fact of the watched requests; the probe must have looked first."""
        if self.facts is None:
            raise AttributeError(f"{name} is known after the block of probe.watch()")
        return getattr(self.facts, name)


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

    def __post_init__(self) -> None:
        self.data_folder = self.sandbox.root / f"data{next(self.sandbox.numbers)}"
        self.data_folder.mkdir()
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
            shutil.rmtree(self.data_folder)
            self.data_folder.mkdir()
        self.settings = {"database_url": database_url, "env": dict(env or {})}
        self.start(fresh)

    def stop(self) -> None:
        """Shut the app down gracefully; the next request starts it again."""
        if self.box and self.box.alive:
            self.stopped_facts = self.box.stop()

    def override(self, name: str) -> Database:
        """Make the dependency `name` yield a session on a copy of the database."""
        other = Database(self.data_folder / "other.db")
        Database(self.database_path).copy_to(other.path)
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
        folder = Path(f"/proc/{self.box.pid}/fd")
        path = self.database_path()
        try:
            links = [str(link.readlink()) for link in folder.iterdir()]
        except OSError:
            return None
        return sum(1 for link in links if link == str(path))

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
        before = self.box
        if before and not fresh:  # its files outlive the process, a default app.db among them
            _move_all(before.app_folder, box.app_folder)
        self._put_away()
        self.box, self.stopped_facts = box, None
        sent = "import " + self.submission.module
        try:
            self.submission.write(box.app_folder)
            files = _below(box.app_folder)
            self.import_facts = box.load(self.submission.module, self._environment())
            self.layers = box.layers
            self.at_import = AtImport(
                files=tuple(sorted(_below(box.app_folder) - files | _below(self.data_folder))),
                tables=_tables(Database(self.database_path)),
                connects=int(self.import_facts.get("connects", 0)),
            )
            sent = "start-up"
            box.serve()
        except (AppFailed, AppDied, AppSilent) as trouble:
            raise NotStarted(self._explained(trouble), sent) from None

    def _environment(self) -> dict[str, str]:
        url = self.settings["database_url"]
        url = f"{URL}{self.data_folder / 'office.db'}" if url is None else url
        return {**({"DATABASE_URL": url} if url else {}), **self.settings["env"]}

    def _explained(self, trouble: Exception) -> Diagnosis:
        assert self.box
        diagnosis = explain(trouble, self.box.app_folder, self.sandbox.limits)
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

    def kill(self) -> None:
        """End the process, keep its files for the next start."""
        if self.box:
            self.box.kill()

    def _put_away(self) -> None:
        if self.box and not self.box.closed:
            self.logs.append(self.box.output())
            self.box.close()

    def close(self) -> None:
        """End the app and remove all that it left."""
        self._put_away()
        shutil.rmtree(self.data_folder, ignore_errors=True)

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
    with contextlib.suppress(Broken):
        return tuple(database.tables())
    return ()


def _below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def _move_all(source: Path, target: Path) -> None:
    for path in source.iterdir():
        shutil.move(path, target / path.name)


class AppTransport(httpx.BaseTransport):
    """Sends each request to the app as it runs now, and writes down what came back.

    Nothing here speaks TLS: `verify=False` saves the 20 ms that loading certificates takes.
    """

    def __init__(self, app: LearnerApp) -> None:
        self.app = app
        self.inner: httpx.HTTPTransport | None = None
        self.served: Box | None = None
        self.lock = threading.Lock()

    def _transport(self) -> tuple[Box, httpx.HTTPTransport]:
        with self.lock:
            box = self.app.ensure()
            if box is not self.served or self.inner is None:
                self.close()
                self.inner = httpx.HTTPTransport(uds=box.uds, verify=False)
                self.served = box
            return box, self.inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises Trouble when the app dies or keeps silent over it."""
        box, transport = self._transport()
        exchange = Exchange(request)
        request.read()
        self.app.exchanges.append(exchange)
        if box.address:
            host, port = box.address
            request.url = request.url.copy_with(host=host, port=port)
        try:
            exchange.response = self._answer(transport, request)
        except httpx.TimeoutException:
            silent = AppSilent(self.app.sandbox.limits.answer_s, box.where())
            raise self._trouble(silent, exchange) from None
        except httpx.TransportError:
            if not self._still_lives(box):
                raise self._trouble(AppDied(box.wait()), exchange) from None
            try:
                exchange.response = self._again(request)
            except AppDied as died:
                raise self._trouble(died, exchange) from None
        if exchange.response.status_code >= 500:
            errors = box.errors(ERROR_S)  # it is raised once the answer is out
            exchange.error = error_line(errors[-1]) if errors else None
        return exchange.response

    def _still_lives(self, box: Box) -> bool:
        """A process that is on its way out has closed its sockets; give it the time to go."""
        time.sleep(LOOK_S)
        return box.alive

    def _again(self, request: httpx.Request) -> httpx.Response:
        """uvicorn hangs up after an unhandled error: the next request needs a new connection."""
        try:
            with httpx.HTTPTransport(
                uds=self.served.uds if self.served else None, verify=False
            ) as fresh:
                return self._answer(fresh, request)
        except httpx.TransportError as error:
            if self.served and self.served.wait(1.0) is not None:
                raise AppDied(self.served.status) from None
            raise Broken("an HTTP answer", saw=f"{type(error).__name__}: {error}") from None

    def _answer(self, transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        response = transport.handle_request(request)
        body = bytearray()
        assert isinstance(response.stream, httpx.SyncByteStream)
        with contextlib.closing(response.stream):
            for chunk in response.stream:
                body += chunk
                if len(body) > MAX_ANSWER:
                    raise Broken("an answer of a few kilobytes", saw="more than 4 MiB")
        return httpx.Response(
            response.status_code, headers=response.headers, content=bytes(body), request=request
        )

    def _trouble(self, cause: Exception, exchange: Exchange) -> Trouble:
        return Trouble(self.app._explained(cause), exchange.sent)

    def close(self) -> None:
        """Hang up."""
        if self.inner:
            self.inner.close()
            self.inner = None


def client_of(app: LearnerApp) -> httpx.Client:
    """An HTTP client whose requests reach the app."""
    return httpx.Client(
        transport=AppTransport(app),
        base_url="http://app",
        trust_env=False,
        follow_redirects=True,
        timeout=app.sandbox.limits.answer_s,
    )


class Probe:
    """What only the inside can see; counts since the app's start."""

    def __init__(self, app: LearnerApp) -> None:
        self.app = app

    def settled(self) -> Facts:
        """The numbers once nothing moves any more."""
        return self.app.settled()

    @contextlib.contextmanager
    def watch(self) -> Iterator[Seen]:
        """The numbers of the requests inside the block alone."""
        seen = Seen()
        before = self.app.settled()
        yield seen
        after = self.app.settled()
        changes = {
            name: getattr(after, name) - getattr(before, name)
            for name in (
                "connects",
                "closes",
                "checkouts",
                "sessions",
                "begins",
                "commits",
                "rollbacks",
            )
        }
        seen.facts = Facts(
            **changes,
            checked_out=after.checked_out,
            sessions_at_import=after.sessions_at_import,
            statements=after.statements[len(before.statements) :],
            disposed=after.disposed - before.disposed,
        )


Call = tuple[str, str] | tuple[str, str, Any]


def in_parallel(client: httpx.Client, calls: Sequence[Call]) -> list[httpx.Response]:
    """Send all calls (method, path, JSON body) at one moment; the answers in their order."""
    barrier = threading.Barrier(len(calls))

    def send(call: Call) -> httpx.Response:
        method, path, *body = call
        barrier.wait(10)
        return client.request(method, path, json=body[0] if body else None)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, calls))


def parallel_of(client: httpx.Client) -> Callable[..., list[httpx.Response]]:
    """The `parallel` fixture: `(20, "GET", "/now")` or `([("POST", "/items/", {...}), ...])`."""

    def parallel(times_or_calls: int | Sequence[Call], *call: Any) -> list[httpx.Response]:
        if isinstance(times_or_calls, int):
            return in_parallel(client, [call] * times_or_calls)
        return in_parallel(client, times_or_calls)

    return parallel
