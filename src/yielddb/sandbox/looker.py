"""Looks into an app's database in a process that can reach nothing else.

SQLite does what a file says: a journal may name another file to be removed, and a file that is cut
while it is mapped ends the process. So the judge opens no file of a learner itself.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import sqlite3
from pathlib import Path
from typing import Any

from yielddb.sandbox import channel
from yielddb.sandbox.foreign import Near
from yielddb.sandbox.shapes import HEX, MAX_TEXT


def packed(value: Any) -> Any:
    """A value of a row as JSON has it."""
    return {HEX: value.hex()} if isinstance(value, bytes) else value


def unpacked(value: Any) -> Any:
    """The value again."""
    return bytes.fromhex(value[HEX]) if isinstance(value, dict) else value


class Looker:
    """The connections of one process; `control` is the line to the judge."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.connections: dict[int, Near] = {}
        self.numbers = itertools.count(1)

    def serve(self) -> None:
        """Answer questions until the judge hangs up."""
        with contextlib.suppress(channel.Closed):
            while True:
                question = channel.receive(self.control)
                answer = {"event": "answer", "id": question.pop("id")}
                channel.send(self.control, {**answer, **self.answered(**question)})

    def answered(self, ask: str, **details: Any) -> dict[str, Any]:
        """What a question gives, or the error it ends in."""
        try:
            return self.answer(ask, **details)
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            says = str(error)[:MAX_TEXT]
            return {"error": type(error).__name__, "says": says, "code": code}

    def answer(self, ask: str, handle: int = 0, **details: Any) -> dict[str, Any]:
        """Open, execute, copy or close."""
        match ask:
            case "open":
                handle = next(self.numbers)
                self.connections[handle] = Near(Path(details["path"]), details["busy"])
                return {"handle": handle}
            case "execute":
                values = [unpacked(value) for value in details["parameters"]]
                result = self.connections[handle].execute(details["sql"], values)
                rows = [[packed(value) for value in row] for row in result.rows]
                return {"rows": rows, "rowcount": result.rowcount, "lastrowid": result.lastrowid}
            case "copy":
                self.connections[handle].copy_to(Path(details["path"]))
            case "close":
                self.connections.pop(handle).close()
        return {}
