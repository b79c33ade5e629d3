"""The judge's side of the sandbox: makes boxes from a warm parent, and puts all away at the end."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Literal

from yielddb.sandbox import channel
from yielddb.sandbox.box import Box
from yielddb.sandbox.disk import DiskWatch
from yielddb.sandbox.environment import can_fork, clean_environment, memory_folder, warm_command
from yielddb.sandbox.events import Event, Line, SandboxError
from yielddb.sandbox.levels import Level
from yielddb.sandbox.limits import Limits
from yielddb.sandbox.removing import remove
from yielddb.sandbox.spawning import START_S

ADDRESS_BYTES = 104  # of macOS, its end included; Linux has 108

Mode = Literal["fork", "alone"]


class Sandbox:
    """Makes boxes, from a warm parent where the system forks; close it when done."""

    def __init__(
        self,
        limits: Limits | None = None,
        mode: Mode | None = None,
        require: Level | None = None,
        at_most: Level = "A",
    ) -> None:
        self.limits = limits or Limits()
        self.require, self.at_most = require, at_most
        self.mode: Mode = mode or ("fork" if can_fork() else "alone")
        self.root = Path(tempfile.mkdtemp(prefix="yielddb-", dir=memory_folder()))
        self.way: int | None = None  # to `root`, where the path is too long for an address
        self.numbers = itertools.count(1)
        self.spare: Box | None = None
        self.leaving: list[tuple[Box | None, tuple[Path, ...]]] = []
        self.parent: subprocess.Popen[bytes] | None = None
        # it outlives the folder, which the parent may remove
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `close`
        self.is_warm = False
        self.disk = DiskWatch()
        self.ordering = threading.Lock()  # the disk's watch gives orders, too
        if self.mode == "fork":
            self._start_parent()

    def _start_parent(self) -> None:
        ours, theirs = socket.socketpair()
        self.parent = subprocess.Popen(
            warm_command("fork", str(theirs.fileno()), str(self.root), self.at_most),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.said,
            env=clean_environment(),
            start_new_session=True,  # Ctrl-C in a terminal is for the judge alone
        )
        theirs.close()
        self.control = ours
        self.line = Line(ours)

    def _wait_until_warm(self) -> None:
        if self.is_warm:
            return
        with contextlib.suppress(channel.Closed):
            self.is_warm = self.line.take_named("warm", seconds=START_S) is not None
        if not self.is_warm:
            self.said.seek(0)
            said = self.said.read().decode("utf-8", "replace").strip()[-500:]
            raise SandboxError(f"the warm parent did not start: {said or 'no word from it'}")

    def box(self) -> Box:
        """A fresh box without an app: the spare one if there is one."""
        self.see_off()
        box, self.spare = self.spare, None
        if box and not box.alive:  # it had no app yet: nobody but the system ended it
            box.close()
            box = None
        return box or self._new_box()

    @property
    def has_lookers(self) -> bool:
        """Are databases looked into by processes of their own? Where a fork makes them cheap."""
        return self.mode == "fork"

    def looker(self, *folders: Path) -> Box:
        """A box without an app, which answers questions about databases in `folders`."""
        box = self._new_box()
        box.confine(*folders, looks=True)
        return box

    def keep_spare(self, rehearsed: bool = True) -> None:
        """Make the next box ahead of time.

        `rehearsed`: it serves the small app of the warm parent once more, so that the pages it
        will write to are its own before somebody waits; that costs processor time.
        """
        self.see_off()
        if self.mode == "fork" and self.spare is None:
            self.spare = self._new_box(rehearsed)

    def put_away(self, box: Box | None, *folders: Path) -> None:
        """End an app; when its process is gone, its files and `folders` go too.

        Nobody waits for that: it is seen to when the next box is made, or at the end.
        """
        if box:
            box.end()
        self.leaving.append((box, folders))

    def see_off(self) -> None:
        """Wait for what is on its way out, and remove its files."""
        while self.leaving:
            box, folders = self.leaving.pop()
            if box:
                box.close()
            for folder in folders:
                remove(folder)

    def _new_box(self, rehearsed: bool = False) -> Box:
        folder = self.root / str(next(self.numbers))
        (folder / "app").mkdir(parents=True)
        return Box(self, folder, rehearsed)

    def address(self, path: Path) -> str:
        """The address of a socket at `path`, below `root`: at most 108 bytes on Linux."""
        proc = Path("/proc/self/fd")
        if len(os.fsencode(path)) < ADDRESS_BYTES or not proc.exists():
            return str(path)
        if self.way is None:
            self.way = os.open(self.root, os.O_PATH | os.O_DIRECTORY)
        return str(proc / str(self.way) / path.relative_to(self.root))

    def isolation(self) -> tuple[list[str], dict[str, str]]:
        """The layers around an app here, and why the others are missing: a box is made to see.

        Raises BelowLevel where that is less than `require`.
        """
        box = self._new_box()
        try:
            box.confine()
            return box.layers, box.missing
        finally:
            box.close()

    def order(self, message: Event, fds: tuple[int, ...] = ()) -> None:
        """Tell the warm parent what to do."""
        with self.ordering:
            channel.send(self.control, message, fds)

    def close(self) -> None:
        """End every process and remove every file; safe to call twice."""
        self.see_off()
        self.disk.close()
        self.said.close()
        if self.spare:
            self.spare.close()
            self.spare = None
        if self.parent:
            self.line.close()
            try:
                self.parent.wait(5)
            except subprocess.TimeoutExpired:
                self.parent.kill()
                self.parent.wait()
            self.parent = None
        if self.way is not None:
            os.close(self.way)
            self.way = None
        remove(self.root)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
