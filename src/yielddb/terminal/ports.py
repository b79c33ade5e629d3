"""Loopback ports: which are free, and what to say when one is not."""

from __future__ import annotations

import socket

from yielddb.workspace.complaint import Complaint

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def demand_port(port: int, option: str) -> int:
    """The same port if it is free.

    Raises Complaint naming the option that chooses another one.
    """
    with socket.socket() as probe:
        # a port whose last owner ended a moment ago is free, as it is for the servers
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            raise Complaint(
                f"port {port} is taken or not allowed; choose another: {option} {free_port()}"
            ) from None
    return port
