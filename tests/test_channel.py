"""Messages between two processes: whole or not at all, whatever the other side does."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from yielddb.sandbox import channel
from yielddb.sandbox.channel import HEADER, MAX_MESSAGE, Closed

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    for sock in (ours, theirs):
        sock.settimeout(5)
    with ours, theirs:
        yield ours, theirs


def framed(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


def closed(call: object, *arguments: object) -> str:
    with pytest.raises(Closed) as raised:
        call(*arguments)  # type: ignore[operator]
    return str(raised.value)


def test_messages_arrive_in_order(pair: Pair) -> None:
    """Each message arrives whole, one after the other, Cyrillic too."""
    ours, theirs = pair
    messages = [{"event": "жёлтый зонт"}, {}, {"n": [1, None, {"deep": True}]}]
    for message in messages:
        channel.send(ours, message)
    assert [channel.receive(theirs) for _ in messages] == messages


def test_a_message_larger_than_any_buffer(pair: Pair) -> None:
    """A megabyte arrives whole though it is sent and read in pieces."""
    ours, theirs = pair
    message = {"events": ["select 1"] * 100_000}
    sender = threading.Thread(target=channel.send, args=(ours, message))
    sender.start()
    assert channel.receive(theirs) == message
    sender.join()


def test_a_message_in_single_bytes(pair: Pair) -> None:
    """A slow sender is waited for, byte after byte."""
    ours, theirs = pair
    for byte in framed(b'{"a": 1}'):
        ours.send(bytes([byte]))
    assert channel.receive(theirs) == {"a": 1}


@pytest.mark.parametrize(
    ("packet", "says"),
    [
        (b"", "end of stream"),
        (b"\0\0", "end of stream"),
        (HEADER.pack(10) + b"{", "end of stream"),
        (framed(b"umbrella"), "not JSON"),
        (framed(b"\xff\xfe"), "not JSON"),
        (framed(b""), "not JSON"),
        (framed(b"[" * 100_000), "not JSON"),
        (framed(b"[]"), "not a JSON object"),
        (framed(b'"text"'), "not a JSON object"),
        (HEADER.pack(MAX_MESSAGE + 1), f"a message of {MAX_MESSAGE + 1} bytes"),
        (b"GET / HTTP/1.1\r\n\r\n", f"a message of {int.from_bytes(b'GET ', 'big')} bytes"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("receive", [channel.receive, channel.receive_fds])
def test_nonsense_ends_the_talk(pair: Pair, receive: object, packet: bytes, says: str) -> None:
    """Half a message, no JSON, no object or too much of it counts as a side that is gone."""
    ours, theirs = pair
    sender = threading.Thread(target=lambda: (ours.sendall(packet), ours.close()))
    sender.start()
    assert closed(receive, theirs) == says
    sender.join()


def test_silence_is_no_end(pair: Pair) -> None:
    """A side that says nothing is not a side that is gone."""
    pair[1].settimeout(0.01)
    with pytest.raises(TimeoutError):
        channel.receive(pair[1])


def test_nobody_listens(pair: Pair) -> None:
    """Sending to a side that is gone says so, with descriptors and without."""
    ours, theirs = pair
    theirs.close()
    assert "Broken pipe" in closed(channel.send, ours, {})
    assert "Broken pipe" in closed(channel.send, ours, {}, (ours.fileno(),))


@pytest.mark.parametrize("receive", [channel.receive, channel.receive_fds])
def test_a_socket_of_ours_that_is_closed(pair: Pair, receive: object) -> None:
    """A line that we hung up ourselves is closed as well."""
    pair[0].close()
    assert "Bad file descriptor" in closed(receive, pair[0])
    assert "Bad file descriptor" in closed(channel.send, pair[0], {})


@pytest.mark.parametrize("receive", [channel.receive, channel.receive_fds])
def test_a_side_that_hangs_up_on_unread_words(pair: Pair, receive: object) -> None:
    """A reset, which is what a hasty exit leaves, is an end like any other."""
    ours, theirs = pair
    channel.send(ours, {"never": "read"})
    theirs.close()
    assert "Connection reset by peer" in closed(receive, ours)


def test_descriptors_ride_along(pair: Pair) -> None:
    """What is written into one end of a passed pipe comes out at the other."""
    ours, theirs = pair
    read, write = os.pipe()
    channel.send(ours, {"order": "fork"}, (write,))
    channel.send(ours, {"order": "kill"})
    os.close(write)
    message, (passed,) = channel.receive_fds(theirs)
    assert message == {"order": "fork"}
    os.write(passed, b"umbrella")
    os.close(passed)
    assert os.read(read, 100) == b"umbrella"
    os.close(read)
    assert channel.receive_fds(theirs) == ({"order": "kill"}, [])
