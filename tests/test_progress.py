"""The progress file: whole after a crash, shared by processes, careful with what it can't read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.progress import SCHEMA, Progress
from yielddb.workspace.storage import FileLock, write_atomically

FAILED = CheckResult("hello.greets", "greets", "failed", 2, came_back="404 {}", hint="Which key?")
PASSED = CheckResult("hello.greets", "greets", "passed", 2)

RECORD = """
import sys
from pathlib import Path
from yielddb.catalogue import Course
from yielddb.workspace.progress import Progress
for number in range(40):
    lesson = Course(Path(sys.argv[2])).find(sys.argv[3])
    Progress(Path(sys.argv[1])).hint_shown(lesson, f"check-{sys.argv[4]}-{number}", 1)
"""


def verdict(*checks: CheckResult) -> Verdict:
    passed = all(c.status == "passed" for c in checks)
    score = sum(c.points for c in checks if c.status == "passed")
    status = "passed" if passed else "failed"
    return Verdict("hello", "work/01_hello", status, score, 2, 0.1, [], {}, checks)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def progress(tmp_path: Path, said: list[str]) -> Progress:
    return Progress(tmp_path / "progress.json", said.append)


def test_keeps_the_best_and_the_first_pass(progress: Progress, toy: Course) -> None:
    """A pass stays a pass, with its time, whatever is tried later."""
    lesson = toy.find("hello")
    progress.record(lesson, verdict(FAILED))
    assert progress.entry(lesson).passed is None
    first = progress.record(lesson, verdict(PASSED)).passed
    progress.record(lesson, verdict(FAILED))
    entry = progress.entry(lesson)
    assert (entry.passed, entry.best, entry.max_score, entry.attempts) == (first, 2, 2, 3)
    assert progress.in_hand(toy).slug == "count"


def test_counts_the_same_failure(progress: Progress, toy: Course) -> None:
    """Another status or check starts the count again; random data in an answer does not."""
    lesson = toy.find("hello")
    other_data = replace(FAILED, came_back='404 {"detail": "umbrella 4821"}')
    other = replace(FAILED, came_back="500 oops")
    counts = [progress.record(lesson, verdict(x)).repeats for x in (FAILED, other_data, other)]
    assert counts == [1, 2, 1]
    assert progress.record(lesson, verdict(PASSED)).repeats == 0


def test_a_verdict_that_judged_nothing_is_no_attempt(progress: Progress, toy: Course) -> None:
    """An error of ours does not count against the learner."""
    broken = replace(verdict(FAILED), status="error")
    assert progress.record(toy.find("hello"), broken).attempts == 0
    assert not progress.path.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "\udcff",
        '{"schema": "other/1"}',
        json.dumps({"schema": SCHEMA}),
        json.dumps({"schema": SCHEMA, "lessons": {"hello": 1}}),
        json.dumps({"schema": SCHEMA, "lessons": {"hello": {"attempts": "many"}}}),
        json.dumps({"schema": SCHEMA, "lessons": {"hello": {"hints": {"a": "b"}}}}),
        '{"a":' * 100_000,
    ],
    ids=["empty", "half", "list", "bytes", "schema", "bare", "entry", "type", "hints", "deep"],
)
def test_damaged_file_is_set_aside(
    progress: Progress, said: list[str], content: str, toy: Course
) -> None:
    """What can't be read is kept under another name, and a new file begins."""
    for number in (1, 2):
        progress.path.write_bytes(content.encode("utf-8", "surrogateescape"))
        assert progress.read() == {}
        aside = progress.path.with_name(f"progress.damaged-{number}.json")
        assert aside.read_bytes() == content.encode("utf-8", "surrogateescape")
    assert said[0].endswith("it is kept as progress.damaged-1.json, a new one begins")
    progress.record(toy.find("hello"), verdict(PASSED))
    assert progress.entry(toy.find("hello")).passed


def test_newer_schema_is_left_alone(progress: Progress, toy: Course) -> None:
    """A file of a newer yielddb is refused and not touched, on reading and on writing."""
    content = '{"schema": "yielddb/progress/2", "lessons": []}'
    progress.path.write_text(content, "utf-8")
    for act in (progress.read, lambda: progress.record(toy.find("hello"), verdict(PASSED))):
        with pytest.raises(Complaint, match="newer yielddb"):
            act()
    assert progress.path.read_text("utf-8") == content


def test_two_processes_lose_nothing(progress: Progress, toy: Course) -> None:
    """Entries written at the same time by two processes are all there."""
    both = [
        subprocess.Popen(
            [sys.executable, "-c", RECORD, str(progress.path), str(toy.root), lesson, lesson]
        )
        for lesson in ("hello", "count")
    ]
    assert [process.wait(60) for process in both] == [0, 0]
    assert {slug: len(entry.hints) for slug, entry in progress.read().items()} == {
        "hello": 40,
        "count": 40,
    }


@pytest.mark.parametrize("flock", [True, False])
def test_lock_belongs_to_one(tmp_path: Path, flock: bool) -> None:
    """A second owner waits until the first gives the lock back, with and without fcntl."""
    one, two = (FileLock(tmp_path / "lock", flock) for _ in range(2))
    assert one.acquire()
    assert not two.acquire(0.05)
    one.keep()
    one.release()
    one.release()
    assert two.acquire()
    two.release()


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    """Where the new content can't be put in place, the old one stays and no draft is left."""
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match=r"folder|Is a directory"):
        write_atomically(target, "text")
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A progress file that is a link to another disk is written through."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old", "utf-8")
    link.symlink_to(real)
    write_atomically(link, "жёлтый зонт")
    assert link.is_symlink()
    assert real.read_text("utf-8") == "жёлтый зонт"
