"""The small app is served once in the warm parent and in a spare child, and leaves no trace."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.sandbox import rehearsal
from yielddb.sandbox.environment import DOOR
from yielddb.sandbox.probe import Probe

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="only what forks rehearses")


@needs_fork
def test_it_leaves_no_thread_no_file_no_count(tmp_path: Path) -> None:
    """The warm parent has one thread when it forks, and its probe begins at nought."""
    threads = set(threading.enumerate())
    probe = Probe()
    rehearsal.rehearse(tmp_path, probe)
    assert set(threading.enumerate()) == threads
    assert list(tmp_path.iterdir()) == []
    assert probe.snapshot() == Probe().snapshot()


@needs_fork
def test_the_door_of_a_spare_stays_open(tmp_path: Path) -> None:
    """A spare rehearses at the socket that its app will listen on."""
    with socket.socket(socket.AF_UNIX) as door, socket.socket(socket.AF_UNIX) as client:
        door.bind(str(tmp_path / DOOR))
        door.listen()
        rehearsal.rehearse(tmp_path, Probe(), door)
        client.connect(str(tmp_path / DOOR))
        door.accept()[0].close()


def test_its_own_errors_are_not_kept_back() -> None:
    """An error of the small app is ours: it ends the warm parent, which says so."""
    with pytest.raises(ValueError, match="ours"):
        rehearsal.Stand(Probe()).describe(ValueError("ours"))


@needs_fork
def test_a_spare_that_was_killed_is_replaced(grader: Grader) -> None:
    """The system may end a spare for want of memory; the next app gets a new one."""
    lesson = Course(Path(__file__).parent / "toy").find("hello")
    grader.keep_spare()
    spare = grader.sandbox.spare
    assert spare
    spare.kill()
    assert spare.status == -signal.SIGKILL
    assert grader.grade(lesson, lesson.solution).status == "passed"
