"""Starts an app's process where nothing is forked: a Python that calls us on loopback."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
from pathlib import Path

from yielddb.sandbox import channel
from yielddb.sandbox.environment import clean_environment, warm_command
from yielddb.sandbox.events import SandboxError

START_S = 60.0  # until a process has imported the stack, on a cold disk


def spawn(app_folder: Path, output: int) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process and the line to it, once it has called with the token that only it was told.

    Raises SandboxError where somebody else calls.
    """
    token = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        process = subprocess.Popen(
            warm_command("alone", str(port), str(app_folder)),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environment(),
            start_new_session=True,
        )
        assert process.stdin
        process.stdin.write(token.encode() + b"\n")
        process.stdin.close()
        door.settimeout(START_S)
        ours, _ = door.accept()
    ours.settimeout(None)
    if channel.receive(ours).get("token") != token:  # somebody else on this machine
        process.kill()
        process.wait()
        raise SandboxError("a stranger called")
    return process, ours


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and, where there are groups, what it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
