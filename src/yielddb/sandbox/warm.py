"""The warm parent: imports the stack once, then forks a child per app; it reads no submission."""

from __future__ import annotations

import contextlib
import gc
import importlib
import mimetypes
import os
import select
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

from yielddb.sandbox import channel, limits, namespaces
from yielddb.sandbox.jail import Jail
from yielddb.sandbox.removing import remove

# What an app of the course imports, and what uvicorn and FastAPI import late.
STACK = (
    "fastapi",
    "pydantic",
    "sqlalchemy.orm",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "uvicorn",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.auto",
    "uvicorn.loops.asyncio",
    "anyio._backends._asyncio",
    "pydantic.v1",  # FastAPI asks it about every field
    "sqlite3",
)
# Later the engine can't be read: the course may lie in it.
ENGINE = ("yielddb.sandbox.child", "yielddb.sandbox.rehearsal")
NOT_WANTED, NOT_FORKED = "not wanted here", "they need a process that forks the app"


def preload(names: tuple[str, ...]) -> None:
    """Import what is there; an app that needs the rest will say so itself."""
    for name in names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    mimetypes.init()  # it reads files of the system when first asked
    for name in ENGINE:
        importlib.import_module(name)


class WarmParent:
    """Forks on demand, reaps, and kills what it forked when the judge is gone."""

    def __init__(self, control: socket.socket, jail: Jail) -> None:
        self.control, self.jail = control, jail
        self.children: set[int] = set()
        self.wake_read, self.wake_write = os.pipe()
        os.set_blocking(self.wake_write, False)
        os.set_blocking(self.wake_read, False)
        from yielddb.sandbox.probe import Probe
        from yielddb.sandbox.rehearsal import rehearse

        self.probe = Probe()
        self.probe.install()
        rehearse(jail.root, self.probe)

    def run(self) -> None:
        """Serve the judge until it hangs up."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        gc.collect()
        gc.freeze()  # fewer pages are copied after fork
        channel.send(self.control, {"event": "warm"})
        try:
            while True:
                watched: list[Any] = [self.control, self.wake_read]
                ready, _, _ = select.select(watched, [], [])
                if self.wake_read in ready:
                    self.reap()
                if self.control in ready:
                    self.obey(*channel.receive_fds(self.control))
        except channel.Closed:
            pass
        finally:
            for pid in self.children:
                self.kill(pid)

    def reap(self) -> None:
        """Tell the judge of every child that ended."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.wake_read, 512):
                pass
        for pid in list(self.children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self.children.discard(pid)
                self.kill(pid)  # what it left in its process group
                channel.send(self.control, {"event": "exit", "pid": pid, "status": status})

    def kill(self, pid: int, number: int = signal.SIGKILL) -> None:
        """Signal a child's whole group."""
        for send in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                send(pid, number)

    def obey(self, order: dict[str, Any], fds: list[int]) -> None:
        """Fork, kill or signal."""
        match order.get("order"):
            case "fork":
                self.fork(order, fds)
            case "kill" if order["pid"] in self.children:
                self.kill(order["pid"])
            case "where" if order["pid"] in self.children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(order["pid"], signal.SIGUSR1)

    def fork(self, order: dict[str, Any], fds: list[int]) -> None:
        """Start a child on the descriptors listener, control, output."""
        pid = os.fork()
        if pid == 0:
            try:
                self.become_child(order, *fds)
            except BaseException:  # our own fault; it goes where the app would print
                traceback.print_exc()
            finally:
                os._exit(70)
        self.children.add(pid)
        for fd in fds:
            os.close(fd)
        channel.send(self.control, {"event": "forked", "pid": pid})

    def become_child(self, order: dict[str, Any], listen: int, control: int, output: int) -> None:
        """Shed what is the parent's, take on the limits, then wait for the judge's word."""
        os.write(control, b"!")  # by this byte the kernel tells the judge who sent it
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the judge's to answer
        limits.forbid_new_privileges()
        self.jail.enter()
        null = os.open(os.devnull, os.O_RDONLY)
        for target, source in enumerate((null, output, output)):
            os.dup2(source, target)
        keep = sorted({listen, control})
        start = 3
        for fd in [*keep, os.sysconf("SC_OPEN_MAX")]:
            os.closerange(start, min(fd, 4096))
            start = fd + 1
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        os.chdir(order["folder"])
        layers = limits.apply(limits.Limits(**order["limits"]))
        judge = socket.socket(fileno=control)
        channel.send(judge, {"event": "ready", "layers": layers})
        door = socket.socket(fileno=listen)
        from yielddb.sandbox import child, rehearsal

        if order["rehearse"]:  # the pages that an app will write to are copied before there is one
            rehearsal.rehearse(Path(order["folder"]).parent, self.probe, door)
        child.begin(self.probe, judge, door, self.jail)


def run_alone(port: int, folder: str) -> None:
    """Where nothing forks: this process is the child; it calls the judge on loopback."""
    control = socket.create_connection(("127.0.0.1", port), timeout=10)
    control.settimeout(None)
    channel.send(control, {"token": sys.stdin.readline().strip()})
    order = channel.receive(control)
    os.chdir(folder)
    from yielddb.sandbox import child
    from yielddb.sandbox.probe import Probe
    from yielddb.sandbox.serving import loopback

    probe = Probe()
    probe.install()
    layers = limits.apply(limits.Limits(**order["limits"]))
    jail = Jail(Path(order["root"]), NOT_FORKED, bare=order["at_most"] == "C")
    listener = loopback()  # later none can be made
    jail.enter()
    channel.send(control, {"event": "ready", "layers": layers})
    child.begin(probe, control, listener, jail)


def main(arguments: list[str]) -> None:
    """`fork FD ROOT LEVEL` or `alone PORT FOLDER`; started by the judge, never by a person."""
    sys.dont_write_bytecode = True
    if arguments[0] == "alone":
        run_alone(int(arguments[1]), arguments[2])
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control, root = socket.socket(fileno=int(arguments[1])), Path(arguments[2])
    at_most = arguments[3]
    why_not = namespaces.enter(root) if at_most == "A" else NOT_WANTED  # before a thread starts
    preload(STACK)
    try:
        WarmParent(control, Jail(root, why_not, bare=at_most == "C")).run()
    finally:  # a judge that was killed could not
        remove(root)


if __name__ == "__main__":
    main(sys.argv[1:])
