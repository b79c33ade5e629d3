"""`yielddb grade` on the toy course: real processes, real kills, the same verdict as `check`."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.class_room import (
    COUNT,
    FLUSHED,
    HELLO,
    WRONG,
    grade,
    judged,
    packed,
    put,
    record,
    statuses,
)
from tests.command import arguments, environment, yielddb
from tests.test_judge import below, gone
from yielddb.batch.finding import Finder
from yielddb.batch.grading import grade as grade_class
from yielddb.batch.pages import feedback, file_name, write_feedback
from yielddb.batch.records import Class, Graded, Options, Student
from yielddb.batch.store import Store
from yielddb.batch.workers import Task, Terms, Workers
from yielddb.catalogue import Course
from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.complaint import Complaint

pytestmark = pytest.mark.slow  # real processes, killed and resumed: CI runs it

SLOW = "import time\ntime.sleep(60)\n" + HELLO
LIMIT_S = 60.0  # for a busy machine; what is waited for takes a few seconds


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Four students, two lessons, one bad archive."""
    root = put(tmp_path / "class", {
        "alice/01_hello/main.py": HELLO, "alice/02_count/main.py": COUNT,
        "bob/hello.py": WRONG, "bob/count.py": FLUSHED,
        "carla_01_hello.py": "app = (\n",
    })  # fmt: skip
    packed(root / "dora/01_hello.zip", {"../evil.py": HELLO})
    return root


def test_one_worker_two_workers_and_check(toy: Course, room: Path, tmp_path: Path) -> None:
    """The verdicts are those of `yielddb check`, whatever the number of workers."""
    one = record(toy, room, "--jobs", "1", "--out", str(tmp_path / "one"))
    two = record(toy, room, "--jobs", "2", "--out", str(tmp_path / "two"))
    assert statuses(one) == {
        ("alice", "hello"): "passed", ("alice", "count"): "passed", ("bob", "hello"): "failed",
        ("bob", "count"): "failed", ("carla", "hello"): "failed", ("dora", "hello"): "error",
    }  # fmt: skip
    verdicts = judged(one)
    assert verdicts == judged(two)
    for path, lesson, student in (("alice/02_count", "2", "alice"), ("bob/count.py", "2", "bob"),
                                  ("carla_01_hello.py", "1", "carla")):  # fmt: skip
        checked = json.loads(
            yielddb(toy, tmp_path, "check", lesson, str(room / path), "--json").stdout
        )
        alone = judged({"verdicts": [{"student": student, "verdict": checked}]})
        for key, verdict in alone.items():
            if student != "bob":  # bob's neighbour file is a part of the seed there
                assert verdicts[key] == verdict


