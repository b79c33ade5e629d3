"""Doubles itself, again and again; at most 64 times, since level C lets it."""

import os
import time

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    for _ in range(6):
        os.fork()
    time.sleep(99)
