"""Makes a hundred thousand empty files and folders, each in the one before."""

import os

from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> None:
    for number in range(50_000):
        open(f"empty-{number}", "wb").close()
        os.mkdir(f"folder-{number}")
