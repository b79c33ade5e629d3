"""The judge's view of an app's database: by way of a process of its own, where there are such."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yielddb.checking import Broken
from yielddb.sandbox.box import Box
from yielddb.sandbox.events import AppDied, AppSilent
from yielddb.sandbox.foreign import WORK_S, Connection, Near, Result
from yielddb.sandbox.looker import packed, unpacked
from yielddb.sandbox.parent import Sandbox

SLACK_S = 5.0  # for a busy machine, beyond what a lock and the work may take
ERRORS = {
    error.__name__: error
    for error in (
        sqlite3.DatabaseError,
        sqlite3.DataError,
        sqlite3.IntegrityError,
        sqlite3.InterfaceError,
        sqlite3.InternalError,
        sqlite3.NotSupportedError,
        sqlite3.OperationalError,
        sqlite3.ProgrammingError,
    )
}


class Outside:
    """Opens databases in `folders`; the process that does it is started at its first use."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.folders: tuple[Path, ...] = ()
        self.looker: Box | None = None

    def move(self, *folders: Path) -> None:
        """The app has new folders: what looks into them is a new process."""
        self.close()
        self.folders = folders

    def connect(self, path: Path, seconds: float) -> Connection:
        """A connection to the file; `seconds` to wait for a lock."""
        if not self.sandbox.has_lookers:
            return Near(path, seconds)
        if self.looker is None or not self.looker.alive:
            self.looker = self.sandbox.looker(*self.folders)
        return Far(self.looker, path, seconds)

    def close(self) -> None:
        """End the process."""
        if self.looker:
            self.sandbox.put_away(self.looker)
            self.looker = None


class Far:
    """A connection of another process; raises what that one met with."""

    def __init__(self, looker: Box, path: Path, seconds: float) -> None:
        self.looker, self.seconds = looker, seconds
        self.handle = int(self._ask("open", path=str(path), busy=seconds)["handle"])

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        """Run one statement there."""
        values = [packed(value) for value in parameters]
        given = self._ask("execute", handle=self.handle, sql=sql, parameters=values)
        rows = [tuple(unpacked(value) for value in row) for row in given["rows"]]
        return Result(rows, given["rowcount"], given["lastrowid"])

    def copy_to(self, path: Path) -> None:
        """Copy the whole database into another file of the same folders."""
        self._ask("copy", handle=self.handle, path=str(path))

    def close(self) -> None:
        """Let go of the file."""
        self._ask("close", handle=self.handle)

    def _ask(self, question: str, **details: Any) -> dict[str, Any]:
        try:
            answer = self.looker.ask(question, self.seconds + WORK_S + SLACK_S, **details)
        except (AppDied, AppSilent):
            self.looker.kill()
            says = "it ended the process that looked into it, or kept it waiting"
            raise Broken("a database that can be looked into", saw=says) from None
        if name := answer.get("error"):
            error = ERRORS.get(name, sqlite3.DatabaseError)(answer.get("says", name))
            error.sqlite_errorcode = answer.get("code") or 0
            raise error
        return answer
