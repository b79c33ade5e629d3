"""`yielddb grade --dask` on a real cluster of two worker processes, one of them killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.class_room import COUNT, FLUSHED, HELLO, WRONG, grade, judged, put, record, statuses
from tests.command import arguments, environment
from tests.test_judge import below, gone
from yielddb.batch import farm as farming
from yielddb.batch.farm import Farm
from yielddb.batch.finding import Finder
from yielddb.batch.workers import Task, Terms
from yielddb.catalogue import Course
from yielddb.workspace.complaint import Complaint

if os.environ.get("CI"):
    import distributed  # there, a missing farm is a failure
else:
    distributed = pytest.importorskip("distributed", reason="the farm is an extra")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]

LIMIT_S = 90.0  # for a busy machine; what is waited for takes a few seconds
SLOW = "import time\ntime.sleep(60)\n" + HELLO
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
OPTIONS = ("--nthreads", "1", "--memory-limit", "0")
OWN = '''
def test_greets_in_french(client):
    """GET /hello greets in French"""
    assert client.get("/hello").json()["greeting"] == "Bonjour", "Bonjour"
'''
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
        self.start("scheduler", "--port", "0")
        found = until("a scheduler", lambda: self.file.exists() and self.file.read_text())
        self.address = found.partition('"address": "')[2].partition('"')[0]

    def start(self, kind: str, *words: str, without: bool = False) -> subprocess.Popen[bytes]:
        program = "from dask.__main__ import main; main()"
        command = [sys.executable, "-c", f"{WITHOUT if without else ''}{program}"]
        started = subprocess.Popen(
            [*command, kind, "--scheduler-file", str(self.file), *LOCAL, *words],
            cwd=self.home,
            env=environment(YIELDDB_COURSE=str(self.course.root), TMPDIR=str(self.home)),
            stderr=(self.home / f"{kind}.log").open("ab"),
        )
        self.started.append(started)
        return started

    def workers(self, number: int, *words: str, start: int | None = None) -> list[int]:
        """The process ids of so many workers, `start` of them started now; waits for them."""
        self.start("worker", *OPTIONS, "--nworkers", str(start or number), *words)
        with distributed.Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=LIMIT_S)
            return list(client.run(os.getpid).values())

    def farm(self, course: Course) -> Farm:
        return Farm(course, self.address, Terms(LIMIT_S, None))

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
    """A scheduler of this test alone."""
    home = tmp_path / "cluster"
    home.mkdir()
    started = Cluster(home, toy)
    yield started
    started.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One worker for all tests that leave it as it was."""
    home = tmp_path_factory.mktemp("shared")
    started = Cluster(home, Course(Path(__file__).parent / "toy"))
    started.workers(1)
    yield started
    started.close()


def a_class(folder: Path, students: int) -> Path:
    """Two apps of each student, every third wrong; and a file that can't be parsed."""
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
    try:
        with sqlite3.connect(f"file:{results / 'results.db'}?mode=ro", uri=True) as db:
            return int(db.execute("select count(*) from verdict").fetchone()[0])
    except sqlite3.Error:  # not yet there
        return 0


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
    room = a_class(tmp_path / "class", 7)
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
    farmed = json.loads(out)
    assert (farmed["graded"], farmed["unchanged"]) == (15, 0)
    assert judged(farmed) == judged(plain)
    assert not gone(second)
    until("an end of the killed worker's judge", lambda: all(map(gone, orphans)))
    until("idle workers", lambda: not below(launched) & judges())
    assert list(cluster.home.rglob("app/*.py")) == []
    again = record(toy, room, "--dask", cluster.address, "--out", str(tmp_path / "farm"))
    assert (again["graded"], again["unchanged"]) == (0, 15)


