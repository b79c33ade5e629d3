"""Becomes somebody else."""

import ctypes
import os

from tools import app, attempt, call

__all__ = ["app"]

attempt("root", lambda: os.setuid(0))
attempt("user", lambda: os.setuid(12345))
attempt("groups", lambda: os.setgroups([0]))
attempt("all", lambda: os.setresuid(0, 0, 0))
attempt("filesystem", lambda: call("capset", ctypes.c_char_p(bytes(8)), ctypes.c_char_p(bytes(24))))
