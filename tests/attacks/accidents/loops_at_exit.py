"""Leaves by the door, and stands in it."""

import atexit
import sys
import time

from tools import app

__all__ = ["app"]

atexit.register(lambda: time.sleep(99))


@app.get("/attack")
async def attack() -> None:
    sys.exit(0)
