"""One box: a process for one app, its folder, its line to the judge, its address."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from yielddb.sandbox import channel, disk
from yielddb.sandbox.environment import DOOR, clean_environment
from yielddb.sandbox.events import AppDied, AppFailed, AppSilent, Event, Line, SandboxError
from yielddb.sandbox.levels import demand
from yielddb.sandbox.printed import end_of
from yielddb.sandbox.removing import remove
from yielddb.sandbox.spawning import START_S, end, spawn

if TYPE_CHECKING:
    from yielddb.sandbox.parent import Sandbox


class Box:
    """One process for one app: its folder, its line to the judge, its address."""

    def __init__(self, sandbox: Sandbox, folder: Path, rehearsed: bool = False) -> None:
        self.sandbox, self.folder, self.rehearsed = sandbox, folder, rehearsed
        self.app_folder = folder / "app"
        self.address: str | tuple[str, int] = ""  # of its socket: a path, or a port on loopback
        self.pid = 0  # as the warm parent counts
        self.seen_pid = 0  # as we count: a pid namespace has numbers of its own
        self.status: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.layers: list[str] = []
        self.missing: dict[str, str] = {}
        self.written = [folder]  # folders that the app may fill
        self.excess: str | None = None  # what it wrote too much, once it was ended for that
        self.questions = itertools.count(1)
        self.closed = self.ended = False
        start = self._fork if sandbox.mode == "fork" else self._spawn
        with (folder / "output.txt").open("wb") as output:
            self.line = Line(start(output.fileno()))

    def _fork(self, output: int) -> socket.socket:
        ours, theirs = socket.socketpair()
        channel.ask_for_sender(ours)
        self.address = self.sandbox.address(self.folder / DOOR)
        with socket.socket(socket.AF_UNIX) as listener, theirs:
            listener.bind(self.address)
            listener.listen(256)
            self.sandbox._wait_until_warm()
            order: Event = {"order": "fork", "folder": str(self.app_folder)}
            order |= {"rehearse": self.rehearsed, "limits": asdict(self.sandbox.limits)}
            self.sandbox.order(order, (listener.fileno(), theirs.fileno(), output))
        forked = self.sandbox.line.take_named("forked", seconds=START_S)
        if forked is None:
            raise SandboxError("the warm parent does not answer")
        self.pid = forked["pid"]
        self.seen_pid = channel.sender(ours) or self.pid
        return ours

    def _spawn(self, output: int) -> socket.socket:
        self.process, ours = spawn(self.app_folder, output)
        self.pid = self.seen_pid = self.process.pid
        order = {"root": str(self.sandbox.root), "at_most": self.sandbox.at_most}
        channel.send(ours, {"limits": asdict(self.sandbox.limits), **order})
        return ours

    def confine(self, *others: Path, looks: bool = False) -> None:
        """Leave the app its own folder and `others`; sets `layers` and `missing`.

        `looks`: there will be no app, but questions about databases. Raises BelowLevel where that
        is not enough for the sandbox's `require`, AppDied or AppSilent.
        """
        ready = self._expect("ready", seconds=START_S)
        self.written += others
        self._tell({"folders": [str(path) for path in (self.app_folder, *others)], "looks": looks})
        confined = self._expect("confined", seconds=START_S)
        self.layers = [*ready["layers"], *confined["layers"]]
        self.missing = dict(confined["missing"])
        if self.sandbox.require:
            demand(self.sandbox.require, self.layers, self.missing)

    def load(self, module: str, env: Mapping[str, str], record: bool = False) -> Event:
        """Import `module` from the app's folder; gives the probe's facts right after it.

        Confines the app to its own folder first where need be. With `record` it can record.
        Raises AppFailed, AppDied or AppSilent.
        """
        if not self.layers:
            self.confine()
        home = {"HOME": str(self.app_folder), "TMPDIR": str(self.app_folder)}
        variables = {**clean_environment(home), **env}
        self._tell({"module": module, "env": variables, "record": record})
        self.sandbox.disk.add(self)
        imported = self._expect("imported", seconds=self.sandbox.limits.start_s)
        return dict(imported.get("facts") or {})

    def serve(self) -> None:
        """Run the app's start-up and open the door; raises as `load` does."""
        self.ask("serve")
        serving = self._expect("serving", seconds=self.sandbox.limits.start_s)
        if not self.address:
            host, port = serving["address"][:2]
            self.address = (str(host), int(port))

    def transport(self) -> httpx.BaseTransport:
        """Carries requests to the app."""
        from yielddb.sandbox.wire import SocketTransport, dialing  # a page has no httptools

        return SocketTransport(dialing(self.address))

    def _tell(self, message: Event) -> None:
        try:
            channel.send(self.line.sock, message)
        except channel.Closed:
            raise AppDied(self.wait()) from None

    def _expect(self, name: str, seconds: float) -> Event:
        """The event, or the reason why it can't come."""
        try:
            event = self.line.take_named(name, "failed", "stopped", seconds=seconds)
        except channel.Closed:
            raise AppDied(self.wait()) from None
        if event is None:
            raise AppSilent(seconds, self.where())
        if event["event"] == name:
            return event
        if event["event"] == "failed" and event.get("stage") != "serve":
            raise AppFailed(event)
        errors = self.errors()  # uvicorn gave up: a start-up that raised was reported before
        raise AppFailed({**errors[-1], "stage": "startup"} if errors else event)

    def errors(self, seconds: float = 0.0) -> list[Event]:
        """Errors that escaped from the app since the last call; waits for the first one."""
        found: list[Event] = []
        with contextlib.suppress(channel.Closed):
            while event := self.line.take_named("error", seconds=0 if found else seconds):
                found.append(event)
        return found

    def ask(self, question: str, seconds: float = 5.0, **details: Any) -> Event:
        """The child's answer to one question.

        Raises AppDied or AppSilent.
        """
        number = next(self.questions)
        try:
            channel.send(self.line.sock, {"ask": question, "id": number, **details})
            answer = self.line.take(lambda event: event.get("id") == number, seconds)
        except channel.Closed:
            raise AppDied(self.wait()) from None
        if answer is None:
            raise AppSilent(seconds, self.where())
        return answer

    @property
    def alive(self) -> bool:
        """Does the app's process run, as far as is known?"""
        return self.line.open and not self.ended

    def output(self) -> str:
        """The end of what the app printed."""
        return end_of(self.folder / "output.txt")

    def where(self) -> str:
        """The stacks of all threads of a hanging app, newest call first; empty where unknown."""
        if not hasattr(signal, "SIGUSR1"):
            return ""
        before = len(self.output())
        if self.process:
            self.process.send_signal(signal.SIGUSR1)
        else:
            self.sandbox.order({"order": "where", "pid": self.pid})
        end = time.monotonic() + 1.0
        while time.monotonic() < end:  # the dump is written by a signal handler: no event tells
            time.sleep(0.02)
            if "\n" in self.output()[before:]:
                time.sleep(0.02)
                break
        return self.output()[before:]

    def wrote_too_much(self) -> bool:
        """Does the app fill the disk? Then it is ended, and `excess` says what was too much."""
        looks = self.excess is None and not self.ended
        if looks and (found := disk.excess(self.written, self.seen_pid, self.sandbox.limits)):
            self.excess = found  # a slower look of another thread takes nothing of it back
            self.end()
        return self.excess is not None

    def kill(self) -> None:
        """End the process and what it started, at once."""
        self.end()
        self.wait()

    def end(self) -> None:
        """Send the process its end; it goes some milliseconds later."""
        self.ended = True
        self.sandbox.disk.discard(self)
        if self.process:
            end(self.process)
        elif self.status is None:
            with contextlib.suppress(channel.Closed):
                self.sandbox.order({"order": "kill", "pid": self.pid})

    def stop(self) -> Event | None:
        """Shut down gracefully; gives the probe's last facts, None if it had to be killed."""
        self.ended = True
        self.sandbox.disk.discard(self)
        try:
            self.ask("stop", seconds=1)
            stopped = self.line.take_named("stopped", seconds=self.sandbox.limits.stop_s)
        except (AppDied, AppSilent, channel.Closed):
            stopped = None
        if stopped is None:
            self.kill()
            return None
        self.wait()
        return dict(stopped.get("facts") or {})

    def wait(self, seconds: float = 5.0) -> int | None:
        """The exit code once the process has ended, negative for a signal."""
        if self.status is not None:
            return self.status
        with contextlib.suppress(subprocess.TimeoutExpired, channel.Closed):
            if self.process:
                self.status = self.process.wait(seconds)
            elif ended := self.sandbox.line.take(
                lambda e: e.get("event") == "exit" and e.get("pid") == self.pid, seconds
            ):
                self.status = os.waitstatus_to_exitcode(ended["status"])
        return self.status

    def close(self, keep_files: bool = False) -> None:
        """Kill what still runs and remove the files; safe to call twice."""
        if self.closed:
            return
        self.closed = True
        self.kill()
        self.line.close()
        if not keep_files:
            remove(self.folder)
