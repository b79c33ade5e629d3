"""What an app may use up, and how the system is told so."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass

from yielddb.sandbox import kernel
from yielddb.sandbox.levels import DEATH, LIMITS, PRIVILEGES, PROCESS

MIB = 1 << 20
PATIENCE = 2  # times the silence that is allowed: all that a whole answer may take


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one app; sizes in MiB, times in seconds."""

    memory_mb: int = 1024  # address space; 512 is the least that survived 30 parallel requests
    cpu_s: int = 60  # a check of a lesson needs under one
    file_mb: int = 16  # largest file written, what the app prints among them
    disk_mb: int = 64  # all files together; a lesson's database is under one
    files: int = 2000  # and folders; a submission has 500 at most
    open_files: int = 256
    start_s: float = 15.0  # import and start-up; the slowest CI machine needed 3
    answer_s: float = 5.0  # one answer; SQLite waits 5 s for a lock, a pool 30 s
    stop_s: float = 3.0  # graceful shutdown


def die_with_parent() -> bool:
    """Ask the kernel to kill this process when its parent dies; False where it can't."""
    return _prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def forbid_new_privileges() -> bool:
    """No program this process runs gains rights by it; False where the system can't."""
    return _prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def _prctl(option: int, value: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        kernel.prctl(option, value)
    except OSError:
        return False
    return True


def _set(name: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(name)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(OSError, ValueError):  # macOS refuses some bounds on memory
        resource.setrlimit(name, (value, value))


def apply(limits: Limits) -> list[str]:
    """Bind this process to `limits`; gives the names of the layers in force."""
    if sys.platform == "win32":
        return [PROCESS.name, "time and output limits"]
    import resource

    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    _set(resource.RLIMIT_AS, limits.memory_mb * MIB)
    _set(resource.RLIMIT_CPU, limits.cpu_s)
    _set(resource.RLIMIT_FSIZE, limits.file_mb * MIB)
    _set(resource.RLIMIT_NOFILE, limits.open_files)
    _set(resource.RLIMIT_CORE, 0)
    layers = [PROCESS.name, LIMITS.name]
    if die_with_parent():
        layers.append(DEATH.name)
    if forbid_new_privileges():
        layers.append(PRIVILEGES.name)
    return layers
