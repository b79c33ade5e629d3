"""The floor: hot processes that load the app and answer, without isolation or verdict."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from measure import Usage, clean

WARM_UP = 3  # apps until a hot process is hot
PROCESS = Path(__file__).parent / "floor_process.py"


class Floor:
    """One hot process."""

    def __init__(self, requests: Path, warm_up: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, PROCESS, requests],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=clean(),
            text=True,
        )
        for _ in range(WARM_UP):
            self.ask([warm_up])
            self.answer()

    def ask(self, folders: Sequence[Path]) -> None:
        """Hand over apps."""
        assert self.process.stdin
        self.process.stdin.writelines(f"{folder}\n" for folder in folders)
        self.process.stdin.flush()

    def answer(self) -> float:
        """The seconds that the next app took."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the floor ended early")
        return float(line)

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        own = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(own[11]) + int(own[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Floor:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def batch(requests: Path, students: Sequence[Path], jobs: int) -> Usage:
    """All students, shared out to `jobs` hot processes; their start is not counted."""
    floors = [Floor(requests, students[-1]) for _ in range(jobs)]
    shares = [students[place::jobs] for place in range(jobs)]
    cpu, began = sum(one.cpu() for one in floors), time.perf_counter()
    for one, share in zip(floors, shares, strict=True):
        one.ask(share)
    for one, share in zip(floors, shares, strict=True):
        for _ in share:
            one.answer()
    used = Usage(time.perf_counter() - began, sum(one.cpu() for one in floors) - cpu)
    for one in floors:
        one.__exit__()
    return used
