"""Reads and writes the memory of others."""

import ctypes
import os
from pathlib import Path

from tools import JUDGE, app, attempt, call

__all__ = ["app"]

place = (ctypes.c_size_t * 2)(0x400000, 8)
attempt("judge", lambda: Path(f"/proc/{JUDGE}/mem").open("rb"))
attempt("parent", lambda: Path(f"/proc/{os.getppid()}/mem").open("rb"))
attempt("maps", lambda: Path(f"/proc/{JUDGE}/maps").read_text())
attempt("environment", lambda: Path(f"/proc/{JUDGE}/environ").read_text())
attempt("read", lambda: call("process_vm_readv", JUDGE, place, 1, place, 1, 0))
attempt("write", lambda: call("process_vm_writev", JUDGE, place, 1, place, 1, 0))
