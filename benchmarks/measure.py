"""Runs a command and says what its whole tree of processes used."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds on the clock and seconds of processor time, all descendants included."""

    wall: float
    cpu: float

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.wall + other.wall, self.cpu + other.cpu)


def run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str] | None = None) -> Usage:
    """Run to the end; a command that fails ends the benchmark with what it said.

    `wait4` counts a descendant once its own parent waited for it; every tool here waits for what
    it starts, a warm parent for its children too.
    """
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"  # as if it were activated
    said = folder / "said.txt"
    with said.open("wb") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=folder,
            env=clean() | {"PATH": path} | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1: some submissions are wrong, as they should be
        raise SystemExit(f"{command} ended with {process.returncode}:\n{said.read_text()[-3000:]}")
    return Usage(wall, used.ru_utime + used.ru_stime)


def clean() -> dict[str, str]:
    """The environment, without what would point an app elsewhere or keep bytecode away."""
    unwanted = ("DATABASE_URL", "YIELDDB_COURSE", "PYTHONDONTWRITEBYTECODE")
    return {k: v for k, v in os.environ.items() if k not in unwanted}
