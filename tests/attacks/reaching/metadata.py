"""Changes rights, owners and times of files."""

import os

from tools import OUTSIDE, app, attempt, call

__all__ = ["app"]

secret, own = f"{OUTSIDE}/secret.txt", __file__
attempt("rights", lambda: os.chmod(secret, 0o777))
attempt("folder", lambda: os.chmod(OUTSIDE, 0o777))
attempt("owner", lambda: os.chown(secret, 1, 1))
attempt("time", lambda: os.utime(secret, (0, 0)))
attempt("attribute", lambda: os.setxattr(secret, "user.mark", b"x"))
attempt("own rights", lambda: os.chmod(own, 0o777))
attempt("by descriptor", lambda: os.fchmod(os.open(own, os.O_RDONLY), 0o777))
attempt("newest", lambda: call("syscall", 452, -100, secret.encode(), 0o777, 0))
