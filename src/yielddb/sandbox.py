"""The judge's side of the sandbox: boxes, each with one app in a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from yielddb import channel
from yielddb.limits import Limits

Mode = Literal["fork", "alone"]
Event = dict[str, Any]
KEPT_EVENTS = 1000  # of one app; an app that errs in a loop must not fill the judge's memory
START_S = 60.0  # until the warm parent has imported the stack, on a cold disk
LOG_BYTES = 64 << 10  # of what the app printed, from the end


class SandboxError(RuntimeError):
    """Our own fault: the sandbox did not come up."""


class AppFailed(Exception):
    """The app could not be started; `facts` is what the child reported."""

    def __init__(self, facts: Event) -> None:
        super().__init__(facts.get("message", ""))
        self.facts = facts


class AppDied(Exception):
    """The app's process ended; `status` is its exit code, negative for a signal."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


class AppSilent(Exception):
    """The app did not come to an end in time; `where` is what it was doing, as a stack dump."""

    def __init__(self, seconds: float, where: str) -> None:
        super().__init__(f"no sign within {seconds:g} s")
        self.seconds = seconds
        self.where = where


class Line:
    """What comes in on a socket, gathered by a thread so that nobody has to poll."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.events: list[Event] = []
        self.open = True
        self.changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(channel.Closed, OSError):
            while True:
                event = channel.receive(self.sock)
                with self.changed:
                    if len(self.events) < KEPT_EVENTS:
                        self.events.append(event)
                    self.changed.notify_all()
        with self.changed:
            self.open = False
            self.changed.notify_all()

    def take(self, wanted: Callable[[Event], bool], seconds: float) -> Event | None:
        """The first event that is wanted, removed; None if it does not come in time.

        Raises channel.Closed when the other side is gone without it.
        """
        end = time.monotonic() + seconds
        with self.changed:
            while True:
                for index, event in enumerate(self.events):
                    if wanted(event):
                        return self.events.pop(index)
                if not self.open:
                    raise channel.Closed("the other side is gone")
                if not self.changed.wait(end - time.monotonic()):
                    return None

    def take_named(self, *names: str, seconds: float) -> Event | None:
        """The first event with one of these names."""
        return self.take(lambda event: event.get("event") in names, seconds)

    def close(self) -> None:
        """Hang up; the thread ends."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


def can_fork() -> bool:
    """Does this system fork and pass sockets by descriptor?"""
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds")


def memory_folder() -> str | None:
    """A folder in memory for apps and their databases, where the user named no other."""
    shm = "/dev/shm"
    if os.environ.get("TMPDIR") or not os.access(shm, os.W_OK):
        return None
    return shm if shutil.disk_usage(shm).free > 256 << 20 else None


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables an app may see: enough to run, nothing that is the user's own."""
    kept = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT", "TZ")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {
        **found,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        # each arena reserves 64 MiB of the address space that forty threads have to share
        "MALLOC_ARENA_MAX": "2",
        **(extra or {}),
    }


