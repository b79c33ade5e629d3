"""The learner's folder: made once, renumbered, refreshed; nothing a learner wrote is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command import arguments, environment

from yielddb.catalogue import Course
from yielddb.workspace import copies
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.folder import Workspace, find_root


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def workspace(toy: Course, tmp_path: Path, said: list[str]) -> Workspace:
    return Workspace(toy, tmp_path / "work", said.append)


def ship(toy: Course, text: str) -> None:
    (toy.notebooks_dir).mkdir(exist_ok=True)
    toy.find("hello").notebook.write_text(text, "utf-8")


def renumber(toy: Course, old: str, new: str) -> Course:
    for part in (toy.lessons_dir, toy.solutions_dir, toy.checks_dir, toy.notebooks_dir):
        for path in part.glob(f"{old}*"):
            path.rename(path.with_name(path.name.replace(old, new)))
    return Course(toy.root)


def test_starter_is_put_once(workspace: Workspace, toy: Course) -> None:
    """The starter comes with the first use, and what the learner made of it stays."""
    folder = workspace.prepare(toy.find("hello"))
    app = folder / "main.py"
    assert "# YOUR CODE" in app.read_text("utf-8")
    app.write_text("mine", "utf-8")
    workspace.prepare(toy.find("hello"))
    assert app.read_text("utf-8") == "mine"


def test_an_app_under_another_name_keeps_the_starter_out(workspace: Workspace, toy: Course) -> None:
    """A learner's app.py is an app; no main.py is laid beside it."""
    folder = workspace.folder(toy.find("hello"))
    folder.mkdir(parents=True)
    (folder / "app.py").write_text("mine", "utf-8")
    workspace.prepare(toy.find("hello"))
    assert not (folder / "main.py").exists()


def test_renumbered_lesson_takes_its_folder_along(
    workspace: Workspace, toy: Course, said: list[str]
) -> None:
    """An app follows its lesson to the new number, with all that lies beside it."""
    app = workspace.prepare(toy.find("hello")) / "main.py"
    app.write_text("mine", "utf-8")
    (app.parent / "app.db").write_bytes(b"rows")
    moved = Workspace(renumber(toy, "01_hello", "03_hello"), workspace.root, said.append)
    folder = moved.prepare(moved.course.find("hello"))
    assert folder.name == "03_hello"
    assert (folder / "main.py").read_text("utf-8") == "mine"
    assert (folder / "app.db").read_bytes() == b"rows"
    assert said == ["01_hello is now 03_hello: the lesson got another number"]


def test_two_folders_of_one_lesson_both_stay(
    workspace: Workspace, toy: Course, said: list[str]
) -> None:
    """Where the new name is taken, nothing is renamed and the one that counts is named."""
    workspace.prepare(toy.find("hello"))
    (workspace.root / "07_hello").mkdir()
    (workspace.root / "07_hello" / "main.py").write_text("older", "utf-8")
    workspace.open()
    assert (workspace.root / "07_hello" / "main.py").read_text("utf-8") == "older"
    assert said == ["07_hello and 01_hello are both here; 01_hello counts"]


def test_untouched_notebook_is_refreshed(
    workspace: Workspace, toy: Course, said: list[str]
) -> None:
    """A copy nobody changed becomes the new version."""
    ship(toy, "one")
    copies.refresh(workspace)
    ship(toy, "two")
    copies.refresh(workspace)
    assert (workspace.notebooks / "01_hello.ipynb").read_text("utf-8") == "two"
    assert said == []


def test_changed_notebook_is_never_overwritten(
    workspace: Workspace, toy: Course, said: list[str]
) -> None:
    """A new version is laid beside the learner's, once, and never over a changed one."""
    ship(toy, "one")
    copies.refresh(workspace)
    copy = workspace.notebooks / "01_hello.ipynb"
    copy.write_text("mine", "utf-8")
    for version in ("one", "two", "two", "three"):
        ship(toy, version)
        copies.refresh(workspace)
    new = workspace.notebooks / "01_hello.new.ipynb"
    assert (copy.read_text("utf-8"), new.read_text("utf-8")) == ("mine", "three")
    assert len(said) == 2
    new.write_text("mine too", "utf-8")
    ship(toy, "four")
    copies.refresh(workspace)
    assert new.read_text("utf-8") == "mine too"
    assert (workspace.notebooks / "01_hello.new-2.ipynb").read_text("utf-8") == "four"


