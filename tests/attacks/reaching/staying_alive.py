"""Leaves its group, and forgets to die with the judge."""

import os

from tools import app, attempt, call

__all__ = ["app"]

attempt("session", os.setsid)
attempt("group", lambda: os.setpgid(0, 0))
attempt("death", lambda: call("prctl", 1, 0, 0, 0, 0))
attempt("persona", lambda: call("personality", 0x0040000))
