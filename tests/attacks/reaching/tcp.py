"""Calls out by TCP, and lets others call in."""

import socket

from tools import PORT, app, attempt

__all__ = ["app"]

attempt("connect", lambda: socket.create_connection(("127.0.0.1", PORT), 1))
attempt("listen", lambda: socket.create_server(("127.0.0.1", 0)))
attempt("make", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
attempt("version 6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
