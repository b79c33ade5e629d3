"""Where apps run and which variables they see."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Mapping

DOOR = "http.sock"  # in the folder of a box: where its app answers


def can_fork() -> bool:
    """Does this system fork and pass sockets by descriptor?"""
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds")


def memory_folder() -> str | None:
    """A folder in memory for apps and their databases, where the user named no other."""
    shm = "/dev/shm"
    if os.environ.get("TMPDIR") or not os.access(shm, os.W_OK):
        return None
    return shm if shutil.disk_usage(shm).free > 256 << 20 else None


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables an app may see: enough to run, nothing that is the user's own."""
    kept = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT", "TZ")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {
        **found,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        # each arena reserves 64 MiB of the address space that forty threads have to share
        "MALLOC_ARENA_MAX": "2",
        **(extra or {}),
    }


def warm_command(*arguments: str) -> list[str]:
    """The command line of a warm parent or of a process for one app.

    `-P`: the folder we happen to stand in is nobody's package, and no app may read it.
    """
    return [sys.executable, "-P", "-m", "yielddb.sandbox.warm", *arguments]
