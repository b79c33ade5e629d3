"""The commands: what they print, where they write, and one line for each mistake."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from command import arguments, environment, solve, yielddb

from yielddb import __version__
from yielddb.catalogue import Course

HEAVY = ("rich", "pytest", "httpx", "nbformat", "IPython", "jupyterlab", "watchfiles", "mkdocs")


@pytest.fixture
def run(toy: Course, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command in a folder whose `work` is the learner's."""
    return lambda *words, **more: yielddb(toy, tmp_path, *words, **more)


def test_start_up_imports_nothing_heavy() -> None:
    """`yielddb --help` answers before a heavy library is imported."""
    code = f"import yielddb.cli, sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_version(run) -> None:
    """`--version` says the version and nothing else."""
    assert run("--version").stdout == f"yielddb {__version__}\n"


@pytest.mark.parametrize("command", ["check", "watch"])
def test_without_asserts_nothing_is_judged(run, command: str) -> None:
    """Where Python leaves out every `assert`, any app would pass: that is refused."""
    done = run(command, "1", PYTHONOPTIMIZE="1")
    says = "yielddb: checks need `assert`: start without -O and PYTHONOPTIMIZE\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", says)


def test_the_third_time_asks(run, toy: Course, tmp_path: Path) -> None:
    """The same failure in three runs of the command: the third asks, in place of the hint."""
    told = [run("check", "1").stdout for _ in range(3)]
    belief = toy.misconceptions["greeting-is-optional"]["belief"]
    assert [f"Is it so? {belief}" in text for text in told] == [False, False, True]
    assert ["Which key does the contract name?" in text for text in told] == [True, True, False]
    solve(toy, tmp_path / "work", "hello")
    assert run("check", "1").returncode == 0


def test_a_seed_repeats_the_data(run) -> None:
    """A failure names its seed; with it the same data is sent again, without it other data."""
    told = [json.loads(run("check", "2", "--json").stdout) for _ in range(2)]
    seeds = [record["versions"]["seed"] for record in told]
    assert seeds[0] != seeds[1]
    assert told[0]["checks"][1]["sent"] != told[1]["checks"][1]["sent"]
    again = json.loads(run("check", "2", "--json", "--seed", seeds[0]).stdout)
    assert again["checks"][1]["sent"] == told[0]["checks"][1]["sent"]
    text = run("check", "2", "--seed", seeds[0]).stdout
    assert f"The same data again: --seed {seeds[0]}" in text


def test_first_walk(run, toy: Course, tmp_path: Path, golden) -> None:
    """From nothing to a pass: starter, failure, hint, solution refused, pass, solution, list."""
    told = []

    def tell(*words: str) -> int:
        done = run(*words)
        told.append(f"$ yielddb {' '.join(words)}\n{done.stdout}{done.stderr}[{done.returncode}]\n")
        return done.returncode

    assert tell("check") == 1
    assert [tell("hint") for _ in range(3)] == [0, 0, 0]
    assert tell("solution", "1") == 1
    assert tell("progress") == 0
    solve(toy, tmp_path / "work", "hello")
    assert tell("check", "1") == 0
    assert tell("hint", "1") == 0
    assert tell("solution", "hello") == 0
    assert tell("hint") == 0
    assert tell("reset", "1", "--yes") == 0
    text = re.sub(r"\d{4}-\d\d-\d\d", "DATE", "\n".join(told))
    golden("walk.txt", re.sub(r"--seed \d+", "--seed N", text))
    assert (tmp_path / "work/.yielddb/backups/01_hello-1/main.py").exists()


def test_same_failure_three_times_asks_a_question(run) -> None:
    """The third verdict in a row on the same failure asks instead of repeating the hint."""
    texts = [run("check", "1", "--seed", "7").stdout for _ in range(3)]
    assert texts[0] == texts[1]
    assert "Is it so?" not in texts[1]
    assert "Is it so?" in texts[2]


