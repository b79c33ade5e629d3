"""The drill: each attack, at each level this system offers, gets nowhere and leaves nothing."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

import yielddb
from yielddb.catalogue import Course
from yielddb.checking import Broken
from yielddb.grade import Grader
from yielddb.judging.answers import MAX_ANSWER, whole
from yielddb.sandbox.box import Box
from yielddb.sandbox.events import AppDied, AppFailed, AppSilent
from yielddb.sandbox.levels import Level, level
from yielddb.sandbox.limits import Limits

HERE = Path(__file__).parent
ATTACKS = HERE / "attacks"
LEVELS: tuple[Level, ...] = ("A", "B", "C")
LIMITS = Limits(start_s=2, answer_s=1, stop_s=1, cpu_s=10)
DRIP_S = 2.0  # an answer that has not ended by then never does
FLOOD_MB = 4 * LIMITS.disk_mb  # where the disk's watch may be late: between two looks
SECRET = "the hidden answer is 42\n"
MARK = "MARK-OF-" + "A-NEIGHBOUR"  # what a later submission must not find in its memory
MORE_FILES = 4  # what the warm parent's line and pytest may open meanwhile
LEFT_S = 5.0  # until the processes of a box are gone

pytestmark = [
    pytest.mark.drill,
    pytest.mark.skipif(sys.platform != "linux", reason="the layers exist on Linux alone"),
]


def names(kind: str) -> list[str]:
    """The attacks of one kind."""
    return sorted(path.stem for path in (ATTACKS / kind).glob("*.py"))


@dataclass
class Range:
    """A grader at one level, a neighbour's folder, and what attackers would like to reach."""

    grader: Grader
    outside: Path
    level: Level
    app: Path  # where a well-behaved app lies
    hits: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)

    def listen(self, stack: contextlib.ExitStack) -> None:
        """Doors that nobody may come to."""
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        name = f"yielddb-drill-{os.getpid()}-{self.level}"
        abstract.bind("\0" + name)
        abstract.listen()
        self.env = {
            "JUDGE": str(os.getpid()),
            "OUTSIDE": str(self.outside),
            "NEIGHBOUR": str(self.neighbour()),
            "PORT": str(tcp.getsockname()[1]),
            "ABSTRACT": name,
            "PACKAGE": str(Path(yielddb.__file__).parent),
        }
        for door in (tcp, abstract):
            threading.Thread(target=self._accept, args=(door,), daemon=True).start()

    def _accept(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                door.accept()[0].close()
                self.hits.append("a call came in")

    def neighbour(self) -> Path:
        """The folder of another submission, in the sandbox's own folder."""
        folder = self.grader.sandbox.root / "neighbour"
        folder.mkdir()
        (folder / "main.py").write_text(f"name = {MARK!r}\n")
        return folder

    def box(self, kind: str, name: str) -> Box:
        """A box with the attack in it, confined."""
        box = self.grader.sandbox.box()
        for source in (ATTACKS / "tools.py", ATTACKS / kind / f"{name}.py"):
            target = "main.py" if source.stem == name else source.name
            (box.app_folder / target).write_text(source.read_text("utf-8"))
        box.confine()
        return box

    def neighbour_passes(self) -> bool:
        """Is the next submission judged as ever? It has a mark that nobody after it may find."""
        lesson = self.grader.course.find("count")
        self.app.write_text((lesson.solution / "main.py").read_text("utf-8") + f"name = {MARK!r}\n")
        return self.grader.grade(lesson, self.app).status == "passed"

    def harm(self) -> list[str]:
        """What is not as it was, seen from outside."""
        found = list(self.hits)
        secret = self.outside / "secret.txt"
        if not secret.is_file() or secret.read_text() != SECRET:
            found.append("the secret file was changed")
        elif secret.stat().st_mode & 0o777 != 0o600 or secret.stat().st_mtime != 1e9:
            found.append("its rights or times were changed")
        found += [f"{path} appeared" for path in self.outside.iterdir() if path != secret]
        planted = [Path(p, "planted") for p in ("/tmp", "/dev/shm", "/var/tmp", "/etc", "/")]
        found += [f"{path} appeared" for path in planted if path.exists()]
        return found


def get(box: Box, path: str) -> httpx.Response:
    """One request to the app in a box, read as the judge reads it."""
    seconds = dict.fromkeys(("connect", "read", "write"), LIMITS.answer_s)
    request = httpx.Request("GET", f"http://app{path}", extensions={"timeout": seconds})
    with box.transport() as transport:
        answer = whole(transport.handle_request(request), request, DRIP_S)
    assert len(answer.text) <= MAX_ANSWER
    return answer


def below(pid: int) -> set[int]:
    """The processes that descend from one, and are not dead."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(entry.name)] = int(parent)
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


@pytest.fixture(scope="module", params=LEVELS)
def field_of_fire(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Range]:
    """A grader at this level; skipped where the system does not offer it."""
    outside = tmp_path_factory.mktemp("outside")
    secret = outside / "secret.txt"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    os.utime(secret, (1e9, 1e9))
    course = Course(HERE / "toy")
    with Grader(course, LIMITS, at_most=request.param) as grader, contextlib.ExitStack() as stack:
        box = grader.sandbox.box()
        box.confine()
        offered, missing = level(box.layers), box.missing
        box.close()
        if offered != request.param:
            assert not os.environ.get("CI"), f"level {request.param} is missing in CI: {missing}"
            pytest.skip(f"level {request.param} is not offered here: {missing}")
        place = Range(grader, outside, request.param, tmp_path_factory.mktemp("good") / "main.py")
        place.listen(stack)
        mounts = Path("/proc/self/mounts").read_text()
        files = len(list(Path("/proc/self/fd").iterdir()))
        yield place
        root, parent = grader.sandbox.root, grader.sandbox.parent
        assert parent
        assert len(list(Path("/proc/self/fd").iterdir())) <= files + MORE_FILES
        grader.close()
        assert not root.exists()
        assert below(parent.pid) == set()
        assert Path("/proc/self/mounts").read_text() == mounts


def nothing_is_left(place: Range, before: set[int], box: Box) -> None:
    """No process, no folder, no socket of the attack."""
    parent = place.grader.sandbox.parent
    assert parent
    end = time.monotonic() + LEFT_S
    while below(parent.pid) - before and time.monotonic() < end:
        time.sleep(0.02)
    assert below(parent.pid) - before == set()
    assert not box.folder.exists()


@pytest.mark.parametrize("name", names("reaching"))
def test_an_attack_reaches_nothing(
    name: str, field_of_fire: Range, record_property: Callable[[str, object], None]
) -> None:
    """Each thing tried was refused, nothing outside changed, and the next app is judged right."""
    place = field_of_fire
    if place.level == "C":
        pytest.skip("level C promises nothing against people")
    assert place.neighbour_passes()  # whose traces could be found
    parent = place.grader.sandbox.parent
    assert parent
    before = below(parent.pid)
    box = place.box("reaching", name)
    try:
        box.load("main", place.env)
        box.serve()
        tried = get(box, "/report").json()
    finally:
        box.close()
    assert tried
    stopped_by = sorted({came.partition(": ")[2].partition(":")[0] for came in tried.values()})
    record_property("drill", f"{len(tried)} tries, refused by {', '.join(stopped_by)}")
    assert {what: came for what, came in tried.items() if not came.startswith("refused")} == {}
    assert place.harm() == []
    nothing_is_left(place, before, box)


@pytest.mark.parametrize("name", names("accidents"))
def test_an_accident_stays_in_its_box(
    name: str, field_of_fire: Range, record_property: Callable[[str, object], None]
) -> None:
    """Whatever an app does to itself ends in time, and the next app is judged right."""
    place = field_of_fire
    parent = place.grader.sandbox.parent
    assert parent
    before = below(parent.pid)
    began = time.monotonic()
    box = place.box("accidents", name)
    claimed = list(box.layers)
    ended = ""
    try:
        try:
            box.load("main", place.env)
            box.serve()
            answer = get(box, "/attack")
            box.ask("facts", seconds=1)
            said = [f"{error['type']}: {error['message']}" for error in box.errors()]
            ended = said[-1] if said else f"answered {answer.status_code}"
        except (AppDied, AppFailed, AppSilent, Broken, httpx.HTTPError) as error:
            ended = f"{type(error).__name__}: {error}"
        record_property("drill", box.excess or ended)
        if name.startswith("fills_"):
            assert box.excess or name == "fills_a_file"
        written = [p.stat().st_size for p in box.folder.rglob("*") if p.is_file()]
        assert max(written) <= LIMITS.file_mb << 20
        assert sum(written) <= FLOOD_MB << 20
        assert box.layers == claimed
    finally:
        box.close()
    assert time.monotonic() - began < 30
    assert place.harm() == []
    nothing_is_left(place, before, box)
    assert place.neighbour_passes()
