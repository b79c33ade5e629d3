"""What an app leaves in its folders: a restart copes with it or the app is told, and all goes."""

from __future__ import annotations

import contextlib
import os
import signal
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.class_room import COUNT, HELLO
from tests.hard_folders import drop_rights
from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.judging.exchange import NotStarted, Trouble
from yielddb.judging.files import below, clear, lay_over, move_all, renew
from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import Submission
from yielddb.judging.transport import client_of
from yielddb.sandbox.disk import Hidden, excess
from yielddb.sandbox.limits import Limits

CLOSED = "made folders that can't be looked into"
DEEP = "made more than 50 folders within each other"
FILLED = "wrote more than 64 MiB"
TOLD = "your app {}, and was ended"
HOME = (
    "home = os.getcwd()\ndata = os.path.dirname(os.environ['DATABASE_URL'][len('sqlite:///'):])\n"
)


def submission(at_import: str = "pass", at_request: str = "pass") -> Submission:
    """The toy's second solution, which does something at its import, or when asked for `/mess`."""
    route = f"\n@app.get('/mess')\ndef mess():\n{textwrap.indent(at_request, '    ')}\n"
    source = f"{COUNT}\n{HOME}{at_import}\n{route}"
    return Submission(Path("main.py"), {"main.py": source.encode(), "part/x.py": b""}, "main")


@pytest.fixture
def lives(grader: Grader) -> Iterator[list[LearnerApp]]:
    """Apps made with the shared sandbox; nothing of theirs is left at the end."""
    apps: list[LearnerApp] = []
    grader.sandbox.see_off()
    before = set(grader.sandbox.root.iterdir())
    yield apps
    for app in apps:
        app.close()
    grader.sandbox.see_off()
    assert set(grader.sandbox.root.iterdir()) - {grader.sandbox.root / "inside"} <= before


def nest(count: int, name: str = "d", where: str = "home") -> str:
    """Code that makes folders within folders."""
    return (
        f"os.chdir({where})\nfor _ in range({count}):\n"
        f"    os.mkdir({name!r}); os.chdir({name!r})\nos.chdir(home)\n"
    )


FILL = (
    nest(18, "x" * 250).removesuffix("os.chdir(home)\n")
    + "for n in range(6):\n    with open(f'f{n}', 'wb') as f: f.write(bytes(15 << 20))\n"
    + "os.chdir(home)\n"
)
MESSES = {
    "a few": ("pass", None),
    "deep": (nest(1500), DEEP),
    "deep, beside the database": (nest(1500, where="data"), DEEP),
    "long names": (nest(18, "x" * 250), CLOSED),
    "a full disk behind long names": (FILL, CLOSED),
    "its own file is a folder": ("os.unlink('main.py'); os.makedirs('main.py/a/b')", None),
    "its own folder is a file": ("os.rename('part', 'old'); open('part', 'w').close()", None),
}  # fmt: skip


@pytest.mark.parametrize("mess", MESSES)
def test_a_restart(mess: str, lives: list[LearnerApp], grader: Grader) -> None:
    """Whatever was made, a restart serves the same rows, or the app is told what it did."""
    code, told = MESSES[mess]
    app = LearnerApp(grader.sandbox, submission(at_request=code))
    lives.append(app)
    client = client_of(app)
    assert client.post("/notes", json={"text": "umbrella"}).status_code == 201
    if told is None:
        assert client.get("/mess").status_code == 200
    else:  # it may be ended before it has answered
        with contextlib.suppress(Trouble):
            client.get("/mess")
        assert app.box
        assert app.box.wrote_too_much()
        assert app.box.excess == told
    app.restart()
    assert client.get("/notes/count").json() == {"count": 1}
    app.restart(fresh=True)
    assert client.get("/notes/count").json() == {"count": 0}


@pytest.mark.parametrize("mess", [mess for mess, (_, told) in MESSES.items() if told])
def test_at_import(mess: str, lives: list[LearnerApp], grader: Grader) -> None:
    """The same at import: the app is told, and nobody breaks down."""
    code, told = MESSES[mess]
    app = LearnerApp(grader.sandbox, submission(at_import=code))
    lives.append(app)
    for _ in range(2):
        with pytest.raises(NotStarted) as raised:
            app.start(fresh=False)
        assert raised.value.diagnosis.text == TOLD.format(told)


def test_a_life_that_only_hung_up(lives: list[LearnerApp], grader: Grader) -> None:
    """An app whose line to the judge is cut is ended before anybody moves its files."""
    app = LearnerApp(grader.sandbox, submission())
    lives.append(app)
    first = app.ensure()
    first.line.close()
    with first.line.changed:
        assert first.line.changed.wait_for(lambda: not first.alive, 10)
    assert first.status is None
    assert app.ensure() is not first
    assert first.status in {0, -signal.SIGKILL}  # it may have gone by itself before
    with pytest.raises(ProcessLookupError):
        os.kill(first.seen_pid, 0)


