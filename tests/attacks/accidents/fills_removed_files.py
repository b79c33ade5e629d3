"""Writes a gigabyte into files that have no name any more."""

import os

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    held = []
    for _ in range(100):
        held.append(open("there", "wb"))
        os.unlink("there")
        held[-1].write(bytes(10 << 20))
