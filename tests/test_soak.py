"""The soak: many submissions in one run, a fifth of them hostile; nothing grows, nothing is left.

200 of them in CI; `make soak` takes 2,000 (`pytest --soak N`).
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import stat
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.class_room import COUNT, FLUSHED, HELLO, WRONG, put
from tests.test_judge import below
from yielddb import judge
from yielddb.batch import grading
from yielddb.batch.progress import Progress
from yielddb.batch.records import Options
from yielddb.catalogue import Course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are counted in /proc"),
]

HERE = Path(__file__).parent
SEED = 20260
JOBS = 2
HOSTILE = 5  # every fifth
STEP = 20  # verdicts from one look at the memory to the next
VERDICT_KIB = 8.0  # of the grader per submission: it holds each verdict until the report is written
# A judge grows in steps, until the allocator has room for each attack's answers; the bound is the
# same for any number of submissions.
STEPS_KIB = 8 << 10
MORE_FILES = 4  # descriptors that are open at one look and not at the other
# A judge with short limits, so that an app that hangs costs two seconds.
SHORT = """#!{python}
import sys
from yielddb import judge
from yielddb.sandbox import parent
from yielddb.sandbox.limits import Limits
parent.Limits = lambda: Limits(start_s=4, answer_s=2, stop_s=1)
judge.main(*sys.argv[3:])
"""
# The app of an attack: what it does in a route, it does when it should greet.
STAGE = """
import os
os.environ |= {{"JUDGE": "{judge}", "OUTSIDE": "{outside}", "NEIGHBOUR": "{outside}/neighbour",
               "PORT": "9", "ABSTRACT": "nobody", "PACKAGE": "{package}"}}
import attack
app = attack.app
app.router.routes[:] = [r for r in app.router.routes if getattr(r, "path", "") != "/hello"]
deed = getattr(attack, "attack", lambda: {{"greeting": "Hello town"}})
app.get("/hello")(deed)
"""
# Attacks that harm nobody, themselves included: what these apps answer is right, and is told so.
HARMLESS = {"threads_that_stay", "loops_in_shutdown", "patches_socket"}


def attacks() -> list[tuple[str, Path]]:
    """Kind and file of each."""
    return [
        (kind, path)
        for kind in ("accidents", "reaching")
        for path in sorted((HERE / "attacks" / kind).glob("*.py"))
    ]


@dataclass
class Room:
    """A class that is made up from a seed, and the verdict that each of its apps deserves."""

    root: Path
    outside: Path
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    expected: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)

    def fill(self, count: int) -> None:
        """Write `count` submissions."""
        hostile = attacks()
        for number in range(count):
            if number % HOSTILE == HOSTILE - 1:
                self.attack(f"s{number:04}", *hostile[number // HOSTILE % len(hostile)])
            else:
                self.honest(f"s{number:04}")

    def honest(self, student: str) -> None:
        """A right app or a usual mistake, no two of them the same."""
        slug, source, status, score = self.dice.choice([
            ("01_hello", HELLO, "passed", 3.0), ("02_count", COUNT, "passed", 3.0),
            ("01_hello", COUNT, "passed", 3.0), ("01_hello", WRONG, "failed", 2.0),
            ("02_count", FLUSHED, "failed", 1.0), ("02_count", "app = (\n", "failed", 0.0),
        ])  # fmt: skip
        source = f"# {self.dice.random()}\n{source}"
        put(self.root, {f"{student}/{slug}/main.py": source})
        self.expected[student, slug[3:]] = status, score

    def attack(self, student: str, kind: str, path: Path) -> None:
        """An attack as a submission for the first lesson."""
        package = Path(judge.__file__).parent
        stage = STAGE.format(judge=os.getpid(), outside=self.outside, package=package)
        files = {
            "main.py": stage,
            "attack.py": path.read_text("utf-8"),
            "tools.py": (HERE / "attacks/tools.py").read_text("utf-8"),
        }
        put(self.root / student / "01_hello", files)
        is_right = kind == "reaching" or path.stem in HARMLESS
        self.expected[student, "hello"] = ("passed", 3.0) if is_right else ("failed", 0.0)


@dataclass(frozen=True)
class Look:
    """What the long-lived processes hold, after so many verdicts."""

    done: int
    memory_kib: dict[int, int]
    files: dict[int, int]


def group(pid: int) -> int:
    """The process group; 0 of a process that has ended."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[2])
    return 0


