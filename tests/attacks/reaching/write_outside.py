"""Writes, cuts, moves and removes what is not its own."""

import os
from pathlib import Path

import fastapi
from tools import NEIGHBOUR, OUTSIDE, app, attempt

__all__ = ["app"]

attempt("beside", lambda: Path(OUTSIDE, "new.txt").write_text("x"))
attempt("over", lambda: Path(OUTSIDE, "secret.txt").write_text("x"))
attempt("cut", lambda: os.truncate(f"{OUTSIDE}/secret.txt", 0))
attempt("cut at opening", lambda: os.open(f"{OUTSIDE}/secret.txt", os.O_RDONLY | os.O_TRUNC))
attempt("remove", lambda: Path(OUTSIDE, "secret.txt").unlink())
attempt("move", lambda: Path(OUTSIDE, "secret.txt").rename("mine.txt"))
attempt("neighbour", lambda: Path(NEIGHBOUR, "main.py").write_text("x"))
attempt("output", lambda: Path("../output.txt").write_text("x"))
attempt("socket", lambda: Path("../http.sock").unlink())
attempt("fastapi", lambda: Path(fastapi.__file__).with_name("planted.py").write_text("x"))
for folder in ("/tmp", "/dev/shm", "/var/tmp", "/etc", "/"):
    attempt(folder, lambda folder=folder: Path(folder, "planted").write_text("x"))
