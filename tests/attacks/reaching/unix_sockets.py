"""Calls local services by abstract address and by path."""

import socket

from tools import ABSTRACT, app, attempt

__all__ = ["app"]

attempt("make", lambda: socket.socket(socket.AF_UNIX))
attempt("datagrams", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
attempt("sequenced", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))


def speak(address: str) -> None:
    ours, _ = socket.socketpair()
    ours.connect(address)


def send(address: str) -> int:
    ours, _ = socket.socketpair()
    return ours.sendto(b"x", address)


attempt("abstract", lambda: speak("\0" + ABSTRACT))
attempt("path", lambda: speak("../http.sock"))
attempt("send", lambda: send("\0" + ABSTRACT))
