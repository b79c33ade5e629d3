"""Reads what lies beside the box: hidden checks, answers."""

import os
from pathlib import Path

from tools import OUTSIDE, app, attempt

__all__ = ["app"]

attempt("secret", lambda: Path(OUTSIDE, "secret.txt").read_text())
attempt("list", lambda: os.listdir(OUTSIDE))
attempt("dots", lambda: Path("../" * 12 + OUTSIDE[1:], "secret.txt").read_text())
