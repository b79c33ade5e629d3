"""Boxes: limits, both modes, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.sandbox.events import SandboxError
from yielddb.sandbox.levels import level
from yielddb.sandbox.limits import Limits
from yielddb.sandbox.parent import Mode, Sandbox

HERE = Path(__file__).parent
MODES: tuple[Mode, ...] = ("fork", "alone") if hasattr(os, "fork") else ("alone",)
linux = pytest.mark.skipif(sys.platform != "linux", reason="the layer exists on Linux alone")

NOTES = (HERE / "toy" / "solutions" / "02_count" / "main.py").read_text("utf-8")


@pytest.fixture(params=MODES, scope="module")
def either(request: pytest.FixtureRequest) -> Iterator[Grader]:
    """A grader in each mode that this system offers."""
    with Grader(Course(HERE / "toy"), mode=request.param) as grader:
        yield grader


@pytest.fixture(scope="module")
def hasty() -> Iterator[Grader]:
    """A grader that waits one second for an answer."""
    with Grader(Course(HERE / "toy"), Limits(answer_s=1)) as grader:
        yield grader


def processes(root: Path) -> list[str]:
    """Command lines of the processes that have something open or mapped below `root`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                cwd = str((entry / "cwd").readlink())
                line = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
            if cwd.startswith(str(root)) or str(root) in line:
                found.append(line)
    return found


def test_both_modes_give_the_same_verdict(either: Grader, toy: Course) -> None:
    """Forked or spawned, over a socket of its own or loopback: the solution passes."""
    verdict = either.grade(toy.find("count"), toy.find("count").solution)
    assert [(c.id, c.status) for c in verdict.checks] == [
        ("count.starts", "passed"),
        ("count.answers", "passed"),
        ("count.keeps", "passed"),
        ("count.counts", "passed"),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("while True: pass", "nothing within 1 s; it was at main.py line"),
        ("import os; os._exit(5)", "the app ended its own process (exit code 5)"),
        ("x = bytearray(1 << 40)", "MemoryError"),
        ("import os; os.fork()", "Operation not permitted"),
        ("import subprocess; subprocess.run(['true'])", "Operation not permitted"),
        ("open('big', 'wb').write(bytes(17 << 20))", "File too large"),
    ],
)
@linux
def test_a_route_that_breaks_out_costs_its_own_checks_only(
    body: str, says: str, hasty: Grader, tmp_path: Path
) -> None:
    """Loop, exit, memory, process and file: named where it is met, and the rest is judged."""
    broken = NOTES.replace('    return {"greeting": "Hello town"}', f"    {body}")
    (tmp_path / "main.py").write_text(broken)
    hello = hasty.grade(hasty.course.find("hello"), tmp_path)
    count = hasty.grade(hasty.course.find("count"), tmp_path)
    assert says in str(hello.checks[1].came_back)
    assert count.status == "passed"


@linux
def test_a_loop_is_ended_where_nothing_is_forked(toy: Course, tmp_path: Path) -> None:
    """In spawn mode the limits hold as well."""
    broken = NOTES.replace('    return {"greeting": "Hello town"}', "    while True: pass")
    (tmp_path / "main.py").write_text(broken)
    with Grader(toy, Limits(answer_s=1), mode="alone") as grader:
        verdict = grader.grade(toy.find("hello"), tmp_path)
    assert "nothing within 1 s; it was at main.py line" in str(verdict.checks[1].came_back)


@linux
def test_a_bomb_of_threads_and_descriptors_stays_in_its_box(grader: Grader, tmp_path: Path) -> None:
    """Descriptors run out at the limit; the app is told so, and the next app is judged."""
    bomb = "held = []\n    while True: held.append(open('/dev/null'))"
    (tmp_path / "main.py").write_text(
        NOTES.replace('    return {"greeting": "Hello town"}', f"    {bomb}")
    )
    verdict = grader.grade(grader.course.find("hello"), tmp_path)
    assert verdict.status == "failed"
    assert "Too many open files" in str(verdict.checks[1].came_back)
    solution = grader.course.find("hello").solution
    assert grader.grade(grader.course.find("hello"), solution).status == "passed"


