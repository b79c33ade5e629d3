"""Sends datagrams, and asks for an address by name."""

import socket

from tools import PORT, app, attempt

__all__ = ["app"]

attempt("udp", lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT)))
attempt("name", lambda: socket.getaddrinfo("course.invalid", 80))
