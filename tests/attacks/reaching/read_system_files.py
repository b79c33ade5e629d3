"""Reads files of the system, its users and its processes."""

import os
from pathlib import Path

from tools import app, attempt

__all__ = ["app"]

for path in ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc/1/environ", "/proc/version"):
    attempt(path, lambda path=path: Path(path).read_bytes())
for folder in ("/root", "/home", "/etc", "/proc", "/sys", "/var", "/"):
    attempt(folder, lambda folder=folder: os.listdir(folder))
