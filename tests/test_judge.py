"""The judge in a process of its own: the same verdict, and no process too many."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.judge import Judge
from yielddb.sandbox.events import SandboxError
from yielddb.verdict import Verdict

TOY = Course(Path(__file__).parent / "toy")
ENDED = "the judge's process ended; try once more"
HAS_PROC = Path("/proc/self/stat").exists()


@pytest.fixture(scope="module")
def shared() -> Iterator[Judge]:
    """One judge for the tests that leave it alive."""
    judge = Judge(TOY)
    yield judge
    judge.close()


@pytest.fixture
def judge() -> Iterator[Judge]:
    judge = Judge(TOY)
    yield judge
    judge.close()


def seen(verdict: Verdict) -> dict[str, Any]:
    """The verdict without what differs from run to run and from front to front."""
    record = verdict.to_dict()
    for name in ("seconds", "isolation", "versions"):
        del record[name]
    for check in record["checks"]:
        del check["seconds"]
    return record


def below(pid: int) -> set[int]:
    """The processes that a process started, and those that they started."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text()
            except OSError:  # it ended while we looked
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def gone(pid: int) -> bool:
    """Has the process ended? One that nobody waits for any more counts as ended."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def stand_in(code: str, monkeypatch: pytest.MonkeyPatch) -> subprocess.Popen[str]:
    """A process that behaves as no judge should; it is waited for a moment only."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    wait = process.wait
    monkeypatch.setattr(process, "wait", lambda seconds=None: wait(seconds and 0.05))
    return process


def write(folder: Path, source: str) -> Path:
    (folder / "main.py").write_text(source, "utf-8")
    return folder


def apps(tmp_path: Path) -> dict[str, Path]:
    """Good, wrong, broken and missing apps."""
    solution = (TOY.find("hello").solution / "main.py").read_text("utf-8")
    sources = {
        "wrong": solution.replace("Hello town", "жёлтый зонт"),
        "broken": "app = (",
        "dying": solution.replace("return", "import os; os._exit(3); return"),
        "printing": f"print('{{')\nprint('[1, 2')\n{solution}",
        "two": solution,
    }
    found = {"good": TOY.find("hello").solution, "missing": tmp_path / "missing"}
    for name, source in sources.items():
        (tmp_path / name).mkdir()
        found[name] = write(tmp_path / name, source)
    (tmp_path / "two/app.py").write_text(solution)
    return found


def test_the_same_verdict_as_the_grader(grader: Grader, shared: Judge, tmp_path: Path) -> None:
    """Whatever the app does, both say the same of it."""
    lesson = TOY.find("hello")
    statuses = {}
    for name, path in apps(tmp_path).items():
        ours = shared.grade(lesson, path)
        assert seen(ours) == seen(grader.grade(lesson, path)), name
        assert ours.versions["seed"] == grader.grade(lesson, path).versions["seed"]
        statuses[name] = ours.status
    assert statuses == {
        "good": "passed",
        "missing": "error",
        "wrong": "failed",
        "broken": "failed",
        "dying": "failed",
        "printing": "passed",
        "two": "error",
    }


