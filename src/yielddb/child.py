"""The child's side of the sandbox: load one app, serve it, answer the judge's questions."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import gc
import importlib
import inspect
import os
import re
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn
from fastapi.exceptions import ResponseValidationError

from yielddb import channel, overriding
from yielddb.probe import Probe, current_request

MAX_TEXT = 600  # characters of an error message sent to the judge
INSTALLED = re.compile(r" \((?:/|[A-Z]:\\)[^)]*\)\Z")  # where a package lies on this machine


class Child:
    """One app in one process; `control` is the line to the judge."""

    def __init__(self, control: socket.socket, probe: Probe) -> None:
        self.control = control
        self.probe = probe
        self.folder = str(Path.cwd())
        self.app: Any = None
        self.module: Any = None
        self.server: Server | None = None
        self.sending = threading.Lock()
        self.serve = threading.Event()

    def tell(self, event: str, **facts: Any) -> None:
        """Send one event to the judge; its absence is not the app's business."""
        with self.sending, contextlib.suppress(channel.Closed):
            channel.send(self.control, {"event": event, **facts})

    def listen_to_judge(self) -> None:
        """Answer questions until the judge hangs up; then there is nothing left to live for."""
        with contextlib.suppress(channel.Closed):
            while True:
                question = channel.receive(self.control)
                self.tell("answer", id=question.get("id"), **self.answer(question))
        os._exit(0)

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The facts asked for by one question."""
        match question.get("ask"):
            case "serve":
                self.serve.set()
            case "facts":
                return {"facts": self.probe.snapshot()}
            case "record":
                self.probe.recording = bool(question["on"])
                return {"events": self.probe.events}
            case "override":
                return overriding.override(
                    self.app, self.module, self.folder, question["name"], question["url"]
                )
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
        return {
            "type": type(error).__name__,
            "message": text_of(error)[:MAX_TEXT],
            "code": error.code if isinstance(error, SystemExit) else None,
            "at": own_line(error, self.folder),
            "traceback": "".join(traceback.format_exception(error))[-4000:],
        }

    def run(self, module: str, listener: socket.socket | None) -> None:
        """Load the app, wait for the word to serve, and serve until told to stop."""
        threading.Thread(target=self.listen_to_judge, daemon=True).start()
        self.app = self.load(module)
        if self.app is None:
            return
        self.tell("imported", facts=self.probe.snapshot())
        self.serve.wait()
        listener = listener or loopback()
        address = (
            None
            if listener.family == getattr(socket, "AF_UNIX", None)
            else (listener.getsockname())
        )
        self.server = Server(self, Watched(self.app, self), address)
        try:
            self.server.run(sockets=[listener])
        except BaseException as error:
            self.tell("failed", stage="serve", **self.describe(error))
        self.tell("stopped", facts=self.probe.snapshot())


def loopback() -> socket.socket:
    """A listening socket on a free loopback port."""
    return socket.create_server(("127.0.0.1", 0), backlog=256)


def text_of(error: BaseException) -> str:
    """The message of an error, without what is the same in every one of its kind."""
    if isinstance(error, SyntaxError) and error.msg:
        return error.msg
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        return error.strerror.partition(" (")[0] + name
    if isinstance(error, ResponseValidationError) and (errors := error.errors()):
        where = ".".join(str(part) for part in errors[0].get("loc", ()))
        return f"{where}: {errors[0].get('msg')}"
    return INSTALLED.sub("", str(error))


def own_line(error: BaseException, folder: str) -> dict[str, Any] | None:
    """Where in the learner's files an error came from: file, line (from 1) and its text."""
    root = folder.rstrip(os.sep) + os.sep
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(root):
        return _place(error.filename, error.lineno or 1, (error.text or "").strip(), root)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(root):
            return _place(frame.filename, frame.lineno or 1, frame.line or "", root)
    cause = error.__cause__ or error.__context__
    return own_line(cause, folder) if cause is not None else None


