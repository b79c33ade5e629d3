"""Signals the judge, the warm parent, everybody; 0 is enough to show that it could."""

import fcntl
import os

from tools import JUDGE, app, attempt, call

__all__ = ["app"]

attempt("judge", lambda: os.kill(JUDGE, 0))
attempt("parent", lambda: os.kill(os.getppid() or JUDGE, 0))
attempt("first", lambda: os.kill(1, 0))
attempt("everybody", lambda: os.kill(-1, 0))
attempt("group", lambda: os.kill(0, 0))
attempt("own group", lambda: os.killpg(os.getpgrp(), 0))
attempt("thread", lambda: call("syscall", 200 if os.uname().machine == "x86_64" else 130, JUDGE, 0))
attempt("owner", lambda: fcntl.fcntl(1, 8, JUDGE))
attempt("lease", lambda: fcntl.fcntl(1, fcntl.F_SETLEASE, fcntl.F_RDLCK))
attempt("ioctl", lambda: fcntl.ioctl(1, 0x8901, JUDGE.to_bytes(4, "little")))