def test_an_app_elsewhere_leaves_no_mark(run, toy: Course, tmp_path: Path) -> None:
    """A path outside the learner's folder is graded, and the progress stays as it was."""
    done = run("check", "1", str(toy.find("hello").solution), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "passed"
    assert not (tmp_path / "work").exists()


def test_all_passed_asks_for_a_name(run, toy: Course, tmp_path: Path) -> None:
    """With every lesson passed there is none in hand."""
    work = tmp_path / "work"
    work.mkdir()
    entries = {lesson.slug: {"passed": "2026-01-01T00:00:00+00:00"} for lesson in toy.lessons}
    record = {"schema": "yielddb/progress/1", "lessons": entries}
    (work / "progress.json").write_text(json.dumps(record), "utf-8")
    done = run("check")
    assert (done.returncode, done.stderr) == (
        2,
        "yielddb: every lesson has passed; name one: yielddb check 1\n",
    )


@pytest.mark.parametrize("words", [("hint",), ("reset", "1"), ("progress",), ("solution", "1")])
def test_json(run, words: tuple[str, ...]) -> None:
    """Every list is JSON on request, with its schema."""
    run("check", "1")
    more = {"reset": ["--yes"], "solution": ["--spoil"]}.get(words[0], [])
    record = json.loads(run(*words, *more, "--json").stdout)
    assert re.fullmatch(r"yielddb/[a-z-]+/1", record["schema"])


def test_reset_asks(run, toy: Course, tmp_path: Path) -> None:
    """Without a yes nothing changes; with one the code goes to the backups."""
    app = solve(toy, tmp_path / "work", "hello")
    for answer in ("", "n\n"):
        done = run("reset", "1", say=answer)
        assert done.returncode == 2
        assert "nothing was changed" in done.stderr
        assert "YOUR CODE" not in app.read_text("utf-8")
    assert run("reset", "1", say="y\n").returncode == 0
    assert "YOUR CODE" in app.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "helo"), "no lesson 'helo'; lessons: 01_hello"),
        (("solution", "count-"), "no lesson 'count-'; lessons: 02_count"),
        (("check", "1", "nowhere"), "nowhere is not there; without a path it is work/..."),
        (("run", "1", "."), ".: no main.py here; put the app there or name its folder"),
    ],
)
def test_bad_input_is_one_line(run, words: tuple[str, ...], says: str) -> None:
    """The message says what to do; no traceback, exit code 2."""
    done = run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"yielddb: {says}\n")


@pytest.mark.parametrize("words", [("check", "1"), ("reset", "1", "--yes"), ("progress",)])
def test_work_may_be_a_file(run, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Where a file is called `work`, the message says so and the file stays."""
    (tmp_path / "work").write_text("mine", "utf-8")
    done = run(*words)
    assert done.returncode == 2
    assert re.fullmatch(r"yielddb: work\S*( is a file|: a file stands where).*\n", done.stderr)
    assert (tmp_path / "work").read_text("utf-8") == "mine"


def test_newer_progress_is_refused_before_work(run, tmp_path: Path) -> None:
    """A progress file of a newer yielddb ends the command at once."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "progress.json").write_text('{"schema": "yielddb/progress/9"}', "utf-8")
    done = run("check", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "newer yielddb" in done.stderr


def test_interrupt_is_130(toy: Course, tmp_path: Path) -> None:
    """Ctrl-C during a check ends it without a traceback, and its processes with it."""
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "main.py").write_text("import time\ntime.sleep(60)\n", "utf-8")
    process = subprocess.Popen(
        arguments(toy, "check", "1", str(slow)),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline().startswith("01_hello in")
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in out + err


def test_a_reader_that_leaves_is_no_error(toy: Course, tmp_path: Path) -> None:
    """`yielddb solution | head -1` prints no traceback."""
    process = subprocess.Popen(
        arguments(toy, "solution", "1", "--spoil"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    assert "Traceback" not in process.stderr.read()
    process.wait(60)
    process.stderr.close()


def test_run_serves_and_reloads(toy: Course, tmp_path: Path) -> None:
    """The app answers at the address, a save changes the answer, Ctrl-C ends all."""
    app = solve(toy, tmp_path / "work", "hello")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        arguments(toy, "run", "1", "--port", str(port)),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline().startswith(f"http://127.0.0.1:{port}/docs ")
        assert eventually(port, b"Hello town")
        app.write_text(app.read_text("utf-8").replace("Hello town", "Bye town"), "utf-8")
        assert eventually(port, b"Bye town")
    finally:
        os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 0
    process.stdout.close()
    assert not eventually(port, b"", seconds=0)


def eventually(port: int, expected: bytes, seconds: float = 30) -> bool:
    """Whether the app gives an answer that contains the bytes, within so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/hello", timeout=5) as answer:
                if expected in answer.read():
                    return True
        except OSError:
            pass
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)


def test_run_names_the_port_that_is_taken(run) -> None:
    """A taken port is one message that names the option."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run("run", "1", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert re.search(r"choose another: --port \d+\n$", done.stderr)


def test_dev_builds_and_lists(run, toy: Course) -> None:
    """`dev build` says what it wrote; `--check` finds what is stale, with exit code 1."""
    stale = run("dev", "build", "--check", "--json")
    assert stale.returncode == 1
    assert json.loads(stale.stdout)["problems"]
    built = run("dev", "build")
    assert (built.returncode, built.stderr) == (0, "")
    assert str(toy.find("hello").notebook) in built.stdout.splitlines()
    assert run("dev", "build", "--check").stdout == "0 problems.\n"


def test_dev_moves(run, toy: Course) -> None:
    """`dev move` gives the new paths; a lesson that is not there is one line."""
    done = run("dev", "move", "count", "1", "--json")
    assert done.returncode == 0
    assert any("01_count" in path for path in json.loads(done.stdout)["paths"])
    assert Course(toy.root).find("1").slug == "count"
    assert run("dev", "move", "nothing", "1").stderr.startswith("yielddb: no lesson 'nothing'")
