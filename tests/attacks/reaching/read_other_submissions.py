"""Reads the app of somebody else that is being judged."""

import os
import sqlite3
from pathlib import Path

from tools import NEIGHBOUR, app, attempt

__all__ = ["app"]

attempt("app", lambda: Path(NEIGHBOUR, "main.py").read_text())
attempt("list", lambda: os.listdir(NEIGHBOUR))
attempt("boxes", lambda: os.listdir("../.."))
attempt("database", lambda: sqlite3.connect(f"{NEIGHBOUR}/app.db").execute("select 1"))
