"""Carries requests over the socket of an app: HTTP/1.1, read by httptools, as uvicorn reads it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import httptools
import httpx

from yielddb.sandbox.limits import PATIENCE

MAX_HEAD = 100 << 10  # bytes until the headers end; uvicorn's other parser allows 64 KiB
PIECE = 1 << 16
KEPT = 20  # connections that stay open; an app may have 256 descriptors
FORBIDDEN = (b"\r", b"\n", b"\0")  # a name or value with one of these would be two headers


class SocketTransport(httpx.BaseTransport):
    """Opens a connection for each request, and leaves those before open for a while.

    uvicorn hangs up where an app fails after its answer: whatever comes next over that connection
    is cut, handled or not, and nobody could say which. An app whose client stays can finish what it
    does after its answer. Else this does what httpx's own transport does over a socket without TLS
    and proxies, with the same errors, in less than half of its processor time.
    """

    def __init__(self, dial: Callable[[float | None], socket.socket]) -> None:
        self.dial = dial  # gives a connection, within so many seconds
        self.done: deque[socket.socket] = deque()  # their requests are answered

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the body of the answer is read as it is asked for.

        Raises httpx.TransportError, of which httpx.TimeoutException is one.
        """
        message = _written(request)
        seconds = request.extensions.get("timeout", {})
        sock = self._connected(seconds.get("connect"))
        answer = Answer(self, sock, request, seconds.get("read"))
        try:
            # what refuses a request may hang up over it, and has answered before
            with contextlib.suppress(ConnectionError):
                sock.settimeout(seconds.get("write"))
                sock.sendall(message)
            answer.read_head()
        except BaseException as error:
            sock.close()
            if isinstance(error, TimeoutError):
                raise httpx.ReadTimeout("timed out", request=request) from None
            raise
        return httpx.Response(answer.status, headers=answer.headers, stream=answer, request=request)

    def _connected(self, seconds: float | None) -> socket.socket:
        try:
            return self.dial(seconds)
        except TimeoutError:
            raise httpx.ConnectTimeout("timed out") from None
        except OSError as error:
            raise httpx.ConnectError(str(error)) from None

    def keep(self, sock: socket.socket) -> None:
        """Leave a connection open; the oldest is closed where there are many."""
        self.done.append(sock)
        self._close_all_but(KEPT)

    def close(self) -> None:
        """Hang up."""
        self._close_all_but(0)

    def _close_all_but(self, count: int) -> None:
        with contextlib.suppress(IndexError):  # requests at one moment share this
            while len(self.done) > count:
                self.done.popleft().close()


class Answer(httpx.SyncByteStream):
    """One answer on its way; the parser calls the methods that begin with `on_`."""

    def __init__(
        self,
        transport: SocketTransport,
        sock: socket.socket,
        request: httpx.Request,
        seconds: float | None,
    ) -> None:
        self.transport, self.sock, self.request = transport, sock, request
        self.seconds = seconds  # of silence
        self.end = None if seconds is None else time.monotonic() + PATIENCE * seconds
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.pieces: deque[bytes] = deque()
        self.has_head = self.is_whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which nobody here asks for."""
        if not self.has_head:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The status is known; 1xx is not the answer yet."""
        if self.is_whole:  # one request, one answer: what follows is not asked for
            return
        self.status = self.parser.get_status_code()
        self.has_head = self.status >= httpx.codes.OK
        self.is_whole = self.has_head and self.request.method == "HEAD"

    def on_body(self, piece: bytes) -> None:
        """A part of the body."""
        if not self.is_whole:
            self.pieces.append(piece)

    def on_message_complete(self) -> None:
        """The end of the answer, or of a message before it."""
        if not self.has_head:
            self.headers.clear()
        elif not self.is_whole:
            self.is_whole = True

    def read_head(self) -> None:
        """Read until the headers are there."""
        size = 0
        while not self.has_head:
            size += self._read()
            if size > MAX_HEAD and not self.has_head:
                raise self._broken("the headers do not end")

    def __iter__(self) -> Iterator[bytes]:
        """The body in pieces.

        Raises httpx.TransportError.
        """
        try:
            while self.pieces or not self.is_whole:
                if self.pieces:
                    yield self.pieces.popleft()
                else:
                    self._read()
        except TimeoutError:
            raise httpx.ReadTimeout("timed out", request=self.request) from None

    def _read(self) -> int:
        if self.seconds is not None and self.end is not None:
            left = self.end - time.monotonic()
            if left <= 0:  # it keeps talking, and says nothing: trailers, extensions of a chunk
                raise TimeoutError
            self.sock.settimeout(min(self.seconds, left))
        try:
            data = self.sock.recv(PIECE)
        except TimeoutError:
            raise
        except OSError as error:
            raise httpx.ReadError(str(error), request=self.request) from None
        if not data:
            self._end()
            return 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self.is_whole:
                raise self._broken(str(error)) from None
        except httptools.HttpParserUpgrade:
            raise self._broken("it wants to speak another protocol") from None
        return len(data)

    def _end(self) -> None:
        """The app hung up: that may be the end of the body, if nothing said where it would be."""
        named = {name.lower() for name, _ in self.headers}
        if not self.has_head:
            raise self._broken("Server disconnected without sending a response.")
        if named & {b"content-length", b"transfer-encoding"}:
            raise self._broken("the answer breaks off")
        self.is_whole = True

    def _broken(self, text: str) -> httpx.RemoteProtocolError:
        return httpx.RemoteProtocolError(text, request=self.request)

    def close(self) -> None:
        """Leave the connection to its transport, or hang up in the middle."""
        if self.is_whole:
            self.transport.keep(self.sock)
        else:
            self.sock.close()


def dialing(address: str | tuple[str, int]) -> Callable[[float | None], socket.socket]:
    """Connects to the socket at a path, or to a port of this machine."""

    def dial(seconds: float | None) -> socket.socket:
        if not isinstance(address, str):
            sock = socket.create_connection(address, seconds)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.settimeout(seconds)
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock

    return dial


def _written(request: httpx.Request) -> bytes:
    """The request as it goes over the wire."""
    head: list[Any] = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    body = request.read()
    for name, value in request.headers.raw:
        if any(mark in name or mark in value for mark in FORBIDDEN):
            raise httpx.LocalProtocolError(f"no header can be {name!r}: {value!r}")
        if name.lower() == b"transfer-encoding":  # it is all here: its length can be named
            name, value = b"Content-Length", b"%d" % len(body)
        head.append(b"%s: %s" % (name, value))
    return b"\r\n".join([*head, b"", body])
