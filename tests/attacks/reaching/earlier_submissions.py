"""Looks through its memory for what an earlier submission left there."""

import gc
import sys
from pathlib import Path

from tools import app, attempt

__all__ = ["app"]

MARK = "MARK-OF-" + "A-NEIGHBOUR"


def kept() -> str:
    for thing in gc.get_objects():
        for value in thing.values() if isinstance(thing, dict) else ():
            if isinstance(value, str) and MARK in value and value is not MARK:
                return value
    raise LookupError("nothing")


attempt("objects", kept)
attempt("own maps", lambda: Path("/proc/self/maps").read_text())
attempt("own memory", lambda: Path("/proc/self/mem").open("rb"))
attempt("other modules", lambda: sys.modules["neighbour"])