def tasks(course: Course, room: Path) -> list[Task]:
    return [Task(unit, "") for unit in Finder(room, course, None, room / "out").units()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle(shared: Cluster, tmp_path: Path, number: int) -> None:
    """The cluster stays as it was: no judge, no file; the next run does the rest."""
    course = shared.course
    room = put(tmp_path / "class", {"a/hello.py": HELLO, "z/hello.py": SLOW})
    launched = shared.started[-1].pid
    run = start(course, room, "--dask", shared.address)
    until("a verdict", lambda: verdicts(tmp_path / "class-results") >= 1)
    hands = until("a judge", lambda: below(launched) & judges())
    run.send_signal(number)
    _, err = run.communicate(timeout=LIMIT_S)
    assert run.returncode == 128 + number, err
    again = f"yielddb grade {room} --dask {shared.address}"
    assert f"stopped; 1 of 2 left. To go on, type: {again}" in err
    assert "Traceback" not in err
    until("an end of the judge", lambda: all(map(gone, hands)))
    until("an idle worker", lambda: not below(launched) & judges())
    until("an empty desk", lambda: not list(shared.home.rglob("app/*.py")))
    put(room, {"z/hello.py": WRONG})
    found = record(course, room, "--dask", shared.address)
    assert (found["graded"], found["unchanged"]) == (1, 1)
    assert statuses(found) == {("a", "hello"): "passed", ("z", "hello"): "failed"}


def test_an_instructors_checks_come_along(shared: Cluster, tmp_path: Path) -> None:
    """Workers judge by the files of --checks, which they do not have."""
    own = put(tmp_path / "own", {"01_hello.py": OWN})
    room = put(tmp_path / "class", {"a/hello.py": HELLO, "b/count.py": COUNT})
    words = ("--checks", str(own))
    farmed = record(shared.course, room, *words, "--dask", shared.address)
    assert statuses(farmed) == {("a", "hello"): "failed", ("b", "count"): "passed"}
    plain = record(shared.course, room, *words, "--out", str(tmp_path / "plain"))
    assert judged(farmed) == judged(plain)


def test_another_course(shared: Cluster, toy: Course) -> None:
    """Checks that are not the same there and here are told before anything is judged."""
    with toy.find("hello").check.open("a") as file:
        file.write("# new\n")
    with pytest.raises(Complaint, match="the checks of its course are not the ones here"):
        shared.farm(toy).__enter__()


def test_other_versions(shared: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """What differs is named, with both versions."""
    farm = shared.farm(shared.course)
    farm.same["fastapi"] = "0.1"
    with pytest.raises(Complaint, match=r"worker tcp://\S+: fastapi [\d.]+, here 0\.1; install"):
        farm.__enter__()


def test_a_worker_that_joins_later_is_asked_too(shared: Cluster, tmp_path: Path) -> None:
    """The identity travels with each app: a worker of another course judges nothing."""
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    with shared.farm(shared.course) as farm:
        farm.same = {**farm.same, "sqlalchemy": "1.4"}
        with pytest.raises(Complaint, match=r"sqlalchemy [\d.]+, here 1\.4"):
            list(farm.run(tasks(shared.course, room)))


def test_a_task_that_fails_there(
    shared: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker raises costs a second try, then a verdict that says so."""
    monkeypatch.setattr(farming, "pack", lambda *_: b"no parcel")
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    with shared.farm(shared.course) as farm:
        ((_, verdict),) = farm.run(tasks(shared.course, room))
    assert verdict.status == "error"
    assert "a worker of the farm failed: JSONDecodeError" in str(verdict.checks[0].came_back)
    assert verdict.checks[0].hint == "2 tries; run the same command again"


def test_the_time_of_one_app(shared: Cluster, tmp_path: Path) -> None:
    """--timeout holds on the workers."""
    room = put(tmp_path / "class", {"a/hello.py": SLOW})
    with Farm(shared.course, shared.address, Terms(2.0, None)) as farm:
        ((_, verdict),) = farm.run(tasks(shared.course, room))
    assert verdict.checks[0].came_back == "no verdict within 2 s"


def test_a_worker_that_is_stopped_hands_on(cluster: Cluster, toy: Course, tmp_path: Path) -> None:
    """Stopped politely in the middle of an app, it leaves the app to another worker."""
    room = put(tmp_path / "class", {"a/hello.py": SLOW})
    first = cluster.workers(1, "--no-nanny")[0]
    with cluster.farm(toy) as farm:
        found: list[Any] = []
        run = threading.Thread(target=lambda: found.extend(farm.run(tasks(toy, room))))
        run.start()
        until("a judge at work", lambda: below(first) & judges())
        cluster.workers(2, "--no-nanny", start=1)
        os.kill(first, signal.SIGTERM)
        run.join(LIMIT_S)
    ((_, verdict),) = found
    assert verdict.status == "failed"  # it takes too long to start: judged, not given up
    until("an end of the worker", lambda: gone(first))


def test_all_workers_are_lost(
    cluster: Cluster, toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever where the last worker is gone for good."""
    monkeypatch.setattr(farming, "WORKER_S", 2.0)
    (pid,) = cluster.workers(1, "--no-nanny")
    room = put(tmp_path / "class", {"a/hello.py": HELLO, "b/hello.py": SLOW})
    with cluster.farm(toy) as farm:
        run = farm.run(tasks(toy, room))
        assert next(run)[1].status == "passed"
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(Complaint, match="no worker is left; what was graded is kept"):
            next(run)


def test_the_scheduler_is_lost(cluster: Cluster, toy: Course, tmp_path: Path) -> None:
    """Its end is told at once, and the client lets go."""
    cluster.workers(1)
    room = put(tmp_path / "class", {"a/hello.py": HELLO, "b/hello.py": SLOW})
    with cluster.farm(toy) as farm:
        run = farm.run(tasks(toy, room))
        assert next(run)[1].status == "passed"
        cluster.started[0].kill()
        with pytest.raises(Complaint, match="the scheduler is gone; what was graded is kept"):
            next(run)


def test_no_worker_and_one_without_yielddb(
    cluster: Cluster, toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler alone, and a worker that lacks the package: one message each, with the remedy."""
    monkeypatch.setattr(farming, "ANSWER_S", 3.0)
    with pytest.raises(Complaint, match=r"no worker there; start some: dask worker tcp://"):
        cluster.farm(toy).__enter__()
    cluster.start("worker", "--no-nanny", without=True)
    with distributed.Client(cluster.address, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=LIMIT_S)
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    done = grade(toy, room, "--dask", cluster.address)
    assert done.returncode == 2
    assert "a worker can't be set up: " in done.stderr
    assert "No module named 'yielddb'" in done.stderr
    assert done.stderr.endswith("; on all machines: pip install 'yielddb[farm]'\n")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("address", "says"), [
    ("umbrella", "no address; give HOST:PORT"),
    ("127.0.0.1:1", "no scheduler answers within 0.5 s"),
    ("foo://127.0.0.1:1", "no scheduler answers"),
])  # fmt: skip
def test_nobody_answers(
    address: str, says: str, toy: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong address, or one where nothing listens, is told within a bounded time."""
    monkeypatch.setattr(farming, "ANSWER_S", 0.5)
    with pytest.raises(Complaint, match=says):
        Farm(toy, address, Terms(LIMIT_S, None)).__enter__()


def test_something_else_answers(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that takes the call and says nothing is no scheduler."""
    monkeypatch.setattr(farming, "ANSWER_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(Complaint, match="no scheduler answers"):
            Farm(toy, address, Terms(LIMIT_S, None)).__enter__()


def test_without_dask(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that is missing is named."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Complaint, match=r"no Dask here \(distributed\); pip install 'yield"):
        Farm(toy, "127.0.0.1:1", Terms(LIMIT_S, None)).__enter__()


def test_jobs_are_the_clusters(toy: Course, tmp_path: Path) -> None:
    """--jobs says nothing to a cluster."""
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    done = grade(toy, room, "--dask", "127.0.0.1:1", "--jobs", "2")
    assert done.returncode == 2
    assert "with --dask the cluster has its own workers" in done.stderr
