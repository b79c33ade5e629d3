"""Sends requests to an ASGI app in this interpreter, as a server would."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

import httpx

from yielddb.sandbox.events import AppDied, AppFailed

if TYPE_CHECKING:
    from yielddb.browser.box import InlineBox

Message = MutableMapping[str, Any]
ASGI = {"version": "3.0", "spec_version": "2.3"}
BROKEN = b"Internal Server Error"  # what uvicorn answers for an app that raised


class Lifespan:
    """The app's start-up and shutdown: one call of the app for its whole life."""

    def __init__(self, box: InlineBox) -> None:
        self.box = box
        self.state: dict[str, Any] = {}
        self.incoming: asyncio.Queue[Message] = asyncio.Queue()
        self.outgoing: asyncio.Queue[Message] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Run the start-up.

        Raises AppFailed with what the app raised.
        """
        if not hasattr(self.box.app, "router"):  # a bare ASGI app may know no lifespan
            return
        self.box.sandbox.probe.enter()
        self.task = self.box.loop.create_task(self._run())
        self.box.loop.drive(self._exchange("lifespan.startup"))
        if self.task.done():
            self._fail()

    def stop(self) -> None:
        """Run the shutdown."""
        if self.task and not self.task.done():
            self.box.loop.drive(self._exchange("lifespan.shutdown"))

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": ASGI, "state": self.state}
        try:
            await self.box.app(scope, self.incoming.get, self.outgoing.put)
        except Exception as error:
            self.box.told("lifespan", error)
        finally:
            self.box.sandbox.probe.leave()

    async def _exchange(self, kind: str) -> None:
        assert self.task
        await self.incoming.put({"type": kind})
        answer = asyncio.ensure_future(self.outgoing.get())
        await asyncio.wait({answer, self.task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            failed = answer.result()["type"].endswith(".failed")
        else:
            answer.cancel()
            failed = False
        if failed or kind.endswith("shutdown"):
            await asyncio.wait({self.task})

    def _fail(self) -> None:
        errors = self.box.errors()
        facts = (
            errors[-1] if errors else {"type": "Error", "message": "the start-up ended", "at": None}
        )
        raise AppFailed({**facts, "stage": "startup"})


class InlineTransport(httpx.BaseTransport):
    """Carries one request after the other to the app of a box; a crowd runs side by side."""

    def __init__(self, box: InlineBox) -> None:
        self.box = box

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; what the app does after its answer is done as well.

        Raises AppDied or AppSilent.
        """
        return self.run([request])[0].response()

    def run(self, requests: list[httpx.Request]) -> list[Call]:
        """Send requests at one moment: `async def` routes take turns, `def` routes queue up.

        Raises AppDied or AppSilent.
        """
        calls = [Call(self.box, request) for request in requests]

        async def all_of_them() -> None:
            tasks = [asyncio.ensure_future(call.run()) for call in calls]
            await asyncio.wait(tasks)
            for task in tasks:
                task.result()  # what ends the app ends the crowd

        with self.box.running(self.box.sandbox.limits.answer_s):
            try:
                self.box.loop.drive(all_of_them())
            except SystemExit as end:  # it ends uvicorn, too
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
                self.box.status = code
                self.box.kill()
                raise AppDied(code) from None
        return calls


class Call:
    """One request on its way through the app."""

    def __init__(self, box: InlineBox, request: httpx.Request) -> None:
        self.box, self.request = box, request
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.sent = False
        self.complete = asyncio.Event()
        self.scope: dict[str, Any] = {}
        self.key = ""

    async def run(self) -> None:
        """Call the app as a server does: an error that escapes is noted, and answered by 500."""
        probe = self.box.sandbox.probe
        probe.enter()
        self.scope = self._scope()
        self.key = f"{self.request.method} {self.scope['path']}"
        try:
            await self.box.app(self.scope, self._receive, self._send)
        except Exception as error:
            self.box.told("http", error)
        finally:
            probe.leave()

    def _scope(self) -> dict[str, Any]:
        url = self.request.url
        lifespan = self.box.lifespan
        return {
            "type": "http",
            "asgi": ASGI,
            "http_version": "1.1",
            "method": self.request.method,
            "scheme": "http",
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in self.request.headers.raw],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": dict(lifespan.state) if lifespan else {},
        }

    async def _receive(self) -> Message:
        if not self.sent:
            self.sent = True
            return {"type": "http.request", "body": self.request.content, "more_body": False}
        await self.complete.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.box.endpoints[self.key] = self.scope.get("endpoint")  # the router's choice
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            self.box.clock.look()
            if not message.get("more_body", False):
                self.complete.set()

    def response(self) -> httpx.Response:
        """What a client would have got."""
        if not self.status:
            headers = {"content-type": "text/plain; charset=utf-8"}
            return httpx.Response(500, headers=headers, content=BROKEN, request=self.request)
        if not self.complete.is_set():
            raise httpx.RemoteProtocolError("the answer breaks off", request=self.request)
        body = (
            b"" if self.status in (204, 304) or self.request.method == "HEAD" else bytes(self.body)
        )
        return httpx.Response(self.status, headers=self.headers, content=body, request=self.request)
