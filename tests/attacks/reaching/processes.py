"""Forks, in all ways there are, and leaves a daemon behind."""

import multiprocessing
import os
import time

from tools import app, attempt, call

__all__ = ["app"]


def daemon() -> int:
    if child := os.fork():
        return child
    os.setsid()
    time.sleep(30)
    os._exit(0)


SIGCHLD = 17
x86 = os.uname().machine == "x86_64"
attempt("daemon", daemon)
attempt("terminal", lambda: os.forkpty())
attempt("clone", lambda: call("syscall", 56 if x86 else 220, SIGCHLD, 0, 0, 0, 0))
attempt("clone3", lambda: call("syscall", 435, 0, 0))
attempt("multiprocessing", lambda: multiprocessing.Process(target=print).start())
