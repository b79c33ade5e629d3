"""Times `yielddb check` and `yielddb watch` beside the bare floor, in turns, in one run.

    python benchmarks/floor.py [--lesson LESSON] [--rounds N]

Prints medians and the ratios of each round; see README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yielddb.catalogue import Lesson, default_course
from yielddb.judging.learner import LearnerApp
from yielddb.judging.plugin import JudgePlugin, run
from yielddb.judging.submission import find
from yielddb.sandbox.parent import Sandbox

HERE = Path(__file__).parent
SAME_PACKAGES = ("uvicorn", "pytest", "typer")  # what a check imports besides the app's own stack


def requests_of(lesson: Lesson) -> list[dict[str, str]]:
    """The requests that the lesson's check sends to its solution."""
    with Sandbox() as sandbox:
        app = LearnerApp(sandbox, find(lesson.solution))
        try:
            run(lesson.check, JudgePlugin(lesson.slug, app, seed=1))
            sent = [exchange.request for exchange in app.exchanges]
        finally:
            app.close()
    return [
        {
            "method": r.method,
            "path": r.url.raw_path.decode(),
            "body": r.content.decode("utf-8", "replace"),
        }
        for r in sent
    ]


def timed(command: list[str], env: dict[str, str]) -> float:
    """Wall seconds of a command that must succeed."""
    began = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout}{done.stderr}")
    return seconds


@contextmanager
def watching(lesson: Lesson, folder: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`yielddb watch` on a folder, past its first verdict."""
    command = [sys.executable, "-m", "yielddb", "watch", lesson.stem, str(folder), "--json"]
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        read_verdict(process)
        time.sleep(1)  # a person saves later than this
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)


def read_verdict(process: subprocess.Popen[str]) -> dict[str, object]:
    """The next JSON verdict that `watch` prints."""
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith("}") or (line.startswith("{") and line.rstrip().endswith("}")):
            return dict(json.loads(text))
    raise SystemExit(f"watch ended: {text}")


def save_to_verdict(process: subprocess.Popen[str], source: Path, number: int) -> float:
    """Seconds from the save of a changed file to the verdict."""
    text = source.read_text("utf-8") + f"# save {number}\n"
    began = time.perf_counter()
    source.write_text(text, "utf-8")
    verdict = read_verdict(process)
    seconds = time.perf_counter() - began
    if verdict["status"] != "passed":
        raise SystemExit(f"the solution did not pass: {verdict}")
    time.sleep(0.4)
    return seconds


def row(name: str, seconds: list[float], floor: list[float]) -> str:
    """One line of the table: median, 90th percentile and ratio to the floor, round by round."""
    ratio = statistics.median(s / f for s, f in zip(seconds, floor, strict=True))
    ninetieth = sorted(seconds)[int(len(seconds) * 0.9)]
    middle = statistics.median(seconds)
    return f"| {name} | {middle * 1000:.0f} | {ninetieth * 1000:.0f} | {ratio:.2f} |"


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lesson", default="6")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    lesson = default_course().find(options.lesson)
    names = ("stack", "floor", "check", "watch")
    times: dict[str, list[float]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as scratch:
        env = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
        env["YIELDDB_WORK"] = f"{scratch}/work"
        app = Path(scratch) / "app"
        shutil.copytree(lesson.solution, app)
        requests = Path(scratch) / "requests.json"
        sent = requests_of(lesson)
        requests.write_text(json.dumps(sent), "utf-8")
        stack = [sys.executable, str(HERE / "floor_process.py"), str(app), str(requests)]
        floor = [*stack, *SAME_PACKAGES]
        check = [sys.executable, "-m", "yielddb", "check", lesson.stem, str(app), "--json"]
        for command in (stack, floor, check):  # not counted: it fills the disk's cache
            timed(command, env)
        with watching(lesson, app, env) as process:
            for number in range(options.rounds):
                times["stack"].append(timed(stack, env))
                times["floor"].append(timed(floor, env))
                times["check"].append(timed(check, env))
                times["watch"].append(save_to_verdict(process, app / "main.py", number))
    print(
        f"Lesson {lesson.stem}: {len(sent)} requests, {options.rounds} rounds, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    print("| what | median ms | 90 % ms | of the floor |\n|---|---|---|---|")
    print(row("stack alone: FastAPI, SQLAlchemy, Pydantic, httpx", times["stack"], times["floor"]))
    print(row("floor: the same packages as a check", times["floor"], times["floor"]))
    print(row("`yielddb check`, from the shell", times["check"], times["floor"]))
    print(row("`yielddb watch`, save to verdict", times["watch"], times["floor"]))
    faster = statistics.median(f / w for f, w in zip(times["floor"], times["watch"], strict=True))
    print(f"\n`watch` is {faster:.1f} times faster than the floor.")


if __name__ == "__main__":
    main()
