"""What people hand in by mistake: one clear message, exit code 2, nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import yielddb
from yielddb.catalogue import Course

APP = (Path(__file__).parent / "toy/solutions/01_hello/main.py").read_text("utf-8")


def notebook(*cells: str) -> str:
    """A notebook with these code cells."""
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": c} for c in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def folder(*files: tuple[str, str | bytes]) -> Callable[[Path], Path]:
    """Makes a folder with these files."""

    def make(root: Path) -> Path:
        target = root / "handed-in"
        target.mkdir()
        for name, content in files:
            raw = content if isinstance(content, bytes) else content.encode("utf-8")
            (target / name).write_bytes(raw)
        return target

    return make


def single(name: str, content: str) -> Callable[[Path], Path]:
    """Makes a file."""

    def make(root: Path) -> Path:
        path = root / name
        path.write_text(content, "utf-8")
        return path

    return make


CASES: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "empty folder": (
        folder(),
        "handed-in: the folder is empty",
        "put your app into main.py, as `app`",
    ),
    "no app in it": (
        folder(("notes.txt", "umbrella")),
        "handed-in: no main.py here",
        "put your app into main.py, as `app`",
    ),
    "two apps": (
        folder(("main.py", APP), ("app.py", APP)),
        "handed-in: two apps: main.py and app.py both define app",
        "keep one, or name the file to check",
    ),
    "Latin-1": (
        folder(("app.py", (APP + "# gr\u00fc\u00dfe\n").encode("latin-1"))),
        "handed-in/app.py: the file is not UTF-8 text",
        "save it as UTF-8 in your editor",
    ),
    "a notebook without the cell": (
        single("mine.ipynb", notebook("print(1)")),
        "mine.ipynb: no %%app cell for this lesson",
        "begin the cell of your app with %%app and the lesson's name",
    ),
    "a notebook with the cell twice": (
        single("mine.ipynb", notebook(f"%%app hello\n{APP}", f"%%app 1\n{APP}")),
        "mine.ipynb: code cells 1 and 2 are both %%app cells",
        "keep the one you mean",
    ),
    "a notebook that is not JSON": (
        single("mine.ipynb", "{"),
        "mine.ipynb: this is not a notebook (no JSON with cells)",
        "save it again in JupyterLab",
    ),
    "a picture": (
        single("umbrella.png", "\x89PNG"),
        "umbrella.png: not a folder, .py or .ipynb",
        "name the folder with main.py in it",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_broken_submission_is_named(name: str, toy: Course, tmp_path: Path) -> None:
    """The path, the reason, the remedy; in JSON the status `error`; the files stay as they were."""
    make, says, fix = CASES[name]
    path = make(tmp_path)
    before = {
        p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and path in (p, p.parent)
    }
    done = yielddb(toy, tmp_path, "check", "1", path.name)
    assert done.returncode == 2, done.stdout + done.stderr
    shown = " ".join((done.stdout + done.stderr).split())
    assert says in shown
    assert fix in shown
    assert "Traceback" not in shown
    verdict = json.loads(yielddb(toy, tmp_path, "check", "1", path.name, "--json").stdout)
    assert (verdict["status"], verdict["checks"][0]["came_back"]) == ("error", says)
    assert {p: p.read_bytes() for p in before} == before


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names must be UTF-8")
def test_a_name_that_would_move_the_cursor(toy: Course, tmp_path: Path) -> None:
    """A folder's name reaches no terminal as it is; the command to type still means that folder."""
    name = "it's \x1b]0;two  blanks\n\udcff\x9b\\x41"
    (tmp_path / name).mkdir()
    done = yielddb(toy, tmp_path, "check", "1", name)
    assert done.returncode == 2
    heading, *_, last = done.stdout.splitlines()
    assert heading == "01_hello in it's \ufffd]0;two blanks \ufffd\ufffd\\x41"
    assert all(line.isprintable() for line in done.stdout.splitlines())
    command = last.removeprefix("Repair that, then type: yielddb ")
    shell = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True
    )
    assert shell.stdout.split(b"\0") == [b"check", b"1", os.fsencode(name), b""]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses names with control characters")
