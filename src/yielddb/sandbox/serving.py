"""Serves the app in the child over real HTTP; every error that escapes it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from yielddb.sandbox.child import Child


CLIENT = ("127.0.0.1", 50000)  # who calls, for apps that look


def loopback() -> socket.socket:
    """A listening socket on a free loopback port."""
    return socket.create_server(("127.0.0.1", 0), backlog=256)


class Watched:
    """The app, with requests in flight counted and each error that escapes it reported."""

    def __init__(self, app: Any, child: Child) -> None:
        self.app, self.child = app, child

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Any, send: Callable[..., Any]
    ) -> None:
        """Pass one ASGI connection on."""
        if scope["type"] == "http" and not scope.get("client"):  # a Unix socket has no peer's port
            scope["client"] = CLIENT
        self.child.probe.enter()
        try:
            await self.app(scope, receive, self.noting(send, scope))
        except BaseException as error:
            self.child.tell("error", stage=scope["type"], **self.child.describe(error))
            raise
        finally:
            self.child.probe.leave()

    def noting(
        self, send: Callable[..., Any], scope: MutableMapping[str, Any]
    ) -> Callable[..., Any]:
        """`send` that keeps who gave the answer."""
        request = f"{scope.get('method')} {scope.get('path')}"

        async def note(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.child.endpoints[request] = scope.get("endpoint")  # the router's choice
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
                http="auto",
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