def test_a_seed_and_a_relative_path(
    shared: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seed is passed on; a relative path means the caller's folder and is shown as given."""
    write(tmp_path, (TOY.find("hello").solution / "main.py").read_text("utf-8"))
    monkeypatch.chdir(tmp_path)
    verdict = shared.grade(TOY.find("hello"), Path("main.py"), seed=7)
    assert (verdict.status, verdict.submission) == ("passed", "main.py")
    assert verdict.versions["seed"] == "7"


def test_what_the_app_printed_comes_along(shared: Judge, tmp_path: Path) -> None:
    """The log travels beside the verdict."""
    verdict = shared.grade(TOY.find("hello"), write(tmp_path, "print('жёлтый зонт')\n"))
    assert verdict.log == "жёлтый зонт\n"


def test_the_callers_environment_stays_out(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app sees nothing of the environment that its judge was started from."""
    monkeypatch.setenv("SECRET_UMBRELLA", "yellow")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    app = write(tmp_path, "import os\nprint(sorted(os.environ))\n")
    assert "SECRET" not in judge.grade(TOY.find("hello"), app).log


def test_killed_while_it_judges(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judge killed in the middle of its work is reported in one sentence, and replaced."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where its boxes can be watched
    lesson = TOY.find("hello")
    judge.grade(lesson, lesson.solution)
    assert judge.process
    pid = judge.process.pid
    folder = tmp_path / "hers"
    folder.mkdir()
    write(folder, "import time\ntime.sleep(60)\n")

    def kill_once_it_has_the_app() -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            copies = tmp_path.glob("yielddb-*/*/app/main.py")
            if any("sleep(60)" in copy.read_text("utf-8") for copy in copies):
                break
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_once_it_has_the_app)
    killer.start()
    with pytest.raises(SandboxError) as raised:
        judge.grade(lesson, folder)
    killer.join(15)
    assert str(raised.value) == ENDED
    assert judge.process is None
    assert judge.grade(lesson, lesson.solution).status == "passed"
    judge.process.kill()
    judge.process.wait()
    assert judge.grade(lesson, lesson.solution).status == "passed"


def test_a_judge_that_does_not_listen(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that died after we looked at it is reported like one that dies later."""
    code = "import os, time; os.close(0); print('deaf', flush=True); time.sleep(60)"
    judge.process = stand_in(code, monkeypatch)
    assert judge.process.stdout
    assert judge.process.stdout.readline() == "deaf\n"
    with pytest.raises(SandboxError) as raised:
        judge.grade(TOY.find("hello"), TOY.find("hello").solution)
    assert str(raised.value) == ENDED
    assert judge.process is None


def test_half_an_answer_is_no_answer(judge: Judge) -> None:
    """A judge that ends while it writes is reported like one that says nothing."""
    lesson = TOY.find("hello")
    judge.process = subprocess.Popen(
        [sys.executable, "-c", "input(); print('{\"verdict\": {', end='')"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with pytest.raises(SandboxError) as raised:
        judge.grade(lesson, lesson.solution)
    assert str(raised.value) == ENDED
    assert judge.process is None


def test_ctrl_c_ends_the_judge(judge: Judge) -> None:
    """Ctrl-C in the caller leaves no half answer for the next question."""
    lesson = TOY.find("hello")
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    class Interrupted(io.StringIO):
        def readline(self, size: int = -1, /) -> str:
            raise KeyboardInterrupt

    assert process.stdout
    process.stdout.close()
    process.stdout = Interrupted()
    judge.process = process
    with pytest.raises(KeyboardInterrupt):
        judge.grade(lesson, lesson.solution)
    assert judge.process is None
    assert process.returncode == 0


@pytest.mark.skipif(not HAS_PROC, reason="processes are counted in /proc")
def test_close_leaves_no_process(judge: Judge) -> None:
    """After `close`, neither the judge nor anything it started is there; twice is once."""
    lesson = TOY.find("hello")
    judge.grade(lesson, lesson.solution)
    assert judge.process
    pids = {judge.process.pid, *below(judge.process.pid)}
    assert len(pids) >= 2
    judge.close()
    judge.close()
    assert [pid for pid in pids if not gone(pid)] == []


@pytest.mark.skipif(not HAS_PROC, reason="processes are counted in /proc")
def test_a_killed_judge_leaves_no_process(judge: Judge) -> None:
    """What the judge started ends with it, even if it could not clean up."""
    lesson = TOY.find("hello")
    judge.grade(lesson, lesson.solution)
    assert judge.process
    pids = below(judge.process.pid)
    assert pids
    judge.process.kill()
    judge.process.wait()
    end = time.monotonic() + 5
    while not all(map(gone, pids)) and time.monotonic() < end:
        time.sleep(0.02)  # the system tells nobody of a grandchild's end
    assert [pid for pid in pids if not gone(pid)] == []


def test_a_judge_that_was_never_asked(judge: Judge) -> None:
    """Making and closing a judge starts nothing."""
    assert judge.process is None
    judge.close()
    assert judge.process is None


def test_a_judge_that_does_not_go(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that does not end at the end of its input is killed."""
    process = stand_in("import time; time.sleep(60)", monkeypatch)
    judge.process = process
    judge.close()
    assert process.returncode == -signal.SIGKILL
