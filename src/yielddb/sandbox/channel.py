"""JSON messages over a stream socket, with file descriptors where the system can pass them."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

HEADER = struct.Struct(">I")
CREDENTIALS = struct.Struct("iII")  # pid, user, group
MAX_MESSAGE = 4 << 20  # bytes; a trace of a thousand events is under one MiB
MAX_FDS = 4


class Closed(EOFError):
    """The other side is gone."""


def send(sock: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Send one message; `fds` ride on its first byte."""
    body = json.dumps(message).encode()
    packet = HEADER.pack(len(body)) + body
    try:
        if fds:
            sent = socket.send_fds(sock, [packet], fds)
            packet = packet[sent:]
        sock.sendall(packet)
    except OSError as error:
        raise Closed(str(error)) from None


def _exactly(sock: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        try:
            part = sock.recv(min(size - len(parts), 1 << 16))
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed(str(error)) from None
        if not part:
            raise Closed("end of stream")
        parts += part
    return bytes(parts)


def _body(sock: socket.socket, header: bytes) -> dict[str, Any]:
    (size,) = HEADER.unpack(header)
    if size > MAX_MESSAGE:
        raise Closed(f"a message of {size} bytes")
    try:
        message = json.loads(_exactly(sock, size))
    except (ValueError, RecursionError):
        raise Closed("not JSON") from None
    if not isinstance(message, dict):
        raise Closed("not a JSON object")
    return message


def receive(sock: socket.socket) -> dict[str, Any]:
    """The next message.

    Raises Closed when the other side is gone or does not speak JSON, TimeoutError when the
    socket's timeout passes.
    """
    return receive_sized(sock)[0]


def receive_sized(sock: socket.socket) -> tuple[dict[str, Any], int]:
    """The next message and its bytes; raises as `receive` does."""
    header = _exactly(sock, HEADER.size)
    return _body(sock, header), int(HEADER.unpack(header)[0])


def receive_fds(sock: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The next message and the descriptors that came with it."""
    try:
        first, fds, _, _ = socket.recv_fds(sock, 1, MAX_FDS)
    except TimeoutError:
        raise
    except OSError as error:
        raise Closed(str(error)) from None
    if not first:
        raise Closed("end of stream")
    return _body(sock, first + _exactly(sock, HEADER.size - 1)), list(fds)


def ask_for_sender(sock: socket.socket) -> None:
    """Have the kernel say who sent what comes next, where it does that."""
    if hasattr(socket, "SO_PASSCRED"):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)


def sender(sock: socket.socket) -> int | None:
    """Read one byte; the sender's process number as it is here, None where that can't be known."""
    if not hasattr(socket, "SO_PASSCRED"):
        sock.recv(1)
        return None
    _, extras, _, _ = sock.recvmsg(1, socket.CMSG_SPACE(CREDENTIALS.size))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
    for _, kind, data in extras:
        if kind == socket.SCM_CREDENTIALS:
            return int(CREDENTIALS.unpack(data)[0])
    return None
