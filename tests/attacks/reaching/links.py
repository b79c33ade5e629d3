"""Puts links, pipes and devices where the judge will look for a database."""

import os
import stat

from tools import OUTSIDE, app, attempt

__all__ = ["app"]

attempt("link", lambda: os.symlink(f"{OUTSIDE}/secret.txt", "app.db"))
attempt("hard link", lambda: os.link(f"{OUTSIDE}/secret.txt", "app.db"))
attempt("pipe", lambda: os.mkfifo("app.db"))
attempt("device", lambda: os.mknod("app.db", stat.S_IFCHR | 0o600, os.makedev(1, 5)))
attempt("socket", lambda: os.mknod("app.db", stat.S_IFSOCK | 0o600))
