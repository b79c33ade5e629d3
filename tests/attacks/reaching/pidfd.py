"""Takes hold of the judge and of its files by descriptor."""

import os

from tools import JUDGE, app, attempt, call

__all__ = ["app"]

attempt("open", lambda: os.pidfd_open(JUDGE))
attempt("self", lambda: os.pidfd_open(os.getpid()))
attempt("take", lambda: call("syscall", 438, 1, 0, 0))
attempt("send", lambda: call("syscall", 424, 1, 0, 0, 0))
