"""The child's side of the sandbox: load one app, serve it, answer the judge's questions."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from yielddb.sandbox import channel, overriding
from yielddb.sandbox.describing import MAX_TEXT, described, place_of, text_of, wrong_app
from yielddb.sandbox.jail import Jail
from yielddb.sandbox.looker import Looker
from yielddb.sandbox.probe import Probe
from yielddb.sandbox.recording.recorder import Recorded, Recorder
from yielddb.sandbox.serving import Server, Watched


class Child:
    """One app in one process; `control` is the line to the judge."""

    def __init__(self, control: socket.socket, probe: Probe) -> None:
        self.control = control
        self.probe = probe
        self.folder = str(Path.cwd())
        self.app: Any = None
        self.module: Any = None
        self.server: Server | None = None
        self.recorder: Recorder | None = None
        self.sending = threading.Lock()
        self.serve = threading.Event()
        self.endpoints: dict[str, Any] = {}  # "GET /items/1" -> the function that answered last

    def tell(self, event: str, **facts: Any) -> None:
        """Send one event to the judge; its absence is not the app's business."""
        with self.sending, contextlib.suppress(channel.Closed):
            channel.send(self.control, {"event": event, **facts})

    def listen_to_judge(self) -> None:
        """Answer questions until the judge hangs up; then there is nothing left to live for."""
        with contextlib.suppress(channel.Closed):
            while True:
                question = channel.receive(self.control)
                self.tell("answer", id=question.get("id"), **self.answered(question))
        os._exit(0)

    def answered(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to one question; an app that gets in its way is no reason to be silent."""
        try:
            return self.answer(question)
        except Exception as error:
            return {"error": f"{type(error).__name__}: {text_of(error)}"[:MAX_TEXT]}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The facts asked for by one question."""
        match question.get("ask"):
            case "serve":
                self.serve.set()
            case "endpoint":
                return {"at": place_of(self.endpoints.get(question["request"]), self.folder)}
            case "facts":
                return {"facts": self.probe.snapshot()}
            case "record" if self.recorder:
                self.recorder.tape.turn(on=bool(question["on"]))
            case "events" if self.recorder:
                return {"events": self.recorder.page(int(question["start"]))}
            case "override":
                name, url, make = question["name"], question["url"], self.probe.make
                return overriding.override(self.app, self.module, self.folder, name, url, make)
            case "clear overrides":
                self.app.dependency_overrides.clear()
            case "stop":
                if self.server:
                    self.server.stop()
        return {}

    def load(self, module: str) -> Any:
        """Import the app; on failure tell the judge why and give None."""
        sys.path.insert(0, self.folder)
        sys.argv = [f"{module}.py"]
        try:
            self.module = importlib.import_module(module)
        except BaseException as error:
            self.tell("failed", stage="import", **self.describe(error))
            return None
        app = getattr(self.module, "app", None)
        if wrong := wrong_app(self.module, app):
            self.tell("failed", stage="app", type="wrong app", message=wrong, at=None)
            return None
        return app

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Type, text and the learner's own line of an error."""
        return described(error, self.folder)

    def run(self, module: str, listener: socket.socket) -> None:
        """Load the app, wait for the word to serve, and serve until told to stop."""
        threading.Thread(target=self.listen_to_judge, daemon=True).start()
        self.app = self.load(module)
        if self.app is None:
            return
        self.tell("imported", facts=self.probe.snapshot())
        self.serve.wait()
        address = (
            None
            if listener.family == getattr(socket, "AF_UNIX", None)
            else (listener.getsockname())
        )
        served = Recorded(self.app, self.recorder.tape) if self.recorder else self.app
        self.server = Server(self, Watched(served, self), address)
        try:
            self.server.run(sockets=[listener])
        except BaseException as error:
            self.tell("failed", stage="serve", **self.describe(error))
        self.tell("stopped", facts=self.probe.snapshot())


def begin(probe: Probe, control: socket.socket, listener: socket.socket, jail: Jail) -> None:
    """Run one submission in this process, which then ends.

    The judge's first word names the folders of the app, its second the app: in between it sees
    which layers are in force.
    """
    told = channel.receive(control)
    jail.confine(told["folders"])
    channel.send(control, {"event": "confined", "layers": jail.layers, "missing": jail.missing})
    if told["looks"]:
        Looker(control).serve()
        os._exit(0)
    message = channel.receive(control)
    os.environ.clear()
    os.environ.update(message["env"])
    if hasattr(signal, "SIGUSR1"):  # the judge asks a hanging app where it hangs
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    # A session that is dropped, not closed, must stay out until the judge has looked.
    gc.disable()
    child = Child(control, probe)
    if message.get("record"):
        child.recorder = Recorder(child.folder, lambda: probe.checked_out)
        child.recorder.install()
    code = 0
    try:
        child.run(message["module"], listener)
    except BaseException as error:
        child.tell("failed", stage="sandbox", **child.describe(error))
        code = 70  # EX_SOFTWARE: our own fault, not the app's
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
