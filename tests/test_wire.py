"""The wire to an app: HTTP from a server that writes what it likes, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from yielddb.sandbox.wire import KEPT, MAX_HEAD, SocketTransport, dialing

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
HANG_UP = b""
DRIPS = 50  # parts from which on a script is a slow one
SECONDS = 0.3


class Server:
    """Answers each request with the next of its scripts; `HANG_UP` ends a connection."""

    def __init__(self, *scripts: bytes | list[bytes]) -> None:
        self.scripts = list(scripts)
        self.heard: list[bytes] = []
        self.connections = 0
        self.threads: list[threading.Thread] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                self.threads.append(threading.Thread(target=self._talk, args=(connection,)))
                self.threads[-1].start()

    def held(self, most: int) -> int:
        """Connections that the client holds open, once those before the last `most` have ended."""
        for thread in self.threads[: len(self.threads) - most]:
            thread.join(5)
        return sum(thread.is_alive() for thread in self.threads)

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        while heard := connection.recv(1 << 20):
            self.heard.append(heard)
            if not self.scripts:  # mute
                continue
            script = self.scripts.pop(0)
            for part in [script] if isinstance(script, bytes) else script:
                if part == HANG_UP:
                    return
                time.sleep(0 if len(script) < DRIPS else SECONDS / 10)
                connection.sendall(part)

    def transport(self) -> SocketTransport:
        """A wire to it."""
        host, port = self.listener.getsockname()
        return SocketTransport(dialing((host, port)))


@contextlib.contextmanager
def talking(*scripts: bytes | list[bytes]) -> Iterator[tuple[Server, httpx.Client]]:
    """A server with these answers, and a client of it."""
    server = Server(*scripts)
    with (
        server.listener,
        httpx.Client(
            transport=server.transport(), base_url="http://app", timeout=SECONDS
        ) as client,
    ):
        yield server, client


@pytest.mark.parametrize(
    ("script", "body"),
    [
        (OK, b"hi"),
        ([bytes([byte]) for byte in OK], b"hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\nx: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + OK, b"hi"),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\n"
            b"x-late: 1\r\n\r\n",
            b"hi",
        ),
        ([b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nh", b"i", HANG_UP], b"hi"),
        ([b"HTTP/1.0 200 OK\r\n\r\nhi", HANG_UP], b"hi"),
    ],
)
def test_reads_an_answer(script: bytes | list[bytes], body: bytes) -> None:
    """Whatever way HTTP has to say where a body ends."""
    with talking(script) as (_, client):
        answer = client.get("/")
    assert (answer.status_code in {200, 204}, answer.content) == (True, body)
    assert not {"x", "x-late"} & set(answer.headers)


def test_each_request_has_a_connection() -> None:
    """Those before stay open, up to a number; the end of the client closes them."""
    with talking(*[OK] * (KEPT + 5)) as (server, client):
        for number in range(1, KEPT + 6):
            assert client.get("/").content == b"hi"
            assert server.connections == number
        assert server.held(KEPT) == KEPT
    assert server.held(0) == 0


def test_one_request_one_answer() -> None:
    """A second answer that nobody asked for is nobody's: the next request has its own."""
    second = OK.replace(b"200", b"201").replace(b"hi", b"no")
    with talking(OK + second, OK.replace(b"hi", b"ho"), OK) as (_, client):
        answer = client.get("/")
        assert (answer.status_code, answer.content) == (200, b"hi")
        assert client.get("/").content == b"ho"
        assert client.head("/").content == b""


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ([HANG_UP], "without sending"),
        ([b"HTTP/1.1 200 OK\r\n", HANG_UP], "without sending"),
        ([OK[:-1], HANG_UP], "breaks off"),
        (
            [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nh", HANG_UP],
            "breaks off",
        ),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZ\r\n", "chunk"),
        (b"umbrella\r\n\r\n", "HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"x" * (2 * MAX_HEAD), "do not end"),
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nhi", "Content-Length"),
    ],
)
def test_names_what_is_no_answer(script: bytes | list[bytes], says: str) -> None:
    """Each is an error of the protocol, as httpx's own transport would have it."""
    with talking(script) as (_, client), pytest.raises(httpx.RemoteProtocolError, match=says):
        client.get("/")


@pytest.mark.parametrize("script", [b"", b"HTTP/1.1 200", OK[:-1]], ids=["mute", "head", "body"])
def test_silence_ends(script: bytes) -> None:
    """An answer that stops is waited for as long as the client says."""
    with talking([script] if script else []) as (_, client), pytest.raises(httpx.ReadTimeout):
        client.get("/")


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "script",
    [
        [CHUNKED + b"0\r\n", *[b"a: b\r\n"] * 99],
        [CHUNKED + b"5;", *[b"a"] * 99],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 99,
        [b"HTTP/1.1 200 OK\r\nx: ", *[b"a"] * 99],
        [b"HTTP/1.1 200 OK\r\n\r\n", *[b"a"] * 99],
    ],
    ids=["trailers", "an extension", "one hundred", "a header", "a body"],
)
def test_a_drip_ends(script: list[bytes]) -> None:
    """Each byte comes in time, the answer does not."""
    with talking(script) as (_, client), pytest.raises(httpx.ReadTimeout):
        client.get("/")


def test_writes_a_request() -> None:
    """What httpx would write, in one piece."""
    with talking(OK, OK) as (server, client):
        client.post("/a%20b?c=d", json={"e": 1})
        client.post("/", content=iter([b"f", b"g"]))
    first, second = server.heard
    assert first.startswith(b"POST /a%20b?c=d HTTP/1.1\r\nHost: app\r\n")
    assert first.endswith(b'\r\n\r\n{"e":1}')
    assert b"\r\nContent-Length: 2\r\n" in second
    assert b"chunked" not in second


def test_a_header_is_one_header() -> None:
    """Nothing slips a second one in."""
    with talking(OK) as (_, client), pytest.raises(httpx.LocalProtocolError):
        client.get("/", headers={b"x": b"1\r\ny: 2"})  # type: ignore[dict-item]


def test_an_app_that_refuses_a_long_body() -> None:
    """It has answered and hung up before all was sent: the answer counts."""
    with (
        talking([OK.replace(b"200 OK", b"413 Too Large"), HANG_UP]) as (_, client),
        contextlib.suppress(httpx.ReadError),  # the system may have thrown the answer away
    ):
        assert client.post("/", content=bytes(32 << 20)).status_code == 413


def test_nobody_there(tmp_path: Path) -> None:
    """An app that does not listen."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        addresses: list[str | tuple[str, int]] = [gone.getsockname()]
    if sys.platform != "win32":
        addresses.append(str(tmp_path / "none.sock"))
    for address in addresses:
        with (
            httpx.Client(transport=SocketTransport(dialing(address))) as client,
            pytest.raises(httpx.ConnectError),
        ):
            client.get("http://app/")