def test_a_look_that_began_before_the_mess(
    lives: list[LearnerApp], grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads look: what one found stays, though the other ends later and found nothing."""
    app = LearnerApp(grader.sandbox, submission())
    lives.append(app)
    box = app.ensure()
    is_slow = iter([True])

    def look(*_: object) -> str | None:
        if not next(is_slow, False):
            return CLOSED
        assert box.wrote_too_much()  # the other one, meanwhile
        return None

    monkeypatch.setattr("yielddb.sandbox.box.disk.excess", look)
    assert box.wrote_too_much()
    assert box.excess == CLOSED


def test_what_can_not_be_moved(
    lives: list[LearnerApp], grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that the system does not let go are the app's trouble, at each kind of restart."""
    app = LearnerApp(grader.sandbox, submission())
    lives.append(app)
    app.start()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", denied)
        with pytest.raises(NotStarted, match=CLOSED):
            app.restart()
        patch.setattr("yielddb.judging.files.remove", lambda folder: False)
        with pytest.raises(NotStarted, match=CLOSED):
            app.restart(fresh=True)
        patch.setattr(Path, "rename", full)
        with pytest.raises(OSError, match="No space"):
            app.restart()
    app.restart()


def denied(*_: object) -> None:
    raise PermissionError(13, "Permission denied")


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("mode", [0o000, 0o300, 0o400, 0o600])
def test_closed_folders(mode: int, apart: Path) -> None:
    """Folders that may not be listed or entered hide what is in them, and that is told."""
    apart.chmod(0o777)
    drop_rights()
    source, target = apart / "source", apart / "target"
    (source / "a").mkdir(parents=True)
    (source / "a/f").write_text("umbrella")
    (source / "office.db").write_text("umbrella")
    target.mkdir()
    (source / "a").chmod(mode)
    assert excess([source], 0, Limits()) == CLOSED
    if mode in (0o000, 0o300):  # its files can't even be listed
        with pytest.raises(Hidden, match=CLOSED):
            below(source)
        with pytest.raises(Hidden, match=CLOSED):
            lay_over(submission(), source)
    if not mode & 0o200:  # a folder knows its parent: to move it is to write to it
        with pytest.raises(Hidden, match=CLOSED):
            move_all(source, target)
    (source / "office.db").write_text("umbrella")
    clear([source], source / "office.db")
    assert below(source) == {"office.db"}
    renew(source)
    assert below(source) == set()


def link_out(place: Path, out: Path) -> None:
    place.symlink_to(out)


def nowhere(place: Path, out: Path) -> None:
    place.symlink_to(out.with_name("nowhere"))


def pipe(place: Path, out: Path) -> None:
    os.mkfifo(place)


def folder_with_files(place: Path, out: Path) -> None:
    (place / "a").mkdir(parents=True)
    (place / "a/f").write_text("umbrella")


@pytest.mark.parametrize("make", [link_out, nowhere, pipe, folder_with_files])
@pytest.mark.parametrize("name", ["main.py", "part/x.py", "part"])
def test_in_the_place_of_its_own_file(
    make: Callable[[Path, Path], None], name: str, tmp_path: Path
) -> None:
    """Where an app can make links and pipes, nothing is written through them, and nobody waits."""
    folder, out = tmp_path / "app", tmp_path / "out"
    out.mkdir()
    for place in (out / "x.py", out / "file"):
        place.write_text("umbrella")
    (folder / "part").mkdir(parents=True)
    if name == "part":
        (folder / "part").rmdir()
    make(folder / name, out if name == "part" else out / "file")
    own = submission()
    assert lay_over(own, folder) >= set(own.files)
    for path, content in own.files.items():
        assert (folder / path).read_bytes() == content
        assert not (folder / path).is_symlink()
    assert {path.name: path.read_text() for path in out.iterdir()} == {
        "x.py": "umbrella", "file": "umbrella",
    }  # fmt: skip


def test_what_stays_closed(apart: Path) -> None:
    """Where not even its owner can remove it, it is told."""
    (apart / "a/b").mkdir(parents=True)
    drop_rights()
    with pytest.raises(Hidden, match=CLOSED):
        clear([apart / "a"], apart / "office.db")
    with pytest.raises(Hidden, match=CLOSED):
        renew(apart / "a")


def test_what_is_gone_meanwhile(tmp_path: Path) -> None:
    """A folder that was removed while it was looked for is no excess."""
    assert excess([tmp_path / "gone"], 0, Limits()) is None
    (tmp_path / "file").write_text("umbrella")
    assert excess([tmp_path / "file"], 0, Limits()) is None


def test_nobody_else_pays(toy: Course, tmp_path: Path) -> None:
    """After an app with folders without end, the next is judged, and no file is left."""
    bad, good = tmp_path / "bad", tmp_path / "good"
    for folder, source in ((bad, f"{HELLO}\nimport os\n{HOME}{nest(1500)}"), (good, HELLO)):
        folder.mkdir()
        (folder / "main.py").write_text(source)
    with Grader(toy) as grader:
        lesson = toy.find("hello")
        assert grader.grade(lesson, bad).checks[0].came_back == TOLD.format(DEEP)
        assert grader.grade(lesson, good).status == "passed"
        root = grader.sandbox.root
    assert not root.exists()
