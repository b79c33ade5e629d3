"""What a cell of a lesson may import: an app served as real HTTP."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx
import uvicorn

__all__ = ["serve"]

ANSWER_S = 10.0  # the longest a cell waits for one answer
STOP_S = 5  # what a hanging route may delay the end of the block

Asgi = Callable[..., Awaitable[None]]


class _Server(uvicorn.Server):
    """A server that says when its start-up is over, well or badly."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.settled.set()

    def run_quietly(self, listener: socket.socket) -> None:
        with suppress(SystemExit):  # how uvicorn ends after a start-up that failed
            self.run([listener])


def _remembering(app: Asgi, failures: list[BaseException]) -> Asgi:
    """The same app; what its lifespan raises is kept, for uvicorn only logs it."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except BaseException as error:
            if scope["type"] == "lifespan":
                failures.append(error)
            raise

    return wrapped


@contextmanager
def _no_log() -> Iterator[None]:
    """Keep uvicorn's log away from stderr: an unhandled error is the answer 500, nothing else."""
    logger = logging.getLogger("uvicorn")
    before = logger.propagate
    handler = logging.NullHandler()
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before


@contextmanager
def serve(app: Asgi) -> Iterator[httpx.Client]:
    """Serve the app on a free loopback port and give a client for it; stop it at the end.

    The lifespan runs. What it raises at start-up or shutdown is raised here.
    """
    failures: list[BaseException] = []
    config = uvicorn.Config(
        _remembering(app, failures),
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_S,
    )
    server = _Server(config)
    with _no_log(), socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run_quietly, args=(listener,), daemon=True)
        thread.start()
        try:
            server.settled.wait()
            if not failures:
                with _client(listener.getsockname()[1]) as client:
                    yield client
        finally:
            server.should_exit = True
            thread.join(timeout=2 * STOP_S)
    if failures:
        raise failures[0]


def _client(port: int) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        timeout=ANSWER_S,
        trust_env=False,  # a proxy has no business between a cell and its own app
        # uvicorn cuts a connection after an unhandled error; the next request needs a new one
        limits=httpx.Limits(max_keepalive_connections=0),
    )
