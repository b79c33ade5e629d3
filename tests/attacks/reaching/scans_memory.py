"""Scans its memory, page by page, for what an earlier submission left there."""

import ctypes
import os

from tools import app, attempt, libc

__all__ = ["app"]

MARK = bytes(reversed(b"RUOBHGIEN-A-FO-KRAM"))  # so that it stands in memory once
PAGE, PAGES = 4096, 8192  # 16 MiB on both sides of each place
libc.memmem.restype = ctypes.c_void_p


def readable(door: tuple[int, int], page: int) -> bool:
    """The kernel refuses to send a byte of a page that is not there."""
    return libc.write(door[1], ctypes.c_void_p(page), 1) == 1 and len(os.read(door[0], 1)) == 1


def scan() -> str:
    door = os.pipe()
    seen = 0
    for place in (id(MARK), id(attempt), id(os.environ), ctypes.addressof(ctypes.c_long())):
        first = place // PAGE * PAGE - PAGES // 2 * PAGE
        for page in range(first, first + PAGES * PAGE, PAGE):
            if not readable(door, page):
                continue
            seen += 1
            found = libc.memmem(ctypes.c_void_p(page), PAGE, MARK, len(MARK))
            if found and not id(MARK) <= found < id(MARK) + 64:
                return f"found at {found:#x}"
    if not seen:
        return "could read nothing: this attack is no attack"
    raise LookupError(f"nothing in {seen} pages")


attempt("scan", scan)
