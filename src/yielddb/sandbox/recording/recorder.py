"""The recorder of one app: a tape, and all that puts events on it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, MutableMapping
from types import CodeType
from typing import Any

import fastapi.routing
from starlette.background import BackgroundTask

from yielddb.sandbox.recording.database import Database
from yielddb.sandbox.recording.states import States
from yielddb.sandbox.recording.stepping import Stepper
from yielddb.sandbox.recording.tape import Event, Tape, current_line
from yielddb.sandbox.recording.tracing import tracer
from yielddb.sandbox.recording.values import Describer

HEADER = b"x-yielddb-request"  # which request this is; taken off before the app sees it
PAGE = 500  # events of one answer to the judge
Scope = MutableMapping[str, Any]


class Recorder:
    """Made before the app is imported; records while its tape is on."""

    def __init__(self, folder: str, checked_out: Callable[[], int]) -> None:
        self.tape = Tape(checked_out)
        self.states = States(self.tape)
        describer = Describer(self.states.mapped, self.states.session_text, self._is_own)
        self.states.describer = describer
        self.stepper = Stepper(self.tape, describer, folder)
        self.database = Database(self.tape, self.states, describer)
        self.tracer = tracer(self.stepper)

    def install(self) -> None:
        """Listen to everything in this process; the calling thread is one that is traced."""
        self.database.install()
        self._find_dependencies()
        self._background()
        self.tracer.start()

    def _is_own(self, function: Any) -> bool:
        code = getattr(function, "__code__", None)
        return code is not None and self.stepper.wants(code)

    def _find_dependencies(self) -> None:
        """FastAPI hands the tree of a route's dependencies to one function, for each request."""
        routing: Any = fastapi.routing
        solve = routing.solve_dependencies
        known: set[int] = set()

        @functools.wraps(solve)
        async def solving(**arguments: Any) -> Any:
            tree = arguments.get("dependant")
            if id(tree) not in known:  # it lives as long as its route
                known.add(id(tree))
                self.stepper.dependencies.update(_codes(tree))
            return await solve(**arguments)

        routing.solve_dependencies = solving

    def _background(self) -> None:
        tasks: Any = BackgroundTask
        run = tasks.__call__

        @functools.wraps(run)
        async def told(task: BackgroundTask) -> Any:
            name = getattr(task.func, "__qualname__", type(task.func).__name__)
            self.tape.add("background", function=name)
            try:
                return await run(task)
            finally:
                self.tape.add("background end", function=name)

        tasks.__call__ = told

    def page(self, start: int) -> list[Event]:
        """Some events from that one on; empty after the last one."""
        with self.tape.lock:
            return [dict(event) for event in self.tape.events[start : start + PAGE]]


class Recorded:
    """The app with its requests, answers, start and end told to the tape; else as it is."""

    def __init__(self, app: Any, tape: Tape) -> None:
        self.app, self.tape = app, tape

    def __getattr__(self, name: str) -> Any:
        return getattr(self.app, name)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Pass one ASGI connection on."""
        if scope["type"] != "http":
            await self.app(scope, self._noting_life(receive), send)
            return
        headers = list(scope["headers"])
        number = next((int(value) for name, value in headers if name == HEADER), None)
        scope = {**scope, "headers": [pair for pair in headers if pair[0] != HEADER]}
        current_line.set(number)
        self.tape.lanes.enter()
        path = scope["path"] + ("?" + scope["query_string"].decode("latin-1")).rstrip("?")
        self.tape.add("request", method=scope["method"], path=path)
        try:
            await self.app(scope, receive, self._noting(send))
        finally:
            self.tape.forget_request(number)
            self.tape.add("finished")

    def _noting(self, send: Any) -> Any:
        async def note(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.tape.add("response", status=message["status"])
            await send(message)

        return note

    def _noting_life(self, receive: Any) -> Any:
        async def note() -> Any:
            message = await receive()
            if message["type"] in ("lifespan.startup", "lifespan.shutdown"):
                self.tape.add(message["type"].removeprefix("lifespan."))
            return message

        return note


def _codes(tree: Any) -> Iterator[CodeType]:
    """The code of every function below a dependant."""
    for below in getattr(tree, "dependencies", ()):
        if (code := _code(below.call)) is not None:
            yield code
        yield from _codes(below)


def _code(call: Any) -> CodeType | None:
    """The code that runs for a dependency: a function, a class, or an object that is callable."""
    while isinstance(call, functools.partial):
        call = call.func
    if isinstance(call, type):
        call = call.__init__  # type: ignore[misc]
    elif not hasattr(call, "__code__"):
        call = getattr(call, "__func__", None) or type(call).__call__
    code = getattr(call, "__code__", None)
    return code if isinstance(code, CodeType) else None