def test_the_app_sees_nothing_of_the_users_environment(
    either: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A DATABASE_URL or a token of the shell does not reach the app."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.db")
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    guarded = f"import os\nassert 'SECRET_TOKEN' not in os.environ\n{NOTES}"
    (tmp_path / "main.py").write_text(guarded)
    assert either.grade(either.course.find("count"), tmp_path).status == "passed"


def test_closing_leaves_no_process_and_no_file(toy: Course) -> None:
    """After close, the temporary folder is gone and so is every process in it."""
    for mode in MODES:
        grader = Grader(toy, mode=mode)
        grader.grade(toy.find("count"), toy.find("count").solution)
        grader.keep_spare()
        root = grader.sandbox.root
        grader.close()
        grader.close()
        assert not root.exists()
        if Path("/proc").is_dir():
            assert processes(root) == []


SCRIPT = """
import sys
from pathlib import Path
from yielddb.catalogue import Course
from yielddb.grade import Grader
grader = Grader(Course(Path(sys.argv[1])))
print(grader.sandbox.root, flush=True)
try:
    lesson = grader.course.find("hello")
    grader.grade(lesson, Path(sys.argv[2]), on_check=lambda c: print(c.id, flush=True))
except KeyboardInterrupt:
    print("interrupted", flush=True)
finally:
    grader.close()
"""


def start_hanging(toy: Course, tmp_path: Path) -> tuple[subprocess.Popen[str], Path]:
    """A grader in a process of its own, in the middle of a check that hangs."""
    hanging = NOTES.replace('    return {"greeting": "Hello town"}', "    while True: pass")
    (tmp_path / "main.py").write_text(hanging)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(toy.root), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    root = Path(process.stdout.readline().strip())
    assert process.stdout.readline().strip() == "hello.starts"
    return process, root


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C can't be sent to one process there")
def test_ctrl_c_in_the_middle_of_a_check_leaves_nothing(toy: Course, tmp_path: Path) -> None:
    """No process, socket or temporary folder is left after Ctrl-C."""
    process, root = start_hanging(toy, tmp_path)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)
    assert "interrupted" in out
    assert not root.exists()
    if Path("/proc").is_dir():
        assert processes(root) == []


@linux
def test_a_killed_grader_takes_its_children_along(toy: Course, tmp_path: Path) -> None:
    """After SIGKILL of the grader no process of an app is left."""
    process, root = start_hanging(toy, tmp_path)
    assert processes(root)
    process.kill()
    process.communicate(timeout=20)
    end = time.monotonic() + 10
    while (root.exists() or processes(root)) and time.monotonic() < end:
        time.sleep(0.05)
    assert processes(root) == []
    assert not root.exists()


def test_a_warm_parent_that_can_not_start_is_our_own_fault(
    toy: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken Python is reported as such, with exit code 2."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Grader(toy, mode="fork") as grader:
        verdict = grader.grade(toy.find("hello"), toy.find("hello").solution)
    assert (verdict.status, verdict.exit_code) == ("error", 2)
    assert "the warm parent did not start" in str(verdict.checks[0].came_back)


def test_a_spare_box_is_used_once(toy: Course) -> None:
    """The spare box serves the next app, and the one after it gets another."""
    with Sandbox(mode=MODES[0]) as sandbox:
        sandbox.keep_spare()
        spare = sandbox.spare
        assert sandbox.box() is spare
        assert sandbox.box() is not spare


def test_a_stranger_who_calls_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """In spawn mode, whoever connects without the token gets no order."""
    import secrets

    from yielddb.sandbox import parent as module

    monkeypatch.setattr(secrets, "token_hex", lambda n: "\n")  # what the child sends is stripped
    with module.Sandbox(mode="alone") as box, pytest.raises(SandboxError, match="a stranger"):
        box.box()


def test_a_verdict_names_the_layers_in_force(grader: Grader) -> None:
    """The verdict says what kept the app in."""
    lesson = grader.course.find("hello")
    verdict = grader.grade(lesson, lesson.solution)
    layers = json.loads(verdict.to_json())["isolation"]
    if sys.platform == "linux":
        assert layers[:4] == [
            "own process",
            "limits on memory, cpu, files, output, time",
            "dies with the grader",
            "no new privileges",
        ]
        assert level(layers) in ("A", "B")
