"""Runs a shell and other programs."""

import os
import subprocess
import sys

from tools import app, attempt

__all__ = ["app"]

attempt("run", lambda: subprocess.run(["/bin/sh", "-c", "id"], check=True))
attempt("system", lambda: {0: "ran"}[os.system("true")])
attempt("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("python", lambda: os.execv(sys.executable, [sys.executable, "-c", ""]))