def test_lost_ledger_loses_no_notebook(workspace: Workspace, toy: Course) -> None:
    """Without the record of what was given, every copy counts as changed."""
    ship(toy, "one")
    copies.refresh(workspace)
    (workspace.state / "notebooks.json").write_text("{", "utf-8")
    ship(toy, "two")
    copies.refresh(workspace)
    assert (workspace.notebooks / "01_hello.ipynb").read_text("utf-8") == "one"
    assert (workspace.notebooks / "01_hello.new.ipynb").read_text("utf-8") == "two"


def test_renumbered_notebook_keeps_its_changes(workspace: Workspace, toy: Course) -> None:
    """A changed copy follows its lesson to the new number."""
    ship(toy, "one")
    copies.refresh(workspace)
    (workspace.notebooks / "01_hello.ipynb").write_text("mine", "utf-8")
    moved = Workspace(renumber(toy, "01_hello", "03_hello"), workspace.root, lambda _: None)
    copies.refresh(moved)
    assert [p.name for p in workspace.notebooks.glob("*")] == ["03_hello.ipynb"]
    assert (workspace.notebooks / "03_hello.ipynb").read_text("utf-8") == "mine"


def test_reset_keeps_each_version(workspace: Workspace, toy: Course) -> None:
    """Every reset has a backup of its own, and the starter is back."""
    lesson = toy.find("hello")
    kept = []
    for text in ("first", "second"):
        (workspace.prepare(lesson) / "main.py").write_text(text, "utf-8")
        kept.append(workspace.reset(lesson))
    assert [b and (b / "main.py").read_text("utf-8") for b in kept] == ["first", "second"]
    assert [b and b.name for b in kept] == ["01_hello-1", "01_hello-2"]
    assert "# YOUR CODE" in (workspace.folder(lesson) / "main.py").read_text("utf-8")


def test_reset_without_a_starter_changes_nothing(workspace: Workspace, toy: Course) -> None:
    """Where the starter can't be made, the learner's code stays in its place."""
    lesson = toy.find("hello")
    app = workspace.prepare(lesson) / "main.py"
    app.write_text("mine", "utf-8")
    shutil.rmtree(lesson.solution)
    with pytest.raises(Complaint, match="no starter yet"):
        workspace.reset(lesson)
    assert app.read_text("utf-8") == "mine"


def test_root_is_found_from_inside(
    workspace: Workspace, toy: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stands in a lesson's folder means the folder above it; YIELDDB_WORK goes first."""
    monkeypatch.delenv("YIELDDB_WORK", raising=False)
    monkeypatch.chdir(workspace.root.parent)
    assert find_root() == Path("work")
    monkeypatch.chdir(workspace.prepare(toy.find("hello")))
    assert find_root() == workspace.root
    monkeypatch.setenv("YIELDDB_WORK", "/somewhere/else")
    assert find_root() == Path("/somewhere/else")


def on_a_disk(
    options: str, toy: Course, work: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with `work` on a file system of its own; skips where none may be made.

    In CI that is a failure: what hides there hides everywhere.
    """
    if not shutil.which("unshare") and not os.environ.get("CI"):
        pytest.skip("needs unshare")
    work.mkdir()
    mount = f'mount -t tmpfs -o {options} none "$0" || exit 77; exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, str(work), *arguments(toy, *words)],
        env=environment(YIELDDB_WORK=str(work)),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    if done.returncode in (1, 77) and "yielddb" not in done.stderr and not os.environ.get("CI"):
        pytest.skip("may not mount here")
    return done


def test_read_only_folder_is_one_message(toy: Course, tmp_path: Path) -> None:
    """On a read-only disk the message names the folder and the way out."""
    done = on_a_disk("ro", toy, tmp_path / "work", "reset", "1", "--yes")
    assert done.returncode == 2
    assert "it is read-only; choose another folder: YIELDDB_WORK=" in done.stderr
    assert "Traceback" not in done.stderr


def test_full_disk_is_one_message(toy: Course, tmp_path: Path) -> None:
    """On a full disk the message says so and nothing is half done."""
    solution = toy.find("hello").solution / "main.py"
    solution.write_text(solution.read_text("utf-8") + "# long\n" * 5000, "utf-8")
    done = on_a_disk("size=16k", toy, tmp_path / "work", "reset", "1", "--yes")
    assert done.returncode == 2
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
