"""Prints a gigabyte."""

import os

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    for _ in range(1024):
        os.write(1, bytes(1 << 20))