def _place(filename: str, line: int, text: str, root: str) -> dict[str, Any]:
    return {"file": filename.removeprefix(root), "line": line, "text": text[:200]}


def wrong_app(module: Any, app: Any) -> str | None:
    """What is wrong with the object called `app`, or None."""
    from fastapi import APIRouter
    from starlette.applications import Starlette

    if app is None:
        others = [name for name, value in vars(module).items() if isinstance(value, Starlette)]
        named = f"; the app is called {others[0]!r} here" if others else ""
        return f"there is no object called app{named}"
    if inspect.isclass(app):
        return f"app is the class {app.__name__}, not an instance of it"
    if isinstance(app, Starlette):
        return None
    if isinstance(app, APIRouter):
        return "app is an APIRouter; a FastAPI application includes it: include_router()"
    if _takes_three(app):
        return None
    return f"app is {_article(type(app).__name__)}, not a FastAPI application"


def _article(name: str) -> str:
    return f"an {name}" if name[:1].lower() in "aeiou" else f"a {name}"


def _takes_three(app: Any) -> bool:
    """Is it callable as `await app(scope, receive, send)`?"""
    try:
        inspect.signature(app).bind(None, None, None)
    except (TypeError, ValueError):
        return False
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        getattr(app, "__call__", None)  # noqa: B004 - the method itself is asked, not callability
    )


class Watched:
    """The app, with each request numbered and each error that escapes it reported."""

    def __init__(self, app: Any, child: Child) -> None:
        self.app, self.child, self.requests = app, child, 0

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Any, send: Callable[..., Any]
    ) -> None:
        """Pass one ASGI connection on."""
        self.child.probe.enter()
        if scope["type"] == "http":
            self.requests += 1
            current_request.set(self.requests)
            path = scope["path"] + ("?" + scope["query_string"].decode("latin-1")).rstrip("?")
            self.child.probe.saw("request", f"{scope['method']} {path}")
        try:
            await self.app(scope, receive, self.noting(send))
        except BaseException as error:
            self.child.tell("error", stage=scope["type"], **self.child.describe(error))
            raise
        finally:
            self.child.probe.leave()

    def noting(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """`send` that tells the probe when the answer leaves."""

        async def note(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.child.probe.saw("response", str(message["status"]))
            await send(message)

        return note


class Server(uvicorn.Server):
    """uvicorn that says when it serves and stops at once when told to."""

    def __init__(self, child: Child, app: Watched, address: Any) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on" if hasattr(app.app, "router") else "auto",
                loop="asyncio",
                http="h11",
                ws="none",
                access_log=False,
                log_level="error",
                timeout_graceful_shutdown=2,
            )
        )
        self.child, self.address = child, address
        self.stopping: asyncio.Event | None = None
        self.event_loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell the judge."""
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self.stopping, self.event_loop = asyncio.Event(), asyncio.get_running_loop()
            self.child.tell("serving", address=self.address)

    async def main_loop(self) -> None:
        """Wait for the word to stop; uvicorn's own loop looks only ten times a second."""
        if self.stopping:
            await self.stopping.wait()

    def stop(self) -> None:
        """Shut down gracefully; called from another thread."""
        if self.stopping and self.event_loop:
            self.event_loop.call_soon_threadsafe(self.stopping.set)

    def install_signal_handlers(self) -> None:
        """None: the judge stops this process in its own way."""


def begin(probe: Probe, control: socket.socket, listener: socket.socket | None) -> None:
    """Run one submission in this process, which then ends; the judge's first word names it."""
    message = channel.receive(control)
    os.environ.clear()
    os.environ.update(message["env"])
    if hasattr(signal, "SIGUSR1"):  # the judge asks a hanging app where it hangs
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    # A session that is dropped, not closed, must stay out until the judge has looked.
    gc.disable()
    child = Child(control, probe)
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