class Sandbox:
    """Makes boxes, from a warm parent where the system forks; close it when done."""

    def __init__(self, limits: Limits | None = None, mode: Mode | None = None) -> None:
        self.limits = limits or Limits()
        self.mode: Mode = mode or ("fork" if can_fork() else "alone")
        self.root = Path(tempfile.mkdtemp(prefix="yielddb-", dir=memory_folder()))
        self.numbers = itertools.count(1)
        self.spare: Box | None = None
        self.parent: subprocess.Popen[bytes] | None = None
        self.is_warm = False
        if self.mode == "fork":
            self._start_parent()

    def _start_parent(self) -> None:
        ours, theirs = socket.socketpair()
        self.parent = subprocess.Popen(
            [sys.executable, "-m", "yielddb.warm", "fork", str(theirs.fileno()), str(self.root)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.root / "warm.log").open("wb"),
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
            said = (self.root / "warm.log").read_text("utf-8", "replace").strip()[-500:]
            raise SandboxError(f"the warm parent did not start: {said or 'no word from it'}")

    def box(self) -> Box:
        """A fresh box without an app: the spare one if there is one."""
        box, self.spare = self.spare, None
        return box or self._new_box()

    def keep_spare(self) -> None:
        """Make the next box ahead of time."""
        if self.mode == "fork" and self.spare is None:
            self.spare = self._new_box()

    def _new_box(self) -> Box:
        folder = self.root / str(next(self.numbers))
        (folder / "app").mkdir(parents=True)
        return Box(self, folder)

    def order(self, message: Event, fds: tuple[int, ...] = ()) -> None:
        """Tell the warm parent what to do."""
        channel.send(self.control, message, fds)

    def close(self) -> None:
        """End every process and remove every file; safe to call twice."""
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
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Box:
    """One process for one app: its folder, its line to the judge, its address."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.app_folder = folder / "app"
        self.uds: str | None = None
        self.address: tuple[str, int] | None = None
        self.pid = 0
        self.status: int | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.layers: list[str] = []
        self.questions = itertools.count(1)
        self.closed = False
        self.ended = False
        start = self._fork if sandbox.mode == "fork" else self._spawn
        with (folder / "output.txt").open("wb") as output:
            self.line = Line(start(output.fileno()))

    def _fork(self, output: int) -> socket.socket:
        ours, theirs = socket.socketpair()
        self.uds = str(self.folder / "http.sock")
        with socket.socket(socket.AF_UNIX) as listener, theirs:
            listener.bind(self.uds)
            listener.listen(256)
            self.sandbox._wait_until_warm()
            order = {
                "order": "fork",
                "folder": str(self.app_folder),
                "limits": asdict(self.sandbox.limits),
            }
            self.sandbox.order(order, (listener.fileno(), theirs.fileno(), output))
        forked = self.sandbox.line.take_named("forked", seconds=START_S)
        if forked is None:
            raise SandboxError("the warm parent does not answer")
        self.pid = forked["pid"]
        return ours

    def _spawn(self, output: int) -> socket.socket:
        token = secrets.token_hex(16)
        with socket.create_server(("127.0.0.1", 0)) as door:
            port = door.getsockname()[1]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "yielddb.warm", "alone", str(port), str(self.app_folder)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=clean_environment(),
                start_new_session=True,
            )
            self.pid = self.process.pid
            assert self.process.stdin
            self.process.stdin.write(token.encode() + b"\n")
            self.process.stdin.close()
            door.settimeout(START_S)
            ours, _ = door.accept()
        ours.settimeout(None)
        if channel.receive(ours).get("token") != token:  # somebody else on this machine
            raise SandboxError("a stranger called")
        channel.send(ours, {"limits": asdict(self.sandbox.limits)})
        return ours

    def load(self, module: str, env: Mapping[str, str]) -> Event:
        """Import `module` from the app's folder; gives the probe's facts right after it.

        Raises AppFailed, AppDied or AppSilent.
        """
        ready = self._expect("ready", seconds=START_S)
        self.layers = [str(layer) for layer in ready.get("layers", ())]
        home = {"HOME": str(self.app_folder), "TMPDIR": str(self.app_folder)}
        channel.send(self.line.sock, {"module": module, "env": {**clean_environment(home), **env}})
        imported = self._expect("imported", seconds=self.sandbox.limits.start_s)
        return dict(imported.get("facts") or {})

    def serve(self) -> None:
        """Run the app's start-up and open the door; raises as `load` does."""
        self.ask("serve")
        serving = self._expect("serving", seconds=self.sandbox.limits.start_s)
        if not self.uds:
            host, port = serving["address"][:2]
            self.address = (str(host), int(port))

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
        path = self.folder / "output.txt"
        with contextlib.suppress(OSError), path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_BYTES))
            return file.read().decode("utf-8", "replace")
        return ""

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

    def kill(self) -> None:
        """End the process and what it started, at once."""
        self.ended = True
        if self.process:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL) if hasattr(os, "killpg") else None
            self.process.kill()
        elif self.status is None:
            with contextlib.suppress(channel.Closed):
                self.sandbox.order({"order": "kill", "pid": self.pid})
        self.wait()

    def stop(self) -> Event | None:
        """Shut down gracefully; gives the probe's last facts, None if it had to be killed."""
        self.ended = True
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
            shutil.rmtree(self.folder, ignore_errors=True)
