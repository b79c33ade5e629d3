"""Apart: one route costs its own checks only, and nothing passes from one app to the next."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.class_room import COUNT, HELLO
from tests.test_judge import below
from yielddb.catalogue import Course, Lesson
from yielddb.grade import Grader
from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import find
from yielddb.sandbox.limits import Limits
from yielddb.verdict import Verdict

HERE = Path(__file__).parent
LOOKS = 50  # at a memory that changes, a tenth of a second apart
MARK = "".join(reversed("txen eht rof gnihton"))  # so that this file does not hold it
GREETING = '    return {"greeting": "Hello town"}'
linux = pytest.mark.skipif(sys.platform != "linux", reason="the layer exists on Linux alone")

# Three checks that wait for nobody; the broken route is asked first.
THREE = '''
"""Three checks."""
from yielddb.checking import expect, points


@points(4)
def test_greets(client):
    """GET /hello greets"""
    expect(client.get("/hello"), 200, says="200")


@points(2)
def test_stores(client, data, database):
    """a note is stored"""
    expect(client.post("/notes", json={"text": data.thing()}), 201, says="201")
    assert database.rows("select 1 from notes"), "a row"


@points(1)
def test_counts(client):
    """notes are counted"""
    assert client.get("/notes/count").json()["count"] == 1, "one note"
'''


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grader]:
    """A grader that waits one second, on the toy course with three independent checks."""
    import shutil

    root = tmp_path_factory.mktemp("course") / "toy"
    shutil.copytree(HERE / "toy", root)
    course = Course(root)
    course.find("count").check.write_text(THREE, "utf-8")
    with Grader(course, Limits(answer_s=1, memory_mb=512, disk_mb=16)) as grader:
        yield grader


def broken(body: str, folder: Path, is_async: bool = False) -> Path:
    """The app with notes, whose greeting does `body`."""
    source = COUNT.replace(GREETING, "".join(f"    {line}\n" for line in body.splitlines()))
    if is_async:
        source = source.replace("def hello()", "async def hello()")
    (folder / "main.py").write_text(source, "utf-8")
    return folder


LINE = COUNT[: COUNT.index(GREETING)].count("\n") + 1
KINDS = {
    "loop": ("while True: pass", f"nothing within 1 s; it was at main.py line {LINE} (while True"),
    "exit": ("import os; os._exit(0)", "the app ended its own process (exit code 0)"),
    "segfault": ("import ctypes; ctypes.string_at(0)",
                 "the app's process crashed (segmentation fault)"),
    "abort": ("import os; os.abort()", "the app's process aborted itself"),
    "memory": ("hoard = []\nwhile True: hoard.append(bytearray(16 << 20))", "MemoryError"),
    "disk": ("for n in range(99): open(f'f{n}', 'wb').write(bytes(1 << 20))",
             "your app wrote more than 16 MiB, and was ended"),
    "files": ("for n in range(9999): open(f'f{n}', 'wb').close()",
              "your app made more than 2000 files, and was ended"),
    "fork": ("import os\nwhile True: os.fork()", "Operation not permitted"),
}  # fmt: skip


@linux
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_route_costs_its_own_checks_only(
    kind: str, is_async: bool, hasty: Grader, tmp_path: Path
) -> None:
    """Route and cause are named; the points of the other checks are right."""
    body, says = KINDS[kind]
    verdict = hasty.grade(hasty.course.find("count"), broken(body, tmp_path, is_async))
    assert verdict.checks[0].status == "passed"
    assert verdict.checks[1].status in ("error", "failed")
    assert [c.status for c in verdict.checks[2:]] == ["passed", "passed"]
    assert (verdict.score, verdict.max_score) == (3, 7)
    assert verdict.checks[1].sent == "curl http://127.0.0.1:8000/hello"
    assert says in str(verdict.checks[1].came_back)


@linux
def test_the_flood_is_told_word_for_word(
    golden: Callable[[str, str], None], hasty: Grader, tmp_path: Path
) -> None:
    """What a learner reads who filled the disk names the limit."""
    from yielddb.workspace.report import check_lines

    told = ""
    for kind in ("disk", "files"):
        verdict = hasty.grade(hasty.course.find("count"), broken(KINDS[kind][0], tmp_path))
        problem = verdict.first_problem
        assert problem
        told += "".join(f"{line}\n" for line in check_lines(problem, problem.hint))
    golden("disk_full.txt", told)


@linux
def test_a_flood_at_import_is_the_root_cause(hasty: Grader, tmp_path: Path) -> None:
    """It is told at the first check, and all others wait."""
    (tmp_path / "main.py").write_text(f"{KINDS['disk'][0]}\n{COUNT}", "utf-8")
    verdict = hasty.grade(hasty.course.find("count"), tmp_path)
    assert verdict.checks[0].came_back == "your app wrote more than 16 MiB, and was ended"
    assert {c.status for c in verdict.checks[1:]} == {"skipped"}


@linux
def test_what_filled_the_disk_is_gone_for_the_checks_that_remain(
    hasty: Grader, tmp_path: Path
) -> None:
    """Beside the database too: the rows stay, the flood does not."""
    body = (
        "import os\nfolder = os.path.dirname(os.environ['DATABASE_URL'].removeprefix('sqlite:///'))\n"
        "os.mkdir(folder + '/deep')\n"
        "for n in range(99): open(f'{folder}/deep/f{n}', 'wb').write(bytes(1 << 20))"
    )
    verdict = hasty.grade(hasty.course.find("count"), broken(body, tmp_path))
    assert verdict.score == 3
    assert "wrote more than 16 MiB" in str(verdict.checks[1].came_back)


@linux
@pytest.mark.parametrize(
    "deed", ["os.mkfifo(path)", "os.symlink('/etc/passwd', path)", "os.mkdir(path)",
             "os.symlink(path, path)", "open(path, 'wb').write(bytes(5000))"]
)  # fmt: skip
def test_a_database_that_is_none_is_told(deed: str, toy: Course, tmp_path: Path) -> None:
    """A pipe, a link, a folder: the judge neither waits nor breaks, and the app is told."""
    engine = "engine = create_engine("
    trap = f"path = os.environ['DATABASE_URL'].removeprefix('sqlite:///')\n{deed}\n"
    source = COUNT.replace(engine, trap + engine).replace("Base.metadata.create_all(engine)", "")
    (tmp_path / "main.py").write_text(source, "utf-8")
    with Grader(toy, Limits(answer_s=2), at_most="C") as grader:
        verdict = grader.grade(toy.find("count"), tmp_path)
    assert verdict.status == "failed"
    assert verdict.checks[0].status == "passed"
    assert verdict.first_problem


def test_the_root_cause_comes_first(grader: Grader, tmp_path: Path) -> None:
    """A bracket that is never closed is told once, with its line; the checks wait for it."""
    (tmp_path / "main.py").write_text(COUNT + "\nnumbers = (1,\n", "utf-8")
    verdict = grader.grade(grader.course.find("count"), tmp_path)
    line = COUNT.count("\n") + 2
    assert verdict.first_problem
    assert verdict.first_problem.came_back == f"main.py line {line}: '(' was never closed"
    assert {c.status for c in verdict.checks[1:]} == {"skipped"}
    assert {c.came_back for c in verdict.checks[1:]} == {"waits for: the app starts"}


# Nothing passes on -----------------------------------------------------------------------------


def holds(pid: int, word: bytes) -> bool:
    """Does the memory of a process hold a word? Asked again where that changes meanwhile."""
    for _ in range(LOOKS):
        with contextlib.suppress(OSError):  # a thread that ended took its stack along
            return found(pid, word)
        time.sleep(0.1)
    return found(pid, word)


def found(pid: int, word: bytes) -> bool:
    """One look; raises OSError where a part that was there is gone."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    spans = [line.split()[0].split("-") for line in maps if " rw" in line and "[v" not in line]
    with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for low, high in ((int(a, 16), int(b, 16)) for a, b in spans):
            memory.seek(low)
            if word in memory.read(high - low):
                return True
    return False


def marked(folder: Path) -> Path:
    """A right app that carries the mark, and keeps it in memory for as long as it lives."""
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(f"{HELLO}\nkept = [{MARK!r}] * 9\n", "utf-8")
    return folder


@linux
def test_the_warm_parent_holds_no_byte_of_a_submission(toy: Course, tmp_path: Path) -> None:
    """Its memory, its keepers' and the spare's, read from outside, know nothing of two apps."""
    with Grader(toy) as grader:
        for _ in range(2):
            assert grader.grade(toy.find("hello"), marked(tmp_path / "app")).status == "passed"
            grader.keep_spare()
        parent, spare = grader.sandbox.parent, grader.sandbox.spare
        assert parent
        assert spare
        pids = below(parent.pid) | {parent.pid}
        assert spare.seen_pid in pids
        assert len(pids) >= 2
        assert not any(holds(pid, MARK.encode()) for pid in pids)


@linux
def test_the_look_into_memory_sees_what_is_there(toy: Course, tmp_path: Path) -> None:
    """The app that carries the mark is found by it."""
    with Grader(toy) as grader:
        box = grader.sandbox.box()
        (box.app_folder / "main.py").write_text(
            (marked(tmp_path / "app") / "main.py").read_text("utf-8")
        )
        box.load("main", {})
        assert holds(box.seen_pid, MARK.encode())
        box.close()


@linux
def test_files_that_are_closed_while_they_are_counted(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A descriptor that is gone when it is looked at takes none of the others along."""
    app = LearnerApp(grader.sandbox, find(marked(tmp_path / "app")))
    read = Path.readlink

    def gone(path: Path) -> Path:
        if path.name == "1":
            raise FileNotFoundError(path)
        return read(path)

    monkeypatch.setattr(Path, "readlink", gone)
    assert app.open_files() == 0
    app.close()


SPOILS = """
import builtins, json, os, sys
import fastapi, sqlalchemy.orm, sqlite3
json.dumps = json.loads = lambda *_, **__: "spoilt"
fastapi.FastAPI.get = None
sqlalchemy.orm.Session.commit = lambda self: None
builtins.open = builtins.len = None
os.environ["SPOILT"] = "yes"
sys.modules["neighbour"] = sys
sys.path.insert(0, "/spoilt")
"""
CLEAN = """
import builtins, json, os, sys
assert json.loads(json.dumps([1])) == [1]
assert "SPOILT" not in os.environ and "neighbour" not in sys.modules
assert "/spoilt" not in sys.path and len("x") == 1
assert not [name for name in os.listdir() if name != "main.py"]
"""


@pytest.mark.parametrize("mode", ["fork", "alone"] if sys.platform != "win32" else ["alone"])
def test_what_one_app_spoils_the_next_one_finds_whole(
    mode: str, toy: Course, tmp_path: Path
) -> None:
    """Patched modules, variables, builtins and files end with their process."""
    spoiler, honest = tmp_path / "spoiler", tmp_path / "honest"
    for folder, source in ((spoiler, COUNT + SPOILS), (honest, CLEAN + COUNT)):
        folder.mkdir()
        (folder / "main.py").write_text(source, "utf-8")

    def judged(grader: Grader, lesson: Lesson, folder: Path) -> Verdict:
        grader.keep_spare()
        return grader.grade(lesson, folder)

    with Grader(toy, Limits(answer_s=2), mode=mode) as grader:  # type: ignore[arg-type]
        lesson = toy.find("count")
        assert judged(grader, lesson, spoiler).status == "failed"
        found = judged(grader, lesson, honest)
        assert found.status == "passed", found.first_problem