def test_the_table_the_report_and_resuming(
    toy: Course, room: Path, golden: Any, tmp_path: Path
) -> None:
    """A second run judges nothing; a changed submission alone is judged again."""
    first = grade(toy, room)
    assert first.returncode == 2, first.stderr
    # messages and paths stay whole, so that they can be pasted
    rows = [x for x in first.stdout.splitlines() if not x.startswith(("!", "Report:"))]
    assert max(map(len, rows)) <= 80
    golden("batch/table.txt", first.stdout.replace(str(tmp_path), "."))
    page = (tmp_path / "class-results/report.html").read_text("utf-8")
    assert "A flushed row is stored." in page
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](?!#)|url\(|@import""", page)
    assert not (tmp_path / "class-results/.in-hand").exists()
    (room / "dora/01_hello.zip").unlink()
    put(room, {"bob/hello.py": HELLO, "dora/01_hello/main.py": HELLO})
    again = record(toy, room)
    assert (again["graded"], again["unchanged"]) == (2, 4)
    assert statuses(again)["bob", "hello"] == "passed"
    assert statuses(again)["dora", "hello"] == "passed"
    toy.find("hello").check.write_text(toy.find("hello").check.read_text("utf-8") + "\n# new\n")
    assert record(toy, room)["graded"] == 4  # the check file changed


def start(toy: Course, room: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        arguments(toy, "grade", str(room), *words), cwd=room.parent,
        env=environment(TMPDIR=str(room.parent / "tmp")),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for(results: Path, count: int) -> None:
    """Until so many verdicts are in the database."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        try:
            with sqlite3.connect(f"file:{results / 'results.db'}?mode=ro", uri=True) as db:
                if db.execute("select count(*) from verdict").fetchone()[0] >= count:
                    return
        except sqlite3.Error:
            pass
        time.sleep(0.05)
    pytest.fail(f"no {count} verdicts")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_ended_in_the_middle(toy: Course, tmp_path: Path, number: int) -> None:
    """What is graded stays, no process is left, and the next run does the rest."""
    room = put(tmp_path / "class", {"a/hello.py": HELLO, "b/hello.py": HELLO, "z/hello.py": SLOW})
    (tmp_path / "tmp").mkdir()
    run = start(toy, room, "--jobs", "1")
    wait_for(tmp_path / "class-results", 2)
    children = below(run.pid)
    assert children
    locked = grade(toy, room)
    assert locked.returncode == 2
    assert "another `yielddb grade` writes there" in locked.stderr
    run.send_signal(number)
    _, err = run.communicate(timeout=LIMIT_S)
    assert run.returncode == (-number if number == signal.SIGKILL else 128 + number)
    if number != signal.SIGKILL:
        assert f"stopped; 1 of 3 left. To go on, type: yielddb grade {room}" in err
        assert "Traceback" not in err
    end = time.monotonic() + LIMIT_S
    while not all(map(gone, children)) and time.monotonic() < end:
        time.sleep(0.05)
    assert [pid for pid in children if not gone(pid)] == []
    assert list((tmp_path / "tmp").iterdir()) == []
    put(room, {"z/hello.py": WRONG})
    again = record(toy, room)
    assert (again["graded"], again["unchanged"]) == (1, 2)
    assert statuses(again)["z", "hello"] == "failed"


def tasks(toy: Course, room: Path) -> list[Task]:
    return [Task(unit, "") for unit in Finder(room, toy, None, room / "out").units()]


def test_a_worker_that_dies_costs_a_retry(
    toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judge killed in the middle is replaced, and the app gets its verdict."""
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    with Workers(toy, 1, Terms(LIMIT_S, None), tmp_path / "desk") as workers:
        judge, killed = workers.judges[0], []
        asked = judge.start

        def dying() -> subprocess.Popen[str]:
            process = asked()
            if not killed:
                killed.append(process.pid)
                process.kill()
            return process

        monkeypatch.setattr(judge, "start", dying)
        ((_, verdict),) = workers.run(tasks(toy, room))
    assert killed
    assert verdict.status == "passed"
    assert not (tmp_path / "desk").exists()


def test_time_is_up(toy: Course, tmp_path: Path) -> None:
    """An app that takes longer than --timeout is told, and costs the others nothing."""
    room = put(tmp_path / "class", {"a/hello.py": HELLO, "b/hello.py": SLOW})
    with Workers(toy, 1, Terms(13.0, None), tmp_path / "desk") as workers:
        found = {task.unit.student: verdict for task, verdict in workers.run(tasks(toy, room))}
    assert found["a"].status == "passed"
    assert found["b"].status == "error"
    assert found["b"].checks[0].came_back == "no verdict within 13 s"


def test_two_submissions_and_the_roster(toy: Course, tmp_path: Path) -> None:
    """The newest counts and both are told; the roster names students and who is missing."""
    room = put(tmp_path / "class", {
        "alice@uni.example/hello.py": HELLO, "alice@uni.example/old/01_hello/main.py": WRONG,
        "O'Neil, Zoë 🌂/hello.py": HELLO, "stranger/hello.py": HELLO,
    })  # fmt: skip
    os.utime(room / "alice@uni.example/old/01_hello/main.py", (1, 1))
    roster = tmp_path / "roster.csv"
    rows = ["Student ID;Name;E-mail", "s1;Alice A;alice@uni.example", "s2;\"O'Neil, Zoë 🌂\";",
            f"s3;{'ж' * 300};=cmd", "s1;Alice B;", ";nobody;"]  # fmt: skip
    roster.write_bytes("\r\n".join(rows).encode("utf-16"))
    found = record(toy, room, "--roster", str(roster))
    assert statuses(found) == {(who, "hello"): "passed" for who in ("s1", "s2", "stranger")}
    notes = "\n".join(found["notes"])
    assert (
        "s1, hello: 2 submissions; alice@uni.example/hello.py is the newest and counts, not"
        in notes
    )
    assert "stranger is not in the roster" in notes
    assert "s3 handed in nothing" in notes
    assert "row 5: s1 is there twice; the first row counts" in notes
    assert "row 6: no id; left out" in notes
    shown = grade(toy, room, "--roster", str(roster)).stdout
    assert all(len(line) <= 80 for line in shown.splitlines() if "eport:" not in line)
    csv = yielddb(toy, tmp_path, "export", "class-results", "--to", "csv")
    assert csv.returncode == 0
    assert f"s3,{'ж' * 300},'=cmd,,missing" in (tmp_path / "class-results/grades.csv").read_text()


BAD: dict[str, tuple[Any, str]] = {
    "no folder": (lambda room: None, "no folder; name the one"),
    "empty": (lambda room: room.mkdir(), "no submissions (folders, .py, .ipynb, .zip)"),
    "a file": (lambda room: room.write_text(HELLO), "no folder; name the one"),
    "a loop of links": (lambda room: room.symlink_to(room), "no folder; name the one"),
}


@pytest.mark.parametrize("case", BAD)
def test_nothing_to_grade(case: str, toy: Course, tmp_path: Path) -> None:
    """One message, exit 2."""
    make, says = BAD[case]
    make(tmp_path / "class")
    done = grade(toy, tmp_path / "class")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_can_not_be_looked_at(toy: Course) -> None:
    """What the system says of the path is told."""
    with pytest.raises(Complaint, match="File name too long; name the class's folder"):
        grade_class(toy, Options(Path("x" * 300)), print)


@pytest.mark.parametrize(("raw", "says"), [
    (b"name\nAlice\n", "no column for the id"),
    (b"id,name\ns1,\xe9t\xe9\n", "not UTF-8"),
    (b"", "no column for the id"),
    (b"\x00\x01\x02", "no column for the id"),
    (b"id,name,email\n", "no student in it"),
    ("id,name\ns1,Zoë\n".encode("utf-16-le"), "not UTF-8; save it as"),
])  # fmt: skip
def test_a_bad_roster(raw: bytes, says: str, toy: Course, room: Path) -> None:
    """One message, exit 2, nothing is graded."""
    (room.parent / "roster.csv").write_bytes(raw)
    done = grade(toy, room, "--roster", str(room.parent / "roster.csv"))
    assert done.returncode == 2
    assert says in done.stderr
    assert not (room.parent / "class-results").exists()


def stored(path: Path, student: str = "a") -> Verdict:
    check = CheckResult("hello.x", "x", "passed")
    verdict = Verdict("hello", "a.py", "passed", 1, 1, 0.1, [], {}, [check])
    store = Store.open(path)
    store.add(student, "k", verdict)
    store.close()
    return verdict


def test_a_newer_a_foreign_and_a_damaged_database(toy: Course, room: Path, tmp_path: Path) -> None:
    """Each is left as it is, with one message and exit 2."""
    out = tmp_path / "out"
    out.mkdir()
    path = out / "results.db"
    stored(path)
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")
    db.close()
    newer = path.read_bytes()
    (tmp_path / "foreign.db").unlink(missing_ok=True)
    with sqlite3.connect(tmp_path / "foreign.db") as db:
        db.execute("create table items (id)")
    db.close()
    cases = {
        newer: "written by a newer yielddb (schema 99)",
        (tmp_path / "foreign.db").read_bytes(): "not a results database",
        b"umbrella" * 1000: "damaged; it stays as it is",
        newer[:100] + b"\xff" * (len(newer) - 100): "damaged; it stays as it is",
    }
    for raw, says in cases.items():
        path.write_bytes(raw)
        done = grade(toy, room, "--out", str(out))
        assert done.returncode == 2
        assert says in done.stderr, done.stderr
        assert path.read_bytes() == raw
        assert yielddb(toy, tmp_path, "export", str(out), "--to", "csv").returncode == 2


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """SQLite's own report of a full disk is one message; what was kept is still there."""
    path = tmp_path / "results.db"
    verdict = stored(path)
    store = Store.open(path)
    (pages,) = store.connection.execute("pragma page_count").fetchone()
    store.connection.execute(f"pragma max_page_count = {pages}")
    student = "b" * 100_000  # more than what is left on the last page
    with pytest.raises(Complaint, match="the disk is full; make room"):
        store.add(student, "k", verdict)
    store.close()
    store = Store.open(path)
    assert store.known("a", "hello", "k") is not None
    store.close()


def test_a_database_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that keeps the file locked is named as the reason."""
    monkeypatch.setattr("yielddb.batch.store.BUSY_S", 0.1)
    path = tmp_path / "results.db"
    verdict = stored(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    store = Store.open(path)
    with pytest.raises(Complaint, match="in use; end the program"):
        store.add("b", "k", verdict)
    store.close()
    other.close()


def test_the_clock_went_back(toy: Course, tmp_path: Path) -> None:
    """Order is that of grading: a verdict from the future is replaced by the next one."""
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    record(toy, room)
    path = tmp_path / "class-results/results.db"
    with sqlite3.connect(path) as db:
        db.execute("update verdict set graded = '2999-01-01T00:00:00+00:00'")
    db.close()
    put(room, {"a/hello.py": WRONG})
    found = record(toy, room)
    assert "the clock went back" in found["notes"][0]
    assert statuses(found) == {("a", "hello"): "failed"}
    store = Store.open(path)
    assert [one.verdict.status for one in store.latest()] == ["failed"]
    store.close()


def test_hidden_checks_stay_hidden(tmp_path: Path) -> None:
    """Feedback has the visible checks, and a word on the rest."""
    secret = CheckResult("h.b", "secret", "failed", visibility="hidden", hint="secret")
    checks = [CheckResult("h.a", "seen", "passed"), secret]
    verdict = Verdict("hello", "a.py", "failed", 1, 2, 0.1, [], {}, checks)
    graded = Graded("../a/b", "hello", "a.py", "2026-01-01T00:00:00+00:00", verdict)
    text = feedback([graded])
    assert "seen" in text
    assert "secret" not in text
    assert "only the class run shows" in text
    room = Class((Student("../a/b"),), {"hello": "1 hello"}, {("../a/b", "hello"): graded})
    assert write_feedback(room, tmp_path) == 1
    (file,) = (tmp_path / "feedback").iterdir()
    assert "secret" not in file.read_text("utf-8")
    assert len({file_name(x) for x in ("a/b", "a_b", "a\\b", "ж" * 300, "ж" * 301, "-x", "")}) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="a small tmpfs needs Linux")
def test_the_disk_fills_up_in_the_middle(toy: Course, tmp_path: Path) -> None:
    """One message with the remedy, exit 2; what was graded is kept, the next run does the rest."""
    students = [f"s{number}" for number in range(30)]
    room = put(tmp_path / "class", {f"{who}/hello.py": WRONG for who in students})
    disk, saved = tmp_path / "disk", tmp_path / "saved"
    disk.mkdir()
    script = (
        'mount -t tmpfs -o size=128k none "$0" || exit 77; saved=$1; shift; "$@"; code=$?; '
        'mkdir "$saved"; cp "$0"/results.db* "$saved"; exit $code'
    )
    words = arguments(toy, "grade", str(room), "--out", str(disk))
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, str(disk), str(saved), *words],
        env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if done.returncode in (1, 77) and "yielddb" not in done.stderr and not os.environ.get("CI"):
        pytest.skip("may not mount here")
    assert done.returncode == 2, done.stderr
    assert "disk is full; make room and" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    store = Store.open(saved / "results.db")
    kept = len(store.latest())
    store.close()
    assert 0 < kept < len(students)
    again = record(toy, room, "--out", str(saved))
    assert (again["graded"], again["unchanged"]) == (len(students) - kept, kept)


@pytest.mark.parametrize(("out", "says"), [
    ("class", "--out class: submissions lie there; name another folder"),
    ("class/a/hello.py", "class/a/hello.py: File exists; name another folder: --out"),
    ("taken", "taken/results.db: unable to open database file; nothing that was graded is lost. "
     "Mend that, or name another place: --out"),
])  # fmt: skip
def test_a_bad_place_for_results(out: str, says: str, toy: Course, tmp_path: Path) -> None:
    """One message, exit 2, and the submissions stay as they are."""
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    (tmp_path / "taken/results.db").mkdir(parents=True)
    done = yielddb(toy, tmp_path, "grade", "class", "--out", out)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"yielddb: {says}\n")
    assert [path.name for path in room.rglob("*")] == ["a", "hello.py"]


def test_progress_on_a_terminal(toy: Course, tmp_path: Path) -> None:
    """A person sees how many are done, how fast it goes, and how long it takes still."""
    import pty

    room = put(tmp_path / "class", {f"s{n}/hello.py": HELLO for n in range(3)})
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        arguments(toy, "grade", str(room), "--jobs", "1"), cwd=tmp_path,
        env=environment(COLUMNS="80", TERM="xterm"), stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # the terminal hangs up
        while more := os.read(ours, 4096):
            seen += more
    os.close(ours)
    assert run.wait(LIMIT_S) == 0
    text = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", seen.decode("utf-8"))
    assert "grading" in text
    assert re.search(r"[123]/3 \d+\.\d/s left (\d+:\d+:\d+|-:--:--)", text), text
