"""`yielddb grade --dask` on a real cluster of two worker processes, one of them killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.class_room import COUNT, FLUSHED, HELLO, WRONG, grade, judged, put, record, statuses
from tests.command import arguments, environment
from tests.test_judge import below, gone
from yielddb.batch.store import Store
from yielddb.catalogue import Course

distributed = pytest.importorskip("distributed", reason="the farm is an extra")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

LIMIT_S = 90.0  # for a busy machine; what is waited for takes a few seconds
SLOW = "import time\ntime.sleep(60)\n" + HELLO
# a module finder that behaves as if the package were not installed
WITHOUT = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "yielddb":
            raise ModuleNotFoundError(f"No module named {name!r}", name="yielddb")
sys.meta_path.insert(0, Without())
"""


def until(what: str, found: Callable[[], Any]) -> Any:
    """What `found` gives, once it gives something."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.05)
    pytest.fail(f"never seen: {what}")


class Cluster:
    """A scheduler and its workers, on loopback."""

    def __init__(self, home: Path, course: Course) -> None:
        self.home, self.course = home, course
        self.started: list[subprocess.Popen[bytes]] = []
        self.file = home / "scheduler.json"
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        found = until("a scheduler", lambda: self.file.exists() and self.file.read_text())
        self.address = found.partition('"address": "')[2].partition('"')[0]

    def start(self, kind: str, *words: str, without: bool = False) -> subprocess.Popen[bytes]:
        program = "from dask.__main__ import main; main()"
        command = [sys.executable, "-c", f"{WITHOUT if without else ''}{program}"]
        started = subprocess.Popen(
            [*command, kind, "--scheduler-file", str(self.file), *words],
            cwd=self.home,
            env=environment(YIELDDB_COURSE=str(self.course.root), TMPDIR=str(self.home)),
            stderr=(self.home / f"{kind}.log").open("ab"),
        )
        self.started.append(started)
        return started

    def workers(self, number: int, *words: str) -> list[int]:
        """Start so many worker processes; gives their process ids when they are there."""
        options = ("--nthreads", "1", "--no-dashboard", "--memory-limit", "0", "--host", "127.0.0.1")
        self.start("worker", "--nworkers", str(number), *options, *words)
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=LIMIT_S)
            return list(client.run(os.getpid).values())

    def close(self) -> None:
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def cluster(tmp_path: Path, toy: Course) -> Iterator[Cluster]:
    home = tmp_path / "cluster"
    home.mkdir()
    started = Cluster(home, toy)
    yield started
    started.close()


def a_class(folder: Path, students: int) -> Path:
    """Two apps of each student; every third hands in wrong ones, one a file that can't be parsed."""
    for number in range(students):
        hello, count = (WRONG, FLUSHED) if number % 3 == 0 else (HELLO, COUNT)
        put(folder / f"s{number}", {"hello.py": hello, "02_count/main.py": count})
    put(folder, {"zoe_01_hello.py": "app = (\n"})
    return folder


def start(toy: Course, room: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments(toy, "grade", str(room), *words), cwd=room.parent, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def verdicts(results: Path) -> int:
    if not (results / "results.db").exists():
        return 0
    store = Store.open(results / "results.db")
    try:
        return len(store.latest())
    finally:
        store.close()


def judges() -> set[int]:
    """The processes of judges and warm parents that run now."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                line = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if b"yielddb.judge" in line or b"yielddb.sandbox.warm" in line:
                found.add(int(folder.name))
    return found


def test_same_results_though_a_worker_is_killed(
    toy: Course, tmp_path: Path, cluster: Cluster
) -> None:
    """One of two workers dies in the middle: nothing is lost, nothing differs, nothing is left."""
    room = a_class(tmp_path / "class", 10)
    plain = record(toy, room, "--out", str(tmp_path / "plain"))
    first, second = cluster.workers(2)
    launched = cluster.started[-1].pid
    run = start(toy, room, "--dask", cluster.address, "--json", "--out", str(tmp_path / "farm"))
    until("three verdicts", lambda: verdicts(tmp_path / "farm") >= 3)
    orphans = below(first)
    assert any(pid in judges() for pid in orphans)
    os.kill(first, signal.SIGKILL)
    out, err = run.communicate(timeout=LIMIT_S)
    assert run.returncode == 1, err
    import json

    farmed = json.loads(out)
    assert (farmed["graded"], farmed["unchanged"]) == (21, 0)
    assert judged(farmed) == judged(plain)
    assert not gone(second)
    until("an end of the killed worker's judge", lambda: all(map(gone, orphans)))
    until("idle workers", lambda: not below(launched) & judges())
    assert list(cluster.home.rglob("app/*.py")) == []
    again = record(toy, room, "--dask", cluster.address, "--out", str(tmp_path / "farm"))
    assert (again["graded"], again["unchanged"]) == (0, 21)
