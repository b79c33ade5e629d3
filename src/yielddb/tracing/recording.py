"""Records a run: starts the app in the sandbox, sends the script, brings the events home."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from yielddb.checking import Broken
from yielddb.judging.diagnosis import Diagnosis
from yielddb.judging.exchange import Exchange, Trouble
from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import NAMES, Submission, dotted
from yielddb.judging.transport import AppTransport, client_of
from yielddb.sandbox.box import Box
from yielddb.sandbox.events import AppDied, AppSilent
from yielddb.sandbox.parent import Sandbox
from yielddb.sandbox.recording.tape import Event
from yielddb.starter import without_marks
from yielddb.tracing.normal import Normal
from yielddb.tracing.script import Request, Script
from yielddb.tracing.trace import Trace, make

HEADER = "x-yielddb-request"  # taken off in the sandbox, before the app sees it


def submission_of(files: Mapping[Path, str]) -> Submission:
    """Texts as something to run; SOLUTION marks are taken out."""
    sources = {path.as_posix(): without_marks(text).encode() for path, text in files.items()}
    entry = next((name for name in NAMES if name in sources), NAMES[0])
    return Submission(Path(), sources, dotted(entry))


def record(
    submission: Submission,
    script: Script,
    sandbox: Sandbox | None = None,
    *,
    title: str | None = None,
    lesson: str | None = None,
) -> Trace:
    """Run the app, send the script and give what happened.

    A request that the app did not survive is the last one; its `error` says why.
    Raises Trouble where no request of the script could be sent.
    """
    with contextlib.ExitStack() as stack:
        if sandbox is None:
            sandbox = stack.enter_context(Sandbox())
        begun = time.time()
        app = RecordedApp(sandbox, submission, record=True, startup=script.startup)
        stack.callback(app.close)
        run = _run(app, script)
        normal = Normal(app.places, submission.files, begun)
        return make(submission, script, run.answers, run.events, normal, title, lesson)


def record_files(
    files: Mapping[Path, str], script: Script, sandbox: Sandbox | None = None
) -> Trace:
    """Record the app in these texts; its marks are taken out.

    Raises Trouble where it can't be recorded to its end.
    """
    trace = record(submission_of(files), script, sandbox)
    if trace.error:
        raise Trouble(Diagnosis(trace.error, None), script.sends[len(trace.requests) - 1].path)
    return trace


@dataclass(slots=True)
class Answer:
    """What a client saw: a status and a text, or an error."""

    status: int | None = None
    text: str = ""
    error: str | None = None


@dataclass
class RecordedApp(LearnerApp):
    """An app whose events are brought home before it is killed."""

    startup: bool = False
    events: list[Event] = field(default_factory=list)
    bringing: threading.Lock = field(default_factory=threading.Lock)

    def loaded(self, box: Box) -> None:
        """Record the start-up, where that is wanted."""
        if self.startup:
            box.ask("record", on=True)

    @property
    def places(self) -> tuple[Path, ...]:
        """Folders whose names differ in each run."""
        own = (self.box.app_folder,) if self.box else ()
        return (*own, self.data_folder, self.sandbox.root)

    def bring_home(self) -> None:
        """End the recording and take over its events."""
        with self.bringing:  # several requests may hang at once
            if self.box is None or self.events:
                return
            self._bring(self.box)

    def _bring(self, box: Box) -> None:
        box.ask("record", on=False)
        while page := box.ask("events", start=len(self.events))["events"]:
            self.events += page


class RecordedTransport(AppTransport):
    """Rescues what was recorded before a hanging app is killed."""

    app: RecordedApp

    def _trouble(self, cause: Exception, exchange: Exchange) -> Trouble:
        with contextlib.suppress(AppDied, AppSilent):  # a dead process takes its events along
            self.app.bring_home()
        return super()._trouble(cause, exchange)


@dataclass(slots=True)
class _Run:
    answers: list[Answer]
    events: list[Event]


def _run(app: RecordedApp, script: Script) -> _Run:
    with client_of(app, RecordedTransport(app)) as client:
        for request in script.before:
            client.request(request.method, request.path, json=request.body)
        box = app.ensure()
        app.settled()
        box.ask("record", on=True)
        if script.parallel > 1:
            answers = _at_once(client, script.sends)
        else:
            answers = _one_by_one(app, client, script.sends)
        if not any(answer.error for answer in answers):
            app.settled()
            app.bring_home()
    return _Run(answers, app.events)


def _one_by_one(app: RecordedApp, client: httpx.Client, sends: tuple[Request, ...]) -> list[Answer]:
    answers = []
    for number, request in enumerate(sends, 1):
        answers.append(_send(client, number, request))
        if answers[-1].error:
            break
        app.settled()  # what runs after the answer belongs to this request
    return answers


def _at_once(client: httpx.Client, sends: tuple[Request, ...]) -> list[Answer]:
    barrier = threading.Barrier(len(sends))

    def one(number: int, request: Request) -> Answer:
        barrier.wait()
        return _send(client, number, request)

    with ThreadPoolExecutor(len(sends)) as pool:
        return list(pool.map(one, range(1, len(sends) + 1), sends))


def _send(client: httpx.Client, number: int, request: Request) -> Answer:
    headers = {HEADER: str(number)}
    try:
        answer = client.request(request.method, request.path, json=request.body, headers=headers)
    except Trouble as trouble:
        return Answer(error=trouble.diagnosis.text)
    except Broken as broken:
        return Answer(error=f"no answer that can be shown: {broken.saw}")
    except httpx.HTTPError as error:
        return Answer(error=f"no answer: {error}")
    return Answer(answer.status_code, answer.text)
