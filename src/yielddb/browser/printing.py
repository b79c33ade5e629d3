"""Keeps what an app prints: the end of it, and no more than one file may hold."""

from __future__ import annotations

import errno
import io
import os

from yielddb.sandbox.printed import LOG_BYTES


class Printed(io.TextIOBase):
    """Stands in for stdout and stderr of an app; `count` is all that was ever written."""

    def __init__(self, limit: int) -> None:
        self.limit, self.count, self.kept = limit, 0, ""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Keep the end of it.

        Raises OSError where a file would be full.
        """
        if self.count + len(text) > self.limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        self.count += len(text)
        self.kept += text
        if len(self.kept) > 2 * LOG_BYTES:  # not at each word: a cut copies all of it
            self.kept = self.kept[-LOG_BYTES:]
        return len(text)

    def end(self) -> str:
        """The last of it."""
        return self.kept[-LOG_BYTES:]

    def since(self, count: int) -> str:
        """What was written after the first `count` characters, as far as it was kept."""
        new = self.count - count
        return self.kept[-new:] if new else ""
