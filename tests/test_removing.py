"""What an app left is removed, whatever it made of its folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hard_folders import deep, drop_rights
from yielddb.sandbox import removing
from yielddb.sandbox.removing import empty, remove


def plain(folder: Path) -> None:
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/b/c.txt").write_text("umbrella")


def nested(folder: Path) -> None:
    deep(folder, 1500)


def long_names(folder: Path) -> None:
    """Paths that are longer than the system takes, with a file at their end."""
    deep(folder, 18, "x" * 250, end="f")


def forbidden(folder: Path) -> None:
    """Folders that may not be listed, entered or changed, each with another in it."""
    for mode in (0o000, 0o300, 0o400, 0o500, 0o600):
        inner = folder / oct(mode)
        (inner / "in").mkdir(parents=True)
        (inner / "in/file").write_text("umbrella")
        (inner / "in").chmod(mode)
        inner.chmod(mode)
    folder.chmod(0)


def odd(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "dangling").symlink_to("nowhere")
    (folder / "\udcff\x1b\n").mkdir()


def linked(folder: Path) -> None:
    """Links to a folder and a file outside, at the top and below."""
    (folder / "below").mkdir()
    for place in (folder, folder / "below"):
        (place / "a").symlink_to(folder.parent / "outside", target_is_directory=True)
        (place / "b").symlink_to(folder.parent / "outside/kept")


MADE = [plain, nested, long_names, forbidden, odd, linked]
by_descriptor = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows opens no folders, so nothing is removed by descriptor"
)


@by_descriptor
@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_all_goes_and_nothing_outside(make: Callable[[Path], None], apart: Path) -> None:
    """Any folder goes, without rights of an administrator; what links point to stays."""
    apart.chmod(0o777)
    drop_rights()
    (apart / "outside").mkdir(mode=0o711)
    (apart / "outside/kept").write_text("umbrella")
    folder = apart / "left"
    folder.mkdir()
    make(folder)
    before = len(list(Path("/dev/fd").iterdir()))
    assert remove(folder)
    assert len(list(Path("/dev/fd").iterdir())) == before
    assert [path.name for path in apart.rglob("*")] == ["outside", "kept"]
    assert (apart / "outside").stat().st_mode & 0o777 == 0o711


@by_descriptor
def test_some_files_are_kept(tmp_path: Path) -> None:
    """A database stays where the rest goes; a folder of its name does not."""
    for name in ("office.db", "office.db-wal", "x"):
        (tmp_path / name).write_text("umbrella")
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper/office.db").write_text("umbrella")
    assert empty(tmp_path, {"office.db", "office.db-wal"})
    assert {path.name for path in tmp_path.iterdir()} == {"office.db", "office.db-wal"}


def test_what_is_not_there(tmp_path: Path) -> None:
    """Nothing to remove is no failure; a file or a link in the place of the folder is one."""
    assert remove(tmp_path / "none")
    (tmp_path / "file").write_text("umbrella")
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert not remove(tmp_path / "file")
    assert not remove(tmp_path / "link")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "link"}


@by_descriptor
def test_what_can_not_be_removed(apart: Path) -> None:
    """Somebody else's folder stays, and is told."""
    (apart / "hers/in").mkdir(parents=True)
    (apart / "hers").chmod(0o755)
    drop_rights()
    assert not remove(apart / "hers")
    assert not remove(apart / "hers/in")
    assert (apart / "hers/in").is_dir()


@pytest.mark.parametrize("make", [plain, linked], ids=lambda make: make.__name__)
def test_by_path(
    make: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where folders have no descriptors, paths do."""
    monkeypatch.setattr(removing, "BY_DESCRIPTOR", False)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kept").write_text("umbrella")
    folder = tmp_path / "left"
    folder.mkdir()
    make(folder)
    (folder / "office.db").write_text("umbrella")
    assert empty(folder, {"office.db"})
    assert [path.name for path in folder.iterdir()] == ["office.db"]
    assert remove(folder)
    assert not empty(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["outside", "kept"]


def test_by_path_what_stays(apart: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders without end are told there, too."""
    deep(apart / "left", 1500)
    with monkeypatch.context() as patch:
        patch.setattr(removing, "BY_DESCRIPTOR", False)
        gone = empty(apart / "left")
    assert gone or remove(apart / "left")
