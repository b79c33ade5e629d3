"""One check while somebody waits, beside the floor in turns; and the memory of apps in flight."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import exercise
from floor import Floor
from measure import clean

from yielddb.judge import Judge
from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import find
from yielddb.sandbox.parent import Sandbox

PAUSE_S = 0.5  # between two saves; nobody types faster
IN_FLIGHT = 4
MIB = 1024  # kB


def save(file: Path, number: int) -> None:
    """What an editor does."""
    file.write_text(exercise.source(number * exercise.WRONG_EVERY) + f"# {number}\n", "utf-8")


def latency(folder: Path, requests: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds from save to verdict in the notebook and in `yielddb watch`, and of the floor."""
    times: dict[str, list[float]] = {"floor": [], "notebook": [], "watch": []}
    app = folder / "app"
    shutil.copytree(exercise.LESSON.solution, app)
    judge = Judge(exercise.COURSE)
    judge.grade(exercise.LESSON, app)
    try:
        with Floor(requests, app) as hot, watching(app, folder) as watch:
            for number in range(1, rounds + 1):
                time.sleep(PAUSE_S)
                hot.ask([app])
                times["floor"].append(hot.answer())
                began = time.perf_counter()
                save(app / "main.py", number)
                told(watch)
                times["watch"].append(time.perf_counter() - began)
                time.sleep(PAUSE_S)
                began = time.perf_counter()
                verdict = judge.grade(exercise.LESSON, app)
                times["notebook"].append(time.perf_counter() - began)
                if verdict.status != "passed":
                    raise SystemExit(f"the solution did not pass: {verdict}")
    finally:
        judge.close()
    return times


@contextmanager
def watching(app: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """`yielddb watch` on a folder, past its first verdict."""
    command = [sys.executable, "-m", "yielddb", "watch", exercise.LESSON.stem, str(app), "--json"]
    course = {"YIELDDB_COURSE": str(exercise.COURSE.root), "YIELDDB_WORK": str(folder / "work")}
    with subprocess.Popen(
        command,
        env=clean() | course,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            told(process)
            yield process
        finally:
            process.terminate()  # SIGINT is ignored where this runs in the background
            process.wait(10)


def told(process: subprocess.Popen[str]) -> None:
    """Read the next verdict; it is to be a pass."""
    assert process.stdout
    line = process.stdout.readline()
    if not line or json.loads(line)["status"] != "passed":
        raise SystemExit(f"watch said {line!r}")


def memory() -> float:
    """MiB that each app in flight has to itself, after all its requests."""
    requests = ("/books/", "/authors/1", "/books/1")
    with Sandbox() as sandbox:
        apps = [LearnerApp(sandbox, find(exercise.LESSON.solution)) for _ in range(IN_FLIGHT)]
        try:
            for app in apps:
                _use(app, requests)
            return sum(_private(app.ensure().seen_pid) for app in apps) / len(apps)
        finally:
            for app in apps:
                app.close()


def _use(app: LearnerApp, paths: tuple[str, ...]) -> None:
    from yielddb.judging.transport import client_of

    with client_of(app) as client:
        client.post("/authors/", json={"name": "Lem"})
        client.post("/books/", json={"title": "Solaris", "author_id": 1})
        client.patch("/books/1", json={"year": 1961})
        for path in paths:
            client.get(path)
        client.delete("/books/1")


def _private(pid: int) -> float:
    """Pages that no other process has, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / MIB
