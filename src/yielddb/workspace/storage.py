"""Files that survive a crash and two processes at once: atomic writes and a lock."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from yielddb.workspace.complaint import Complaint

try:
    import fcntl

    HAS_FLOCK = True
except ImportError:  # Windows
    HAS_FLOCK = False

LOCK_S = 10.0  # a write takes milliseconds; whoever waits longer meets a stopped process
POLL_S = 0.02  # between two tries for a lock
STALE_S = 60.0  # without fcntl a crash leaves the lock file behind; no write takes this long


def write_atomically(path: Path, data: str | bytes) -> None:
    """Replace the file in one step: a reader, or a crash, finds the old or the new whole."""
    path = path.resolve()  # a link stays a link
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{time.monotonic_ns()}.tmp")
    content = data.encode("utf-8") if isinstance(data, str) else data
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename, error.filename2 = str(path), None  # the name that a person knows
        raise
    finally:
        temporary.unlink(missing_ok=True)


class FileLock:
    """A lock that belongs to one process at a time and is free again when that process ends."""

    def __init__(self, path: Path, flock: bool = HAS_FLOCK) -> None:
        self.path = path
        self._flock = flock
        self._descriptor: int | None = None

    def acquire(self, seconds: float = 0.0) -> bool:
        """Try for so long; true when the lock is ours."""
        deadline = time.monotonic() + seconds
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it is not ours."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None
        if not self._flock:
            self.path.unlink(missing_ok=True)

    def keep(self) -> None:
        """Say that a long owner is still there; needed where a crash leaves the file behind."""
        if self._descriptor is not None:
            os.utime(self.path)

    def _try(self) -> bool:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return self._try_flock() if self._flock else self._try_file()

    def _try_flock(self) -> bool:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def _try_file(self) -> bool:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - self.path.stat().st_mtime > STALE_S:
                self.path.unlink()
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except (FileExistsError, PermissionError):
            return False
        return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file inside the block; Complaint when somebody else keeps it."""
    lock = FileLock(path)
    if not lock.acquire(LOCK_S):
        raise Complaint(f"{path}: another yielddb keeps this lock; end it and try again")
    try:
        yield
    finally:
        lock.release()