def lasting() -> list[int]:
    """This process, the judges and their warm parents: an app has a group of its own."""
    ours = below(os.getpid())
    leaders = {pid for pid in ours if group(pid) == pid == os.getsid(pid)}
    return [os.getpid(), *(pid for pid in ours if group(pid) in leaders)]


def look(done: int) -> Look:
    """Look at them now."""
    memory, files = {}, {}
    for pid in lasting():
        with contextlib.suppress(OSError, IndexError, ValueError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            memory[pid] = pages * os.sysconf("SC_PAGE_SIZE") >> 10
            files[pid] = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Look(done, memory, files)


class Watched(Progress):
    """The bar of `yielddb grade`, which looks at the processes as it goes."""

    looks: list[Look]

    def step(self) -> None:
        """One more is done."""
        super().step()
        if self.count % STEP == 0:
            self.looks.append(look(self.count))
            now = self.looks[-1]
            rate = self.count / (time.monotonic() - self.began)
            says = f"{self.count} of {self.total}, {rate:.1f}/s"
            memory, files = sum(now.memory_kib.values()) >> 10, sum(now.files.values())
            print(f"{says}, {memory} MiB, {files} descriptors", flush=True)


@pytest.fixture
def short_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges with short limits and a folder of their own; a progress that looks at memory."""
    script = tmp_path / "judge"
    script.write_text(SHORT.format(python=sys.executable))
    script.chmod(script.stat().st_mode | stat.S_IXUSR)

    class Sys:
        executable = str(script)

    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(judge, "sys", Sys)
    monkeypatch.setattr(Watched, "looks", [], raising=False)
    monkeypatch.setattr(grading, "Progress", Watched)


def growth(first: Look, last: Look) -> dict[int, float]:
    """KiB that each process of both looks grew by."""
    both = first.memory_kib.keys() & last.memory_kib.keys()
    return {pid: last.memory_kib[pid] - first.memory_kib[pid] for pid in both}


def test_a_long_run_leaves_nothing_and_errs_never(
    request: pytest.FixtureRequest, toy: Course, tmp_path: Path, short_limits: None
) -> None:
    """Every verdict right, memory and descriptors flat, no process, folder or mount left."""
    count = request.config.getoption("--soak")
    room = Room(tmp_path / "class", tmp_path / "outside")
    put(room.outside, {"secret.txt": "42\n"})
    room.fill(count)
    before = below(os.getpid()), len(list(Path("/proc/self/fd").iterdir()))
    mounts, began = Path("/proc/self/mounts").read_text(), time.monotonic()
    outcome = grading.grade(toy, Options(room.root, jobs=JOBS), print)
    seconds = time.monotonic() - began
    found = {
        key: (graded.verdict.status, graded.verdict.score)
        for key, graded in outcome.classroom.verdicts.items()
    }
    wrong = {key: (found.get(key), right) for key, right in room.expected.items()
             if found.get(key) != right}  # fmt: skip
    assert wrong == {}, [outcome.classroom.verdicts[key].verdict.checks for key in wrong]
    assert found.keys() == room.expected.keys()
    assert (room.outside / "secret.txt").read_text() == "42\n"
    assert below(os.getpid()) == before[0]
    assert Path("/proc/self/mounts").read_text() == mounts
    assert list((tmp_path / "temporary").iterdir()) == []
    first, last = (Watched.looks[len(Watched.looks) // 2], Watched.looks[-1])
    grown = growth(first, last)
    print(f"{count} submissions in {seconds:.0f} s: {count / seconds:.1f}/s")
    print(f"per process: {first.memory_kib} -> {last.memory_kib} KiB")
    print(f"descriptors: {first.files} -> {last.files}")
    assert len(grown) >= 1 + 2 * JOBS, "a judge or a warm parent was replaced"
    assert grown.pop(os.getpid()) <= STEPS_KIB + VERDICT_KIB * (last.done - first.done)
    assert max(grown.values()) <= STEPS_KIB, grown
    assert all(last.files[pid] <= first.files[pid] + MORE_FILES for pid in grown)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before[1] + MORE_FILES
    shutil.rmtree(room.root)