def test_a_name_of_a_student_that_would_move_the_cursor(toy: Course, tmp_path: Path) -> None:
    """Nor does it reach the instructor's terminal by a note."""
    room = tmp_path / "class"
    for name in ("main.py", "f\nnote: x.py"):
        path = room / "01_hello/eve\x1b[31m" / name.removesuffix(".py") / "main.py"
        path.parent.mkdir(parents=True)
        path.write_text(APP, "utf-8")
    done = yielddb(toy, tmp_path, "grade", str(room), "--require-isolation", "C")
    (note,) = [line for line in done.stderr.splitlines() if "newest" in line]
    assert "note: eve\ufffd[31m, hello: 2 submissions; " in note
    assert "/f note: x" in note
    assert "\x1b" not in done.stderr + done.stdout


def test_a_notebook_and_a_file_get_the_same_verdict(toy: Course, tmp_path: Path) -> None:
    """The cell of a notebook is judged like a main.py with the same text."""
    (tmp_path / "main.py").write_text(APP, "utf-8")
    (tmp_path / "mine.ipynb").write_text(notebook("x = 1", f"%%app hello\n{APP}"), "utf-8")
    verdicts = [
        json.loads(yielddb(toy, tmp_path, "check", "1", name, "--json").stdout)
        for name in ("main.py", "mine.ipynb")
    ]
    for verdict in verdicts:
        assert verdict["status"] == "passed"
        for key in ("seconds", "isolation", "submission", "versions"):
            verdict[key] = None
        for check in verdict["checks"]:
            check["seconds"] = None
    assert verdicts[0] == verdicts[1]


def test_a_database_url_of_the_shell_is_ignored_with_a_note(toy: Course, tmp_path: Path) -> None:
    """The app gets a database of its own; the note says so on stderr."""
    (tmp_path / "main.py").write_text(APP, "utf-8")
    done = yielddb(toy, tmp_path, "check", "1", ".", DATABASE_URL="sqlite:////no/where.db")
    assert done.returncode == 0
    assert done.stderr == (
        "note: DATABASE_URL of your shell is ignored: a check gives the app a fresh database\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="permissions work differently there")
def test_a_read_only_submission_is_judged(toy: Course, tmp_path: Path) -> None:
    """The folder is copied, so nobody needs to write in it."""
    path = folder(("main.py", APP))(tmp_path)
    (path / "main.py").chmod(0o444)
    path.chmod(0o555)
    try:
        assert yielddb(toy, tmp_path, "check", "1", path.name).returncode == 0
    finally:
        path.chmod(0o755)


def test_a_long_way_to_the_temporary_folder(toy: Course, tmp_path: Path) -> None:
    """Longer than the address of a socket may be: the app is judged as anywhere."""
    path = folder(("main.py", APP))(tmp_path)
    far = tmp_path / ("far" * 40)
    far.mkdir()
    done = yielddb(toy, tmp_path, "check", "1", str(path), TMPDIR=str(far))
    short = yielddb(toy, tmp_path, "check", "1", str(path))
    assert done.returncode == short.returncode
    assert done.stdout == short.stdout
    assert not list(far.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="a small tmpfs needs Linux")
def test_a_full_temporary_disk_is_one_message(toy: Course, tmp_path: Path) -> None:
    """With no room for the app's copy and its database: exit code 2 and a way out."""
    from tests.command import arguments, environment

    path = folder(("main.py", APP), ("big.bin", b"x" * 300_000))(tmp_path)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size=128k none "$0" || exit 77; exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, str(disk), *arguments(toy, "check", "1", str(path))],
        env=environment(TMPDIR=str(disk)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode in (1, 77) and "yielddb" not in done.stderr and not os.environ.get("CI"):
        pytest.skip("may not mount here")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "No space left on device" in done.stdout + done.stderr
    assert "TMPDIR" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
