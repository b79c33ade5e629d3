"""Serves the small app once in this process, so that the code of a later app runs warm."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import threading
from pathlib import Path
from typing import Any

from yielddb.sandbox import warm_app
from yielddb.sandbox.environment import DOOR
from yielddb.sandbox.probe import Probe
from yielddb.sandbox.serving import Server, Watched

GONE_S = 5.0  # until the threads of a loop that has ended are gone
END = b"\r\n\r\n"


class Stand:
    """In a child's place: it has a probe, and tells nobody anything."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.endpoints: dict[str, Any] = {}

    def tell(self, event: str, **facts: Any) -> None:
        """Nobody is there."""

    def describe(self, error: BaseException) -> dict[str, Any]:
        """The small app makes no error that escapes."""
        raise error


def rehearse(folder: Path, probe: Probe, door: socket.socket | None = None) -> None:
    """Make the small app in `folder`, send its requests through `door`, and leave no trace.

    When it returns, this process has no more threads than before: it is to fork.
    """
    place = folder / "rehearsal"
    place.mkdir()
    before = threading.enumerate()
    try:
        app = warm_app.make(place / "warm.db")
        # from here, not from the root: that way may be too long for a socket's address
        address = f"../{DOOR}" if door else DOOR
        with contextlib.chdir(place), door.dup() if door else _door(address) as listener:
            asyncio.run(_serve(app, Stand(probe), listener, address))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    for thread in threading.enumerate():
        if thread not in before:
            thread.join(GONE_S)
    probe.forget()


def _door(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    return listener


async def _serve(app: Any, stand: Any, listener: socket.socket, address: str) -> None:
    server = Server(stand, Watched(app, stand), None)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.stopping and not serving.done():
            await asyncio.sleep(0)
        await _ask(address)
    finally:
        server.stop()
        await serving


async def _ask(address: str) -> None:
    reader, writer = await asyncio.open_unix_connection(address)
    for method, path, body in warm_app.REQUESTS:
        head = f"{method} {path} HTTP/1.1\r\nhost: app\r\ncontent-length: {len(body)}\r\n"
        writer.write(f"{head}content-type: application/json\r\n\r\n{body}".encode())
        answer = await reader.readuntil(END)
        sizes = [line for line in answer.lower().splitlines() if b"content-length" in line]
        await reader.readexactly(int(sizes[0].split(b":")[1]) if sizes else 0)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
