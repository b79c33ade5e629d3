"""Brings up JupyterLab on the learner's folder and the built site, and takes both down again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from types import FrameType

from yielddb.catalogue import Lesson
from yielddb.terminal.jupyter import Jupyter
from yielddb.terminal.ports import demand_port
from yielddb.terminal.site_server import SiteServer
from yielddb.workspace import copies
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.folder import Workspace
from yielddb.workspace.storage import FileLock, write_atomically

READY_S = 90.0  # JupyterLab's first start on a cold disk takes up to a minute
POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line may choose; a port of None is any free one."""

    port: int | None = None
    site_port: int | None = None
    browser: bool = True


@dataclass(frozen=True, slots=True)
class Running:
    """The addresses of a running `yielddb start`; `site` is None where none is built."""

    pid: int
    jupyter: str
    site: str | None
    work: str

    def to_dict(self) -> dict[str, object]:
        """The JSON object."""
        return {"schema": "yielddb/start/1", **asdict(self)}


Announce = Callable[[Running, bool], None]


def start(
    workspace: Workspace, lesson: Lesson | None, options: Options, announce: Announce
) -> None:
    """Serve until Ctrl-C, SIGTERM or the end of the terminal.

    `announce` gets the addresses as soon as both servers answer, and whether they were running
    before in another process; in that case nothing is started and the call returns.
    """
    copies.refresh(workspace)
    if lesson is not None:
        workspace.prepare(lesson)
    lock = FileLock(workspace.state / "start.lock")
    if running := _other(workspace, lock):
        announce(running, True)
        return
    try:
        with _signals() as stop:
            _serve(workspace, lesson, options, announce, stop, lock)
    finally:
        lock.release()


def _other(workspace: Workspace, lock: FileLock) -> Running | None:
    """The start that runs already; without one the lock is ours."""
    deadline = time.monotonic() + READY_S
    while not lock.acquire():
        running = _read(workspace)
        if running and _answers(running.jupyter):
            return running
        if time.monotonic() > deadline:
            raise Complaint(f"{lock.path}: another start keeps this lock; end it and try again")
        time.sleep(POLL_S)  # it is coming up
    return None


def _read(workspace: Workspace) -> Running | None:
    try:
        record = json.loads((workspace.state / "start.json").read_text("utf-8"))
        return Running(**{name: record[name] for name in ("pid", "jupyter", "site", "work")})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _serve(
    workspace: Workspace,
    lesson: Lesson | None,
    options: Options,
    announce: Announce,
    stop: threading.Event,
    lock: FileLock,
) -> None:
    record = workspace.state / "start.json"
    record.unlink(missing_ok=True)  # of one that was killed
    page = f"notebooks/{lesson.notebook.name}" if lesson and lesson.notebook.is_file() else None
    port = options.port if options.port is None else demand_port(options.port, "--port")
    with contextlib.ExitStack() as stack:
        site = _site(workspace, options.site_port)
        if site:
            stack.enter_context(site)
        log = workspace.state / "jupyter.log"
        jupyter = stack.enter_context(Jupyter(workspace.root, log, port, page))
        _wait_for_answers(jupyter, site, stop)
        if stop.is_set():
            return
        running = Running(
            os.getpid(), jupyter.address, site.address if site else None, str(workspace.root)
        )
        stack.callback(record.unlink, missing_ok=True)
        write_atomically(record, json.dumps(running.to_dict(), indent=1) + "\n")
        announce(running, False)
        if options.browser:
            _open_browser([running.jupyter, *([running.site] if running.site else [])])
        while not stop.wait(1.0):
            lock.keep()
            if not jupyter.alive:
                raise Complaint(f"JupyterLab has ended by itself; see {log}")


def _site(workspace: Workspace, port: int | None) -> SiteServer | None:
    folder = workspace.course.site_dir
    if not (folder / "index.html").is_file():
        workspace.say("the site is not built, so only JupyterLab starts; in a clone: make site")
        return None
    return SiteServer(folder, 0 if port is None else demand_port(port, "--site-port"))


def _wait_for_answers(jupyter: Jupyter, site: SiteServer | None, stop: threading.Event) -> None:
    deadline = time.monotonic() + READY_S
    while not stop.wait(POLL_S):
        jupyter.revive()
        if _answers(jupyter.probe) and (site is None or _answers(site.address)):
            return
        if time.monotonic() > deadline:
            raise Complaint(f"JupyterLab gave no answer within {READY_S:g} s; see {jupyter.log}")


def _answers(address: str) -> bool:
    """Whether somebody speaks HTTP there; any status will do."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy can't see us
    try:
        opener.open(address, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _open_browser(addresses: list[str]) -> None:
    """A tab for each; without a display a text browser would take the terminal away."""
    headless = not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if sys.platform.startswith("linux") and headless:
        return
    for address in addresses:
        webbrowser.open(address)


@contextlib.contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and SIGHUP set; inside the block they do nothing else."""
    stop = threading.Event()

    def heard(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    names = [n for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {name: signal.signal(getattr(signal, name), heard) for name in names}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
